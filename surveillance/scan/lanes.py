"""Exact maxima of windows that differ only in their zone: many replicates side by side.

A lane is one replicate with one kind of window: the whole period, or the last so many units of it. Zones of a
centre are cut into blocks. A block's largest count is that of its last zone and its smallest size that of its
first: where even these two together cannot pass a replicate's maximum so far, no zone of the block can,
and the block is skipped. Nothing is approximated.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from surveillance.scan.compiled import compiled
from surveillance.scan.likelihood import log_likelihood_ratio, may_pass
from surveillance.scan.sweep import add_rows, copy_into, level_of


@compiled
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
    block_size: NDArray,
    sizes: NDArray,
    counts: NDArray,
    kind: int,
    cases: int,
    size: float,
    levels: NDArray,
    high_table: NDArray,
    low_table: NDArray,
    edges_high: NDArray,
    edges_low: NDArray,
    high: bool,
    low: bool,
    least: int,
) -> NDArray:
    """Largest log likelihood ratio of each replicate, shape (replicates,).

    Parameters
    ----------
    near, first : the places of each centre's zones, nearest first; `first[i]:first[i + 1]` are centre i's.
    order : centres in the order of working, shape (centres,).
    block_first, block_stop, block_class, block_size : blocks of each centre; where each ends in `near`; its
        class; the sizes of the zone before it, shape (blocks, kinds of window).
    sizes : expected cases or persons tested of each place, shape (places, kinds of window).
    counts : cases of each place in each lane, shape (places, replicates x kinds of window).
    levels, high_table, low_table : likelihood levels, and the critical counts of each class of sizes.
    edges_high, edges_low : for each class of blocks and kind of window, the class of its smallest and of its
        largest size.
    """
    kinds = sizes.shape[1]
    lanes = counts.shape[1]
    replicates = lanes // kinds
    best = np.zeros(replicates)
    level = np.zeros(replicates, np.int64)
    bar_high = np.zeros((edges_high.shape[0], lanes), counts.dtype)
    bar_low = np.zeros((edges_high.shape[0], lanes), counts.dtype)
    for r in range(replicates):
        _raise_bar(bar_high, high_table, edges_high, 0, r * kinds)
        _raise_bar(bar_low, low_table, edges_low, 0, r * kinds)
    sums = np.zeros(lanes, counts.dtype)
    before = np.zeros(lanes, counts.dtype)
    for i in order:
        start = first[i]
        sums.fill(0)
        for b in range(block_first[i], block_first[i + 1]):
            stop = block_stop[b]
            copy_into(before, sums)
            add_rows(sums, counts, near, start, stop)
            wanted_high = bar_high[block_class[b]]
            wanted_low = bar_low[block_class[b]]
            found = False
            if high:
                for lane in range(lanes):
                    found |= sums[lane] >= wanted_high[lane]
            if low:
                for lane in range(lanes):
                    found |= before[lane] < wanted_low[lane]
            if found:
                for lane in range(lanes):
                    passed = high and sums[lane] >= wanted_high[lane]
                    if not passed and not (low and before[lane] < wanted_low[lane]):
                        continue
                    r, j = lane // kinds, lane % kinds
                    c = np.int64(before[lane])
                    m = block_size[b, j]
                    top = best[r]
                    for k in range(start, stop):
                        c += np.int64(counts[near[k], lane])
                        m += sizes[near[k], j]
                        more = c * size > cases * m
                        wanted = (more and high and c >= least and c >= wanted_high[lane]) or (
                            low and not more
                        )
                        if wanted and may_pass(kind, c, m, cases, size, top):
                            value = log_likelihood_ratio(kind, c, m, cases, size)
                            top = max(top, value)
                    if top > best[r]:
                        best[r] = top
                        reached = level_of(levels, top)
                        if reached > level[r]:
                            level[r] = reached
                            if high:
                                _raise_bar(bar_high, high_table, edges_high, reached, r * kinds)
                            if low:
                                _raise_bar(bar_low, low_table, edges_low, reached, r * kinds)
            start = stop
    return best


@compiled
def best_of_centres(
    near: NDArray,
    first: NDArray,
    block_first: NDArray,
    block_stop: NDArray,
    block_class: NDArray,
    block_size: NDArray,
    sizes: NDArray,
    counts: NDArray,
    kind: int,
    cases: int,
    size: float,
    levels: NDArray,
    high_table: NDArray,
    low_table: NDArray,
    edges_high: NDArray,
    edges_low: NDArray,
    high: bool,
    low: bool,
    least: int,
    floor: float,
) -> tuple[NDArray, NDArray, NDArray]:
    """Each centre's own best window in the data: ratio, number of places, kind of window.

    Centres whose best is not above `floor` have a ratio of 0. Of equal ones the smaller zone is kept, then
    the shorter window.
    """
    centres = first.size - 1
    kinds = sizes.shape[1]
    ratio = np.zeros(centres)
    places = np.zeros(centres, np.int64)
    window = np.zeros(centres, np.int64)
    sums = np.zeros(kinds, np.int64)
    before = np.zeros(kinds, np.int64)
    for i in range(centres):
        start = first[i]
        sums.fill(0)
        top = floor
        level = level_of(levels, top)
        for b in range(block_first[i], block_first[i + 1]):
            stop = block_stop[b]
            copy_into(before, sums)
            for k in range(start, stop):
                for j in range(kinds):
                    sums[j] += counts[near[k], j]
            for j in range(kinds):
                wanted_high = high_table[level, edges_high[block_class[b], j]]
                wanted_low = low_table[level, edges_low[block_class[b], j]]
                if not (high and sums[j] >= wanted_high) and not (low and before[j] < wanted_low):
                    continue
                c = before[j]
                m = block_size[b, j]
                for k in range(start, stop):
                    c += counts[near[k], j]
                    m += sizes[near[k], j]
                    more = c * size > cases * m
                    wanted = (more and high and c >= least) or (low and not more)
                    if wanted and may_pass(kind, c, m, cases, size, top):
                        value = log_likelihood_ratio(kind, c, m, cases, size)
                        number = k - first[i] + 1
                        same = abs(value - top) <= 1e-12 * max(value, 1.0)
                        if (value > top and not same) or (same and ratio[i] > 0.0 and number < places[i]):
                            top = value
                            ratio[i], places[i], window[i] = value, number, j
            level = level_of(levels, top)
            start = stop
    return ratio, places, window
