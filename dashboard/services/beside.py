"""Work that several processes share: one thing after the other, each a function of what it is given.

A process of its own is worth its start only for work of many seconds: what is less is done in this one.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from typing import TypeVar

from surveillance.errors import CancelledError

_Given = TypeVar("_Given")
_Made = TypeVar("_Made")
#: More processes than this take memory that others need.
MOST = 4
#: Seconds between two looks at whether the work should stop.
_LOOK = 1.0


def each(
    work: Callable[[_Given], _Made], given: Sequence[_Given], stopping: Callable[[], bool], *, alone: bool
) -> Iterator[tuple[int, _Made]]:
    """Do some work for each of several things; the number of each and what became of it, as they are ready.

    Parameters
    ----------
    work : callable
        A function of a module, which other processes can import. It does not ask the database.
    given : sequence
        The dearest first.
    stopping : callable
        Whether to stop.
    alone : bool
        Do it all in this process.

    Raises
    ------
    CancelledError
        `stopping` said so.
    """
    processes = min(MOST, len(given), _processors())
    if alone or processes < 2:
        for number, one in enumerate(given):
            if stopping():
                raise CancelledError("stopped")
            yield number, work(one)
        return
    started = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, started, initializer=_end_with_parent) as pool:
        waiting = {pool.submit(work, one): number for number, one in enumerate(given)}
        try:
            while waiting:
                for done in _ready(waiting, stopping):
                    yield waiting.pop(done), done.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _ready(waiting: Mapping[Future[_Made], int], stopping: Callable[[], bool]) -> set[Future[_Made]]:
    """Wait a little for what is ready."""
    ready, _ = wait(waiting, _LOOK, FIRST_COMPLETED)
    if stopping():
        raise CancelledError("stopped")
    return ready


def _processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _end_with_parent() -> None:
    """End this process when the one that started it has gone, however it went."""
    parent = multiprocessing.parent_process()
    assert parent is not None  # noqa: S101 - it was started by one

    def look() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=look, name="end with parent", daemon=True).start()
