"""Years of the Buddhist era: the Thai reckoning, and the Cambodian one, whose year begins after Visak Bochea.

The Thai year is the calendar year and 543. The Cambodian year changes on the day after Visak Bochea, the full
moon of the month Pisak (in April or May): until then it is 543 ahead, from then on 544.

References
----------
Roath Kim Soeun. Pratitin Soriyakkatik-Chankatik 1900-1999; the same for 2000-2099 (the rules of the Khmer
calendar: which years have a thirteenth month, which have a day more).
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Literal

#: Which reckoning of the Buddhist era a file uses.
Era = Literal["thai", "cambodian"]
ERAS: tuple[Era, ...] = ("thai", "cambodian")
#: The Thai year is so far ahead, and so is the Cambodian one until Visak Bochea.
AHEAD = 543
#: Visak Bochea of the first year, 15 Keit of Pisak.
_FIRST = date(1900, 5, 13)
_LAST_YEAR = 2100
_SOLAR_LEAP = 207


@cache
def visak_bochea(year: int) -> date:
    """Compute the day of Visak Bochea in a year of the common era.

    Parameters
    ----------
    year : int
        From 1895 to 2100. Before 1900: the day of 1900 less whole Khmer years by the same rules.

    Returns
    -------
    date

    Raises
    ------
    ValueError
        The year lies outside that range.

    References
    ----------
    Roath Kim Soeun. Pratitin Soriyakkatik-Chankatik 1900-1999, and 2000-2099.

    Examples
    --------
    >>> visak_bochea(2025).isoformat(), visak_bochea(2026).isoformat()
    ('2025-05-11', '2026-05-01')
    """
    if not 1895 <= year <= _LAST_YEAR:
        raise ValueError(str(year))
    if year == _FIRST.year:
        return _FIRST
    if year < _FIRST.year:
        return visak_bochea(year + 1) - timedelta(days=_days_to_the_next(year))
    return visak_bochea(year - 1) + timedelta(days=_days_to_the_next(year - 1))


def from_buddhist(year: int, month: int, day: int, era: Era, today: date | None = None) -> date:
    """Read a date of the Buddhist era.

    Parameters
    ----------
    year, month, day : int
        The year of the Buddhist era; month and day of the common calendar.
    era : Era
        The reckoning: "thai" or "cambodian".
    today : date, optional
        A Cambodian year that is longer than twelve months has some days of April or May twice: the one
        after this day is not meant.

    Returns
    -------
    date
        The day of the common era.

    Raises
    ------
    ValueError
        No day of the calendar; or, by the Cambodian reckoning, a day of April or May that the year does not
        have, or has twice.

    Examples
    --------
    >>> from_buddhist(2568, 6, 10, "thai").year, from_buddhist(2568, 6, 10, "cambodian").year
    (2025, 2024)
    """
    if era == "thai":
        return date(year - AHEAD, month, day)
    if month > 5 or month < 4:  # Visak Bochea is in April or May
        return date(year - AHEAD - (month > 5), month, day)
    early, late = date(year - AHEAD - 1, month, day), date(year - AHEAD, month, day)
    found = [early] if early > visak_bochea(early.year) else []
    found += [late] if late <= visak_bochea(late.year) else []
    if len(found) > 1 and today is not None:
        found = [one for one in found if one <= today]
    if len(found) != 1:
        raise ValueError(f"{year}-{month:02}-{day:02}")
    return found[0]


def _days_to_the_next(year: int) -> int:
    """Days from Visak Bochea of one year to that of the next: 354, 355 or 384."""
    has_month, has_day = _leaps(year)
    if has_month:
        return 384
    return 355 if has_day or all(_leaps(year - 1)) else 354  # a day that met a month is given a year later


@cache
def _leaps(year: int) -> tuple[bool, bool]:
    """Whether a year asks for a thirteenth month, and for a day more."""
    days, part = _days_elapsed(year), 11 * _days_elapsed(year) + 25
    excess = part % 692
    phase, next_phase = (part // 692 + days + 29) % 30, _phase(year + 1)
    has_month = phase >= 25 or phase <= 5
    if (phase, next_phase) == (25, 5):
        has_month = False
    if (phase, next_phase) == (24, 6):
        has_month = True
    solar_leap = 800 - _solar(year) % 800 <= _SOLAR_LEAP
    has_day = (
        excess <= 126 if solar_leap else excess <= 137 and (11 * _days_elapsed(year + 1) + 25) % 692 != 0
    )
    return has_month, has_day


def _phase(year: int) -> int:
    """Age of the moon (bodithey) as the solar year begins, 0 to 29."""
    days = _days_elapsed(year)
    return ((11 * days + 25) // 692 + days + 29) % 30


def _days_elapsed(year: int) -> int:
    """Days since the epoch (aharkun) as the solar year begins."""
    return _solar(year) // 800 + 4


def _solar(year: int) -> int:
    """Return the same in parts of 1/800 of a day: a solar year has 292,207."""
    return (year + AHEAD + 1) * 292_207 + 499
