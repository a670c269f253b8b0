"""The queue of cluster detection, and where each run stands. Every reading is held to one scope.

A run is `queued`, then `running`, then `done`, `failed` or `cancelled`; see db.operations.lease_queue for the
rest. A run `at_once` is worked on by the command that asked for it, beside the queue, and fails with it. A
`standing` one was asked by the system: it waits behind all others, until a person asks the same.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.engine import Connection

from db.clusters.run_rows import QUEUED, RUNNING, NewRun, Run, read_run, same_scope, scope_text
from db.core.engine import Database, write_transaction
from db.core.scope import Scope
from db.operations.lease_queue import DONE, MOST_ATTEMPTS, LeaseQueue, moment
from db.tables.operations import cluster_run as run
from surveillance.engine_version import earlier_analyses_were_wrong
from surveillance.errors import UsageError
from surveillance.texts import N_

COMMAND_ENDED = N_("the command that worked on it was ended before its result was stored: give it again")
WORN_OUT = N_(
    "the runner was ended {times} times while it worked on this, perhaps for want of memory: take a shorter "
    "period, longer units of time, or provinces instead of facilities"
)
QUEUE = LeaseQueue(
    run,
    lock=8_421_900_103,
    owner="author",
    asked_at="made_at",
    ended_at="finished_at",
    waiting=QUEUED,
    working=(RUNNING,),
    taken=sa.literal(RUNNING),
    idle=(QUEUED,),
    fresh={"done": 0},
    worn_out={"error": WORN_OUT, "error_values": json.dumps({"times": MOST_ATTEMPTS})},
    in_line=run.c.at_once.is_not(True),
    # What its command was given beside the question, such as a population, is gone.
    left_alone={"error": COMMAND_ENDED},
    behind=run.c.standing.is_(True),
)


def ask(
    database: Database, new: NewRun, *, most_waiting: int, most_an_hour: int, at_once: bool = False
) -> tuple[str, bool]:
    """Queue a run, or join the one that answers the same question of the same data.

    Returns its id, and whether it is a new one. `at_once`: the caller works on it, beside the
    queue, and joins nothing that is not done. A standing run that a person joins is standing no longer; how
    many runs are standing has no limit here.

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
        QUEUE.alone(connection)
        held = connection.execute(select(run.c.id).where(same).order_by(run.c.made_at).limit(1)).scalar()
        if held is not None:
            if not new.standing:
                joined = run.update().where(run.c.id == held, run.c.standing.is_(True))
                connection.execute(joined.values(standing=False))
            return str(held), False
        if not at_once and not new.standing:
            _refuse_too_many(connection, new.author, most_waiting, most_an_hour)
        number = secrets.token_hex(6)
        queued = {"status": QUEUED, "attempts": 0, "done": 0}
        stands = QUEUE.begun() | {"status": RUNNING} if at_once else queued
        connection.execute(
            run.insert().values(
                id=number, made_at=moment(), author=new.author, scope=scope_text(new.scope), query=new.query,
                share_hash=new.share_hash, series_hash=new.series_hash, data_version=new.data_version,
                places_version=new.places_version, seed=new.seed, total=new.total, at_once=at_once,
                standing=new.standing, **stands,
            )
        )  # fmt: skip
    return number, True


def _refuse_too_many(connection: Connection, author: str, most_waiting: int, most_an_hour: int) -> None:
    if QUEUE.on_the_way(connection, author) >= most_waiting:
        raise UsageError(
            "{count} of your runs are waiting or running already; wait for one, or cancel one",
            count=most_waiting,
        )
    since = moment(later=-timedelta(hours=1))
    lately = sa.and_(run.c.author == author, QUEUE.in_line, run.c.made_at > since)
    if connection.execute(select(sa.func.count()).where(lately)).scalar_one() >= most_an_hour:
        raise UsageError(
            "you have asked for {count} runs within the last hour; wait for a while", count=most_an_hour
        )


