"""Authenticators and recovery codes of accounts. A code is used once, whichever process is asked."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.core.engine import Database, write_transaction
from db.operations.signing_in.guesses import LOCK
from db.tables.signing_in import account_totp, recovery_code


@dataclass(frozen=True)
class Authenticator:
    """The authenticator of an account; `secret` is sealed."""

    secret: str
    last_counter: int


def _held(connection: Connection, account: int) -> Authenticator | None:
    query = sa.select(account_totp).where(account_totp.c.account == account)
    if connection.dialect.name == "postgresql":
        query = query.with_for_update()
    row = connection.execute(query).first()
    return None if row is None else Authenticator(row.secret, int(row.last_counter))


def has_one(database: Database, account: int) -> bool:
    """Whether an account has set up an authenticator."""
    query = sa.select(account_totp.c.account).where(account_totp.c.account == account)
    with database.operations.connect() as connection:
        return connection.execute(query).first() is not None


def add(
    database: Database, account: int, sealed: str, counter: int, recovery_hashes: Collection[str]
) -> bool:
    """Give an account an authenticator of which a code was used, and recovery codes; False if it has one."""
    confirmed_at = datetime.now(UTC).isoformat(timespec="seconds")
    with write_transaction(database.operations) as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
        if _held(connection, account) is not None:
            return False
        connection.execute(
            account_totp.insert().values(
                account=account, secret=sealed, confirmed_at=confirmed_at, last_counter=counter
            )
        )
        _set_recovery_codes(connection, account, recovery_hashes)
        return True


def use_code(database: Database, account: int, counter_of: Callable[[str], int | None]) -> bool:
    """Use a code of the authenticator; whether it was one.

    Parameters
    ----------
    counter_of : callable
        The counter of the code under the sealed secret; None where it is none of it. No code is taken whose
        counter is not above that of the newest one.
    """
    with write_transaction(database.operations) as connection:
        held = _held(connection, account)
        counter = None if held is None else counter_of(held.secret)
        if held is None or counter is None or counter <= held.last_counter:
            return False
        connection.execute(
            account_totp.update().where(account_totp.c.account == account).values(last_counter=counter)
        )
        return True


def use_recovery_code(database: Database, account: int, hashed: str) -> bool:
    """Use up a recovery code; whether there was one."""
    chosen = (recovery_code.c.account == account) & (recovery_code.c.hash == hashed)
    with write_transaction(database.operations) as connection:
        return connection.execute(recovery_code.delete().where(chosen)).rowcount == 1


def recovery_codes_left(database: Database, account: int) -> int:
    """How many recovery codes an account has not used."""
    query = sa.select(sa.func.count()).where(recovery_code.c.account == account)
    with database.operations.connect() as connection:
        return int(connection.execute(query).scalar_one())


def sealed_secrets(connection: Connection) -> dict[int, str]:
    """The sealed secret of each account that has an authenticator."""
    rows = connection.execute(sa.select(account_totp.c.account, account_totp.c.secret))
    return {int(row.account): str(row.secret) for row in rows}


def reseal(connection: Connection, account: int, old: str, new: str) -> bool:
    """Put another seal over the secret of an account; whether it still had the one before."""
    of = (account_totp.c.account == account) & (account_totp.c.secret == old)
    return connection.execute(account_totp.update().where(of).values(secret=new)).rowcount == 1


def _set_recovery_codes(connection: Connection, account: int, hashes: Collection[str]) -> None:
    connection.execute(recovery_code.delete().where(recovery_code.c.account == account))
    connection.execute(recovery_code.insert(), [{"account": account, "hash": one} for one in hashes])


def remove(database: Database, account: int) -> bool:
    """Take an account's authenticator and recovery codes away; whether it had any."""
    with write_transaction(database.operations) as connection:
        connection.execute(recovery_code.delete().where(recovery_code.c.account == account))
        removed = connection.execute(account_totp.delete().where(account_totp.c.account == account))
        return bool(removed.rowcount)
