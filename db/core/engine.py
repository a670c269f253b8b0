"""The databases: engines, pragmas, transactions.

`sqlite:///PATH/NAME.db` keeps accounts and audit in `NAME-operations.db` beside it; PostgreSQL holds both.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection as SQLiteConnection
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine

from db.core import private_files
from db.core.urls import operations_url, parse_url
from surveillance.errors import ConfigurationError

_BUSY_MS = 60_000
#: What the WAL shrinks to after a large import: an unlimited one stays as long as the longest import's.
_WAL_KEPT = 64 << 20
#: Memory of one sort or join of the transaction that writes records.
_WORKING_MB = 128
#: Number of PostgreSQL's lock that writers of records wait for.
WRITERS = 8_421_900_102
#: Under which name this process connects to PostgreSQL (db/maintenance/in_use.py).
PROGRAM = "chhlang"
#: The engine and the transaction that everything written to it joins, where :func:`together` has begun one.
_JOINED: ContextVar[tuple[Engine, Connection] | None] = ContextVar("joined", default=None)


@dataclass(frozen=True)
class Database:
    """The two engines that every storage function is given."""

    records: Engine
    operations: Engine

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.records.dialect.name

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A read transaction on the records: one consistent view, never blocked by an import."""
        with self.records.connect() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """As `reading`, for several questions that must be answered from one and the same state.

        Temporary tables and views that are made on it go with it.
        """
        with self.records.connect() as connection:
            if self.dialect == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A write transaction on the records; committed whole or not at all."""
        with write_transaction(self.records) as connection:
            wait_for_other_writers(connection)
            yield connection

    def dispose(self) -> None:
        """Close every connection (before a fork, and at the end of a command)."""
        self.records.dispose()
        self.operations.dispose()


@contextmanager
def write_transaction(engine: Engine) -> Iterator[Connection]:
    """A transaction that takes SQLite's write lock at its beginning, and so never has to give up halfway."""
    joined = _JOINED.get()
    if joined is not None and joined[0] is engine:
        yield joined[1]
        return
    with engine.connect() as connection:
        connection.execution_options(chhlang_write=True)
        with connection.begin():
            yield connection


@contextmanager
def together(engine: Engine) -> Iterator[Connection]:
    """One transaction for whatever is written to an engine within: all of it is stored, or nothing."""
    with write_transaction(engine) as connection:
        mark = _JOINED.set((engine, connection))
        try:
            yield connection
        finally:
            _JOINED.reset(mark)


@contextmanager
def operations_beside(database: Database, connection: Connection) -> Iterator[Connection]:
    """A transaction that writes operations beside one that writes records: the same one in PostgreSQL."""
    if database.records is database.operations:
        yield connection
        return
    with write_transaction(database.operations) as other:
        yield other


def wait_for_other_writers(connection: Connection) -> None:
    """Let one transaction at a time write records, to its end: SQLite's own lock does so by itself.

    There is one, so that PostgreSQL may give it more memory for sorting and joining than it gives everybody.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS})")
        connection.exec_driver_sql(f"SET LOCAL work_mem = '{_WORKING_MB}MB'")


def connect(text: str) -> Database:
    """Make the engines for an address, without looking at what the databases hold."""
    url = parse_url(text)
    if url.get_backend_name() == "sqlite":
        try:
            private_files.make_folder(Path(str(url.database)).absolute().parent)
        except OSError as error:
            raise ConfigurationError(f"the database's folder cannot be made: {error.strerror}") from error
        return Database(_sqlite(url), _sqlite(operations_url(url)))
    # A database in SQL_ASCII would else answer in bytes, before anybody could say what is wrong with it.
    given = {"application_name": PROGRAM, "client_encoding": "utf8"}
    given = {name: value for name, value in given.items() if name not in url.query}
    engine = sa.create_engine(url, pool_pre_ping=True, hide_parameters=True, connect_args=given)
    return Database(engine, engine)


def _sqlite(url: URL) -> Engine:
    private_files.make_database_file(Path(str(url.database)))
    engine = sa.create_engine(url, connect_args={"timeout": _BUSY_MS / 1000}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _on_connect(connection: SQLiteConnection, _record: Any) -> None:
        connection.isolation_level = None  # transactions begin where _on_begin says, not at the first write
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA cache_size=-16384")
        cursor.execute(f"PRAGMA journal_size_limit={_WAL_KEPT}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("chhlang_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine
