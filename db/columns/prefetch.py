"""Computing in a thread while earlier results are used, or while other work is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

Task = TypeVar("Task")
Found = TypeVar("Found")
#: Stands for a task when none is left.
_END: Any = object()


def prefetch(work: Callable[[Task], Found], tasks: Iterable[Task]) -> Iterator[Found]:
    """Yield what `work` makes of each task, in order: one is made in a thread while its predecessor is used.

    The tasks themselves are taken in the thread of the caller: `work` alone may touch nothing that is bound
    to it, such as a connection.
    """
    with ThreadPoolExecutor(1, "prefetch") as pool:
        before: Future[Found] | None = None
        for task in tasks:
            begun = pool.submit(work, task)
            if before is not None:
                yield before.result()
            before = begun
        if before is not None:
            yield before.result()


@contextmanager
def run_in_background(
    work: Callable[[Task], object], tasks: Iterator[Task], free: Callable[[], bool]
) -> Iterator[Callable[[], None]]:
    """Do `work` on each task in a thread while the block runs; yields a function that waits for the end.

    Tasks are taken in the thread of the caller until `free` says that the tasks left are bound to nothing:
    they are then taken in the thread of the work.
    """
    with ThreadPoolExecutor(1, "background") as pool:
        before: Future[object] | None = None
        while not free():
            task = next(tasks, _END)
            if before is not None:
                before.result()
            if task is _END:
                break
            before = pool.submit(work, task)

        def rest() -> None:
            for task in tasks:
                work(task)

        left = pool.submit(rest)

        def wait() -> None:
            if before is not None:
                before.result()
            left.result()

        yield wait
