"""The innermost loops of a scan: adding places to a zone, and asking whether a block of windows may pass.

Nearly all of a scan's time goes here, in the wide instructions of `vectors.py`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from surveillance.scan.kernels.compiled import inner
from surveillance.scan.kernels.vectors import LANES, add_rows, between, differ_at_least


@inner
def level_of(levels: NDArray, value: float) -> int:
    """Return the highest level that is not above a value.

    Parameters
    ----------
    levels : ndarray of float, shape (n,)
        In order; the first is not above the value.
    value : float
        A log likelihood ratio.

    Returns
    -------
    int
        Position of the level.

    Examples
    --------
    >>> import numpy as np
    >>> level_of.py_func(np.array([0.0, 2.0, 3.0]), 2.5)
    1
    """
    found = 0
    while found + 1 < levels.size and levels[found + 1] <= value:
        found += 1
    return found


@inner
def copy_into(target: NDArray, source: NDArray) -> None:
    """Copy one row (an assignment to a slice would compile an error message with it, for seconds).

    Parameters
    ----------
    target : ndarray, shape (n,)
        Changes.
    source : ndarray, shape (n,)

    Examples
    --------
    >>> import numpy as np
    >>> target = np.zeros(2)
    >>> copy_into.py_func(target, np.array([1.0, 2.0]))
    >>> target.tolist()
    [1.0, 2.0]
    """
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
    """Return the first group of lengths with a run that may pass.

    One call looks at many groups: handing arrays over costs as much as comparing one.

    Parameters
    ----------
    group, last : int
        The first group, and the one after the last.
    sums, before : ndarray of int
        Running sums over time of the cases of the zones at the end of the block, and before it.
    offset : int
        Position of the sum after unit 0.
    shortest, longest : ndarray of int, shape (groups,)
        Lengths of each group, in units of time.
    bars_high, bars_low : ndarray of int, shape (levels, groups, units), or None
        Critical counts.
    level : int
        Position of the level that is to be passed.
    start, stop : int
        Runs end in units `start` to `stop - 1`.

    Returns
    -------
    int
        `last` where no group may pass.

    Examples
    --------
    Kernels call it; a scan over time shows the run that passed:

    >>> import pandas as pd
    >>> from surveillance.scan import scan
    >>> places = pd.DataFrame({"location": list("abcd"), "x": range(4), "y": 0, "population": 100})
    >>> days = pd.DataFrame({"location": list("abbb"), "date": ["2025-01-01", *["2025-01-04"] * 3]})
    >>> found = scan(days, places, model="poisson", time="retrospective", replicates=9).clusters
    >>> found.loc[0, "start"].isoformat(), int(found.loc[0, "observed"])
    ('2025-01-04', 3)
    """
    for g in range(group, last):
        found = np.uint64(0)
        for at in range(start - start % LANES, stop, LANES):
            part = differ_at_least(sums, offset + at, offset + at - longest[g], bars_high[level, g], at)
            if bars_low is not None:
                low = bars_low[level, g]
                part |= ~differ_at_least(before, offset + at, offset + at - shortest[g], low, at)
            if at < start or at + LANES > stop:
                part &= between(at, start, stop)
            found |= part
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
    """Go on to the first group of lengths that may pass, adding blocks on the way.

    A scan spends most of its time here: the loop is kept small, apart from what is done with a group that may
    pass, or the compiler would optimise it less.

    Parameters
    ----------
    b, g : int
        Block and group to begin with.
    last : int
        The group after the last one of the block.
    first : int
        Position in `near` of the centre's first place.
    first_block, last_block : int
        The centre's first block, and the one after its last.
    near : ndarray of int
        Places of the zones.
    block_stop, block_class : ndarray of int
        Where each block ends in `near`, and its class.
    counts : ndarray of int, shape (places, offset + units)
        Running sums over time of each place's cases.
    sums, before : ndarray of int
        Sums of the zone at the end of the block, and before it; change.
    cells : ndarray of float, shape (places, units + 1), or None
        Running sums of sizes that are not a weight times a share.
    size_sums, size_before : ndarray of float
        Sums of the sizes; change.
    offset : int
        Position of the sum after unit 0.
    group_first, shortest, longest : ndarray of int
        Groups of lengths of each class of blocks.
    bars_high, bars_low : ndarray of int, or None
        Critical counts.
    level : int
        Position of the level that is to be passed.
    from_unit, to_unit : int
        The units in which runs end.

    Returns
    -------
    block, group : int
        The block is `last_block` where none may pass.

    Examples
    --------
    Kernels call it; a scan in space and time shows that the window is found:

    >>> import pandas as pd
    >>> from surveillance.scan import scan
    >>> places = pd.DataFrame({"location": list("abcd"), "x": range(4), "y": 0, "population": 100})
    >>> days = pd.DataFrame({"location": list("abbb"), "date": ["2025-01-01", *["2025-01-04"] * 3]})
    >>> found = scan(days, places, model="poisson", time="prospective", replicates=9).clusters
    >>> found.loc[0, "locations"], int(found.loc[0, "observed"])
    (['b'], 3)
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
        add_rows(sums, before, counts, near, start, stop, offset, sums.size)
        if cells is not None:  # sizes that are not a weight times a share
            copy_into(size_before, size_sums)
            for k in range(start, stop):
                row = cells[near[k]]
                for t in range(row.size):
                    size_sums[t] += row[t]
        start = stop
        g = group_first[block_class[b]]
        last = group_first[block_class[b] + 1]
