"""Opening the database, and what it says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager

from dashboard.permissions import Grant
from dashboard.secret_strength import DEMO_SECRET, MAKE_ONE, weakness
from dashboard.settings import Settings
from db.core import errors
from db.core.engine import Database
from db.intake.values.pseudonym import Pseudonymiser, derive_key, key_check
from db.maintenance import in_use
from db.maintenance.opening import open_database
from db.operations import accounts, audit
from db.tables import key_chain, meta
from surveillance.errors import ConfigurationError, UserError


def open_store(settings: Settings) -> Database:
    """Open, create or migrate the database that the settings name.

    Raises
    ------
    ConfigurationError
        A key is weak; or the database cannot be opened.
    """
    settings.refuse_weak_keys()
    return open_database(settings.database_url)


def serving(settings: Settings) -> AbstractContextManager[None]:
    """Say for as long as this lasts that a server, or its job runner, uses the database: no restore then."""
    return in_use.serving(settings.database_url)


def one_at_a_time(settings: Settings) -> AbstractContextManager[None]:
    """Wait until no other process fills the same database."""
    return in_use.one_at_a_time(settings.database_url)


def is_demo(database: Database) -> bool:
    """Whether the database holds the synthetic demo."""
    with database.reading() as connection:
        return meta.is_demo(connection)


def holds_anything(database: Database) -> bool:
    """Whether any file was ever imported."""
    with database.reading() as connection:
        return meta.holds_files(connection)


def has_demo_accounts(database: Database) -> bool:
    """Whether accounts exist whose passwords are public."""
    return accounts.any_demo(database)


def outer_key(settings: Settings, demo: bool) -> bytes | None:
    """The key that pseudonyms are made under; the demo's persons are invented and need no secret.

    Raises
    ------
    ConfigurationError
        It is weak.
    """
    settings.refuse_weak_keys()
    if settings.pseudonym_key:
        return settings.pseudonym_key.encode()
    secret = settings.secret_key or (DEMO_SECRET if demo else None)
    return derive_key(secret) if secret else None


def pseudonymiser(settings: Settings, database: Database) -> Pseudonymiser:
    """The keyed replacement of person numbers.

    Raises
    ------
    ConfigurationError
        The database's key was changed before, and the key that is set is not the present one.
    """
    key = outer_key(settings, is_demo(database))
    if key is None:
        return Pseudonymiser(None)
    with database.reading() as connection:
        return Pseudonymiser(key, key_chain.inner_keys(connection, key))


def possible_previous_keys(settings: Settings, demo: bool) -> list[bytes]:
    """What the key before may have been: given as such, or derived from the secret key that was given."""
    given = settings.previous_key
    return ([given.encode(), derive_key(given)] if given else []) + (
        [derive_key(DEMO_SECRET)] if demo else []
    )


def possible_previous_secrets(settings: Settings, demo: bool) -> list[str]:
    """What the secret key of the server may have been before."""
    return ([settings.previous_key] if settings.previous_key else []) + (
        [derive_key(DEMO_SECRET).hex()] if demo else []
    )


def hold_to_key(database: Database, pseudonymise: Pseudonymiser) -> dict[str, str | None]:
    """Refuse to mix pseudonyms of two keys in one database; returns the fact that must stay as it is.

    Raises
    ------
    ConfigurationError
        The database's pseudonyms were made under another key.
    """
    if pseudonymise.key is None:
        return {}
    check = key_check(pseudonymise.key)
    with database.writing() as connection:
        meta.check_key(connection, check)
    return {meta.KEY_CHECK: check}


def secret_for_server(settings: Settings, demo: bool) -> str:
    """The key that signs sessions.

    Raises
    ------
    ConfigurationError
        A key is weak; or this one is missing, and this is not the demo.
    """
    settings.refuse_weak_keys()
    wrong = weakness(settings.secret_key)
    if wrong is None:
        return str(settings.secret_key)
    if demo and not settings.secret_key:
        return derive_key(DEMO_SECRET).hex()
    raise ConfigurationError(
        f"CHHLANG_SECRET_KEY {wrong}. Set it to a long random text and keep it: {MAKE_ONE}"
    )


def has_accounts(database: Database) -> bool:
    """Whether anybody may sign in."""
    return bool(accounts.listed(database))


def audit_use(database: Database, grant: Grant, action: str, detail: Mapping[str, object]) -> None:
    """Write a use of the data into the audit trail."""
    audit.record(database, grant.actor, action, detail)


def is_away(error: BaseException) -> bool:
    """Whether the database server does not answer; it may do so again."""
    return isinstance(errors.explain(error), errors.AwayError)


def refusal(error: BaseException) -> UserError | None:
    """What the disk or the database's file refused, in words; None where the error is another."""
    return errors.explain(error)
