"""The system's own lock on an open file, which ends with the process."""

from __future__ import annotations

from typing import IO


def lock(handle: IO[bytes], *, wait: bool = False) -> bool:
    """Take the lock; false where another process holds it."""
    try:
        import fcntl  # noqa: PLC0415 - not on Windows, where an open file cannot be removed or replaced anyway
    except ImportError:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True
