"""Sizes of cells of place and time: a weight of each place times a share of each unit, or each cell."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Sizes:
    """Either a weight of each place times a share of each unit of time, or a number for each cell.

    weights : shape (places,); share : shape (units,), adding up to 1; cells : shape (places, units).
    """

    weights: Floats
    share: Floats
    cells: Floats | None = None

    @property
    def total(self) -> float:
        """Sum over all places."""
        return float(self.weights.sum())

    def full(self) -> Floats:
        """Return a number for each cell, shape (places, units)."""
        return self.weights[:, None] * self.share[None, :] if self.cells is None else self.cells

    def folded(self, late: int) -> Sizes:
        """Return the same with all units before `late` as one."""
        cut = [0, *range(late, self.share.size)]
        cells = None if self.cells is None else np.add.reduceat(self.cells, cut, axis=1)
        return Sizes(self.weights, np.add.reduceat(self.share, cut), cells)

    def merged(self, place_of: NDArray[np.int64], places: int) -> Sizes:
        """Sum over the locations of each place."""
        weights = np.bincount(place_of, self.weights, places).astype(float)
        if self.cells is None:
            return replace(self, weights=weights)
        cells = np.zeros((places, self.cells.shape[1]))
        np.add.at(cells, place_of, self.cells)
        return Sizes(weights, self.share, cells)


def of_cells(cells: Floats) -> Sizes:
    """Make sizes of a number for each cell.

    Parameters
    ----------
    cells : ndarray of float, shape (places, units)

    Returns
    -------
    Sizes

    Examples
    --------
    >>> of_cells(np.array([[1.0, 3.0]])).share.tolist()
    [0.25, 0.75]
    """
    total = cells.sum()
    return Sizes(cells.sum(axis=1), cells.sum(axis=0) / total, cells)
