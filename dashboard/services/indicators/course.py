"""An indicator over time: of the whole country, or of the places of the account together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from dashboard.permissions import Grant, Permission
from dashboard.services.clock import today_in_cambodia
from dashboard.services.coverage.panel import TrendPoint, panel
from dashboard.services.disclosure import rules
from dashboard.services.disclosure import values as disclosed
from dashboard.services.disclosure.indicators import made
from dashboard.services.explorer.multiples import multiples
from dashboard.services.indicators import households, read
from dashboard.services.indicators.divisors import divisors
from dashboard.services.indicators.engine import (
    indicator_of,
    indicator_table,
    limits_of,
    question,
    value_of,
)
from dashboard.services.indicators.model import COUNTRY
from db.core.engine import Database
from db.indicators.model import IndicatorSums
from surveillance.epiweek import (
    period_first_day,
    period_label,
    period_last_day,
    time_cells_between,
)
from surveillance.errors import NotPermittedError
from surveillance.indicators.model import Indicator, OfHouseholds, OfMeasure, OfRecords
from surveillance.indicators.values import Value

Step = Literal["month", "quarter", "year"]
STEPS: tuple[Step, ...] = ("month", "quarter", "year")
#: Columns of a course, as the command and the files write them.
COLUMNS = (
    "period",
    "from",
    "to",
    "numerator",
    "denominator",
    "value",
    "lower",
    "upper",
    "status",
    "unknown",
)


@dataclass(frozen=True)
class CoursePoint:
    """One step: its days, as far as the question holds them, and its value."""

    label: str
    start: date
    end: date
    value: Value

    def record(self) -> dict[str, Any]:
        """The point by `COLUMNS`."""
        value, people = self.value, self.value.denominator
        whole = people is not None and float(people).is_integer()
        return {
            "period": self.label,
            "from": self.start.isoformat(),
            "to": self.end.isoformat(),
            "numerator": value.numerator,
            "denominator": int(people) if people is not None and whole else people,
            "value": value.value,
            "lower": value.lower,
            "upper": value.upper,
            "status": value.status.value,
            "unknown": value.unknown,
        }


def steps_of(indicator_id: str) -> tuple[Step, ...]:
    """The steps in which an indicator may be followed; none where it has no course.

    What is divided by the people of a year is followed by the year. Outcomes of a cohort and who has reported
    are not followed here.
    """
    indicator = indicator_of(indicator_id)
    counted = indicator.counted
    if isinstance(counted, OfMeasure):
        return STEPS if counted.part != "lost" else ()
    if isinstance(counted, OfRecords):
        return ("year",) if indicator.of else STEPS
    return STEPS if isinstance(counted, OfHouseholds) else ()


def indicator_course(
    database: Database,
    grant: Grant,
    indicator_id: str,
    step: Step,
    *,
    first: date | None = None,
    last: date | None = None,
    today: date | None = None,
) -> list[CoursePoint]:
    """An indicator in each step of a period; empty where it has no course by that step, or nothing is shown.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage, or not this programme.
    """
    grant.check(Permission.SEE_COVERAGE)
    indicator = indicator_of(indicator_id)
    if step not in steps_of(indicator_id):
        return []
    day, counted = today or today_in_cambodia(), indicator.counted
    if isinstance(counted, OfMeasure):
        asked = question(indicator, grant, "country", first, last, None, counted.measure)
        return [
            CoursePoint(point.label, point.start, point.end, value_of(indicator, point.value, None))
            for point in panel(database, grant, asked, None, day, step).trend
        ]
    if isinstance(counted, OfHouseholds):
        return _of_households(database, grant, indicator_id, step, first, last, day)
    return _of_records(database, grant, indicator_id, step, first, last, day)


def area_course(
    database: Database,
    grant: Grant,
    indicator_id: str,
    by: str,
    code: str,
    step: Step,
    *,
    first: date,
    last: date,
    today: date | None = None,
) -> list[CoursePoint]:
    """An indicator of one area in each step of a period; empty where it has no course, or no such area.

    Raises
    ------
    NotPermittedError, UsageError
        As with :func:`dashboard.services.indicators.engine.indicator_table`.
    """
    indicator, day = indicator_of(indicator_id), today or today_in_cambodia()
    if step not in steps_of(indicator_id):
        return []
    if isinstance(indicator.counted, OfMeasure):
        asked = question(indicator, grant, by, first, last, None, indicator.counted.measure)
        shown = panel(database, grant, asked, code, day, step)
        return _points(indicator, shown.trend) if shown.code == code else []
    found = _by_step(database, grant, indicator_id, by, step, first, last, day)
    return [points[code] for points in found if code in points]


def province_courses(
    database: Database,
    grant: Grant,
    indicator_id: str,
    step: Step,
    *,
    first: date,
    last: date,
    today: date | None = None,
) -> dict[str, list[CoursePoint]]:
    """The same of every province, by its code.

    Raises
    ------
    NotPermittedError, UsageError
        As with :func:`dashboard.services.indicators.engine.indicator_table`.
    """
    indicator, day = indicator_of(indicator_id), today or today_in_cambodia()
    if step not in steps_of(indicator_id):
        return {}
    if isinstance(indicator.counted, OfMeasure):
        asked = question(indicator, grant, "province", first, last, None, indicator.counted.measure)
        held = multiples(database, grant, asked, day, step)
        return {one.code: _points(indicator, one.points) for one in held.provinces}
    found: dict[str, list[CoursePoint]] = {}
    for points in _by_step(database, grant, indicator_id, "province", step, first, last, day):
        for code, point in points.items():
            found.setdefault(code, []).append(point)
    return found


def _points(indicator: Indicator, trend: Sequence[TrendPoint]) -> list[CoursePoint]:
    return [
        CoursePoint(point.label, point.start, point.end, value_of(indicator, point.value, None))
        for point in trend
    ]


def _of_households(
    database: Database,
    grant: Grant,
    indicator_id: str,
    step: Step,
    first: date | None,
    last: date | None,
    today: date,
) -> list[CoursePoint]:
    indicator = indicator_of(indicator_id)
    said = households.read(database, grant, first, last, today)
    if not said:
        return []
    found = households.sums(indicator, said, lambda place: period_first_day(place.day, step))
    begins, ends = first or min(place.day for place in said), last or max(place.day for place in said)
    points, start = [], period_first_day(begins, step)
    while start <= ends:
        until = period_last_day(start, step)
        value = households.value_of(indicator, *found.get(start, (0, 0, 0)))
        points.append(CoursePoint(period_label(start, step), max(start, begins), min(until, ends), value))
        start = until + timedelta(days=1)
    return points


def _by_step(
    database: Database,
    grant: Grant,
    indicator_id: str,
    by: str,
    step: Step,
    first: date,
    last: date,
    today: date,
) -> list[dict[str, CoursePoint]]:
    """Every area in each step of a period."""
    found, start = [], period_first_day(first, step)
    while start <= last:
        end = period_last_day(start, step)
        days = max(start, first), min(end, last)
        shown = indicator_table(
            database,
            grant,
            indicator_id,
            by=by,
            first=days[0],
            last=days[1],
            today=today,
            reports=False,
        )
        label = period_label(start, step)
        found.append({row.area.code: CoursePoint(label, *days, row.value) for row in shown.rows})
        start = end + timedelta(days=1)
    return found


def _of_records(
    database: Database,
    grant: Grant,
    indicator_id: str,
    step: Step,
    first: date | None,
    last: date | None,
    today: date,
) -> list[CoursePoint]:
    indicator = indicator_of(indicator_id)
    query = question(indicator, grant, "country", first, last, None)
    if rules.out_of_reach(grant, query) or not rules.entitled(grant):
        return []
    if indicator.home and not grant.scope.national:
        raise NotPermittedError(rules.OUTSIDE_SCOPE)
    with read.reading_of_indicators(database, grant, query, today) as reading:
        if reading.period is None:
            return []
        period = reading.period
        asked = read.Asked(indicator, "country", period, today)
        held = disclosed.all_or_none(grant, read.sums_by_cell(reading, asked))
        if held is None or read.known_from(reading.connection, asked) is not None:
            return []
        steps: list[tuple[date, date, list[int], IndicatorSums]] = []
        start = period_first_day(period.start, step)
        while start <= period.end:
            days = max(start, period.start), min(period_last_day(start, step), period.end)
            cells = time_cells_between(*days)
            sums = sum((held[cell] for cell in cells if cell in held), IndicatorSums())
            steps.append((*days, cells, sums))
            start = period_last_day(start, step) + timedelta(days=1)
        limits = limits_of(indicator, (sums for *_, sums in steps))
        silent = [cell for *_, cells, sums in steps if not sums.any for cell in cells]
        told = reading.reporting_cells(silent, None) if silent else frozenset()
        found = []
        for begin, end, cells, sums in steps:
            divisor = None
            if indicator.of:
                divisor = divisors(database, grant, indicator, "country", begin.year)[0].get(COUNTRY.code)
            reported = sums.any or not told.isdisjoint(cells)
            value = made(indicator, sums, divisor, reported=reported, limits=limits)
            found.append(CoursePoint(period_label(begin, step), begin, end, value))
        return found
