"""A queue that is a table: who works on what, for how long, and whose turn is next. One code for all queues.

A row waits; a runner takes it and renews its lease every second. When the runner falls silent, the row waits
again; the third runner that is lost with a row ends it. People take turns.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Table, select
from sqlalchemy.engine import Connection, RowMapping

from db.core.engine import Database, write_transaction

DONE, FAILED, CANCELLED = "done", "failed", "cancelled"
OVER = frozenset((DONE, FAILED, CANCELLED))
#: What `cancel` answers where the runner has to be told.
STOPPING = "stopping"
#: Seconds without a sign of life after which a row's runner counts as gone.
SILENT_AFTER = 30.0
#: Runners that a row may outlive: when a third one dies at it, the row is taken to be the cause.
MOST_ATTEMPTS = 3


def moment(at: datetime | None = None, later: timedelta = timedelta()) -> str:
    """A moment as it is stored (UTC): by default now; its order is the order in the queue."""
    return ((at or datetime.now(UTC)) + later).isoformat(timespec="milliseconds")


@dataclass(frozen=True, eq=False)
class LeaseQueue:
    """One queue, and what differs between queues.

    Parameters
    ----------
    table : Table
        Has an `id` and the columns of `db.tables.operations.lease`.
    lock : int
        Number of PostgreSQL's lock that keeps two from changing the queue at once.
    owner, asked_at, ended_at : str
        Columns: who asked for a row, when, and when it ended.
    waiting : str
        Status of a row that waits for a runner.
    working : tuple of str
        Statuses of a row that a runner has.
    taken : column element
        Status of a row that a runner takes.
    idle : tuple of str
        Statuses in which a row is cancelled at once.
    fresh : mapping
        Progress of a row that is taken.
    worn_out : mapping
        What is noted of a row that was lost with its runners.
    in_line : column element
        Which rows are of the queue; the command that asked for another works on that row itself, beside it.
    left_alone : mapping
        What is noted of a row beside the queue whose command is gone.
    behind : column element
        Which rows no person waits for: they have their turn when no other row waits, and no other gives way
        to them.
    never_again : tuple of str
        Statuses of a row that a runner has and that nobody else may take up: it must not be done twice.
    left_as : mapping
        What such a row becomes when its runner is gone.
    """

    table: Table
    lock: int
    owner: str
    asked_at: str
    ended_at: str
    waiting: str
    working: tuple[str, ...]
    taken: sa.ColumnElement[str]
    idle: tuple[str, ...]
    fresh: Mapping[str, Any]
    worn_out: Mapping[str, Any] = field(default_factory=dict)
    in_line: sa.ColumnElement[bool] = field(default_factory=sa.true)
    left_alone: Mapping[str, Any] = field(default_factory=dict)
    behind: sa.ColumnElement[bool] = field(default_factory=sa.false)
    never_again: tuple[str, ...] = ()
    left_as: Mapping[str, Any] = field(default_factory=dict)

    def alone(self, connection: Connection) -> None:
        """Keep others from changing the queue until this transaction ends; SQLite does so by itself."""
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({self.lock})")

    def on_the_way(self, connection: Connection, owner: str) -> int:
        """How many rows of one person are in the queue and not over."""
        columns = self.table.c
        mine = sa.and_(columns[self.owner] == owner, self.in_line, columns.status.not_in(OVER))
        return int(connection.execute(select(sa.func.count()).where(mine)).scalar_one())

    def wanted(self, database: Database) -> bool:
        """Whether any row wants a runner: one that waits, or one whose runner is gone."""
        rows = select(self.table.c.id).where(sa.or_(self.table.c.status == self.waiting, self._gone()))
        with database.operations.connect() as connection:
            return connection.execute(rows.limit(1)).first() is not None

    def others_wait(self, database: Database, owner: str) -> bool:
        """Whether a row of another person waits, and that person for it."""
        columns = self.table.c
        waits = sa.and_(columns.status == self.waiting, sa.not_(self.behind))
        others = select(columns.id).where(waits, columns[self.owner] != owner)
        with database.operations.connect() as connection:
            return connection.execute(others.limit(1)).first() is not None

    def claim(self, database: Database) -> RowMapping | None:
        """Take the next row; None where none waits, or one of the queue is being worked on.

        People take turns: next is the oldest row of the person who has waited longest since one of theirs was
        begun.
        """
        table = self.table
        with write_transaction(database.operations) as connection:
            self.alone(connection)
            self.return_abandoned(connection)
            busy = select(table.c.id).where(table.c.status.in_(self.working), self.in_line).limit(1)
            if connection.execute(busy).first():
                return None
            number = connection.execute(self._by_turns().limit(1)).scalar()
            if number is None:
                return None
            begun = self.begun(table.c.attempts) | {"status": self.taken}
            connection.execute(table.update().where(table.c.id == number).values(begun))
            return connection.execute(select(table).where(table.c.id == number)).mappings().one()

    def begun(self, attempts: Any = 0) -> dict[str, Any]:
        """What is noted of a row when a runner begins with it."""
        return {"attempts": attempts + 1, "heartbeat": time.time(), "started_at": moment(), **self.fresh}

    def _by_turns(self) -> sa.Select[tuple[str]]:
        columns = self.table.c
        owner = columns[self.owner]
        begun = (
            select(owner.label("owner"), sa.func.max(columns.started_at).label("at"))
            .where(self.in_line)
            .group_by(owner)
            .subquery()
        )
        return (
            select(columns.id)
            .join(begun, begun.c.owner == owner)
            .where(columns.status == self.waiting)
            .order_by(
                sa.case((self.behind, 1), else_=0),
                sa.func.coalesce(begun.c.at, ""),
                columns[self.asked_at],
                columns.id,
            )
        )

    def _gone(self) -> sa.ColumnElement[bool]:
        columns = self.table.c
        return sa.and_(columns.status.in_(self.working), columns.heartbeat < time.time() - SILENT_AFTER)

    def return_abandoned(self, connection: Connection) -> None:
        """Let rows wait again whose runner is gone, unless they have outlived several, or have none."""
        columns, gone = self.table.c, self._gone()
        if self.never_again:
            midway = sa.and_(gone, columns.status.in_(self.never_again))
            ended = {"heartbeat": None, self.ended_at: moment(), **self.left_as}
            connection.execute(self.table.update().where(midway).values(ended))
        stopped = sa.and_(gone, columns.cancelled_by.is_not(None))
        alone = sa.and_(gone, sa.not_(self.in_line))
        worn = sa.and_(gone, columns.attempts >= MOST_ATTEMPTS)
        for which, status, noted in (
            (stopped, CANCELLED, {}),
            (alone, FAILED, self.left_alone),
            (worn, FAILED, self.worn_out),
        ):
            ended = {"status": status, self.ended_at: moment(), **noted}
            connection.execute(self.table.update().where(which).values(ended))
        waits = {"status": self.waiting, "heartbeat": None}
        connection.execute(self.table.update().where(gone).values(waits))

    def held(self, number: str | int) -> sa.ColumnElement[bool]:
        """Condition that a runner has this row."""
        return sa.and_(self.table.c.id == number, self.table.c.status.in_(self.working))

    def pulse(self, database: Database, number: str | int, **progress: int) -> bool:
        """Renew the lease of a row and say how far it is; whether to go on with it."""
        held = self.held(number)
        with write_transaction(database.operations) as connection:
            alive = self.table.update().where(held).values(heartbeat=time.time(), **progress)
            connection.execute(alive)
            return connection.execute(select(self.table.c.cancelled_by).where(held)).first() == (None,)

    def close(self, database: Database, number: str | int, status: str, **values: Any) -> bool:
        """What a runner leaves a row as; false where it is no longer its runner's."""
        if status in OVER:
            values[self.ended_at] = moment()
        with write_transaction(database.operations) as connection:
            changed = self.table.update().where(self.held(number))
            left = connection.execute(changed.values(status=status, heartbeat=None, **values))
            return bool(left.rowcount)

    def cancel(
        self, database: Database, number: str | int, actor: str, *conditions: sa.ColumnElement[bool]
    ) -> str | None:
        """Stop a row: `CANCELLED` at once, `STOPPING` where its runner has to be told; None: too late.

        Whether `actor` may is decided before, or by the conditions.
        """
        columns = self.table.c
        mine = sa.and_(columns.id == number, columns.cancelled_by.is_(None), *conditions)
        with write_transaction(database.operations) as connection:
            self.alone(connection)
            idle = self.table.update().where(mine, columns.status.in_(self.idle))
            ended = {"status": CANCELLED, "cancelled_by": actor, self.ended_at: moment()}
            if connection.execute(idle.values(ended)).rowcount:
                return CANCELLED
            busy = self.table.update().where(mine, columns.status.in_(self.working))
            return STOPPING if connection.execute(busy.values(cancelled_by=actor)).rowcount else None
