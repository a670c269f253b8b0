"""Pulls from other systems: their queue, and their pages.

A pull waits (`waiting`), is worked on (`pulling`), and ends `done`, `failed` or `cancelled`. Asked for again,
one that is not done goes on where it stopped: a page that is done is never asked for again. Before a page is
imported it is noted as `storing`: a runner that finds such a page looks whether its import was stored.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.engine import Connection, RowMapping

from db.core.engine import Database, write_transaction
from db.operations.lease_queue import CANCELLED, DONE, FAILED, MOST_ATTEMPTS, OVER, LeaseQueue, moment
from db.tables.systems import system, system_page, system_pull
from surveillance.texts import N_

WAITING, PULLING = "waiting", "pulling"
STORING = "storing"
WORN_OUT = N_("the runner was ended {times} times while it worked on this, perhaps for want of memory")
COMMAND_ENDED = N_("the command was ended while it pulled: give it again, and it goes on where it stopped")
QUEUE = LeaseQueue(
    system_pull,
    lock=8_421_900_130,
    owner="asked_by",
    asked_at="asked_at",
    ended_at="ended_at",
    waiting=WAITING,
    working=(PULLING,),
    taken=sa.literal(PULLING),
    idle=(WAITING,),
    fresh={},
    worn_out={"error": WORN_OUT, "error_values": json.dumps({"times": MOST_ATTEMPTS})},
    in_line=system_pull.c.at_once.is_not(True),
    left_alone={"error": COMMAND_ENDED},
)


@dataclass(frozen=True)
class Pull:
    """A pull as it stands; see `db.tables.systems`."""

    id: int
    system: int
    made_at: str
    asked_at: str
    asked_by: str
    text: str
    since: str | None
    folder: str | None
    status: str
    pages: int
    at_once: bool | None
    cancelled_by: str | None
    ended_at: str | None
    error: str | None
    error_values: Mapping[str, Any]

    @property
    def over(self) -> bool:
        """Whether nothing more happens to it by itself."""
        return self.status in OVER


@dataclass(frozen=True)
class Page:
    """A page of a pull; see `db.tables.systems`."""

    part: str
    page: int
    state: str
    begun_at: str
    sha256: str
    items: int
    total: int | None
    last: bool
    marks: str
    batch: int | None
    counts: Mapping[str, int]


def ask(
    database: Database, number: int, actor: str, text: str, since: str | None, *, at_once: bool
) -> Pull | None:
    """Ask for a pull: one that is not done goes on; None where one is on the way already.

    What a system's text said when a pull began is what it is pulled by: with another text a new pull begins.
    `since` is of a new pull alone.
    """
    with write_transaction(database.operations) as connection:
        QUEUE.alone(connection)
        QUEUE.return_abandoned(connection)
        newest = _newest(connection, number)
        if newest is not None and not newest.over:
            if not (at_once and newest.status == WAITING):
                return None
        elif newest is None or newest.status == DONE or newest.text != text:
            newest = None
        now = moment()
        asked = {"asked_at": now, "asked_by": actor, "at_once": at_once, "attempts": 0, "cancelled_by": None}
        asked |= {"status": WAITING, "ended_at": None, "error": None, "error_values": None, "heartbeat": None}
        if newest is None:
            fresh = {"system": number, "made_at": now, "text": text, "since": since, "pages": 0}
            made = connection.execute(system_pull.insert().values(**fresh, **asked))
            pull = int(made.inserted_primary_key[0])  # type: ignore[index]
        else:
            pull = newest.id
            connection.execute(system_pull.update().where(system_pull.c.id == pull).values(asked))
        if at_once:
            begun = QUEUE.begun() | {"status": PULLING}
            connection.execute(system_pull.update().where(system_pull.c.id == pull).values(begun))
        return _get(connection, pull)


def wanted(database: Database) -> bool:
    """Whether any pull waits for a runner."""
    return QUEUE.wanted(database)


def claim(database: Database) -> Pull | None:
    """Take the next pull; None where none waits, or one is being worked on."""
    row = QUEUE.claim(database)
    return None if row is None else _read(row)


def pulse(database: Database, number: int, pages: int) -> bool:
    """Say that a pull is being worked on and how many pages are done; whether to go on with it."""
    return QUEUE.pulse(database, number, pages=pages)


def close(database: Database, number: int, status: str, error: str | None = None, **values: Any) -> bool:
    """What a runner leaves a pull as; false where it is no longer its runner's."""
    said = json.dumps(values, default=str) if error is not None else None
    return QUEUE.close(database, number, status, error=error, error_values=said)


def cancel(database: Database, number: int, actor: str) -> bool:
    """Stop a pull; false where it is too late."""
    return QUEUE.cancel(database, number, actor) is not None


