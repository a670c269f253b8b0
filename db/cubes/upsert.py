"""Adding sums to a table in bulk. They are made ready without the connection, so that a thread can do it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from psycopg.errors import UniqueViolation
from sqlalchemy import Table, literal, select
from sqlalchemy.engine import Connection
from sqlalchemy.types import TypeEngine

from db.core.bulk import quoted
from db.tables.enum_as_integer import EnumAsInteger

#: Lines that are sent to PostgreSQL at a time.
_WRITTEN = 1_000
#: Values that SQLite is given in one statement.
_AT_ONCE = 2_400


@dataclass(frozen=True)
class Ready:
    """Sums as a database takes them in.

    Parameters
    ----------
    table
        What they are added to.
    sent
        Lines for PostgreSQL, some at a time; values for SQLite, of one statement at a time: put together
        as they are taken, once.
    taking
        Sums may be negative, and a key whose sums all become zero is dropped.
    keys
        Their keys, for SQLite.
    """

    table: Table
    sent: Iterable[bytes] | Iterable[list[Any]]
    taking: bool
    keys: Iterable[tuple[Any, ...]]


def ready(dialect: str, table: Table, columns: Sequence[Sequence[Any]], *, taking: bool) -> Ready:
    """Make sums ready for a kind of database, given by the name of its dialect.

    Parameters
    ----------
    columns
        Those of the table, in order: its primary key, then sums alone. Each key comes once.
    taking
        Sums may be negative, and a key whose sums all become zero is dropped.
    """
    keys = len(table.primary_key.columns)
    columns = [_stored(kept.type, column) for kept, column in zip(table.columns, columns, strict=True)]
    if dialect == "postgresql":
        return Ready(table, list(_lines(keys, columns)), taking, ())
    rows, many = zip(*columns, strict=True), max(1, _AT_ONCE // len(columns))
    values = iter(lambda: list(chain.from_iterable(islice(rows, many))), [])
    return Ready(table, values, taking, zip(*columns[:keys], strict=True))


def add_to_sums(
    connection: Connection,
    table: Table,
    columns: Sequence[Sequence[Any]],
    *,
    taking: bool,
    new: bool = False,
) -> None:
    """Add sums, as `ready` takes them, to those held; as `store` does it."""
    store(connection, ready(connection.dialect.name, table, columns, taking=taking), new=new)


def store(connection: Connection, sums: Ready, *, new: bool = False) -> None:
    """Add sums to those held under the same key; a key not held yet begins with them.

    Parameters
    ----------
    new
        None of the keys should be held: PostgreSQL then stores them in half the time.
    """
    table, added_table = sums.table, f"added_{sums.table.name}"
    keys = [column.name for column in table.primary_key.columns]
    names = [column.name for column in table.columns]
    added = ", ".join(
        f'"{name}" = "{table.name}"."{name}" + excluded."{name}"' for name in names[len(keys) :]
    )
    upsert = f"ON CONFLICT ({quoted(keys)}) DO UPDATE SET {added}"
    empty = " AND ".join(f'"{table.name}"."{name}" = 0' for name in names[len(keys) :])
    raw: Any = connection.connection.driver_connection
    insert = f'INSERT INTO "{table.name}" ({quoted(names)})'
    delete = f'DELETE FROM "{table.name}"'  # noqa: S608 - names of our own tables
    if connection.dialect.name == "postgresql":
        if not sums.taking and (new or _is_empty(connection, table)) and _put(connection, sums):
            return
        # One table for the whole transaction: a new one each time would use up the server's locks.
        raw.execute(
            f'CREATE TEMPORARY TABLE IF NOT EXISTS "{added_table}" (LIKE "{table.name}") ON COMMIT DROP'
        )
        raw.execute(f'TRUNCATE "{added_table}"')
        _copy(connection, added_table, sums)
        raw.execute(f'{insert} SELECT {quoted(names)} FROM "{added_table}" {upsert}')  # noqa: S608
        if sums.taking:
            same = " AND ".join(f'"{table.name}"."{key}" = "{added_table}"."{key}"' for key in keys)
            raw.execute(f'{delete} USING "{added_table}" WHERE {same} AND {empty}')
        return
    row = f"({', '.join('?' * len(names))})"
    for values in sums.sent:
        marks = ", ".join([row] * (len(values) // len(names)))
        raw.execute(f"{insert} VALUES {marks} {upsert}", values)
    if sums.taking:
        same = " AND ".join(f'"{key}" = ?' for key in keys)
        raw.executemany(f"{delete} WHERE {same} AND {empty}", sums.keys)


def _stored(kind: TypeEngine[Any], values: Sequence[Any]) -> Sequence[Any]:
    return kind.stored(values) if isinstance(kind, EnumAsInteger) else values


def _is_empty(connection: Connection, table: Table) -> bool:
    return connection.execute(select(literal(1)).select_from(table).limit(1)).first() is None


def _put(connection: Connection, sums: Ready) -> bool:
    """Store sums under keys that none should be held of; False, and nothing is stored, where one is."""
    try:
        with connection.begin_nested():
            _copy(connection, sums.table.name, sums)
    except UniqueViolation:
        return False
    return True


def _copy(connection: Connection, table: str, sums: Ready) -> None:
    raw: Any = connection.connection.driver_connection
    names = quoted([column.name for column in sums.table.columns])
    with raw.cursor() as cursor, cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
        for lines in sums.sent:
            copy.write(lines)


class _Texts(dict[Any, str]):
    """Values as COPY reads them; each is written out once."""

    def __missing__(self, value: Any) -> str:
        text = str(value) if isinstance(value, int) else _ESCAPED.sub(_escape, value)
        self[value] = text
        return text


class _Lines(dict[tuple[int, ...], str]):
    """Sums as COPY reads them: those of most cells are the sums of many others, too."""

    def __missing__(self, sums: tuple[int, ...]) -> str:
        self[sums] = text = "\t".join(map(str, sums)) + "\n"
        return text


_ESCAPED = re.compile(r"[\\\b\f\n\r\t\v]")


def _escape(found: re.Match[str]) -> str:
    return "\\" + {"\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t", "\v": "v"}.get(found[0], found[0])


def _lines(keys: int, columns: Sequence[Sequence[Any]]) -> Iterator[bytes]:
    """Keys and sums as COPY reads them, in a third of the time that the driver needs to write them out."""
    texts, lines = _Texts(), _Lines()
    written = [map(texts.__getitem__, column) for column in columns[:keys]]
    summed = map(lines.__getitem__, zip(*columns[keys:], strict=True))
    rows = map("\t".join, zip(*written, summed, strict=True))
    while some := "".join(islice(rows, _WRITTEN)):
        yield some.encode()
