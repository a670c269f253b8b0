"""What shown sums leave for their hidden parts together: that is a number like any other.

Each hidden number of a sum may have its witnesses, and yet the sum less its shown parts tells that k - 1
people are left for the hidden ones together. So each sum is looked at: of rows in one column, of columns in
one row. Parts that are hidden, and still known exactly from other sums, count as shown; a hidden part that is
a sum itself is taken apart as far as its own parts are known. Of one tree no two such remainders lie in each
other but those of a sum and of a sum above it, and these are what is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveillance.disclosure.cells import Cells, LevelCells
from surveillance.disclosure.exchange.moves import Flags
from surveillance.disclosure.model import Counts
from surveillance.disclosure.search import Wanted

#: Knowing one number may tell another; this is more often than trees are deep.
_PASSES = 20


@dataclass(frozen=True)
class _Sums:
    """A tree of sums: for each inner node the nodes below it, and the leaves that each node covers."""

    below: list[NDArray[np.int64]]
    cover: Flags


def remainders(cells: Cells, level: int, positions: tuple[int, ...], threshold: int) -> Iterator[Wanted]:
    """List what sums leave for their hidden parts together where that is 1 to k - 1.

    Parameters
    ----------
    cells : Cells
    level : int
    positions : tuple of int
        The number, as :func:`~surveillance.disclosure.search.protected_numbers` lists it.
    threshold : int
        k.

    Yields
    ------
    Wanted
        Of the leaf rows and columns of the hidden parts, to change by one.

    Examples
    --------
    >>> from surveillance.disclosure.model import COHORT, Block, Pattern, Table, cohort_numbers, star
    >>> from surveillance.disclosure.suppress import restore
    >>> numbers = cohort_numbers(np.array([[40], [1], [3]]), np.array([[60], [21], [30]]))
    >>> care = Table("care", star("country", ["KH01", "KH02", "KH03"]), star("2025", []), numbers)
    >>> pattern = Pattern(5, {"care": np.array([[[0], [0], [1], [1]]], np.int8)})
    >>> cells = restore(Block("tb", COHORT, 2025, (care,)), pattern, 5)["care"]
    >>> [one.under.tolist() for one in remainders(cells, 0, (0,), 5)]  # KH02 and KH03 have 4 together
    [[False, True, True]]
    """
    kept = cells.levels[level]
    value = cells.numbers(level)[..., list(positions)].sum(axis=-1)
    rows = _Sums(_rows_below(cells), cells.table.rows.cover)
    columns = _Sums(_columns_below(kept), kept.cover)
    known = _known(~kept.hidden, value, rows, columns)
    for node, row, leaves in _small(known, value, rows, threshold):
        yield Wanted(level, positions, node, row, True, 1, _padded(cells, leaves), kept.cover[row])
    for node, row, leaves in _small(known.T, value.T, columns, threshold):
        yield Wanted(level, positions, row, node, True, 1, cells.under[row], leaves)


def _padded(cells: Cells, leaves: Flags) -> Flags:
    """Leaf rows of a table that may have one more, which stands for none."""
    return np.append(leaves, np.zeros(cells.under.shape[1] - len(leaves), bool))


def _rows_below(cells: Cells) -> list[NDArray[np.int64]]:
    above = np.array(cells.table.rows.above)
    return [np.flatnonzero(above == node) for node in range(len(above))]


def _columns_below(kept: LevelCells) -> list[NDArray[np.int64]]:
    """Nodes below each, by the leaves that they cover: residuals have no place in the table's own tree."""
    cover = kept.cover
    size = cover.sum(axis=1)
    inside = (cover[:, None, :] <= cover[None, :, :]).all(axis=2) & (size[:, None] < size[None, :])
    around = np.where(inside, size[None, :], cover.shape[1] + 1)
    nearest = np.where(inside.any(axis=1), around.argmin(axis=1), -1) if len(cover) else np.zeros(0, int)
    return [np.flatnonzero(nearest == node) for node in range(len(cover))]


def _known(shown: Flags, value: Counts, rows: _Sums, columns: _Sums) -> Flags:
    """Say which numbers are known exactly from the sums: the last part of a sum, a sum, parts of nothing."""
    known = shown.copy()
    for _ in range(_PASSES):
        before = known.sum()
        _learn(known, value, rows)
        _learn(known.T, value.T, columns)
        if known.sum() == before:
            break
    return known


def _learn(known: Flags, value: Counts, sums: _Sums) -> None:
    """Learn from each sum once, along the first axis; in place."""
    for node, below in enumerate(sums.below):
        if not len(below):
            continue
        known[node] |= known[below].all(axis=0)
        told = np.where(known[below], value[below], 0).sum(axis=0)
        rest = value[node] - told
        known[below] |= known[node] & (((~known[below]).sum(axis=0) <= 1) | (rest == 0))


def _small(known: Flags, value: Counts, sums: _Sums, threshold: int) -> Iterator[tuple[int, int, Flags]]:
    """List known sums whose unknown parts have 1 to k - 1 together: node, other axis, leaves of the parts."""
    told = np.where(known, value, 0)
    open_: Flags = np.zeros((*known.shape, sums.cover.shape[1]), bool)
    for node in reversed(range(len(known))):
        below = sums.below[node]
        own = ~known[node]
        if not len(below):
            open_[node] = own[:, None] & sums.cover[node]
            continue
        rest = value[node] - told[below].sum(axis=0)
        parts: Flags = np.any(open_[below], axis=0)
        small = known[node] & (rest >= 1) & (rest < threshold) & parts.any(axis=1)
        for other in np.flatnonzero(small).tolist():
            yield node, other, parts[other]
        told[node] = np.where(own, told[below].sum(axis=0), value[node])
        open_[node] = own[:, None] & parts
