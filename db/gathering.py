"""Gathering many rows as numbers: forty bytes for a record, where its texts would take a thousand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from db.cube_sums import Coded

#: Rows that are fetched at a time.
_FETCHED = 10_000


@dataclass(frozen=True)
class Compact:
    """A column of texts as `Coded` has it, in half the memory."""

    names: list[str]
    codes: NDArray[np.int32]

    def part(self, rows: NDArray[np.int64]) -> Coded:
        """Some rows of the column."""
        return Coded(self.names, self.codes[rows].astype(np.int64))


@dataclass(frozen=True)
class Gathered:
    """Columns of texts, numbered, and columns of numbers."""

    texts: list[Compact]
    numbers: list[NDArray[np.int32]]


class _Coding:
    """Numbers the texts of one column in the order in which they come, and in their own order at the end."""

    def __init__(self) -> None:
        self._number: dict[str, int] = {}
        self._parts: list[NDArray[np.int32]] = []

    def add(self, texts: Sequence[str]) -> None:
        for text in sorted(set(texts).difference(self._number)):
            self._number[text] = len(self._number)
        self._parts.append(np.fromiter(map(self._number.__getitem__, texts), np.int32, len(texts)))

    def compact(self) -> Compact:
        names = sorted(self._number)
        rank = np.empty(len(names), np.int32)
        rank[[self._number[name] for name in names]] = np.arange(len(names))
        return Compact(names, rank[np.concatenate(self._parts)])


def gather(result: sa.CursorResult[Any], most: int, *, texts: int) -> Gathered | None:
    """At most `most` of the rows that are left, None where none is: columns of texts, then of numbers."""
    codings: list[_Coding] = []
    numbers: list[list[NDArray[np.int32]]] = []
    left = most
    while left > 0 and (rows := result.fetchmany(min(_FETCHED, left))):
        left -= len(rows)
        columns = list(zip(*rows, strict=True))
        if not codings:
            codings = [_Coding() for _ in range(texts)]
            numbers = [[] for _ in columns[texts:]]
        for coding, column in zip(codings, columns, strict=False):
            coding.add(column)
        for parts, column in zip(numbers, columns[texts:], strict=True):
            parts.append(np.array(column, np.int32))
    if left == most:
        return None
    return Gathered([coding.compact() for coding in codings], [np.concatenate(parts) for parts in numbers])
