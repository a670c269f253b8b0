"""The trend of every province, in the same steps, so that they can be looked at beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant, Permission
from dashboard.services.coverage.as_of import reading_of
from dashboard.services.coverage.panel import TrendPoint, trend_of
from dashboard.services.coverage.periods import Period
from dashboard.services.coverage.table import CoverageTable, table_of
from dashboard.services.coverage.view import with_others
from dashboard.services.kept import Kept
from dashboard.services.places.remote_group import key_of
from db.core.engine import Database
from geodata.provinces import PROVINCES
from surveillance.coverage.estimates import Estimate
from surveillance.diseases import BY_QUARTER
from surveillance.epiweek import PeriodKind

_KEPT: Kept[Multiples] = Kept(32)
#: Periods of so many days at most are shown by the week, and by the month.
_WEEKS, _MONTHS = 183, 1100


@dataclass(frozen=True)
class ProvinceTrend:
    """One province: its value of the whole period, as the map shows it, and its trend."""

    code: str
    now: Estimate
    points: Sequence[TrendPoint]


@dataclass(frozen=True)
class Multiples:
    """The table of a question with the trend of each province in it, all by the same step."""

    table: CoverageTable
    step: PeriodKind
    provinces: Sequence[ProvinceTrend]


def usual_step(query: CoverageQuery, period: Period | None) -> PeriodKind:
    """The step of all provinces where none is asked for: it depends on the days alone, not on any count."""
    if query.persons:
        return "year"
    days = period.days if period else 0
    if query.disease in BY_QUARTER or days > _MONTHS:
        return "quarter"
    return "week" if days <= _WEEKS else "month"


def multiples(
    database: Database, grant: Grant, query: CoverageQuery, today: date, kind: PeriodKind | None = None
) -> Multiples:
    """Coverage of every province and its trend. All together have none: beside them it would give away what
    one province hides.

    Raises
    ------
    NotPermittedError, UsageError
        As with :func:`dashboard.services.coverage.table.coverage`.
    """
    grant.check(Permission.SEE_COVERAGE)
    return _KEPT.get(
        database,
        grant,
        (key_of(database, query), today, kind),
        lambda: _read(database, grant, query, today, kind),
    )


def _read(
    database: Database, grant: Grant, query: CoverageQuery, today: date, kind: PeriodKind | None
) -> Multiples:
    with reading_of(database, grant, query, today) as reading:
        table, others = with_others(database, reading, table_of(reading))
        step = kind or usual_step(query, reading.period)
        if reading.yearly:
            step = "year"
        reading.read_trends()
        found = []
        for row in table.rows:
            if row.area.code in PROVINCES:
                of = others if others is not None and row.value.issued else reading
                points, shown = trend_of(of, row.area.code, step, row.value)
                step = shown if reading.release is not None and points else step
                found.append(ProvinceTrend(row.area.code, row.value, points))
        return Multiples(table, step, found)
