"""Accounts: adding, listing, closing; who is asking."""

from __future__ import annotations

from argon2 import PasswordHasher

from dashboard.permissions import Grant, Permission
from db.core.engine import Database
from db.operations import accounts, audit
from db.operations.accounts import ROLES, AccountFacts
from geodata.provinces import PROVINCES
from surveillance.errors import UsageError

SHORTEST_PASSWORD = 12
__all__ = ["ROLES", "SHORTEST_PASSWORD", "add", "end_sessions", "listed", "set_active", "set_password"]


def _hash(password: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        raise UsageError(f"the password is shorter than {SHORTEST_PASSWORD} characters")
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
    accounts.add(
        database, email=email, password_hash=_hash(password), role=role, provinces=provinces, demo=demo
    )
    audit.record(
        database, grant.actor, "account added", {"email": email, "role": role, "provinces": provinces}
    )


def set_active(database: Database, grant: Grant, email: str, active: bool) -> None:
    """Open or close an account; closing ends its sessions."""
    grant.check(Permission.MANAGE_ACCOUNTS)
    accounts.set_active(database, email, active)
    audit.record(database, grant.actor, "account opened" if active else "account closed", {"email": email})


def set_password(database: Database, grant: Grant, email: str, password: str) -> None:
    """Give an account another password; ends its sessions."""
    grant.check(Permission.MANAGE_ACCOUNTS)
    accounts.set_password(database, email, _hash(password))
    audit.record(database, grant.actor, "password set", {"email": email})


def listed(database: Database, grant: Grant) -> list[AccountFacts]:
    """Every account."""
    grant.check(Permission.MANAGE_ACCOUNTS)
    return accounts.listed(database)


def end_sessions(database: Database, account_id: int) -> None:
    """End every session of an account: what signing out does."""
    accounts.end_sessions(database, account_id)
