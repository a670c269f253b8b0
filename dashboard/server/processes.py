"""Processes that are kept alive: what ends is started again, the sooner the longer it lived."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import time
from collections.abc import Callable
from typing import Protocol

_log = logging.getLogger("chhlang.server")
#: Seconds of life after which a process counts as sound, and the longest wait before another start.
_SOUND, _LONGEST = 30.0, 30.0


class Process(Protocol):
    """A process of ours."""

    @property
    def pid(self) -> int:
        """Its number."""

    def ended(self) -> int | None:
        """Its exit code, less than 0 for a signal; None while it lives."""

    def stop(self, patience: float) -> None:
        """End it: at once if it has not ended by itself in so many seconds."""


class Fork:
    """A copy of this process that does one thing and ends with this one.

    Its parent holds the other end of a pipe: when that closes, by whatever death, `alone` becomes readable.
    """

    def __init__(self, work: Callable[[int], None], parent: tuple[int, int]) -> None:
        alone, held = parent
        self._code: int | None = None
        stops = {signal.SIGTERM, signal.SIGINT}
        signal.pthread_sigmask(signal.SIG_BLOCK, stops)  # none may meet the parent's handler in the child
        self.pid = os.fork()
        if self.pid == 0:
            code = 1
            try:
                signal.set_wakeup_fd(-1)
                for number in (signal.SIGCHLD, signal.SIGTERM):
                    signal.signal(number, signal.SIG_DFL)
                signal.signal(
                    signal.SIGINT, signal.SIG_IGN
                )  # of a terminal: the parent gets it, and tells us
                signal.pthread_sigmask(signal.SIG_UNBLOCK, stops)
                os.close(held)
                work(alone)
                code = 0
            except BaseException as error:  # noqa: BLE001 - the parent's code must not go on here
                _log.error("a worker failed", exc_info=error)
            finally:
                logging.shutdown()
                os._exit(code)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, stops)

    def ended(self) -> int | None:
        """Its exit code, less than 0 for a signal; None while it lives."""
        if self._code is None:
            try:
                found, status = os.waitpid(self.pid, os.WNOHANG)
            except ChildProcessError:
                self._code = 1
            else:
                self._code = os.waitstatus_to_exitcode(status) if found else None
        return self._code

    def signal(self, number: int) -> None:
        """Send a signal."""
        if self.ended() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def stop(self, patience: float) -> None:
        """End it: at once if it has not ended by itself in so many seconds."""
        self.signal(signal.SIGTERM)
        end = time.monotonic() + patience
        while self.ended() is None and time.monotonic() < end:
            time.sleep(0.02)
        self.signal(signal.SIGKILL)
        while self.ended() is None:
            time.sleep(0.02)


class Kept:
    """One process that is started anew whenever it ends."""

    def __init__(
        self, name: str, start: Callable[[], Process], started: Callable[[], None] = lambda: None
    ) -> None:
        self._name, self._start, self._started = name, start, started
        self._failures, self._not_before, self._began = 0, 0.0, 0.0
        self.process: Process | None = None

    def look(self) -> None:
        """Note an end, and start where nothing runs and the wait is over."""
        now = time.monotonic()
        if self.process is not None and (code := self.process.ended()) is not None:
            self._failures = 0 if now - self._began > _SOUND else self._failures + 1
            wait = min(_LONGEST, 0.25 * 2**self._failures) if self._failures else 0.0
            self._not_before = now + wait
            how = f"by signal {-code}" if code < 0 else f"with code {code}"
            said = {"pid": self.process.pid, "lived": round(now - self._began), "wait": round(wait, 1)}
            _log.error("the %s ended %s and is started again", self._name, how, extra=said)
            self.process = None
        if self.process is None and now >= self._not_before:
            self._began = now
            try:
                self.process = self._start()
            except OSError as error:
                self._failures += 1
                self._not_before = now + min(_LONGEST, 0.25 * 2**self._failures)
                _log.error("the %s cannot be started", self._name, exc_info=error)
            else:
                self._started()

    def stop(self, patience: float) -> None:
        """End it for good."""
        if self.process is not None:
            self.process.stop(patience)
            self.process = None
