"""Bounds on the sizes of windows: what lets a kernel skip whole blocks without looking into them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveillance.scan.kernels.compiled import compiled
from surveillance.scan.problem.expected import Sizes
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
    """Group lengths so that a group's longest window expects little more than its shortest.

    `per_unit`: expected cases in one unit of time, for each class of blocks. Large zones get a group for each
    length, small ones a few.
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
    """Size of each place in each kind of window, shape (places, kinds): the last so many units.

    None where a place's weight times the kind's share says it.
    """
    if whole or sizes.cells is None:
        return None
    return np.ascontiguousarray(np.cumsum(sizes.cells[:, ::-1], axis=1)[:, shortest - 1 : longest])


def lane_share(sizes: Sizes, shortest: int, longest: int, whole: bool) -> NDArray[np.float64]:
    """Share of each kind of window in the whole period."""
    return np.ones(1) if whole else np.cumsum(sizes.share[::-1])[shortest - 1 : longest]


def lane_bounds(
    zones: Zones, blocks: Blocks, share: NDArray[np.float64], cells: NDArray | None
) -> tuple[NDArray | None, NDArray, NDArray]:
    """Size of the zone before each block (None where weights say it); and over all blocks of a class the
    sizes of the smallest zone and of the largest; each for each kind of window.
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
    """For each group of lengths and last unit, over all blocks of its class: the size of its shortest window
    in a block's smallest zone, and of its longest in a block's largest; shape (groups, units).
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
