"""Importing a facility list: from the delivered file to its receipt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dashboard.permissions import Grant, Permission
from dashboard.services.clock import today_in_cambodia
from db.core.engine import Connection, Database
from db.districts import store as districts
from db.identity import held_before
from db.ingest import facilities
from db.intake.cleaning.facility_list import FacilityList, read_facilities
from db.intake.dates.parse import DateOrder
from db.intake.districts.read import folded
from db.intake.values.codes import visible
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
        _keep_dated(listed, districts.latest_of(connection))

    def receipt_of(counts: facilities.FacilityCounts) -> FacilityReceipt:
        rows = len(listed.facilities) + listed.rejected
        return FacilityReceipt(str(path), rows, **asdict(counts), rejected=listed.rejected)

    def note(connection: Connection, counts: facilities.FacilityCounts) -> None:
        said = receipt_of(counts).record() | {"file": path.name}
        outbox.write(connection, database, grant.actor, "facilities import", said)

    counts = facilities.store(database, listed.facilities, note)
    outbox.carry(database)
    return receipt_of(counts), listed.messages


def _keep_dated(listed: FacilityList, latest: Mapping[str, str]) -> None:
    """Leave districts of the dated table as they are: a list without days says nothing of the past."""
    for number, item in zip(listed.numbers, listed.facilities, strict=True):
        held = latest.get(item["facility_key"])
        if held is None or "operational_district" not in item:
            continue
        said = item.pop("operational_district")
        if said and folded(said) != folded(held):
            listed.messages.append(
                (
                    number,
                    f"operational_district: '{visible(said, 40)}' is not taken: the dated table of districts "
                    f"has '{visible(held, 40)}'; `districts import` says since when it is another one",
                )
            )


def _point_message(latitude: float, longitude: float) -> str | None:
    problem = point_problem(latitude, longitude)
    return None if problem is None else problem.sentence
