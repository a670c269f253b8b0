"""Who works on batches: threads, processes, or a scheduler of Dask. Each has `map`, results in their order.

A batch is a function and an item: of a scan, the first replicate and the one after the last. Its random
numbers are those of its replicates, whoever draws them, so that any number of workers in any order gives the
same digits.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

from dashboard.batches.work import Opened, Packed, Told
from surveillance.errors import UsageError
from surveillance.scan.replicates import Executor, threads

#: What may stand in place of the address of a scheduler.
THREADS, PROCESSES = LOCAL = ("threads", "processes")
_ADDRESSES = ("tcp://", "tls://")


def check(scheduler: str) -> str:
    """Return it where it is `threads`, `processes` or the address of a scheduler.

    Raises
    ------
    UsageError
        The text is something else.
    """
    if scheduler in LOCAL or (scheduler.startswith(_ADDRESSES) and len(scheduler) > len(_ADDRESSES[0])):
        return scheduler
    raise UsageError(
        f"'{scheduler}' is no scheduler: give threads, processes, or an address such as tcp://127.0.0.1:8786"
    )


@contextmanager
def open_executor(
    scheduler: str | None, count: int | None = None, *, told: Told = lambda _: None, patience: float = 30
) -> Iterator[Executor]:
    """Open who works on batches.

    Parameters
    ----------
    scheduler : str or None
        `threads` (usual), `processes`, or an address of a scheduler of Dask.
    count : int or None
        Threads or processes here; one for each processor unless given.
    told : callable
        Called with what a person should know, in words.
    patience : float
        Seconds to wait for the scheduler, and for its first worker.

    Yields
    ------
    Executor

    Raises
    ------
    UsageError
        The text names no scheduler, nobody answers there, there is no worker, or the connection would not be
        encrypted.
    ConfigurationError
        Its workers have other versions.
    """
    with threads(count) as here:
        if scheduler is None or check(scheduler) == THREADS:
            yield here
        elif scheduler == PROCESSES:
            yield Processes(here._max_workers)
        else:
            from dashboard.batches.scheduler import connected  # noqa: PLC0415 - loads Dask, where it is installed

            with connected(scheduler, here, told, patience) as client:
                yield client


class Processes:
    """Processes of this machine, made anew for each piece of work, which each of them opens once."""

    def __init__(self, count: int) -> None:
        self._count = count

    def map(self, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        """Results of the function for each item."""
        pool = ProcessPoolExecutor(
            self._count, multiprocessing.get_context("spawn"), initializer=_open, initargs=(Packed(function),)
        )
        try:
            yield from pool.map(_work, items)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


_held: list[Opened] = []


def _open(packed: Packed) -> None:
    _held[:] = [Opened(packed)]


def _work(item: Any) -> Any:
    return _held[0].function(item)
