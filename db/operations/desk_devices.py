"""Devices of a reception centre, and the PINs of sessions on them: made, found, revoked."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection, insert, select, update
from sqlalchemy import delete as sql_delete

from db.core.engine import Database, write_transaction
from db.operations import audit
from db.tables.reception.desk import desk_device, desk_pin

#: How many sessions of a device are remembered.
_SESSIONS = 20


class Device(NamedTuple):
    """A device as it is stored."""

    id: str
    name: str
    number: int
    crossing: str
    token_hash: str
    made_at: str
    made_by: str
    seen_at: str | None
    seen_by: str | None
    sessions: str
    revoked_at: str | None
    revoked_by: str | None


class Pin(NamedTuple):
    """The PIN of a session as it is stored."""

    session: str
    pin_hash: str
    tries: int
    locked: bool


_COLUMNS = [desk_device.c[name] for name in Device._fields]
_PIN = [desk_pin.c[name] for name in Pin._fields]


def add(
    database: Database, actor: str, *, identifier: str, name: str, crossing: str, token_hash: str
) -> None:
    """Keep a new device, which is in the trail."""
    with write_transaction(database.operations) as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("LOCK TABLE desk_device IN SHARE ROW EXCLUSIVE MODE")
        held = select(sa.func.max(desk_device.c.number)).where(desk_device.c.crossing == crossing)
        number = 1 + (connection.execute(held).scalar_one() or 0)
        connection.execute(
            insert(desk_device).values(
                id=identifier,
                name=name,
                number=number,
                crossing=crossing,
                token_hash=token_hash,
                made_at=audit.now(),
                made_by=actor,
                sessions="",
            )
        )
        audit.write(
            connection, actor, "desk added", {"device": identifier, "name": name, "crossing": crossing}
        )


def found(database: Database, identifier: str) -> Device | None:
    """A device by its id."""
    with database.operations.connect() as connection:
        row = connection.execute(select(*_COLUMNS).where(desk_device.c.id == identifier)).first()
        return None if row is None else Device(*row)


def listed(database: Database, crossings: Collection[str] | None) -> list[Device]:
    """Devices of some crossings, or of all of them (None), the newest first."""
    wanted = select(*_COLUMNS).order_by(desk_device.c.made_at.desc(), desk_device.c.id)
    if crossings is not None:
        wanted = wanted.where(desk_device.c.crossing.in_(sorted(crossings)))
    with database.operations.connect() as connection:
        return [Device(*row) for row in connection.execute(wanted)]


def seen(database: Database, device: Device, actor: str, session: str) -> None:
    """Note that an account uses a device: at most once a minute, and with each new session."""
    now = audit.now()
    known = device.sessions.split()
    if session in known and device.seen_by == actor and (device.seen_at or "")[:16] == now[:16]:
        return
    kept = " ".join([*(one for one in known if one != session), session][-_SESSIONS:])
    with write_transaction(database.operations) as connection:
        connection.execute(
            update(desk_device)
            .where(desk_device.c.id == device.id)
            .values(seen_at=now, seen_by=actor, sessions=kept)
        )


def revoke(database: Database, actor: str, device: Device) -> None:
    """Take nothing from a device any more."""
    _change(database, actor, device, revoked=True)


def allow(database: Database, actor: str, device: Device) -> None:
    """Take again what a device sends, which was found."""
    _change(database, actor, device, revoked=False)


def _change(database: Database, actor: str, device: Device, *, revoked: bool) -> None:
    action = "desk revoked" if revoked else "desk allowed again"
    moment, by = (audit.now(), actor) if revoked else (None, None)
    with write_transaction(database.operations) as connection:
        changed = update(desk_device).where(desk_device.c.id == device.id)
        connection.execute(changed.values(revoked_at=moment, revoked_by=by))
        audit.write(connection, actor, action, {"device": device.id, "name": device.name})


def forget_revoked(connection: Connection, before: str) -> int:
    """Delete devices that were revoked before a moment; how many."""
    return connection.execute(sql_delete(desk_device).where(desk_device.c.revoked_at < before)).rowcount


def pin_of(database: Database, session: str) -> Pin | None:
    """The PIN of a session."""
    with database.operations.connect() as connection:
        row = connection.execute(select(*_PIN).where(desk_pin.c.session == session)).first()
        return None if row is None else Pin(*row)


def set_pin(database: Database, session: str, pin_hash: str, living: Collection[str]) -> None:
    """Give a session a PIN; those of sessions that no longer live are deleted."""
    with write_transaction(database.operations) as connection:
        gone = sa.or_(desk_pin.c.session == session, desk_pin.c.session.not_in(sorted(living)))
        connection.execute(sql_delete(desk_pin).where(gone))
        made = {"pin_hash": pin_hash, "tries": 0, "locked": False, "made_at": audit.now()}
        connection.execute(insert(desk_pin).values(session=session, **made))


def count_try(database: Database, session: str) -> int:
    """Count a try at a session's PIN, which waits for it now; how many there are with this one."""
    with write_transaction(database.operations) as connection:
        counted = connection.execute(
            update(desk_pin)
            .where(desk_pin.c.session == session)
            .values(tries=desk_pin.c.tries + 1, locked=True)
            .returning(desk_pin.c.tries)
        )
        return int(counted.scalar_one())


def change_pin(database: Database, session: str, *, tries: int, locked: bool) -> None:
    """Say how many wrong tries a session's PIN had, and whether the session waits for it."""
    with write_transaction(database.operations) as connection:
        connection.execute(
            update(desk_pin).where(desk_pin.c.session == session).values(tries=tries, locked=locked)
        )
