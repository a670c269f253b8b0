"""What systems are asked with: sealed as the secrets of messages are, or from the environment."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.permissions import Grant, Permission
from dashboard.services import store
from dashboard.services.messages import sealing
from dashboard.settings import Settings, system_credential, system_variable
from db.core.engine import Connection, Database
from db.operations.systems import connected
from db.operations.systems.connected import System
from surveillance.errors import ConfigurationError
from surveillance.texts import N_

NOTHING = N_(
    "there is nothing to ask {name} with: give its user and password, or its token, or set {variable}"
)
OTHER_KEY = N_("what {name} is asked with was sealed under another CHHLANG_SECRET_KEY: give it anew")


def sealed(database: Database, settings: Settings, credential: str) -> str:
    """A credential as it is stored."""
    return sealing.seal(_key(database, settings), credential.strip())


def opened(database: Database, settings: Settings, system: System) -> str:
    """What a system is asked with.

    Raises
    ------
    ConfigurationError
        There is nothing, or it was sealed under another key.
    """
    if system.sealed is None:
        found = system_credential(system.name)
        if found is None:
            raise ConfigurationError(
                NOTHING,
                name=system.name, variable=system_variable(system.name),
            )  # fmt: skip
        return found
    found = sealing.opened(_key(database, settings), system.sealed)
    if found is None:
        raise ConfigurationError(OTHER_KEY, name=system.name)
    return found


def reseal(connection: Connection, grant: Grant, old: Sequence[str], new: str) -> int:
    """Seal anew what was under one of some old keys; how many. What none opens stays, and is given again.

    Raises
    ------
    NotPermittedError
        The grant does not maintain the database.
    """
    grant.check(Permission.MAINTAIN)
    done = 0
    for number, text in connected.sealed_texts(connection):
        if sealing.opened(new, text) is not None:
            continue
        plain = next((found for key in old if (found := sealing.opened(key, text)) is not None), None)
        if plain is not None:
            done += connected.reseal(connection, number, text, sealing.seal(new, plain))
    return done


def _key(database: Database, settings: Settings) -> str:
    return store.secret_for_server(settings, store.is_demo(database))
