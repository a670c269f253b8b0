"""How much one area's cases weigh in another: neighbours, neighbours of neighbours, movement."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from surveillance.errors import StatisticsError
from surveillance.texts import N_

Array = NDArray[np.float64]


def orders(neighbours: Iterable[tuple[int, int]], areas: int) -> NDArray[np.int64]:
    """Order of neighbourhood: how many borders lie between two areas on the shortest way.

    Parameters
    ----------
    neighbours : iterable of (int, int)
        Pairs of areas with a common border, each in any order.
    areas : int
        How many areas there are.

    Returns
    -------
    ndarray of int, shape (areas, areas)
        0 for an area itself; -1 where no way leads from one to the other.

    Raises
    ------
    StatisticsError
        A pair names an area that is not there.

    Examples
    --------
    >>> orders([(0, 1), (1, 2)], 4).tolist()
    [[0, 1, 2, -1], [1, 0, 1, -1], [2, 1, 0, -1], [-1, -1, -1, 0]]
    """
    beside: list[set[int]] = [set() for _ in range(areas)]
    for one, other in neighbours:
        if not (0 <= one < areas and 0 <= other < areas):
            raise StatisticsError(N_("neighbours name an area that is not there"))
        if one != other:
            beside[one].add(other)
            beside[other].add(one)
    found = np.full((areas, areas), -1, np.int64)
    for start in range(areas):
        found[start, start] = 0
        waiting = deque([start])
        while waiting:
            here = waiting.popleft()
            for there in sorted(beside[here]):
                if found[start, there] < 0:
                    found[start, there] = found[start, here] + 1
                    waiting.append(there)
    return found


def adjacent(order: NDArray[np.int64]) -> Array:
    """Weigh neighbours alone, each area's cases shared equally among its neighbours.

    Parameters
    ----------
    order : ndarray of int, shape (k, k)
        Of :func:`orders`.

    Returns
    -------
    ndarray of float, shape (k, k)
        Rows send, columns receive; each row adds up to 1, or to 0 for an area without neighbours.

    Examples
    --------
    >>> adjacent(orders([(0, 1), (1, 2)], 3)).tolist()
    [[0.0, 1.0, 0.0], [0.5, 0.0, 0.5], [0.0, 1.0, 0.0]]
    """
    return by_rows((order == 1).astype(float))


def by_flows(flows: ArrayLike) -> Array:
    """Weigh areas by how many people go from one to the other.

    Parameters
    ----------
    flows : array_like of float, shape (k, k)
        People who went from the area of the row to that of the column; the diagonal is left out.

    Returns
    -------
    ndarray of float, shape (k, k)
        Rows send, columns receive; each row adds up to 1, or to 0 where nobody left.

    Raises
    ------
    StatisticsError
        A flow is below zero or not known, or nobody went anywhere.

    References
    ----------
    Geilhufe M, Held L, Skrøvseth SO, Simonsen GS, Godtliebsen F (2014). Biometrical Journal 56:363-382.
    doi:10.1002/bimj.201200262

    Examples
    --------
    >>> by_flows([[9, 30, 10], [5, 0, 0], [0, 0, 0]]).tolist()
    [[0.0, 0.75, 0.25], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    """
    moved = np.array(flows, float)
    if moved.ndim != 2 or moved.shape[0] != moved.shape[1] or not np.all(moved >= 0):
        raise StatisticsError(
            N_("flows between areas are numbers of people, zero or more, one for each pair")
        )
    np.fill_diagonal(moved, 0.0)
    if not moved.any():
        raise StatisticsError(N_("nobody went from one area to another: flows say nothing"))
    return by_rows(moved)


def by_rows(weights: Array) -> Array:
    """Divide each row by its sum; rows of zeros stay.

    Parameters
    ----------
    weights : ndarray of float, shape (k, k)
        Not below zero.

    Returns
    -------
    ndarray of float, shape (k, k)

    Examples
    --------
    >>> by_rows(np.array([[0.0, 3.0], [0.0, 0.0]])).tolist()
    [[0.0, 1.0], [0.0, 0.0]]
    """
    sums = weights.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(weights, sums, out=np.zeros_like(weights), where=sums > 0))


def power_law(order: NDArray[np.int64], decay: float) -> tuple[Array, Array]:
    """Weigh areas by a power of their order of neighbourhood: (order)^-decay, each row brought to 1.

    Parameters
    ----------
    order : ndarray of int, shape (k, k)
        Of :func:`orders`; areas without a way between them have no weight.
    decay : float
        How fast the weight falls: at 0 every area weighs the same, at 2 a second neighbour a quarter.

    Returns
    -------
    (ndarray of float, shape (k, k), ndarray of float, shape (k, k))
        The weights, rows sending and columns receiving, and their slope in `decay`.

    References
    ----------
    Meyer S, Held L (2014). Annals of Applied Statistics 8:1612-1639. doi:10.1214/14-AOAS743

    Examples
    --------
    >>> weights, slope = power_law(orders([(0, 1), (1, 2)], 3), 2.0)
    >>> weights.tolist()
    [[0.0, 0.8, 0.2], [0.5, 0.0, 0.5], [0.2, 0.8, 0.0]]
    >>> slope.sum(axis=1).round(12).tolist()
    [0.0, 0.0, 0.0]
    """
    there = order > 0
    far = np.log(np.where(there, order, 1))
    raw = np.where(there, np.exp(-np.clip(decay * far, -500, 500)), 0.0)
    sums = raw.sum(axis=1, keepdims=True)
    weights = by_rows(raw)
    bent = -far * raw
    part = np.divide(bent.sum(axis=1, keepdims=True), sums, out=np.zeros_like(sums), where=sums > 0)
    return weights, np.divide(bent, sums, out=np.zeros_like(raw), where=sums > 0) - weights * part
