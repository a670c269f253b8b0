"""Accounts: who may sign in, with which role, for which provinces of care."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from db.core.engine import Database, write_transaction
from db.core.scope import Scope
from db.tables.operations import Account, Role
from surveillance.errors import UsageError

#: Roles in order of growing reach; dashboard/permissions.py says what each may do.
ROLES: dict[str, str] = {
    "partner": "Outside the programme: sees issued figures, and exports them",
    "viewer": "Sees issued figures",
    "official": "Sees coverage, exports tables, detects clusters",
    "reception": "Works at the desk of a reception centre",
    "nurse": "Nurse of a reception centre: also refers people, and sees their medicines",
    "data_manager": "Delivers files and answers for their quality",
    "epidemiologist": "As an official, and sees the records behind a cluster",
    "administrator": "Manages accounts and settings",
}


@dataclass(frozen=True)
class AccountFacts:
    """An account as listings show it."""

    email: str
    role: str
    provinces: tuple[str, ...] | None
    active: bool
    demo: bool
    scope: Scope = Scope.everything()  # noqa: RUF009 - it cannot be changed
    number: int = 0


def session_factory(database: Database) -> scoped_session[Session]:
    """Sessions on the operations database, one a thread."""
    return scoped_session(sessionmaker(database.operations))


@contextmanager
def _writing(database: Database) -> Iterator[Session]:
    """A session in a write transaction, or in the one that has been begun."""
    with write_transaction(database.operations) as connection, Session(connection) as session:
        yield session
        session.flush()


def scope_of(account: Account) -> Scope:
    """The provinces of care an account answers for."""
    return Scope.read(None if account.provinces is None else str(account.provinces))


def _provinces(scope: Scope) -> tuple[str, ...] | None:
    return None if scope.provinces is None else tuple(sorted(scope.provinces))


def role_of(account: Account) -> str:
    """An account's role; empty where it has none, which grants nothing."""
    return str(account.roles[0].name) if account.roles else ""


def ensure_roles(database: Database) -> None:
    """Write the roles that the database does not know yet."""
    with _writing(database) as session:
        held: set[str | None] = set(session.scalars(select(Role.name)))
        session.add_all(Role(name=name, description=text) for name, text in ROLES.items() if name not in held)


def add(
    database: Database,
    *,
    email: str,
    password_hash: str | None,
    role: str,
    provinces: tuple[str, ...] | None,
    demo: bool = False,
) -> None:
    """Add an account.

    Raises
    ------
    UsageError
        The role is unknown, or the address is taken.
    """
    if role not in ROLES:
        raise UsageError(f"role '{role}' is not one of {', '.join(ROLES)}")
    ensure_roles(database)
    with _writing(database) as session:
        if _find(session, email) is not None:
            raise UsageError(f"an account for {email} exists already")
        session.add(
            Account(
                email=email.strip().lower(),
                password=password_hash,
                active=True,
                fs_uniquifier=secrets.token_hex(32),
                provinces=None if provinces is None else " ".join(provinces),
                demo=demo,
                created_at=datetime.now(UTC).isoformat(timespec="seconds"),
                roles=[session.scalars(select(Role).where(Role.name == role)).one()],
            )
        )


def _find(session: Session, email: str) -> Account | None:
    text = email.strip()
    # Both ways of making letters small: whatever the library of sign-in finds, this finds too.
    same = func.lower(Account.email).in_([text.lower(), func.lower(text)])
    return session.scalars(select(Account).where(same)).unique().first()


def set_active(database: Database, email: str, active: bool) -> None:
    """Let an account sign in, or end its sessions and keep it out.

    Raises
    ------
    UsageError
        There is no such account.
    """
    with _writing(database) as session:
        account = _known(session, email)
        account.active = active  # type: ignore[assignment]
        account.fs_uniquifier = secrets.token_hex(32)  # type: ignore[assignment]


def set_password(database: Database, email: str, password_hash: str) -> None:
    """Give an account another password, and end its sessions.

    Raises
    ------
    UsageError
        There is no such account.
    """
    with _writing(database) as session:
        account = _known(session, email)
        account.password = password_hash  # type: ignore[assignment]
        account.fs_uniquifier = secrets.token_hex(32)  # type: ignore[assignment]


