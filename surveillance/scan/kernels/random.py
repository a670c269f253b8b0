"""Random numbers as a pure function of a seed and a replicate's index, the same on every machine.

xoshiro256++ (Blackman D, Vigna S (2021), Scrambled linear pseudorandom number generators, ACM Transactions on
Mathematical Software 47(4):36, doi:10.1145/3460772), its state filled by SplitMix64 (Steele GL,
Lea D, Flood CH (2014), doi:10.1145/2660193.2660195).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from surveillance.scan.kernels.compiled import compiled, inner

_WHOLE = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15


def _mix(x: int) -> int:
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _WHOLE
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _WHOLE
    return x ^ (x >> 31)


def stream(seed: int, index: int) -> NDArray[np.uint64]:
    """Make the state of the generator of a replicate.

    Parameters
    ----------
    seed : int
        From 0 to 2^63 - 1.
    index : int
        Number of the replicate.

    Returns
    -------
    ndarray of uint64, shape (4,)

    References
    ----------
    Steele GL, Lea D, Flood CH (2014). doi:10.1145/2660193.2660195

    Examples
    --------
    >>> first, second = stream(1, 0), stream(1, 1)
    >>> first.shape, np.array_equal(first, stream(1, 0)), np.array_equal(first, second)
    ((4,), True, False)
    """
    x = _mix((seed + _GOLDEN) & _WHOLE) ^ _mix((index * 0xD1342543DE82EF95 + _GOLDEN) & _WHOLE)
    return np.array([_mix((x + i * _GOLDEN) & _WHOLE) for i in range(1, 5)], np.uint64)


@inner
def next_bits(state: NDArray) -> int:
    """Draw the next 64 random bits; changes the state.

    Parameters
    ----------
    state : ndarray of uint64, shape (4,)
        As :func:`stream` makes it.

    Returns
    -------
    uint64

    References
    ----------
    Blackman D, Vigna S (2021). ACM Transactions on Mathematical Software 47:36. doi:10.1145/3460772

    Examples
    --------
    The reference implementation of xoshiro256++ gives this number first from the state 1, 2, 3, 4:

    >>> with np.errstate(over="ignore"):
    ...     int(next_bits.py_func(np.array([1, 2, 3, 4], np.uint64)))
    41943041
    """
    x = state[0] + state[3]
    found = ((x << np.uint64(23)) | (x >> np.uint64(41))) + state[0]
    t = state[1] << np.uint64(17)
    state[2] ^= state[0]
    state[3] ^= state[1]
    state[1] ^= state[2]
    state[0] ^= state[3]
    state[2] ^= t
    x = state[3]
    state[3] = (x << np.uint64(45)) | (x >> np.uint64(19))
    return found


@inner
def below(state: NDArray, bound: int) -> int:
    """Draw a whole number from 0 to bound - 1, each equally likely.

    Parameters
    ----------
    state : ndarray of uint64, shape (4,)
        As :func:`stream` makes it; changes.
    bound : int
        At most 2**32.

    Returns
    -------
    int

    References
    ----------
    Lemire D (2019). ACM Transactions on Modeling and Computer Simulation 29:3. doi:10.1145/3230636

    Examples
    --------
    Kernels call it; `choose` draws the position of each item by it:

    >>> items = np.arange(4)
    >>> choose(stream(1, 0), items, np.array([0, 4]), np.array([4]))
    >>> sorted(items.tolist())
    [0, 1, 2, 3]
    """
    n = np.uint64(bound)
    product = (next_bits(state) >> np.uint64(32)) * n
    left = product & np.uint64(0xFFFFFFFF)
    if left < n:
        least = np.uint64((np.uint64(0x100000000) - n) % n)
        while left < least:
            product = (next_bits(state) >> np.uint64(32)) * n
            left = product & np.uint64(0xFFFFFFFF)
    return np.int64(product >> np.uint64(32))


@inner
def uniform(state: NDArray) -> float:
    """Draw a number from 0 up to, and not including, 1.

    Parameters
    ----------
    state : ndarray of uint64, shape (4,)
        As :func:`stream` makes it; changes.

    Returns
    -------
    float

    Examples
    --------
    Kernels call it; `deal` decides by it between two positions of an alias table:

    >>> table = np.zeros(2, np.int32)
    >>> deal(stream(1, 0), *alias_table(np.array([1.0, 0.0])), 5, table)
    >>> table.tolist()
    [5, 0]
    """
    return np.float64(next_bits(state) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


def alias_table(weights: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Make the tables with which one draw from a discrete distribution takes one step.

    Parameters
    ----------
    weights : ndarray of float, shape (n,)
        In proportion to the chances; zero or more.

    Returns
    -------
    threshold : ndarray of float, shape (n,)
        Chance that a position is kept.
    alias : ndarray of int, shape (n,)
        The position that is taken otherwise.

    References
    ----------
    Walker AJ (1977). ACM Transactions on Mathematical Software 3:253-256. doi:10.1145/355744.355749
    Vose MD (1991). IEEE Transactions on Software Engineering 17:972-975. doi:10.1109/32.92917

    Examples
    --------
    >>> threshold, alias = alias_table(np.array([1.0, 3.0]))
    >>> threshold.tolist(), alias.tolist()
    ([0.5, 1.0], [1, 1])
    """
    scaled = (weights * (weights.size / weights.sum())).tolist()
    threshold = np.ones(weights.size)
    alias = np.arange(weights.size, dtype=np.int32)
    small = [i for i, value in enumerate(scaled) if value < 1.0]
    large = [i for i, value in enumerate(scaled) if value >= 1.0]
    while small and large:
        less, more = small.pop(), large[-1]
        threshold[less], alias[less] = scaled[less], more
        scaled[more] -= 1.0 - scaled[less]
        if scaled[more] < 1.0:
            small.append(large.pop())
    for rest in small:  # rounding left them a hair under one
        if scaled[rest] <= 0.0:
            threshold[rest], alias[rest] = 0.0, int(np.argmax(weights))
    return threshold, alias


