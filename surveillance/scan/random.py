"""Random numbers as a pure function of a seed and a replicate's index, the same on every machine.

xoshiro256++ (Blackman D, Vigna S (2021), Scrambled linear pseudorandom number generators, ACM Transactions on
Mathematical Software 47(4):36, doi:10.1145/3460772), its state filled by SplitMix64 (Steele GL,
Lea D, Flood CH (2014), doi:10.1145/2660193.2660195).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from surveillance.scan.compiled import compiled


@compiled
def _mix(x: int) -> int:
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@compiled
def stream(seed: int, index: int) -> NDArray:
    """State of the generator of replicate `index`, shape (4,), uint64."""
    golden = np.uint64(0x9E3779B97F4A7C15)
    x = _mix(np.uint64(seed) + golden) ^ _mix(np.uint64(index) * np.uint64(0xD1342543DE82EF95) + golden)
    state = np.empty(4, np.uint64)
    for i in range(4):
        x = x + golden
        state[i] = _mix(x)
    return state


@compiled
def _rotate(x: int, by: int) -> int:
    return (x << np.uint64(by)) | (x >> np.uint64(64 - by))


@compiled
def next_bits(state: NDArray) -> int:
    """The next 64 random bits; changes the state."""
    found = _rotate(state[0] + state[3], 23) + state[0]
    t = state[1] << np.uint64(17)
    state[2] ^= state[0]
    state[3] ^= state[1]
    state[1] ^= state[2]
    state[0] ^= state[3]
    state[2] ^= t
    state[3] = _rotate(state[3], 45)
    return found


@compiled
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


@compiled
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
def draw_alias(state: NDArray, threshold: NDArray, alias: NDArray) -> int:
    """One draw: a position in the tables of `alias_table`."""
    i = below(state, threshold.size)
    return i if uniform(state) < threshold[i] else np.int64(alias[i])


@compiled
def choose(state: NDArray, items: NDArray, many: int) -> None:
    """Bring `many` of the items, each set of them equally likely, to the front in random order (in place)."""
    for i in range(many):
        j = i + below(state, items.size - i)
        items[i], items[j] = items[j], items[i]
