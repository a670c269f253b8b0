"""Rows of a table as text, the same from either database: PostgreSQL's COPY format, a line for each row.

Tabs between values, `\\N` for NULL, a backslash before tab, line end and backslash; bytes in hexadecimal.
PostgreSQL reads and writes it by itself; for SQLite it is made and read here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import IO, Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.core.bulk import quoted

_ROWS = 10_000
_BLOCK = 1 << 20
_NULL = "\\N"
_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPED = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
_ESCAPE = re.compile(r"\\(.)")
_MEANT = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}
#: How numbers, and what else needs it, are told from texts.
_KINDS: tuple[tuple[type, str], ...] = (
    (sa.LargeBinary, "bytes"),
    (sa.Boolean, "boolean"),
    (sa.Integer, "integer"),
    (sa.Numeric, "float"),
    (sa.Float, "float"),
)
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Field:
    """One column of a table as it is in this database."""

    name: str
    kind: str


def fields(connection: Connection, table: str) -> list[Field]:
    """The columns of a table, in their order."""
    return [
        Field(
            column["name"],
            next((kind for type_, kind in _KINDS if isinstance(column["type"], type_)), "text"),
        )
        for column in sa.inspect(connection).get_columns(table)
    ]


def write(connection: Connection, table: str, columns: Sequence[Field], put: Callable[[Any], Any]) -> int:
    """Hand the rows of a table to `put`, some at a time, as bytes; returns how many they were."""
    raw: Any = connection.connection.driver_connection
    rows = 0
    for block in (
        _from_postgresql(raw, table, columns)
        if _is_postgresql(connection)
        else _from_sqlite(raw, table, columns)
    ):
        rows += bytes(block).count(b"\n")
        put(block)
    return rows


def _is_postgresql(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"


def _names(columns: Sequence[Field]) -> str:
    return quoted([column.name for column in columns])


def _from_postgresql(raw: Any, table: str, columns: Sequence[Field]) -> Iterator[Any]:
    with raw.cursor() as cursor, cursor.copy(f'COPY "{table}" ({_names(columns)}) TO STDOUT') as copy:
        yield from copy


def _from_sqlite(raw: Any, table: str, columns: Sequence[Field]) -> Iterator[bytes]:
    made = [_MAKE[column.kind] for column in columns]
    cursor = raw.execute(f'SELECT {_names(columns)} FROM "{table}"')  # noqa: S608 - names of our own tables
    while rows := cursor.fetchmany(_ROWS):
        texts = [make(values) for make, values in zip(made, zip(*rows, strict=True), strict=True)]
        yield ("\n".join(map("\t".join, zip(*texts, strict=True))) + "\n").encode()


def _plain(values: Sequence[Any]) -> list[str]:
    return [_NULL if value is None else str(value) for value in values]


def _text(values: Sequence[Any]) -> list[str]:
    """Texts repeat: each is looked at once."""
    known = {
        value: _NULL if value is None else _SPECIAL.sub(lambda found: _ESCAPED[found[0]], str(value))
        for value in set(values)
    }
    return list(map(known.__getitem__, values))


def _hexadecimal(values: Sequence[Any]) -> list[str]:
    return [_NULL if value is None else "\\\\x" + value.hex() for value in values]


_MAKE: dict[str, Callable[[Sequence[Any]], list[str]]] = {
    "integer": _plain,
    "float": lambda values: [_NULL if value is None else repr(value) for value in values],
    "boolean": lambda values: [_NULL if value is None else "ft"[bool(value)] for value in values],
    "bytes": _hexadecimal,
    "text": _text,
}


def read(
    connection: Connection, table: str, columns: Sequence[Field], source: IO[bytes], tell: Progress
) -> int:
    """Append the rows of `source` to a table; returns how many they were."""
    raw: Any = connection.connection.driver_connection
    return (_to_postgresql if _is_postgresql(connection) else _to_sqlite)(raw, table, columns, source, tell)


def _to_postgresql(raw: Any, table: str, columns: Sequence[Field], source: IO[bytes], tell: Progress) -> int:
    rows = 0
    with raw.cursor() as cursor, cursor.copy(f'COPY "{table}" ({_names(columns)}) FROM STDIN') as copy:
        while block := source.read(_BLOCK):
            copy.write(block)
            rows += block.count(b"\n")
            tell(rows)
    return rows


def _to_sqlite(raw: Any, table: str, columns: Sequence[Field], source: IO[bytes], tell: Progress) -> int:
    marks = ", ".join("?" * len(columns))
    insert = f'INSERT INTO "{table}" ({_names(columns)}) VALUES ({marks})'  # noqa: S608
    read_column = [_READ[column.kind] for column in columns]
    rows = 0
    lines: Iterable[bytes] = iter(source)
    while some := list(islice(lines, _ROWS)):
        cells = zip(*(line[:-1].decode().split("\t") for line in some), strict=True)
        values = [make(column) for make, column in zip(read_column, cells, strict=True)]
        raw.executemany(insert, zip(*values, strict=True))
        rows += len(some)
        tell(rows)
    return rows


def _read_plain(cells: Sequence[str]) -> list[Any]:
    """Whole numbers: the column itself makes numbers of them."""
    return [None if cell == _NULL else cell for cell in cells]


def _read_text(cells: Sequence[str]) -> list[Any]:
    known = {cell: _text_of(cell) for cell in set(cells)}
    return list(map(known.__getitem__, cells))


def _text_of(cell: str) -> str | None:
    if cell == _NULL:
        return None
    return _ESCAPE.sub(lambda found: _MEANT.get(found[1], found[1]), cell) if "\\" in cell else cell


_READ: dict[str, Callable[[Sequence[str]], list[Any]]] = {
    "integer": _read_plain,
    "float": lambda cells: [None if cell == _NULL else float(cell) for cell in cells],
    "boolean": lambda cells: [None if cell == _NULL else int(cell == "t") for cell in cells],
    "bytes": lambda cells: [None if cell == _NULL else bytes.fromhex(cell[3:]) for cell in cells],
    "text": _read_text,
}
