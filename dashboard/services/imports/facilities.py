"""Importing a facility list: from the delivered file to its receipt."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dashboard.permissions import Grant, Permission
from dashboard.services.clock import today_in_cambodia
from db.core.engine import Connection, Database
from db.identity import held_before
from db.ingest import facilities
from db.intake.cleaning.facility_list import read_facilities
from db.intake.dates.parse import DateOrder
from db.operations import outbox
from geodata.distance import point_problem
from geodata.gazetteer import gazetteer
from surveillance.calendar.buddhist_era import Era


@dataclass(frozen=True)
class FacilityReceipt:
    """What became of a facility list: rows = added + changed + unchanged + rejected."""

    file: str
    rows: int
    added: int
    changed: int
    unchanged: int
    rejected: int

    def record(self) -> dict[str, Any]:
        """The receipt as one row."""
        return asdict(self)


def import_facilities(
    database: Database,
    grant: Grant,
    path: Path,
    *,
    dates: DateOrder | None = None,
    era: Era | None = None,
) -> tuple[FacilityReceipt, list[tuple[int, str]]]:
    """Import a list of facilities; returns the receipt and (row, message) for what was wrong.

    Parameters
    ----------
    dates, era
        How the file writes days, where it does not show it.

    Raises
    ------
    NotPermittedError
        The grant does not hold imports.
    UnreadableFileError
        The file cannot be read as a facility list.
    AmbiguousDatesError, AmbiguousEraError
        A day can be two, and nothing tells which.
    """
    grant.check(Permission.IMPORT_FILES)
    today = today_in_cambodia()
    listed = read_facilities(path, gazetteer(), _point_message, today, dates=dates, era=era)
    with database.reading() as connection:
        held_before.keep_keys(connection, listed.facilities)

    def receipt_of(counts: facilities.FacilityCounts) -> FacilityReceipt:
        rows = len(listed.facilities) + listed.rejected
        return FacilityReceipt(str(path), rows, **asdict(counts), rejected=listed.rejected)

    def note(connection: Connection, counts: facilities.FacilityCounts) -> None:
        said = receipt_of(counts).record() | {"file": path.name}
        outbox.write(connection, database, grant.actor, "facilities import", said)

    counts = facilities.store(database, listed.facilities, note)
    outbox.carry(database)
    return receipt_of(counts), listed.messages


def _point_message(latitude: float, longitude: float) -> str | None:
    problem = point_problem(latitude, longitude)
    return None if problem is None else problem.sentence
