"""The steps of a trend: fine enough to show a course, coarse enough that a point says something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from statistics import median

from surveillance.epiweek import PERIOD_KINDS, PeriodKind, period_first_day, period_last_day

#: People that a point should have. Of 30 the Wilson interval is at most 34 points wide.
ENOUGH = 30
_DAYS: dict[PeriodKind, int] = {"week": 7, "month": 28, "quarter": 90, "year": 365}


def is_scrap(first: date, last: date, kind: PeriodKind) -> bool:
    """Return whether the days of a period that was cut off are less than half of its days.

    Parameters
    ----------
    first, last : date
        Days that are left of the period.
    kind : {"week", "month", "quarter", "year"}

    Returns
    -------
    bool

    Examples
    --------
    >>> is_scrap(date(2025, 6, 30), date(2025, 6, 30), "quarter")
    True
    >>> is_scrap(date(2025, 5, 15), date(2025, 6, 30), "quarter")
    False
    """
    whole = (period_last_day(first, kind) - period_first_day(first, kind)).days + 1
    return 2 * ((last - first).days + 1) < whole


def usual_step(counted: Mapping[date, int], first: date, last: date) -> PeriodKind:
    """Choose the finest step whose points have about 30 people or more.

    Parameters
    ----------
    counted : mapping of date to int
        A day of each cell -> denominator of the cell, in persons.
    first, last : date
        The period of the trend.

    Returns
    -------
    {"week", "month", "quarter", "year"}
        The finest step at which half of the points that count any people have at least 30; where no step
        does, the coarsest one. Steps that would cut the period into fewer than two are left out, except
        weeks.

    Examples
    --------
    >>> counted = {date(2026, 1, 5): 12, date(2026, 1, 12): 19, date(2026, 2, 2): 40}
    >>> usual_step(counted, date(2026, 1, 1), date(2026, 3, 31))
    'month'
    """
    days = (last - first).days + 1
    offered = [kind for kind in PERIOD_KINDS if kind == "week" or 2 * _DAYS[kind] <= days]
    for kind in offered:
        points: Counter[date] = Counter()
        for day, count in counted.items():
            points[period_first_day(day, kind)] += count
        people = [count for count in points.values() if count > 0]
        if people and median(people) >= ENOUGH:
            return kind
    return offered[-1]
