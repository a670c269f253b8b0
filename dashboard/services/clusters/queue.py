"""Working through the queue of cluster detection, one run at a time; loads the engine when there is one."""

from __future__ import annotations

import logging
import os
import secrets
import threading
import time
from collections.abc import Callable
from typing import Any

from dashboard.permissions import Grant, Permission
from db.clusters import runs as cluster_runs
from db.clusters.runs import CANCELLED, FAILED, Run
from db.core.engine import Database
from surveillance.errors import CancelledError, UserError

Progress = Callable[[int, int], None]
_log = logging.getLogger("chhlang")
#: Seconds between two signs of life: progress is written no more often, and cancelling is noticed so fast.
BEAT = 1.0
#: Seconds that one run may take.
LONGEST = 2 * 3600.0
#: Seconds that it may take while a run of somebody else waits.
LONGEST_WITH_OTHERS = 20 * 60.0
#: Seconds that the engine is given to stop by itself: it asks between replicates, and one may take a minute.
PATIENCE = 8.0
TOO_LONG = (
    "it took more than two hours and was stopped: take a shorter period, longer units of time, a smaller "
    "largest duration, or fewer replicates"
)
OTHERS_WAIT = (
    "it took more than twenty minutes while others were waiting and was stopped: take a shorter period, "
    "longer units of time, a smaller largest duration, or fewer replicates"
)
SOMETHING_WRONG = "something went wrong; the server's log has it under reference {reference}"
TOO_LITTLE_MEMORY = "the machine has too little memory for it: take a shorter period or longer units of time"


def wanted(database: Database) -> bool:
    """Whether any run waits for a runner."""
    return cluster_runs.waiting(database)


class Pulse(threading.Thread):
    """Says that a run is being worked on, how far it is, and hears when it should stop.

    A thread of its own: the engine asks only between replicates, and the store must not slow it down. Where
    the engine does not stop in time, `abandon` ends the process: the next runner goes on with the queue.
    """

    def __init__(
        self,
        database: Database,
        run: Run,
        *,
        longest: float = LONGEST,
        longest_with_others: float = LONGEST_WITH_OTHERS,
        patience: float = PATIENCE,
        abandon: Callable[[int], None] = os._exit,
    ) -> None:
        super().__init__(name=f"pulse of {run.id}", daemon=True)
        self._database, self._run = database, run
        self._longest, self._longest_with_others = longest, longest_with_others
        self._patience, self._abandon = patience, abandon
        self._done, self._total = 0, run.total
        self._halt, self._over = threading.Event(), threading.Event()
        self.too_long: str | None = None

    def progress(self, done: int, total: int) -> None:
        """Called by the engine as often as it likes."""
        self._done, self._total = done, total

    def stopping(self) -> bool:
        """Asked by the engine between replicates."""
        return self._halt.is_set()

    def finish(self) -> None:
        """The run is over."""
        self._over.set()
        self.join()

    def outcome(self) -> tuple[str, str | None]:
        """What a run that was stopped ends as, and why."""
        return (FAILED, self.too_long) if self.too_long else (CANCELLED, None)

    def run(self) -> None:
        """Beat until the run is over."""
        began = time.monotonic()
        given_up = None
        while not self._over.wait(BEAT):
            now = time.monotonic()
            self.too_long = self.too_long or self._too_long(now - began)
            if self.too_long or not self._beat():
                self._halt.set()
                given_up = given_up or now + self._patience
                if now > given_up:
                    cluster_runs.close(self._database, self._run.id, *self.outcome())
                    self._abandon(1)
                    return

    def _too_long(self, seconds: float) -> str | None:
        """Why it has taken too long; a run at once keeps nobody waiting."""
        if seconds > self._longest:
            return TOO_LONG
        keeps = seconds > self._longest_with_others and not self._run.at_once
        try:
            return (
                OTHERS_WAIT if keeps and cluster_runs.others_wait(self._database, self._run.author) else None
            )
        except Exception:  # noqa: BLE001 - a store that is busy now may answer the next beat
            return None

    def _beat(self) -> bool:
        try:
            return cluster_runs.pulse(self._database, self._run.id, self._done, self._total)
        except Exception as error:  # noqa: BLE001 - a store that is busy now may answer the next beat
            _log.warning("no sign of life was written for run %s: %s", self._run.id, type(error).__name__)
            return True


def work(database: Database) -> bool:
    """Take the next run and work on it to its end; whether there was one."""
    run = cluster_runs.claim(database)
    if run is None:
        return False
    attend(database, run)
    return True


def work_on(database: Database, grant: Grant, number: str, show: Progress | None = None, **more: Any) -> None:
    """Work on a run that was asked for at once, by whoever asked.

    Raises
    ------
    NotPermittedError
        The grant does not hold clusters.
    """
    grant.check(Permission.RUN_CLUSTERS)
    run = cluster_runs.get(database, grant.scope, number)
    if run is not None:
        attend(database, run, show, **more)


def attend(database: Database, run: Run, show: Progress | None = None, **more: Any) -> None:
    """Work on a run that has been taken: whatever happens, it ends as done, failed or cancelled.

    `show` is told of the progress, too; `more` goes to `cluster_execution.execute`.
    """
    from dashboard.services.clusters import execute as cluster_execution  # noqa: PLC0415 - the engine's compiler takes seconds to load

    pulse = Pulse(database, run)
    pulse.start()
    ended: tuple[str, str | None] | None = None
    values: dict[str, Any] = {}

    def progress(done: int, total: int) -> None:
        pulse.progress(done, total)
        if show:
            show(done, total)

    try:
        cluster_execution.execute(database, run, progress=progress, cancel=pulse.stopping, **more)
    except KeyboardInterrupt:
        cluster_runs.close(database, run.id, CANCELLED)
        raise
    except CancelledError:
        ended = pulse.outcome()
    except UserError as error:
        ended, values = (FAILED, error.text), error.values
    except MemoryError:
        ended = FAILED, TOO_LITTLE_MEMORY
    except Exception as error:  # noqa: BLE001 - the queue goes on; the run says where to look
        reference = secrets.token_hex(4)
        _log.error("failure %s in run %s: %s", reference, run.id, type(error).__name__, exc_info=error)
        ended, values = (FAILED, SOMETHING_WRONG), {"reference": reference}
    finally:
        pulse.finish()
    if ended:
        cluster_runs.close(database, run.id, *ended, **values)
