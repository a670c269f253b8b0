"""Working on one thing that was taken from a queue: its signs of life, and how it ends; for all queues.

What goes wrong ends in a sentence. A fault of ours goes to the log by a reference, without the error's own
words: those may quote a cell.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

from db.core import errors
from db.operations.lease_queue import CANCELLED, FAILED
from surveillance.errors import CancelledError, UserError
from surveillance.texts import N_

_log = logging.getLogger("chhlang")
#: Seconds between two signs of life: progress is written no more often, and cancelling is noticed so fast.
BEAT = 1.0
#: Seconds until a queue is looked into again that the disk or the database refused to change.
PAUSE = 30.0
SOMETHING_WRONG = N_("something went wrong; the server's log has it under reference {reference}")
Taken = TypeVar("Taken")
#: Is told how many steps of how many are done.
Progress = Callable[[int, int], None]


class Pulse(threading.Thread, ABC):
    """Renews the lease of what is being worked on, says how far it is, and hears when that should stop.

    A thread of its own: the work asks only now and then, and the database must not slow it down.
    """

    def __init__(self, what: str) -> None:
        super().__init__(name=f"pulse of {what}", daemon=True)
        self.what = what
        self._halt, self._over = threading.Event(), threading.Event()

    @abstractmethod
    def beat(self) -> bool:
        """Renew the lease; whether to go on."""

    def wait_for_stop(self) -> None:
        """Called at every beat from when the work should stop until it does."""

    def run(self) -> None:
        """Beat until the work is over."""
        while not self._over.wait(BEAT):
            if not self._beat():
                self._halt.set()
                self.wait_for_stop()

    def _beat(self) -> bool:
        try:
            return self.beat()
        except Exception as error:  # noqa: BLE001 - a store that is busy now may answer the next beat
            _log.warning("no sign of life was written for %s: %s", self.what, type(error).__name__)
            return True

    def stopping(self) -> bool:
        """Whether the work should stop."""
        return self._halt.is_set()

    def finish(self) -> None:
        """End the beat: the work is over."""
        self._over.set()
        self.join()


class StepsPulse(Pulse):
    """The pulse of work in steps."""

    def __init__(self, what: str, total: int) -> None:
        super().__init__(what)
        self._done, self._total = 0, total

    def progress(self, done: int, total: int) -> None:
        """Take note of how far the work is; it says so as often as it likes."""
        self._done, self._total = done, total


@dataclass(frozen=True)
class Ended:
    """What a runner leaves its row as: a status, and what is kept with it."""

    status: str
    values: Mapping[str, Any] = field(default_factory=dict)


class Work(ABC):
    """One thing that was taken from a queue: what is done with it, and what it ends as."""

    pulse: Pulse

    @abstractmethod
    def do(self) -> Ended | None:
        """Do it; None where its end is stored already."""

    def cancelled(self) -> Ended:
        """What it ends as when it was stopped."""
        return Ended(CANCELLED)

    @abstractmethod
    def refused(self, error: UserError) -> Ended:
        """What it ends as when there is a sentence for the person who asked."""

    @abstractmethod
    def broken(self, error: Exception, reference: str) -> Ended:
        """What it ends as after a fault of ours, which the log has under a reference."""

    @abstractmethod
    def leave(self, ended: Ended) -> None:
        """Store the end."""


class Steps(Work):
    """Work in steps that are shown, whose row keeps the sentence that it failed with."""

    #: What may be done where the machine has too little memory.
    too_little_memory: ClassVar[str]

    def __init__(self, pulse: StepsPulse, show: Progress | None) -> None:
        self.pulse: StepsPulse = pulse
        self._show = show

    def _progress(self, done: int, total: int) -> None:
        self.pulse.progress(done, total)
        if self._show:
            self._show(done, total)

    def refused(self, error: UserError) -> Ended:
        """Failed, with the sentence and the values in it."""
        return Ended(FAILED, {"error": error.text, **error.values})

    def broken(self, error: Exception, reference: str) -> Ended:
        """Failed, with what may be done about it."""
        if isinstance(error, MemoryError):
            return Ended(FAILED, {"error": self.too_little_memory})
        return Ended(FAILED, {"error": SOMETHING_WRONG, "reference": reference})


def claimed(claim: Callable[[], Taken | None]) -> Taken | None:
    """What a queue gives to work on; None too while disk or database refuse, of which the log hears."""
    try:
        return claim()
    except Exception as error:
        if (refusal := errors.explain(error)) is None:
            raise
        _log.error("the queue gives nothing to work on: %s", refusal)
        time.sleep(PAUSE)
        return None


def attend(work: Work) -> None:
    """Work on what has been taken: whatever happens, its end is stored."""
    pulse = work.pulse
    pulse.start()
    try:
        ended = work.do()
    except KeyboardInterrupt:
        work.leave(Ended(CANCELLED))
        raise
    except CancelledError:
        ended = work.cancelled()
    except UserError as error:
        ended = work.refused(error)
    except Exception as error:  # noqa: BLE001 - the queue goes on; the note says where to look
        ended = _fallen(work, error)
    finally:
        pulse.finish()
    if ended is not None:
        _leave(work, ended)


def _fallen(work: Work, error: Exception) -> Ended:
    """What it ends as after a fault: the disk's or the database's has a sentence, ours a reference."""
    if (refusal := errors.explain(error)) is not None:
        _log.error("%s: %s", work.pulse.what, refusal)
        return work.refused(refusal)
    reference = secrets.token_hex(4)
    where = "".join(traceback.format_tb(error.__traceback__))
    _log.error("failure %s in %s: %s\n%s", reference, work.pulse.what, type(error).__name__, where)
    return work.broken(error, reference)


def _leave(work: Work, ended: Ended) -> None:
    try:
        work.leave(ended)
    except Exception as error:
        if (refusal := errors.explain(error)) is None:
            raise
        # Its lease runs out, and the next runner finds what is stored and what is not.
        _log.error("%s: how it ended (%s) is not noted: %s", work.pulse.what, ended.status, refusal)
        time.sleep(BEAT)
