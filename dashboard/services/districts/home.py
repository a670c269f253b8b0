"""Records by administrative district of home or of infection: for accounts that may see small counts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant, Permission
from dashboard.services.clock import today_in_cambodia
from dashboard.services.coverage.periods import Period
from dashboard.services.disclosure import rules
from dashboard.services.disclosure import values as disclosed
from dashboard.services.districts import read
from dashboard.services.districts.read import REST
from dashboard.services.indicators.read import reading_of_indicators
from dashboard.services.kept import Kept
from dashboard.services.places import areas
from dashboard.services.places.areas import Area
from db.core.engine import Database
from geodata.gazetteer import districts
from geodata.provinces import PROVINCES
from surveillance.coverage.estimates import Counts, Estimate
from surveillance.coverage.indicators import MEASURES
from surveillance.diseases import DISEASES
from surveillance.errors import NotPermittedError, UsageError
from surveillance.texts import N_

COLUMNS = (
    "code", "name", "province", "records", "numerator", "denominator", "unknown", "value", "lower", "upper",
    "status", "from", "to",
)  # fmt: skip
#: Kinds of place that are known by district, beside that of care.
PLACES = ("home", "infection")
#: What may be counted beside records.
MEASURED = tuple(code for code, measure in MEASURES.items() if not measure.by_start)
NOT_ISSUED = N_("Numbers by district are small, and no release holds them: your account is shown provinces.")
BY_COHORT = N_("district: completion is known by province and facility; choose one of these")
_REST_NAME = Area("", "District not recorded", "មិនបានកត់ត្រាស្រុក")
_KEPT: Kept[DistrictTable] = Kept(32)


@dataclass(frozen=True)
class DistrictRow:
    """One district, what a province has beside its districts, or a province."""

    area: Area
    province: str
    records: int
    value: Estimate


@dataclass(frozen=True)
class DistrictTable:
    """Districts with the rest of each province, and the provinces that they add to.

    `period`: None where nothing is recorded at all.
    """

    query: CoverageQuery
    period: Period | None
    rows: tuple[DistrictRow, ...] = ()
    provinces: tuple[DistrictRow, ...] = ()

    def records(self, language: str = "en") -> list[dict[str, Any]]:
        """Rows by `COLUMNS`."""
        days = (None, None) if self.period is None else (self.period.start, self.period.end)
        return [_record(row, days, language) for row in self.rows]


def _record(row: DistrictRow, days: tuple[date | None, date | None], language: str) -> dict[str, Any]:
    value = row.value
    return {
        "code": row.area.code,
        "name": row.area.name(language),
        "province": row.province,
        "records": row.records,
        "numerator": value.numerator,
        "denominator": value.denominator,
        "unknown": value.unknown,
        "value": value.coverage,
        "lower": value.lower,
        "upper": value.upper,
        "status": value.status.value,
        "from": days[0] and days[0].isoformat(),
        "to": days[1] and days[1].isoformat(),
    }


def reason_hidden(grant: Grant, query: CoverageQuery) -> str:
    """Why an account is shown no districts; blank where it is."""
    if DISEASES[query.disease].sensitive:
        return rules.NEVER_SHOWN
    if not grant.scope.covers(query.disease):
        return rules.OTHER_PROGRAMME
    if not grant.scope.national:
        return rules.OUTSIDE_SCOPE
    return rules.reason_hidden(grant, query) if rules.entitled(grant) else NOT_ISSUED


def check(grant: Grant) -> None:
    """Refuse whoever is shown no district of any disease.

    Raises
    ------
    NotPermittedError
        The account may not see small numbers, or is for some places.
    """
    grant.check(Permission.SEE_SMALL_COUNTS)
    if not grant.scope.national:
        raise NotPermittedError(rules.OUTSIDE_SCOPE)


def district_table(
    database: Database,
    grant: Grant,
    *,
    place: str,
    disease: str,
    measure: str = "testing",
    province: str | None = None,
    first: date | None = None,
    last: date | None = None,
    as_of: date | None = None,
    today: date | None = None,
) -> DistrictTable:
    """Count records by district of home or of infection.

    Parameters
    ----------
    place : {"home", "infection"}
    province : str, optional
        Districts of this province alone.
    as_of : date, optional
        As it was shown at the end of that day.

    Raises
    ------
    NotPermittedError
        The account is shown no districts: it may not see small counts, is for some places or other
        programmes, or the disease is never counted so finely.
    UsageError
        There is no such place or province, or the measure is not known by district.
    """
    grant.check(Permission.SEE_COVERAGE)
    if place not in PLACES:
        raise UsageError("place: use one of {offered}", "place", offered=", ".join(PLACES))
    if province is not None and province not in PROVINCES:
        raise UsageError("province: '{given}' is no province", "province", given=province[:40])
    if MEASURES[measure].by_start:
        raise UsageError(BY_COHORT, "measure")
    query = CoverageQuery(
        disease=disease, by="province", place=place, measure=measure, start=first, end=last, as_of=as_of
    )
    if reason := reason_hidden(grant, query):
        raise NotPermittedError(reason)
    day = today or today_in_cambodia()
    asked = place, disease, measure, first, last, as_of, day
    found = _KEPT.get(database, grant, asked, lambda: _read(database, grant, query, day))
    if province is None:
        return found
    return replace(
        found,
        rows=tuple(row for row in found.rows if row.province == province),
        provinces=tuple(row for row in found.provinces if row.province == province),
    )


def _read(database: Database, grant: Grant, query: CoverageQuery, today: date) -> DistrictTable:
    with reading_of_indicators(database, grant, query, today) as reading:
        if reading.period is None:
            return DistrictTable(query, None)
        box = read.counts(reading, reading.period)
        sent = {code: reading.reported(code) for code in PROVINCES}
        listed: list[tuple[Area, str]] = []
        for code in PROVINCES:
            listed += [
                (Area(f"KH{number}", *names), code)
                for number, names in districts().items()
                if number[:2] == code[2:]
            ]
            listed.append((replace(_REST_NAME, code=f"{code}{REST}"), code))
        provinces = [(area, area.code) for area in areas.provinces(frozenset()) if area.code in PROVINCES]

        def wanted(held: Any) -> list[Counts]:
            return [held.get(area.code, Counts(sent[province])) for area, province in (*listed, *provinces)]

        counted = box.map(wanted)
        values = disclosed.apart(grant, counted)
        records = disclosed.all_or_none(grant, counted.map(lambda held: [one.records for one in held])) or []
        made = tuple(
            DistrictRow(area, province, number, value)
            for (area, province), number, value in zip((*listed, *provinces), records, values, strict=True)
        )
        return DistrictTable(query, reading.period, made[: len(listed)], made[len(listed) :])
