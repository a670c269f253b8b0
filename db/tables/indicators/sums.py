"""Tables of indicators: their sums in long form, and the part of them that sealed records have."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Column, Integer, MetaData, SmallInteger, String, Table
from sqlalchemy.engine import Connection

from db.tables.enum_as_integer import EnumAsInteger
from db.tables.persons import BY_FACILITY_KEY
from db.tables.records import metadata
from surveillance.strata import DISEASE_NUMBER

#: Kind of place -> the column of `episode` that names it. Province of care, district and facility follow the
#: facility list, so the facility's key stands for them; of sensitive diseases the province of care is kept
#: in its place, and no crossing (decision 6).
PLACES: dict[str, str] = {
    BY_FACILITY_KEY: "facility_key",
    "care": "province_care",
    "home": "province_home",
    "crossing": "crossing",
}
OF_SENSITIVE = ("care", "home")
OF_OTHERS = (BY_FACILITY_KEY, "home", "crossing")
SUMS = ("numerator", "denominator", "unknown")


def _key(name: str, type_: Any) -> Column:
    return Column(name, type_, primary_key=True, autoincrement=False)


def _sums(name: str, held: MetaData = metadata, **options: Any) -> Table:
    return Table(
        name,
        held,
        #: `key` of surveillance.indicators.model.OfRecords.
        _key("indicator", SmallInteger),
        _key("dimension", EnumAsInteger(tuple(PLACES))),
        _key("period", Integer),
        _key("place", String(80)),
        _key("disease", EnumAsInteger(tuple(DISEASE_NUMBER))),
        *(Column(column, Integer, nullable=False) for column in SUMS),
        sqlite_with_rowid=False,
        **options,
    )


#: What is kept; its name begins as those of the cubes do, and like these it is in no backup.
cube_indicator = _sums("cube_indicator")
#: The part that records have which are no longer held one by one (decision 21).
sealed_indicator = _sums("sealed_indicator")
#: By which edition of each indicator the sums were made; in no backup either.
cube_indicator_edition = Table(
    "cube_indicator_edition",
    metadata,
    _key("indicator", SmallInteger),
    Column("edition", SmallInteger, nullable=False),
    sqlite_with_rowid=False,
)


def temporary_sums(connection: Connection, prefix: str) -> Table:
    """An empty table of this connection alone, named as the one that is kept with a prefix."""
    made = _temporary(prefix)
    made.create(connection, checkfirst=False)
    return made


@cache  # a statement is compiled once for the same table
def _temporary(prefix: str) -> Table:
    return _sums(prefix + cube_indicator.name, MetaData(), prefixes=["TEMPORARY"])
