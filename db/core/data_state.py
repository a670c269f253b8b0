"""A sign of the state of the records: as long as it is the same, nothing has been committed to them."""

from __future__ import annotations

import time
from collections.abc import Hashable
from pathlib import Path

import sqlalchemy as sa

from db.core.engine import Database

#: A file that was written less than so many nanoseconds ago may be written again and carry the same time.
SAME_TIME = 100_000_000


def data_state(database: Database) -> Hashable | None:
    """The sign; None where there is none at this moment.

    Ask for it before reading: what is committed in between then only makes the sign older than what was read.
    A sign may change although the records do not.
    """
    if database.dialect == "sqlite":
        return _of_files(database.records.url.database)
    with database.reading() as connection:
        # Whatever has been committed since makes another snapshot.
        snapshot = connection.execute(sa.select(sa.cast(sa.func.pg_current_snapshot(), sa.Text))).scalar_one()
    return str(database.records.url), str(snapshot)


def _of_files(path: str | None) -> Hashable | None:
    """Names, times and sizes: a commit writes to the log beside the database, or to itself."""
    if not path or path == ":memory:":
        return None
    found: list[Hashable] = [path]
    now = time.time_ns()
    for name in (path, f"{path}-wal"):
        try:
            held = Path(name).stat()
        except FileNotFoundError:
            found.append(None)
            continue
        if now - held.st_mtime_ns < SAME_TIME:
            return None
        found.append((held.st_ino, held.st_mtime_ns, held.st_size))
    return tuple(found)
