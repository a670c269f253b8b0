"""Zones: a centre and its nearest places, in order, until the cap; and the blocks they are cut into."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveillance.scan.compiled import compiled

#: Of a sphere with the volume of the Earth's usual model in this field.
EARTH_RADIUS_KM = 6367.0
_ROWS_AT_ONCE = 64
_LONGEST_BLOCK = 96


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
        """The places of one zone."""
        start = self.first[centre]
        return self.near[start : start + many].astype(np.int64)


def on_sphere(latitude: NDArray[np.float64], longitude: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points on the unit sphere, shape (n, 3), of positions in degrees."""
    lat, lon = np.radians(latitude), np.radians(longitude)
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def squared_distances(points: NDArray[np.float64], centres: NDArray[np.int64]) -> NDArray[np.float64]:
    """Squared straight-line distances, shape (centres, points)."""
    found = np.zeros((centres.size, points.shape[0]))
    for axis in range(points.shape[1]):
        found += (points[centres, axis][:, None] - points[None, :, axis]) ** 2
    return found


def kilometres(squared_chord: NDArray[np.float64]) -> NDArray[np.float64]:
    """Great-circle distances of points on the unit sphere."""
    half = np.minimum(np.sqrt(squared_chord) / 2.0, 1.0)
    return 2.0 * EARTH_RADIUS_KM * np.arcsin(half)


def nearest(
    points: NDArray[np.float64],
    population: NDArray[np.float64],
    cap: float,
    farthest: float,
    run: Callable[[Callable, Iterable], Iterable] = map,
) -> Zones:
    """Zones around every place, growing while their population is at most `cap`.

    Parameters
    ----------
    points : coordinates, shape (places, 2) or, on the unit sphere, (places, 3).
    population : what the cap counts, shape (places,).
    cap : most of it that a zone may hold.
    farthest : largest squared straight-line distance from the centre.
    run : like `map`; rows are independent of each other.
    """
    places = points.shape[0]
    kind = np.uint16 if places <= 1 << 16 else np.int32
    limit = cap * (1.0 + 1e-12)
    bits = np.uint64(max(1, int(places - 1).bit_length()))
    low = (np.uint64(1) << bits) - np.uint64(1)

    def rows(start: int) -> list[NDArray]:
        centres = np.arange(start, min(start + _ROWS_AT_ONCE, places))
        squared = squared_distances(points, centres)
        # A double of one sign sorts as a whole number: its last bits make room for the place's own number.
        keys = squared.view(np.uint64) & ~low | np.arange(places, dtype=np.uint64)
        keys.sort(axis=1)
        order = (keys & low).astype(np.int64)
        size = np.cumsum(population[order], axis=1)
        found = []
        for row in range(centres.size):
            count = int(np.searchsorted(size[row], limit, side="right"))
            line = order[row, : count + 1]
            distance = squared[row, line]
            if (np.diff(distance) < 0).any() or _ties_cross(keys[row], bits, count):
                line = np.lexsort((np.arange(places), squared[row]))
                distance = squared[row, line]
                count = int(np.searchsorted(np.cumsum(population[line]), limit, side="right"))
            count = min(count, int(np.searchsorted(distance, farthest, side="right")))
            found.append(line[:count].astype(kind))
        return found

    lists = [line for chunk in run(rows, range(0, places, _ROWS_AT_ONCE)) for line in chunk]
    return _flat(lists, kind)


def _ties_cross(keys: NDArray[np.uint64], bits: np.uint64, count: int) -> bool:
    """Whether places that the short keys cannot tell apart lie on both sides of the cap."""
    near_end = keys[max(count - 1, 0) : count + 2] >> bits
    return bool((near_end[1:] == near_end[:-1]).any())


def _flat(lists: list[NDArray], kind: type) -> Zones:
    first = np.zeros(len(lists) + 1, np.int64)
    first[1:] = np.cumsum([line.size for line in lists])
    near = np.concatenate(lists) if lists else np.empty(0, kind)
    return Zones(np.ascontiguousarray(near.astype(kind, copy=False)), first)


def ordered(orders: list[NDArray[np.int64]], population: NDArray[np.float64], cap: float) -> Zones:
    """Zones of neighbour orders that the user supplies, one for each centre."""
    limit = cap * (1.0 + 1e-12)
    kept = [o[: int(np.searchsorted(np.cumsum(population[o]), limit, side="right"))] for o in orders]
    return _flat([o.astype(np.int32) for o in kept], np.int32)


@dataclass(frozen=True)
class Blocks:
    """Zones cut where their size grows: blocks of centre i are `first[i]:first[i + 1]`.

    `stop`: where each ends in `Zones.near`. `number`: its class, by the size of its smallest zone. `classes`:
    how many there are.
    """

    first: NDArray[np.int64]
    stop: NDArray[np.int64]
    number: NDArray[np.int32]
    classes: int


def cut(zones: Zones, expected: NDArray[np.float64], scale: float) -> Blocks:
    """Cut zones into blocks in which the expected count grows by about `scale` standard deviations.

    `expected`: expected cases of each place in the window that matters most, shape (places,).
    """
    total = float(expected.sum())
    steps = [0.0]
    while steps[-1] <= total:
        steps.append(steps[-1] + scale * max(np.sqrt(steps[-1]), 0.2))
    grid = np.array(steps)
    first, stop, number = _cut(zones.near, zones.first, expected, grid)
    return Blocks(first, stop, number, grid.size)


@compiled
def _cut(near: NDArray, first: NDArray, expected: NDArray, grid: NDArray) -> tuple:
    centres = first.size - 1
    block_first = np.zeros(centres + 1, np.int64)
    stop = np.empty(0, np.int64)
    number = np.empty(0, np.int32)
    for filling in range(2):
        many = 0
        for i in range(centres):
            block_first[i] = many
            size = 0.0
            here = 0
            begun = first[i]
            for k in range(first[i], first[i + 1]):
                size += expected[near[k]]
                if k == begun:
                    while here + 2 < grid.size and size >= grid[here + 1]:
                        here += 1
                ended = k + 1 == first[i + 1] or k + 1 - begun >= _LONGEST_BLOCK
                if ended or size >= grid[here + 1]:
                    if filling == 1:
                        stop[many] = k + 1
                        number[many] = here
                    many += 1
                    begun = k + 1
        block_first[centres] = many
        if filling == 0:
            stop = np.empty(many, np.int64)
            number = np.empty(many, np.int32)
    return block_first, stop, number
