"""Undisclosed counts by facility and day, as rules of alerts look at them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from dashboard.services.disclosure.undisclosed import Undisclosed
from db.clusters import case_counts, case_facts, results
from db.core.engine import Connection, Database
from db.core.scope import Scope
from db.cubes import archived_sums
from db.ingest import facilities
from db.operations.watch.case_classes import Given
from surveillance.alerts.case_classes import CaseClass
from surveillance.alerts.counted import By, Tally, reclassed
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
    given: Sequence[Given],
) -> Undisclosed[list[Tally]]:
    """Records of a disease, grouped; `reported`: by the day of report, too.

    `given`: classes that people gave, in order.
    """
    found = case_facts.tallies(connection, scope, disease, since, until, by=by, reported=reported)
    if given:
        keys = {one.key for one in given}
        held = case_facts.singles(connection, scope, disease, since, until, keys, by=by, reported=reported)
        holds = {held[one.version][0]: one for one in given if one.version in held}  # the newest of a record
        of_record = dict(held.values())
        found = reclassed(
            found,
            [(of_record[record], cast("CaseClass", one.after)) for record, one in holds.items() if one.after],
        )
    return Undisclosed(found)


Case = case_facts.Case


def cases(
    connection: Connection,
    scope: Scope,
    disease: str,
    since: date,
    until: date,
    level: str,
    place: str,
    *,
    most: int,
) -> Undisclosed[tuple[list[Case], int]]:
    """The newest single records of a disease, and how many there are; of one place of care where `level`
    names its kind."""
    within: set[str] | None = None
    if level == "facility":
        within = {place}
    elif level == "district":
        listed = facilities.listed(connection, scope)
        within = {str(item["facility_id"]) for item in listed if item["operational_district"] == place}
    province = place if level == "province" else None
    found = case_facts.cases(connection, scope, disease, since, until, within, province, most=most)
    return Undisclosed(found)


def case_of(
    connection: Connection, scope: Scope, version: int
) -> tuple[str, Undisclosed[tuple[Case, list[int]]]] | None:
    """Disease of the record of a version, and the record as it stands with the numbers of its versions."""
    found = case_facts.case_of(connection, scope, version)
    return None if found is None else (found[0].facts.disease, Undisclosed(found))


def current(
    connection: Connection, scope: Scope, disease: str, versions: Collection[case_facts.Version]
) -> dict[int, int]:
    """Number of each version that is held -> that of the current version of its record."""
    return case_facts.current(connection, scope, disease, versions)


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
