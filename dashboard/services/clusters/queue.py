"""Working through the queue of cluster detection, one run at a time; loads the engine when there is one."""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections.abc import Callable
from typing import Any

from dashboard.permissions import Grant, Permission
from dashboard.services import leases
from dashboard.services.leases import Ended, Progress, Steps, StepsPulse
from dashboard.settings import scheduler_address
from db.clusters import runs as cluster_runs
from db.clusters.runs import QUEUED, Run
from db.core.engine import Database
from db.operations.lease_queue import CANCELLED, FAILED
from surveillance.errors import UserError
from surveillance.texts import N_

_log = logging.getLogger("chhlang")
#: Seconds to wait for a scheduler, and for its first worker.
_SCHEDULER = 5.0
#: Seconds that one run may take.
LONGEST = 2 * 3600.0
#: Seconds that it may take while another person's run waits.
LONGEST_WITH_OTHERS = 20 * 60.0
#: Seconds that the engine is given to stop by itself: it asks between replicates, and one may take a minute.
PATIENCE = 8.0
TOO_LONG = N_(
    "it took more than two hours and was stopped: take a shorter period, longer units of time, a smaller "
    "largest duration, or fewer replicates"
)
OTHERS_WAIT = N_(
    "it took more than twenty minutes while others were waiting and was stopped: take a shorter period, "
    "longer units of time, a smaller largest duration, or fewer replicates"
)
TOO_LITTLE_MEMORY = N_(
    "the machine has too little memory for it: take a shorter period or longer units of time"
)


def wanted(database: Database) -> bool:
    """Whether any run waits for a runner."""
    return cluster_runs.waiting(database)


class RunPulse(StepsPulse):
    """The pulse of a run, which may take only so long; a standing one gives way to a person's.

    Where the engine does not stop in time, `abandon` ends the process: the next runner takes the next run.
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
        super().__init__(f"run {run.id}", run.total)
        self._database, self._run = database, run
        self._longest, self._longest_with_others = longest, longest_with_others
        self._patience, self._abandon = patience, abandon
        self._began = time.monotonic()
        self._given_up: float | None = None
        self.too_long: str | None = None
        self._gives_way = False

    def outcome(self) -> tuple[str, str | None]:
        """What a run that was stopped ends as, and why; one that gave way waits again."""
        if self._gives_way and not self.too_long:
            return QUEUED, None
        return (FAILED, self.too_long) if self.too_long else (CANCELLED, None)

    def beat(self) -> bool:
        """Renew the lease; whether to go on."""
        self.too_long = self.too_long or self._too_long(time.monotonic() - self._began)
        if self._run.standing and cluster_runs.gives_way(self._database, self._run.id):
            self._gives_way = True
            return False
        return not self.too_long and cluster_runs.pulse(self._database, self._run.id, self._done, self._total)

    def wait_for_stop(self) -> None:
        """Give the engine some seconds, then leave it behind."""
        self._given_up = self._given_up or time.monotonic() + self._patience
        if time.monotonic() > self._given_up:
            _leave(self._database, self._run.id, *self.outcome())
            self._over.set()
            self._abandon(1)

    def _too_long(self, seconds: float) -> str | None:
        """Why it has taken too long; a run of the command line keeps no other run waiting."""
        if seconds > self._longest:
            return TOO_LONG
        keeps = seconds > self._longest_with_others and not self._run.at_once
        return OTHERS_WAIT if keeps and cluster_runs.others_wait(self._database, self._run.author) else None


class _Detection(Steps):
    """One run, from its cases to its stored clusters. `more` goes to `execute`."""

    too_little_memory = TOO_LITTLE_MEMORY
    pulse: RunPulse

    def __init__(self, database: Database, run: Run, show: Progress | None = None, **more: Any) -> None:
        super().__init__(RunPulse(database, run), show)
        self._database, self._run, self._more = database, run, more

    def do(self) -> Ended | None:
        """Scan, and store what was found, which ends the run."""
        from dashboard.services.clusters import execute  # noqa: PLC0415 - the engine's compiler takes seconds to load

        with contextlib.ExitStack() as opened:
            more = self._more if "executor" in self._more else self._more | {"executor": _workers(opened)}
            execute.execute(
                self._database, self._run, progress=self._progress, cancel=self.pulse.stopping, **more
            )
        return None

    def cancelled(self) -> Ended:
        """Cancelled, or failed because it took too long."""
        status, why = self.pulse.outcome()
        return Ended(status, {"error": why})

    def leave(self, ended: Ended) -> None:
        """Close the run."""
        _leave(self._database, self._run.id, ended.status, **ended.values)


def _workers(opened: contextlib.ExitStack) -> Any:
    """Who works on the replicates of a run that nobody waits for at a terminal.

    Where the scheduler of the environment cannot be used, the run is worked on here; the log says why.
    """
    from dashboard.batches.executors import open_executor  # noqa: PLC0415 - loads Numba

    if (scheduler := scheduler_address()) is None:
        return None
    try:
        return opened.enter_context(open_executor(scheduler, told=_log.warning, patience=_SCHEDULER))
    except UserError as error:
        _log.warning("clusters are worked on without the scheduler: %s", error)
        return None


def _leave(database: Database, number: str, status: str, error: str | None = None, **values: Any) -> None:
    if status == QUEUED:
        cluster_runs.put_back(database, number)
    else:
        cluster_runs.close(database, number, status, error, **values)


def work(database: Database) -> bool:
    """Take the next run and work on it to its end; whether there was one."""
    run = leases.claimed(lambda: cluster_runs.claim(database))
    if run is None:
        return False
    leases.attend(_Detection(database, run))
    return True


def work_on(database: Database, grant: Grant, number: str, show: Progress | None = None, **more: Any) -> None:
    """Work on a run at once, in the process that asked for it.

    Raises
    ------
    NotPermittedError
        The grant does not hold clusters.
    """
    grant.check(Permission.RUN_CLUSTERS)
    run = cluster_runs.get(database, grant.scope, number)
    if run is not None:
        leases.attend(_Detection(database, run, show, **more))
