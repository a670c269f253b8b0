"""The queue of cluster detection, and where each run stands. Every reading is held to one scope.

A run is `queued`, then `running`, then `done`, `failed` or `cancelled`. Whoever works on one says so at least
every few seconds; a run whose runner has fallen silent goes back into the queue. A run `at_once` is
worked on by the command that asked for it, beside the queue, and fails with it.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.engine import Connection

from db.clusters.run_rows import (
    CANCELLED,
    DONE,
    FAILED,
    QUEUED,
    RUNNING,
    NewRun,
    Run,
    read_run,
    same_scope,
    scope_text,
)
from db.core.engine import Database, write_transaction
from db.core.scope import Scope
from db.tables.operations import cluster_run as run
from surveillance.engine_version import earlier_analyses_were_wrong
from surveillance.errors import UsageError

#: Seconds without a sign of life after which a run's runner counts as gone.
SILENT_AFTER = 30.0
#: Runners that a run may outlive: the third one that ends with it does so because of it.
MOST_ATTEMPTS = 3
COMMAND_ENDED = "the command that worked on it was ended before its result was stored: give it again"
WORN_OUT = (
    "the runner was ended {times} times while it worked on this, perhaps for want of memory: take a shorter "
    "period, longer units of time, or provinces instead of facilities"
)
#: Number of PostgreSQL's lock that keeps two from changing the queue at once.
_QUEUE = 8_421_900_103
_NOT_AT_ONCE = run.c.at_once.is_not(True)


def _now(later: timedelta = timedelta()) -> str:
    return (datetime.now(UTC) + later).isoformat(timespec="milliseconds")  # the order in the queue


def _alone(connection: Connection) -> None:
    """Nobody else changes the queue until this transaction ends: SQLite's own lock does so by itself."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_QUEUE})")


def ask(
    database: Database, new: NewRun, *, most_waiting: int, most_an_hour: int, at_once: bool = False
) -> tuple[str, bool]:
    """Queue a run, or join the one that answers the same question of the same data.

    Returns its id, and whether it is a new one. `at_once`: whoever asks works on it, beside the
    queue, and joins nothing that is not done.

    Raises
    ------
    UsageError
        The author has `most_waiting` runs in the queue or being worked on, or has asked for `most_an_hour`.
    """
    same = sa.and_(
        run.c.share_hash == new.share_hash,
        run.c.status.in_((DONE,) if at_once else (QUEUED, RUNNING, DONE)),
        run.c.cancelled_by.is_(None),
    )
    with write_transaction(database.operations) as connection:
        _alone(connection)
        held = connection.execute(select(run.c.id).where(same).order_by(run.c.made_at).limit(1)).scalar()
        if held is not None:
            return str(held), False
        if not at_once:
            _refuse_too_many(connection, new.author, most_waiting, most_an_hour)
        number = secrets.token_hex(6)
        connection.execute(
            run.insert().values(
                id=number, made_at=_now(), author=new.author, scope=scope_text(new.scope), query=new.query,
                share_hash=new.share_hash, series_hash=new.series_hash, data_version=new.data_version,
                places_version=new.places_version, seed=new.seed, done=0, total=new.total, at_once=at_once,
                **(_begun(0) if at_once else {"status": QUEUED, "attempts": 0}),
            )
        )  # fmt: skip
    return number, True


def _refuse_too_many(connection: Connection, author: str, most_waiting: int, most_an_hour: int) -> None:
    mine = sa.and_(run.c.author == author, _NOT_AT_ONCE)
    under_way = sa.and_(mine, run.c.status.in_((QUEUED, RUNNING)))
    if connection.execute(select(sa.func.count()).where(under_way)).scalar_one() >= most_waiting:
        raise UsageError(
            "{count} of your runs are waiting or running already; wait for one, or cancel one",
            count=most_waiting,
        )
    lately = sa.and_(mine, run.c.made_at > _now(-timedelta(hours=1)))
    if connection.execute(select(sa.func.count()).where(lately)).scalar_one() >= most_an_hour:
        raise UsageError(
            "you have asked for {count} runs within the last hour; wait for a while", count=most_an_hour
        )


