"""Everything that two databases hold, as values that can be compared whatever they are kept in."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from db.core.engine import connect
from db.cubes import update as cubes
from db.maintenance.opening import open_database
from db.persons import update as persons
from db.tables.persons import cube_person
from db.tables.records import cube_group, cube_stratum, cube_total
from db.tables.schema import TABLES

CUBES = [*cube_total.values(), *cube_group.values(), *cube_stratum.values(), cube_person]
#: The trail of the looking itself.
TRAIL = ("audit", "audit_head")
Rows = dict[str, list[tuple[Any, ...]]]
#: Columns of numbers that a database gives rows of itself.
_NUMBERED = {("episode", "id"), ("unplaced", "episode"), ("aggregate_value", "id")}


def everything(url: str, *, without: tuple[str, ...] = TRAIL) -> Rows:
    """Every row of every table, in order; the audit trail of the looking itself left out."""
    database = open_database(url)
    found: Rows = {}
    for history, tables in TABLES.items():
        with getattr(database, history).connect() as connection:
            for name, table in tables.tables.items():
                if name not in without:
                    rows = connection.execute(sa.select(*(table.c[key] for key in sorted(table.c.keys()))))
                    found[name] = sorted(map(tuple, rows), key=repr)
    database.dispose()
    return found


def contents(url: str, *, without: tuple[str, ...]) -> Rows:
    """As `everything`, but rows that were numbered otherwise are the same: a number may be passed over."""
    database = open_database(url)
    with database.records.connect() as connection:
        batches = connection.execute(sa.text("SELECT id FROM batch ORDER BY id")).scalars().all()
    rank = {number: position for position, number in enumerate(batches)} | {None: None}
    found: Rows = {}
    for history, tables in TABLES.items():
        with getattr(database, history).connect() as connection:
            for name, table in tables.tables.items():
                if name in without:
                    continue
                kept = [key for key in sorted(table.c.keys()) if (name, key) not in _NUMBERED]
                ranked = [name != "batch" and key in ("batch", "superseded_batch") for key in kept]
                rows = connection.execute(sa.select(*(table.c[key] for key in kept)))
                found[name] = sorted(
                    (
                        tuple(rank[value] if by else value for value, by in zip(row, ranked, strict=True))
                        for row in rows
                    ),
                    key=repr,
                )
    database.dispose()
    return found


def cube_rows(url: str, *, rebuilt: bool = False) -> Rows:
    """Every cube; `rebuilt`: as it is when it is summed anew (which is then taken back)."""
    database = connect(url)
    with database.records.connect() as connection:
        connection.execution_options(chhlang_write=True)
        with connection.begin() as transaction:
            if rebuilt:
                cubes.rebuild(connection)
                persons.rebuild(connection)
            found = {
                cube.name: sorted(
                    tuple(row)
                    for row in connection.execute(sa.select(*(cube.c[n] for n in sorted(cube.c.keys()))))
                )
                for cube in CUBES
            }
            transaction.rollback()
    database.dispose()
    return found


def assert_sound(url: str) -> None:
    """The cubes are the sum of what is held."""
    assert cube_rows(url) == cube_rows(url, rebuilt=True)
