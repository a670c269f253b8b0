"""What the machine refuses, in words: a full disk, a folder of others, a server that is away."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator

import psycopg
import sqlalchemy as sa

from surveillance.errors import UsageError, UserError
from surveillance.texts import N_

_FULL = N_(
    "the disk is full, or a limit on the size of files is reached: what was begun is not stored, and what "
    "was stored before is as it was. Make space and try again"
)
_REFUSED = "the disk refused to read or write ({detail}): nothing was changed. Check its space and its health"
_LOCKED = N_("something else is writing to the database and has not finished: wait for it, and try again")
_READ_ONLY = "the database cannot be written to: check the rights of its file and its folder"
_DAMAGED = (
    "the database's file is damaged ({detail}): stop the server, and restore the last backup with "
    "`python app.py restore FILE --replace`"
)
_AWAY = (
    "the database server does not answer, or ended the connection: what was begun is not stored, unless it "
    "was at its very end. Check that it runs, and try again; to import a file again changes nothing"
)
_NO_CONNECTION_FREE = (
    "the database server has no connection free: raise its max_connections, or lower CHHLANG_WORKERS"
)
_NO_RIGHT = (
    "the database's account may not do this ({detail}): let it own the database and what is in it "
    "(as postgres: ALTER DATABASE name OWNER TO account)"
)
#: What PostgreSQL holds in no text; SQLite finds nothing by it.
_NUL = N_("a text holds a sign that is none (NUL); take it out, and try again")
_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
#: What SQLite's primary result codes mean: busy, locked, read-only, I/O error, corrupt, full, not a database.
_OF_CODE = {5: _LOCKED, 6: _LOCKED, 8: _READ_ONLY, 10: _REFUSED, 11: _DAMAGED, 13: _FULL, 26: _DAMAGED}
#: PostgreSQL's: disk_full; a file that cannot grow is an internal or an I/O error.
_DISK_FULL, _IO_ERRORS = "53100", frozenset({"58030", "XX000"})
_FULL_OF_CONNECTIONS, _NOT_ALLOWED = "53300", "42501"
#: Shut down, crashed, starting; class 08 are failures of the connection.
_GONE = frozenset({"57P01", "57P02", "57P03", "57P05"})


#: What a driver raises, by whatever statement.
DriverError = sa.exc.DBAPIError


class StorageError(UserError):
    """The disk or the database's file refused. Nothing is half-done."""

    exit_code = 4

    @property
    def full(self) -> bool:
        """Whether there was no space."""
        return "disk is full" in self.text


class AwayError(StorageError):
    """The database server does not answer. It may do so again."""


def explain(error: BaseException) -> UserError | None:
    """The refusal behind an error, in words; None where it is something else."""
    for cause in _causes(error):
        if isinstance(cause, UserError):
            return cause
        if text := _said(cause):
            return StorageError(text)
        if isinstance(cause, psycopg.DataError) and "NUL" in str(cause):
            return UsageError(_NUL)
        if isinstance(cause, psycopg.Error) and _is_away(cause):
            return AwayError(_AWAY)
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, what it was raised from, and what was being handled when it was."""
    waiting, seen = [error], set()
    while waiting:
        cause = waiting.pop(0)
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        original = cause.orig if isinstance(cause, sa.exc.DBAPIError) else None
        waiting += [other for other in (original, cause.__cause__, cause.__context__) if other is not None]


def _said(cause: BaseException) -> str | None:
    if isinstance(cause, sqlite3.Error):
        return _of_sqlite(cause)
    if isinstance(cause, psycopg.Error):
        return _of_postgresql(cause)
    if isinstance(cause, OSError) and cause.errno in _SPACE:
        return _FULL
    return None


def _of_sqlite(cause: sqlite3.Error) -> str | None:
    code = getattr(cause, "sqlite_errorcode", None)
    if code is None:
        return None
    said = _OF_CODE.get(code & 0xFF)
    return said.format(detail=str(cause)) if said else None


def _is_away(cause: psycopg.Error) -> bool:
    """Whether the connection failed, rather than a statement."""
    if cause.sqlstate is None:
        return isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError)
    return cause.sqlstate in _GONE or cause.sqlstate.startswith("08")


def _of_postgresql(cause: psycopg.Error) -> str | None:
    if cause.sqlstate == _FULL_OF_CONNECTIONS or "too many clients" in str(cause):
        return _NO_CONNECTION_FREE
    if cause.sqlstate == _NOT_ALLOWED:
        return _NO_RIGHT.format(detail=str(cause).splitlines()[0])
    if cause.sqlstate == _DISK_FULL:
        return "the database server's disk is full: " + _FULL.partition(": ")[2]
    if cause.sqlstate in _IO_ERRORS and "could not" in str(cause):
        return _REFUSED.format(detail=str(cause).splitlines()[0])
    return None
