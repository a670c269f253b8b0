"""Days as SaTScan writes them: 2024, 2024/3, 2024/3/5, or a plain number where time is generic."""

from __future__ import annotations

import re
from datetime import date, timedelta

from surveillance.calendar.buddhist_era import AHEAD

GENERIC = "generic"
PRECISIONS = {"0": "none", "1": "year", "2": "month", "3": "day", "4": GENERIC}
_DAY = re.compile(r"(\d{4})(?:[/-](\d{1,2})(?:[/-](\d{1,2}))?)?")
_WHOLE = re.compile(r"-?\d{1,6}")
#: Day 0 of generic times.
_ZERO = date(2000, 1, 1)
#: Years beyond which one is of the Buddhist era.
_BUDDHIST = 1896 + AHEAD


def parts(text: str) -> tuple[int, int | None, int | None]:
    """Year, month and day as far as they are given.

    Raises
    ------
    ValueError
        It is no day of SaTScan.

    Examples
    --------
    >>> parts("2024/3"), parts("2024-03-05")
    ((2024, 3, None), (2024, 3, 5))
    """
    found = _DAY.fullmatch(text.strip())
    if found is None or int(found[1]) >= _BUDDHIST:
        raise ValueError(text)
    year, month, day = (int(part) if part else None for part in found.groups())
    if year is None:
        raise ValueError(text)
    date(year, month or 1, day or 1)
    return year, month, day


def first_day(text: str, precision: str) -> date:
    """The first day that a text stands for.

    Raises
    ------
    ValueError
        It is no day of SaTScan.

    Examples
    --------
    >>> first_day("2024/3", "day").isoformat(), first_day("17", "generic").isoformat()
    ('2024-03-01', '2000-01-18')
    """
    if precision == GENERIC:
        return generic(text)
    year, month, day = parts(text)
    return date(year, month or 1, day or 1)


def last_day(text: str, precision: str) -> date:
    """The last day that a text stands for.

    Raises
    ------
    ValueError
        It is no day of SaTScan.

    Examples
    --------
    >>> last_day("2024", "day").isoformat(), last_day("2024/2", "day").isoformat()
    ('2024-12-31', '2024-02-29')
    """
    if precision == GENERIC:
        return generic(text)
    year, month, day = parts(text)
    if day is not None:
        return date(year, month or 1, day)
    after = (month or 12) % 12 + 1
    return date(year + ((month or 12) == 12), after, 1) - timedelta(days=1)


def generic(text: str) -> date:
    """The day that stands for a generic time.

    Raises
    ------
    ValueError
        It is no whole number.
    """
    if not _WHOLE.fullmatch(text.strip()):
        raise ValueError(text)
    return _ZERO + timedelta(days=int(text))


def generic_of(day: date) -> int:
    """The generic time that a day stands for.

    Examples
    --------
    >>> generic_of(generic("17"))
    17
    """
    return (day - _ZERO).days
