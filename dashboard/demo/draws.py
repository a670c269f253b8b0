"""Random draws that are pure functions of (seed, name of the draw, key of the row).

Every draw is 64 bits of integer arithmetic, so that the same seed gives the same bytes on every machine,
and a row is the same whether it is made alone, in a chunk or with two million others.

The mixing function is the finaliser of SplitMix64 (Steele, Lea & Flood 2014, doi:10.1145/2714064.2660195).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_UNIT = 2.0**-53


def cumulative(weights: Sequence[int] | np.ndarray) -> np.ndarray:
    """Running sums of whole-number weights along the last axis."""
    return np.cumsum(np.asarray(weights, dtype=np.int64), axis=-1)


class Draws:
    """All draws of one seed. `tag` names a draw: two tags are independent of each other."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def _start(self, tag: str) -> np.uint64:
        digest = hashlib.blake2b(f"{self.seed}:{tag}".encode(), digest_size=8).digest()
        return np.uint64(int.from_bytes(digest, "little"))

    def bits(self, tag: str, key: np.ndarray) -> np.ndarray:
        """64 random bits for each key."""
        state = np.asarray(key).astype(np.uint64) * _GOLDEN
        state += self._start(tag)
        state ^= state >> np.uint64(30)
        state *= _FIRST
        state ^= state >> np.uint64(27)
        state *= _SECOND
        state ^= state >> np.uint64(31)
        return state

    def uniform(self, tag: str, key: np.ndarray) -> np.ndarray:
        """A number in [0, 1) for each key."""
        return (self.bits(tag, key) >> np.uint64(11)).astype(np.float64) * _UNIT

    def chance(self, tag: str, key: np.ndarray, probability: float | np.ndarray) -> np.ndarray:
        """Yes with the given probability, for each key."""
        return self.uniform(tag, key) < probability

    def between(self, tag: str, key: np.ndarray, low: int | np.ndarray, high: int | np.ndarray) -> np.ndarray:
        """A whole number from `low` to `high`, both included, for each key."""
        width = np.asarray(high) - np.asarray(low) + 1
        return (self.uniform(tag, key) * width).astype(np.int64) + low

    def pick(self, tag: str, key: np.ndarray, weights: Sequence[int] | np.ndarray) -> np.ndarray:
        """Index into `weights` for each key, in proportion to them."""
        sums = cumulative(weights)
        return np.searchsorted(sums, self.uniform(tag, key) * sums[-1], side="right")

    def pick_by(self, tag: str, key: np.ndarray, table: np.ndarray, row: np.ndarray) -> np.ndarray:
        """Index into one row of `table` (shape (n_rows, n_choices)) for each key."""
        sums = cumulative(table)
        aim = self.uniform(tag, key) * sums[row, -1]
        choice = np.zeros(len(aim), dtype=np.int64)
        for column in range(table.shape[1] - 1):
            choice += aim >= sums[row, column]
        return choice
