"""Importing one file: one transaction, every row accounted for, the same file again changes nothing.

Staging goes to a temporary table outside that transaction, so nobody waits while a file is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

import numpy as np
import sqlalchemy as sa
from sqlalchemy import Table, case, func, select
from sqlalchemy.engine import Connection

from db import cubes, meta
from db.bulk import insert_rows
from db.engine import Database, wait_for_other_writers
from db.intake.cleaning import Notices
from db.schema import RECORD_COLUMNS, batch, episode, facility, notice, record_columns
from surveillance.vocabulary import UNKNOWN

stage = Table("stage", sa.MetaData(), *record_columns(), prefixes=["TEMPORARY"])
#: What becomes of each staged row.
fate = Table(
    "fate",
    sa.MetaData(),
    sa.Column("row_number", sa.Integer, primary_key=True),
    sa.Column("occurrence", sa.Integer, nullable=False),
    sa.Column("held", sa.BigInteger),
    sa.Column("fate", sa.String(10), nullable=False),
    prefixes=["TEMPORARY"],
)
Result = TypeVar("Result")
ACCEPTED, AMENDED, DUPLICATE = "accepted", "amended", "duplicate"


@dataclass(frozen=True)
class FileFacts:
    """What is known of a file before its rows are."""

    source: str
    name: str
    sha256: str
    actor: str
    #: Facts of the database that must not have changed between reading and storing (db.meta).
    expected: Mapping[str, str | None] = field(default_factory=dict)


@dataclass
class Counts:
    """rows = accepted + amended + withdrawn + duplicate + rejected, always."""

    rows: int = 0
    accepted: int = 0
    amended: int = 0
    withdrawn: int = 0
    duplicate: int = 0
    rejected: int = 0


class Stage:
    """The staging area of one file: filled chunk by chunk, then closed into a batch or dropped."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.counts = Counts()
        self._sealed = 0

    def add(self, records: list[tuple], rejected: int, sealed: int = 0) -> None:
        """Stage the records of one chunk; count its rejected rows, and those that repeat a sealed record."""
        insert_rows(self._connection, stage, records)
        self.counts.rows += len(records) + rejected + sealed
        self.counts.rejected += rejected
        self._sealed += sealed

    def close(self, facts: FileFacts, notices: Notices) -> int:
        """Write records, cubes and receipt in one transaction; returns the batch's number."""
        connection = self._connection
        connection.commit()
        connection.execution_options(chhlang_write=True)
        with connection.begin():
            wait_for_other_writers(connection)
            meta.hold(connection, facts.expected)
            self._decide(facts)
            number = self._open_batch(facts)
            _write_episodes(connection, facts.source, number)
            cubes.add_episodes(connection, cubes.replaced_by_batch(number), -1)
            cubes.add_episodes(connection, cubes.current_of_batch(number), 1)
            _look_over(connection, notices)
            _write_notices(connection, number, notices)
        return number

    def preview(self, facts: FileFacts, notices: Notices) -> None:
        """Count what an import would do, without storing anything."""
        self._decide(facts)
        _look_over(self._connection, notices)
        self._connection.rollback()

    def _decide(self, facts: FileFacts) -> None:
        fate.create(self._connection)
        _decide_fates(self._connection, _seen_before(self._connection, facts))
        found = self._connection.execute(select(fate.c.fate, func.count()).group_by(fate.c.fate))
        for name, rows in found.all():
            setattr(self.counts, name, rows)
        self.counts.duplicate += self._sealed

    def _open_batch(self, facts: FileFacts) -> int:
        span = self._connection.execute(
            select(func.min(stage.c.date_visit), func.max(stage.c.date_visit))
        ).one()
        result = self._connection.execute(
            batch.insert().values(
                source=facts.source,
                file_name=facts.name,
                file_sha256=facts.sha256,
                received_at=datetime.now(UTC).isoformat(timespec="seconds"),
                actor=facts.actor,
                first_visit=span[0],
                last_visit=span[1],
                **self.counts.__dict__,
            )
        )
        return int(result.inserted_primary_key[0])  # type: ignore[index]


def run_stage(database: Database, work: Callable[[Stage], Result]) -> Result:
    """Give `work` an empty staging area, and leave none behind."""
    with database.records.connect() as connection:
        stage.create(connection)
        connection.commit()
        try:
            return work(Stage(connection))
        finally:
            if connection.in_transaction():
                connection.rollback()
            fate.drop(connection, checkfirst=True)
            stage.drop(connection, checkfirst=True)
            connection.commit()


def _seen_before(connection: Connection, facts: FileFacts) -> bool:
    """Whether these very bytes came from this source before."""
    same = sa.and_(batch.c.source == facts.source, batch.c.file_sha256 == facts.sha256)
    return connection.execute(select(batch.c.id).where(same).limit(1)).first() is not None


