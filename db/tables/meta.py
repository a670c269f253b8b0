"""Facts about the database itself: whether it is the demo, and under which key pseudonyms were made."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Table, bindparam, func, select
from sqlalchemy.engine import Connection

from db.tables.denominators import denominator_batch
from db.tables.records import batch, facility, meta
from surveillance.errors import ConfigurationError

DEMO = "demo"
#: The fact that tells which key pseudonyms are made under.
KEY_CHECK = "pseudonym_key_check"
_FACT = select(meta.c.value).where(meta.c.key == bindparam("asked"))
OTHER_KEY = (
    "this database's pseudonyms were made under another key: the same person would count as two. "
    "Set CHHLANG_SECRET_KEY (or CHHLANG_PSEUDONYM_KEY) to what it was"
)


def get(connection: Connection, key: str) -> str | None:
    """A fact, or None."""
    row = connection.execute(_FACT, {"asked": key}).first()
    return str(row[0]) if row else None


def put(connection: Connection, key: str, value: str) -> None:
    """Write a fact."""
    connection.execute(meta.delete().where(meta.c.key == key))
    connection.execute(meta.insert().values(key=key, value=value))


def is_demo(connection: Connection) -> bool:
    """Whether the database was filled with the synthetic demo. It stays marked as one."""
    return get(connection, DEMO) is not None


def holds_files(connection: Connection) -> bool:
    """Whether any file has been imported; the demo's own facilities and population figures are none."""

    def holds(table: Table) -> bool:
        return bool(connection.execute(select(func.count()).select_from(table)).scalar())

    return holds(batch) or ((holds(facility) or holds(denominator_batch)) and not is_demo(connection))


def check_key(connection: Connection, key_check: str) -> None:
    """Hold pseudonyms to one key: remember the first, refuse another.

    Raises
    ------
    ConfigurationError
        Pseudonyms in this database were made under another key.
    """
    known = get(connection, KEY_CHECK)
    if known is None:
        put(connection, KEY_CHECK, key_check)
    elif known != key_check:
        raise ConfigurationError(OTHER_KEY)


def hold(connection: Connection, expected: Mapping[str, str | None]) -> None:
    """Make sure that facts are still what they were when work began: asked by the writer at its end.

    Raises
    ------
    ConfigurationError
        One has changed since.
    """
    if any(get(connection, key) != value for key, value in expected.items()):
        raise ConfigurationError(
            "the key of the database was changed, or old records were sealed, while the file was being read: "
            "nothing was stored; import it again"
        )
