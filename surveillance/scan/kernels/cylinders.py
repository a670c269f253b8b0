"""Exact maxima of cylinders: a zone over any run of time units.

One replicate at a time; its lanes are the units of time. Counts are kept as running sums over time, so that
the cases of any run of units are a difference of two of them, and places are added as whole rows. Lengths are
cut into groups and zones into blocks (see lanes.py): the longest run of a group at a block's end holds the
most cases, the shortest at its beginning has the smallest size, and where these two together cannot pass the
maximum so far, no window of block and group can.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from surveillance.scan.kernels.compiled import compiled, inner
from surveillance.scan.kernels.likelihood import is_risky, log_likelihood_ratio, may_pass
from surveillance.scan.kernels.sweep import advance, level_of


@inner
def is_better(value: float, number: int, start: int, stop: int, best: tuple, tie: float) -> bool:
    """Return whether a window is better than the best so far.

    It has a higher ratio; with equal ones fewer places, then an earlier start, then fewer units.

    Parameters
    ----------
    value : float
        Its ratio.
    number, start, stop : int
        Its places, first unit, and the unit after the last.
    best : tuple of (float, int, int, int)
        The same of the best so far; without places none is taken that is only as good.
    tie : float
        Ratios closer than this are equal.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_better.py_func(3.0, 2, 0, 1, (3.0, 4, 0, 1), 1e-9)
    True
    """
    if value <= 0.0:
        return False
    if abs(value - best[0]) > tie:
        return value > best[0]
    if best[1] == 0:
        return False
    if number != best[1]:
        return number < best[1]
    if start != best[2]:
        return start < best[2]
    return stop < best[3]


@compiled
def best_window(
    order: NDArray,
    from_unit: int,
    to_unit: int,
    first_end: int,
    longest_at: NDArray,
    floor: float,
    near: NDArray,
    first: NDArray,
    block_first: NDArray,
    block_stop: NDArray,
    block_class: NDArray,
    block_weight: NDArray,
    weights: NDArray,
    share: NDArray,
    cells: NDArray | None,
    counts: NDArray,
    pad: int,
    kind: int,
    cases: int,
    size: float,
    within: NDArray | None,
    levels: NDArray,
    bars_high: NDArray,
    bars_low: NDArray | None,
    group_first: NDArray,
    shortest: NDArray,
    longest: NDArray,
    least: int,
    risk: float,
    against_rest: bool,
    tie: float,
    sums: NDArray,
    before: NDArray,
    size_sums: NDArray,
    size_before: NDArray,
) -> tuple[float, int, int, int]:
    """Find the best cylinder of some centres within some units of time.

    Parameters
    ----------
    order : ndarray of int
        Centres in the order of working.
    from_unit, to_unit : int
        The first unit, and the one after the last.
    first_end : int
        The first unit in which a window may end.
    longest_at : ndarray of int, shape (units,)
        The longest window that ends in each unit.
    floor : float
        Ratios at or below it are not looked for.
    near, first : ndarray of int
        The places of each centre's zones (Zones).
    block_first, block_stop, block_class : ndarray of int
        Blocks of each centre; where each ends in `near`; its class (Blocks).
    block_weight, weights, share : ndarray of float
        For sizes that are a place's weight times the share of the time: the weight of the zone before each
        block, each place's weight, and running sums of the share, shape (units + 1,).
    cells : ndarray of float, shape (places, units + 1), or None
        Otherwise running sums over time of each place's sizes.
    counts : ndarray of int, shape (places, pad + units + 1)
        Running sums over time of each place's cases, after `pad` zeros.
    pad : int
        Zeros before the counts.
    kind : int
        `POISSON` or `BERNOULLI`.
    cases : int
        All cases.
    size : float
        Expected cases, or persons tested, of all places and units.
    within : ndarray of int, shape (units + 1,), or None
        Running sums over time of all cases, where a window is compared with the other places in its own
        units; these are expected to have as many.
    levels : ndarray of float
        Likelihood levels.
    bars_high, bars_low : ndarray of int, shape (levels, groups of lengths, units), or None
        Critical counts.
    group_first, shortest, longest : ndarray of int
        Groups of lengths of each class of blocks (bounds.Groups).
    least : int
        Fewest cases of a cluster of high rates.
    risk : float
        Its least relative risk; 0 for any.
    against_rest : bool
        Whether that is the risk against that outside the window, or observed by expected cases.
    tie : float
        Ratios closer than this are equal.
    sums, before : ndarray of int, shape (pad + units + 1,)
        Room to work in: rows of the counts.
    size_sums, size_before : ndarray of float, shape (units + 1,)
        Room to work in: rows of the sizes.

    Returns
    -------
    ratio : float
        The largest ratio, or `floor`.
    places, start, stop : int
        For one centre: number of places (0: none is above), first unit, and the unit after the last.

    References
    ----------
    Kulldorff M (2001). Journal of the Royal Statistical Society A 164:61-72. doi:10.1111/1467-985X.00186

    Examples
    --------
    A scan in space and time calls it for each centre and each replicate:

    >>> import pandas as pd
    >>> from surveillance.scan import scan
    >>> places = pd.DataFrame({"location": list("abcdef"), "x": range(6), "y": 0, "population": 100})
    >>> days = pd.DataFrame({"location": list("aabbb"), "date": ["2025-01-01", *["2025-01-04"] * 4]})
    >>> found = scan(days, places, model="poisson", time="retrospective", replicates=9).clusters
    >>> found.loc[0, "locations"], found.loc[0, "start"].isoformat(), int(found.loc[0, "observed"])
    (['a', 'b'], '2025-01-04', 4)
    """
    best = (floor, 0, 0, 0)
    level = level_of(levels, floor)
    for n in range(order.size):
        i = order[n]
        # Of windows as good as that of an earlier centre none is taken: the first met stays.
        best = (best[0], 0, 0, 0)
        for t in range(sums.size):
            sums[t] = 0
        if cells is not None:
            for t in range(size_sums.size):
                size_sums[t] = 0.0
        b = block_first[i] - 1
        g = last = np.int64(0)
        while True:
            b, g = advance(
                b, g, last, first[i], block_first[i], block_first[i + 1], near, block_stop, block_class,
                counts, sums, before, cells, size_sums, size_before, pad + 1, group_first, shortest, longest,
                bars_high, bars_low, level, first_end, to_unit,
            )  # fmt: skip
            if b == block_first[i + 1]:
                break
            last = group_first[block_class[b] + 1]
            start = block_stop[b - 1] if b > block_first[i] else first[i]
            stop = block_stop[b]
            bar_high = bars_high[level, g]
            for t in range(first_end, to_unit):
                after = pad + 1 + t
                passed = sums[after] - sums[after - longest[g]] >= bar_high[t]
                if bars_low is not None:
                    passed |= before[after] - before[after - shortest[g]] < bars_low[level, g, t]
                if not passed:
                    continue
                for length in range(shortest[g], longest[g] + 1):
                    begin = t + 1 - length
                    if begin < from_unit or length > longest_at[t]:
                        break
                    if bars_low is None and sums[after] - sums[after - length] < bar_high[t]:
                        continue
                    c = np.int64(before[after]) - np.int64(before[after - length])
                    weight = block_weight[b]
                    m = 0.0
                    if cells is not None:
                        m = size_before[t + 1] - size_before[begin]
                    part_of_all = share[t + 1] - share[begin]
                    if within is not None:
                        all_cases = within[t + 1] - within[begin]
                        all_size = float(all_cases)
                        if all_cases == 0:
                            continue
                    else:
                        all_cases, all_size = cases, size
                    for k in range(start, stop):
                        place = near[k]
                        c += np.int64(counts[place, after]) - np.int64(counts[place, after - length])
                        if cells is None:
                            weight += weights[place]
                            m = weight * part_of_all
                        else:
                            m += cells[place, t + 1] - cells[place, begin]
                        more = c * all_size > all_cases * m
                        wanted = more and c >= least and c >= bar_high[t]
                        if bars_low is not None:
                            wanted |= not more
                        if wanted and more and risk > 0.0:
                            wanted = is_risky(c, m, all_cases, all_size, risk, against_rest)
                        if wanted and may_pass(kind, c, m, all_cases, all_size, best[0] - tie):
                            value = log_likelihood_ratio(kind, c, m, all_cases, all_size)
                            if is_better(value, k - first[i] + 1, begin, t + 1, best, tie):
                                best = (max(value, best[0]), k - first[i] + 1, begin, t + 1)
                                level = level_of(levels, best[0])
                                bar_high = bars_high[level, g]
                            elif value > best[0]:
                                best = (value, best[1], best[2], best[3])
            g += 1
    return best
