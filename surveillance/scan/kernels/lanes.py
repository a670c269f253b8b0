"""Exact maxima of windows that differ only in their zone: many replicates side by side.

A lane is one replicate with one kind of window: the whole period, or its last units, so many. Zones of a
centre are cut into blocks. A block's largest count is that of its last zone and its smallest size that of its
first: where even these two together cannot pass a replicate's maximum so far, no zone of the block can,
and the block is skipped. Nothing is approximated.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from surveillance.scan.kernels.compiled import compiled, inner
from surveillance.scan.kernels.likelihood import is_risky, log_likelihood_ratio, may_pass
from surveillance.scan.kernels.sweep import level_of
from surveillance.scan.kernels.vectors import LANES, add_rows, at_least, lowest


@inner
def _raise_bar(bar: NDArray, table: NDArray, edges: NDArray, level: int, first: int) -> None:
    """Critical counts of one replicate's lanes, after its maximum has reached `level`."""
    for b in range(edges.shape[0]):
        for j in range(edges.shape[1]):
            bar[b, first + j] = table[level, edges[b, j]]


@compiled
def maxima(
    near: NDArray,
    first: NDArray,
    order: NDArray,
    block_first: NDArray,
    block_stop: NDArray,
    block_class: NDArray,
    block_weight: NDArray,
    block_cells: NDArray | None,
    weights: NDArray,
    share: NDArray,
    cells: NDArray | None,
    counts: NDArray,
    kind: int,
    cases: int,
    size: float,
    levels: NDArray,
    high_table: NDArray,
    low_table: NDArray | None,
    edges_high: NDArray,
    edges_low: NDArray,
    least: int,
    risk: float,
    against_rest: bool,
    tie: float,
    floor: float,
    apart: bool,
    bar_high: NDArray,
    bar_low: NDArray,
    sums: NDArray,
    before: NDArray,
    best: NDArray,
    level: NDArray,
    ratio: NDArray,
    places: NDArray,
    window: NDArray,
) -> None:
    """Find the largest log likelihood ratio of each replicate, or each centre's own best window.

    Parameters
    ----------
    near, first : ndarray of int
        The places of each centre's zones, nearest first; `first[i]:first[i + 1]` are centre i's.
    order : ndarray of int, shape (centres,)
        Centres in the order of working.
    block_first, block_stop, block_class : ndarray of int
        Blocks of each centre; where each ends in `near`; its class.
    block_weight : ndarray of float, shape (blocks,)
        The weight of the zone before each block.
    block_cells : ndarray of float, shape (blocks, kinds of window), or None
        Sizes of the zone before each block, where weights and shares do not say them.
    weights, share : ndarray of float
        For sizes that are a place's weight times the share of the kind of window.
    cells : ndarray of float, shape (places, kinds of window), or None
        Otherwise the sizes of each place.
    counts : ndarray of int, shape (places, replicates x kinds of window)
        Cases of each place in each lane.
    kind : int
        `POISSON` or `BERNOULLI`.
    cases : int
        All cases.
    size : float
        Expected cases, or persons tested, of all places and units.
    levels : ndarray of float
        Likelihood levels.
    high_table, low_table : ndarray of int, or None
        The critical counts of each level and class of sizes.
    edges_high, edges_low : ndarray of int
        For each class of blocks and kind of window, the class of its smallest and of its largest size.
    least : int
        Fewest cases of a cluster of high rates.
    risk : float
        Its least relative risk; 0 for any.
    against_rest : bool
        Whether that is the risk against that outside the window, or observed by expected cases.
    tie : float
        Ratios closer than this are equal.
    floor : float
        Ratios are looked for above it.
    apart : bool
        Whether they are looked for anew for each centre (for one replicate).
    bar_high, bar_low, sums, before, level : ndarray
        Room to work in, for each lane or replicate.
    best : ndarray of float, shape (replicates,)
        Is given the largest ratio of each replicate.
    ratio, places, window : ndarray
        With `apart` are given each centre's best ratio, number of places (0: none above `floor`) and kind of
        window. With equal ratios the smaller zone is kept, then the window that starts earlier.

    References
    ----------
    Kulldorff M (1997). Communications in Statistics: Theory and Methods 26:1481-1496.
    doi:10.1080/03610929708831995

    Examples
    --------
    A scan in space calls it for many replicates at once:

    >>> import pandas as pd
    >>> from surveillance.scan import scan
    >>> places = pd.DataFrame({"location": list("abcdef"), "x": range(6), "y": 0, "population": 100})
    >>> cases = pd.DataFrame({"location": ["b", "c", "f"], "count": [9, 8, 2]})
    >>> scan(cases, places, model="poisson", replicates=19).maxima.shape
    (19,)
    """
    kinds = share.size
    lanes = counts.shape[1]
    changed = True
    for r in range(best.size):
        best[r] = floor
        level[r] = -1
    for n in range(order.size):
        i = order[n]
        at = i if apart else 0
        start = first[i]
        for lane in range(lanes):
            sums[lane] = 0
        for b in range(block_first[i], block_first[i + 1]):
            if changed:
                for r in range(best.size):
                    reached = level_of(levels, best[r])
                    if reached != level[r]:
                        level[r] = reached
                        _raise_bar(bar_high, high_table, edges_high, reached, r * kinds)
                        if low_table is not None:
                            _raise_bar(bar_low, low_table, edges_low, reached, r * kinds)
                changed = False
            stop = block_stop[b]
            add_rows(sums, before, counts, near, start, stop, 0, lanes)
            wanted_high = bar_high[block_class[b]]
            for column in range(0, lanes, LANES):
                passed = at_least(sums, wanted_high, column)
                if low_table is not None:
                    passed |= ~at_least(before, bar_low[block_class[b]], column)
                while passed != 0:
                    lane = column + lowest(passed)
                    passed &= passed - np.uint64(1)
                    r, j = lane // kinds, lane % kinds
                    c = np.int64(before[lane])
                    weight = block_weight[b]
                    m = 0.0
                    if block_cells is not None:
                        m = block_cells[b, j]
                    for k in range(start, stop):
                        c += np.int64(counts[near[k], lane])
                        if cells is None:
                            weight += weights[near[k]]
                            m = weight * share[j]
                        else:
                            m += cells[near[k], j]
                        more = c * size > cases * m
                        wanted = more and c >= least and c >= wanted_high[lane]
                        if low_table is not None:
                            wanted |= not more
                        if wanted and more and risk > 0.0:
                            wanted = is_risky(c, m, cases, size, risk, against_rest)
                        if wanted and may_pass(kind, c, m, cases, size, best[r] - tie):
                            value = log_likelihood_ratio(kind, c, m, cases, size)
                            if value > best[r]:
                                best[r] = value
                                changed = True
                            number = k - first[i] + 1
                            if abs(value - ratio[at]) > tie:
                                better = value > ratio[at]
                            elif number != places[at]:
                                better = number < places[at]
                            else:  # all reach the last day: a longer window starts earlier
                                better = j > window[at]
                            if better:
                                ratio[at] = max(value, ratio[at])
                                places[at], window[at] = number, j
            start = stop
        if apart and best[0] > floor:
            best[0] = floor
            changed = True
