"""Python's search for unreachable objects, less often while rows by the thousand are made and let go."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

#: Objects made before the youngest are searched: those of a chunk of rows all stay until its end.
_SELDOM = 200_000
_lock = threading.Lock()
_inside = 0
_before: tuple[int, int, int] = gc.get_threshold()


@contextmanager
def fewer_collections() -> Iterator[None]:
    """Search seldom, in the whole process, until the last of those who asked for it is done."""
    global _inside, _before  # noqa: PLW0603 - the threshold is the process's
    with _lock:
        if not _inside:
            _before = gc.get_threshold()
            gc.set_threshold(_SELDOM, *_before[1:])
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside:
                gc.set_threshold(*_before)
