"""The highest count of a week that season, trend and silences let expect, by as many years as there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import numpy as np
from scipy.stats import betabinom

from surveillance.early_warning.farrington import Settings, farrington_flexible
from surveillance.early_warning.series import PER_YEAR, Series

#: Weeks on each side of the same season, and before the count, that are no history.
HALF_WIDTH, NOT_INCLUDED = 3, 26


def upper_bound(
    weeks: np.ndarray,
    mondays: Sequence[date],
    at: int,
    p: float,
    years: int,
    reported: Mapping[date, float],
    left_out: Sequence[tuple[date, date]],
) -> float | None:
    """Return the highest count of a week that is no alarm.

    Parameters
    ----------
    weeks : array of int, shape (n,)
        Cases of each week.
    mondays : sequence of date, length n
        The first day of each.
    at : int
        The week that is judged.
    p : float
        Share of weeks that chance alone lets lie above the bound.
    years : int
        Most years that are looked back; fewer, down to one, where the records begin later.
    reported : mapping of date to float
        Share of the usual cases that the facilities which reported stand for, by Monday; 1 where a week has
        no entry. A week of which nobody reported is not known.
    left_out : sequence of (date, date)
        Known outbreaks: a week that holds one of their days is no history.

    Returns
    -------
    float or None
        None: the records begin too late, or the model has no end.

    Notes
    -----
    The improved Farrington algorithm with ten seasons of a year, the last 26 weeks being no history, past
    outbreaks counting less, and the bound as a quantile of the negative binomial distribution.

    References
    ----------
    Noufaily A and others (2013). An improved algorithm for outbreak detection in multiple surveillance
    systems. Statistics in Medicine 32: 1206-1222. doi:10.1002/sim.5595

    Examples
    --------
    >>> first = date(2023, 1, 2)
    >>> mondays = [first + timedelta(weeks=n) for n in range(120)]
    >>> counts = np.tile([3, 4, 5, 4], 30)
    >>> upper_bound(counts, mondays, 119, 0.001, 3, {}, ()) < 20
    True
    >>> upper_bound(counts, mondays, 40, 0.001, 3, {}, ()) is None
    True
    """
    back = min((at - HALF_WIDTH) // PER_YEAR["week"], years)
    share = np.array([reported.get(day, 1.0) for day in mondays[: at + 1]], float)
    if share[at] <= 0:
        return None
    counts = np.where(share > 0, weeks[: at + 1], np.nan).astype(float)
    for low, high in left_out:
        for place, day in enumerate(mondays[:at]):
            if day <= high and low < day + timedelta(days=7):
                counts[place] = np.nan
    series = Series(counts, tuple(mondays[: at + 1]), "week", np.where(share > 0, share, 1.0))
    while back >= 1:
        settings = Settings(
            b=back,
            w=HALF_WIDTH,
            no_periods=10,
            past_weeks_not_included=NOT_INCLUDED,
            weights_threshold=2.58,
            alpha=p,
            p_threshold_trend=1.0,
            threshold_method="nbPlugin",
            least_cases=0,
            population_offset=bool((share < 1).any()),
        )
        bound = float(farrington_flexible(series, settings, first=at, last=at).upper[0])
        if np.isfinite(bound):
            return bound
        back -= 1
    return None


#: Weeks that say what share of the whole a place has: so many, less the last ones; fewer than these are none.
SHARE_WEEKS, SHARE_NOT_INCLUDED, SHARE_LEAST = 52, 4, 26


def bound_by_share(weeks: np.ndarray, whole: np.ndarray, at: int, p: float) -> float | None:
    """Return the highest count of a week that is no alarm, given the cases of all places in that week.

    Parameters
    ----------
    weeks, whole : array of int, shape (n,)
        Cases of the place, and of all places of its kind, the place included.
    at : int
        The week that is judged.
    p : float
        Share of weeks that chance alone lets lie above the bound.

    Returns
    -------
    float or None
        None: fewer than 26 weeks of history.

    Notes
    -----
    A season, or a trend, that all places share does not count: this is the comparison of the space-time
    permutation scan, of one place and one week. With x of m cases in the 52 weeks before (the last four left
    out), n cases of this week fall into the place as a beta-binomial number with parameters x + 1/2 and
    m - x + 1/2.

    References
    ----------
    Kulldorff M and others (2005). A space-time permutation scan statistic for disease outbreak detection.
    PLoS Medicine 2: e59. doi:10.1371/journal.pmed.0020059

    Examples
    --------
    >>> own, every = np.full(60, 2), np.full(60, 20)
    >>> bound_by_share(own, every, 59, 0.001) < 10
    True
    >>> bound_by_share(own, every, 20, 0.001) is None
    True
    """
    last = at - SHARE_NOT_INCLUDED
    first = max(last - SHARE_WEEKS, 0)
    if last - first < SHARE_LEAST:
        return None
    own, every = int(weeks[first:last].sum()), int(whole[first:last].sum())
    count = max(int(whole[at]), int(weeks[at]))
    return float(betabinom.isf(p, count, own + 0.5, max(every - own, 0) + 0.5))