def _decide_fates(connection: Connection, seen_before: bool) -> None:
    """Accepted, amended or duplicate, for every staged row.

    A record with a number of its own is one record however often the file repeats it: its last row is what
    the file says. Without a number, equal rows are told apart by their occurrence in the file. A file that
    came before says nothing new: none of its rows can undo a later amendment.
    """
    numbered = stage.c.record_id.is_not(None)
    same, order = stage.c.identity, stage.c.row_number
    content = stage.c.content
    ranked = select(
        order,
        same,
        content,
        case((numbered, 0), else_=func.row_number().over(partition_by=same, order_by=order)).label(
            "occurrence"
        ),
        case((numbered, func.lag(content).over(partition_by=same, order_by=order))).label("before"),
        case(
            (numbered, func.first_value(content).over(partition_by=same, order_by=order.desc())),
            else_=content,
        ).label("final"),
    ).subquery("ranked")
    held = episode.alias("held")
    joined = ranked.outerjoin(
        held,
        sa.and_(
            held.c.identity == ranked.c.identity,
            held.c.occurrence == ranked.c.occurrence,
            held.c.superseded_batch.is_(None),
        ),
    )
    older = episode.alias("older")
    held_before = (
        select(older.c.id)
        .where(
            older.c.identity == ranked.c.identity,
            older.c.occurrence == ranked.c.occurrence,
            older.c.content == ranked.c.content,
            older.c.superseded_batch.is_not(None),  # with this the index of old versions answers
        )
        .exists()
    )
    held_once = sa.and_(held.c.id.is_not(None), sa.or_(held.c.content == ranked.c.content, held_before))
    unchanged = held.c.content == ranked.c.final
    repeated = ranked.c.content == func.coalesce(ranked.c.before, held.c.content)
    decided = case(
        (unchanged, DUPLICATE),
        (repeated, DUPLICATE),
        (sa.and_(sa.literal(seen_before), held_once), DUPLICATE),
        (sa.and_(held.c.id.is_(None), ranked.c.before.is_(None)), ACCEPTED),
        else_=AMENDED,
    )
    connection.execute(
        fate.insert().from_select(
            ["row_number", "occurrence", "held", "fate"],
            select(ranked.c.row_number, ranked.c.occurrence, held.c.id, decided).select_from(joined),
        )
    )


def _write_episodes(connection: Connection, source: str, number: int) -> None:
    """Write the versions this file brings; the newest of each record becomes the current one."""
    brought = (
        select(stage, fate.c.occurrence)
        .join(fate, fate.c.row_number == stage.c.row_number)
        .where(fate.c.fate.in_((ACCEPTED, AMENDED)))
    ).subquery("brought")
    newest = (
        select(func.max(brought.c.row_number))
        .group_by(brought.c.identity, brought.c.occurrence)
        .scalar_subquery()
    )
    replaced = select(fate.c.held).where(fate.c.fate == AMENDED, fate.c.held.is_not(None))
    connection.execute(episode.update().where(episode.c.id.in_(replaced)).values(superseded_batch=number))
    amends = connection.execute(select(fate.c.row_number).where(fate.c.fate == AMENDED).limit(1)).first()
    superseded = case((brought.c.row_number.in_(newest), sa.null()), else_=number) if amends else sa.null()
    known = brought.outerjoin(facility, facility.c.facility_key == brought.c.facility_key)
    columns = {
        "source": sa.literal(source),
        "occurrence": brought.c.occurrence,
        "batch": sa.literal(number),
        "superseded_batch": sa.cast(superseded, sa.Integer),
        "facility": func.coalesce(facility.c.facility_id, UNKNOWN),
        "province_care": func.coalesce(facility.c.province, UNKNOWN),
    } | {name: brought.c[name] for name in RECORD_COLUMNS}
    connection.execute(
        episode.insert().from_select(list(columns), select(*columns.values()).select_from(known))
    )


def _look_over(connection: Connection, notices: Notices) -> None:
    """Note facilities that the list does not hold, and new records that no correction could find again."""
    missing = (
        select(stage.c.facility_id, func.count(), func.min(stage.c.row_number))
        .outerjoin(facility, facility.c.facility_key == stage.c.facility_key)
        .where(facility.c.facility_id.is_(None))
        .group_by(stage.c.facility_id)
    )
    for name, rows, first in connection.execute(missing).all():
        notices.add_facility(name, rows, first)
    new = sa.and_(fate.c.row_number == stage.c.row_number, fate.c.fate == ACCEPTED)
    without = select(func.count(), func.min(stage.c.row_number)).where(new, stage.c.record_id.is_(None))
    rows, first = connection.execute(without).one()
    if rows:
        notices.add_without_id(rows, first)


def _write_notices(connection: Connection, number: int, notices: Notices) -> None:
    held = connection.execute(select(fate.c.row_number).where(fate.c.fate == DUPLICATE)).scalars()
    duplicates = np.fromiter(held if notices.rows else (), np.int64)
    rows = [
        {
            "batch": number,
            "kind": kind,
            "field": field,
            "text": text,
            "rows": count,
            "first_row": first,
        }
        for (kind, field, text), (count, first) in notices.stored(duplicates).items()
    ]
    if rows:
        connection.execute(notice.insert(), rows)
