"""Tables of aggregate reports: counts without persons, each with the period it was made for."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table
from sqlalchemy.engine import Connection

from db.tables.records import SUM_COLUMNS, RowNumber, metadata


def value_columns() -> list[Column]:
    """Columns that staging and `aggregate_value` share, in the order of cleaning."""
    return [
        Column("identity", LargeBinary(16), nullable=False),
        Column("content", LargeBinary(16), nullable=False),
        Column("row_number", Integer, nullable=False),
        Column("facility_id", String(80), nullable=False),
        Column("facility_key", String(80), nullable=False),
        Column("disease", String(16), nullable=False),
        Column("item", String(12), nullable=False),
        Column("first_day", Date, nullable=False),
        Column("last_day", Date, nullable=False),
        Column("first_cell", Integer, nullable=False),
        Column("last_cell", Integer, nullable=False),
        Column("stratum", Integer, nullable=False),
        #: None: taken back by its sender.
        Column("value", Integer),
    ]


VALUE_COLUMNS: tuple[str, ...] = tuple(column.name for column in value_columns())

#: Every version of every value; the current one has no `superseded_batch`.
aggregate_value = Table(
    "aggregate_value",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("source", String(80), nullable=False),
    Column("batch", ForeignKey("batch.id"), nullable=False, index=True),
    Column("superseded_batch", ForeignKey("batch.id")),
    *value_columns(),
)
Index(
    "uq_aggregate_value_current",
    aggregate_value.c.identity,
    unique=True,
    sqlite_where=aggregate_value.c.superseded_batch.is_(None),
    postgresql_where=aggregate_value.c.superseded_batch.is_(None),
)
Index("ix_aggregate_value_identity", aggregate_value.c.identity)
Index("ix_aggregate_value_facility_key", aggregate_value.c.facility_key, aggregate_value.c.disease)


def _key(name: str, type_: type | String) -> Column:
    return Column(name, type_, primary_key=True, autoincrement=False)


def _sums(name: str, place: str, held: MetaData = metadata, **options: Any) -> Table:
    return Table(
        name,
        held,
        _key("disease", String(16)),
        _key(place, String(80)),
        _key("first_cell", Integer),
        _key("last_cell", Integer),
        _key("stratum", Integer),
        #: Reports that count here: 1 in one stratum of each report, so that sums count reports.
        Column("reports", Integer, nullable=False),
        *(Column(column, Integer, nullable=False) for column in SUM_COLUMNS),
        sqlite_with_rowid=False,
        **options,
    )


#: What each report adds to its facility's line list in the period (surveillance.coverage.aggregates).
aggregate_facility = _sums("aggregate_facility", "facility_key")
#: The same, by province of care.
aggregate_care = _sums("aggregate_care", "place")


class SumTables(NamedTuple):
    """Where sums of reports are kept: by facility, and by province of care."""

    facility: Table
    care: Table


HELD = SumTables(aggregate_facility, aggregate_care)


def temporary_sums(connection: Connection, prefix: str) -> SumTables:
    """Empty tables of the same kind for one connection; without a prefix they hide those that are kept."""
    made = _temporary_sums(prefix)
    for table in made:
        table.create(connection, checkfirst=False)
    return made


@cache  # a statement is compiled once for the same table
def _temporary_sums(prefix: str) -> SumTables:
    own = MetaData()
    return SumTables(
        _sums(f"{prefix}{aggregate_facility.name}", "facility_key", own, prefixes=["TEMPORARY"]),
        _sums(f"{prefix}{aggregate_care.name}", "place", own, prefixes=["TEMPORARY"]),
    )
