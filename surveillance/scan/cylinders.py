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

from surveillance.scan.compiled import compiled
from surveillance.scan.likelihood import log_likelihood_ratio, may_pass
from surveillance.scan.sweep import advance, level_of, next_group


@compiled
def _better(value: float, number: int, start: int, stop: int, best: tuple) -> bool:
    """Whether a window is better than the best so far: a higher ratio, or as high with fewer places."""
    if value <= 0.0:
        return False
    if abs(value - best[0]) > 1e-12 * max(value, 1.0):
        return value > best[0]
    if best[1] == 0:
        return False
    if number != best[1]:
        return number < best[1]
    return stop - start < best[3] - best[2]


@compiled
def _best_of_centre(
    i: int,
    from_unit: int,
    to_unit: int,
    floor: float,
    near: NDArray,
    first: NDArray,
    block_first: NDArray,
    block_stop: NDArray,
    block_class: NDArray,
    block_weight: NDArray,
    weights: NDArray,
    share: NDArray,
    sizes: NDArray,
    separable: bool,
    counts: NDArray,
    pad: int,
    kind: int,
    cases: int,
    size: float,
    levels: NDArray,
    bars_high: NDArray,
    bars_low: NDArray,
    group_first: NDArray,
    shortest: NDArray,
    longest: NDArray,
    high: bool,
    low: bool,
    least: int,
    sums: NDArray,
    before: NDArray,
    size_sums: NDArray,
    size_before: NDArray,
) -> tuple[float, int, int, int]:
    """The best window of one centre within units `from_unit` to `to_unit - 1`, if above `floor`.

    Returns its ratio, number of places (0: none is above), first unit and the unit after the last.
    """
    sums.fill(0)
    size_sums.fill(0.0)
    best = (floor, 0, 0, 0)
    level = level_of(levels, floor)
    b = block_first[i] - 1
    g = last = 0
    while True:
        if g < last:  # another group of the same block
            g = next_group(
                g + 1, last, sums, before, pad + 1, shortest, longest, bars_high, bars_low, level, from_unit,
                to_unit, high, low,
            )  # fmt: skip
        if g == last:
            b, g = advance(
                b + 1, block_first[i + 1], first[i], near, block_first[i], block_stop, block_class, counts,
                sums, before, sizes, separable, size_sums, size_before, pad + 1, group_first, shortest,
                longest, bars_high, bars_low, level, from_unit, to_unit, high, low,
            )  # fmt: skip
            if b == block_first[i + 1]:
                break
            last = group_first[block_class[b] + 1]
        start = block_stop[b - 1] if b > block_first[i] else first[i]
        stop = block_stop[b]
        bar_high = bars_high[level, g]
        bar_low = bars_low[level, g]
        for t in range(from_unit, to_unit):
            after = pad + 1 + t
            passed = high and sums[after] - sums[after - longest[g]] >= bar_high[t]
            if not passed and not (low and before[after] - before[after - shortest[g]] < bar_low[t]):
                continue
            for length in range(shortest[g], longest[g] + 1):
                begin = t + 1 - length
                if begin < from_unit:
                    break
                if not low and sums[after] - sums[after - length] < bar_high[t]:
                    continue
                c = np.int64(before[after]) - np.int64(before[after - length])
                weight = block_weight[b]
                m = 0.0 if separable else size_before[t + 1] - size_before[begin]
                part_of_all = share[t + 1] - share[begin]
                for k in range(start, stop):
                    place = near[k]
                    c += np.int64(counts[place, after]) - np.int64(counts[place, after - length])
                    if separable:
                        weight += weights[place]
                        m = weight * part_of_all
                    else:
                        m += sizes[place, t + 1] - sizes[place, begin]
                    is_more = c * size > cases * m
                    wanted = (is_more and high and c >= least and c >= bar_high[t]) or (low and not is_more)
                    if wanted and may_pass(kind, c, m, cases, size, best[0]):
                        value = log_likelihood_ratio(kind, c, m, cases, size)
                        if _better(value, k - first[i] + 1, begin, t + 1, best):
                            best = (value, k - first[i] + 1, begin, t + 1)
            level = level_of(levels, best[0])
            bar_high = bars_high[level, g]
            bar_low = bars_low[level, g]
    return best


@compiled
def maximum(
    order: NDArray,
    near: NDArray,
    first: NDArray,
    block_first: NDArray,
    block_stop: NDArray,
    block_class: NDArray,
    block_weight: NDArray,
    weights: NDArray,
    share: NDArray,
    sizes: NDArray,
    separable: bool,
    counts: NDArray,
    pad: int,
    kind: int,
    cases: int,
    size: float,
    levels: NDArray,
    bars_high: NDArray,
    bars_low: NDArray,
    group_first: NDArray,
    shortest: NDArray,
    longest: NDArray,
    high: bool,
    low: bool,
    least: int,
) -> float:
    """Largest log likelihood ratio over all cylinders of one replicate.

    Parameters
    ----------
    order : centres in the order of working.
    block_weight, weights, share : for sizes that are a place's weight times the time's share: the weight of
    the
        zone before each block, each place's weight, running sums of the share, shape (units + 1,).
    sizes : otherwise running sums over time of each place's sizes, shape (places, units + 1).
    counts : running sums over time of each place's cases, after `pad` zeros, shape (places, pad + units + 1).
    bars_high, bars_low : critical counts, shape (levels, groups of lengths, units).
    group_first, shortest, longest : groups of lengths of each class of blocks (bounds.Groups).
    """
    units = bars_high.shape[2]
    sums = np.zeros(counts.shape[1], counts.dtype)
    before = np.zeros(counts.shape[1], counts.dtype)
    size_sums = np.zeros(sizes.shape[1])
    size_before = np.zeros(sizes.shape[1])
    top = 0.0
    for i in order:
        best = _best_of_centre(
            i, np.int64(0), units, top, near, first, block_first, block_stop, block_class, block_weight,
            weights, share, sizes, separable, counts, pad, kind, cases, size, levels, bars_high, bars_low,
            group_first, shortest, longest, high, low, least, sums, before, size_sums, size_before,
        )  # fmt: skip
        top = max(top, best[0])
    return top


@compiled
def candidates_of(
    i: int,
    near: NDArray,
    first: NDArray,
    block_first: NDArray,
    block_stop: NDArray,
    block_class: NDArray,
    block_weight: NDArray,
    weights: NDArray,
    share: NDArray,
    sizes: NDArray,
    separable: bool,
    counts: NDArray,
    pad: int,
    kind: int,
    cases: int,
    size: float,
    levels: NDArray,
    bars_high: NDArray,
    bars_low: NDArray,
    group_first: NDArray,
    shortest: NDArray,
    longest: NDArray,
    high: bool,
    low: bool,
    least: int,
    floor: float,
) -> NDArray:
    """One centre's best cylinder, then, again and again, its best wholly before and wholly after it.

    Only those above `floor`; shape (found, 4): ratio, number of places, first unit, unit after the last.
    """
    units = bars_high.shape[2]
    sums = np.zeros(counts.shape[1], counts.dtype)
    before = np.zeros(counts.shape[1], counts.dtype)
    size_sums = np.zeros(sizes.shape[1])
    size_before = np.zeros(sizes.shape[1])
    found = np.empty((units, 4))
    number = 0
    waiting = [(0, units)]
    while len(waiting) > 0:
        start, stop = waiting.pop()
        best = _best_of_centre(
            i, start, stop, floor, near, first, block_first, block_stop, block_class, block_weight,
            weights, share, sizes, separable, counts, pad, kind, cases, size, levels, bars_high, bars_low,
            group_first, shortest, longest, high, low, least, sums, before, size_sums, size_before,
        )  # fmt: skip
        if best[1] == 0:
            continue
        found[number, 0], found[number, 1] = best[0], best[1]
        found[number, 2], found[number, 3] = best[2], best[3]
        number += 1
        if best[2] > start:
            waiting.append((start, best[2]))
        if stop > best[3]:
            waiting.append((best[3], stop))
    return found[:number].copy()
