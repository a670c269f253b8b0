"""Bulk rows: the one exception to SQLAlchemy Core.

Tuples through the driver on SQLite, COPY on PostgreSQL: 6 and 50 times faster than Core's executemany.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.engine import Connection


def insert_rows(connection: Connection, table: Table, rows: Sequence[Iterable[Any]]) -> None:
    """Append `rows`, given in the order of the table's columns."""
    if not rows:
        return
    names = [column.name for column in table.columns]
    if connection.dialect.name == "postgresql":
        _copy(connection, table.name, names, rows)
        return
    marks = ", ".join("?" * len(names))
    connection.exec_driver_sql(
        f'INSERT INTO "{table.name}" ({quoted(names)}) VALUES ({marks})',  # noqa: S608 - names of our own tables
        list(map(tuple, rows)),
    )


def update_rows(
    connection: Connection, table: Table, names: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Write other values into rows: each of `rows` is the row's `id`, then the values of `names`."""
    if not rows:
        return
    raw: Any = connection.connection.driver_connection
    if connection.dialect.name != "postgresql":
        values = ", ".join(f'"{name}" = ?' for name in names)
        changed = ((*row[1:], row[0]) for row in rows)
        raw.executemany(f'UPDATE "{table.name}" SET {values} WHERE "id" = ?', changed)  # noqa: S608
        return
    new, listed = f"changed_{table.name}", quoted(("id", *names))
    raw.execute(
        f'CREATE TEMPORARY TABLE IF NOT EXISTS "{new}" ON COMMIT DROP AS '  # noqa: S608
        f'SELECT {listed} FROM "{table.name}" WITH NO DATA'
    )
    raw.execute(f'TRUNCATE "{new}"')
    _copy(connection, new, ("id", *names), rows)
    values = ", ".join(f'"{name}" = "{new}"."{name}"' for name in names)
    raw.execute(f'UPDATE "{table.name}" SET {values} FROM "{new}" WHERE "{table.name}".id = "{new}".id')  # noqa: S608


def add_to_sums(
    connection: Connection, table: Table, columns: Sequence[Sequence[Any]], *, taking: bool
) -> None:
    """Add sums to those held under the same key; a key not held yet begins with them.

    The key is the table's primary key, every other column a sum. `columns` are those of the table, in order,
    and hold each key once. `taking`: sums may be negative, and a key whose sums all become zero is dropped.
    """
    keys = [column.name for column in table.primary_key.columns]
    names = [column.name for column in table.columns]
    sums = names[len(keys) :]
    added = ", ".join(f'"{name}" = "{table.name}"."{name}" + excluded."{name}"' for name in sums)
    upsert = f"ON CONFLICT ({quoted(keys)}) DO UPDATE SET {added}"
    empty = " AND ".join(f'"{table.name}"."{name}" = 0' for name in sums)
    raw: Any = connection.connection.driver_connection
    insert = f'INSERT INTO "{table.name}" ({quoted(names)})'
    delete = f'DELETE FROM "{table.name}"'  # noqa: S608 - names of our own tables
    if connection.dialect.name == "postgresql":
        nothing = f'SELECT 1 FROM "{table.name}" LIMIT 1'  # noqa: S608 - name of our own table
        if not taking and raw.execute(nothing).fetchone() is None:  # no key to look for
            _copy(connection, table.name, names, zip(*columns, strict=True))
            return
        new = f"added_{table.name}"
        # One table for the whole transaction: a new one each time would use up the server's locks.
        raw.execute(f'CREATE TEMPORARY TABLE IF NOT EXISTS "{new}" (LIKE "{table.name}") ON COMMIT DROP')
        raw.execute(f'TRUNCATE "{new}"')
        _copy(connection, new, names, zip(*columns, strict=True))
        raw.execute(f'{insert} SELECT {quoted(names)} FROM "{new}" {upsert}')  # noqa: S608
        if taking:
            same = " AND ".join(f'"{table.name}"."{key}" = "{new}"."{key}"' for key in keys)
            raw.execute(f'{delete} USING "{new}" WHERE {same} AND {empty}')
        return
    marks = ", ".join("?" * len(names))
    raw.executemany(f"{insert} VALUES ({marks}) {upsert}", zip(*columns, strict=True))
    if taking:
        same = " AND ".join(f'"{key}" = ?' for key in keys)
        raw.executemany(f"{delete} WHERE {same} AND {empty}", zip(*columns[: len(keys)], strict=True))


def quoted(names: Sequence[str]) -> str:
    """Names of columns, as SQL lists them."""
    return ", ".join(f'"{name}"' for name in names)


def _copy(connection: Connection, table: str, names: Sequence[str], rows: Iterable[Iterable[Any]]) -> None:
    raw: Any = connection.connection.driver_connection
    with raw.cursor() as cursor, cursor.copy(f'COPY "{table}" ({quoted(names)}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)
