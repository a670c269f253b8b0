"""Places in order of their distance, until a zone's cap: two ways that give the same to the last place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from surveillance.scan.kernels.compiled import compiled


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
        squared, population, limit, farthest, found, counts, np.empty(places + 3, np.int32),
        np.empty(places + 3), np.empty(places), np.empty(places, np.int32),
    )  # fmt: skip
    left = np.flatnonzero(counts < 0)
    others = iter(by_keys(squared[left], population, limit, farthest)) if left.size else iter(())
    return [found[row, : counts[row]] if counts[row] >= 0 else next(others) for row in range(rows)]


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
    key: NDArray,
    place: NDArray,
) -> None:
    """Sort each row into as many buckets as there are places, then within them; -1 of `counts`: not sorted.

    Squared distances to places spread over an area are spread evenly: a bucket holds one or two. Equal ones
    stay in the order of their places. Buckets after the one in which the population passes the limit are
    left out. `tally`, `inside`, `key`, `place`: room to work in, for one bucket more than the farthest can
    fall into.
    """
    many = squared.shape[1]
    for row in range(squared.shape[0]):
        largest = 0.0
        for n in range(many):
            largest = max(largest, squared[row, n])
        counts[row] = -1
        if not 1e-200 < largest < 1e200:
            continue  # the next line might overflow
        scale = many / largest
        for value in range(many + 3):
            tally[value] = 0
            inside[value] = 0.0
        for n in range(many):
            bucket = np.int64(squared[row, n] * scale)
            tally[bucket] += 1
            inside[bucket] += population[n]
        work = total = last = 0
        size = 0.0
        # Sums in another order differ in the last digits: hence the margin.
        while last < many + 2 and size <= limit * (1.0 + 1e-9):
            here = int(tally[last])
            size += inside[last]
            work += here * here
            tally[last] = total
            total += here
            last += 1
        if work > 16 * many:
            continue
        tally[last] = total  # places left out go to the end: a processor guesses wrongly whom to skip
        for n in range(many):
            bucket = min(np.int64(squared[row, n] * scale), np.int64(last))
            to = tally[bucket]
            tally[bucket] = to + 1
            key[to] = squared[row, n]
            place[to] = n
        for n in range(1, total):
            distance, number = key[n], place[n]
            k = n
            while k > 0 and key[k - 1] > distance:
                key[k] = key[k - 1]
                place[k] = place[k - 1]
                k -= 1
            key[k] = distance
            place[k] = number
        size = 0.0
        counts[row] = 0
        for n in range(total):
            size += population[place[n]]
            if size > limit or key[n] > farthest:
                break
            found[row, n] = place[n]
            counts[row] = n + 1
