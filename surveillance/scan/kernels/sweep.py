"""The innermost loops of a scan: adding places to a zone, and asking whether a block of windows may pass.

Nearly all of a scan's time goes here. Small functions, plain loops: the compiler turns these into wide
instructions, which it does not for an index that might be negative, a slice assignment, or a table that is
not contiguous.
"""

from __future__ import annotations

from numpy.typing import NDArray

from surveillance.scan.kernels.compiled import inner


@inner
def add_rows(sums: NDArray, counts: NDArray, near: NDArray, start: int, stop: int) -> None:
    """Add the rows of the places `near[start:stop]`, four at a time: this is where most of a scan's time
    goes.
    """
    width = counts.shape[1]
    k = start
    while k + 4 <= stop:
        first, second, third, fourth = (
            counts[near[k]],
            counts[near[k + 1]],
            counts[near[k + 2]],
            counts[near[k + 3]],
        )
        for t in range(width):
            sums[t] += first[t] + second[t] + third[t] + fourth[t]
        k += 4
    while k < stop:
        row = counts[near[k]]
        for t in range(width):
            sums[t] += row[t]
        k += 1


@inner
def level_of(levels: NDArray, value: float) -> int:
    """The highest level not above the value."""
    found = 0
    while found + 1 < levels.size and levels[found + 1] <= value:
        found += 1
    return found


@inner
def copy_into(target: NDArray, source: NDArray) -> None:
    """Copy one row (an assignment to a slice would compile an error message with it, for seconds)."""
    for t in range(target.size):
        target[t] = source[t]


@inner
def next_group(
    group: int,
    last: int,
    sums: NDArray,
    before: NDArray,
    offset: int,
    shortest: NDArray,
    longest: NDArray,
    bars_high: NDArray,
    bars_low: NDArray | None,
    level: int,
    start: int,
    stop: int,
) -> int:
    """The first group of lengths, from `group` on, with a run that may pass; `last` where there is none.

    Runs end in units `start` to `stop - 1`. One call looks at many groups: handing arrays over costs as much
    as comparing one.
    """
    many = stop - start
    for g in range(group, last):
        found = False
        ends = sums[offset + start : offset + stop]
        starts = sums[offset + start - longest[g] : offset + stop - longest[g]]
        bar = bars_high[level, g, start:stop]
        for t in range(many):
            found |= ends[t] - starts[t] >= bar[t]
        if bars_low is not None:
            ends = before[offset + start : offset + stop]
            starts = before[offset + start - shortest[g] : offset + stop - shortest[g]]
            bar = bars_low[level, g, start:stop]
            for t in range(many):
                found |= ends[t] - starts[t] < bar[t]
        if found:
            return g
    return last


@inner
def advance(
    b: int,
    g: int,
    last: int,
    first: int,
    first_block: int,
    last_block: int,
    near: NDArray,
    block_stop: NDArray,
    block_class: NDArray,
    counts: NDArray,
    sums: NDArray,
    before: NDArray,
    cells: NDArray | None,
    size_sums: NDArray,
    size_before: NDArray,
    offset: int,
    group_first: NDArray,
    shortest: NDArray,
    longest: NDArray,
    bars_high: NDArray,
    bars_low: NDArray | None,
    level: int,
    from_unit: int,
    to_unit: int,
) -> tuple[int, int]:
    """From group `g` of block `b` on, the first group that may pass, adding blocks on the way: block, group.

    `last` is the group after the block's last; `last_block` is returned where none may pass. A scan spends
    most of its time here: the loop is kept small, apart from what is done with a group that may pass, or the
    compiler would make less of it.
    """
    start = block_stop[b] if b >= first_block else first
    while True:
        g = next_group(
            g, last, sums, before, offset, shortest, longest, bars_high, bars_low, level, from_unit, to_unit
        )
        if g < last:
            return b, g
        b += 1
        if b == last_block:
            return b, g
        stop = block_stop[b]
        copy_into(before, sums)
        add_rows(sums, counts, near, start, stop)
        if cells is not None:  # sizes that are not a weight times a share
            copy_into(size_before, size_sums)
            for k in range(start, stop):
                row = cells[near[k]]
                for t in range(row.size):
                    size_sums[t] += row[t]
        start = stop
        g = group_first[block_class[b]]
        last = group_first[block_class[b] + 1]
