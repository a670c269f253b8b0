"""Ways out and who is told by them, as stored; secrets are sealed before they come here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection, RowMapping

from db.core.engine import Database, write_transaction
from db.operations import audit
from db.operations.lease_queue import moment
from db.operations.messages import outbox
from db.tables.watch.messages import message_channel, message_gateway

#: Why a channel ended.
BY_PERSON, ACCOUNT_CLOSED, NO_GATEWAY = "person", "account", "gateway"


@dataclass(frozen=True)
class Gateway:
    """A way out; see `db.tables.watch.messages`."""

    id: int
    kind: str
    name: str
    sealed: str
    host: str
    made_at: str
    made_by: str
    ended_at: str | None


@dataclass(frozen=True)
class Channel:
    """Who is told by which way; see `db.tables.watch.messages`."""

    id: int
    account: int | None
    role: str | None
    name: str
    gateway: int
    sealed: str | None
    shown: str
    language: str
    timing: str
    hour: int
    urgent: bool
    quiet_from: int | None
    quiet_to: int | None
    through: bool
    provinces: frozenset[str] | None
    diseases: frozenset[str] | None
    made_at: str
    made_by: str
    ended_at: str | None
    ended_why: str | None
    digest_until: date | None

    @property
    def is_group(self) -> bool:
        """Whether it is of no account and no role: nobody knows who reads it."""
        return self.account is None and self.role is None

    @property
    def quiet(self) -> tuple[int, int] | None:
        """Hours in which nothing goes out."""
        if self.quiet_from is None or self.quiet_to is None:
            return None
        return self.quiet_from, self.quiet_to


def add_gateway(database: Database, actor: str, values: Mapping[str, Any]) -> int:
    """Add a way out."""
    row = _made(values, actor)
    with write_transaction(database.operations) as connection:
        made = connection.execute(message_gateway.insert().values(row))
        number = int(made.inserted_primary_key[0])  # type: ignore[index]
        said = {"gateway": number, "kind": values["kind"], "name": values["name"], "host": values["host"]}
        audit.write(connection, actor, "gateway added", said)
    return number


def _made(values: Mapping[str, Any], actor: str) -> dict[str, Any]:
    return {**values, "made_at": moment(), "made_by": actor}


def end_gateway(database: Database, actor: str, number: int) -> bool:
    """End a way out, the channels that use it, and what waits for them; its secret is forgotten."""
    with write_transaction(database.operations) as connection:
        open_ = message_gateway.update().where(
            message_gateway.c.id == number, message_gateway.c.ended_at.is_(None)
        )
        if not connection.execute(open_.values(ended_at=moment(), sealed="")).rowcount:
            return False
        of = select(message_channel.c.id).where(
            message_channel.c.gateway == number, message_channel.c.ended_at.is_(None)
        )
        _end(connection, list(connection.execute(of).scalars()), NO_GATEWAY)
        audit.write(connection, actor, "gateway ended", {"gateway": number})
        return True


def gateways(database: Database) -> list[Gateway]:
    """Ways out that are in use, by name."""
    query = (
        select(message_gateway).where(message_gateway.c.ended_at.is_(None)).order_by(message_gateway.c.name)
    )
    with database.operations.connect() as connection:
        return [_gateway(row) for row in connection.execute(query).mappings()]


def gateway(database: Database, number: int) -> Gateway | None:
    """One way out; None if there is none in use."""
    return next((one for one in gateways(database) if one.id == number), None)


def add(database: Database, actor: str, values: Mapping[str, Any]) -> int:
    """Add a channel. `provinces`, `diseases`: collections of codes, or None."""
    row = _made(values, actor)
    for name in ("provinces", "diseases"):
        row[name] = None if row.get(name) is None else " ".join(sorted(row[name]))
    with write_transaction(database.operations) as connection:
        made = connection.execute(message_channel.insert().values(row))
        number = int(made.inserted_primary_key[0])  # type: ignore[index]
        said = {"channel": number, "name": values["name"], "timing": values["timing"]}
        audit.write(connection, actor, "channel added", said)
    return number


def end(database: Database, actor: str, number: int, account: int | None = None) -> bool:
    """End a channel, of this account alone where one is given; its address is forgotten."""
    held = [message_channel.c.id == number, message_channel.c.ended_at.is_(None)]
    if account is not None:
        held.append(message_channel.c.account == account)
    with write_transaction(database.operations) as connection:
        if connection.execute(select(message_channel.c.id).where(*held)).first() is None:
            return False
        _end(connection, [number], BY_PERSON)
        audit.write(connection, actor, "channel ended", {"channel": number})
        return True


def end_of_account(connection: Connection, account: int) -> int:
    """End the channels of an account that is closed, in the transaction that closes it; how many."""
    held = select(message_channel.c.id).where(
        message_channel.c.account == account, message_channel.c.ended_at.is_(None)
    )
    numbers = list(connection.execute(held).scalars())
    _end(connection, numbers, ACCOUNT_CLOSED)
    return len(numbers)


def _end(connection: Connection, numbers: Sequence[int], why: str) -> None:
    if numbers:
        ended = {"ended_at": moment(), "ended_why": why, "sealed": None}
        connection.execute(message_channel.update().where(message_channel.c.id.in_(numbers)).values(ended))
        outbox.cancel_of(connection, numbers)


def listed(database: Database, *, account: int | None = None) -> list[Channel]:
    """Channels in use, the newest first; of one account alone where it is given."""
    query = select(message_channel).where(message_channel.c.ended_at.is_(None))
    if account is not None:
        query = query.where(message_channel.c.account == account)
    with database.operations.connect() as connection:
        rows = connection.execute(query.order_by(message_channel.c.id.desc())).mappings()
        return [_channel(row) for row in rows]


def named(database: Database, numbers: Sequence[int]) -> dict[int, Channel]:
    """Channels by their numbers, also those that have ended."""
    query = select(message_channel).where(message_channel.c.id.in_(numbers))
    with database.operations.connect() as connection:
        return {int(row["id"]): _channel(row) for row in connection.execute(query).mappings()}


def put_digest(
    database: Database,
    channel: int,
    messages: Sequence[tuple[int | None, Mapping[str, Any]]],
    days: tuple[date, date],
    now: datetime,
) -> int:
    """Put a digest in for each account (or for the group), and note up to which day; how many are new.

    All is one transaction. Where another process was first, nothing is put in.
    """
    new = 0
    with write_transaction(database.operations) as connection:
        outbox.QUEUE.alone(connection)
        row = connection.execute(
            select(message_channel.c.digest_until).where(
                message_channel.c.id == channel, message_channel.c.ended_at.is_(None)
            )
        ).first()
        if row is None or (row[0] is not None and row[0] >= days[1]):
            return 0
        for account, detail in messages:
            key = f"{outbox.DIGEST}:{days[1].isoformat()}:{channel}:{account or ''}"
            new += outbox.put(connection, key, channel, account, outbox.DIGEST, detail, now, now)
        connection.execute(
            message_channel.update().where(message_channel.c.id == channel).values(digest_until=days[1])
        )
    return new


def sealed_texts(connection: Connection) -> list[tuple[str, int, str]]:
    """Every sealed text that is in use: of a gateway or a channel, its number, and the text."""
    found = []
    for name, table in _SEALED.items():
        held = select(table.c.id, table.c.sealed).where(
            table.c.ended_at.is_(None), table.c.sealed.is_not(None)
        )
        found += [(name, int(number), str(text)) for number, text in connection.execute(held)]
    return found


def reseal(connection: Connection, what: str, number: int, old: str, new: str) -> bool:
    """Put another sealed text in the place of one, unless it was changed meanwhile."""
    table = _SEALED[what]
    held = table.update().where(table.c.id == number, table.c.sealed == old)
    return bool(connection.execute(held.values(sealed=new)).rowcount)


_SEALED = {"gateway": message_gateway, "channel": message_channel}


def _gateway(row: RowMapping) -> Gateway:
    return Gateway(**{name: row[name] for name in Gateway.__dataclass_fields__})


def _channel(row: RowMapping) -> Channel:
    held = {name: row[name] for name in Channel.__dataclass_fields__}
    for name in ("provinces", "diseases"):
        held[name] = None if held[name] is None else frozenset(held[name].split())
    return Channel(**held)
