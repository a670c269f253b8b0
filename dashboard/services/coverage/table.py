"""Coverage by area: every value with its interval and its status."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant, Permission
from dashboard.services.coverage import outcomes, within
from dashboard.services.coverage.as_of import reading_of
from dashboard.services.coverage.outcomes import Outcomes
from dashboard.services.coverage.periods import Period
from dashboard.services.coverage.source import Reading
from dashboard.services.disclosure import rules
from dashboard.services.disclosure import values as disclosed
from dashboard.services.places import areas
from dashboard.services.places.areas import Area
from dashboard.services.releases import stamps
from dashboard.services.releases.periods import span
from dashboard.services.releases.stamps import Release
from db.core.engine import Database
from surveillance.coverage.estimates import Estimate
from surveillance.coverage.indicators import MEASURES
from surveillance.status import Status

#: Columns of the table, as commands and exports write them.
COLUMNS = (
    "code",
    "name",
    "numerator",
    "denominator",
    "unknown",
    "coverage",
    "lower",
    "upper",
    "status",
    "from",
    "to",
    "asked_from",
    "asked_to",
    "unknown_share",
    "lowest",
    "highest",
    "flag",
    "design_effect",
)
#: What `flag` says of a value of which more than a fifth is unknown.
MUCH_UNKNOWN = "much unknown"
#: And of an area whose facilities sent fewer than four in five of the reports due.
FEW_REPORTS = "few reports"
#: Reports that were due from the facilities of an area, and that came.
DUE_COLUMNS = ("reports_due", "reports_received")
#: And how many aggregate reports are counted in a row, where any are.
REPORTS = "aggregate_reports"
#: And how many records in a row are of no known person, where persons are counted.
UNNUMBERED = "records_without_person"


@dataclass(frozen=True)
class AreaValue:
    """One area with its value, which says whether it is an issued one."""

    area: Area
    value: Estimate
    #: Aggregate reports counted in it, in place of line lists.
    reports: int = 0
    #: Records in it that are of no known person, where persons are counted; None where they are few.
    unnumbered: int | None = 0
    #: Of completion, what became of those who started; None where it is hidden.
    outcomes: Outcomes | None = None


@dataclass(frozen=True)
class CoverageTable:
    """A question, the period it used (None where there are no records and none was given), and its answer."""

    query: CoverageQuery
    period: Period | None
    rows: list[AreaValue]
    total: Estimate
    #: The whole period that was read: of a cohort more than the part that is due.
    whole: Period | None = None
    #: First day of which the answer is known, where the question began before it.
    known_from: date | None = None
    #: Whether the account is shown this disease by calendar years only.
    yearly: bool = False
    #: Of completion, what became of all together; None where it is hidden.
    outcomes: Outcomes | None = None
    #: The release that answers all of it, or the rows of other provinces (`beside`); None where none does.
    release: Release | None = None
    #: Why nothing is shown, where no release has an answer.
    reason: str = ""
    #: All provinces together as they are issued, beside rows of an account's own ones: no sum of the rows.
    country: Estimate | None = None

    @property
    def mixed(self) -> bool:
        """Whether own rows stand beside issued ones, so that each issued one is marked."""
        return self.country is not None

    @property
    def hidden(self) -> int:
        """How many rows are hidden and not in `total`."""
        return sum(row.value.status is Status.HIDDEN and not row.value.few for row in self.rows)

    @property
    def few(self) -> bool:
        """Whether something is hidden since a count is small."""
        return self.total.few or any(row.value.few or row.unnumbered is None for row in self.rows)

    @property
    def reports(self) -> int:
        """How many aggregate reports are counted in all."""
        return sum(row.reports for row in self.rows)

    @property
    def unnumbered(self) -> int | None:
        """How many records in all are of no known person, where persons are counted; None: not told."""
        if any(row.unnumbered is None for row in self.rows):
            return None
        return sum(row.unnumbered or 0 for row in self.rows)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the table: those of reports only where there are any."""
        more: tuple[str, ...] = (UNNUMBERED,) if self.query.persons else ()
        more += outcomes.COLUMNS if self._of_cohorts else ()
        more += (REPORTS,) if self.reports else ()
        return (*COLUMNS, *more, *(stamps.COLUMNS if self.release is not None else ()))

    @property
    def due_columns(self) -> tuple[str, ...]:
        """Columns of files that say what came of the reports due; none where that is not told."""
        return DUE_COLUMNS if any(row.value.reports for row in self.rows) else ()

    def due_of(self) -> dict[str, dict[str, int | None]]:
        """What stands in `due_columns`, by the code of the area."""
        names = self.due_columns
        return {
            row.area.code: dict(zip(names, reversed(row.value.reports or (None, None)), strict=bool(names)))
            for row in self.rows
        }

    @property
    def _of_cohorts(self) -> bool:
        return MEASURES[self.query.measure].by_start

    def records(self, language: str = "en") -> list[dict[str, Any]]:
        """The table as rows of `COLUMNS`, numbers unrounded, None where empty."""
        return [
            {
                "code": row.area.code,
                "name": row.area.name(language),
                **{name: getattr(row.value, name) for name in COLUMNS[2:8]},
                "status": row.value.status.value,
                **self._days(row.value),
                "asked_from": self.query.start and self.query.start.isoformat(),
                "asked_to": self.query.end and self.query.end.isoformat(),
                **{name: getattr(row.value, name) for name in ("unknown_share", "lowest", "highest")},
                "flag": _flag(row.value),
                "design_effect": row.value.effect,
            }
            | ({UNNUMBERED: row.unnumbered} if self.query.persons else {})
            | (outcomes.columns_of(row.outcomes) if self._of_cohorts else {})
            | ({REPORTS: row.reports} if self.reports else {})
            | self._stamped(row.value)
            for row in self.rows
        ]

    def _days(self, value: Estimate) -> dict[str, Any]:
        """First and last day that were counted: in a row of a release those of its periods."""
        days = None if self.period is None else (self.period.start, self.period.end)
        if value.issued and self.release is not None:
            days = span(self.release.periods) or days
        first, last = days or (None, None)
        return {"from": first and first.isoformat(), "to": last and last.isoformat()}

    def _stamped(self, value: Estimate) -> dict[str, Any]:
        return {} if self.release is None else self.release.columns(issued=value.issued)


