"""Ranks of rates, and between which ranks each area may stand."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from surveillance.coverage.ranks import Rank, ranks_of_intervals
from surveillance.rates.counts import check_confidence
from surveillance.rates.crude import crude_rate


def rank_intervals(
    events: ArrayLike, population: ArrayLike, confidence: float = 0.95
) -> tuple[Rank | None, ...]:
    """Rank rates, the highest first, with intervals that hold for all ranks together.

    Each rate has Garwood's exact interval at the level confidence ** (1 / k): of k independent rates all
    intervals hold at once with this confidence or more. Ranks of proportions are told by
    :func:`surveillance.coverage.ranks.ranks`, in the same way.

    Parameters
    ----------
    events : array_like of int or None, shape (n,)
        Events of each area; None or NaN where unknown.
    population : array_like of float or None, shape (n,)
        People of each area; None or NaN where unknown.
    confidence : float, default 0.95
        Of all intervals together, between 0 and 1.

    Returns
    -------
    tuple of Rank or None, length n
        In the order given; None for areas without a rate, which the ranks of the others leave out. Limits are
        events per person.

    Raises
    ------
    StatisticsError
        As with :func:`surveillance.rates.crude.crude_rate`.

    References
    ----------
    Klein M, Wright T, Wieczorek J (2020). J R Stat Soc C 69(3): 589-606. doi:10.1111/rssc.12402

    Examples
    --------
    >>> found = rank_intervals([90, 30, 28, 4], [10_000, 10_000, 10_000, None])
    >>> [one and (one.rank, one.first, one.last) for one in found]
    [(1, 1, 1), (2, 2, 3), (3, 2, 3), None]
    """
    check_confidence(confidence)
    first = crude_rate(events, population, 1.0, confidence)
    there = np.flatnonzero(first.shown)
    if not there.size:
        return (None,) * len(first)
    joint = crude_rate(events, population, 1.0, confidence ** (1 / there.size))
    sides = (side[there].tolist() for side in (joint.value, joint.lower, joint.upper))
    held = dict(zip(there.tolist(), ranks_of_intervals(*sides), strict=True))
    return tuple(held.get(number) for number in range(len(first)))
