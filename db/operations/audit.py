"""The audit trail: who did what and when. Never a patient value.

Lines are added and never changed or removed, which triggers in the database see to. Each holds the hash of
the one before, and so they make a chain; db.operations.audit_chain looks whether it still holds.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.engine import Connection, Row

from db.core.engine import Database, write_transaction
from db.tables.operations import audit, audit_head

#: Number of PostgreSQL's lock that lines of the trail wait for, so that two processes make one chain. It is
#: taken last in a transaction. SQLite's own lock does so by itself.
LOCK = 8_421_900_105
_AT_ONCE = 10_000


@dataclass(frozen=True)
class Line:
    """One line as it is hashed."""

    id: int
    at: str
    actor: str
    action: str
    detail: str
    token: str | None
    previous: str

    @property
    def hash(self) -> str:
        """Of all its parts, in this order, as one JSON array without spaces."""
        parts = [self.id, self.at, self.actor, self.action, self.detail, self.token, self.previous]
        return sha256(json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def now() -> str:
    """The present moment, as lines have it."""
    return written(datetime.now(UTC))


def written(moment: datetime) -> str:
    """A moment, as lines have it."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def said(detail: Mapping[str, object] | None) -> str:
    """The detail of a line, as it is stored."""
    return json.dumps(detail or {}, ensure_ascii=False, sort_keys=True, default=str)


def record(database: Database, actor: str, action: str, detail: Mapping[str, object] | None = None) -> None:
    """Write one line of the trail."""
    with write_transaction(database.operations) as connection:
        write(connection, actor, action, detail)


def write(
    connection: Connection, actor: str, action: str, detail: Mapping[str, object] | None = None
) -> None:
    """Write one line in the transaction of what it tells of: both are stored, or neither."""
    append(connection, now(), actor, action, said(detail))


def append(
    connection: Connection, at: str, actor: str, action: str, detail: str, token: str | None = None
) -> None:
    """Add a line to the end of the chain, in a transaction that holds the lock of writers."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
    number, previous = head(connection)
    line = Line(number + 1, at, actor, action, detail, token, previous)
    connection.execute(audit.insert().values(**vars(line), hash=line.hash))
    connection.execute(audit_head.update().values(line=line.id, hash=line.hash))


def head(connection: Connection) -> tuple[int, str]:
    """Number and hash of the newest line; 0 and nothing for an empty trail."""
    row = connection.execute(select(audit_head.c.line, audit_head.c.hash)).one()
    return int(row[0]), str(row[1])


def tokens(connection: Connection, wanted: Collection[str]) -> set[str]:
    """Those of some tokens of which the trail has the line already."""
    return set(connection.execute(select(audit.c.token).where(audit.c.token.in_(wanted))).scalars())


def lines_of(
    database: Database, actions: Sequence[str], since: str | None = None
) -> list[tuple[str, str, dict[str, Any]]]:
    """Moment (UTC, ISO), action and detail of the lines of some actions, from a moment on, in order."""
    of = audit.c.action.in_(actions)
    query = select(audit.c.at, audit.c.action, audit.c.detail).where(of).order_by(audit.c.id)
    if since is not None:
        query = query.where(audit.c.at >= since)
    with database.operations.connect() as connection:
        return [(at, action, json.loads(detail)) for at, action, detail in connection.execute(query)]


def count(database: Database, actor: str, actions: Sequence[str], since: str) -> int:
    """How many lines of some actions an account has, from a moment on (as lines have it)."""
    query = select(func.count()).where(
        audit.c.at >= since, audit.c.actor == actor, audit.c.action.in_(actions)
    )
    with database.operations.connect() as connection:
        return int(connection.execute(query).scalar_one())


def actions(database: Database) -> list[str]:
    """Every action that the trail has a line of, in order."""
    with database.operations.connect() as connection:
        found = connection.execute(select(audit.c.action).distinct().order_by(audit.c.action)).scalars()
        return [str(action) for action in found]


def latest(database: Database, limit: int = 100) -> list[Row]:
    """The newest lines first."""
    with database.operations.connect() as connection:
        return list(connection.execute(select(audit).order_by(audit.c.id.desc()).limit(limit)))


def every(connection: Connection) -> Iterator[dict[str, Any]]:
    """Every line with its hashes, the oldest first; not all are held at once."""
    number = -(1 << 62)
    while True:
        some = select(audit).where(audit.c.id > number).order_by(audit.c.id).limit(_AT_ONCE)
        rows = connection.execute(some).mappings().all()
        if not rows:
            return
        yield from map(dict, rows)
        number = int(rows[-1]["id"])


def found(
    connection: Connection,
    *,
    since: str | None = None,
    until: str | None = None,
    who: str | None = None,
    what: str | None = None,
    before: int | None = None,
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """Lines of a part of the trail, the oldest first; with `limit`, the newest of them.

    Parameters
    ----------
    since, until : str, optional
        Moments as lines have them: from which on, and before which.
    who, what : str, optional
        The actor, and the action, as they are stored.
    before : int, optional
        Only lines with smaller numbers: to turn pages by.
    """
    query: Select[Any] = select(audit)
    if since is not None:
        query = query.where(audit.c.at >= since)
    if until is not None:
        query = query.where(audit.c.at < until)
    if before is not None:
        query = query.where(audit.c.id < before)
    for column, given in ((audit.c.actor, who), (audit.c.action, what)):
        if given is not None:
            query = query.where(column == given)
    query = query.order_by(audit.c.id if limit is None else audit.c.id.desc()).limit(limit)
    rows = [dict(row) for row in connection.execute(query).mappings()]
    return rows if limit is None else rows[::-1]
