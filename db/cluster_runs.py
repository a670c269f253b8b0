"""The queue of cluster detection, and where each run stands. Every reading is held to one scope.

A run is `queued`, then `running`, then `done`, `failed` or `cancelled`. Whoever works on one says so at least
every few seconds; a run whose runner has fallen silent goes back into the queue.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.engine import Connection, RowMapping

from db.engine import Database, write_transaction
from db.operations_schema import cluster_run as run
from db.scope import Scope
from surveillance.errors import UsageError

QUEUED, RUNNING, DONE, FAILED, CANCELLED = "queued", "running", "done", "failed", "cancelled"
#: Seconds without a sign of life after which a run's runner counts as gone.
SILENT_AFTER = 30.0
#: Runners that a run may outlive: the third one that ends with it does so because of it.
MOST_ATTEMPTS = 3
#: Number of PostgreSQL's lock that keeps two from changing the queue at once.
_QUEUE = 8_421_900_103


@dataclass(frozen=True)
class NewRun:
    """A run about to be asked for."""

    author: str
    scope: Scope
    query: str
    share_hash: str
    series_hash: str
    data_version: int
    places_version: str
    seed: int
    total: int


@dataclass(frozen=True)
class Run:
    """A run as it stands. `parameters`: what the engine used, once it is done."""

    id: str
    made_at: str
    author: str
    scope: Scope
    query: str
    series_hash: str
    data_version: int
    status: str
    done: int
    total: int
    started_at: str | None
    finished_at: str | None
    cancelled_by: str | None
    error: str | None
    engine_version: int | None
    previous: str | None
    parameters: Mapping[str, Any]


def scope_text(scope: Scope) -> str | None:
    """A scope as it is stored; two are the same exactly where their texts are."""
    return None if scope.provinces is None else " ".join(sorted(scope.provinces))


def _same_scope(scope: Scope) -> sa.ColumnElement[bool]:
    text = scope_text(scope)
    return run.c.scope.is_(None) if text is None else run.c.scope == text


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")  # the order in the queue


def _alone(connection: Connection) -> None:
    """Nobody else changes the queue until this transaction ends: SQLite's own lock does so by itself."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_QUEUE})")


def ask(database: Database, new: NewRun, *, most_waiting: int, at_once: bool = False) -> tuple[str, bool]:
    """Queue a run, or join the one that answers the same question of the same data.

    Returns its id, and whether it is a new one. `at_once`: whoever asks works on it, beside the
    queue, and joins nothing that is not done.

    Raises
    ------
    UsageError
        The author has `most_waiting` runs in the queue already.
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
        mine = sa.and_(run.c.author == new.author, run.c.status == QUEUED)
        if connection.execute(select(sa.func.count()).where(mine)).scalar_one() >= most_waiting:
            raise UsageError(
                "{count} of your runs are waiting already; wait for one, or cancel one", count=most_waiting
            )
        number = secrets.token_hex(6)
        connection.execute(
            run.insert().values(
                id=number, made_at=_now(), author=new.author, scope=scope_text(new.scope), query=new.query,
                share_hash=new.share_hash, series_hash=new.series_hash, data_version=new.data_version,
                places_version=new.places_version, seed=new.seed, done=0, total=new.total,
                **(_begun(0) if at_once else {"status": QUEUED, "attempts": 0}),
            )
        )  # fmt: skip
    return number, True


def _read(row: RowMapping) -> Run:
    provinces = row["scope"]
    return Run(
        scope=Scope.everything() if provinces is None else Scope.of(*provinces.split()),
        parameters=json.loads(row["parameters"] or "{}"),
        **{name: row[name] for name in Run.__dataclass_fields__ if name not in ("scope", "parameters")},
    )


def get(database: Database, scope: Scope, number: str) -> Run | None:
    """One run of this scope; None where there is none, or it is another scope's."""
    with database.operations.connect() as connection:
        row = connection.execute(select(run).where(run.c.id == number, _same_scope(scope))).mappings().first()
    return None if row is None else _read(row)


def listed(database: Database, scope: Scope, limit: int) -> list[Run]:
    """The newest runs of this scope first."""
    newest = select(run).where(_same_scope(scope)).order_by(run.c.made_at.desc(), run.c.id).limit(limit)
    with database.operations.connect() as connection:
        return [_read(row) for row in connection.execute(newest).mappings()]


