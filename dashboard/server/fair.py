"""Whose request is answered next: one of each account in turn, so that one reader's many do not hold up all.

Requests wait until one of a process's few threads is free. By order of arrival alone, an account that keeps a
hundred connections busy would let everybody else wait for a hundred answers.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Any, Protocol

from waitress.task import ThreadedTaskDispatcher


class Waiting(Protocol):
    """What waits for a thread. `cookie`: that of its request; `lane`: whose it is."""

    lane: str

    @property
    def cookie(self) -> str:
        """The cookies of the request."""


class Lanes:
    """A queue of lanes: who puts many in has one taken out at each turn, as has everybody else.

    In place of a `deque` of the library: it is called with the lock of its dispatcher held.
    """

    def __init__(self) -> None:
        self._held: OrderedDict[str, deque[Waiting]] = OrderedDict()

    def append(self, task: Waiting) -> None:
        """Put one in at the end of its lane."""
        self._held.setdefault(task.lane, deque()).append(task)

    def popleft(self) -> Waiting:
        """Take the first out of the lane whose turn it is.

        Raises
        ------
        IndexError
            Nothing waits.
        """
        if not self._held:
            raise IndexError("nothing waits")
        lane, tasks = self._held.popitem(last=False)
        task = tasks.popleft()
        if tasks:
            self._held[lane] = tasks
        return task

    def __len__(self) -> int:
        """How many wait."""
        return sum(map(len, self._held.values()))


class FairDispatcher(ThreadedTaskDispatcher):
    """Threads that answer accounts in turn.

    `whose`: says whose a request is by its cookies; blank for strangers, who have one turn together.
    """

    def __init__(self, whose: Callable[[str], str]) -> None:
        super().__init__()
        self._whose, self.queue = whose, Lanes()

    def add_task(self, task: Any) -> None:
        """Put a request into the lane of its account."""
        task.lane = self._whose(task.cookie)
        super().add_task(task)
