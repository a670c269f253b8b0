"""Coverage by area: every value with its interval and its status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant, Permission
from dashboard.services import areas
from dashboard.services.areas import Area
from dashboard.services.periods import Period
from db import cube_queries, facilities
from db.cube_queries import CubeQuery
from db.engine import Connection, Database
from surveillance.epiweek import cell_last_day, day_of_number
from surveillance.estimates import Counts, Estimate, estimate
from surveillance.indicators import MEASURES
from surveillance.vocabulary import DISEASES, UNKNOWN

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
)


@dataclass(frozen=True)
class AreaValue:
    """One area with its value."""

    area: Area
    value: Estimate


@dataclass(frozen=True)
class CoverageTable:
    """A question, the period it used (None where there are no records and none was given), and its answer."""

    query: CoverageQuery
    period: Period | None
    rows: list[AreaValue]
    total: Estimate

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
            }
            for row in self.rows
        ]


@dataclass(frozen=True)
class Asked:
    """A question made ready for the cubes: the period it asks for, and the part of it that is due."""

    query: CoverageQuery
    cube: CubeQuery
    period: Period | None
    due: Period | None

    @property
    def used(self) -> Period | None:
        """The period the numbers are of: the due part, where there is one."""
        return self.due or self.period


def coverage(database: Database, grant: Grant, query: CoverageQuery, today: date) -> CoverageTable:
    """Coverage of every area.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    """
    grant.check(Permission.SEE_COVERAGE)
    with database.reading() as connection:
        asked = ask(connection, grant, query, today)
        counts = count_places(connection, grant, asked)
        rows = _areas(connection, grant, query, counts)
    held = [_withhold(grant, query, area, counts) for area in rows]
    values = estimate([*held, sum((c for c in held if not c.hidden), Counts(reported=False))])
    total = values.pop()
    if held and all(c.hidden for c in held):
        total = estimate([Counts(False, hidden=True)])[0]
    return CoverageTable(query, asked.used, list(map(AreaValue, rows, values)), total)


def ask(connection: Connection, grant: Grant, query: CoverageQuery, today: date) -> Asked:
    """Find the period: what was asked for, widened to whole cells, or all there is."""
    cube = CubeQuery(query.disease, query.dimension, query.measure, filters=query.groups)
    start, end = query.start, query.end
    if (start is None or end is None) and not out_of_reach(grant, query):
        span = cube_queries.span(connection, grant.scope, cube)
        if span is not None:
            first, last = day_of_number(span[0]), cell_last_day(day_of_number(span[1]))
            start = start or min(first, end or first)
            end = end or max(last, start)
    if start is None or end is None:
        return Asked(query, cube, None, None)
    period = Period.covering(start, end)
    due = period
    if MEASURES[query.measure].by_start:
        due_part = period.due(today, DISEASES[query.disease].follow_up_days)
        return Asked(query, _between(cube, period), period, due_part)
    return Asked(query, _between(cube, period), period, due)


def _between(cube: CubeQuery, period: Period) -> CubeQuery:
    return replace(cube, first=period.first_cell, last=period.last_cell)


def out_of_reach(grant: Grant, query: CoverageQuery) -> bool:
    """Whether the whole table is hidden: a breakdown never stored, or people from outside a jurisdiction."""
    return query.never_stored or not (grant.scope.national or query.dimension in ("care", "facility"))


#: Why a whole table is hidden; the page says it in the reader's language.
NEVER_STORED = (
    "HIV and syphilis are never shown by crossing, facility, movement or activity: it could harm people."
)
OUTSIDE_SCOPE = "This view counts people from every province; your account covers some provinces."


def reason_hidden(grant: Grant, query: CoverageQuery) -> str:
    """Why the whole table is hidden, in words; blank where it is not."""
    if query.never_stored:
        return NEVER_STORED
    return OUTSIDE_SCOPE if out_of_reach(grant, query) else ""


@dataclass(frozen=True)
class PlaceCounts:
    """Counts of every place that has any: in the groups asked for, of them due, and of everybody."""

    seen: Mapping[str, Any]
    due: Mapping[str, Any]
    everyone: Mapping[str, Any]
    #: Whether a place's own facilities report for it (a home province does not report; facilities do).
    own_report: bool

    def of(self, place: str) -> Counts:
        """Counts of one place; zeros where it has none."""
        row, due = self.seen.get(place), self.due.get(place)
        return Counts(
            records=int(row.records) if row else 0,
            numerator=int(due.numerator) if due else 0,
            denominator=int(due.denominator) if due else 0,
            unknown=int(due.unknown) if due else 0,
            not_due=_followed(row) - _followed(due),
            reported=self._reported(place),
        )

    def _reported(self, place: str) -> bool:
        if self.own_report and place != UNKNOWN:
            return place in self.everyone and self.everyone[place].records > 0
        return any(row.records for row in self.everyone.values())


def _followed(row: Any) -> int:
    """Persons who started, or may have: most of those not yet due have a blank outcome."""
    return int(row.denominator + row.unknown) if row else 0


def count_places(connection: Connection, grant: Grant, asked: Asked) -> PlaceCounts:
    """Read the cubes for a question that is within reach."""
    query = asked.query
    own_report = query.dimension in ("care", "facility")
    if out_of_reach(grant, query) or asked.period is None:
        return PlaceCounts({}, {}, {}, own_report)

    def read(cube: CubeQuery) -> Mapping[str, Any]:
        return cube_queries.by_place(connection, grant.scope, cube)

    seen = read(asked.cube)
    everyone = read(replace(asked.cube, filters={})) if query.groups else seen
    due = seen
    if asked.due != asked.period:
        due = read(_between(asked.cube, asked.due)) if asked.due else {}
    return PlaceCounts(seen, due, everyone, own_report)


def _areas(connection: Connection, grant: Grant, query: CoverageQuery, counts: PlaceCounts) -> list[Area]:
    if query.dimension == "facility":
        return areas.facilities(facilities.listed(connection, grant.scope))
    if query.dimension == "crossing":
        return areas.crossings()
    return areas.provinces(counts.everyone)


def _withhold(grant: Grant, query: CoverageQuery, area: Area, counts: PlaceCounts) -> Counts:
    """The one place that decides what a grant may not see."""
    if out_of_reach(grant, query):
        return Counts(False, hidden=True)
    if query.dimension in ("care", "facility") and not grant.scope.holds(area.province or area.code):
        return Counts(False, hidden=True)
    return counts.of(area.code)
