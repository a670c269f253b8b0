"""Importing one file: one transaction, every row accounted for, the same file again changes nothing.

Staging goes to a temporary table outside that transaction, so nobody waits while a file is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TypeVar

import numpy as np
import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.aggregates import update as aggregates
from db.batches import declared_coverage, outcomes
from db.batches.declared_coverage import Declared
from db.batches.outcomes import ACCEPTED, DUPLICATE, REJECTED, TAKEN_BACK, fate, stage, stage_withdrawal
from db.cohorts import update as cohorts
from db.columns.encoding import little_cache
from db.columns.gc_tuning import fewer_collections
from db.core.bulk import insert_rows
from db.core.engine import Database, wait_for_other_writers
from db.cubes import update as cubes
from db.cubes.staged_records import Bringing
from db.identity import earlier_answers, known_rows
from db.identity import reused_numbers as same_numbers
from db.ingest import unmatched_places, versions
from db.intake.cleaning.line_list import Cleaned
from db.intake.cleaning.places import PlaceTexts
from db.intake.values.notices import Notices
from db.persons import update as persons
from db.tables import meta
from db.tables.persons import shared_issuer
from db.tables.records import batch, episode, facility, notice
from db.vans import update as vans

Result = TypeVar("Result")
#: Temporary tables of one file.
_STAGED = (stage, stage_withdrawal, unmatched_places.stage_unplaced, known_rows.stage_earlier)
#: Given the rows that were refused only when the file was compared with what is held; may still stop it all.
Settled = Callable[[list[int]], None]


@dataclass(frozen=True)
class FileFacts:
    """What is known of a file before its rows are."""

    source: str
    name: str
    sha256: str
    actor: str
    declared: Declared = field(default_factory=Declared)
    #: What read it, and in which order its days were written; known in full when its rows are.
    mapping: str | None = None
    mapping_version: str | None = None
    date_order: str | None = None
    #: What was answered of rows that contradict the person of their number: `amend`, `new`, or None.
    same_numbers: str | None = None
    #: Facts of the database that must not have changed between reading and storing (db.tables.meta).
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
        self._withdraws = self._earlier = False
        self._bringing = Bringing()
        self.counts = Counts()

    def add(self, cleaned: Cleaned, repeated: int = 0) -> None:
        """Stage what one chunk brings and withdraws; count its rejected rows.

        `repeated`: rows that say of a sealed record what is known of it (db.ingest.archived_gate).
        """
        insert_rows(self._connection, stage, cleaned.records)
        self._bringing.add(cleaned.records)
        taken = [(item.row.number, item.identity, TAKEN_BACK) for item in cleaned.withdrawals]
        insert_rows(self._connection, stage_withdrawal, taken)
        unmatched_places.stage(self._connection, cleaned.unplaced)
        if cleaned.earlier:
            known_rows.add(self._connection, cleaned.earlier)
            self._earlier = True
        self._withdraws = self._withdraws or bool(taken)
        self.counts.rows += len(cleaned.records) + len(taken) + len(cleaned.rejected) + repeated
        self.counts.rejected += len(cleaned.rejected)
        self.counts.duplicate += repeated

    def close(self, facts: FileFacts, notices: Notices, texts: PlaceTexts, settled: Settled) -> int:
        """Write records, cubes and receipt in one transaction; returns the batch's number.

        `settled` is called within it, when the fate of every row is known and before anything is written.
        """
        connection = self._connection
        connection.commit()
        connection.execution_options(chhlang_write=True)
        with connection.begin():
            wait_for_other_writers(connection)
            meta.hold(connection, facts.expected)
            missing = self._decide(facts, notices, settled)
            number = open_batch(connection, facts, self.counts, _visits(connection))
            declared_coverage.withdraw(connection, missing, number)
            self._write(facts, number, texts, all_new=not missing)
            vans.add_batch(connection, number)
            aggregates.refresh_touched(connection, _facilities_of(number, facts.declared))
            with little_cache(connection):  # SQLite puts the whole file in order to count it by facility
                _look_over(connection, notices)
            held = select(fate.c.row_number).where(fate.c.fate == DUPLICATE)
            duplicates = connection.execute(held).scalars() if notices.rows else ()
            write_notices(connection, number, notices, duplicates)
        return number

    def _write(self, facts: FileFacts, number: int, texts: PlaceTexts, *, all_new: bool) -> None:
        """Write the versions of the batch, and what is summed of them."""
        connection, counts = self._connection, self.counts
        placed = unmatched_places.placed(connection) if texts.rows else []
        if all_new and counts.accepted == len(self._bringing) and not counts.withdrawn:
            brought = self._bringing.stored(connection, None, placed)
            if brought is not None:
                with persons.adding(connection, select(stage.c.person), brought) as store:
                    self._write_versions(facts, number, texts)
                    store()
                cubes.add_brought(connection, brought)
                cohorts.add_batch(connection, number, brought, replaced=False)
                return
        self._write_versions(facts, number, texts)
        brought = None
        if self._bringing.kept:
            current = select(episode.c.row_number).where(cubes.current_of_batch(number))
            rows = np.fromiter(connection.execute(current).scalars(), np.int32)
            brought = self._bringing.stored(connection, rows, placed)
        cubes.add_episodes(connection, cubes.replaced_by_batch(number), -1)
        if brought is None:
            cubes.add_episodes(connection, cubes.current_of_batch(number), 1)
        else:
            cubes.add_brought(connection, brought)
        cohorts.add_batch(connection, number, brought)
        persons.add_batch(connection, number, brought)

    def _write_versions(self, facts: FileFacts, number: int, texts: PlaceTexts) -> None:
        versions.write(self._connection, facts.source, number)
        declared_coverage.write(self._connection, number, facts.declared)
        unmatched_places.write(self._connection, number, texts)

    def preview(self, facts: FileFacts, notices: Notices, settled: Settled) -> None:
        """Count what an import would do, without storing anything."""
        self._decide(facts, notices, settled)
        _look_over(self._connection, notices)
        self._connection.rollback()

    def _decide(self, facts: FileFacts, notices: Notices, settled: Settled) -> list[int]:
        """Decide the fate of every row; returns the versions that a complete file withdraws by silence."""
        connection = self._connection
        fate.create(connection)
        came_first = outcomes.first_coming(connection, facts.source, facts.sha256)
        if self._earlier:
            known_rows.set_apart(connection)
        nothing_new = known_rows.says_nothing_new(
            connection, came_first, facts.mapping, facts.mapping_version
        )
        otherwise = None
        if came_first is not None:
            otherwise = earlier_answers.rows_held(facts.source, facts.sha256)
            nothing_new = nothing_new or earlier_answers.holds_all(
                connection, facts.source, facts.sha256, facts.mapping
            )
        outcomes.decide(connection, came_first, self._withdraws, nothing_new=nothing_new, otherwise=otherwise)
        if facts.same_numbers is None:
            same_numbers.check(connection, facts.name)
        found = connection.execute(select(fate.c.fate, func.count()).group_by(fate.c.fate))
        for name, rows in found.all():
            setattr(self.counts, name, getattr(self.counts, name) + rows)
        refused: list[int] = []
        if self._withdraws:
            numbers = select(fate.c.row_number).where(fate.c.fate == REJECTED).order_by(fate.c.row_number)
            refused = list(connection.execute(numbers).scalars())
        settled(refused)
        news = came_first is None and not self.counts.rejected
        return declared_coverage.look_for_missing(
            connection, facts.source, facts.declared, notices, news=news
        )


def _facilities_of(number: int, declared: Declared) -> sa.CompoundSelect:
    """Facilities whose line lists, or what is declared of them, a batch has changed."""
    brought = select(episode.c.facility_key).where(episode.c.batch == number)
    ended = select(episode.c.facility_key).where(episode.c.superseded_batch == number)
    named = (select(sa.literal(cover.facility_key)) for cover in declared.covers)
    return sa.union(brought, ended, *named)


def _visits(connection: Connection) -> tuple[date | None, date | None]:
    """First and last visit in the file."""
    span = select(func.min(stage.c.date_visit), func.max(stage.c.date_visit))
    first, last = connection.execute(span).one()
    return first, last


def open_batch(
    connection: Connection, facts: FileFacts, counts: Counts, visits: tuple[date | None, date | None]
) -> int:
    """Write the receipt of a file; returns the batch's number."""
    result = connection.execute(
        batch.insert().values(
            source=facts.source,
            file_name=facts.name,
            file_sha256=facts.sha256,
            received_at=datetime.now(UTC).isoformat(timespec="seconds"),
            actor=facts.actor,
            first_visit=visits[0],
            last_visit=visits[1],
            mapping=facts.mapping,
            mapping_version=facts.mapping_version,
            date_order=facts.date_order,
            **counts.__dict__,
        )
    )
    return int(result.inserted_primary_key[0])  # type: ignore[index]