def get(database: Database, scope: Scope | None, number: str) -> Run | None:
    """One run of this scope; None where there is none, or it is another scope's.

    `scope` None: of any scope, for those who look after the queue.
    """
    chosen = select(run).where(run.c.id == number, sa.true() if scope is None else same_scope(scope))
    with database.operations.connect() as connection:
        row = connection.execute(chosen).mappings().first()
    return None if row is None else read_run(row)


def under_way(database: Database) -> list[Run]:
    """Runs of every scope that wait or are worked on, the oldest first: for those who look after them."""
    unfinished = select(run).where(run.c.status.in_((QUEUED, RUNNING))).order_by(run.c.made_at, run.c.id)
    with database.operations.connect() as connection:
        return [read_run(row) for row in connection.execute(unfinished).mappings()]


def others_wait(database: Database, author: str) -> bool:
    """Whether a run of somebody else waits in the queue."""
    others = select(run.c.id).where(run.c.status == QUEUED, run.c.author != author).limit(1)
    with database.operations.connect() as connection:
        return connection.execute(others).first() is not None


def listed(database: Database, scope: Scope, limit: int) -> list[Run]:
    """The newest runs of this scope first."""
    newest = select(run).where(same_scope(scope)).order_by(run.c.made_at.desc(), run.c.id).limit(limit)
    with database.operations.connect() as connection:
        return [read_run(row) for row in connection.execute(newest).mappings()]


def before(database: Database, scope: Scope, this: Run, end: date) -> Run | None:
    """The run of the same question that comes before this one, whose study period ends on `end`.

    That is the one with the latest last day before it, or with the same last day and earlier data; of several
    the one of the latest data, then the one finished last. A run whose recurrence intervals were wrong is
    compared with nothing.
    """
    series = (
        select(
            run.c.id,
            run.c.data_version,
            run.c.finished_at,
            run.c.parameters,
            run.c.engine_version,
            run.c.query,
        )
        .where(run.c.series_hash == this.series_hash, run.c.status == DONE, run.c.id != this.id)
        .where(same_scope(scope))
    )
    with database.operations.connect() as connection:
        held = [
            (str(json.loads(row.parameters or "{}").get("end")), row.data_version, row.finished_at, row.id)
            for row in connection.execute(series)
            if not earlier_analyses_were_wrong(
                row.engine_version, json.loads(row.query or "{}").get("earlier_analyses", 0)
            )
        ]
    last = end.isoformat()
    earlier = [row for row in held if row[0] < last or (row[0] == last and row[1] < this.data_version)]
    return get(database, scope, max(earlier)[3]) if earlier else None


def waiting(database: Database) -> bool:
    """Whether any run wants a runner: one in the queue, or one whose runner is gone."""
    gone = sa.and_(run.c.status == RUNNING, run.c.heartbeat < time.time() - SILENT_AFTER)
    with database.operations.connect() as connection:
        wanted = select(run.c.id).where(sa.or_(run.c.status == QUEUED, gone)).limit(1)
        return connection.execute(wanted).first() is not None


def claim(database: Database) -> Run | None:
    """Take the next run; None where none waits, or one of the queue is being worked on.

    People take turns: next is the oldest run of whoever has waited longest since a run of theirs began.
    """
    with write_transaction(database.operations) as connection:
        _alone(connection)
        _return_abandoned(connection)
        if connection.execute(select(run.c.id).where(run.c.status == RUNNING, _NOT_AT_ONCE)).first():
            return None
        begun = (
            select(run.c.author, sa.func.max(run.c.started_at).label("at"))
            .where(_NOT_AT_ONCE)
            .group_by(run.c.author)
            .subquery()
        )
        queued = (
            select(run)
            .join(begun, begun.c.author == run.c.author)
            .where(run.c.status == QUEUED)
            .order_by(sa.func.coalesce(begun.c.at, ""), run.c.made_at, run.c.id)
        )
        row = connection.execute(queued.limit(1)).mappings().first()
        if row is None:
            return None
        taken = _begun(row["attempts"]) | {"done": 0}
        connection.execute(run.update().where(run.c.id == row["id"]).values(taken))
        return read_run({**row, **taken})  # type: ignore[arg-type]


