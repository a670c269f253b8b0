"""Which earlier steps a count is compared with: the same season of earlier years, and blocks between them."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from surveillance.early_warning.series import Series

_WEEK = 7


def same_season(series: Series, at: int, years: int) -> list[int] | None:
    """Return the step itself and the same season of earlier years, the latest first.

    Parameters
    ----------
    series : Series
        Its dates decide; without dates a year is 52 weeks, 12 months or 365 days.
    at : int
        The step that is judged.
    years : int
        How many years back.

    Returns
    -------
    list of int or None
        `years` + 1 steps; None where the series does not hold them all.

    Notes
    -----
    A week of an earlier year is the one whose first day lies nearest to the same day of that year. On
    29 February the same day of another year is 1 March.

    Examples
    --------
    >>> same_season(Series(np.zeros(300)), 299, 3)
    [299, 247, 195, 143]
    """
    if series.dates is None:
        found = [at - series.per_year * year for year in range(years + 1)]
        return found if found[-1] >= 0 else None
    places = {day: place for place, day in enumerate(series.dates)}
    wanted = [_same_day(series.dates[at], year) for year in range(years + 1)]
    if series.step == "week":
        wanted = [_nearest(day, series.dates[at].weekday()) for day in wanted]
    steps = [places.get(day) for day in wanted]
    return None if None in steps else [step for step in steps if step is not None]


def _same_day(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return date(day.year - years, 3, 1)


def _nearest(day: date, weekday: int) -> date:
    """Return the day of this weekday that lies nearest."""
    ahead = (weekday - day.weekday()) % _WEEK
    return day + timedelta(days=ahead if ahead < _WEEK - ahead else ahead - _WEEK)


def blocks(series: Series, at: int, years: int, half_width: int, periods: int) -> NDArray[np.int64] | None:
    """Return the block of the year in which each step lies; 0 for a step that is not compared with.

    Parameters
    ----------
    series : Series
        The counts.
    at : int
        The step that is judged.
    years, half_width : int
        How many years back, and how many steps on each side of the same season make its block.
    periods : int
        Blocks of a year. With 1 only the same season counts; else the steps between two seasons are
        parted into `periods` - 1 blocks of nearly one length.

    Returns
    -------
    array of int, shape (n,), or None
        The block of the season has the number `periods`. None where the history does not reach so far, or
        where a year holds too few steps for the blocks.

    References
    ----------
    Noufaily A, Enki DG, Farrington P, Garthwaite P, Andrews N, Charlett A (2013). An improved algorithm for
    outbreak detection in multiple surveillance systems. Statistics in Medicine 32(7): 1206-1222.
    doi:10.1002/sim.5595

    Examples
    --------
    >>> found = blocks(Series(np.zeros(160)), 159, 2, 3, 10)
    >>> found[50:63].tolist(), found[63:72].tolist()
    ([0, 0, 10, 10, 10, 10, 10, 10, 10, 1, 1, 1, 1], [1, 2, 2, 2, 2, 2, 3, 3, 3])
    """
    seasons = same_season(series, at, years)
    if seasons is None or seasons[-1] - half_width < 0:
        return None
    found = np.zeros(len(series), dtype=np.int64)
    found[max(at - half_width, 0) : at + 1] = periods
    for later, season in pairwise(seasons):
        found[season - half_width : season + half_width + 1] = periods
        if periods == 1:
            continue
        between = later - 2 * half_width - 1 - season
        if between < periods - (2 * half_width + 1):
            return None
        length, rest = divmod(between, periods - 1)
        start = season + half_width + 1
        for block in range(1, periods):
            end = start + length + (block <= rest)
            if end > start:
                found[start:end] = block
            else:  # R counts backwards here: a block without a step takes that before it and that behind it
                found[start - 1 : start + 1] = block
            start = end
    return found


def windows_by_date(series: Series, at: int, years: int, half_width: int) -> list[int]:
    """Return the steps of the same season of earlier years; those that are not held are left out.

    Parameters
    ----------
    series : Series
        The counts.
    at : int
        The step that is judged.
    years, half_width : int
        How many years back, and how many steps on each side.

    Returns
    -------
    list of int
        By the year, the latest year first where the series has dates and the earliest first where not.

    Examples
    --------
    >>> windows_by_date(Series(np.zeros(120)), 119, 2, 1)
    [14, 15, 16, 66, 67, 68]
    """
    if series.dates is None:
        middles = [at - series.per_year * year for year in range(years, 0, -1)]
        steps = [middle + aside for middle in middles for aside in range(-half_width, half_width + 1)]
        return [step for step in steps if step >= 0]
    places = {day: place for place, day in enumerate(series.dates)}
    weekday = series.dates[at].weekday()
    days: list[date] = []
    for year in range(1, years + 1):
        middle = _same_day(series.dates[at], year)
        for aside in range(-half_width, half_width + 1):
            if series.step == "week":
                days.append(_nearest(middle + timedelta(days=_WEEK * aside), weekday))
            elif series.step == "day":
                days.append(middle + timedelta(days=aside))
            else:
                months = middle.year * 12 + middle.month - 1 + aside
                days.append(date(months // 12, months % 12 + 1, series.dates[at].day))
    return [places[day] for day in days if day in places]
