"""One file on its way into the database: staging tables, then one transaction, every row accounted for.

Staging goes to temporary tables outside that transaction: no reader waits while a file is read. The same file
again changes nothing.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from types import TracebackType
from typing import ClassVar, Generic, Self, TypeVar

import numpy as np
import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.engine import Connection, RootTransaction
from sqlalchemy.exc import DBAPIError

from db.batches import outcomes
from db.batches.declared_coverage import Declared
from db.batches.outcomes import DUPLICATE
from db.columns.gc_tuning import fewer_collections
from db.core.engine import Database, wait_for_other_writers
from db.intake.cleaning.line_list import Rejected
from db.intake.cleaning.places import PlaceTexts
from db.intake.values.notices import Notices
from db.operations import outbox
from db.tables import meta
from db.tables.records import batch, notice

Part = TypeVar("Part")
#: What the audit trail calls it.
ACTION = "import"


@dataclass(frozen=True)
class FileFacts:
    """What is known of a file before its rows are."""

    source: str
    name: str
    sha256: str
    actor: str
    declared: Declared = field(default_factory=Declared)
    #: What reads it.
    mapping: str | None = None
    mapping_version: str | None = None
    #: What was answered of rows that contradict the person of their number: `amend`, `new`, or None.
    same_numbers: str | None = None
    #: The day it was sent, where that was not the day of the import.
    sent_on: date | None = None


@dataclass(frozen=True)
class ReadFacts:
    """What is known of a file when its last row has been read."""

    notices: Notices
    texts: PlaceTexts = field(default_factory=PlaceTexts)
    #: The order in which its days were written.
    date_order: str | None = None
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


class ImportRun(ABC, Generic[Part]):
    """The import of one file: stage its parts, decide what becomes of each row, then preview or commit.

    What is not committed leaves nothing behind.

    Parameters
    ----------
    stores : bool
        Whether it will be committed: then `decide` begins the transaction that `commit` ends.

    Attributes
    ----------
    counts : Counts
        Rows staged so far; their outcomes once they are decided.
    """

    #: Temporary tables of one file; and that of the outcome of each row.
    staged: ClassVar[tuple[sa.Table, ...]]
    outcome: ClassVar[sa.Table]

    def __init__(self, database: Database, facts: FileFacts, *, stores: bool) -> None:
        self._database, self._facts, self._stores = database, facts, stores
        self.counts = Counts()
        self._connection: Connection
        self._last: RootTransaction
        self._read: ReadFacts
        self._came_first: int | None = None
        self._stored = False

    def __enter__(self) -> Self:
        with ExitStack() as entered:
            self._connection = entered.enter_context(self._database.records.connect())
            entered.callback(self._clear)
            for table in self.staged:
                table.create(self._connection)
            self._connection.commit()
            entered.enter_context(fewer_collections())
            self._entered = entered.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._entered.close()

    def _clear(self) -> None:
        connection = self._connection
        try:
            connection.rollback()  # also a transaction whose commit has failed
            for table in (self.outcome, *self.staged):
                table.drop(connection, checkfirst=True)
            connection.commit()
        except DBAPIError:
            connection.invalidate()  # its temporary tables go with it
            if not self._stored:
                raise

    @abstractmethod
    def stage(self, part: Part) -> None:
        """Stage one part of the file, and count its rejected rows."""

    @property
    def may_refuse(self) -> bool:
        """Whether `decide` may reject rows that were staged."""
        return False

    def decide(self, read: ReadFacts) -> list[Rejected]:
        """Decide what becomes of every row; returns those rejected only now.

        Raises
        ------
        ConfigurationError
            A fact of the database has changed since reading began.
        """
        connection, self._read = self._connection, read
        if self._stores:
            connection.commit()
            connection.execution_options(chhlang_write=True)
            self._last = connection.begin()
            wait_for_other_writers(connection)
            meta.hold(connection, read.expected)
        self.outcome.create(connection)
        self._came_first = outcomes.first_coming(connection, self._facts.source, self._facts.sha256)
        self._decide()
        column = self.outcome.c.outcome
        for name, rows in connection.execute(select(column, func.count()).group_by(column)).all():
            setattr(self.counts, name, getattr(self.counts, name) + rows)
        return self._refused()

    def preview(self) -> None:
        """Note what an import would note; store nothing."""
        self._look_over()
        self._connection.rollback()

    def commit(self, noted: Mapping[str, object] | None = None) -> int:
        """Write everything, the receipt and the trail's line, and end the transaction; the batch's number.

        Parameters
        ----------
        noted : mapping, optional
            What the line of the audit trail says beside the batch, its source and its counts.
        """
        connection, notices = self._connection, self._read.notices
        number = self._open_batch()
        self._write(number)
        held = select(self.outcome.c.row_number).where(self.outcome.c.outcome == DUPLICATE)
        write_notices(connection, number, notices, connection.execute(held).scalars() if notices.rows else ())
        said = {"batch": number, "source": self._facts.source, **asdict(self.counts), **(noted or {})}
        outbox.write(connection, self._database, self._facts.actor, ACTION, said)
        self._last.commit()
        self._stored = True
        return number

    @abstractmethod
    def _decide(self) -> None:
        """Fill the table of outcomes."""

    def _refused(self) -> list[Rejected]:
        """Rows that were staged, and are rejected now."""
        return []

    @abstractmethod
    def _look_over(self) -> None:
        """Note what only shows when all rows are staged."""

    @abstractmethod
    def _write(self, number: int) -> None:
        """Write what the batch brings and what is summed from it; note what `_look_over` finds."""

    def _visits(self) -> tuple[date | None, date | None]:
        """First and last visit in the file."""
        return None, None

    def _open_batch(self) -> int:
        facts = self._facts
        first, last = self._visits()
        result = self._connection.execute(
            batch.insert().values(
                source=facts.source,
                file_name=facts.name,
                file_sha256=facts.sha256,
                received_at=datetime.now(UTC).isoformat(timespec="seconds"),
                actor=facts.actor,
                first_visit=first,
                last_visit=last,
                mapping=facts.mapping,
                mapping_version=facts.mapping_version,
                date_order=self._read.date_order,
                sent_on=facts.sent_on,
                **asdict(self.counts),
            )
        )
        return int(result.inserted_primary_key[0])  # type: ignore[index]


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
