"""A file that appears under its name only when it is whole; what a killed process leaves is cleared away.

Which unfinished file is still worked on is told by the system's own lock on it, which ends
with the process: no file of process numbers, and nothing to clear by hand.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path
from types import TracebackType
from typing import Self

from db.core.file_lock import lock

_ENDING = ".part"


class PartFile:
    """Writes `NAME.XXXX.part`, readable by its owner alone, and renames it to `NAME` at the end.

    A `with` that ends in any error leaves nothing; the file that had the name before stays as it was.
    """

    def __init__(self, path: Path) -> None:
        self._final = path
        self._part = path.with_name(f".{path.name}.{secrets.token_hex(4)}{_ENDING}")

    def __enter__(self) -> Self:
        clear_parts(self._final.parent, self._final.name)
        descriptor = os.open(
            self._part, os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_BINARY", 0), 0o600
        )
        self.handle = os.fdopen(descriptor, "w+b")
        lock(self.handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._drop()
            return
        try:
            self.handle.flush()
            os.fsync(self.handle.fileno())
            self.handle.close()
            self._part.replace(self._final)
        except BaseException:
            self._drop()
            raise
        sync_folder(self._final.parent)

    def _drop(self) -> None:
        with contextlib.suppress(OSError):  # closing writes what was still held back: the disk may be full
            self.handle.close()
        self._part.unlink(missing_ok=True)


def clear_parts(folder: Path, name: str) -> None:
    """Remove unfinished files of a name that no process works on any more."""
    for left in folder.glob(f".{name}.*{_ENDING}"):
        with contextlib.suppress(OSError), left.open("rb") as handle:
            if lock(handle):
                left.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Let a new name survive a power cut, where the system can."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