@compiled
def deal(state: NDArray, threshold: NDArray, alias: NDArray, many: int, table: NDArray) -> None:
    """Add draws to a table, each a position in the tables of `alias_table`.

    Parameters
    ----------
    state : ndarray of uint64, shape (4,)
        As :func:`stream` makes it; changes.
    threshold : ndarray of float, shape (n,)
    alias : ndarray of int, shape (n,)
        As :func:`alias_table` makes them.
    many : int
        Number of draws.
    table : ndarray of int, shape (n,)
        Changes.

    Examples
    --------
    >>> table = np.zeros(3, np.int32)
    >>> deal(stream(1, 0), *alias_table(np.array([1.0, 1.0, 2.0])), 100, table)
    >>> int(table.sum())
    100
    """
    for _ in range(many):
        i = below(state, threshold.size)
        if uniform(state) >= threshold[i]:
            i = np.int64(alias[i])
        table[i] += 1


@compiled
def choose(state: NDArray, items: NDArray, first: NDArray, many: NDArray) -> None:
    """Bring some items of each part to its front, each set of them equally likely, in random order.

    Parameters
    ----------
    state : ndarray of uint64, shape (4,)
        As :func:`stream` makes it; changes.
    items : ndarray, shape (n,)
        Changes.
    first : ndarray of int, shape (parts + 1,)
        Part s is `items[first[s]:first[s + 1]]`.
    many : ndarray of int, shape (parts,)
        Items to bring to the front of each part.

    Examples
    --------
    >>> items = np.arange(6)
    >>> choose(stream(1, 0), items, np.array([0, 3, 6]), np.array([2, 2]))
    >>> sorted(items[:3].tolist()), sorted(items[3:].tolist())
    ([0, 1, 2], [3, 4, 5])
    """
    for s in range(many.size):
        for i in range(first[s], first[s] + many[s]):
            j = i + below(state, first[s + 1] - i)
            items[i], items[j] = items[j], items[i]
