"""The records that a file brings of persons, beside those that are held of the same persons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from db.columns.encoding import RecordBatch
from db.cubes.staged_records import Brought

#: The columns of texts of a part, in order (db.persons.read.TEXTS).
Names = tuple[str, ...]
#: A pseudonym as two numbers.
Words = tuple[int, int]
#: Every person up to this one, or all that are left; and what is held of them.
Held = tuple[Words | None, RecordBatch | None]


class Bringer:
    """What a file brings, in the order of the persons, taken from the first to the last.

    Parameters
    ----------
    size
        A part has at least so many rows, while there are any, and then as many as belong to the same person.
    """

    def __init__(self, brought: Brought, names: Names, size: int) -> None:
        self._brought, self._names, self._size = brought, names, size
        order = brought.person.order().astype(np.int32)
        self._rows = order[~brought.person.blank[order]]
        self._first, self._second = brought.person.words[self._rows].T
        self._taken = 0

    def beside(self, held: Iterable[Held]) -> Iterator[RecordBatch]:
        """Parts of persons, in order: what is brought and what is held of each of them together."""
        for last, of_theirs in held:
            end = len(self._rows) if last is None else self._after(last)
            yield from self._up_to(end, of_theirs)
        yield from self._up_to(len(self._rows), None)

    def of_nobody(self) -> Iterator[RecordBatch]:
        """Records that name no person."""
        rows = np.flatnonzero(self._brought.person.blank)
        for begin in range(0, len(rows), self._size):
            yield self._gathered(rows[begin : begin + self._size])

    def _up_to(self, end: int, held: RecordBatch | None) -> Iterator[RecordBatch]:
        while self._taken < end:
            last = self._brought.person.words_of(self._rows[min(self._taken + self._size, end) - 1])
            stop = self._after(last)
            mine = self._gathered(self._rows[self._taken : stop])
            self._taken = stop
            if held is None:
                yield mine
                continue
            theirs = held if stop >= end else held.part(_up_to(held, last))
            held = None if stop >= end else held.part(~_up_to(held, last))
            yield mine.beside(theirs) if len(theirs.numbers[0]) else mine
        if held is not None:
            yield held

    def _after(self, last: Words) -> int:
        """Position after the rows of everybody up to a person."""
        first, second = np.array(last, np.uint64)
        begin, end = np.searchsorted(self._first, first, "left"), np.searchsorted(self._first, first, "right")
        return int(begin + np.searchsorted(self._second[begin:end], second, "right"))

    def _gathered(self, rows: NDArray[Any]) -> RecordBatch:
        """Some rows: they did not stand before, and stand now."""
        texts = [self._brought.texts[name] for name in self._names]
        ones = np.ones(len(rows), np.int32)
        numbers = [self._brought.number(name, rows).astype(np.int32) for name in ("stratum", "cascade")]
        return RecordBatch(
            [text.rows(rows) for text in texts], [*numbers, 0 * ones, ones], self._brought.person.part(rows)
        )


def _up_to(held: RecordBatch, last: Words) -> NDArray[np.bool_]:
    """Which rows belong to persons up to one."""
    assert held.packed is not None  # noqa: S101 - rows of persons
    words = held.packed.words
    first, second = np.array(last, np.uint64)
    return (words[:, 0] < first) | ((words[:, 0] == first) & (words[:, 1] <= second))
