"""Lines of the audit trail that are noted with the records they tell of.

On SQLite records and trail are two files, and no transaction holds both. So the line is first a fact of the
database of records, stored with what it tells of or not at all. It is carried over into the trail at once;
where that cannot be (the disk is full, the process was killed), whatever opens the database next carries it
over. A token keeps it from coming twice. PostgreSQL needs none of this: there the line is written where it
belongs.
"""

from __future__ import annotations

import contextlib
import json
import logging
import secrets
import time
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError

from db.core import errors
from db.core.engine import Database, write_transaction
from db.operations import audit
from db.tables.records import meta

#: Facts of the records' database whose keys begin so are lines that wait.
PREFIX = "trail:"
#: Lines that are carried over at a time.
_MOST = 500
#: How long the removal of what was carried over waits for an import that is writing, in milliseconds.
_PATIENCE_MS = 500
_log = logging.getLogger("chhlang")


def write(
    connection: Connection,
    database: Database,
    actor: str,
    action: str,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Note a line in the transaction that changes the records; :func:`carry` follows it."""
    if database.records is database.operations:
        audit.write(connection, actor, action, detail)
        return
    line = json.dumps([audit.now(), actor, action, audit.said(detail)], ensure_ascii=False)
    token = f"{time.time_ns():016x}{secrets.token_hex(8)}"  # in the order in which they are carried over
    connection.execute(meta.insert().values(key=PREFIX + token, value=line))


def carry(database: Database) -> int:
    """Carry over what waits; returns how many lines still do (1 where even that could not be read), since the
    disk or a lock refused.

    What they tell of is stored: a refusal is said to the log, and to nobody who asked for it.
    """
    waiting: dict[str, str] = {}
    try:
        with database.reading() as connection:
            waiting = _waiting(connection)
        if waiting:
            _carry(database, waiting)
    except Exception as error:
        refusal = errors.explain(error)
        if refusal is None:
            raise
        why = str(refusal).partition(":")[0]
        if not waiting:
            _log.warning("whether a line of the audit trail still waits could not be read: %s", why)
            return 1
        _log.warning(
            "what was asked for is stored. Its line of the audit trail (%s) waits beside it and follows by "
            "itself, since now it could not be written: %s",
            ", ".join(sorted({str(json.loads(line)[2]) for line in waiting.values()})),
            why,
        )
        return len(waiting)
    return 0


def _carry(database: Database, waiting: Mapping[str, str]) -> None:
    with write_transaction(database.operations) as connection:
        known = audit.tokens(connection, list(waiting))
        for token in sorted(set(waiting) - known):
            at, actor, action, detail = json.loads(waiting[token])
            audit.append(connection, at, actor, action, detail, token)
    with contextlib.suppress(OperationalError):  # the next one removes them: the token is known
        _remove(database, [PREFIX + token for token in waiting])


def _remove(database: Database, keys: list[str]) -> None:
    if database.dialect == "postgresql":  # a backup of SQLite was restored there
        with write_transaction(database.records) as connection:
            connection.execute(meta.delete().where(meta.c.key.in_(keys)))
        return
    with database.records.connect() as connection:
        waits = connection.exec_driver_sql("PRAGMA busy_timeout").scalar()
        connection.exec_driver_sql(f"PRAGMA busy_timeout={_PATIENCE_MS}")
        connection.commit()
        connection.execution_options(chhlang_write=True)
        try:
            with connection.begin():
                connection.execute(meta.delete().where(meta.c.key.in_(keys)))
        finally:
            connection.execution_options(chhlang_write=False)
            connection.exec_driver_sql(f"PRAGMA busy_timeout={waits}")
            connection.rollback()


def _waiting(connection: Connection) -> dict[str, str]:
    """Token and line of what waits."""
    chosen = select(meta.c.key, meta.c.value).where(meta.c.key.startswith(PREFIX)).limit(_MOST)
    rows = connection.execute(chosen)
    return {str(key).removeprefix(PREFIX): str(value) for key, value in rows}
