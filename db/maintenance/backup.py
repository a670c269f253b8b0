"""Making a backup: both databases in one archive, as they were at one moment, while others go on writing.

SQLite: a read transaction on each file; writers go on in the WAL. PostgreSQL: one snapshot, table by table
through COPY, without pg_dump. The operations are looked at first, so that no run of cluster detection in the
archive speaks of records that are not in it. Cubes are left out: they are sums of the rest, ten times as
large as the records, and summed anew at restore.
"""

from __future__ import annotations

import contextlib
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.core.engine import Database
from db.maintenance.archive import HISTORIES, MANIFEST, Hashed, Manifest, Member, Progress
from db.maintenance.copy_text import fields, write
from db.maintenance.migrate import version_table
from db.maintenance.part_file import PartFile
from db.operations import audit
from db.tables import meta
from db.tables.records import batch, episode
from db.tables.schema import TABLES

#: Level of compression: higher ones take longer than the copying itself.
_LEVEL = 1
NAME = "chhlang-backup-"
_ENDING = ".zip"


def file_name(now: datetime) -> str:
    """Name of a backup that was given none."""
    return f"{NAME}{now.astimezone(UTC):%Y%m%dT%H%M%SZ}{_ENDING}"


def kept_tables(history: str) -> list[str]:
    """Tables that a backup holds, those first that others refer to. What is made from them is left out."""
    names = [table.name for table in TABLES[history].sorted_tables]
    return [name for name in names if not name.startswith("cube_") and name != "cascade_state"]


def make(
    database: Database,
    path: Path,
    version: str,
    progress: Progress,
    note: Callable[[int], None] = lambda _size: None,
) -> Manifest:
    """Write a backup to `path`, whole or not at all, readable by its owner alone.

    Parameters
    ----------
    note : callable
        Writes the line of the audit trail, given the size. Where it fails there is no backup either.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    with PartFile(path) as part:
        with (
            _views(database) as views,
            zipfile.ZipFile(part.handle, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive,
        ):
            members = tuple(
                _copy(archive, views[history], history, table, progress)
                for history in HISTORIES
                for table in kept_tables(history)
            )
            manifest = _manifest(views, database.dialect, version, members)
            archive.writestr(MANIFEST, manifest.text())
        note(part.handle.tell())
    return manifest


@contextlib.contextmanager
def _views(database: Database) -> Iterator[dict[str, Connection]]:
    """A view of each history that stays what it is; with PostgreSQL both are one."""
    with ExitStack() as stack:
        if database.records is database.operations:
            view = stack.enter_context(database.records.connect())
            view = view.execution_options(isolation_level="REPEATABLE READ")
            view.exec_driver_sql("SET TRANSACTION READ ONLY")
            view.exec_driver_sql("SET LOCAL client_encoding TO 'UTF8'")
            view.exec_driver_sql("SET LOCAL datestyle TO 'ISO'")
            _look(view, HISTORIES[0])  # the snapshot is that of the first question
            yield dict.fromkeys(HISTORIES, view)
            return
        views = {}
        for history in reversed(HISTORIES):
            views[history] = stack.enter_context(getattr(database, history).connect())
            _look(views[history], history)
        yield views


def _look(view: Connection, history: str) -> str:
    """Revision of a history; the first look is what a view goes on seeing."""
    return str(view.exec_driver_sql(f"SELECT version_num FROM {version_table(history)}").scalar())  # noqa: S608


def _copy(archive: zipfile.ZipFile, view: Connection, history: str, table: str, progress: Progress) -> Member:
    columns = tuple(fields(view, table))
    written = 0
    with archive.open(f"{history}/{table}.tsv", "w", force_zip64=True) as target:
        hashed = Hashed(target.write)

        def put(block: bytes) -> None:
            nonlocal written
            hashed(block)
            written += bytes(block).count(b"\n")
            progress("copying", table, written)

        rows = write(view, table, columns, put)
    return Member(history, table, columns, rows, hashed.sha256)


def _manifest(
    views: dict[str, Connection], dialect: str, version: str, members: tuple[Member, ...]
) -> Manifest:
    records = views["records"]
    return Manifest(
        version=version,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        made_from=dialect,
        demo=meta.is_demo(records),
        key_check=meta.get(records, meta.KEY_CHECK),
        revisions={history: _look(views[history], history) for history in HISTORIES},
        counts=_counts(records, views["operations"]),
        members=members,
        trail=audit.head(views["operations"]),
    )


def counted(database: Database) -> dict[str, int]:
    """What a database holds, as a manifest says it."""
    with database.records.connect() as records, database.operations.connect() as operations:
        return _counts(records, operations)


def _counts(records: Connection, operations: Connection) -> dict[str, int]:
    current = select(func.count()).select_from(episode).where(episode.c.superseded_batch.is_(None))
    return {
        "records": records.execute(current).scalar_one(),
        "files": records.execute(select(func.count()).select_from(batch)).scalar_one(),
        "accounts": operations.execute(sa.text("SELECT count(*) FROM account")).scalar_one(),
    }


def older(folder: Path, keep: int) -> list[Path]:
    """All backups of a folder but the newest `keep`, by the time in their names.

    Only files that were named by :func:`file_name` are looked at.
    """
    held = sorted(folder.glob(f"{NAME}[0-9]*T[0-9]*Z{_ENDING}"), key=lambda path: path.name, reverse=True)
    return held[keep:]


def drop_older(folder: Path, keep: int) -> list[Path]:
    """Remove the backups that :func:`older` names; returns them."""
    dropped = []
    for path in older(folder, keep):
        path.unlink(missing_ok=True)
        dropped.append(path)
    return dropped
