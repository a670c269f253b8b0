"""Time units counted back from the last day of the study period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from surveillance.errors import StatisticsError

TIME_UNITS = ("day", "week", "month", "year")
#: Days in one unit, for recurrence intervals.
UNIT_DAYS = {"day": 1.0, "week": 7.0, "month": 365.2425 / 12, "year": 365.2425}
_MONTHS = {"month": 1, "year": 12}


@dataclass(frozen=True)
class Units:
    """Units of a study period, in order; the first is the short one where the period does not divide."""

    starts: tuple[date, ...]
    ends: tuple[date, ...]

    def __len__(self) -> int:
        """Count the units."""
        return len(self.starts)

    def of(self, days: NDArray[np.datetime64]) -> NDArray[np.int64]:
        """Return the unit of each day; days must lie within the study period."""
        starts = np.array(self.starts, dtype="datetime64[D]")
        return np.searchsorted(starts, days, side="right") - 1

    def days(self) -> NDArray[np.float64]:
        """Days in each unit."""
        spans = zip(self.starts, self.ends, strict=True)
        return np.array([(end - start).days + 1 for start, end in spans], dtype=float)


def _months_before(day: date, months: int) -> date:
    count = day.year * 12 + day.month - 1 - months
    year, month = divmod(count, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    last = (following - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))


def time_units(start: date, end: date, unit: str) -> Units:
    """Cut a study period into units of time, counted back from its last day.

    Parameters
    ----------
    start, end : date
        The period, both days included.
    unit : {"day", "week", "month", "year"}

    Returns
    -------
    Units

    Raises
    ------
    StatisticsError
        The period ends before it starts, or the unit is unknown.

    Examples
    --------
    >>> weeks = time_units(date(2024, 1, 1), date(2024, 1, 16), "week")
    >>> [str(day) for day in weeks.starts]
    ['2024-01-01', '2024-01-03', '2024-01-10']
    """
    if unit not in TIME_UNITS:
        raise StatisticsError(f"unknown time unit {unit!r}: use one of {', '.join(TIME_UNITS)}")
    if end < start:
        raise StatisticsError(f"the study period ends ({end}) before it starts ({start})")
    after = end + timedelta(days=1)
    bounds = [after]
    number = 0
    while bounds[-1] > start:
        number += 1
        if unit in _MONTHS:
            bounds.append(max(start, _months_before(after, number * _MONTHS[unit])))
        else:
            bounds.append(max(start, after - timedelta(days=number * (7 if unit == "week" else 1))))
    bounds.reverse()
    ends = tuple(day - timedelta(days=1) for day in bounds[1:])
    return Units(tuple(bounds[:-1]), ends)
