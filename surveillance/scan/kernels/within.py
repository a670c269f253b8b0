"""Critical counts where a window is compared with the other places at the same time, and not with all times.

Of the time-stratified statistic n and u are the cases and the expected cases of a window, and N the cases of
all places in its units, which are as many as are expected there:
n log(n / u) + (N - n) log((N - n) / (N - u)). For given n and u it falls as N grows, so a bound takes the
smallest N that a window may have.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def _ratios(c: Floats, m: Floats, within: Floats) -> Floats:
    """Ratios of windows; where there are more cases than `within`, as of a window that holds all cases."""

    def term(part: Floats, of: Floats) -> Floats:
        return np.where(part > 0.0, part * np.log(np.where(part > 0.0, part, 1.0) / of), 0.0)

    every = np.maximum(within, c)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = term(c, m) + term(every - c, every - m)
    return np.where(m <= 0.0, np.where(c > 0.0, np.inf, 0.0), np.maximum(found, 0.0))


def critical_tables_within(
    cases: int,
    levels: Floats,
    withins: Floats,
    edges: Floats,
    least: int,
    with_high: bool,
    with_low: bool,
    tolerance: float,
) -> tuple[NDArray[np.int32], NDArray[np.int32] | None]:
    """Compute the counts at which windows pass each level, for each class of times and of sizes.

    Parameters
    ----------
    cases : int
        All cases.
    levels : ndarray of float, shape (levels,)
        Log likelihood ratios.
    withins : ndarray of float, shape (times,)
        Cases of all places in the units of a window.
    edges : ndarray of float, shape (classes,)
        Sizes of windows: their expected cases.
    least : int
        Fewest cases of a cluster of high rates.
    with_high, with_low : bool
        Whether high, and low, rates are looked for.
    tolerance : float
        Ratios closer than this are equal.

    Returns
    -------
    high : ndarray of int, shape (levels, times, classes)
        A window no smaller than `edges[b]`, in units with no fewer cases than `withins[n]`, cannot pass
        `levels[i]` by a high rate with fewer cases than `high[i, n, b]`.
    low : ndarray of int, shape (levels, times, classes), or None
        A window no larger than `edges[b]`, in units with no fewer cases than `withins[n]`, cannot pass by a
        low rate unless its cases are below `low[i, n, b]`; None where low rates are not looked for.

    References
    ----------
    Kulldorff M (1997). Communications in Statistics: Theory and Methods 26:1481-1496.
    doi:10.1080/03610929708831995

    Examples
    --------
    Of 20 cases in the units of a window where 5 are expected, 11 pass a ratio of 3; of 40 they are as many:

    >>> one = (np.array([3.0]), np.array([20.0, 40.0]), np.array([5.0]), 2, True, False, 1e-9)
    >>> critical_tables_within(60, *one)[0].tolist()
    [[[11], [11]]]
    """
    shape = (levels.size, withins.size, edges.size)
    high = np.full(shape, np.iinfo(np.int32).max, np.int32)
    low = np.zeros(shape, np.int32) if with_low else None
    for number, within in enumerate(withins):  # one by one: all at once would fill the memory
        level, m = np.meshgrid(levels - tolerance, edges, indexing="ij")
        every = np.full(m.shape, within)
        if with_high:
            high[:, number] = _fewest(m, every, cases, level, least)
        if low is not None:
            low[:, number] = np.where(m < every, _most(m, every, level) + 1, cases + 1)
    return high, low


def _fewest(m: Floats, within: Floats, cases: int, level: Floats, least: int) -> NDArray[np.int64]:
    """Fewest cases with which a window of size `m` may be above `level` by a high rate."""
    low = np.maximum(np.floor(m).astype(np.int64) + 1, least)
    high = np.full_like(low, cases + 1)
    while (low < high).any():
        middle = (low + high) // 2
        passes = _ratios(middle.astype(float), m, within) > level
        unsettled = low < high
        high = np.where(unsettled & passes, middle, high)
        low = np.where(unsettled & ~passes, middle + 1, low)
    return low


def _most(m: Floats, within: Floats, level: Floats) -> NDArray[np.int64]:
    """Most cases with which a window of size `m` may be above `level` by a low rate, or -1."""
    high = np.ceil(m).astype(np.int64) - 1
    low = np.full_like(high, -1)
    while (low < high).any():
        middle = (low + high + 1) // 2
        passes = _ratios(middle.astype(float), m, within) > level
        unsettled = low < high
        low = np.where(unsettled & passes, middle, low)
        high = np.where(unsettled & ~passes, middle - 1, high)
    return low