def _flag(value: Estimate) -> str | None:
    """What must be known before a value is used."""
    flags = [MUCH_UNKNOWN] if value.mostly_unknown else []
    flags += [FEW_REPORTS] if value.few_reports else []
    return "; ".join(flags) or None


def coverage(database: Database, grant: Grant, query: CoverageQuery, today: date) -> CoverageTable:
    """Coverage of every area, of the moment that is asked for.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    UsageError
        An earlier day is asked for that has no answer (:func:`dashboard.services.coverage.as_of.reading_of`).
    """
    grant.check(Permission.SEE_COVERAGE)
    with reading_of(database, grant, query, today) as reading:
        return table_of(reading)


def table_of(reading: Reading) -> CoverageTable:
    """The table of a question that is allowed and being read."""
    grant, query = reading.grant, reading.query
    listed = _areas(reading)
    codes = [area.code for area in listed]
    away = reading.out_of_reach
    outside = [
        away or rules.hides_area(grant, query.dimension, area.province or area.code) for area in listed
    ]
    counts = reading.of_places(codes)
    values, total = disclosed.parts(grant, counts, reading.together(counts, outside), outside)
    values = [
        replace(value, reports=reading.reports_at(code)) for code, value in zip(codes, values, strict=True)
    ]
    total = replace(total, reports=reading.reports_at(None))
    if all(outside) and (outside or not grant.scope.placed or away):
        total = disclosed.HIDDEN
    unnumbered = disclosed.numbers_of(grant, reading.unnumbered_of)
    found = [_outcomes(reading, code, value) for code, value in zip(codes, values, strict=True)]
    rows = [
        AreaValue(area, value)
        if value.status is Status.HIDDEN
        else AreaValue(
            area, value, reading.reports_of.get(area.code, 0), unnumbered.get(area.code, 0), outcomes_of
        )
        for area, value, outcomes_of in zip(listed, values, found, strict=True)
    ]
    # What all outcomes add up to, less those of the rows, would be those of a hidden row.
    several = any(
        row.value.few or (row.outcomes is None and not gone) for row, gone in zip(rows, outside, strict=True)
    )
    return CoverageTable(
        query,
        reading.period,
        rows,
        total,
        reading.period,
        within.cut_at(query, reading.known_from),
        reading.yearly and not away,
        None if several else _outcomes(reading, None, total),
        reading.release,
        reading.reason,
    )


def values_of(reading: Reading, code: str, measures: Sequence[str]) -> dict[str, Estimate]:
    """The values that `table_of` has of one area, of several measures that are counted by visits.

    Without vans, which change no count; none where the table has no such area.
    """
    found = {}
    for measure, one in reading.every_place(measures).items():
        kept = _told(one)
        if code in kept:
            value = disclosed.one(reading.grant, one.summed(code))
            found[measure] = replace(value, reports=one.reports_at(code))
        elif any(area.code == code for area in _areas(one)):
            found[measure] = disclosed.HIDDEN
    return found


def _told(reading: Reading) -> frozenset[str]:
    """Codes of the areas that are listed and not hidden whatever they hold."""
    grant, dimension = reading.grant, reading.query.dimension

    def told() -> frozenset[str]:
        return frozenset(
            area.code
            for area in _areas(reading)
            if not rules.hides_area(grant, dimension, area.province or area.code)
        )

    if reading.out_of_reach:
        return frozenset()
    return reading.shared("facilities told", told) if dimension == "facility" else told()


def _outcomes(reading: Reading, code: str | None, value: Estimate) -> Outcomes | None:
    """What became of a cohort whose value is shown; None where that is hidden, or not asked for."""
    found = None if value.status is Status.HIDDEN or reading.yearly else reading.outcomes(code)
    return None if found is None else disclosed.all_or_none(reading.grant, found)


def _areas(reading: Reading) -> list[Area]:
    seen = reading.seen()
    return within.own_areas(reading.grant, reading.query, _every_area(reading, seen), seen)


def _every_area(reading: Reading, seen: frozenset[str]) -> list[Area]:
    query = reading.query
    if query.dimension == "facility":
        return areas.facilities(reading.facilities)
    if query.dimension == "crossing":
        return areas.crossings()
    if reading.by_district:
        return areas.districts(reading.district_names)
    everybody = query.groups and query.dimension != "care" and not rules.out_of_reach(reading.grant, query)
    return areas.provinces(reading.places() if everybody else seen)