def _begun(attempts: int) -> dict[str, Any]:
    return {
        "status": RUNNING,
        "attempts": attempts + 1,
        "heartbeat": time.time(),
        "started_at": _now(),
    }


def _return_abandoned(connection: Connection) -> None:
    """Put runs whose runner is gone back into the queue, unless they have outlived several, or have none.

    A run at once fails: what its command was given beside the question, such as a population, is gone.
    """
    gone = sa.and_(run.c.status == RUNNING, run.c.heartbeat < time.time() - SILENT_AFTER)
    stopped = sa.and_(gone, run.c.cancelled_by.is_not(None))
    connection.execute(run.update().where(stopped).values(status=CANCELLED, finished_at=_now()))
    alone = sa.and_(gone, run.c.at_once.is_(True))
    connection.execute(
        run.update().where(alone).values(status=FAILED, finished_at=_now(), error=COMMAND_ENDED)
    )
    worn = sa.and_(gone, run.c.attempts >= MOST_ATTEMPTS)
    connection.execute(
        run.update()
        .where(worn)
        .values(
            status=FAILED,
            finished_at=_now(),
            error=WORN_OUT,
            error_values=json.dumps({"times": MOST_ATTEMPTS}),
        )
    )
    connection.execute(run.update().where(gone).values(status=QUEUED, heartbeat=None))


def pulse(database: Database, number: str, done: int, total: int) -> bool:
    """Say that a run is being worked on and how far it is; whether to go on with it."""
    mine = sa.and_(run.c.id == number, run.c.status == RUNNING)
    with write_transaction(database.operations) as connection:
        connection.execute(run.update().where(mine).values(heartbeat=time.time(), done=done, total=total))
        return connection.execute(select(run.c.cancelled_by).where(mine)).first() == (None,)


def cancel(database: Database, number: str, actor: str) -> bool:
    """Take a run out of the queue, or ask its runner to stop; whether there was anything to stop.

    Whether `actor` may is decided before.
    """
    mine = sa.and_(run.c.id == number, run.c.cancelled_by.is_(None))
    with write_transaction(database.operations) as connection:
        _alone(connection)
        queued = run.update().where(mine, run.c.status == QUEUED)
        gone = connection.execute(queued.values(status=CANCELLED, cancelled_by=actor, finished_at=_now()))
        running = run.update().where(mine, run.c.status == RUNNING)
        asked = connection.execute(running.values(cancelled_by=actor))
        return bool(gone.rowcount or asked.rowcount)


def close(database: Database, number: str, status: str, error: str | None = None, **values: object) -> None:
    """A run that was begun and has no result: `failed` with the reason in words, or `cancelled`.

    `values` are those for which the words have places.
    """
    held = json.dumps(values, default=str) if values else None
    with write_transaction(database.operations) as connection:
        mine = sa.and_(run.c.id == number, run.c.status == RUNNING)
        ended = {"status": status, "error": error, "error_values": held, "finished_at": _now()}
        connection.execute(run.update().where(mine).values(ended))


def finish(
    connection: Connection,
    number: str,
    *,
    engine_version: int,
    parameters: Mapping[str, Any],
    previous: str | None,
) -> bool:
    """Mark a run as done, in the transaction that writes its result; false where it is no longer ours."""
    mine = sa.and_(run.c.id == number, run.c.status == RUNNING, run.c.cancelled_by.is_(None))
    values = {
        "status": DONE,
        "done": run.c.total,
        "finished_at": _now(),
        "engine_version": engine_version,
        "parameters": json.dumps(parameters, sort_keys=True, default=str, allow_nan=False),
        "previous": previous,
    }
    return bool(connection.execute(run.update().where(mine).values(values)).rowcount)
