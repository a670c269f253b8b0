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
    """State of the generator of replicate `index`, shape (4,)."""
    x = _mix((seed + _GOLDEN) & _WHOLE) ^ _mix((index * 0xD1342543DE82EF95 + _GOLDEN) & _WHOLE)
    return np.array([_mix((x + i * _GOLDEN) & _WHOLE) for i in range(1, 5)], np.uint64)


@inner
def next_bits(state: NDArray) -> int:
    """The next 64 random bits; changes the state."""
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
    """A whole number from 0 to bound - 1, each equally likely; bound at most 2**32.

    Lemire D (2019), Fast random integer generation in an interval, ACM Transactions on Modeling and Computer
    Simulation 29(1):3, doi:10.1145/3230636.
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
    """A number from 0 up to, and not including, 1."""
    return np.float64(next_bits(state) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


def alias_table(weights: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Tables with which one draw from a discrete distribution takes one step.

    Walker AJ (1977), ACM Transactions on Mathematical Software 3(3):253-256,
    doi:10.1145/355744.355749; built as Vose MD (1991), doi:10.1109/32.92917.
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
    """Add `many` draws to the table, each a position in the tables of `alias_table`."""
    for _ in range(many):
        i = below(state, threshold.size)
        if uniform(state) >= threshold[i]:
            i = np.int64(alias[i])
        table[i] += 1


@compiled
def choose(state: NDArray, items: NDArray, first: NDArray, many: NDArray) -> None:
    """Bring `many[s]` items of each part to its front, each set of them equally likely, in random order.

    In place; part s is `items[first[s]:first[s + 1]]`.
    """
    for s in range(many.size):
        for i in range(first[s], first[s] + many[s]):
            j = i + below(state, first[s + 1] - i)
            items[i], items[j] = items[j], items[i]