def run_stage(database: Database, work: Callable[[Stage], Result]) -> Result:
    """Give `work` an empty staging area, and leave none behind."""
    with database.records.connect() as connection:
        for table in _STAGED:
            table.create(connection)
        connection.commit()
        try:
            with fewer_collections():
                return work(Stage(connection))
        finally:
            if connection.in_transaction():
                connection.rollback()
            for table in (fate, *_STAGED):
                table.drop(connection, checkfirst=True)
            connection.commit()


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
    _look_for_issuers(connection, notices)
    new = sa.and_(fate.c.row_number == stage.c.row_number, fate.c.fate == ACCEPTED)
    without = select(func.count(), func.min(stage.c.row_number)).where(new, stage.c.record_id.is_(None))
    rows, first = connection.execute(without).one()
    if rows:
        notices.add_without_id(rows, first)


def _look_for_issuers(connection: Connection, notices: Notices) -> None:
    """Note issuers of several facilities whose numbers link visits within each of them only."""
    if not notices.issuers:
        return
    mark = stage.c.issuer
    named = select(mark, func.count(), func.min(stage.c.row_number)).where(
        mark.is_not(None), mark.not_in(select(shared_issuer.c.mark))
    )
    several = func.count(stage.c.facility_key.distinct()) > 1  # a clinic's own numbers link all they can
    for issuer, rows, first in connection.execute(named.group_by(mark).having(several)).all():
        notices.add_issuer(issuer, rows, first)


def write_notices(connection: Connection, number: int, notices: Notices, duplicates: Iterable[int]) -> None:
    """Store what was not understood; `duplicates` are the rows that were held before."""
    held = np.fromiter(duplicates, np.int64)
    rows = [
        {
            "batch": number,
            "kind": kind,
            "field": field,
            "text": text,
            "rows": count,
            "first_row": first,
        }
        for (kind, field, text), (count, first) in notices.stored(held).items()
    ]
    if rows:
        connection.execute(notice.insert(), rows)
