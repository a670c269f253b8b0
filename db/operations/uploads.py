"""Files that come through the browser: their queue, and where each stands. A file is its sender's alone.

A file waits (`waiting`), is looked at or tried (`reading`) or stored (`storing`), and in between asks its
sender (`asked`); it ends `done`, `failed` or `cancelled`. See db.operations.lease_queue for the rest.
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
from sqlalchemy.engine import RowMapping

from db.core.engine import Database, write_transaction
from db.operations.lease_queue import CANCELLED, OVER, LeaseQueue, moment
from db.tables.uploads import upload
from surveillance.errors import UsageError
from surveillance.reception.file_kinds import LINE_LIST

WAITING, READING, ASKED, STORING = "waiting", "reading", "asked", "storing"
LOOK, TRY, STORE = "look", "try", "store"
READY, TAKEN, GONE = "ready", "taken", "gone"
_WORKED_ON = (READING, STORING)
#: What is kept of a file, from its coming and from its end.
KEPT = timedelta(hours=24)
QUEUE = LeaseQueue(
    upload,
    lock=8_421_900_104,
    owner="actor",
    asked_at="asked_at",
    ended_at="ended_at",
    waiting=WAITING,
    working=_WORKED_ON,
    taken=sa.case((upload.c.task == STORE, STORING), else_=READING),
    idle=(WAITING, ASKED),
    fresh={"rows": 0},
)


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
    def kind(self) -> str:
        """What each of its rows is."""
        return str(self.covers.get("kind", LINE_LIST))

    @property
    def over(self) -> bool:
        """Whether nothing more happens to it."""
        return self.status in OVER

    @property
    def at_work(self) -> bool:
        """Whether its sender has to wait."""
        return self.status in (WAITING, *_WORKED_ON)


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
    with write_transaction(database.operations) as connection:
        QUEUE.alone(connection)
        if QUEUE.on_the_way(connection, facts["actor"]) >= most:
            raise UsageError(
                "{count} of your files are on the way already; finish one, or cancel one", count=most
            )
        now = moment()
        values = {"covers": json.dumps(facts["covers"])}
        new = {"id": number, "made_at": now, "asked_at": now, "status": WAITING, "task": LOOK}
        idle = {"rows": 0, "attempts": 0, "final": False}
        connection.execute(upload.insert().values({**facts, **values, **new, **idle}))


def get(database: Database, actor: str, number: str) -> Upload | None:
    """One of the person's own files; None for an unknown number or another's file."""
    with database.operations.connect() as connection:
        mine = select(upload).where(upload.c.id == number, upload.c.actor == actor)
        row = connection.execute(mine).mappings().first()
    return None if row is None else _read(row)


def listed(database: Database, actor: str, limit: int) -> list[Upload]:
    """This person's files: those that are not over, which keep others out, then the newest."""
    over = sa.case((upload.c.status.in_(OVER), 1), else_=0)
    newest = (
        select(upload).where(upload.c.actor == actor).order_by(over, upload.c.made_at.desc()).limit(limit)
    )
    with database.operations.connect() as connection:
        return [_read(row) for row in connection.execute(newest).mappings()]


def waiting(database: Database) -> bool:
    """Whether any file wants a runner."""
    return QUEUE.wanted(database)


def storing(database: Database) -> bool:
    """Whether a file is being imported, or waits to be."""
    waits = sa.and_(upload.c.status == WAITING, upload.c.task == STORE)
    rows = sa.select(upload.c.id).where(sa.or_(upload.c.status == STORING, waits)).limit(1)
    with database.operations.connect() as connection:
        return connection.execute(rows).first() is not None


def claim(database: Database) -> Upload | None:
    """Take the next file; None where none waits, or one is being worked on."""
    row = QUEUE.claim(database)
    return None if row is None else _read(row)


def pulse(database: Database, number: str, rows: int) -> bool:
    """Say that a file is being worked on and how far it is; whether to go on with it."""
    return QUEUE.pulse(database, number, rows=rows)


def begin_final(database: Database, number: str) -> bool:
    """From here on a file can no longer be cancelled; false where it has been."""
    with write_transaction(database.operations) as connection:
        QUEUE.alone(connection)
        going = upload.update().where(QUEUE.held(number), upload.c.cancelled_by.is_(None))
        return bool(connection.execute(going.values(final=True, heartbeat=time.time())).rowcount)


def close(database: Database, number: str, status: str, **values: Any) -> bool:
    """What a runner leaves a file as; false where it is no longer its runner's."""
    if "counts" in values:
        values["counts"] = json.dumps(values["counts"])
    return QUEUE.close(database, number, status, **values)


def ask(database: Database, actor: str, number: str, task: str, **answers: Any) -> bool:
    """Give a file that asks back to the runner; false where it does not ask."""
    with write_transaction(database.operations) as connection:
        asks = sa.and_(upload.c.id == number, upload.c.actor == actor, upload.c.status == ASKED)
        again = upload.update().where(asks)
        given = again.values(status=WAITING, task=task, asked_at=moment(), attempts=0, rows=0, **answers)
        return bool(connection.execute(given).rowcount)


def cancel(database: Database, actor: str, number: str) -> str | None:
    """Stop a file: `CANCELLED` at once, `STOPPING` where its runner has to be told; None: too late."""
    return QUEUE.cancel(database, number, actor, upload.c.actor == actor, upload.c.final.is_(False))


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
