"""Another key: over the pseudonyms that are stored, and over the secrets of authenticators."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dashboard.permissions import Grant, Permission
from dashboard.secret_strength import weakness
from dashboard.services import store
from dashboard.services.messages import sealing
from dashboard.services.signing_in import second_factor
from dashboard.services.systems import credentials
from dashboard.settings import Settings
from db.core.engine import Connection, Database, operations_beside
from db.intake.values.pseudonym import key_check
from db.maintenance import rekey
from db.operations import audit, outbox
from db.tables import meta
from surveillance.errors import ConfigurationError

#: What is done, with which table, and how many of its rows are done.
Progress = Callable[[str, str, int], None]
#: Accounts that a refusal names.
_NAMED = 20


@dataclass(frozen=True)
class Changed:
    """Versions of records (None: they needed no change) and authenticators that are under the new key."""

    versions: int | None
    authenticators: int


def change_key(database: Database, grant: Grant, settings: Settings, tell: Progress) -> Changed:
    """Put the key that is set over the one before: all of it, or nothing.

    Authenticators are sealed under CHHLANG_SECRET_KEY, also where pseudonyms have a key of their own. They
    come last, just before the records are stored. Killed between the two, the same command does the rest.

    Raises
    ------
    NotPermittedError
        The grant does not maintain the database.
    ConfigurationError
        The new key is missing or weak; the previous key is missing or wrong; or authenticators would become
        unreadable: says whose.
    """
    grant.check(Permission.MAINTAIN)
    new_text = settings.pseudonym_key or settings.secret_key
    if (wrong := weakness(new_text)) is not None:
        raise ConfigurationError(
            f"the new key {wrong}: set CHHLANG_SECRET_KEY (or CHHLANG_PSEUDONYM_KEY) to it"
        )
    demo = store.is_demo(database)
    new = store.outer_key(settings, demo)
    assert new is not None  # noqa: S101 - it was found to be set
    with database.writing() as connection:
        known = meta.get(connection, meta.KEY_CHECK)
        same = known in (None, key_check(new))
        old = None if same else _old_key(settings, demo, str(known))
        _refuse_lost_authenticators(database, grant, settings, demo)
        versions = None
        if old is not None:
            versions = rekey.change_key(connection, old, new, lambda rows: tell("changing", "records", rows))
        with operations_beside(database, connection) as other:
            authenticators = _reseal(other, grant, settings, demo)
            if authenticators:
                audit.write(other, grant.actor, "authenticators sealed anew", {"accounts": authenticators})
        if versions is not None:
            said = {"from": known, "to": key_check(new), "versions": versions}
            outbox.write(connection, database, grant.actor, "rekey", said)
    outbox.carry(database)
    return Changed(versions, authenticators)


def _old_key(settings: Settings, demo: bool, known: str) -> bytes:
    candidates = store.possible_previous_keys(settings, demo)
    old = next((key for key in candidates if key_check(key) == known), None)
    if old is None:
        raise ConfigurationError(
            "CHHLANG_PREVIOUS_KEY is not the key that this database's pseudonyms were made under: set it "
            "to what CHHLANG_PSEUDONYM_KEY was, or else CHHLANG_SECRET_KEY"
        )
    return old


def _present_secret(settings: Settings, demo: bool) -> str | None:
    """What the server seals under; None where this command does not know it, and so does not change it."""
    return store.secret_for_server(settings, demo) if settings.secret_key or demo else None


def _refuse_lost_authenticators(database: Database, grant: Grant, settings: Settings, demo: bool) -> None:
    present = _present_secret(settings, demo)
    if present is None:
        return
    keys = [present, *store.possible_previous_secrets(settings, demo)]
    lost = second_factor.unreadable(database, grant, keys)
    if not lost:
        return
    more = f" and {len(lost) - _NAMED} more" if len(lost) > _NAMED else ""
    raise ConfigurationError(
        f"nothing was changed: the authenticators of {', '.join(lost[:_NAMED])}{more} are sealed under "
        "neither CHHLANG_SECRET_KEY nor CHHLANG_PREVIOUS_KEY. Set CHHLANG_PREVIOUS_KEY to what "
        "CHHLANG_SECRET_KEY was (and change one key at a time, where CHHLANG_PSEUDONYM_KEY is another). "
        "Where that key is lost, these people must set up their authenticators anew: `accounts totp-reset` "
        "for each of them, then this command again"
    )


def _reseal(connection: Connection, grant: Grant, settings: Settings, demo: bool) -> int:
    present = _present_secret(settings, demo)
    if present is None:
        return 0
    before = store.possible_previous_secrets(settings, demo)
    channels = sealing.reseal(connection, grant, before, present)
    if channels:
        audit.write(connection, grant.actor, "channels sealed anew", {"channels": channels})
    systems = credentials.reseal(connection, grant, before, present)
    if systems:
        audit.write(connection, grant.actor, "systems sealed anew", {"systems": systems})
    return second_factor.reseal(connection, grant, before, present)
