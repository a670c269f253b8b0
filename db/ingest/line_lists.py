"""The import of one line list: its staging tables, and what it writes."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

import numpy as np
import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.aggregates import update as aggregates
from db.batches import declared_coverage, outcomes
from db.batches.declared_coverage import Declared
from db.batches.outcomes import ACCEPTED, REJECTED, TAKEN_BACK, row_outcome, stage, stage_withdrawal
from db.cohorts import update as cohorts
from db.columns.encoding import little_cache
from db.core.bulk import insert_rows
from db.core.engine import Database
from db.cubes import update as cubes
from db.cubes.staged_records import Bringing
from db.districts import home as districts
from db.identity import earlier_answers, known_rows
from db.identity import reused_numbers as same_numbers
from db.indicators import update as indicators
from db.ingest import unmatched_places, versions
from db.ingest.import_run import FileFacts, ImportRun, ReadFacts
from db.intake.cleaning.line_list import Cleaned, Rejected
from db.intake.cleaning.withdrawals import NO_SUCH_RECORD, HeldBack
from db.intake.values.notices import Notices
from db.persons import update as persons
from db.tables.persons import shared_issuer
from db.tables.records import episode, facility
from db.vans import update as vans


class LineListRun(ImportRun[Cleaned]):
    """The import of one line list."""

    staged: ClassVar[tuple[sa.Table, ...]] = (
        stage,
        stage_withdrawal,
        unmatched_places.stage_unplaced,
        known_rows.stage_earlier,
    )
    outcome: ClassVar[sa.Table] = row_outcome

    def __init__(self, database: Database, facts: FileFacts, *, stores: bool) -> None:
        super().__init__(database, facts, stores=stores)
        self._earlier = False
        self._withdrawals = HeldBack()
        self._bringing = Bringing()
        #: Versions that a complete file withdraws by silence.
        self._missing: list[int] = []

    def stage(self, part: Cleaned) -> None:
        """Stage what one chunk brings and withdraws; count its rejected rows."""
        insert_rows(self._connection, stage, part.records)
        self._bringing.add(part.records)
        taken = [(item.row.number, item.identity, TAKEN_BACK) for item in part.withdrawals]
        insert_rows(self._connection, stage_withdrawal, taken)
        self._withdrawals.keep(part.withdrawals)
        unmatched_places.stage(self._connection, part.unplaced)
        if part.earlier:
            known_rows.add(self._connection, part.earlier)
            self._earlier = True
        self.counts.rows += len(part.records) + len(taken) + len(part.rejected) + part.repeated
        self.counts.rejected += len(part.rejected)
        self.counts.duplicate += part.repeated

    @property
    def may_refuse(self) -> bool:
        """Whether any row withdraws a record: there may be none."""
        return bool(self._withdrawals)

    def decide(self, read: ReadFacts) -> list[Rejected]:
        """Decide what becomes of every row, and of what a complete file leaves out."""
        refused = super().decide(read)
        news = self._came_first is None and not self.counts.rejected
        self._missing = declared_coverage.look_for_missing(
            self._connection, self._facts.source, self._facts.declared, read.notices, news=news
        )
        return refused

    def _decide(self) -> None:
        connection, facts = self._connection, self._facts
        if self._earlier:
            known_rows.set_apart(connection)
        nothing_new = known_rows.says_nothing_new(
            connection, self._came_first, facts.mapping, facts.mapping_version
        )
        otherwise = None
        if self._came_first is not None:
            otherwise = earlier_answers.rows_held(facts.source, facts.sha256)
            nothing_new = nothing_new or earlier_answers.holds_all(
                connection, facts.source, facts.sha256, facts.mapping
            )
        outcomes.decide(
            connection, self._came_first, self.may_refuse, nothing_new=nothing_new, otherwise=otherwise
        )
        if facts.same_numbers is None:
            same_numbers.check(connection, facts.name)

    def _refused(self) -> list[Rejected]:
        if not self.may_refuse:
            return []
        numbers = (
            select(row_outcome.c.row_number)
            .where(row_outcome.c.outcome == REJECTED)
            .order_by(row_outcome.c.row_number)
        )
        refused = self._connection.execute(numbers).scalars().all()
        return [Rejected(row, (NO_SUCH_RECORD,)) for row in self._withdrawals.rows(refused)]

    def _write(self, number: int) -> None:
        connection = self._connection
        declared_coverage.withdraw(connection, self._missing, number)
        self._write_records(number)
        vans.add_batch(connection, number)
        indicators.add_batch(connection, number)
        districts.add_batch(connection, number)
        aggregates.refresh_touched(connection, _facilities_of(number, self._facts.declared))
        with little_cache(connection):  # SQLite puts the whole file in order to count it by facility
            self._look_over()

    def _write_records(self, number: int) -> None:
        """Write the versions of the batch, and what is summed of them."""
        connection, counts = self._connection, self.counts
        placed = unmatched_places.placed(connection) if self._read.texts.rows else []
        all_new = not self._missing
        if all_new and counts.accepted == len(self._bringing) and not counts.withdrawn:
            brought = self._bringing.stored(connection, None, placed)
            if brought is not None:
                with persons.adding(connection, select(stage.c.person), brought) as store:
                    self._write_versions(number)
                    store()
                cubes.add_brought(connection, brought)
                cohorts.add_batch(connection, number, brought, replaced=False)
                return
        self._write_versions(number)
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

    def _write_versions(self, number: int) -> None:
        versions.write(self._connection, self._facts.source, number)
        declared_coverage.write(self._connection, number, self._facts.declared)
        unmatched_places.write(self._connection, number, self._read.texts)

    def _look_over(self) -> None:
        """Note facilities that the list lacks, and new records that no correction could find again."""
        _look_over(self._connection, self._read.notices)

    def _visits(self) -> tuple[date | None, date | None]:
        span = select(func.min(stage.c.date_visit), func.max(stage.c.date_visit))
        first, last = self._connection.execute(span).one()
        return first, last


def _facilities_of(number: int, declared: Declared) -> sa.CompoundSelect:
    """Facilities whose line lists, or what is declared of them, a batch has changed."""
    brought = select(episode.c.facility_key).where(episode.c.batch == number)
    ended = select(episode.c.facility_key).where(episode.c.superseded_batch == number)
    keys = dict.fromkeys(cover.facility_key for cover in declared.covers)
    named = (select(sa.literal(key)) for key in keys)
    return sa.union(brought, ended, *named)


def _look_over(connection: Connection, notices: Notices) -> None:
    """Note facilities that the list lacks, and new records that no correction could find again."""
    missing = (
        select(stage.c.facility_id, func.count(), func.min(stage.c.row_number))
        .outerjoin(facility, facility.c.facility_key == stage.c.facility_key)
        .where(facility.c.facility_id.is_(None))
        .group_by(stage.c.facility_id)
    )
    for name, rows, first in connection.execute(missing).all():
        notices.add_facility(name, rows, first)
    _look_for_issuers(connection, notices)
    new = sa.and_(row_outcome.c.row_number == stage.c.row_number, row_outcome.c.outcome == ACCEPTED)
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
