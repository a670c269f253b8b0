"""Files that come through the browser: their queue, and where each stands. A file is its sender's alone.

A file waits (`waiting`), is looked at or tried (`reading`) or stored (`storing`), and in between asks its
sender (`asked`); it ends `done`, `failed` or `cancelled`. Whoever works on one says so every second; where
that falls silent it goes back into the queue.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.engine import Connection, RowMapping

from db.core.engine import Database, write_transaction
from db.tables.uploads import upload
from surveillance.errors import UsageError

WAITING, READING, ASKED, STORING = "waiting", "reading", "asked", "storing"
DONE, FAILED, CANCELLED = "done", "failed", "cancelled"
LOOK, TRY, STORE = "look", "try", "store"
READY, TAKEN, GONE = "ready", "taken", "gone"
OVER = frozenset((DONE, FAILED, CANCELLED))
_WORKED_ON = (READING, STORING)
#: Seconds without a sign of life after which a file's runner counts as gone.
SILENT_AFTER = 30.0
#: Runners that a file may outlive: the third one that ends with it does so because of it.
MOST_ATTEMPTS = 3
#: What is kept of a file, from its coming and from its end.
KEPT = timedelta(hours=24)
#: Number of PostgreSQL's lock that keeps two from changing the queue at once.
_QUEUE = 8_421_900_104


@dataclass(frozen=True)
class Upload:
    """A file as it stands. `counts`: what became of its rows, once it is done."""

    id: str
    made_at: str
    actor: str
    name: str
    ending: str
    size: int
    sha256: str
    source: str
    covers: Mapping[str, Any]
    status: str
    task: str
    asked_at: str
    rows: int
    attempts: int
    final: bool
    cancelled_by: str | None
    ended_at: str | None
    mapping: str | None
    mapping_version: str | None
    mapping_text: str | None
    date_order: str | None
    batch: int | None
    counts: Mapping[str, int] | None
    returned: str | None
    #: In which its sender reads.
    language: str

    @property
    def over(self) -> bool:
        """Whether nothing more happens to it."""
        return self.status in OVER

    @property
    def at_work(self) -> bool:
        """Whether its sender has to wait."""
        return self.status in (WAITING, *_WORKED_ON)


def moment(at: datetime | None = None) -> str:
    """A moment as it is stored (UTC)."""
    return (at or datetime.now(UTC)).isoformat(timespec="milliseconds")


def _alone(connection: Connection) -> None:
    """Nobody else changes the queue until this transaction ends: SQLite's own lock does so by itself."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_QUEUE})")


def _read(row: RowMapping | Mapping[str, Any]) -> Upload:
    plain = {name: row[name] for name in Upload.__dataclass_fields__ if name not in ("covers", "counts")}
    return Upload(covers=json.loads(row["covers"]), counts=json.loads(row["counts"] or "null"), **plain)


def add(database: Database, number: str, facts: Mapping[str, Any], *, most: int) -> None:
    """Put a new file into the queue.

    Raises
    ------
    UsageError
        Its sender has `most` files on the way already.
    """
    mine = sa.and_(upload.c.actor == facts["actor"], upload.c.status.not_in(OVER))
    with write_transaction(database.operations) as connection:
        _alone(connection)
        if connection.execute(select(sa.func.count()).where(mine)).scalar_one() >= most:
            raise UsageError(
                "{count} of your files are on the way already; finish one, or cancel one", count=most
            )
        now = moment()
        values = {"covers": json.dumps(facts["covers"])}
        new = {"id": number, "made_at": now, "asked_at": now, "status": WAITING, "task": LOOK}
        idle = {"rows": 0, "attempts": 0, "final": False}
        connection.execute(upload.insert().values({**facts, **values, **new, **idle}))


def get(database: Database, actor: str, number: str) -> Upload | None:
    """One file of this person; None where there is none, or it is another's."""
    with database.operations.connect() as connection:
        mine = select(upload).where(upload.c.id == number, upload.c.actor == actor)
        row = connection.execute(mine).mappings().first()
    return None if row is None else _read(row)


def listed(database: Database, actor: str, limit: int) -> list[Upload]:
    """This person's files, newest first."""
    newest = select(upload).where(upload.c.actor == actor).order_by(upload.c.made_at.desc()).limit(limit)
    with database.operations.connect() as connection:
        return [_read(row) for row in connection.execute(newest).mappings()]


def _gone() -> sa.ColumnElement[bool]:
    return sa.and_(upload.c.status.in_(_WORKED_ON), upload.c.heartbeat < time.time() - SILENT_AFTER)


def waiting(database: Database) -> bool:
    """Whether any file wants a runner: one in the queue, or one whose runner is gone."""
    with database.operations.connect() as connection:
        wanted = select(upload.c.id).where(sa.or_(upload.c.status == WAITING, _gone())).limit(1)
        return connection.execute(wanted).first() is not None


def claim(database: Database) -> Upload | None:
    """Take the next file; None where none waits, or one is being worked on."""
    with write_transaction(database.operations) as connection:
        _alone(connection)
        _return_abandoned(connection)
        if connection.execute(select(upload.c.id).where(upload.c.status.in_(_WORKED_ON))).first():
            return None
        queued = select(upload).where(upload.c.status == WAITING).order_by(upload.c.asked_at, upload.c.id)
        row = connection.execute(queued.limit(1)).mappings().first()
        if row is None:
            return None
        taken = {
            "status": STORING if row["task"] == STORE else READING,
            "attempts": row["attempts"] + 1,
            "heartbeat": time.time(),
            "rows": 0,
        }
        connection.execute(upload.update().where(upload.c.id == row["id"]).values(taken))
        return _read({**row, **taken})


