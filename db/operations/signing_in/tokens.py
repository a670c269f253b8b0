"""Tokens of programs as stored: made, asked with, counted, ended; each with its line of the trail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping
from sqlalchemy.orm import Session

from db.core.engine import Database, write_transaction
from db.core.scope import Scope
from db.operations import audit
from db.operations.accounts import authority
from db.operations.lease_queue import moment
from db.tables.operations import Account
from db.tables.signing_in import api_token

#: Why a token ended: a person ended it, its time was over, or its account was changed.
BY_PERSON, EXPIRED, OF_ACCOUNT = "person", "expired", "account"


@dataclass(frozen=True)
class Token:
    """A token; see `db.tables.signing_in`."""

    id: int
    account: int
    name: str
    tail: str
    role: str
    scope: Scope
    made_at: str
    made_by: str
    expires: float
    per_minute: int
    used_at: str | None
    ended_at: str | None
    ended_by: str | None
    ended_why: str | None


@dataclass(frozen=True)
class Asked:
    """What a token says of who asks. `wait`: seconds until it may ask again; 0 where it may now."""

    token: Token
    email: str
    demo: bool
    wait: float


def add(database: Database, actor: str, email: str, hashed: str, values: Mapping[str, Any]) -> int:
    """Keep a token of an account, with what the account may do now; its number.

    `values`: account, name, tail, role, scope (a `Scope`), expires, per_minute.
    """
    scope: Scope = values["scope"]
    with write_transaction(database.operations) as connection:
        made = connection.execute(
            api_token.insert().values(
                **dict(values, scope=scope.text),
                hash=hashed,
                authority=_authority(connection, values["account"]),
                made_at=moment(),
                made_by=actor,
                minute=0,
                counted=0,
            )
        )
        number = int(made.inserted_primary_key[0])  # type: ignore[index]
        said = {
            "token": number,
            "email": email,
            "name": values["name"],
            "role": values["role"],
            "scope": scope.text or "all",
            "expires": audit.written(datetime.fromtimestamp(values["expires"], UTC)),
            "per minute": values["per_minute"],
        }
        audit.write(connection, actor, "token made", said)
    return number


def is_known(database: Database, hashed: str) -> bool:
    """Whether a fingerprint is of any token, living or not: read alone, for what strangers try."""
    with database.operations.connect() as connection:
        return (
            connection.execute(sa.select(api_token.c.id).where(api_token.c.hash == hashed)).first()
            is not None
        )


def ask(database: Database, hashed: str, now: float) -> Asked | str | None:
    """Count a request by a token; why it is over, where it is; None where there is none.

    A request beyond `per_minute` is not counted: its answer says how long to wait.
    """
    if not is_known(database, hashed):
        return None
    with write_transaction(database.operations) as connection:
        query = sa.select(api_token).where(api_token.c.hash == hashed)
        row = connection.execute(query.with_for_update()).mappings().one()
        if row["ended_at"] is not None:
            return str(row["ended_why"])
        with Session(connection) as session:
            account = session.get_one(Account, row["account"])
            email, demo, current = str(account.email), bool(account.demo), _current(account)
        if (why := _over(row, current, now)) is not None:
            _end(connection, row, email, email, why)
            return why
        minute, counted = int(now // 60), 0
        if row["minute"] == minute:
            counted = int(row["counted"])
        if counted >= row["per_minute"]:
            return Asked(_token(row), email, demo, (minute + 1) * 60 - now)
        connection.execute(
            api_token.update()
            .where(api_token.c.id == row["id"])
            .values(minute=minute, counted=counted + 1, used_at=moment())
        )
        return Asked(_token(row), email, demo, 0.0)


def end(database: Database, actor: str, number: int, account: int) -> bool:
    """End a token of an account; whether it lived."""
    with write_transaction(database.operations) as connection:
        query = sa.select(api_token).where(
            api_token.c.id == number, api_token.c.account == account, api_token.c.ended_at.is_(None)
        )
        row = connection.execute(query.with_for_update()).mappings().first()
        if row is None:
            return False
        _end(connection, row, actor, _email(connection, account), BY_PERSON)
        return True


def sweep(database: Database, account: int, now: float, actor: str) -> int:
    """End the tokens of an account whose time is over, or that were made when it could do something else.

    They answer nothing in any case: this tells the trail, and lists. How many ended.
    """
    with database.operations.connect() as connection:
        if not _to_end(connection, account, now):
            return 0
    with write_transaction(database.operations) as connection:
        over = _to_end(connection, account, now)
        for row, why in over:
            _end(connection, row, actor, _email(connection, account), why)
        return len(over)


def listed(database: Database, account: int) -> list[Token]:
    """Tokens of an account, those that live first, the newest first."""
    query = sa.select(api_token).where(api_token.c.account == account).order_by(api_token.c.id.desc())
    with database.operations.connect() as connection:
        found = [_token(row) for row in connection.execute(query).mappings()]
    return sorted(found, key=lambda one: one.ended_at is not None)


def _to_end(connection: Connection, account: int, now: float) -> list[tuple[RowMapping, str]]:
    query = sa.select(api_token).where(api_token.c.account == account, api_token.c.ended_at.is_(None))
    rows = connection.execute(query).mappings().all()
    if not rows:
        return []
    current = _authority(connection, account)
    return [(row, why) for row in rows if (why := _over(row, current, now)) is not None]


def _over(row: RowMapping, current: str, now: float) -> str | None:
    """Why a token is over that nobody has ended; None while it lives."""
    if row["authority"] != current:
        return OF_ACCOUNT
    return EXPIRED if now >= row["expires"] else None


def _authority(connection: Connection, account: int) -> str:
    with Session(connection) as session:
        return _current(session.get_one(Account, account))


def _current(account: Account) -> str:
    return authority(account).hex()


def _email(connection: Connection, account: int) -> str:
    return str(connection.execute(sa.select(Account.email).where(Account.id == account)).scalar_one())


def _end(connection: Connection, row: RowMapping, actor: str, email: str, why: str) -> None:
    connection.execute(
        api_token.update()
        .where(api_token.c.id == row["id"])
        .values(ended_at=moment(), ended_by=actor, ended_why=why)
    )
    said = {"token": row["id"], "email": email, "name": row["name"], "why": why}
    audit.write(connection, actor, "token ended", said)


def _token(row: RowMapping) -> Token:
    held = {name: row[name] for name in Token.__dataclass_fields__}
    return Token(**held | {"scope": Scope.read(row["scope"])})
