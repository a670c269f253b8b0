"""Gathering many rows as numbers: forty bytes for a record, where its texts would take a thousand.

Pseudonyms have 32 hexadecimal digits, nearly all different: they are kept as the number that they are.
"""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from db.columns.sums import Coded

#: Rows that are fetched at a time.
FETCHED = 10_000
_HEX = 32


@dataclass(frozen=True)
class DictionaryColumn:
    """A column of texts as `Coded` has it, in half the memory."""

    names: list[Any]
    codes: NDArray[Any]

    def part(self, rows: NDArray[Any]) -> Coded:
        """Some rows of the column."""
        return Coded(self.names, self.codes[rows].astype(np.int64))

    def among(self, chosen: Collection[str]) -> NDArray[np.bool_]:
        """Which rows hold one of the chosen texts."""
        return np.isin(self.codes, [code for code, name in enumerate(self.names) if name in chosen])

    def rows(self, rows: NDArray[Any]) -> DictionaryColumn:
        """Some rows, as a column like this."""
        return DictionaryColumn(self.names, self.codes[rows])

    def called(self, texts: Sequence[str]) -> DictionaryColumn:
        """The column with other texts in place of its own, `texts` in the order of `names`."""
        names = sorted(set(texts))
        number = {name: position for position, name in enumerate(names)}
        positions = np.array([number[text] for text in texts], _narrow(len(names)))
        return DictionaryColumn(names, positions[self.codes])

    def replaced(self, rows: NDArray[Any], texts: Sequence[str]) -> DictionaryColumn:
        """The column with other texts in some rows, which are named once each."""
        others = DictionaryBuilder()
        others.add(texts)
        both = self.beside(others.finish())
        codes = both.codes[: len(self.codes)]
        codes[rows] = both.codes[len(self.codes) :]
        return DictionaryColumn(both.names, codes)

    def beside(self, other: DictionaryColumn) -> DictionaryColumn:
        """The column, and below it the other."""
        names = sorted({*self.names, *other.names})
        number = {name: position for position, name in enumerate(names)}
        codes = [
            np.array([number[name] for name in column.names], _narrow(len(names)))[column.codes]
            for column in (self, other)
        ]
        return DictionaryColumn(names, np.concatenate(codes))


@dataclass(frozen=True)
class BinaryColumn:
    """A column of texts of 32 hexadecimal digits, or blank: two numbers each, shape (n, 2)."""

    words: NDArray[np.uint64]
    blank: NDArray[np.bool_]

    @classmethod
    def of(cls, texts: Sequence[str]) -> BinaryColumn:
        """Pack the texts.

        >>> BinaryColumn.of(["0123456789abcdef" * 2, ""]).texts()
        ['0123456789abcdef0123456789abcdef', '']
        """
        digits = np.array(texts, f"S{_HEX}").view(np.uint8).reshape(-1, _HEX)
        values = (digits & 15) + 9 * (digits >> 6)  # a letter's lower bits count from 1
        words = (values[:, ::2] << 4 | values[:, 1::2]).view(">u8")
        return cls(words.astype(np.uint64), digits[:, 0] == 0)

    @classmethod
    def together(cls, some: Sequence[BinaryColumn]) -> BinaryColumn:
        """Several, one below the other."""
        return cls(np.concatenate([one.words for one in some]), np.concatenate([one.blank for one in some]))

    def part(self, rows: NDArray[Any]) -> BinaryColumn:
        """Some rows of the column."""
        return BinaryColumn(self.words[rows], self.blank[rows])

    def words_of(self, row: int) -> tuple[int, int]:
        """One of them."""
        return int(self.words[row, 0]), int(self.words[row, 1])

    def order(self) -> NDArray[np.int64]:
        """Positions in the order of the texts."""
        first, second = self.words.T
        order: NDArray[np.int64] = np.lexsort((second, first))
        return order

    def codes(self) -> NDArray[np.int64]:
        """Equal texts as equal numbers, in the order of the texts."""
        order = self.order()
        ordered = self.words[order]
        begins = np.concatenate(([False], np.any(ordered[1:] != ordered[:-1], axis=1)))
        codes = np.empty(len(order), np.int64)
        codes[order] = np.cumsum(begins[: len(order)])
        return codes

    def texts(self) -> list[str]:
        """As they were."""
        rows = zip(*self.words.T.tolist(), self.blank.tolist(), strict=True)
        return ["" if blank else f"{first:016x}{second:016x}" for first, second, blank in rows]


@dataclass(frozen=True)
class RecordBatch:
    """Columns of texts, numbered, and columns of numbers; and a packed column, where the first is one."""

    texts: list[DictionaryColumn]
    numbers: list[NDArray[np.int32]]
    packed: BinaryColumn | None = None

    def part(self, rows: NDArray[Any]) -> RecordBatch:
        """Some rows."""
        return RecordBatch(
            [text.rows(rows) for text in self.texts],
            [number[rows] for number in self.numbers],
            self.packed and self.packed.part(rows),
        )

    def beside(self, other: RecordBatch) -> RecordBatch:
        """These rows, and below them those of another with the same columns."""
        return RecordBatch(
            [mine.beside(its) for mine, its in zip(self.texts, other.texts, strict=True)],
            [np.concatenate(both) for both in zip(self.numbers, other.numbers, strict=True)],
            self.packed and other.packed and BinaryColumn.together([self.packed, other.packed]),
        )


