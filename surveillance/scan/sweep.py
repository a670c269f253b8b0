"""The innermost loops of a scan: adding places to a zone, and asking whether a block of windows may pass.

Nearly all of a scan's time goes here. Small functions, plain loops: the compiler turns these into wide
instructions, which it does not for an index that might be negative, a slice assignment, or a table that is
not contiguous.
"""

from __future__ import annotations

from numpy.typing import NDArray

from surveillance.scan.compiled import compiled


@compiled
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


@compiled
def level_of(levels: NDArray, value: float) -> int:
    """The highest level not above the value."""
    found = 0
    while found + 1 < levels.size and levels[found + 1] <= value:
        found += 1
    return found


@compiled
def copy_into(target: NDArray, source: NDArray) -> None:
    """Copy one row (an assignment to a slice would compile an error message with it, for seconds)."""
    for t in range(target.size):
        target[t] = source[t]


@compiled
def next_group(
    group: int,
    last: int,
    sums: NDArray,
    before: NDArray,
    offset: int,
    shortest: NDArray,
    longest: NDArray,
    bars_high: NDArray,
    bars_low: NDArray,
    level: int,
    start: int,
    stop: int,
    high: bool,
    low: bool,
) -> int:
    """The first group of lengths, from `group` on, with a run that may pass; `last` where there is none.

    Runs end in units `start` to `stop - 1`. One call looks at many groups: handing arrays over costs as much
    as comparing one.
    """
    many = stop - start
    for g in range(group, last):
        found = False
        if high:
            ends = sums[offset + start : offset + stop]
            starts = sums[offset + start - longest[g] : offset + stop - longest[g]]
            bar = bars_high[level, g, start:stop]
            for t in range(many):
                found |= ends[t] - starts[t] >= bar[t]
        if low:
            ends = before[offset + start : offset + stop]
            starts = before[offset + start - shortest[g] : offset + stop - shortest[g]]
            bar = bars_low[level, g, start:stop]
            for t in range(many):
                found |= ends[t] - starts[t] < bar[t]
        if found:
            return g
    return last


@compiled
def _add_sizes(sums: NDArray, before: NDArray, sizes: NDArray, near: NDArray, start: int, stop: int) -> None:
    """As for counts, for sizes that are not a weight times a share."""
    copy_into(before, sums)
    for k in range(start, stop):
        row = sizes[near[k]]
        for t in range(row.size):
            sums[t] += row[t]


@compiled
def advance(
    b: int,
    last_block: int,
    first: int,
    near: NDArray,
    first_block: int,
    block_stop: NDArray,
    block_class: NDArray,
    counts: NDArray,
    sums: NDArray,
    before: NDArray,
    sizes: NDArray,
    separable: bool,
    size_sums: NDArray,
    size_before: NDArray,
    offset: int,
    group_first: NDArray,
    shortest: NDArray,
    longest: NDArray,
    bars_high: NDArray,
    bars_low: NDArray,
    level: int,
    from_unit: int,
    to_unit: int,
    high: bool,
    low: bool,
) -> tuple[int, int]:
    """Add blocks from `b` on, to the first with a group that may pass: the block, and the group.

    `last_block` where there is none. A scan spends most of its time here: the loop is kept small, apart from
    what is done with a block that may pass, or the compiler would make less of it.
    """
    start = block_stop[b - 1] if b > first_block else first
    while b < last_block:
        stop = block_stop[b]
        copy_into(before, sums)
        add_rows(sums, counts, near, start, stop)
        if not separable:
            _add_sizes(size_sums, size_before, sizes, near, start, stop)
        last = group_first[block_class[b] + 1]
        g = next_group(
            group_first[block_class[b]], last, sums, before, offset, shortest, longest, bars_high, bars_low,
            level, from_unit, to_unit, high, low,
        )  # fmt: skip
        if g < last:
            return b, g
        start = stop
        b += 1
    return b, 0
