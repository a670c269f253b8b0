"""Windows of time: whole ISO weeks or whole calendar months, and the earlier window of the same length.

A window is a first and a last day, both included. Two windows that are compared have the same number of whole
weeks, or of whole calendar months.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import date, timedelta
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from surveillance.epiweek import day_number

Days = NDArray[np.int64]
Comparison = Literal["before", "year"]
#: What a window is compared with: the one directly before it, or the same weeks of the year before.
COMPARISONS: tuple[Comparison, ...] = ("before", "year")
Unit = Literal["week", "month"]
#: 52 weeks: the same day of the week, a year before. 2026 has a week 53 and 2025 has none: numbers of weeks
#: do not lead from one year to the next.
YEAR_OF_WEEKS = timedelta(days=364)
_MONTHS_OF_YEAR = 12
_WEEK = timedelta(days=7)
_DAY = timedelta(days=1)


class Window(NamedTuple):
    """First and last day, both included."""

    first: date
    last: date


class Pair(NamedTuple):
    """Two windows of the same length. `unit`: what both are made of; `comparison`: where the earlier lies."""

    now: Window
    earlier: Window
    unit: Unit
    comparison: Comparison = "before"


def whole_months(window: Window) -> int:
    """Count the whole calendar months that make a window.

    Parameters
    ----------
    window : Window

    Returns
    -------
    int
        0 where the window is not made of whole months.

    Examples
    --------
    >>> whole_months(Window(date(2026, 4, 1), date(2026, 6, 30)))
    3
    """
    first, last = window
    if first.day != 1 or last != _month_end(last) or last < first:
        return 0
    return _month_number(last) - _month_number(first) + 1


def whole_weeks(window: Window) -> int:
    """Count the whole ISO weeks that make a window.

    Parameters
    ----------
    window : Window

    Returns
    -------
    int
        0 where the window is not made of whole weeks.

    Examples
    --------
    >>> [whole_weeks(Window(date(2026, 6, day), date(2026, 6, 14))) for day in (1, 2)]
    [2, 0]
    """
    first, last = window
    if first.weekday() != 0 or last.weekday() != 6 or last < first:
        return 0
    return ((last - first).days + 1) // 7


def in_weeks(window: Window, *, ends_within: bool = False) -> Window | None:
    """Widen a window to whole ISO weeks.

    Parameters
    ----------
    window : Window
    ends_within : bool
        The last week ends within the window, since nothing is known of the days after it.

    Returns
    -------
    Window or None
        None where no whole week is left.

    Examples
    --------
    >>> window = Window(date(2026, 6, 3), date(2026, 6, 9))
    >>> in_weeks(window).last.isoformat(), in_weeks(window, ends_within=True).last.isoformat()
    ('2026-06-14', '2026-06-07')
    """
    first, last = window
    monday = first - timedelta(days=first.weekday())
    sunday = last + timedelta(days=6 - last.weekday())
    if ends_within and sunday > last:
        sunday -= _WEEK
    return Window(monday, sunday) if sunday > monday else None


def compared(window: Window, comparison: Comparison, *, ends_within: bool = False) -> Pair | None:
    """Pair a window with the earlier one that it is compared with.

    Whole calendar months are compared with as many whole months: directly before, or the same months of the
    year before. Everything else is compared in whole ISO weeks, with as many weeks: directly before, or 364
    days earlier. A window that is made of neither is widened to whole weeks on both sides.

    A window longer than a year overlaps the same time of the year before, and would be compared with itself:
    it is compared with the window directly before it, whatever was asked (`Pair.comparison`).

    Parameters
    ----------
    window : Window
    comparison : {"before", "year"}
    ends_within : bool
        As with :func:`in_weeks`.

    Returns
    -------
    Pair or None
        None where no whole week is left.

    Examples
    --------
    >>> pair = compared(Window(date(2026, 12, 28), date(2027, 1, 3)), "year")  # 2026-W53
    >>> pair.earlier.first.isoformat(), pair.earlier.last.isoformat()
    ('2025-12-29', '2026-01-04')
    """
    if months := whole_months(window):
        if months > _MONTHS_OF_YEAR:
            comparison = "before"
        back = _MONTHS_OF_YEAR if comparison == "year" else months
        first = add_months(window.first, -back)
        return Pair(window, Window(first, _month_end(add_months(first, months - 1))), "month", comparison)
    weeks = in_weeks(window, ends_within=ends_within)
    if weeks is None:
        return None
    if whole_weeks(weeks) * _WEEK > YEAR_OF_WEEKS:
        comparison = "before"
    back_days = YEAR_OF_WEEKS if comparison == "year" else whole_weeks(weeks) * _WEEK
    try:
        earlier = Window(weeks.first - back_days, weeks.last - back_days)
    except OverflowError:
        return None
    return Pair(weeks, earlier, "week", comparison)


def slots_of(pair: Pair) -> tuple[Callable[[Days], Days], Callable[[Days], Days]]:
    """Return two functions that number the weeks (or months) of two windows.

    The same number in both is the same week of both windows: facilities are compared week by week.

    Parameters
    ----------
    pair : Pair

    Returns
    -------
    now, earlier : callable
        Each takes days since 1970-01-01, shape (n,). It returns the numbers of their weeks (or months),
        from 0; -1 for a day outside its window.

    Examples
    --------
    >>> pair = compared(Window(date(2026, 6, 8), date(2026, 6, 21)), "before")
    >>> slots_of(pair)[0](np.array([day_number(date(2026, 6, day)) for day in (7, 8, 16)])).tolist()
    [-1, 0, 1]
    """

    def numbering(window: Window) -> Callable[[Days], Days]:
        first, last = day_number(window.first), day_number(window.last)

        def numbers(days: Days) -> Days:
            if pair.unit == "month":
                months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
                found = months - (12 * (window.first.year - 1970) + window.first.month - 1)
            else:
                found = (days - first) // 7
            return np.where((days >= first) & (days <= last), found, -1)

        return numbers

    return numbering(pair.now), numbering(pair.earlier)


def last_weeks(last: date, weeks: int) -> Window:
    """Return the last ISO weeks that had ended by a day.

    Parameters
    ----------
    last : date
        May be the last day of the last week.
    weeks : int

    Returns
    -------
    Window

    Examples
    --------
    >>> last_weeks(date(2026, 6, 17), 2).last
    datetime.date(2026, 6, 14)
    """
    sunday = last - timedelta(days=(last.weekday() + 1) % 7)
    return Window(sunday - weeks * _WEEK + _DAY, sunday)


def last_months(last: date, months: int) -> Window:
    """Return the last calendar months that had ended by a day.

    Parameters
    ----------
    last : date
        May be the last day of the last month.
    months : int

    Returns
    -------
    Window

    Examples
    --------
    >>> last_months(date(2026, 6, 17), 2).first
    datetime.date(2026, 4, 1)
    """
    end = last if last == _month_end(last) else last.replace(day=1) - _DAY
    return Window(add_months(end.replace(day=1), 1 - months), end)


def last_quarters(last: date, quarters: int) -> Window:
    """Return the last calendar quarters that had ended by a day.

    Parameters
    ----------
    last : date
        May be the last day of the last quarter.
    quarters : int

    Returns
    -------
    Window

    Examples
    --------
    >>> window = last_quarters(date(2026, 6, 29), 1)
    >>> window.first.isoformat(), window.last.isoformat()
    ('2026-01-01', '2026-03-31')
    """
    end = last_months(last, 1).last
    while end.month % 3:
        end = end.replace(day=1) - _DAY
    return Window(add_months(end.replace(day=1), 1 - 3 * quarters), end)


def add_months(first_day: date, months: int) -> date:
    """Return the first day of a month, some months later.

    Parameters
    ----------
    first_day : date
        Any day of the month.
    months : int
        May be negative.

    Returns
    -------
    date

    Examples
    --------
    >>> add_months(date(2026, 1, 1), -2)
    datetime.date(2025, 11, 1)
    """
    number = _month_number(first_day) + months
    return date(number // 12, number % 12 + 1, 1)


def _month_number(day: date) -> int:
    return 12 * day.year + day.month - 1


def _month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
