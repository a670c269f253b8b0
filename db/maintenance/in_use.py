"""Whether a server uses a database: known to the system, so that nothing is left to clear by hand.

SQLite: a lock on a small file beside the database, which ends with the last process that holds it.
PostgreSQL: the name under which the server's processes have connected; its job runner always is.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from db.core import engine
from db.core.engine import connect
from db.core.private_files import FILE
from db.core.urls import parse_url
from db.maintenance import part_file
from surveillance.errors import ConfigurationError

_FILLING = 8_421_900_103
_SERVER = "chhlang-server"
_SAID = (
    "a server is using this database (a page that it answers meanwhile would mix old and new): stop it "
    "(systemctl stop chhlang), and restore again"
)


def _mark(url: str) -> Path | None:
    parsed = parse_url(url)
    if parsed.get_backend_name() != "sqlite":
        return None
    path = Path(str(parsed.database)).absolute()
    return path.with_name(f"{path.name}.serving")


@contextmanager
def serving(url: str) -> Iterator[None]:
    """Say for as long as this lasts that a server, or its job runner, uses the database."""
    path = _mark(url)
    if path is None:
        before, engine.PROGRAM = engine.PROGRAM, _SERVER
        try:
            yield
        finally:
            engine.PROGRAM = before
        return
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR, FILE)
    except OSError:  # the database says better what is wrong with its folder
        yield
        return
    try:
        _lock(descriptor, shared=True)
        yield
    finally:
        os.close(descriptor)


def refuse_while_served(url: str) -> None:
    """Refuse to change a database as a whole under a server.

    Raises
    ------
    ConfigurationError
        A server uses it.
    """
    path = _mark(url)
    if path is None:
        served = _is_served_by_postgresql(url)
    elif not path.exists():
        served = False
    else:
        with path.open("r+b") as handle:
            served = not _lock(handle.fileno(), shared=False)
    if served:
        raise ConfigurationError(_SAID)


def _lock(descriptor: int, *, shared: bool) -> bool:
    """Take the system's lock; false where another process holds one that forbids it."""
    try:
        import fcntl  # noqa: PLC0415 - not on Windows
    except ImportError:
        return True
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def one_at_a_time(url: str) -> Iterator[None]:
    """Wait until no other process is within, for the same database."""
    path = _mark(url)
    if path is not None:
        with os.fdopen(os.open(path.with_suffix(".filling"), os.O_CREAT | os.O_RDWR, FILE), "r+b") as handle:
            part_file.lock(handle, wait=True)
            yield
        return
    database = connect(url)
    try:
        with database.records.connect() as connection:
            connection.exec_driver_sql(f"SELECT pg_advisory_lock({_FILLING})")
            connection.commit()
            yield
    finally:
        database.dispose()


def _is_served_by_postgresql(url: str) -> bool:
    database = connect(url)
    try:
        with database.records.connect() as connection:
            asked = (
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND application_name = %s AND pid <> pg_backend_pid()"
            )
            return bool(connection.exec_driver_sql(asked, (_SERVER,)).scalar())
    finally:
        database.dispose()
