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
from surveillance.scan.kernels.likelihood import log_likelihood_ratio, may_pass
from surveillance.scan.kernels.sweep import advance, level_of


@inner
def _better(value: float, number: int, start: int, stop: int, best: tuple, tie: float) -> bool:
    """Whether a window is better than the best so far: a higher ratio; of equal ones the one of fewer places,
    then the one that starts earlier, then the shorter.
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
    levels: NDArray,
    bars_high: NDArray,
    bars_low: NDArray | None,
    group_first: NDArray,
    shortest: NDArray,
    longest: NDArray,
    least: int,
    tie: float,
    sums: NDArray,
    before: NDArray,
    size_sums: NDArray,
    size_before: NDArray,
) -> tuple[float, int, int, int]:
    """The best cylinder of some centres within units `from_unit` to `to_unit - 1`, if above `floor`.

    Returns its ratio (or `floor`) and, for one centre, its number of places (0: none is above), first unit
    and the unit after the last.

    Parameters
    ----------
    order : centres in the order of working.
    first_end, longest_at : the first unit in which a window may end; the longest window that ends in each
        unit, shape (units,).
    block_weight, weights, share : for sizes that are a place's weight times the time's share: the weight of
        the zone before each block, each place's weight, running sums of the share, shape (units + 1,).
    cells : otherwise running sums over time of each place's sizes, shape (places, units + 1).
    counts : running sums over time of each place's cases, after `pad` zeros, shape (places, pad + units + 1).
    bars_high, bars_low : critical counts, shape (levels, groups of lengths, units).
    tie : ratios closer than this are equal.
    group_first, shortest, longest : groups of lengths of each class of blocks (bounds.Groups).
    sums, before, size_sums, size_before : room to work in: a row of the counts, and of the sizes.
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
                    for k in range(start, stop):
                        place = near[k]
                        c += np.int64(counts[place, after]) - np.int64(counts[place, after - length])
                        if cells is None:
                            weight += weights[place]
                            m = weight * part_of_all
                        else:
                            m += cells[place, t + 1] - cells[place, begin]
                        more = c * size > cases * m
                        wanted = more and c >= least and c >= bar_high[t]
                        if bars_low is not None:
                            wanted |= not more
                        if wanted and may_pass(kind, c, m, cases, size, best[0] - tie):
                            value = log_likelihood_ratio(kind, c, m, cases, size)
                            if _better(value, k - first[i] + 1, begin, t + 1, best, tie):
                                best = (max(value, best[0]), k - first[i] + 1, begin, t + 1)
                                level = level_of(levels, best[0])
                                bar_high = bars_high[level, g]
                            elif value > best[0]:
                                best = (value, best[1], best[2], best[3])
            g += 1
    return best
