"""Values that were tried at a system, and those that were sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.engine import RowMapping

from db.core.engine import Database, write_transaction
from db.operations import audit
from db.operations.lease_queue import moment
from db.tables.systems import system_push

#: Pushes that are listed.
_LISTED = 20


@dataclass(frozen=True)
class Pushed:
    """A try, and whether it was sent; see `db.tables.systems`."""

    id: int
    system: int
    made_at: str
    made_by: str
    first: date
    last: date
    role: str
    fingerprint: str
    payload: str
    left_out: str
    answer: str
    sent_at: str | None
    sent_by: str | None
    sent_answer: str | None


def keep(
    database: Database,
    actor: str,
    number: int,
    first: date,
    last: date,
    role: str,
    fingerprint: str,
    payload: str,
    left_out: str,
    answer: str,
) -> int:
    """Keep what was tried."""
    row = {
        "system": number, "made_at": moment(), "made_by": actor, "first": first, "last": last, "role": role,
        "fingerprint": fingerprint, "payload": payload, "left_out": left_out, "answer": answer,
    }  # fmt: skip
    with write_transaction(database.operations) as connection:
        made = connection.execute(system_push.insert().values(row))
        push = int(made.inserted_primary_key[0])  # type: ignore[index]
        said = {"system": number, "push": push, "role": role, "values": fingerprint}
        audit.write(connection, actor, "values tried at a system", said)
    return push


def tried(database: Database, number: int, fingerprint: str) -> Pushed | None:
    """The newest try of these values at a system."""
    this = select(system_push).where(system_push.c.system == number, system_push.c.fingerprint == fingerprint)
    with database.operations.connect() as connection:
        row = connection.execute(this.order_by(system_push.c.id.desc()).limit(1)).mappings().first()
    return None if row is None else _read(row)


def note_sent(database: Database, actor: str, push: int, number: int, values: int, answer: str) -> None:
    """Note that values were sent, and what the system said."""
    with write_transaction(database.operations) as connection:
        said = {"sent_at": moment(), "sent_by": actor, "sent_answer": answer}
        connection.execute(system_push.update().where(system_push.c.id == push).values(said))
        detail = {"system": number, "push": push, "values": values}
        audit.write(connection, actor, "values sent to a system", detail)


def listed(database: Database, number: int) -> list[Pushed]:
    """What was tried at a system, the newest first."""
    query = select(system_push).where(system_push.c.system == number).order_by(system_push.c.id.desc())
    with database.operations.connect() as connection:
        return [_read(row) for row in connection.execute(query.limit(_LISTED)).mappings()]


def _read(row: RowMapping) -> Pushed:
    return Pushed(**{name: row[name] for name in Pushed.__dataclass_fields__})
