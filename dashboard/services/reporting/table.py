"""Completeness and timeliness of reports: of each facility, province or crossing, or of all together."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from dashboard.permissions import Grant
from dashboard.reporting_filters import BY
from dashboard.services.clock import today_in_cambodia
from dashboard.services.places import areas
from dashboard.services.reporting.read import Judged, in_districts, judged
from db.core.engine import Database
from db.tables.districts.placed import listed_in
from geodata.crossings import CROSSINGS
from surveillance.errors import UsageError
from surveillance.reporting.summary import Figures, figures
from surveillance.vocabulary import UNKNOWN

#: Columns of the table, as commands and exports write them.
COLUMNS = (
    "code",
    "name",
    "due",
    "received",
    "on_time",
    "zero",
    "silent",
    "completeness",
    "timeliness",
    "last_report",
    "median_delay_days",
)
#: Code of the country as a whole.
COUNTRY = "KH"
DISTRICT = "district"


@dataclass(frozen=True)
class ReportingRow:
    """Reports of one area. `zero` is None where it may not be told, `timeliness` where it is not known."""

    code: str
    name: str
    due: int
    received: int
    on_time: int
    zero: int | None
    silent: int
    completeness: float | None
    timeliness: float | None
    last_report: date | None
    median_delay_days: float | None

    def record(self) -> dict[str, Any]:
        """The row by `COLUMNS`, days as ISO 8601."""
        last = self.last_report.isoformat() if self.last_report else None
        return asdict(self) | {"last_report": last}


def reporting_table(
    database: Database,
    grant: Grant,
    *,
    by: str,
    disease: str | None,
    first: date,
    last: date,
    today: date | None = None,
    language: str = "en",
) -> list[ReportingRow]:
    """Sum what is due and what came within some days, by area.

    Parameters
    ----------
    by : {"facility", "district", "province", "crossing", "country"}
        `district`: the operational one, in which the facility was when the period of the report ended.
    today : date, optional
        A report counts once its deadline lies before this day; by default the day it is in Phnom Penh.

    Raises
    ------
    NotPermittedError, UsageError
        As :func:`dashboard.services.reporting.read.judged`.
    """
    found = judged(
        database, grant, disease=disease, first=first, last=last, today=today or today_in_cambodia()
    )
    return rows_of(found, by, language)


def rows_of(found: Judged, by: str, language: str = "en") -> list[ReportingRow]:
    """Sum reports that are judged already.

    Raises
    ------
    UsageError
        There are no such areas.
    """
    if by not in BY:
        raise UsageError("by: '{given}' is not one of {offered}", "by", given=by[:40], offered=", ".join(BY))
    reports, own = found.reports, [_area(row, by) for row in found.facilities]
    if by == DISTRICT:
        reports, own = in_districts(found, found.districts)
    codes = sorted({code for code in own if code})
    place = {code: at for at, code in enumerate(codes)}
    group = [place.get(code, -1) for code in own]
    names = _names(found, by, language)
    summed = figures(reports, group, len(codes))
    before = [date.min] * len(codes)
    for at, day in found.earlier.items():
        if group[at] >= 0:
            before[group[at]] = max(before[group[at]], day)
    return [
        _row(code, names.get(code, code), one, found, one.last or (day if day > date.min else None))
        for code, one, day in zip(codes, summed, before, strict=True)
    ]


def _row(code: str, name: str, one: Figures, found: Judged, last: date | None) -> ReportingRow:
    return ReportingRow(
        code,
        name,
        one.due,
        one.received,
        one.on_time,
        one.zero if found.zeros else None,
        one.silent,
        one.completeness,
        one.timeliness,
        last,
        one.median_delay,
    )


def _area(row: Any, by: str) -> str:
    if by == "facility":
        return str(row["facility_id"])
    if by == "country":
        return COUNTRY
    if by == DISTRICT:
        return listed_in(row)
    return row["province" if by == "province" else "crossing"] or ""


def _names(found: Judged, by: str, language: str) -> dict[str, str]:
    if by == "facility":
        return {area.code: area.name(language) for area in areas.facilities(map(dict, found.facilities))}
    if by == "province":
        return {area.code: area.name(language) for area in areas.provinces(frozenset())}
    if by == DISTRICT:
        return {UNKNOWN: areas.UNKNOWN_AREA.name(language)}
    if by == "country":
        return {COUNTRY: "Cambodia" if language != "km" else "កម្ពុជា"}
    return {code: crossing.name(language) for code, crossing in CROSSINGS.items()}
