"""One-time links, kept as fingerprints, and identities at a provider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

import sqlalchemy as sa

from db.core.engine import Database, write_transaction
from db.tables.signing_in import linked_identity, one_time_link


@dataclass(frozen=True)
class Link:
    """A one-time link that can still be used."""

    account: int
    purpose: str


def add(database: Database, hashed: str, account: int, purpose: str, actor: str, expires: float) -> None:
    """Keep a link; those of the account before it are void."""
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    with write_transaction(database.operations) as connection:
        connection.execute(one_time_link.delete().where(one_time_link.c.account == account))
        connection.execute(
            one_time_link.insert().values(
                hash=hashed, account=account, purpose=purpose, made_at=made_at, made_by=actor, expires=expires
            )
        )


def find(database: Database, hashed: str, now: float) -> Link | None:
    """The link with a fingerprint; None where it was used, has expired or never was."""
    query = sa.select(one_time_link).where(one_time_link.c.hash == hashed, one_time_link.c.expires > now)
    with database.operations.connect() as connection:
        row = connection.execute(query).first()
    return None if row is None else Link(int(row.account), row.purpose)


def use(database: Database, hashed: str, now: float) -> bool:
    """Use a link up; whether it could still be used."""
    chosen = (one_time_link.c.hash == hashed) & (one_time_link.c.expires > now)
    with write_transaction(database.operations) as connection:
        return connection.execute(one_time_link.delete().where(chosen)).rowcount == 1


def drop(database: Database, account: int) -> None:
    """Void the links of an account."""
    with write_transaction(database.operations) as connection:
        connection.execute(one_time_link.delete().where(one_time_link.c.account == account))


def account_of(database: Database, issuer: str, subject: str) -> int | None:
    """Number of the account that is linked with an identity."""
    query = sa.select(linked_identity.c.account).where(linked_identity.c.mark == _mark(issuer, subject))
    with database.operations.connect() as connection:
        found = connection.execute(query).scalar_one_or_none()
    return None if found is None else int(found)


def is_linked(database: Database, account: int) -> bool:
    """Whether an account is linked with any identity."""
    query = sa.select(linked_identity.c.account).where(linked_identity.c.account == account)
    with database.operations.connect() as connection:
        return connection.execute(query).first() is not None


def link(database: Database, account: int, issuer: str, subject: str) -> None:
    """Link an account with an identity, instead of the one before.

    Raises
    ------
    sqlalchemy.exc.IntegrityError
        The identity is linked with another account.
    """
    values = {"issuer": issuer, "subject": subject, "mark": _mark(issuer, subject)}
    with write_transaction(database.operations) as connection:
        connection.execute(linked_identity.delete().where(linked_identity.c.account == account))
        connection.execute(linked_identity.insert().values(account=account, **values))


def unlink(database: Database, account: int) -> bool:
    """Take an account's identity away; whether it had one."""
    with write_transaction(database.operations) as connection:
        removed = connection.execute(linked_identity.delete().where(linked_identity.c.account == account))
        return bool(removed.rowcount)


def _mark(issuer: str, subject: str) -> str:
    return sha256(f"{issuer}\n{subject}".encode()).hexdigest()
