"""Who has not reported, from what is known today: each facility with its last report and its silence."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from dashboard.permissions import Grant, Permission
from dashboard.services.calendar import entries as calendar
from dashboard.services.kept import Kept
from dashboard.services.places.areas import Area
from db.batches import receipts
from db.batches import reporting_completeness as stored
from db.core.engine import Database
from surveillance.calendar.entries import CLOSED
from surveillance.coverage.silence import UNITS, Expected, Silence, silence
from surveillance.epiweek import day_of_number

#: Columns of the file, in order.
COLUMNS = (
    "facility_id",
    "name_en",
    "name_km",
    "province",
    "operational_district",
    "reports",
    "last_report",
    "silent",
    "unit",
    "due",
)


_KEPT: Kept[Reporting] = Kept(32)


@dataclass(frozen=True)
class FacilityReports:
    """One facility of the list.

    Parameters
    ----------
    last : date, optional
        First day of the last part of a week with a report; None where there never was one.
    silence : Silence, optional
        None where no report is due.
    closed : bool
        Whether its crossing was closed on the last day of the data: no report is due then.
    """

    area: Area
    district: str
    frequency: str
    last: date | None
    silence: Silence | None
    closed: bool = False

    @property
    def silent(self) -> int:
        """How many periods in a row brought nothing; 0 also where none is due."""
        return self.silence.periods if self.silence else 0


@dataclass(frozen=True)
class Reporting:
    """Every facility of the list that an account may see, and the days that the data reach."""

    first: date | None
    last: date | None
    facilities: tuple[FacilityReports, ...]

    @property
    def due(self) -> list[FacilityReports]:
        """Facilities of which a report is due."""
        return [one for one in self.facilities if one.silence is not None]

    @property
    def silent(self) -> list[FacilityReports]:
        """Facilities whose last due report did not come: longest silence first, never reported last."""
        found = [one for one in self.due if one.silent]
        return sorted(found, key=lambda one: (one.last is None, one.last or date.min, one.area.code))

    def records(self) -> list[dict[str, Any]]:
        """Rows of `COLUMNS`, one for each facility, the silent ones first."""
        silent = self.silent
        rest = [one for one in self.facilities if not one.silent]
        return [dict(zip(COLUMNS, _columns(one), strict=True)) for one in (*silent, *rest)]


def _columns(one: FacilityReports) -> Iterable[object]:
    return (
        one.area.code,
        one.area.name_en,
        one.area.name_km,
        one.area.province,
        one.district,
        one.frequency,
        one.last.isoformat() if one.last else None,
        one.silent if one.silence else None,
        one.silence.unit if one.silence else None,
        one.silence.due.isoformat() if one.silence else None,
    )


def reporting(database: Database, grant: Grant) -> Reporting:
    """Every facility, with its last report. HIV and syphilis are no reports here, as on the map.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    """
    grant.check(Permission.SEE_REPORTING)
    with database.reading() as connection:
        _, _, _, first, last = receipts.summary(connection)
    if first is None or last is None:
        return Reporting(None, None, ())
    shut = {
        one.crossing
        for one in calendar.entries(database, grant)
        if one.kind == CLOSED and one.holds(last, last)
    }
    asked = first, last, frozenset(shut)
    return _KEPT.get(database, grant, asked, lambda: _of_list(database, grant, first, last, shut))


def _of_list(database: Database, grant: Grant, first: date, last: date, shut: Collection[str]) -> Reporting:
    """Every facility of the list; those of the crossings `shut` are closed."""
    with database.reading() as connection:
        rows = stored.last_reports(connection, grant.scope)
    found = []
    for row, cell in rows:
        frequency = row["report_frequency"]
        expected = Expected(
            frequency if frequency in UNITS else None,
            row["report_deadline_days"] or 0,
            row["reports_from"],
            row["reports_to"],
        )
        reported = None if cell is None else day_of_number(cell)
        found.append(
            FacilityReports(
                Area(row["facility_id"], row["name_en"] or "", row["name_km"] or "", row["province"]),
                row["operational_district"] or row["district"] or "",
                frequency or "",
                reported,
                None if row["crossing"] in shut else silence(expected, reported, first, last),
                row["crossing"] in shut,
            )
        )
    return Reporting(first, last, tuple(found))
