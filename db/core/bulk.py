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


def quoted(names: Sequence[str]) -> str:
    """Names of columns, as SQL lists them."""
    return ", ".join(f'"{name}"' for name in names)


def _copy(connection: Connection, table: str, names: Sequence[str], rows: Iterable[Iterable[Any]]) -> None:
    raw: Any = connection.connection.driver_connection
    with raw.cursor() as cursor, cursor.copy(f'COPY "{table}" ({quoted(names)}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)
