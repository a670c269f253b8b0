"""Decisions: kept, read within a scope, and marked as done. None is changed otherwise, and none deleted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.engine import Connection, Row

from db.core.engine import Database, write_transaction
from db.core.scope import Scope
from db.operations import audit
from db.operations.lease_queue import moment
from db.tables.operations import decision

#: What stands for a decision that accounts of any programme read.
EVERYBODY = "all"


@dataclass(frozen=True)
class Decision:
    """One decision.

    Parameters
    ----------
    area : str or None
        A province; None: the whole country.
    made_at, done_at : str
        UTC, ISO.
    programme : str or None
        The programme whose accounts read it, too; :data:`EVERYBODY`; None: accounts of every programme alone.
    """

    id: int
    made_at: str
    author: str
    area: str | None
    text: str
    owner: str
    due: date
    done_at: str | None = None
    done_by: str | None = None
    programme: str | None = None

    @property
    def done(self) -> bool:
        """Whether it was marked as done."""
        return self.done_at is not None

    def overdue(self, today: date) -> bool:
        """Whether it is open after its last day."""
        return not self.done and self.due < today


def add(
    database: Database,
    *,
    author: str,
    area: str | None,
    text: str,
    owner: str,
    due: date,
    programme: str | None = None,
    at: str | None = None,
) -> int:
    """Keep a decision and its line of the trail, and return its number.

    The same decision of the same author that is open already is kept once: a form may be sent twice.
    """
    said_before = {
        "author": author,
        "area": area,
        "text": text,
        "owner": owner,
        "due": due,
        "programme": programme,
    }
    row = said_before | {"made_at": at or moment()}
    same = [decision.c[name].is_not_distinct_from(value) for name, value in said_before.items()]
    with write_transaction(database.operations) as connection:
        if connection.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
            connection.exec_driver_sql("LOCK TABLE decision IN SHARE ROW EXCLUSIVE MODE")
        held = connection.scalar(select(decision.c.id).where(*same, decision.c.done_at.is_(None)).limit(1))
        if held is not None:
            return int(held)
        made = connection.execute(decision.insert().values(row))
        number = int(made.inserted_primary_key[0])  # type: ignore[index]
        said = {"decision": number, "area": area or "all", "due": due}
        audit.write(connection, author, "decision noted", said)
        return number


def listed(database: Database, scope: Scope, since: str, most: int) -> list[Decision]:
    """Open decisions, the first due first; then those made or done since a moment, the newest first.

    At most `most` of each kind. An account of some provinces reads those of its provinces, one of some
    programmes those of its programmes and those for everybody.
    """
    table = decision.c
    is_open = select(decision).where(*_within(scope), table.done_at.is_(None))
    recent = sa.or_(table.made_at >= since, table.done_at >= since)
    over = select(decision).where(*_within(scope), table.done_at.is_not(None), recent)
    with database.operations.connect() as connection:
        return [
            *_read(connection, is_open.order_by(table.due, table.id).limit(most)),
            *_read(connection, over.order_by(table.done_at.desc(), table.id.desc()).limit(most)),
        ]


def made_before(database: Database, scope: Scope, until: str, since: str, most: int) -> list[Decision]:
    """Decisions as they stood at a moment: made before it, and then open or done no earlier than `since`.

    What was done later is open. At most `most`, the first due first. `until`, `since`: UTC, ISO.
    """
    table = decision.c
    still = sa.or_(table.done_at.is_(None), table.done_at >= since)
    query = select(decision).where(*_within(scope), table.made_at < until, still)
    with database.operations.connect() as connection:
        found = _read(connection, query.order_by(table.due, table.id).limit(most))
    return [
        replace(one, done_at=None, done_by=None) if one.done_at and one.done_at >= until else one
        for one in found
    ]


def mark_done(database: Database, scope: Scope, number: int, by: str) -> bool | None:
    """Mark an open decision as done; False: it was done before; None: the scope holds no such one."""
    with write_transaction(database.operations) as connection:
        query = select(decision).where(*_within(scope), decision.c.id == number)
        if not (found := _read(connection, query)):
            return None
        if found[0].done:
            return False
        still_open = decision.update().where(decision.c.id == number, decision.c.done_at.is_(None))
        done = connection.execute(still_open.values(done_at=moment(), done_by=by))
        if done.rowcount:
            audit.write(connection, by, "decision done", {"decision": number})
        return bool(done.rowcount)


def _within(scope: Scope) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if scope.provinces is not None:
        found.append(decision.c.area.in_(sorted(scope.provinces)))
    if scope.programmes is not None:
        found.append(decision.c.programme.in_([*sorted(scope.programmes), EVERYBODY]))
    return found


def _read(connection: Connection, query: sa.Select) -> list[Decision]:
    return [_decision(row) for row in connection.execute(query)]


def _decision(row: Row) -> Decision:
    return Decision(**row._mapping)
