"""Coverage by area: every value with its interval and its status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant, Permission
from dashboard.services.coverage import outcomes, within
from dashboard.services.coverage.as_of import reading_of
from dashboard.services.coverage.outcomes import Outcomes
from dashboard.services.coverage.periods import Period
from dashboard.services.coverage.source import Reading, out_of_reach
from dashboard.services.places import areas
from dashboard.services.places.areas import Area
from db.core.engine import Database
from surveillance.coverage.estimates import Counts, Estimate, estimate
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
#: And how many aggregate reports are counted in a row, where any are.
REPORTS = "aggregate_reports"
#: And how many records in a row are of no known person, where persons are counted.
UNNUMBERED = "records_without_person"


@dataclass(frozen=True)
class AreaValue:
    """One area with its value."""

    area: Area
    value: Estimate
    #: Aggregate reports counted in it, in place of line lists.
    reports: int = 0
    #: Records in it that are of no known person, where persons are counted.
    unnumbered: int = 0
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

    @property
    def hidden(self) -> int:
        """How many rows are hidden: `total` is without them."""
        return sum(row.value.status is Status.HIDDEN for row in self.rows)

    @property
    def reports(self) -> int:
        """How many aggregate reports are counted in all."""
        return sum(row.reports for row in self.rows)

    @property
    def unnumbered(self) -> int:
        """How many records in all are of no known person, where persons are counted."""
        return sum(row.unnumbered for row in self.rows)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the table: those of reports only where there are any."""
        more: tuple[str, ...] = (UNNUMBERED,) if self.query.persons else ()
        more += outcomes.COLUMNS if self._of_cohorts else ()
        return (*COLUMNS, *more, *((REPORTS,) if self.reports else ()))

    @property
    def _of_cohorts(self) -> bool:
        return MEASURES[self.query.measure].by_start

    def records(self, language: str = "en") -> list[dict[str, Any]]:
        """The table as rows of `COLUMNS`, numbers unrounded, None where empty."""
        start = self.period.start.isoformat() if self.period else None
        end = self.period.end.isoformat() if self.period else None
        return [
            {
                "code": row.area.code,
                "name": row.area.name(language),
                **{name: getattr(row.value, name) for name in COLUMNS[2:8]},
                "status": row.value.status.value,
                "from": start,
                "to": end,
                "asked_from": self.query.start and self.query.start.isoformat(),
                "asked_to": self.query.end and self.query.end.isoformat(),
                **{name: getattr(row.value, name) for name in ("unknown_share", "lowest", "highest")},
                "flag": MUCH_UNKNOWN if row.value.mostly_unknown else None,
                "design_effect": row.value.effect,
            }
            | ({UNNUMBERED: row.unnumbered} if self.query.persons else {})
            | (outcomes.columns_of(row.outcomes) if self._of_cohorts else {})
            | ({REPORTS: row.reports} if self.reports else {})
            for row in self.rows
        ]


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
    counts = _count(reading)
    rows = _areas(reading, counts)
    held = [_withhold(grant, query, area, counts) for area in rows]
    whole = sum((c for c in held if not c.hidden), Counts(reported=False))
    # Vans whose passengers count in several areas are one van in the total.
    whole = replace(whole, effect=reading.vans.effect(None, whole.numerator, whole.denominator))
    values = estimate([*held, whole])
    total = values.pop()
    if all(c.hidden for c in held) and (held or not grant.scope.provinces or out_of_reach(grant, query)):
        total = estimate([Counts(False, hidden=True)])[0]
    pairs = [(area, counts.hidden) for area, counts in zip(rows, held, strict=True)]
    reports = [0 if hidden else reading.reports_of.get(area.code, 0) for area, hidden in pairs]
    nobody = [0 if hidden else reading.unnumbered_of.get(area.code, 0) for area, hidden in pairs]
    found = [None if hidden else reading.outcomes(area.code) for area, hidden in pairs]
    listed = list(map(AreaValue, rows, values, reports, nobody, found))
    known_from = within.cut_at(query, reading.known_from)
    return CoverageTable(query, reading.asked.used, listed, total, reading.asked.period, known_from)


#: Why a whole table is hidden; the page says it in the reader's language.
NEVER_STORED = (
    "HIV and syphilis are never shown by crossing, facility, movement or activity: it could harm people."
)
POSITIVES_ONLY = (
    "The place of infection is recorded only for people found positive, so this measure would say 100% "
    "everywhere. By place of infection there are two measures: treatment started, treatment completed."
)


#: Why an account of some provinces does not look for clusters of homes, places of infection or crossings.
OUTSIDE_SCOPE = "This view counts people from every province; your account covers some provinces."


def reason_hidden(grant: Grant, query: CoverageQuery) -> str:
    """Why the whole table is hidden, in words; blank where it is not."""
    if query.never_stored:
        return NEVER_STORED
    if refused := within.refusal(grant, query):
        return refused
    return POSITIVES_ONLY if query.unanswerable else ""


@dataclass(frozen=True)
class PlaceCounts:
    """Counts of every place that has any: in the period, and in the part of it that is due."""

    reading: Reading
    seen: Mapping[str, Any]
    due: Mapping[str, Any]

    def of(self, place: str) -> Counts:
        """Counts of one place; zeros where it has none."""
        return self.reading.counts(self.seen.get(place), self.due.get(place), place)


def _count(reading: Reading) -> PlaceCounts:
    """Read the cubes, where the question is within reach."""
    asked = reading.asked
    if out_of_reach(reading.grant, reading.query) or asked.period is None:
        return PlaceCounts(reading, {}, {})
    due = reading.due_by_place
    return PlaceCounts(reading, due if asked.due == asked.period else reading.by_place(asked.period), due)


def _areas(reading: Reading, counts: PlaceCounts) -> list[Area]:
    return within.own_areas(reading.grant, reading.query, _every_area(reading, counts), counts.seen)


def _every_area(reading: Reading, counts: PlaceCounts) -> list[Area]:
    query = reading.query
    if query.dimension == "facility":
        return areas.facilities(reading.facilities)
    if query.dimension == "crossing":
        return areas.crossings()
    everybody = query.groups and query.dimension != "care" and not out_of_reach(reading.grant, query)
    return areas.provinces(reading.places() if everybody else counts.seen)


def _withhold(grant: Grant, query: CoverageQuery, area: Area, counts: PlaceCounts) -> Counts:
    """The one place that decides what a grant may not see."""
    if out_of_reach(grant, query):
        return Counts(False, hidden=True)
    if query.dimension in ("care", "facility") and not grant.scope.holds(area.province or area.code):
        return Counts(False, hidden=True)
    return counts.of(area.code)
