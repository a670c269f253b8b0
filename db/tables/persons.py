"""Tables that count persons: their own cube, what is kept of sealed ones, identifiers declared as shared."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Column, Integer, MetaData, SmallInteger, String, Table
from sqlalchemy.engine import Connection

from db.tables.records import SUM_COLUMNS, metadata

#: `records` counts persons here. `unnumbered`: records that cannot be told to be of one person or another.
PERSON_SUMS: tuple[str, ...] = (*SUM_COLUMNS, "unnumbered")
#: Stands for everybody where the name of an axis would.
EVERYBODY = ""


def _key(name: str, type_: type | String) -> Column:
    return Column(name, type_, primary_key=True, autoincrement=False)


def _cube(name: str, held: MetaData = metadata, **options: Any) -> Table:
    return Table(
        name,
        held,
        _key("disease", String(16)),
        _key("dimension", String(12)),
        _key("axis", String(12)),
        _key("year", SmallInteger),
        _key("value", SmallInteger),
        _key("place", String(80)),
        *(Column(column, Integer, nullable=False) for column in PERSON_SUMS),
        sqlite_with_rowid=False,
        **options,
    )


#: Each person once for each disease and calendar year, with the first episode of that year.
cube_person = _cube("cube_person")
#: Kind of place of the sealed sums by a facility's key, which move with the facility. Those of sensitive
#: diseases are not kept so (decision 6).
BY_FACILITY_KEY = "key"
#: The part from sealed records; also by `BY_FACILITY_KEY`, which the cube is not.
sealed_person_sum = _cube("sealed_person_sum")
#: Whom sealed records have counted in the year in which sealing ended: records of that person still held, or
#: yet to come, do not count again. `facility_key` is blank where the number is shared between facilities.
sealed_person = Table(
    "sealed_person",
    metadata,
    _key("person", String(32)),
    _key("facility_key", String(80)),
    _key("disease", String(16)),
    _key("year", SmallInteger),
    sqlite_with_rowid=False,
)
#: Issuers whose numbers are the same person in every facility, known by a keyed token.
shared_issuer = Table(
    "shared_issuer",
    metadata,
    _key("mark", String(32)),
    Column("name", String(80), nullable=False),
    Column("shared_at", String(32), nullable=False),
    Column("shared_by", String(120), nullable=False),
)


def temporary_cube(connection: Connection, prefix: str) -> Table:
    """An empty cube of the same kind for one connection."""
    made = _temporary_cube(prefix)
    made.create(connection)
    return made


@cache  # a statement is compiled once for the same table
def _temporary_cube(prefix: str) -> Table:
    return _cube(f"{prefix}{cube_person.name}", MetaData(), prefixes=["TEMPORARY"])
