"""Zones: a centre and its nearest places, in order, until the cap; and the blocks they are cut into."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from surveillance.scan.kernels.compiled import compiled
from surveillance.scan.problem.nearest import by_buckets, by_keys

#: Of a sphere with the volume of the Earth's usual model in this field.
EARTH_RADIUS_KM = 6367.0
#: Few enough that their distances stay in the processor's own memory.
_ROWS_AT_ONCE = 8
#: Places from which on compiling a sort of our own takes less than it saves.
MANY_PLACES = 2500
_LONGEST_BLOCK = 96
#: Places of neighbour lists that are put together at a time.
_PART = 1 << 20


@dataclass(frozen=True)
class Zones:
    """Places of every centre's zones: `near[first[i]:first[i + 1]]` are centre i's, nearest first."""

    near: NDArray
    first: NDArray[np.int64]

    @property
    def centres(self) -> int:
        """Number of centres."""
        return self.first.size - 1

    def of(self, centre: int, many: int) -> NDArray[np.int64]:
        """Return the places of one zone."""
        start = self.first[centre]
        return self.near[start : start + many].astype(np.int64)


def on_sphere(latitude: NDArray[np.float64], longitude: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return positions as points on the unit sphere.

    Parameters
    ----------
    latitude, longitude : ndarray of float, shape (n,)
        Degrees.

    Returns
    -------
    ndarray of float, shape (n, 3)

    Examples
    --------
    >>> on_sphere(np.array([0.0]), np.array([90.0])).round(6).tolist()
    [[0.0, 1.0, 0.0]]
    """
    lat, lon = np.radians(latitude), np.radians(longitude)
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def squared_distances(points: NDArray[np.float64], centres: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the squared straight-line distances from some centres to all points.

    Parameters
    ----------
    points : ndarray of float, shape (points, axes)
    centres : ndarray of int, shape (centres,)
        Positions among the points.

    Returns
    -------
    ndarray of float, shape (centres, points)

    Examples
    --------
    >>> squared_distances(np.array([[0.0, 0.0], [3.0, 4.0]]), np.array([0])).tolist()
    [[0.0, 25.0]]
    """
    found = np.zeros((centres.size, points.shape[0]))
    for axis in range(points.shape[1]):
        found += (points[centres, axis][:, None] - points[None, :, axis]) ** 2
    return found


def kilometres(squared_chord: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the great-circle distances of points on the unit sphere.

    Parameters
    ----------
    squared_chord : ndarray of float, shape (n,)
        Squared straight-line distances.

    Returns
    -------
    ndarray of float, shape (n,)
        Kilometres.

    Examples
    --------
    >>> bool(np.isclose(kilometres(np.array([4.0]))[0], np.pi * EARTH_RADIUS_KM))  # opposite points
    True
    """
    half = np.minimum(np.sqrt(squared_chord) / 2.0, 1.0)
    return 2.0 * EARTH_RADIUS_KM * np.arcsin(half)


def nearest(
    points: NDArray[np.float64],
    population: NDArray[np.float64],
    cap: float,
    farthest: float,
    run: Callable[[Callable, Iterable], Iterable] = map,
) -> Zones:
    """Make zones around every place, growing while their population is at most `cap`.

    Parameters
    ----------
    points : ndarray of float, shape (places, 2) or (places, 3)
        Coordinates on the plane, or on the unit sphere.
    population : ndarray of float, shape (places,)
        What the cap counts.
    cap : float
        Largest population that a zone may hold.
    farthest : float
        Largest squared straight-line distance from the centre.
    run : callable
        Like `map`; rows are independent of each other.

    Returns
    -------
    Zones

    Examples
    --------
    >>> zones = nearest(np.array([[0.0, 0.0], [1.0, 0.0], [3.0, 0.0]]), np.ones(3), 2.0, np.inf)
    >>> [zones.of(centre, 2).tolist() for centre in range(3)]
    [[0, 1], [1, 0], [2, 1]]
    """
    places = points.shape[0]
    kind = np.uint16 if places <= 1 << 16 else np.int32
    limit = cap * (1.0 + 1e-12)
    of_rows = by_keys if places < MANY_PLACES else by_buckets

    def rows(start: int) -> list[NDArray]:
        squared = squared_distances(points, np.arange(start, min(start + _ROWS_AT_ONCE, places)))
        return [line.astype(kind) for line in of_rows(squared, population, limit, farthest)]

    sizes: list[int] = []
    parts: list[NDArray] = []
    waiting: list[NDArray] = []
    for chunk in run(rows, range(0, places, _ROWS_AT_ONCE)):
        sizes += [line.size for line in chunk]
        waiting += chunk
        if sum(line.size for line in waiting) > _PART:  # many small arrays would not be given back
            parts.append(np.concatenate(waiting))
            waiting = []
    return _joined([*parts, *waiting], sizes, kind)


def _joined(parts: list[NDArray], sizes: list[int], kind: type) -> Zones:
    """Put parts together; each is let go once it is copied, since all of them may be half of the memory."""
    first = np.zeros(len(sizes) + 1, np.int64)
    first[1:] = np.cumsum(sizes)
    near: NDArray = np.empty(int(first[-1]), kind)
    start = 0
    parts.reverse()
    while parts:
        part = parts.pop()
        near[start : start + part.size] = part
        start += part.size
    return Zones(near, first)


def _flat(lists: list[NDArray], kind: type) -> Zones:
    first = np.zeros(len(lists) + 1, np.int64)
    first[1:] = np.cumsum([line.size for line in lists])
    near = np.concatenate(lists) if lists else np.empty(0, kind)
    return Zones(np.ascontiguousarray(near.astype(kind, copy=False)), first)


def ordered(orders: list[NDArray[np.int64]], population: NDArray[np.float64], cap: float) -> Zones:
    """Make zones from neighbour orders that the user supplies, one for each centre.

    Parameters
    ----------
    orders : list of ndarray of int, shape (n,) each
        Places of each centre, nearest first.
    population : ndarray of float, shape (places,)
        What the cap counts.
    cap : float
        Largest population that a zone may hold.

    Returns
    -------
    Zones

    Examples
    --------
    >>> ordered([np.array([1, 0, 2])], np.ones(3), 2.0).near.tolist()
    [1, 0]
    """
    limit = cap * (1.0 + 1e-12)
    kept = [o[: int(np.searchsorted(np.cumsum(population[o]), limit, side="right"))] for o in orders]
    return _flat([o.astype(np.int32) for o in kept], np.int32)


def reported(zones: Zones, population: NDArray[np.float64], cap: float, *, single: bool) -> Zones:
    """Select the zones that may be reported: of each centre's, those that hold at most `cap`.

    Parameters
    ----------
    zones : Zones
    population : ndarray of float, shape (places,)
        What the cap counts.
    cap : float
        Largest population that a zone may hold.
    single : bool
        A zone of one place may be reported whatever it holds.

    Returns
    -------
    Zones

    Examples
    --------
    >>> zones = ordered([np.array([1, 0, 2])], np.ones(3), 3.0)
    >>> reported(zones, np.ones(3), 2.0, single=False).near.tolist()
    [1, 0]
    """
    limit = cap * (1.0 + 1e-12)
    lists = []
    for centre in range(zones.centres):
        line = zones.near[zones.first[centre] : zones.first[centre + 1]]
        many = int(np.searchsorted(np.cumsum(population[line]), limit, side="right"))
        lists.append(line[: max(many, 1) if single else many])
    return _flat(lists, zones.near.dtype.type)


@dataclass(frozen=True)
class Blocks:
    """Zones cut where their size grows: blocks of centre i are `first[i]:first[i + 1]`.

    `stop`: where each ends in `Zones.near`. `number`: its class, by the size of its smallest zone. `before`:
    the weight of the zone before it. `smallest`, `largest`: over all blocks of a class, the weights of the
    smallest zone and of the largest (0 where a class has no blocks).
    """

    first: NDArray[np.int64]
    stop: NDArray[np.int64]
    number: NDArray[np.int32]
    before: NDArray[np.float64]
    smallest: NDArray[np.float64]
    largest: NDArray[np.float64]

    @property
    def classes(self) -> int:
        """How many classes there are."""
        return self.smallest.size


def cut(zones: Zones, weights: NDArray[np.float64], per_weight: float, scale: float) -> Blocks:
    """Cut zones into blocks in which the expected count grows by about `scale` standard deviations.

    Parameters
    ----------
    zones : Zones
    weights : ndarray of float, shape (places,)
    per_weight : float
        Expected cases for a weight of 1, in the window that matters most.
    scale : float
        Standard deviations.

    Returns
    -------
    Blocks

    Examples
    --------
    >>> zones = ordered([np.array([0, 1, 2])], np.ones(3), 3.0)
    >>> cut(zones, np.ones(3), 4.0, 1.0).stop.tolist()
    [2, 3]
    """
    total = float(weights.sum()) * per_weight
    steps = [0.0]
    while steps[-1] <= total:
        steps.append(steps[-1] + scale * max(np.sqrt(steps[-1]), 0.2))
    grid = np.array(steps) / per_weight if per_weight > 0 else np.array(steps)
    first = np.zeros(zones.centres + 1, np.int64)
    smallest, largest = np.full(grid.size, np.inf), np.zeros(grid.size)
    blocks = Blocks(first, np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0), smallest, largest)
    for _ in range(2):  # once to count blocks, once to keep them
        _cut(
            zones.near, zones.first, weights, grid, _LONGEST_BLOCK, first, blocks.stop, blocks.number,
            blocks.before, smallest, largest,
        )  # fmt: skip
        many = int(first[-1])
        if blocks.stop.size != many:
            blocks = replace(
                blocks, stop=np.empty(many, np.int64), number=np.empty(many, np.int32), before=np.empty(many)
            )
    smallest[np.isinf(smallest)] = 0.0
    return blocks


@compiled
def _cut(
    near: NDArray,
    first: NDArray,
    weights: NDArray,
    grid: NDArray,
    longest: int,
    block_first: NDArray,
    stop: NDArray,
    number: NDArray,
    before: NDArray,
    smallest: NDArray,
    largest: NDArray,
) -> None:
    """Blocks of all zones; where `stop` has no room, only how many there are (`block_first`)."""
    many = 0
    for i in range(first.size - 1):
        size = 0.0
        here = 0
        begun = first[i]
        for k in range(first[i], first[i + 1]):
            if k == begun and many < stop.size:
                before[many] = size
            size += weights[near[k]]
            if k == begun:
                while here + 2 < grid.size and size >= grid[here + 1]:
                    here += 1
                smallest[here] = min(smallest[here], size)
            if k + 1 == first[i + 1] or k + 1 - begun >= longest or size >= grid[here + 1]:
                if many < stop.size:
                    stop[many] = k + 1
                    number[many] = here
                largest[here] = max(largest[here], size)
                many += 1
                begun = k + 1
        block_first[i + 1] = many
