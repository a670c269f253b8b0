"""Bounds on the sizes of windows: what lets a kernel skip whole blocks without looking into them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveillance.scan.compiled import compiled
from surveillance.scan.expected import Sizes
from surveillance.scan.zones import Blocks

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


def lane_sizes(sizes: Sizes, shortest: int, longest: int, whole: bool) -> NDArray[np.float64]:
    """Size of each place in each kind of window, shape (places, kinds): the last so many units, or all."""
    if whole:
        return np.ascontiguousarray(sizes.weights[:, None])
    if sizes.cells is None:
        shares = np.cumsum(sizes.share[::-1])[shortest - 1 : longest]
        return sizes.weights[:, None] * shares[None, :]
    return np.ascontiguousarray(np.cumsum(sizes.cells[:, ::-1], axis=1)[:, shortest - 1 : longest])


@compiled
def smallest_and_largest(
    near: NDArray,
    first: NDArray,
    block_first: NDArray,
    block_stop: NDArray,
    block_class: NDArray,
    classes: int,
    sizes: NDArray,
) -> tuple[NDArray, NDArray, NDArray]:
    """Size of the zone before each block; and over all blocks of a class the sizes of the smallest zone and
    of the largest; each for each kind of window.
    """
    kinds = sizes.shape[1]
    before = np.empty((block_stop.size, kinds))
    smallest = np.empty((classes, kinds))
    smallest.fill(np.inf)
    largest = np.zeros((classes, kinds))
    for i in range(first.size - 1):
        size = np.zeros(kinds)
        start = first[i]
        for b in range(block_first[i], block_first[i + 1]):
            number = block_class[b]
            for j in range(kinds):
                before[b, j] = size[j]
                smallest[number, j] = min(smallest[number, j], size[j] + sizes[near[start], j])
            for k in range(start, block_stop[b]):
                for j in range(kinds):
                    size[j] += sizes[near[k], j]
            for j in range(kinds):
                largest[number, j] = max(largest[number, j], size[j])
            start = block_stop[b]
    for number in range(classes):
        for j in range(kinds):
            if smallest[number, j] == np.inf:
                smallest[number, j] = 0.0
    return before, smallest, largest


def window_bounds(
    near: NDArray, first: NDArray, blocks: Blocks, sizes: Sizes, groups: Groups
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For each group of lengths and last unit, over all blocks of its class: the size of its shortest window
    in a block's smallest zone, and of its longest in a block's largest; shape (groups, units).
    """
    units = sizes.share.size
    lists = (near, first, blocks.first, blocks.stop, blocks.number)
    if sizes.cells is None:
        _, small, large = smallest_and_largest(*lists, blocks.classes, sizes.weights[:, None])
        share = np.concatenate([[0.0], np.cumsum(sizes.share)])
        ends = np.arange(units) + 1
        short = share[ends][None, :] - share[np.maximum(ends[None, :] - groups.shortest[:, None], 0)]
        long = share[ends][None, :] - share[np.maximum(ends[None, :] - groups.longest[:, None], 0)]
        return small[groups.of_class] * short, large[groups.of_class] * long
    running = np.zeros((sizes.cells.shape[0], units + 1))
    np.cumsum(sizes.cells, axis=1, out=running[:, 1:])
    return _window_bounds(*lists, running, groups.first, groups.shortest, groups.longest)


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
) -> tuple[NDArray, NDArray]:
    units = running.shape[1] - 1
    smallest = np.empty((shortest.size, units))
    smallest.fill(np.inf)
    largest = np.zeros((shortest.size, units))
    for i in range(first.size - 1):
        size = np.zeros(units + 1)
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
    for g in range(shortest.size):
        for t in range(units):
            if smallest[g, t] == np.inf:
                smallest[g, t] = 0.0
    return smallest, largest
