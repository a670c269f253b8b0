"""ISO 8601 epidemiological weeks (the WHO's), and the cells that cubes are kept by.

A *cell* is the part of an ISO week that lies in one calendar month: weeks, months, quarters and years are
all sums of whole cells. A cell is known by its first day.

Week and week-year always go together: 2020-12-31 and 2021-01-01 are both in week 53 of 2020.
"""

from __future__ import annotations

import calendar
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from surveillance.errors import StatisticsError

PeriodKind = Literal["week", "month", "quarter", "year"]
PERIOD_KINDS: tuple[PeriodKind, ...] = ("week", "month", "quarter", "year")
#: Days and weeks are those of Cambodia.
TIME_ZONE = ZoneInfo("Asia/Phnom_Penh")
_EPOCH = date(1970, 1, 1).toordinal()


class EpiWeek(NamedTuple):
    """An ISO week with the year it belongs to (not always the calendar year of its days)."""

    year: int
    week: int

    def __str__(self) -> str:
        """Write the week as 2025-W07."""
        return f"{self.year}-W{self.week:02d}"

    @property
    def first_day(self) -> date:
        """Its Monday."""
        return date.fromisocalendar(self.year, self.week, 1)

    @property
    def last_day(self) -> date:
        """Its Sunday."""
        return date.fromisocalendar(self.year, self.week, 7)


def as_day(name: str, given: date | str | None) -> date | None:
    """Read a day that an argument gives as a date or a text.

    Parameters
    ----------
    name : str
        The argument, for the message.
    given : date, datetime, str or None
        A text begins with a day such as 2025-01-31.

    Returns
    -------
    date or None
        None for None.

    Raises
    ------
    StatisticsError
        The text is no day.

    Examples
    --------
    >>> as_day("start", "2025-01-31"), as_day("start", None)
    (datetime.date(2025, 1, 31), None)
    """
    if isinstance(given, datetime):
        return given.date()
    if given is None or isinstance(given, date):
        return given
    try:
        return date.fromisoformat(str(given)[:10])
    except ValueError:
        raise StatisticsError(f"{name} is '{given}': give a day, such as 2025-01-31") from None


def epiweek(day: date) -> EpiWeek:
    """Return the ISO week of a day.

    Parameters
    ----------
    day : date

    Returns
    -------
    EpiWeek
        Year of the week, and week.

    References
    ----------
    ISO 8601-1:2019, week dates.

    Examples
    --------
    >>> str(epiweek(date(2021, 1, 3))), str(epiweek(date(2021, 1, 4)))
    ('2020-W53', '2021-W01')
    """
    iso = day.isocalendar()
    return EpiWeek(iso.year, iso.week)


def time_cell_first_day(day: date) -> date:
    """Return the first day of a cell: its Monday, or the first of the month if that is later.

    Parameters
    ----------
    day : date
        Any day of the cell.

    Returns
    -------
    date

    Examples
    --------
    >>> time_cell_first_day(date(2025, 10, 2)), time_cell_first_day(date(2025, 10, 9))
    (datetime.date(2025, 10, 1), datetime.date(2025, 10, 6))
    """
    monday = day - timedelta(days=day.weekday())
    return max(monday, day.replace(day=1))


def time_cell_last_day(day: date) -> date:
    """Return the last day of a cell: its Sunday, or the end of the month if that is earlier.

    Parameters
    ----------
    day : date
        Any day of the cell.

    Returns
    -------
    date

    Examples
    --------
    >>> time_cell_last_day(date(2025, 9, 29)), time_cell_last_day(date(2025, 10, 1))
    (datetime.date(2025, 9, 30), datetime.date(2025, 10, 5))
    """
    sunday = day + timedelta(days=6 - day.weekday())
    return min(sunday, day.replace(day=calendar.monthrange(day.year, day.month)[1]))


