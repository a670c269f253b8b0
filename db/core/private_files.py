"""Files and folders that their owner alone may read: 0600 and 0700, whatever the umask of who starts us.

SQLite gives the files beside a database (`-wal`, `-shm`) the rights of the database itself.
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

FILE, FOLDER = 0o600, 0o700
_OTHERS = 0o077
_BESIDE = ("", "-wal", "-shm", "-journal")


def keep_private() -> None:
    """Let nothing that this process makes be read by others: for a process that does nothing else."""
    os.umask(_OTHERS)


def make_folder(path: Path) -> None:
    """Make a folder for its owner alone, and those above it that are not there; one that is there is let be.

    Raises
    ------
    OSError
        It cannot be made.
    """
    if path.is_dir():
        return
    make_folder(path.parent)
    with contextlib.suppress(FileExistsError):  # another process made it meanwhile
        path.mkdir(mode=FOLDER)


def make_database_file(path: Path) -> None:
    """Make an empty file for its owner alone, or narrow one that others may read, with those beside it.

    What cannot be narrowed (another owner, a file system without rights) is named by :func:`open_to_others`.
    """
    with contextlib.suppress(OSError):  # SQLite says what is wrong when it opens the file
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE))
        return
    narrow_database(path)


def narrow_database(path: Path) -> None:
    """Narrow the file of a database, where there is one, and those beside it."""
    for ending in _BESIDE:
        narrow(path.with_name(path.name + ending))


def narrow(path: Path) -> None:
    """Take from others what they may do with a file or a folder, where this process can."""
    with contextlib.suppress(OSError):
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & _OTHERS and os.name == "posix":
            path.chmod(mode & ~_OTHERS)


def open_to_others(path: Path) -> bool:
    """Whether others than the owner may do something with a file or a folder; false where there is none."""
    try:
        return os.name == "posix" and bool(path.stat().st_mode & _OTHERS)
    except OSError:
        return False