def get(database: Database, number: int) -> Pull | None:
    """A pull by its number."""
    with database.operations.connect() as connection:
        return _get(connection, number)


def newest(database: Database, number: int) -> Pull | None:
    """The newest pull of a system."""
    with database.operations.connect() as connection:
        return _newest(connection, number)


def newest_done(database: Database, number: int, text: str) -> Pull | None:
    """The newest pull of a system by this text that came to its end."""
    whole = sa.and_(system_pull.c.status == DONE, system_pull.c.text == text)
    with database.operations.connect() as connection:
        return _newest(connection, number, whole)


def listed(database: Database, number: int, limit: int) -> list[Pull]:
    """Pulls of a system, the newest first."""
    query = select(system_pull).where(system_pull.c.system == number).order_by(system_pull.c.id.desc())
    with database.operations.connect() as connection:
        return [_read(row) for row in connection.execute(query.limit(limit)).mappings()]


def keep_folder(database: Database, number: int, folder: str) -> None:
    """Note where the notes of a pull lie."""
    with write_transaction(database.operations) as connection:
        connection.execute(system_pull.update().where(system_pull.c.id == number).values(folder=folder))


def pages(database: Database, number: int) -> list[Page]:
    """Pages of a pull, in order."""
    query = select(system_page).where(system_page.c.pull == number)
    with database.operations.connect() as connection:
        order = (system_page.c.begun_at, system_page.c.part, system_page.c.page)
        rows = connection.execute(query.order_by(*order)).mappings()
        return [_page(row) for row in rows]


def begin_page(database: Database, number: int, page: Page) -> None:
    """Note a page that has come, before anything of it is stored."""
    values = {name: getattr(page, name) for name in Page.__dataclass_fields__ if name != "counts"}
    this = (system_page.c.pull == number, system_page.c.part == page.part, system_page.c.page == page.page)
    with write_transaction(database.operations) as connection:
        connection.execute(system_page.delete().where(*this))
        connection.execute(system_page.insert().values(pull=number, counts=None, **values))


def finish_page(
    database: Database, number: int, part: str, page: int, batch: int | None, counts: Mapping[str, int]
) -> None:
    """Note that all of a page is stored."""
    this = (system_page.c.pull == number, system_page.c.part == part, system_page.c.page == page)
    said = {"state": DONE, "batch": batch, "counts": json.dumps(dict(counts))}
    with write_transaction(database.operations) as connection:
        connection.execute(system_page.update().where(*this).values(said))


def forget_part(database: Database, number: int, part: str) -> None:
    """Forget the pages of a part, which is then asked for anew."""
    with write_transaction(database.operations) as connection:
        connection.execute(
            system_page.delete().where(system_page.c.pull == number, system_page.c.part == part)
        )


def forget_all(connection: Connection) -> None:
    """After a restore: what was pulled since the backup may be gone, so that each system is pulled whole."""
    connection.execute(system_page.delete())
    on_the_way = system_pull.c.status.in_((WAITING, PULLING))
    connection.execute(system_pull.update().where(on_the_way).values(status=FAILED, ended_at=moment()))
    done = system_pull.c.status.in_((DONE, FAILED))
    connection.execute(system_pull.update().where(done).values(status=CANCELLED))
    connection.execute(system_pull.update().values(since=None))


def connected(connection: Connection) -> list[int]:
    """Numbers of the systems that are connected."""
    return list(connection.execute(select(system.c.id).where(system.c.ended_at.is_(None))).scalars())


def count(database: Database, number: int) -> int:
    """How many pulls of a system there were."""
    query = select(func.count()).select_from(system_pull).where(system_pull.c.system == number)
    with database.operations.connect() as connection:
        return int(connection.execute(query).scalar_one())


def _newest(connection: Connection, number: int, *held: sa.ColumnElement[bool]) -> Pull | None:
    query = select(system_pull).where(system_pull.c.system == number, *held).order_by(system_pull.c.id.desc())
    row = connection.execute(query.limit(1)).mappings().first()
    return None if row is None else _read(row)


def _get(connection: Connection, number: int) -> Pull | None:
    row = connection.execute(select(system_pull).where(system_pull.c.id == number)).mappings().first()
    return None if row is None else _read(row)


def _read(row: RowMapping) -> Pull:
    plain = {name: row[name] for name in Pull.__dataclass_fields__ if name != "error_values"}
    return Pull(error_values=json.loads(row["error_values"] or "{}"), **plain)


def _page(row: RowMapping) -> Page:
    plain = {name: row[name] for name in Page.__dataclass_fields__ if name != "counts"}
    return Page(counts=json.loads(row["counts"] or "{}"), **plain)