def before(database: Database, scope: Scope, this: Run) -> Run | None:
    """The run of the same question, of other data or another last day, that was finished last."""
    earlier = (
        select(run)
        .where(
            run.c.series_hash == this.series_hash,
            run.c.status == DONE,
            run.c.id != this.id,
            _same_scope(scope),
            sa.or_(run.c.data_version != this.data_version, run.c.query != this.query),
        )
        .order_by(run.c.finished_at.desc(), run.c.made_at.desc())
        .limit(1)
    )
    with database.operations.connect() as connection:
        row = connection.execute(earlier).mappings().first()
    return None if row is None else _read(row)


def asked_before(database: Database, this: Run) -> int:
    """How many runs, of any scope, were asked for before this one and are queued or worked on."""
    unfinished = sa.and_(
        run.c.status.in_((QUEUED, RUNNING)),
        sa.or_(run.c.made_at < this.made_at, sa.and_(run.c.made_at == this.made_at, run.c.id < this.id)),
    )
    with database.operations.connect() as connection:
        return int(connection.execute(select(sa.func.count()).where(unfinished)).scalar_one())


def waiting(database: Database) -> bool:
    """Whether any run wants a runner: one in the queue, or one whose runner is gone."""
    gone = sa.and_(run.c.status == RUNNING, run.c.heartbeat < time.time() - SILENT_AFTER)
    with database.operations.connect() as connection:
        wanted = select(run.c.id).where(sa.or_(run.c.status == QUEUED, gone)).limit(1)
        return connection.execute(wanted).first() is not None


def claim(database: Database) -> Run | None:
    """Take the next run; None where none waits, or one is being worked on."""
    with write_transaction(database.operations) as connection:
        _alone(connection)
        _return_abandoned(connection)
        if connection.execute(select(run.c.id).where(run.c.status == RUNNING)).first():
            return None
        queued = select(run).where(run.c.status == QUEUED).order_by(run.c.made_at, run.c.id).limit(1)
        row = connection.execute(queued).mappings().first()
        if row is None:
            return None
        taken = _begun(row["attempts"]) | {"done": 0}
        connection.execute(run.update().where(run.c.id == row["id"]).values(taken))
        return _read({**row, **taken})  # type: ignore[arg-type]


def _begun(attempts: int) -> dict[str, Any]:
    return {
        "status": RUNNING,
        "attempts": attempts + 1,
        "heartbeat": time.time(),
        "started_at": _now(),
    }


def _return_abandoned(connection: Connection) -> None:
    """Put runs whose runner is gone back into the queue, unless they have outlived several."""
    gone = sa.and_(run.c.status == RUNNING, run.c.heartbeat < time.time() - SILENT_AFTER)
    stopped = sa.and_(gone, run.c.cancelled_by.is_not(None))
    connection.execute(run.update().where(stopped).values(status=CANCELLED, finished_at=_now()))
    worn = sa.and_(gone, run.c.attempts >= MOST_ATTEMPTS)
    why = (
        f"the runner was ended {MOST_ATTEMPTS} times while it worked on this, perhaps for want of memory: "
        "take a shorter period, longer units of time, or provinces instead of facilities"
    )
    connection.execute(run.update().where(worn).values(status=FAILED, finished_at=_now(), error=why))
    connection.execute(run.update().where(gone).values(status=QUEUED, heartbeat=None))


def pulse(database: Database, number: str, done: int, total: int) -> bool:
    """Say that a run is being worked on and how far it is; whether to go on with it."""
    mine = sa.and_(run.c.id == number, run.c.status == RUNNING)
    with write_transaction(database.operations) as connection:
        connection.execute(run.update().where(mine).values(heartbeat=time.time(), done=done, total=total))
        return connection.execute(select(run.c.cancelled_by).where(mine)).first() == (None,)


def cancel(database: Database, scope: Scope, number: str, actor: str) -> bool:
    """Take a run out of the queue, or ask its runner to stop; whether there was anything to stop."""
    mine = sa.and_(run.c.id == number, _same_scope(scope), run.c.cancelled_by.is_(None))
    with write_transaction(database.operations) as connection:
        _alone(connection)
        queued = run.update().where(mine, run.c.status == QUEUED)
        gone = connection.execute(queued.values(status=CANCELLED, cancelled_by=actor, finished_at=_now()))
        running = run.update().where(mine, run.c.status == RUNNING)
        asked = connection.execute(running.values(cancelled_by=actor))
        return bool(gone.rowcount or asked.rowcount)


def close(database: Database, number: str, status: str, error: str | None = None) -> None:
    """A run that was begun and has no result: `failed` with the reason in words, or `cancelled`."""
    with write_transaction(database.operations) as connection:
        mine = sa.and_(run.c.id == number, run.c.status == RUNNING)
        connection.execute(run.update().where(mine).values(status=status, error=error, finished_at=_now()))


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
