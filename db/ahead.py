"""Computing the next of several things while what is done with the one before still takes its time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Task = TypeVar("Task")
Found = TypeVar("Found")


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
