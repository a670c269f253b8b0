"""Importing a facility list: from the delivered file to its receipt."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dashboard.permissions import Grant, Permission
from dashboard.services.clock import today_in_cambodia
from db.core.engine import Database
from db.identity import held_before
from db.ingest import facilities
from db.intake.cleaning.facility_list import read_facilities
from db.intake.dates.parse import DateOrder
from db.operations import audit
from geodata.distance import point_problem
from geodata.gazetteer import gazetteer
from surveillance.buddhist_era import Era


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
    counts = facilities.store(database, listed.facilities)
    receipt = FacilityReceipt(
        str(path), len(listed.facilities) + listed.rejected, **asdict(counts), rejected=listed.rejected
    )
    audit.record(database, grant.actor, "facilities import", receipt.record() | {"file": path.name})
    return receipt, listed.messages


def _point_message(latitude: float, longitude: float) -> str | None:
    problem = point_problem(latitude, longitude)
    return None if problem is None else problem.sentence
