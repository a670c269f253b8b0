"""Two SQLite files made beside those in use, then put in their place so that no reader sees half.

Files are not renamed over those in use: a process that has one open would go on writing into a file without a
name. The pages are copied instead, each file in a transaction of its own. If the copy is interrupted between
the two, the next process that opens the database finishes it. A note beside the database says that it began;
the system's lock on the note, which ends with the process, says whether a process is at work.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from db.core import errors
from db.core.file_lock import lock
from db.core.urls import operations_url, parse_url
from db.maintenance.part_file import sync_folder
from surveillance.errors import ConfigurationError

_READY = b"both files are whole: put them in place\n"
_BEGUN = (
    "the restore is begun and was held up ({why}). Make space: whatever opens the database next ends it, and "
    "before that nothing can be read"
)
_PATIENCE = 0.5
_COPY_PATIENCE = 60.0


def _files(url: str) -> tuple[Path, Path]:
    """Where records and operations live."""
    parsed = parse_url(url)
    return Path(str(parsed.database)), Path(str(operations_url(parsed).database))


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.stem}.restoring{path.suffix or '.db'}")


def _note(path: Path) -> Path:
    return path.with_name(f"{path.name}.restore")


class Place:
    """The files in use, and the two beside them."""

    def __init__(self, url: str) -> None:
        self._now = _files(url)
        #: Address of the two new files, as a database of their own.
        self.url = f"sqlite:///{_beside(self._now[0])}"
        self.new = _files(self.url)
        self._versions: list[int] = []
        self._watching: list[sqlite3.Connection] = []

    def refuse_writers(self, reason: str) -> None:
        """Refuse if a process is writing; and remember the state, to notice later writes.

        Raises
        ------
        ConfigurationError
            A process is writing.
        """
        for path in self._now:
            watching = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
            self._watching.append(watching)
            try:
                watching.execute("BEGIN IMMEDIATE")
                watching.execute("COMMIT")
            except sqlite3.OperationalError as error:
                if (getattr(error, "sqlite_errorcode", 0) & 0xFF) in (
                    sqlite3.SQLITE_BUSY,
                    sqlite3.SQLITE_LOCKED,
                ):
                    raise ConfigurationError(reason) from error
                raise
            self._versions.append(_version(watching))

    def refuse_changed(self, reason: str) -> None:
        """Refuse if a process has written since.

        Raises
        ------
        ConfigurationError
            A process has written.
        """
        changed = [_version(watching) for watching in self._watching] != self._versions
        self.close()
        if changed:
            raise ConfigurationError(reason)

    def exchange(self) -> None:
        """Put the new files in place of the old ones. From here on it is ended, if not by this process.

        Raises
        ------
        StorageError
            The disk refused in between; whatever opens the database next ends it.
        """
        for path in self.new:
            with path.open("rb+") as handle:
                _sync(handle)
        with _note(self._now[0]).open("r+b") as handle:
            handle.write(_READY)
            handle.truncate()
            _sync(handle)
        sync_folder(self._now[0].parent)
        try:
            _put_in_place(self._now, self.new)
        except sqlite3.Error as error:
            refusal = errors.explain(error)
            if refusal is None:
                raise
            raise errors.StorageError(_BEGUN.format(why=str(refusal).partition(":")[0])) from error

    def close(self) -> None:
        """Let go of the files in use."""
        while self._watching:
            self._watching.pop().close()

    def clear(self) -> None:
        """Remove what lies beside."""
        for path in self.new:
            for ending in ("", "-wal", "-shm", "-journal"):
                path.with_name(path.name + ending).unlink(missing_ok=True)


def _sync(handle: IO[bytes]) -> None:
    handle.flush()
    os.fsync(handle.fileno())


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA data_version").fetchone()[0])


@contextlib.contextmanager
def _opened(note: Path, mode: str) -> Iterator[tuple[IO[bytes], Callable[[], None]]]:
    """The note, and what removes it: emptied at first where no open file can be removed (Windows)."""
    later = False
    try:
        with note.open(mode) as handle:

            def remove() -> None:
                nonlocal later
                try:
                    note.unlink(missing_ok=True)
                except PermissionError:
                    handle.truncate(0)
                    later = True

            yield handle, remove
    finally:
        if later:
            note.unlink(missing_ok=True)


@contextlib.contextmanager
def beside(url: str) -> Iterator[Place]:
    """Room for two new files; nothing of them is left behind, unless their exchange was begun and not ended.

    Raises
    ------
    ConfigurationError
        Another restore is under way.
    """
    note = _note(_files(url)[0])
    with _opened(note, "ab") as (handle, remove):
        if not lock(handle):
            raise ConfigurationError("another restore of this database is under way: wait for it")
        place = Place(url)
        try:
            place.clear()
            handle.truncate(0)
            yield place
        except BaseException:
            if note.read_bytes() == _READY:  # begun: it is ended when the database is next opened
                raise
            remove()
            place.clear()
            raise
        else:
            remove()
            place.clear()
        finally:
            place.close()


def finish_begun(url: str) -> None:
    """End an exchange that was begun: called whenever a database is opened."""
    parsed = parse_url(url)
    if parsed.get_backend_name() != "sqlite":
        return
    now = _files(url)
    note = _note(now[0])
    if not note.exists() or note.read_bytes() != _READY:
        return
    with contextlib.suppress(FileNotFoundError), _opened(note, "r+b") as (handle, remove):
        lock(handle, wait=True)
        if not note.exists() or note.read_bytes() != _READY:
            return  # its holder has ended it
        place = Place(url)
        _put_in_place(now, place.new)
        remove()
        place.clear()


def _put_in_place(now: tuple[Path, Path], new: tuple[Path, Path]) -> None:
    for target, source in zip(now, new, strict=True):
        _copy_pages(source, target)


def _copy_pages(source: Path, target: Path) -> None:
    """Make one file what another is, in one transaction of the database's own."""
    origin = sqlite3.connect(source)
    copied = sqlite3.connect(target, timeout=_COPY_PATIENCE)
    try:
        origin.backup(copied)
        copied.execute("PRAGMA journal_mode=WAL")
        copied.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        copied.close()
        origin.close()