def _narrow(count: int) -> type[np.uint16] | type[np.int32]:
    """A type that holds `count` numbers from 0."""
    return np.uint16 if count <= 1 << 16 else np.int32


class DictionaryBuilder:
    """Numbers the texts of one column in the order in which they come, and in their own order at the end."""

    def __init__(self) -> None:
        self._number: dict[Any, int] = {}
        self._parts: list[NDArray[Any]] = []

    def add(self, texts: Sequence[Any]) -> None:
        """More of the column: texts, or whatever else has an order."""
        for text in sorted(set(texts).difference(self._number)):
            self._number[text] = len(self._number)
        kind = _narrow(len(self._number))
        self._parts.append(np.fromiter(map(self._number.__getitem__, texts), kind, len(texts)))

    def finish(self) -> DictionaryColumn:
        """The whole column."""
        names = sorted(self._number)
        rank = np.empty(len(names), _narrow(len(names)))
        rank[[self._number[name] for name in names]] = np.arange(len(names))
        return DictionaryColumn(names, rank[np.concatenate(self._parts)])


Rows = Sequence[Sequence[Any]]


def fetched(result: sa.CursorResult[Any], most: int) -> Iterator[Rows]:
    """At most `most` of the rows that are left, some at a time."""
    while most > 0 and (rows := result.fetchmany(min(FETCHED, most))):
        most -= len(rows)
        yield rows


class WholeParts:
    """Rows in the order of one of their columns, in parts of which none ends amid equal ones.

    Parameters
    ----------
    key
        Position of that column.
    size
        A part has at least so many rows, while there are any, and then as many as are equal to the last.
    most
        With so many it ends even amid equal ones.
    """

    def __init__(self, result: sa.CursorResult[Any], key: int, size: int, most: int | None = None) -> None:
        self._result, self._key, self._size, self._most = result, key, size, most
        self._held: Rows = []
        self._cut = False
        #: Whether the part that was given last began or ended amid equal rows.
        self.amid = False

    def part(self) -> Iterator[Rows]:
        """The rows of the next part, some at a time."""
        began, self._cut = self._cut, False
        given, last = 0, None
        while given < self._size and (rows := self._take()):
            given, last = given + len(rows), rows[-1][self._key]
            yield rows
        while rows := self._take():
            same = next((at for at, row in enumerate(rows) if row[self._key] != last), len(rows))
            if self._most is not None and given + same > self._most:
                self._held, self._cut = rows, same > 0
                break
            self._held = rows[same:]
            given += same
            if same:
                yield rows[:same]
            if self._held:
                break
        self.amid = began or self._cut

    def close(self) -> None:
        """Let go of what was not read."""
        self._result.close()

    def _take(self) -> Rows:
        rows: Rows = self._held or self._result.fetchmany(min(FETCHED, self._size))
        self._held = []
        return rows


@contextmanager
def little_cache(connection: Connection) -> Iterator[None]:
    """SQLite sorts in as much memory as it keeps pages in: few, and those it had are given back."""
    if connection.dialect.name != "sqlite":
        yield
        return
    usual = connection.exec_driver_sql("PRAGMA cache_size").scalar_one()
    connection.exec_driver_sql("PRAGMA cache_size=-8192")
    connection.exec_driver_sql("PRAGMA shrink_memory")
    _give_back()
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA cache_size={usual}")


def gather(chunks: Iterable[Rows], *, texts: int, packed: bool = False) -> RecordBatch | None:
    """Rows as columns, None where there are none.

    Columns of texts first, then of numbers. `packed`: before them one of pseudonyms.
    """
    builders: list[DictionaryBuilder] = []
    numbers: list[list[NDArray[np.int32]]] = []
    packs: list[BinaryColumn] = []
    for rows in chunks:
        columns = list(zip(*rows, strict=True))
        if packed:
            packs.append(BinaryColumn.of(columns.pop(0)))
        if not numbers:
            builders = [DictionaryBuilder() for _ in range(texts)]
            numbers = [[] for _ in columns[texts:]]
        for builder, column in zip(builders, columns, strict=False):
            builder.add(column)
        for parts, column in zip(numbers, columns[texts:], strict=True):
            parts.append(np.array(column, np.int32))
    if not numbers:
        return None
    return RecordBatch(
        [builder.finish() for builder in builders],
        [np.concatenate(parts) for parts in numbers],
        BinaryColumn.together(packs) if packed else None,
    )


def _give_back() -> None:
    """Give memory that is no longer used back to the system, where its allocator can be asked to (glibc)."""
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
