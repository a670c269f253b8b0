"""Tables of cohorts: who started treatment where and when, what became of them, until when that is known."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Column, Integer, MetaData, String, Table
from sqlalchemy.engine import Connection

from db.tables.enum_as_integer import EnumAsInteger
from db.tables.records import DIMENSIONS, metadata
from surveillance.coverage.cohorts import PARTS
from surveillance.strata import DISEASE_NUMBER

#: Numbers of the kinds of place, in the order of db.tables.records.DIMENSIONS.
_KINDS = tuple(DIMENSIONS)
#: Facility of records that are not kept by facility.
NO_FACILITY = ""
#: Day of a change, before every day: the file says of which day it speaks.
CHANGED = -1_000_000
#: Of outcomes with a day, and of whole weeks.
NO_BATCH = 0


def _key(name: str, type_: Any) -> Column:
    return Column(name, type_, primary_key=True, autoincrement=False)


def _cohort(name: str, held: MetaData, **options: Any) -> Table:
    """Sums by place, by the facility that knows the outcomes, by the cell of the start, and by the due day.

    `facility` is a key of the facility list. Places of care are looked up there; they are stored only where
    the facility is not (HIV, syphilis).
    """
    return Table(
        name,
        held,
        _key("disease", EnumAsInteger(tuple(DISEASE_NUMBER))),
        _key("dimension", EnumAsInteger(_KINDS)),
        _key("period", Integer),
        _key("place", String(80)),
        _key("facility", String(80)),
        _key("due", Integer),
        _key("stratum", Integer),
        *(Column(part, Integer, nullable=False) for part in PARTS),
        sqlite_with_rowid=False,
        **options,
    )


def _days(name: str, held: MetaData, **options: Any) -> Table:
    """On how many records, and changes of records, each day rests of which a facility knew outcomes.

    `batch` is the file that brought an outcome without a day, or a change (`day` is `CHANGED`): the day it
    speaks of is no later than the day on which it came. Else it is 0.
    """
    return Table(
        name,
        held,
        _key("disease", EnumAsInteger(tuple(DISEASE_NUMBER))),
        _key("facility", String(80)),
        _key("batch", Integer),
        _key("day", Integer),
        Column("records", Integer, nullable=False),
        sqlite_with_rowid=False,
        **options,
    )


class CohortTables(NamedTuple):
    """Cohorts, and the days of which outcomes are known."""

    cohort: Table
    day: Table


#: What is kept; their names begin as those of the cubes do, and like these they are in no backup.
HELD = CohortTables(_cohort("cube_cohort", metadata), _days("cube_outcome_day", metadata))
#: The part of them that records have which are no longer held one by one (decision 21).
SEALED = CohortTables(_cohort("sealed_cohort", metadata), _days("sealed_outcome_day", metadata))


def temporary(connection: Connection, prefix: str) -> CohortTables:
    """Empty tables of this connection alone, named as those that are kept with a prefix."""
    made = _temporary(prefix)
    for table in made:
        table.create(connection, checkfirst=False)
    return made


@cache  # a statement is compiled once for the same table
def _temporary(prefix: str) -> CohortTables:
    own = sa.MetaData()
    return CohortTables(
        _cohort(prefix + HELD.cohort.name, own, prefixes=["TEMPORARY"]),
        _days(prefix + HELD.day.name, own, prefixes=["TEMPORARY"]),
    )
