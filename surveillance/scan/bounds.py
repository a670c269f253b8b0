"""Bounds on the sizes of windows: what lets a kernel skip whole blocks without looking into them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveillance.scan.kernels.compiled import compiled
from surveillance.scan.problem.sizes import Sizes
from surveillance.scan.problem.zones import Blocks, Zones

#: Growth of the expected count within a group of lengths, in standard deviations.
_GROWTH = 0.5


@dataclass(frozen=True)
class Groups:
    """Lengths of windows in groups, for each class of blocks: `first[c]:first[c + 1]` are class c's.

    `shortest`, `longest`: of each group. `of_class`: the class each group belongs to.
    """

    first: NDArray[np.int64]
    shortest: NDArray[np.int64]
    longest: NDArray[np.int64]

    @property
    def of_class(self) -> NDArray[np.int64]:
        """Class of each group, shape (groups,)."""
        return np.repeat(np.arange(self.first.size - 1), np.diff(self.first))


def group_lengths(shortest: int, longest: int, per_unit: NDArray[np.float64]) -> Groups:
    """Group lengths so that the longest window of a group expects little more than its shortest.

    Large zones get a group for each length, small ones a few.

    Parameters
    ----------
    shortest, longest : int
        Lengths of windows, in units of time.
    per_unit : ndarray of float, shape (classes,)
        Expected cases in one unit of time, for each class of blocks.

    Returns
    -------
    Groups

    Examples
    --------
    >>> groups = group_lengths(1, 4, np.array([0.01, 25.0]))
    >>> groups.shortest.tolist(), groups.longest.tolist(), groups.of_class.tolist()
    ([1, 1, 2, 3, 4], [4, 1, 2, 3, 4], [0, 1, 1, 1, 1])
    """
    first, starts, ends = [0], [], []
    for expected in per_unit:
        length = shortest
        while length <= longest:
            slack = _GROWTH * max(np.sqrt(length * expected), 0.2)
            end = min(longest, length + int(slack / expected) if expected > 0 else longest)
            starts.append(length)
            ends.append(end)
            length = end + 1
        first.append(len(starts))
    return Groups(np.array(first), np.array(starts), np.array(ends))


def lane_cells(sizes: Sizes, shortest: int, longest: int, whole: bool) -> NDArray[np.float64] | None:
    """Return the size of each place in each kind of window: the last units of time, so many.

    Parameters
    ----------
    sizes : Sizes
        Expected cases, or persons tested.
    shortest, longest : int
        Lengths of windows, in units of time.
    whole : bool
        Whether the only window is the whole period.

    Returns
    -------
    ndarray of float, shape (places, kinds), or None
        None where a place's weight times the share of the kind says it.

    Examples
    --------
    >>> sizes = Sizes(np.array([6.0]), np.full(3, 1 / 3), np.array([[1.0, 2.0, 3.0]]))
    >>> lane_cells(sizes, 1, 2, whole=False).tolist()
    [[3.0, 5.0]]
    """
    if whole or sizes.cells is None:
        return None
    return np.ascontiguousarray(np.cumsum(sizes.cells[:, ::-1], axis=1)[:, shortest - 1 : longest])


def lane_share(sizes: Sizes, shortest: int, longest: int, whole: bool) -> NDArray[np.float64]:
    """Return the share of each kind of window in the whole period.

    Parameters
    ----------
    sizes : Sizes
        Expected cases, or persons tested.
    shortest, longest : int
        Lengths of windows, in units of time.
    whole : bool
        Whether the only window is the whole period.

    Returns
    -------
    ndarray of float, shape (kinds,)

    Examples
    --------
    >>> lane_share(Sizes(np.ones(1), np.full(4, 0.25)), 1, 2, whole=False).tolist()
    [0.25, 0.5]
    """
    return np.ones(1) if whole else np.cumsum(sizes.share[::-1])[shortest - 1 : longest]


def lane_bounds(
    zones: Zones, blocks: Blocks, share: NDArray[np.float64], cells: NDArray | None
) -> tuple[NDArray | None, NDArray, NDArray]:
    """Bound the sizes of zones in each kind of window.

    Parameters
    ----------
    zones : Zones
    blocks : Blocks
        The blocks of these zones.
    share : ndarray of float, shape (kinds,)
        Share of each kind of window in the whole period.
    cells : ndarray of float, shape (places, kinds), or None
        Size of each place in each kind of window; None where weights and shares say it.

    Returns
    -------
    before : ndarray of float, shape (blocks, kinds), or None
        Size of the zone before each block; None where weights say it.
    smallest, largest : ndarray of float, shape (classes, kinds)
        Over all blocks of a class, the sizes of the smallest zone and of the largest.

    Examples
    --------
    >>> from surveillance.scan.problem.zones import cut
    >>> zones = Zones(np.array([0, 1], np.uint16), np.array([0, 2]))
    >>> blocks = cut(zones, np.ones(2), 1.0, 9.0)
    >>> before, smallest, largest = lane_bounds(zones, blocks, np.array([0.5]), None)
    >>> float(smallest.max()), float(largest.max())
    (0.5, 1.0)
    """
    if cells is None:
        return None, blocks.smallest[:, None] * share, blocks.largest[:, None] * share
    before = np.empty((blocks.stop.size, cells.shape[1]))
    smallest = np.full((blocks.classes, cells.shape[1]), np.inf)
    largest = np.zeros(smallest.shape)
    _lane_bounds(
        zones.near, zones.first, blocks.first, blocks.stop, blocks.number, cells,
        np.empty(cells.shape[1]), before, smallest, largest,
    )  # fmt: skip
    smallest[np.isinf(smallest)] = 0.0
    return before, smallest, largest


@compiled
def _lane_bounds(
    near: NDArray,
    first: NDArray,
    block_first: NDArray,
    block_stop: NDArray,
    block_class: NDArray,
    cells: NDArray,
    size: NDArray,
    before: NDArray,
    smallest: NDArray,
    largest: NDArray,
) -> None:
    for i in range(first.size - 1):
        size.fill(0.0)
        start = first[i]
        for b in range(block_first[i], block_first[i + 1]):
            number = block_class[b]
            for j in range(size.size):
                before[b, j] = size[j]
                smallest[number, j] = min(smallest[number, j], size[j] + cells[near[start], j])
            for k in range(start, block_stop[b]):
                for j in range(size.size):
                    size[j] += cells[near[k], j]
            for j in range(size.size):
                largest[number, j] = max(largest[number, j], size[j])
            start = block_stop[b]


def window_bounds(
    zones: Zones, blocks: Blocks, sizes: Sizes, groups: Groups
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bound the sizes of windows, for each group of lengths and last unit.

    Parameters
    ----------
    zones : Zones
    blocks : Blocks
        The blocks of these zones.
    sizes : Sizes
        Expected cases, or persons tested.
    groups : Groups
        Lengths of windows in groups, for each class of blocks.

    Returns
    -------
    smallest, largest : ndarray of float, shape (groups, units)
        Over all blocks of the group's class: the size of the shortest window in the smallest zone of a block,
        and of the longest window in the largest zone.

    Examples
    --------
    >>> from surveillance.scan.problem.zones import cut
    >>> zones = Zones(np.array([0, 1], np.uint16), np.array([0, 2]))
    >>> blocks, sizes = cut(zones, np.ones(2), 1.0, 9.0), Sizes(np.ones(2), np.full(2, 0.5))
    >>> smallest, largest = window_bounds(zones, blocks, sizes, group_lengths(1, 1, blocks.largest))
    >>> smallest.max(axis=0).tolist(), largest.max(axis=0).tolist()
    ([0.5, 0.5], [1.0, 1.0])
    """
    units = sizes.share.size
    if sizes.cells is None:
        share = np.concatenate([[0.0], np.cumsum(sizes.share)])
        ends = np.arange(units) + 1
        short = share[ends][None, :] - share[np.maximum(ends[None, :] - groups.shortest[:, None], 0)]
        long = share[ends][None, :] - share[np.maximum(ends[None, :] - groups.longest[:, None], 0)]
        return (
            blocks.smallest[groups.of_class, None] * short,
            blocks.largest[groups.of_class, None] * long,
        )
    running = np.zeros((sizes.cells.shape[0], units + 1))
    np.cumsum(sizes.cells, axis=1, out=running[:, 1:])
    smallest = np.full((groups.shortest.size, units), np.inf)
    largest = np.zeros(smallest.shape)
    _window_bounds(
        zones.near, zones.first, blocks.first, blocks.stop, blocks.number, running, groups.first,
        groups.shortest, groups.longest, np.empty(units + 1), smallest, largest,
    )  # fmt: skip
    smallest[np.isinf(smallest)] = 0.0
    return smallest, largest


@compiled
def _window_bounds(
    near: NDArray,
    first: NDArray,
    block_first: NDArray,
    block_stop: NDArray,
    block_class: NDArray,
    running: NDArray,
    group_first: NDArray,
    shortest: NDArray,
    longest: NDArray,
    size: NDArray,
    smallest: NDArray,
    largest: NDArray,
) -> None:
    units = running.shape[1] - 1
    for i in range(first.size - 1):
        size.fill(0.0)
        start = first[i]
        for b in range(block_first[i], block_first[i + 1]):
            number = block_class[b]
            for t in range(units + 1):
                size[t] += running[near[start], t]
            for g in range(group_first[number], group_first[number + 1]):
                for t in range(units):
                    here = size[t + 1] - size[max(t + 1 - shortest[g], 0)]
                    smallest[g, t] = min(smallest[g, t], here)
            for k in range(start + 1, block_stop[b]):
                for t in range(units + 1):
                    size[t] += running[near[k], t]
            for g in range(group_first[number], group_first[number + 1]):
                for t in range(units):
                    here = size[t + 1] - size[max(t + 1 - longest[g], 0)]
                    largest[g, t] = max(largest[g, t], here)
            start = block_stop[b]
