"""The import of one file of aggregate reports: its staging tables, and what it writes.

A value is known by its sender, facility, data element, period and category: another number under the same
key is an amendment, and the old one is kept. A file that came before says nothing new (decision 9).
"""

from __future__ import annotations

from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy import Table, case, func, select
from sqlalchemy.engine import Connection

from db.aggregates import update as aggregates
from db.batches.outcomes import ACCEPTED, AMENDED, DUPLICATE, WITHDRAWN
from db.core.bulk import insert_rows
from db.identity import held_before
from db.identity.known_rows import says_nothing_new
from db.ingest.import_run import ImportRun
from db.intake.cleaning.aggregate_reports import CleanedValues
from db.intake.values.notices import Notices
from db.tables.aggregates import VALUE_COLUMNS, aggregate_value, value_columns
from db.tables.records import facility

values = Table("stage_values", sa.MetaData(), *value_columns(), prefixes=["TEMPORARY"])
row_outcomes = Table(
    "value_outcome",
    sa.MetaData(),
    sa.Column("row_number", sa.Integer, primary_key=True),
    sa.Column("held", sa.BigInteger),
    sa.Column("outcome", sa.String(10), nullable=False),
    prefixes=["TEMPORARY"],
)
#: Identities that staged values had before identifiers had one form (db.identity.held_before).
earlier = sa.Table(
    "stage_values_earlier",
    sa.MetaData(),
    sa.Column("row_number", sa.Integer, primary_key=True),
    sa.Column("identity", sa.LargeBinary(16), nullable=False),
    prefixes=["TEMPORARY"],
)
#: Outcomes of rows that bring a version.
_BRINGING = (ACCEPTED, AMENDED, WITHDRAWN)


class ReportRun(ImportRun[CleanedValues]):
    """The import of one file of values."""

    staged: ClassVar[tuple[sa.Table, ...]] = (values, earlier)
    outcome: ClassVar[sa.Table] = row_outcomes

    def stage(self, part: CleanedValues) -> None:
        """Stage the values of one chunk; count its rejected rows."""
        insert_rows(self._connection, values, part.records)
        insert_rows(self._connection, earlier, list(part.earlier.items()))
        self.counts.rows += len(part.records) + len(part.rejected)
        self.counts.rejected += len(part.rejected)

    def _decide(self) -> None:
        connection, facts = self._connection, self._facts
        _keep_identities(connection)
        nothing_new = says_nothing_new(connection, self._came_first, facts.mapping, facts.mapping_version)
        _decide_outcomes(connection, self._came_first is not None, nothing_new=nothing_new)

    def _write(self, number: int) -> None:
        connection = self._connection
        _write(connection, self._facts.source, number)
        touched = select(values.c.facility_key).distinct()
        aggregates.refresh(connection, set(connection.execute(touched).scalars()))
        self._look_over()

    def _look_over(self) -> None:
        """Note values that the file gives twice, and facilities that are not listed."""
        _look_over(self._connection, self._read.notices)


def _keep_identities(connection: Connection) -> None:
    """A value that is held since before keeps the identity of then."""
    e = earlier.c
    held = select(aggregate_value.c.id).where(
        aggregate_value.c.identity == e.identity,
        aggregate_value.c.batch <= held_before.read(connection).batch,
    )
    known = select(e.identity).where(e.row_number == values.c.row_number, held.correlate(earlier).exists())
    connection.execute(
        values.update()
        .where(known.correlate(values).exists())
        .values(identity=known.correlate(values).scalar_subquery())
    )