def day_number(day: date) -> int:
    """Return the number of a day, as cubes hold the first day of a cell.

    Parameters
    ----------
    day : date

    Returns
    -------
    int
        Days since 1970-01-01.

    Examples
    --------
    >>> day_number(date(1970, 1, 8))
    7
    """
    return day.toordinal() - _EPOCH


def day_of_number(number: int) -> date:
    """Return the day of a number: the inverse of :func:`day_number`.

    Parameters
    ----------
    number : int
        Days since 1970-01-01.

    Returns
    -------
    date

    Examples
    --------
    >>> day_of_number(7)
    datetime.date(1970, 1, 8)
    """
    return date.fromordinal(number + _EPOCH)


def time_cell_number(day: date) -> int:
    """Return the number of the cell that holds a day.

    Parameters
    ----------
    day : date

    Returns
    -------
    int
        Number of the first day of the cell, in days since 1970-01-01.

    Examples
    --------
    >>> time_cell_number(date(2025, 10, 9)) == day_number(date(2025, 10, 6))
    True
    """
    return day_number(time_cell_first_day(day))


def time_cells_between(first: date, last: date) -> list[int]:
    """List the cells from one day to another.

    Parameters
    ----------
    first, last : date
        Any day of the first and of the last cell.

    Returns
    -------
    list of int
        Numbers of the cells, in order.

    Examples
    --------
    >>> [day_of_number(cell).isoformat() for cell in time_cells_between(date(2025, 9, 30), date(2025, 10, 6))]
    ['2025-09-29', '2025-10-01', '2025-10-06']
    """
    cells = []
    day = time_cell_first_day(first)
    while day <= last:
        cells.append(day_number(day))
        day = time_cell_last_day(day) + timedelta(days=1)
    return cells


def period_first_day(day: date, kind: PeriodKind) -> date:
    """Return the first day of the period that holds a day.

    Parameters
    ----------
    day : date
    kind : {"week", "month", "quarter", "year"}

    Returns
    -------
    date

    Raises
    ------
    ValueError
        The kind is unknown.

    Examples
    --------
    >>> period_first_day(date(2025, 5, 15), "quarter")
    datetime.date(2025, 4, 1)
    """
    if kind == "week":
        return day - timedelta(days=day.weekday())
    if kind == "month":
        return day.replace(day=1)
    if kind == "quarter":
        return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
    if kind == "year":
        return date(day.year, 1, 1)
    raise ValueError(f"'{kind}' is not one of {', '.join(PERIOD_KINDS)}")


def period_last_day(day: date, kind: PeriodKind) -> date:
    """Return the last day of the period that holds a day.

    Parameters
    ----------
    day : date
    kind : {"week", "month", "quarter", "year"}

    Returns
    -------
    date

    Raises
    ------
    ValueError
        The kind is unknown.

    Examples
    --------
    >>> period_last_day(date(2025, 5, 15), "quarter")
    datetime.date(2025, 6, 30)
    """
    first = period_first_day(day, kind)
    if kind == "week":
        return first + timedelta(days=6)
    months = {"month": 1, "quarter": 3, "year": 12}[kind]
    month = first.month + months - 1
    return date(first.year, month, calendar.monthrange(first.year, month)[1])


def period_label(day: date, kind: PeriodKind) -> str:
    """Name the period that holds a day.

    Parameters
    ----------
    day : date
    kind : {"week", "month", "quarter", "year"}

    Returns
    -------
    str

    Raises
    ------
    ValueError
        The kind is unknown.

    Examples
    --------
    >>> [period_label(date(2021, 1, 1), kind) for kind in PERIOD_KINDS]
    ['2020-W53', '2021-01', '2021-Q1', '2021']
    """
    if kind == "week":
        return str(epiweek(day))
    if kind == "month":
        return f"{day.year}-{day.month:02d}"
    if kind == "quarter":
        return f"{day.year}-Q{(day.month + 2) // 3}"
    if kind == "year":
        return str(day.year)
    raise ValueError(f"'{kind}' is not one of {', '.join(PERIOD_KINDS)}")
