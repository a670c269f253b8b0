"""Computing in a thread, while what was computed before is used, or something else is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

Task = TypeVar("Task")
Found = TypeVar("Found")
#: Stands for a task where there is none left.
_END: Any = object()


def ahead(work: Callable[[Task], Found], tasks: Iterable[Task]) -> Iterator[Found]:
    """What `work` makes of each task, in order: one is made in a thread while its predecessor is used.

    The tasks themselves are taken in the thread of whoever asks: `work` alone may touch nothing that is bound
    to it, such as a connection.
    """
    with ThreadPoolExecutor(1, "ahead") as pool:
        before: Future[Found] | None = None
        for task in tasks:
            begun = pool.submit(work, task)
            if before is not None:
                yield before.result()
            before = begun
        if before is not None:
            yield before.result()


@contextmanager
def apart(
    work: Callable[[Task], object], tasks: Iterator[Task], free: Callable[[], bool]
) -> Iterator[Callable[[], None]]:
    """Do `work` on each task in a thread, beside what is done within; gives what waits for the end of it.

    Tasks are taken in the thread of whoever asks until `free` says that those which are left are bound to
    nothing: they are then taken where the work is done.
    """
    with ThreadPoolExecutor(1, "apart") as pool:
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