def _decide_outcomes(connection: Connection, again: bool, *, nothing_new: bool = False) -> None:
    """Accepted, amended or duplicate, for every value; of a key that a file repeats the last one stays."""
    same, order, content = values.c.identity, values.c.row_number, values.c.content
    ranked = select(
        order,
        same,
        content,
        values.c.value,
        func.lag(content).over(partition_by=same, order_by=order).label("before"),
        func.first_value(content).over(partition_by=same, order_by=order.desc()).label("final"),
    ).subquery("ranked")
    held = aggregate_value.alias("held")
    older = aggregate_value.alias("older")
    joined = ranked.outerjoin(
        held, sa.and_(held.c.identity == ranked.c.identity, held.c.superseded_batch.is_(None))
    )
    once = (
        select(older.c.id)
        .where(older.c.identity == ranked.c.identity, older.c.content == ranked.c.content)
        .exists()
    )
    # Neither in the file nor held; what is withdrawn is held as a version without a value.
    nothing = sa.and_(held.c.value.is_(None), ranked.c.before.is_(None))
    decided: sa.ColumnElement = case(
        (held.c.content == ranked.c.final, DUPLICATE),
        (ranked.c.content == func.coalesce(ranked.c.before, held.c.content), DUPLICATE),
        (sa.and_(sa.literal(again), once), DUPLICATE),
        (sa.and_(ranked.c.value.is_(None), nothing), DUPLICATE),
        (ranked.c.value.is_(None), WITHDRAWN),
        (nothing, ACCEPTED),
        else_=AMENDED,
    )
    if nothing_new:
        decided = sa.literal(DUPLICATE)
    connection.execute(
        row_outcomes.insert().from_select(
            ["row_number", "held", "outcome"],
            select(ranked.c.row_number, held.c.id, decided).select_from(joined),
        )
    )


def _write(connection: Connection, source: str, number: int) -> None:
    """Write the versions this file brings; the newest of each value becomes the current one."""
    replaced = select(row_outcomes.c.held).where(
        row_outcomes.c.outcome.in_(_BRINGING), row_outcomes.c.held.is_not(None)
    )
    connection.execute(
        aggregate_value.update().where(aggregate_value.c.id.in_(replaced)).values(superseded_batch=number)
    )
    brought = (
        select(values)
        .join(row_outcomes, row_outcomes.c.row_number == values.c.row_number)
        .where(row_outcomes.c.outcome.in_(_BRINGING))
        .subquery("brought")
    )
    newest = select(func.max(brought.c.row_number)).group_by(brought.c.identity)
    superseded = case((brought.c.row_number.in_(newest), sa.null()), else_=number)
    columns: dict[str, sa.ColumnElement] = {
        "source": sa.literal(source),
        "batch": sa.literal(number),
        "superseded_batch": sa.cast(superseded, sa.Integer),
    }
    columns |= {name: brought.c[name] for name in VALUE_COLUMNS}
    connection.execute(
        aggregate_value.insert().from_select(list(columns), select(*columns.values()).select_from(brought))
    )


def _repeated(connection: Connection) -> list[int]:
    """Rows that give another number than the row before them for the same value, and those rows."""
    same, order, content = values.c.identity, values.c.row_number, values.c.content
    looked_at = select(
        order,
        content,
        func.lag(order).over(partition_by=same, order_by=order).label("row_before"),
        func.lag(content).over(partition_by=same, order_by=order).label("before"),
    ).subquery("looked_at")
    query = select(looked_at.c.row_before, looked_at.c.row_number).where(
        looked_at.c.before.is_not(None), looked_at.c.before != looked_at.c.content
    )
    return sorted({row for pair in connection.execute(query) for row in pair})


def _look_over(connection: Connection, notices: Notices) -> None:
    """Note values that the file gives twice, and facilities that are not listed: they count under unknown."""
    notices.add_repeated(_repeated(connection))
    missing = (
        select(values.c.facility_id, func.count(), func.min(values.c.row_number))
        .outerjoin(facility, facility.c.facility_key == values.c.facility_key)
        .where(facility.c.facility_id.is_(None))
        .group_by(values.c.facility_id)
    )
    for name, rows, first in connection.execute(missing).all():
        notices.add_facility(name, rows, first)