def _return_abandoned(connection: Connection) -> None:
    """Put files whose runner is gone back into the queue, unless they have outlived several."""
    stopped = sa.and_(_gone(), upload.c.cancelled_by.is_not(None))
    connection.execute(upload.update().where(stopped).values(status=CANCELLED, ended_at=moment()))
    worn = sa.and_(_gone(), upload.c.attempts >= MOST_ATTEMPTS)
    connection.execute(upload.update().where(worn).values(status=FAILED, ended_at=moment()))
    connection.execute(upload.update().where(_gone()).values(status=WAITING, heartbeat=None))


def _mine(number: str) -> sa.ColumnElement[bool]:
    return sa.and_(upload.c.id == number, upload.c.status.in_(_WORKED_ON))


def pulse(database: Database, number: str, rows: int) -> bool:
    """Say that a file is being worked on and how far it is; whether to go on with it."""
    with write_transaction(database.operations) as connection:
        connection.execute(upload.update().where(_mine(number)).values(heartbeat=time.time(), rows=rows))
        return connection.execute(select(upload.c.cancelled_by).where(_mine(number))).first() == (None,)


def begin_final(database: Database, number: str) -> bool:
    """From here on a file can no longer be cancelled; false where it has been."""
    with write_transaction(database.operations) as connection:
        _alone(connection)
        going = upload.update().where(_mine(number), upload.c.cancelled_by.is_(None))
        return bool(connection.execute(going.values(final=True, heartbeat=time.time())).rowcount)


def close(database: Database, number: str, status: str, **values: Any) -> bool:
    """What a runner leaves a file as; false where it is no longer its runner's."""
    if status in OVER:
        values["ended_at"] = moment()
    if "counts" in values:
        values["counts"] = json.dumps(values["counts"])
    with write_transaction(database.operations) as connection:
        changed = upload.update().where(_mine(number)).values(status=status, heartbeat=None, **values)
        return bool(connection.execute(changed).rowcount)


def ask(database: Database, actor: str, number: str, task: str, **answers: Any) -> bool:
    """Give a file that asks back to the runner; false where it does not ask."""
    with write_transaction(database.operations) as connection:
        asks = sa.and_(upload.c.id == number, upload.c.actor == actor, upload.c.status == ASKED)
        again = upload.update().where(asks)
        given = again.values(status=WAITING, task=task, asked_at=moment(), attempts=0, rows=0, **answers)
        return bool(connection.execute(given).rowcount)


def cancel(database: Database, actor: str, number: str) -> str | None:
    """Stop a file: `CANCELLED` at once, `READING` where its runner has to hear of it; None: too late."""
    mine = sa.and_(
        upload.c.id == number,
        upload.c.actor == actor,
        upload.c.cancelled_by.is_(None),
        upload.c.final.is_(False),
    )
    with write_transaction(database.operations) as connection:
        _alone(connection)
        idle = upload.update().where(mine, upload.c.status.in_((WAITING, ASKED)))
        ended = {"status": CANCELLED, "cancelled_by": actor, "ended_at": moment()}
        if connection.execute(idle.values(ended)).rowcount:
            return CANCELLED
        busy = upload.update().where(mine, upload.c.status.in_(_WORKED_ON)).values(cancelled_by=actor)
        return READING if connection.execute(busy).rowcount else None


def take_returned(database: Database, actor: str, number: str) -> bool:
    """Take the rejected rows of a file, which one can do once."""
    since = moment(datetime.now(UTC) - KEPT)
    with write_transaction(database.operations) as connection:
        ready = sa.and_(
            upload.c.id == number,
            upload.c.actor == actor,
            upload.c.returned == READY,
            upload.c.ended_at > since,
        )
        return bool(connection.execute(upload.update().where(ready).values(returned=TAKEN)).rowcount)


def expire(database: Database, now: datetime | None = None) -> None:
    """End what was left lying for a day, and say of returned rows that are as old that they are gone."""
    since = moment((now or datetime.now(UTC)) - KEPT)
    left = sa.and_(
        upload.c.status.in_((WAITING, ASKED)), upload.c.asked_at <= since, upload.c.final.is_(False)
    )
    old = sa.and_(upload.c.returned == READY, upload.c.ended_at <= since)
    with database.operations.connect() as connection:
        if connection.execute(select(upload.c.id).where(sa.or_(left, old)).limit(1)).first() is None:
            return
    with write_transaction(database.operations) as connection:
        connection.execute(upload.update().where(left).values(status=CANCELLED, ended_at=moment(now)))
        connection.execute(upload.update().where(old).values(returned=GONE))


def standing(database: Database, numbers: Sequence[str]) -> dict[str, tuple[str, str | None, str | None]]:
    """Files of these numbers -> status, when it ended, its returned rows."""
    wanted = select(upload.c.id, upload.c.status, upload.c.ended_at, upload.c.returned)
    with database.operations.connect() as connection:
        rows = connection.execute(wanted.where(upload.c.id.in_(numbers)))
        return {row[0]: (row[1], row[2], row[3]) for row in rows}
