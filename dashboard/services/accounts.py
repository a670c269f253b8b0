"""Accounts: adding, listing, closing; who is asking."""

from __future__ import annotations

from argon2 import PasswordHasher

from dashboard.permissions import Grant, Permission
from dashboard.secret_strength import DEMO_PASSWORD, password_weakness
from db.core.engine import Database
from db.operations import accounts, audit
from db.operations.accounts import ROLES, AccountFacts
from geodata.provinces import PROVINCES
from surveillance.errors import UsageError

__all__ = ["ROLES", "add", "end_sessions", "listed", "set_active", "set_password"]


def _hash(password: str, email: str, *, demo: bool = False) -> str:
    """Hash a password that will do; the demo's own only for accounts that are the demo's."""
    wrong = password_weakness(password, email)
    if wrong and not (demo and password == DEMO_PASSWORD):
        raise UsageError(
            f"the password {wrong}: choose another, such as four words that have nothing in common"
        )
    return PasswordHasher().hash(password)


def add(
    database: Database,
    grant: Grant,
    *,
    email: str,
    password: str,
    role: str,
    provinces: tuple[str, ...] | None,
    demo: bool = False,
) -> None:
    """Add an account.

    Raises
    ------
    UsageError
        The address, role, province or password will not do; says which.
    """
    grant.check(Permission.MANAGE_ACCOUNTS)
    if "@" not in email or len(email) > 255 or any(ch.isspace() for ch in email):
        raise UsageError(f"'{email[:60]}' is not an e-mail address")
    wrong = [code for code in provinces or () if code not in PROVINCES]
    if wrong:
        raise UsageError(f"province '{wrong[0]}' is not a code such as KH01")
    hashed = _hash(password, email, demo=demo)
    accounts.add(database, email=email, password_hash=hashed, role=role, provinces=provinces, demo=demo)
    audit.record(
        database, grant.actor, "account added", {"email": email, "role": role, "provinces": provinces}
    )


def set_active(database: Database, grant: Grant, email: str, active: bool) -> None:
    """Open or close an account; closing ends its sessions."""
    grant.check(Permission.MANAGE_ACCOUNTS)
    accounts.set_active(database, email, active)
    audit.record(database, grant.actor, "account opened" if active else "account closed", {"email": email})


def set_password(database: Database, grant: Grant, email: str, password: str) -> None:
    """Give an account another password; ends its sessions.

    Raises
    ------
    UsageError
        There is no such account, or the password will not do.
    """
    grant.check(Permission.MANAGE_ACCOUNTS)
    accounts.set_password(database, email, _hash(password, email))
    audit.record(database, grant.actor, "password set", {"email": email})


def listed(database: Database, grant: Grant) -> list[AccountFacts]:
    """Every account."""
    grant.check(Permission.MANAGE_ACCOUNTS)
    return accounts.listed(database)


def end_sessions(database: Database, account_id: int) -> None:
    """End every session of an account: what signing out does."""
    accounts.end_sessions(database, account_id)
