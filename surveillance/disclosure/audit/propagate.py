"""Bounds by arithmetic: what each sum and each cascade says of its parts, until nothing changes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from surveillance.disclosure.audit.cells import MANY, Cells, Key, facets

#: More passes than any chain of sums needs; real releases take a few dozen.
_PASSES = 2_000


class ContradictionError(ValueError):
    """Published numbers that cannot all be true."""

    def __init__(self, disease: str, key: Key, measure: str, part: str) -> None:
        super().__init__(f"published numbers contradict each other: {disease}, {measure} ({part}), {key}")
        self.key, self.measure, self.part = key, measure, part


def propagate(cells: Cells) -> None:
    """Narrow `cells.least` and `cells.most` by every sum and cascade until nothing changes.

    The bounds hold for every table that agrees with what is published. They are not always the narrowest
    (see `programme`).

    Parameters
    ----------
    cells : Cells
        Changed in place.

    Raises
    ------
    ContradictionError
        No table of people agrees with what is published.

    Examples
    --------
    >>> from surveillance.disclosure.audit.example import release
    >>> cells = release()
    >>> propagate(cells)
    >>> cells.most[2:].tolist()  # numerator, rest, denominator, unknown of the hidden places
    [[7, 8, 15, 0], [7, 8, 15, 0]]
    """
    rows = facets(cells.chain)
    for _ in range(_PASSES):
        before = cells.least.copy(), cells.most.copy()
        _by_sums(cells)
        for row in rows:
            _by_facet(cells.least, cells.most, row)
        if np.any(cells.least > cells.most):
            _contradiction(cells)
        if np.array_equal(before[0], cells.least) and np.array_equal(before[1], cells.most):
            return


def _by_sums(cells: Cells) -> None:
    """Take each sum once: the whole from its parts, each part from the whole and the other parts."""
    if not len(cells.parent):
        return
    low, high = cells.children @ cells.least, cells.children @ cells.most
    np.maximum.at(cells.least, cells.parent, low)
    np.minimum.at(cells.most, cells.parent, high)
    sums = np.repeat(np.arange(len(cells.parent)), np.diff(cells.children.indptr))
    part, whole = cells.children.indices, cells.parent[sums]
    least, most = cells.least, cells.most
    most_of_part = most[whole] - (low[sums] - least[part])
    least_of_part = np.where(high[sums] >= MANY, 0, least[whole] - (high[sums] - most[part]))
    np.minimum.at(most, part, most_of_part)
    np.maximum.at(least, part, least_of_part)


def _by_facet(least: NDArray[np.int64], most: NDArray[np.int64], row: NDArray[np.int64]) -> None:
    """Take one inequality within all cells: `row` times the numbers is at most 0."""
    plus, minus = np.flatnonzero(row > 0), np.flatnonzero(row < 0)
    lowest = least[:, plus].sum(axis=1) - most[:, minus].sum(axis=1)
    above, below = most[:, plus].copy(), least[:, minus].copy()
    most[:, plus] = np.minimum(above, least[:, plus] - lowest[:, None])
    least[:, minus] = np.maximum(below, most[:, minus] + lowest[:, None])


def _contradiction(cells: Cells) -> None:
    """Say which number cannot be."""
    cell, number = np.argwhere(cells.least > cells.most)[0]
    part = cells.parts[number]
    raise ContradictionError(cells.disease, cells.keys[cell], part.measure, part.name)
