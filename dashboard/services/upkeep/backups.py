"""Keeping the database: backup and restore."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from dashboard.permissions import Grant, Permission
from dashboard.services import store
from dashboard.services.upkeep.backup_age import MADE, TRIED
from dashboard.settings import VERSION, Settings, data_folder
from db.core import private_files
from db.core.engine import Database
from db.core.urls import parse_url
from db.intake.values.pseudonym import key_check
from db.maintenance import backup, restore
from db.maintenance.archive import Archive, Manifest
from db.maintenance.opening import open_database
from db.operations import audit
from surveillance.errors import UnreadableFileError, UsageError

_FOLDER = "backups"
#: What is done, with which table, and how many of its rows are done.
Progress = Callable[[str, str, int], None]


@dataclass(frozen=True)
class BackedUp:
    """A backup that was made, and the older ones it let go."""

    path: Path
    size: int
    manifest: Manifest
    dropped: tuple[Path, ...]


@dataclass(frozen=True)
class Contents:
    """What a backup holds, and whether the key that is set is the one it needs (None: it needs none)."""

    manifest: Manifest
    key_fits: bool | None


def make_backup(
    database: Database,
    grant: Grant,
    settings: Settings,
    target: Path | None,
    keep: int | None,
    tell: Progress,
) -> BackedUp:
    """Write both databases into one file.

    Parameters
    ----------
    target : Path or None
        The file; or a folder, in which the backup is named by the time. None: the folder that the settings
        name, or `backups` beside the SQLite file, or in `var`.
    keep : int or None
        How many backups named by their time the folder keeps; None for all of them.

    Raises
    ------
    NotPermittedError
        The grant does not maintain the database.
    UnreadableFileError
        The file cannot be written.
    UsageError
        `keep` was given for a file with a name of its own.
    """
    grant.check(Permission.MAINTAIN)
    by_time = target is None or target.is_dir()
    if keep is not None and (not by_time or keep < 1):
        raise UsageError(
            "--keep: give a number from 1 on, and a folder or no file: it counts backups named by their time"
        )
    folder = target or folder_of(settings)
    try:
        if target is None:
            private_files.make_folder(folder)
        path = folder / backup.file_name(datetime.now(UTC)) if by_time else folder

        def note(size: int) -> None:
            drops = 0 if keep is None else len(backup.older(folder, keep - 1))
            said = {"file": path.name, "bytes": size, "dropped": drops}
            audit.record(database, grant.actor, MADE, said)

        manifest = backup.make(database, path, VERSION, tell, note)
        size = path.stat().st_size
        dropped = tuple(backup.drop_older(folder, keep)) if keep is not None else ()
    except OSError as error:
        if refusal := store.refusal(error):
            raise refusal from error
        raise UnreadableFileError(
            f"{folder}: the backup cannot be written there ({error.strerror}); nothing was left there. "
            "Name a folder that this account may write to, or set CHHLANG_BACKUPS to one"
        ) from error
    return BackedUp(path, size, manifest, dropped)


def try_backup(database: Database, grant: Grant, made: BackedUp, tell: Progress) -> None:
    """Fill a scratch database from a backup, and look whether it holds what the backup says.

    The scratch database lies beside the backup, since it needs as much room, and is removed again.

    Raises
    ------
    NotPermittedError
        The grant does not maintain the database.
    UnreadableFileError
        The backup is damaged, or what came back is not what went in.
    """
    grant.check(Permission.MAINTAIN)
    whole = False
    try:
        with (
            TemporaryDirectory(prefix=".chhlang-try-", dir=made.path.parent) as scratch,
            contextlib.closing(Archive(made.path)) as archive,
        ):
            url = f"sqlite:///{Path(scratch) / 'chhlang.db'}"
            restore.fill(url, archive, tell, replace=False)
            _hold_to_counts(url, archive.manifest, made.path)
        whole = True
    finally:
        audit.record(database, grant.actor, TRIED, {"file": made.path.name, "whole": whole})


def _hold_to_counts(url: str, manifest: Manifest, path: Path) -> None:
    filled = open_database(url)
    try:
        found = backup.counted(filled)
    finally:
        filled.dispose()
    if found != dict(manifest.counts):
        raise UnreadableFileError(
            f"{path}: a database filled from it holds {found}, not {dict(manifest.counts)}"
        )


def folder_of(settings: Settings) -> Path:
    """Where backups lie that were given no place: as the settings say, or beside the SQLite file."""
    if settings.backups:
        return Path(settings.backups)
    url = parse_url(settings.database_url)
    beside = Path(str(url.database)).parent if url.get_backend_name() == "sqlite" else data_folder()
    return beside / _FOLDER


def look_into(settings: Settings, grant: Grant, path: Path, tell: Progress) -> Contents:
    """Read a backup whole and check it; changes nothing.

    Raises
    ------
    NotPermittedError
        The grant does not maintain the database.
    UnreadableFileError
        It is damaged or not a backup.
    """
    grant.check(Permission.MAINTAIN)
    settings.refuse_weak_keys()
    archive = Archive(path)
    try:
        archive.check(tell)
    finally:
        archive.close()
    return _contents(settings, archive.manifest)


def _contents(settings: Settings, manifest: Manifest) -> Contents:
    if manifest.key_check is None:
        return Contents(manifest, None)
    key = store.outer_key(settings, manifest.demo)
    return Contents(manifest, key is not None and key_check(key) == manifest.key_check)


def restore_backup(
    settings: Settings, grant: Grant, path: Path, *, replace: bool, tell: Progress
) -> Contents:
    """Make the database what a backup holds; whole or not at all.

    Raises
    ------
    NotPermittedError
        The grant does not maintain the database.
    UnreadableFileError
        The backup is damaged, or the file is no backup.
    UsageError
        The database holds something, and `replace` was not said.
    ConfigurationError
        The backup was made by a later version, or something is writing to the database.
    """
    grant.check(Permission.MAINTAIN)
    settings.refuse_weak_keys()
    archive = Archive(path)
    try:
        said = {"file": path.name, "made_at": archive.manifest.made_at} | dict(archive.manifest.counts)
        restore.fill(
            settings.database_url, archive, tell, replace=replace, line=(grant.actor, "restore", said)
        )
    finally:
        archive.close()
    open_database(settings.database_url).dispose()
    return _contents(settings, archive.manifest)
