"""Which areas lie beside each other, as the scaled matrix of a spatial model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from surveillance.errors import StatisticsError
from surveillance.rates.counts import Floats


@dataclass(frozen=True, eq=False)
class Structure:
    """Neighbours of areas as a precision matrix, scaled so that its variances are about one.

    Parameters
    ----------
    precision : scipy.sparse.csc_array, shape (n, n)
        Of each group of connected areas the intrinsic autoregression, times the geometric mean of its
        marginal variances; 1 for an area without neighbours.
    groups : tuple of tuple of int
        Areas that are connected, two or more in each group: in each the effects sum to zero.
    islands : tuple of int
        Areas without neighbours.
    eigenvalues : ndarray of float, shape (n,)
        Of the generalised inverse of the matrix: one zero for each group.
    """

    precision: Any
    groups: tuple[tuple[int, ...], ...]
    islands: tuple[int, ...]
    eigenvalues: Floats

    def __len__(self) -> int:
        """Return the number of areas."""
        return int(self.eigenvalues.size)


def structure(neighbours: Iterable[tuple[int, int]], areas: int) -> Structure:
    """Make the scaled matrix of a map of areas, whole or in pieces.

    Parameters
    ----------
    neighbours : iterable of (int, int)
        Pairs of areas, by their number from 0, that lie beside each other: each once or in both orders.
    areas : int
        How many areas there are.

    Returns
    -------
    Structure

    Raises
    ------
    StatisticsError
        An area is its own neighbour, or has a number that no area has; no two areas lie beside each other.

    Notes
    -----
    Every connected group is scaled by itself, so that the mixing of a model means the same on a map with
    islands. An area without neighbours has an independent effect with variance one.

    References
    ----------
    Freni-Sterrantino A, Ventrucci M, Rue H (2018). Spat Spatiotemporal Epidemiol 26:25-34.
    doi:10.1016/j.sste.2018.04.002

    Examples
    --------
    >>> found = structure([(0, 1), (1, 2)], 4)
    >>> found.groups, found.islands
    (((0, 1, 2),), (3,))
    >>> found.precision.toarray().round(2).tolist()[0]
    [0.41, -0.41, 0.0, 0.0]
    """
    # Sparse matrices take a quarter of a second to import.
    from scipy.sparse import coo_array, csc_array  # noqa: PLC0415 - most commands never need it
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    edges = _edges(neighbours, areas)
    if not edges:
        raise StatisticsError(
            "no two areas lie beside each other: a spatial model has nothing to borrow from"
        )
    one, other = np.array(edges).T
    rows, columns = np.concatenate([one, other]), np.concatenate([other, one])
    beside = coo_array((np.ones(rows.size), (rows, columns)), shape=(areas, areas)).tocsr()
    _, labels = connected_components(beside, directed=False)
    degree = beside.sum(axis=1)
    factor, inverse_values = np.ones(areas), np.ones(areas)
    groups = []
    islands = tuple(np.flatnonzero(degree == 0).tolist())
    for label in dict.fromkeys(labels.tolist()):
        members = np.flatnonzero(labels == label)
        if members.size == 1:
            continue
        groups.append(tuple(members.tolist()))
        laplacian = np.diag(degree[members]) - beside[members][:, members].toarray()
        values, vectors = np.linalg.eigh(laplacian)
        inverse = np.where(np.arange(members.size) == 0, 0.0, 1 / np.where(values > 1e-10, values, 1.0))
        variances = (vectors**2 * inverse).sum(axis=1)
        scale = float(np.exp(np.log(variances).mean()))
        factor[members], inverse_values[members] = scale, inverse / scale
    diagonal = np.where(degree > 0, degree * factor, 1.0)
    numbers = np.arange(areas)
    values = np.concatenate([diagonal, -factor[rows]])
    place = (np.concatenate([numbers, rows]), np.concatenate([numbers, columns]))
    precision = csc_array(coo_array((values, place), shape=(areas, areas)))
    return Structure(precision, tuple(groups), islands, inverse_values)


def _edges(neighbours: Iterable[tuple[int, int]], areas: int) -> list[tuple[int, int]]:
    found = set()
    for one, other in neighbours:
        if one == other:
            raise StatisticsError(f"area {one} is named as its own neighbour")
        if not (0 <= one < areas and 0 <= other < areas):
            raise StatisticsError(f"neighbours {one} and {other}: there are {areas} areas, numbered from 0")
        found.add((min(one, other), max(one, other)))
    return sorted(found)
