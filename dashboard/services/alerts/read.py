"""Undisclosed counts by facility and day, as rules of alerts look at them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from dashboard.services.disclosure.undisclosed import Undisclosed
from db.clusters import case_counts, case_facts, results
from db.core.engine import Connection, Database
from db.core.scope import Scope
from db.cubes import archived_sums
from db.ingest import facilities
from surveillance.alerts.counted import By, Tally
from surveillance.clusters.completeness import silences


@dataclass(frozen=True)
class Basis:
    """What a run rests on.

    `data_version`: the newest batch. `listed`: the facilities. `first`, `last`: of the records. `silences`:
    facilities that fell silent, first and last day.
    """

    data_version: int
    listed: Mapping[str, Mapping[str, Any]]
    first: date | None
    last: date | None
    silences: tuple[tuple[str, date, date], ...] = ()


def basis(connection: Connection, scope: Scope) -> Basis:
    """What a run rests on. Days of HIV and syphilis do not count."""
    version = case_counts.data_version(connection)
    held = archived_sums.held_from(connection)
    reports = [(name, day) for name, day, _ in case_counts.reports(connection, scope, version, held, None)]
    listed = {str(item["facility_id"]): item for item in facilities.listed(connection, scope)}
    if not reports:
        return Basis(version, listed, None, None)
    first, last = min(day for _, day in reports), max(day for _, day in reports)
    due = {name: (item["reports_from"], item["reports_to"]) for name, item in listed.items()}
    return Basis(version, listed, first, last, tuple(silences(reports, due, first, last)))


def tallies(
    connection: Connection,
    scope: Scope,
    disease: str,
    since: date,
    until: date,
    by: By = "facility",
    *,
    reported: bool = False,
) -> Undisclosed[list[Tally]]:
    """Records of a disease, grouped; `reported`: by the day of report, too."""
    return Undisclosed(case_facts.tallies(connection, scope, disease, since, until, by=by, reported=reported))


def records_held(connection: Connection, disease: str) -> Undisclosed[int]:
    """How many records of a disease there are."""
    return Undisclosed(case_facts.held(connection, disease))


@dataclass(frozen=True)
class Cluster:
    """One cluster of a run: its row, its locations, and its cases by the first day of each unit of time."""

    row: Mapping[str, Any]
    members: frozenset[str]
    cases: Mapping[date, int]


def clusters(database: Database, number: str) -> Undisclosed[list[Cluster]]:
    """Clusters of a run that is done."""
    members = results.locations(database, [number])
    found = []
    for row in results.of_runs(database, [number])[number].clusters:
        curve = results.curve(database, number, row["rank"])
        days = zip(curve.get("start", ()), curve.get("inside", ()), strict=True)
        cases = {date.fromisoformat(day): int(n) for day, n in days if n}
        found.append(Cluster(row, members.get((number, row["rank"]), frozenset()), cases))
    return Undisclosed(found)