def set_role(database: Database, email: str, role: str) -> None:
    """Give an account another role, and end its sessions.

    Raises
    ------
    UsageError
        There is no such account, or no such role.
    """
    if role not in ROLES:
        raise UsageError(f"role '{role}' is not one of {', '.join(ROLES)}")
    ensure_roles(database)
    with _writing(database) as session:
        account = _known(session, email)
        account.roles = [session.scalars(select(Role).where(Role.name == role)).one()]
        account.fs_uniquifier = secrets.token_hex(32)  # type: ignore[assignment]


def set_scope(database: Database, email: str, scope: Scope) -> None:
    """Give an account other places and programmes, and end its sessions.

    Raises
    ------
    UsageError
        There is no such account.
    """
    with _writing(database) as session:
        account = _known(session, email)
        account.provinces = scope.text  # type: ignore[assignment]
        account.fs_uniquifier = secrets.token_hex(32)  # type: ignore[assignment]


def authority(account: Account) -> bytes:
    """Fingerprint of what an account may do, in 16 bytes: a session ends where it is another."""
    parts = (account.fs_uniquifier, role_of(account), account.provinces, account.active)
    return hashlib.sha256(repr(tuple(map(str, parts))).encode()).digest()[:16]


@dataclass(frozen=True)
class SignInFacts:
    """What signing in asks of an account."""

    number: int
    email: str
    active: bool
    demo: bool
    has_password: bool


def facts_of(database: Database, email: str) -> SignInFacts | None:
    """What signing in asks of the account of an address; None if absent."""
    with Session(database.operations) as session:
        return _facts(_find(session, email))


def facts_by_number(database: Database, number: int) -> SignInFacts | None:
    """The same of the account with a number."""
    with Session(database.operations) as session:
        return _facts(session.get(Account, number))


def _facts(account: Account | None) -> SignInFacts | None:
    if account is None:
        return None
    return SignInFacts(
        int(account.id),
        str(account.email),
        bool(account.active),
        bool(account.demo),
        account.password is not None,
    )


def renew(database: Database, email: str) -> None:
    """Void whatever was begun for an account: its sessions, and sign-ins that wait for a code.

    Raises
    ------
    UsageError
        There is no such account.
    """
    with _writing(database) as session:
        _known(session, email).fs_uniquifier = secrets.token_hex(32)  # type: ignore[assignment]


def number_of(database: Database, email: str) -> int | None:
    """Number of an account; None if absent."""
    with Session(database.operations) as session:
        account = _find(session, email)
        return None if account is None else int(account.id)


def names(database: Database, numbers: set[int]) -> dict[int, str]:
    """Addresses of accounts, by number."""
    with Session(database.operations) as session:
        held = session.scalars(select(Account).where(Account.id.in_(numbers))).unique()
        return {int(account.id): str(account.email) for account in held}


def _known(session: Session, email: str) -> Account:
    account = _find(session, email)
    if account is None:
        raise UsageError(f"there is no account for {email}")
    return account


def listed(database: Database) -> list[AccountFacts]:
    """Every account, by address."""
    with Session(database.operations) as session:
        accounts = session.scalars(select(Account).order_by(Account.email)).unique().all()
        return [
            AccountFacts(
                str(account.email),
                role_of(account),
                _provinces(scope_of(account)),
                bool(account.active),
                bool(account.demo),
                scope_of(account),
                int(account.id),
            )
            for account in accounts
        ]


def grant_facts(database: Database, email: str) -> tuple[str, Scope] | None:
    """Role and scope of an account that may sign in; None if absent."""
    with Session(database.operations) as session:
        account = _find(session, email)
        if account is None or not account.active:
            return None
        return role_of(account), scope_of(account)


def any_demo(database: Database) -> bool:
    """Whether demo accounts, whose passwords are public, exist."""
    with Session(database.operations) as session:
        return session.scalars(select(Account.id).where(Account.demo.is_(True)).limit(1)).first() is not None
