"""Sums by administrative district of home and of infection, and the part of them that sealed records have."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Column, Integer, MetaData, String, Table
from sqlalchemy.engine import Connection

from db.tables.enum_as_integer import EnumAsInteger
from db.tables.records import metadata, sum_columns
from surveillance.strata import DISEASE_NUMBER

#: Kind of place -> the column of `episode` that names its district, and the one that names its province.
#: HIV and syphilis are in neither: no place finer than a province (decision 6).
PLACES: dict[str, str] = {"home": "district_home", "infection": "district_infection"}


def _key(name: str, type_: Any) -> Column:
    return Column(name, type_, primary_key=True, autoincrement=False)


def _sums(name: str, held: MetaData = metadata, **options: Any) -> Table:
    return Table(
        name,
        held,
        _key("dimension", EnumAsInteger(tuple(PLACES))),
        _key("disease", EnumAsInteger(tuple(DISEASE_NUMBER))),
        _key("period", Integer),
        _key("place", String(8)),
        *sum_columns(),
        sqlite_with_rowid=False,
        **options,
    )


#: What is kept; its name begins as those of the cubes do, and like these it is in no backup.
cube_district = _sums("cube_district")
#: The part that records have which are no longer held one by one (decision 21).
sealed_district = _sums("sealed_district")


def temporary_sums(connection: Connection, prefix: str) -> Table:
    """An empty table of this connection alone, named as the one that is kept with a prefix."""
    made = _temporary(prefix)
    made.create(connection, checkfirst=False)
    return made


@cache  # a statement is compiled once for the same table
def _temporary(prefix: str) -> Table:
    return _sums(prefix + cube_district.name, MetaData(), prefixes=["TEMPORARY"])
