"""A database of many millions of records: some imported, the others copies of them under other identities.

A copy is another record of another person with the same visit; the cubes are what they would be had all been
imported. Tables and indexes are of that size. Only the cells are fewer than as many different records have,
above all those of several filters at once.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import func, literal, select

from db.core.engine import Database
from db.cubes import sets as cube_sets
from db.tables.records import SUM_COLUMNS, batch, episode
from tests.bench.measure import say


def multiply(database: Database, times: int) -> None:
    """Make of each record `times`, in batches of their own."""
    sqlite = database.dialect == "sqlite"
    random = func.randomblob(16) if sqlite else func.uuid_send(func.gen_random_uuid())
    digits = func.lower(func.hex(random)) if sqlite else func.encode(random, "hex")
    with database.writing() as connection:
        last = connection.execute(select(func.max(batch.c.id))).scalar_one()
        latest = connection.execute(select(func.max(episode.c.id))).scalar_one()
        indexes = sorted(episode.indexes, key=lambda index: str(index.name))
        for index in indexes:
            index.drop(connection)
        for number in range(1, times):
            say(f"  copies {number} of {times - 1}")
            other = {"id": batch.c.id + number * last, "source": batch.c.source + f" copy {number}"}
            _copy(connection, batch, other, batch.c.id <= last)
            person = sa.case((episode.c.person.is_not(None), digits))
            other = {
                "id": episode.c.id + number * latest,
                "source": episode.c.source + f" copy {number}",
                "batch": episode.c.batch + number * last,
                "identity": random,
                "content": random,
                "person": person,
            }
            _copy(connection, episode, other, episode.c.id <= latest)
        say("  indexes and cubes")
        for index in indexes:
            index.create(connection)
        for cube in cube_sets.HELD.tables:
            connection.execute(cube.update().values({name: cube.c[name] * times for name in SUM_COLUMNS}))
        if not sqlite:
            for table in (batch, episode):
                connection.execute(
                    select(
                        func.setval(
                            func.pg_get_serial_sequence(table.name, "id"),
                            select(func.max(table.c.id)).scalar_subquery() + literal(0),
                        )
                    )
                )


def _copy(
    connection: sa.Connection,
    table: sa.Table,
    other: dict[str, sa.ColumnElement],
    chosen: sa.ColumnElement[bool],
) -> None:
    columns = {column.name: other.get(column.name, column) for column in table.columns}
    connection.execute(table.insert().from_select(list(columns), select(*columns.values()).where(chosen)))
