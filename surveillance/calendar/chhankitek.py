"""The Khmer lunar calendar (Chhankitek), as far as festivals need it: months, leap months and leap days.

A year has twelve months of 29 and 30 days in turn; some years have the month Asath twice, some a 30th day of
Jesth. Which ones follows from three numbers of the year, as the traditional almanac reckons them.

References
----------
Roath Kim Soeun, *Pratitin Soryakkatik-Chankatik 1900-1999*; as described by Phylypo Tum, "Computer algorithm
for the Khmer calendar" (2006). The days were compared with published ones of 2015 to 2026 (tests/reference).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

#: Months in order; a year with two Asath has the last two in place of the eighth.
MONTHS = (
    "Mikasar", "Bos", "Meak", "Phalkun", "Chetr", "Visakh", "Jesth", "Asath", "Srap", "Photrobot", "Assoch",
    "Kadek",
)  # fmt: skip
FIRST_ASATH, SECOND_ASATH = "first Asath", "second Asath"
#: 1900-01-01 was the first waxing day of Bos.
_BEGIN = date(1900, 1, 1)
#: Years that are reckoned: the almanac is of the twentieth century, and is continued.
FIRST_YEAR, LAST_YEAR = 1901, 2100
_AHEAD = 544
_FULL_MOON = 15


class Month(NamedTuple):
    """One lunar month: its name, its first waxing day, and its days."""

    name: str
    first: date
    days: int

    @property
    def full_moon(self) -> date:
        """The fifteenth waxing day."""
        return self.first + timedelta(days=_FULL_MOON - 1)

    @property
    def last(self) -> date:
        """The last waning day, of the new moon."""
        return self.first + timedelta(days=self.days - 1)


def _reckoned(era: int) -> tuple[int, int, bool]:
    """Avoman and bodithey of a year of the Buddhist era, and whether its solar year has 366 days."""
    parts = era * 292207 + 499
    days = parts // 800 + 4
    avoman = (11 * days + 25) % 692
    bodithey = ((11 * days + 25) // 692 + days + 29) % 30
    return avoman, bodithey, 800 - parts % 800 <= 207


def _wanted(era: int) -> tuple[bool, bool]:
    """Whether a year wants a leap month, and a leap day, before both are kept from falling into one year."""
    avoman, bodithey, long_sun = _reckoned(era)
    next_avoman, next_bodithey, _ = _reckoned(era + 1)
    month = bodithey >= 25 or bodithey <= 5
    if (bodithey, next_bodithey) == (25, 5):
        month = False
    if (bodithey, next_bodithey) == (24, 6):
        month = True
    day = avoman <= 126 if long_sun else avoman <= 137 and next_avoman != 0
    return month, day


def leap(year: int) -> str:
    """Return what the lunar year has beyond 354 days whose Jesth and Asath lie in a year.

    Parameters
    ----------
    year : int
        Of the common era.

    Returns
    -------
    str
        `month`, `day`, or blank. A year that wants both has the month, and the year after it the day.

    Examples
    --------
    >>> leap(2023), leap(2025), leap(2026)
    ('month', 'day', 'month')
    """
    era = year + _AHEAD
    month, day = _wanted(era)
    if month:
        return "month"
    return "day" if day or _wanted(era - 1) == (True, True) else ""


def _months_from(at: int, first: date) -> Iterator[Month]:
    """Months one after the other, beginning with one of `MONTHS`."""
    while True:
        name = MONTHS[at]
        kind = leap(first.year) if name in ("Jesth", "Asath") else ""
        names = (FIRST_ASATH, SECOND_ASATH) if name == "Asath" and kind == "month" else (name,)
        days = 30 if at % 2 or (name == "Jesth" and kind == "day") else 29
        for one in names:
            yield Month(one, first, days)
            first += timedelta(days=days)
        at = (at + 1) % len(MONTHS)


@lru_cache(maxsize=1)
def _all_months() -> tuple[Month, ...]:
    found: list[Month] = []
    for month in _months_from(1, _BEGIN):
        if month.first.year > LAST_YEAR:
            return tuple(found)
        found.append(month)
    raise AssertionError("months end with the last year")


def month_of(name: str, year: int) -> Month:
    """Return a lunar month that begins in a year.

    Parameters
    ----------
    name : str
        One of `MONTHS` but `Bos` and `Mikasar`, which some years hold twice or not at all.
    year : int
        Of the common era, from 1901 to 2100.

    Returns
    -------
    Month

    Raises
    ------
    ValueError
        The year is not reckoned, or the month has not one beginning in it.

    Examples
    --------
    >>> month_of("Kadek", 2025).full_moon.isoformat()
    '2025-11-05'
    """
    found = [month for month in _all_months() if month.name == name and month.first.year == year]
    if not FIRST_YEAR <= year <= LAST_YEAR or len(found) != 1:
        raise ValueError(f"no single month {name} begins in {year}")
    return found[0]


class Festival(NamedTuple):
    """First and last day of a festival."""

    first: date
    last: date


def pchum_ben(year: int) -> Festival:
    """Return the three days of Pchum Ben: the new moon that ends Photrobot, the day before and the day after.

    Parameters
    ----------
    year : int

    Returns
    -------
    Festival

    Examples
    --------
    >>> pchum_ben(2025).first.isoformat()
    '2025-09-21'
    """
    return _around(month_of("Photrobot", year).last)


def water_festival(year: int) -> Festival:
    """Return the three days of the Water Festival, around the full moon of Kadek.

    Parameters
    ----------
    year : int

    Returns
    -------
    Festival

    Examples
    --------
    >>> water_festival(2024).first.isoformat()
    '2024-11-14'
    """
    return _around(month_of("Kadek", year).full_moon)


def visak_bochea(year: int) -> date:
    """Return the day of Visak Bochea, the full moon of Visakh.

    Parameters
    ----------
    year : int

    Returns
    -------
    date

    Examples
    --------
    >>> visak_bochea(2025).isoformat()
    '2025-05-11'
    """
    return month_of("Visakh", year).full_moon


def _around(day: date) -> Festival:
    return Festival(day - timedelta(days=1), day + timedelta(days=1))
