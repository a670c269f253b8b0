"""Places in order of their distance, until a zone's cap: two ways that give the same to the last place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from surveillance.scan.kernels.compiled import compiled, inner

_BYTE = 256


def by_keys(
    squared: NDArray[np.float64], population: NDArray[np.float64], limit: float, farthest: float
) -> list[NDArray]:
    """Sort the places of each row by distance, until the limit: for few places, since it needs no compiling.

    Parameters
    ----------
    squared : ndarray of float, shape (rows, places)
        Squared distances.
    population : ndarray of float, shape (places,)
    limit : float
        Most of the population that the places of a row may hold.
    farthest : float
        Largest squared distance.

    Returns
    -------
    list of ndarray of int, length rows
        Places, nearest first.

    Examples
    --------
    >>> [row.tolist() for row in by_keys(np.array([[0.0, 4.0, 1.0]]), np.ones(3), 2.0, np.inf)]
    [[0, 2]]
    """
    places = population.size
    bits = np.uint64(max(1, int(places - 1).bit_length()))
    low = (np.uint64(1) << bits) - np.uint64(1)
    # A double of one sign sorts as a whole number: its last bits make room for the place's own number.
    keys = squared.view(np.uint64) & ~low | np.arange(places, dtype=np.uint64)
    keys.sort(axis=1)
    order = (keys & low).astype(np.int64)
    size = np.cumsum(population[order], axis=1)
    found = []
    for row in range(squared.shape[0]):
        count = int(np.searchsorted(size[row], limit, side="right"))
        line = order[row, : count + 1]
        distance = squared[row, line]
        if (np.diff(distance) < 0).any() or _ties_cross(keys[row], bits, count):
            line = np.lexsort((np.arange(places), squared[row]))
            distance = squared[row, line]
            count = int(np.searchsorted(np.cumsum(population[line]), limit, side="right"))
        count = min(count, int(np.searchsorted(distance, farthest, side="right")))
        found.append(line[:count])
    return found


def _ties_cross(keys: NDArray[np.uint64], bits: np.uint64, count: int) -> bool:
    """Whether places that the short keys cannot tell apart lie on both sides of the cap."""
    near_end = keys[max(count - 1, 0) : count + 2] >> bits
    return bool((near_end[1:] == near_end[:-1]).any())


def by_buckets(
    squared: NDArray[np.float64], population: NDArray[np.float64], limit: float, farthest: float
) -> list[NDArray]:
    """Sort the places of each row by distance, until the limit: compiled, for many places.

    Rows in which many places lie about as far from the centre go the way of `by_keys`.

    Parameters
    ----------
    squared : ndarray of float, shape (rows, places)
        Squared distances.
    population : ndarray of float, shape (places,)
    limit : float
        Most of the population that the places of a row may hold.
    farthest : float
        Largest squared distance.

    Returns
    -------
    list of ndarray of int, length rows
        Places, nearest first.

    Examples
    --------
    >>> [row.tolist() for row in by_buckets(np.array([[0.0, 4.0, 1.0]]), np.ones(3), 2.0, np.inf)]
    [[0, 2]]
    """
    rows, places = squared.shape
    found = np.empty((rows, places), np.int32)
    counts = np.empty(rows, np.int64)
    _sort_rows(
        squared, population, limit, farthest, found, counts, np.empty((2, _BYTE), np.int64), np.empty(_BYTE),
        np.empty((2, places + 1), np.int64), np.empty(places),
    )  # fmt: skip
    left = np.flatnonzero(counts < 0)
    others = iter(by_keys(squared[left], population, limit, farthest)) if left.size else iter(())
    return [found[row, : counts[row]] if counts[row] >= 0 else next(others) for row in range(rows)]


@inner
def _keys_within(
    line: NDArray, population: NDArray, limit: float, farthest: float, inside: NDArray, keys: NDArray
) -> int:
    """Write 16 bits of each distance, and the place; return how many are kept, or -1.

    Places after those in which the population passes the limit are left out.
    """
    largest = 0.0
    for n in range(line.size):
        largest = max(largest, line[n])
    if not 1e-200 < largest < 1e200:
        return -1  # the next line might overflow
    scale = (_BYTE * _BYTE - 1) / largest
    for value in range(_BYTE):
        inside[value] = 0.0
    for n in range(line.size):
        inside[np.int64(line[n] * scale) >> 8] += population[n]
    size = 0.0
    last = 0
    # Sums in another order differ in the last digits: hence the margin.
    while last < _BYTE and size <= limit * (1.0 + 1e-9):
        size += inside[last]
        last += 1
    total = 0
    for n in range(line.size):  # without a branch: a processor guesses wrongly whom to skip
        short = np.int64(line[n] * scale)
        keys[total] = (short << 32) | n
        total += (short < last * _BYTE) & (line[n] <= farthest)
    return total


@inner
def _by_short_keys(once: NDArray, twice: NDArray, total: int, low: NDArray, high: NDArray) -> None:
    """Sort by the 16 bits, byte by byte; equal ones stay in their order."""
    for value in range(_BYTE):
        low[value] = high[value] = 0
    for n in range(total):
        low[(once[n] >> 32) & (_BYTE - 1)] += 1
        high[once[n] >> 40] += 1
    below_low = below_high = 0
    for value in range(_BYTE):
        here, there = low[value], high[value]
        low[value], high[value] = below_low, below_high
        below_low += here
        below_high += there
    for n in range(total):
        value = (once[n] >> 32) & (_BYTE - 1)
        twice[low[value]] = once[n]
        low[value] += 1
    for n in range(total):
        value = twice[n] >> 40
        once[high[value]] = twice[n]
        high[value] += 1


@compiled
def _sort_rows(
    squared: NDArray,
    population: NDArray,
    limit: float,
    farthest: float,
    found: NDArray,
    counts: NDArray,
    tally: NDArray,
    inside: NDArray,
    keys: NDArray,
    key: NDArray,
) -> None:
    """Sort each row by 16 bits of the distance, then mend the order; -1 of `counts`: not sorted.

    Equal distances stay in the order of their places. `tally`, `inside`, `keys`, `key`: room to work in.
    """
    many = squared.shape[1]
    for row in range(squared.shape[0]):
        counts[row] = -1
        total = _keys_within(squared[row], population, limit, farthest, inside, keys[0])
        if total < 0:
            continue
        _by_short_keys(keys[0], keys[1], total, tally[0], tally[1])
        work = 0
        for n in range(total):
            number = keys[0, n] & 0xFFFFFFFF
            distance = squared[row, number]
            k = n
            while k > 0 and key[k - 1] > distance:
                key[k] = key[k - 1]
                found[row, k] = found[row, k - 1]
                k -= 1
            key[k] = distance
            found[row, k] = number
            work += n - k
            if work > 16 * many:
                break
        if work > 16 * many:
            continue
        size = 0.0
        count = 0
        while count < total:
            size += population[found[row, count]]
            if size > limit:
                break
            count += 1
        counts[row] = count
