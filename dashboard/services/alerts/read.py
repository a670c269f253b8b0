"""Undisclosed counts by facility and day, as rules of alerts look at them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from dashboard.services.disclosure.undisclosed import Undisclosed
from db.clusters import case_counts, case_facts
from db.clusters.case_facts import Tally
from db.core.engine import Connection
from db.core.scope import Scope
from db.cubes import archived_sums
from db.ingest import facilities


@dataclass(frozen=True)
class Basis:
    """What a run rests on: the newest batch, the facilities, and the first and last day of the records."""

    data_version: int
    listed: Mapping[str, Mapping[str, Any]]
    first: date | None
    last: date | None


def basis(connection: Connection, scope: Scope) -> Basis:
    """What a run rests on. Days of HIV and syphilis do not count."""
    version = case_counts.data_version(connection)
    held = archived_sums.held_from(connection)
    days = [day for _, day, _ in case_counts.reports(connection, scope, version, held, None)]
    listed = {str(item["facility_id"]): item for item in facilities.listed(connection, scope)}
    return Basis(version, listed, min(days, default=None), max(days, default=None))


def tallies(
    connection: Connection, scope: Scope, disease: str, since: date, until: date
) -> Undisclosed[list[Tally]]:
    """Records of a disease, grouped."""
    return Undisclosed(case_facts.tallies(connection, scope, disease, since, until))
