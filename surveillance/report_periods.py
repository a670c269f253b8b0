"""Periods of aggregate reports, as DHIS2 and people write them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from surveillance.calendar.buddhist_era import AHEAD, Era
from surveillance.epiweek import period_first_day, period_last_day

_FORMS = (
    ("week", re.compile(r"(?P<year>\d{4})-?W(?P<number>\d{1,2})", re.IGNORECASE)),
    ("month", re.compile(r"(?P<year>\d{4})-?(?P<number>\d{2})")),
    ("quarter", re.compile(r"(?P<year>\d{4})-?Q(?P<number>[1-4])", re.IGNORECASE)),
    ("half", re.compile(r"(?P<year>\d{4})-?S(?P<number>[12])", re.IGNORECASE)),
    ("year", re.compile(r"(?P<year>\d{4})")),
)
_EARLIEST, _LATEST = 1990, 2200
#: Kinds of period, and how DHIS2 writes the one that a day lies in.
REPORT_PERIODS: dict[str, Callable[[date], str]] = {
    "week": lambda day: f"{day.isocalendar().year}W{day.isocalendar().week}",
    "month": lambda day: f"{day:%Y%m}",
    "quarter": lambda day: f"{day.year}Q{(day.month + 2) // 3}",
    "half": lambda day: f"{day.year}S{(day.month + 5) // 6}",
    "year": lambda day: f"{day.year}",
}
#: Years of the Buddhist era: 1990 to 2090.
_BUDDHIST = range(1990 + AHEAD, 2634)


def parse_report_period(text: str, era: Era = "thai") -> tuple[date, date]:
    """Read the period of a report: an ISO week, a month, a quarter, half a year or a year.

    Days are refused: a question always covers whole weeks of a month, and a report keeps the period it was
    made for.

    Parameters
    ----------
    text : str
        The period as DHIS2 and people write it.
    era : Era
        The reckoning of a year of the Buddhist era, 2533 to 2633. By the Cambodian one a period is refused
        that touches April or May, when the year changes, and so are weeks.

    Returns
    -------
    first, last : date
        First and last day.

    Raises
    ------
    ValueError
        The text is no such period.

    Examples
    --------
    >>> [day.isoformat() for day in parse_report_period("2025Q1")]
    ['2025-01-01', '2025-03-31']
    >>> [day.isoformat() for day in parse_report_period("2021W53")]
    Traceback (most recent call last):
    ValueError: 2021W53
    """
    stripped = text.strip()
    for kind, form in _FORMS:
        found = form.fullmatch(stripped)
        if found and stripped.isascii():
            year, number = int(found["year"]), int(found.groupdict().get("number") or 1)
            if year in _BUDDHIST:
                year -= AHEAD + (era == "cambodian" and _is_after_the_change(kind, number, text))
            if not _EARLIEST <= year <= _LATEST:
                raise ValueError(text)
            return _days(kind, year, number, text)
    raise ValueError(text)


def report_periods_between(kind: str, first: date, last: date) -> list[str]:
    """List the periods that have a day between two days, as DHIS2 writes them.

    Parameters
    ----------
    kind : str
        One of `REPORT_PERIODS`.
    first, last : date
        First and last day.

    Returns
    -------
    list of str
        In the order of time; none where `last` lies before `first`.

    Raises
    ------
    KeyError
        There is no such kind.

    References
    ----------
    .. [1] DHIS2 developer guide, "Date and period format".
       University of Oslo, DHIS2 documentation, "Using the API".

    Examples
    --------
    >>> report_periods_between("month", date(2024, 12, 31), date(2025, 2, 1))
    ['202412', '202501', '202502']
    >>> report_periods_between("week", date(2024, 12, 29), date(2025, 1, 6))
    ['2024W52', '2025W1', '2025W2']
    """
    written = REPORT_PERIODS[kind]
    found = []
    day = first
    while day <= last:
        found.append(written(day))
        day = parse_report_period(found[-1])[1] + timedelta(days=1)
    return found


def _is_after_the_change(kind: str, number: int, text: str) -> bool:
    """Whether a period lies in the months of a year in which the Cambodian one is 544 ahead."""
    months = {"month": 1, "quarter": 3, "half": 6}.get(kind)
    if months is not None and months * number <= 3:  # March is before every Visak Bochea
        return False
    if months is not None and months * (number - 1) >= 5:  # and June is after
        return True
    raise ValueError(text)


def _days(kind: str, year: int, number: int, text: str) -> tuple[date, date]:
    if kind == "week":
        try:
            return date.fromisocalendar(year, number, 1), date.fromisocalendar(year, number, 7)
        except ValueError:
            raise ValueError(text) from None
    if kind == "half":
        first = date(year, 6 * number - 5, 1)
        return first, period_last_day(date(year, 6 * number, 1), "month")
    if kind == "year":
        return date(year, 1, 1), date(year, 12, 31)
    if kind == "quarter":
        first = date(year, 3 * number - 2, 1)
        return first, period_last_day(first, "quarter")
    if not 1 <= number <= 12:
        raise ValueError(text)
    first = period_first_day(date(year, number, 1), "month")
    return first, period_last_day(first, "month")
