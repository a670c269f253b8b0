"""Whose request is answered next: one of each account in turn, so that one reader's many do not hold up all.

Requests wait until one of a process's few threads is free. By order of arrival alone, an account that keeps a
hundred connections busy would let everybody else wait for a hundred answers.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from typing import Any, Protocol

from waitress.task import ThreadedTaskDispatcher

from dashboard.web.api.bearer import lane_of


class Waiting(Protocol):
    """What waits for a thread. `lane`: whose it is."""

    lane: str


class Lanes:
    """A queue of lanes: who puts many in has one taken out at each turn, as has everybody else.

    In place of a `deque` of the library: it is called with the lock of its dispatcher held.

    `at_once`: how many of one lane may be out at the same time; None for all. What waits beyond that does not
    count as there until one of its lane has been given back.
    """

    def __init__(self, at_once: int | None = None) -> None:
        self.at_once = at_once
        self._held: OrderedDict[str, deque[Waiting]] = OrderedDict()
        self._out: Counter[str] = Counter()

    def append(self, task: Waiting) -> None:
        """Put one in at the end of its lane."""
        self._held.setdefault(task.lane, deque()).append(task)

    def popleft(self) -> Waiting:
        """Take the first out of the lane whose turn it is.

        Raises
        ------
        IndexError
            Nothing may be taken.
        """
        lane = self._next()
        if lane is None:
            raise IndexError("nothing may be taken")
        tasks = self._held.pop(lane)
        task = tasks.popleft()
        if tasks:
            self._held[lane] = tasks
        self._out[lane] += 1
        return task

    def give_back(self, lane: str) -> None:
        """One that was taken out is done."""
        self._out[lane] -= 1
        if self._out[lane] <= 0:
            del self._out[lane]

    def __len__(self) -> int:
        """How many wait."""
        return sum(map(len, self._held.values()))

    def __bool__(self) -> bool:
        """Whether one may be taken."""
        return self._next() is not None

    def _next(self) -> str | None:
        most = self.at_once
        return next((lane for lane in self._held if most is None or self._out[lane] < most), None)


class _Turn:
    """What waits, and what is to be done after it."""

    def __init__(self, task: Any, lane: str, done: Callable[[str], None]) -> None:
        self._task, self.lane, self._done = task, lane, done

    def service(self) -> None:
        """Answer."""
        try:
            self._task.service()
        finally:
            self._done(self.lane)

    def cancel(self) -> None:
        """The server stops before it could be answered."""
        self._task.cancel()


class FairDispatcher(ThreadedTaskDispatcher):
    """Threads that answer accounts in turn; one of them is never held by the same account as all the others.

    Parameters
    ----------
    whose : callable
        Says whose a request is by its cookies; blank for strangers, who have one turn together.
    threads : int
    """

    def __init__(self, whose: Callable[[str], str], threads: int) -> None:
        super().__init__()
        self._whose = whose
        self.queue = Lanes(max(1, threads - 1))
        self.set_thread_count(threads)

    def add_task(self, task: Any) -> None:
        """Put a request into the lane of its account; one of a program into that of its token's account."""
        lane = self._whose(task.cookie) or lane_of(getattr(task, "authorization", ""))
        super().add_task(_Turn(task, lane, self._give_back))

    def shutdown(self, cancel_pending: bool = True, timeout: float = 5) -> bool:
        """Stop; cancel what waits."""
        self.queue.at_once = None
        stopped: bool = super().shutdown(cancel_pending, timeout)
        return stopped

    def _give_back(self, lane: str) -> None:
        with self.lock:
            self.queue.give_back(lane)
            self.queue_cv.notify()