def get(database: Database, scope: Scope | None, number: str) -> Run | None:
    """One run of this scope; None for an unknown run or another scope's.

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
    """Whether a run of another person waits in the queue."""
    return QUEUE.others_wait(database, author)


def listed(database: Database, scope: Scope, limit: int) -> list[Run]:
    """The newest runs of this scope that people asked for, the newest first."""
    asked = select(run).where(same_scope(scope), run.c.standing.is_not(True))
    newest = asked.order_by(run.c.made_at.desc(), run.c.id).limit(limit)
    with database.operations.connect() as connection:
        return [read_run(row) for row in connection.execute(newest).mappings()]


def before(database: Database, scope: Scope, this: Run, end: date, *, rather_before: str = "") -> Run | None:
    """The run of the same question that comes before this one, whose study period ends on `end`.

    That is the one with the latest last day before it, or with the same last day and earlier data; of several
    the one of the latest data, then the one finished last. A run whose recurrence intervals were wrong is
    compared with nothing. `rather_before`: a run that was asked for before this moment is preferred.
    """
    series = (
        select(
            run.c.id,
            run.c.made_at,
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
            (
                str(json.loads(row.parameters or "{}").get("end")),
                row.data_version,
                row.finished_at,
                row.id,
                row.made_at < rather_before,
            )
            for row in connection.execute(series)
            if not earlier_analyses_were_wrong(
                row.engine_version, json.loads(row.query or "{}").get("earlier_analyses", 0)
            )
        ]
    last = end.isoformat()
    earlier = [row for row in held if row[0] < last or (row[0] == last and row[1] < this.data_version)]
    preferred = [row for row in earlier if row[4]] or earlier
    return get(database, scope, max(preferred)[3]) if preferred else None


def waiting(database: Database) -> bool:
    """Whether any run wants a runner."""
    return QUEUE.wanted(database)


def claim(database: Database) -> Run | None:
    """Take the next run; None where none waits, or one of the queue is being worked on."""
    row = QUEUE.claim(database)
    return None if row is None else read_run(row)


def pulse(database: Database, number: str, done: int, total: int) -> bool:
    """Say that a run is being worked on and how far it is; whether to go on with it."""
    return QUEUE.pulse(database, number, done=done, total=total)


def cancel(database: Database, number: str, actor: str) -> bool:
    """Take a run out of the queue, or ask its runner to stop; whether there was anything to stop.

    Whether `actor` may is decided before.
    """
    return QUEUE.cancel(database, number, actor) is not None


def close(database: Database, number: str, status: str, error: str | None = None, **values: object) -> None:
    """A run that was begun and has no result: `failed` with the reason in words, or `cancelled`.

    `values` are those for which the words have places.
    """
    held = json.dumps(values, default=str) if values else None
    QUEUE.close(database, number, status, error=error, error_values=held)


def gives_way(database: Database, number: str) -> bool:
    """Whether a run is a standing one, for which no person waits, while a person's run waits."""
    standing = select(run.c.id).where(run.c.id == number, run.c.standing.is_(True))
    waits = select(run.c.id).where(run.c.status == QUEUED, run.c.standing.is_not(True))
    with database.operations.connect() as connection:
        return connection.execute(standing.where(waits.exists())).first() is not None


def put_back(database: Database, number: str) -> bool:
    """Let a run that is worked on wait again, as if it had not been begun; false where it is no longer its
    runner's."""
    return QUEUE.close(database, number, QUEUED, attempts=0, done=0)


def finish(
    connection: Connection,
    number: str,
    *,
    engine_version: int,
    parameters: Mapping[str, Any],
    previous: str | None,
) -> bool:
    """Mark a run as done, in the transaction that writes its result; false where it is no longer ours."""
    mine = sa.and_(QUEUE.held(number), run.c.cancelled_by.is_(None))
    values = {
        "status": DONE,
        "done": run.c.total,
        "finished_at": moment(),
        "engine_version": engine_version,
        "parameters": json.dumps(parameters, sort_keys=True, default=str, allow_nan=False),
        "previous": previous,
    }
    return bool(connection.execute(run.update().where(mine).values(values)).rowcount)
