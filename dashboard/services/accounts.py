"""Accounts: adding, listing, closing; who is asking."""

from __future__ import annotations

import time

from argon2 import PasswordHasher

from dashboard.permissions import Grant, Permission
from dashboard.secret_strength import DEMO_PASSWORD, password_weakness
from dashboard.services import sessions
from db.core import errors
from db.core.engine import Database, together, write_transaction
from db.operations import accounts, audit
from db.operations.accounts import ROLES, AccountFacts
from db.operations.messages import channels
from db.operations.signing_in import links, tokens
from geodata.provinces import PROVINCES
from surveillance.errors import UsageError

__all__ = [
    "ROLES",
    "AccountFacts",
    "add",
    "end_all",
    "end_sessions",
    "hashed",
    "listed",
    "set_active",
    "set_password",
]


def hashed(password: str, email: str, *, demo: bool = False) -> str:
    """Hash a password that will do; the demo's own only for accounts that are the demo's.

    Raises
    ------
    UsageError
        It will not do; says why.
    """
    wrong = password_weakness(password, email)
    if wrong and not (demo and password == DEMO_PASSWORD):
        raise UsageError(
            "the password {wrong}: choose another, such as four words that have nothing in common",
            wrong=wrong,
        )
    return PasswordHasher().hash(password)


def add(
    database: Database,
    grant: Grant,
    *,
    email: str,
    password: str | None,
    role: str,
    provinces: tuple[str, ...] | None,
    demo: bool = False,
) -> None:
    """Add an account; without a password nobody can sign in, until its person has set one by a link.

    Raises
    ------
    UsageError
        The address, role, province or password will not do; says which.
    """
    grant.check(Permission.MANAGE_ACCOUNTS)
    if "@" not in email or len(email) > 255 or any(ch.isspace() for ch in email):
        raise UsageError(f"'{email[:60]}' is not an e-mail address")
    _check_provinces(provinces)
    password_hash = None if password is None else hashed(password, email, demo=demo)
    with together(database.operations):
        accounts.add(
            database, email=email, password_hash=password_hash, role=role, provinces=provinces, demo=demo
        )
        said = {"email": email, "role": role, "provinces": provinces}
        audit.record(database, grant.actor, "account added", said)


def set_active(database: Database, grant: Grant, email: str, active: bool) -> None:
    """Open or close an account; closing ends its sessions, and its channels for messages about alerts."""
    grant.check(Permission.MANAGE_ACCOUNTS)
    ended = 0 if active else end_all(database, email)  # this needs no free disk: it comes first
    try:
        with together(database.operations):
            accounts.set_active(database, email, active)
            _void_links(database, email)
            if not active:
                _end_channels(database, email)
            action = "account opened" if active else "account closed"
            audit.record(database, grant.actor, action, {"email": email})
    except Exception as error:
        refusal = errors.explain(error)
        if active or not isinstance(refusal, errors.StorageError):
            raise
        raise errors.StorageError(
            f"{email} is not closed: {refusal} (sessions of it that were ended all the same: {ended})"
        ) from error


def set_password(database: Database, grant: Grant, email: str, password: str) -> None:
    """Give an account another password; ends its sessions.

    Raises
    ------
    UsageError
        There is no such account, or the password will not do.
    """
    grant.check(Permission.MANAGE_ACCOUNTS)
    password_hash = hashed(password, email)
    with together(database.operations):
        accounts.set_password(database, email, password_hash)
        _void_links(database, email)
        audit.record(database, grant.actor, "password set", {"email": email})
    end_all(database, email)


def listed(database: Database, grant: Grant) -> list[AccountFacts]:
    """Every account."""
    grant.check(Permission.MANAGE_ACCOUNTS)
    return accounts.listed(database)


def _check_provinces(provinces: tuple[str, ...] | None) -> None:
    wrong = [code for code in provinces or () if code not in PROVINCES]
    if wrong:
        raise UsageError(f"province '{wrong[0]}' is not a code such as KH01")


def end_sessions(database: Database, grant: Grant, email: str) -> int:
    """End every session of an account, and what its half sign-ins held; how many sessions lived.

    Raises
    ------
    UsageError
        There is no such account.
    """
    grant.check(Permission.MANAGE_ACCOUNTS)
    accounts.renew(database, email)
    return end_all(database, email)


def _void_links(database: Database, email: str) -> None:
    number = accounts.number_of(database, email)
    if number is not None:
        links.drop(database, number)


def _end_channels(database: Database, email: str) -> None:
    number = accounts.number_of(database, email)
    if number is not None:
        with write_transaction(database.operations) as connection:
            channels.end_of_account(connection, number)


def end_all(database: Database, email: str) -> int:
    """End every session of an account, which its caller has the right to; how many lived.

    Its tokens answer nothing once the account is changed; here they get their lines of the trail, which
    follow later where the disk is full now.
    """
    number = accounts.number_of(database, email)
    if number is None:
        return 0
    ended = sessions.end_all_of(database, number)
    try:
        tokens.sweep(database, number, time.time(), email)
    except Exception as error:
        if errors.explain(error) is None:
            raise
    return ended
