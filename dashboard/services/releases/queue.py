"""Working through the queue of releases, one at a time: prepared and audited, or audited again."""

from __future__ import annotations

from typing import Any

from dashboard.services import leases
from dashboard.services.clock import today_in_cambodia
from dashboard.services.leases import SOMETHING_WRONG, Ended, Progress, Steps, StepsPulse
from db.core.engine import Database
from db.operations import releases as stored
from db.operations.lease_queue import CANCELLED, DONE
from db.operations.releases import AUDIT, PREPARE, Release
from surveillance.errors import CancelledError, UserError
from surveillance.texts import N_

TOO_LITTLE_MEMORY = N_("the machine has too little memory for it")


def wanted(database: Database) -> bool:
    """Whether any release waits for a runner."""
    return stored.waiting(database)


class _ReleasePulse(StepsPulse):
    """The pulse of a release."""

    def __init__(self, database: Database, release: Release) -> None:
        super().__init__(f"release {release.id}", release.total)
        self._database, self._number = database, release.id

    def beat(self) -> bool:
        """Renew the lease; whether to go on."""
        return stored.pulse(self._database, self._number, self._done, self._total)


class _Step(Steps):
    """One release: prepared, where it is not yet, and audited, but for one that a command only prepares."""

    too_little_memory = TOO_LITTLE_MEMORY

    def __init__(
        self, database: Database, release: Release, show: Progress | None = None, method: str | None = None
    ) -> None:
        super().__init__(_ReleasePulse(database, release), show)
        self._database, self._release, self._method = database, release, method

    def do(self) -> Ended | None:
        """Prepare and audit; what is stored with the content, or with the report, ends it."""
        release = self._release
        alone = release.at_once and release.task == PREPARE
        if not release.prepared:
            self._prepare(leave=DONE if alone else None)
        if not alone:
            self._audit()
        return None

    def _prepare(self, leave: str | None) -> None:
        from dashboard.services.releases import preparing  # noqa: PLC0415 - loads the engine of suppression

        release = self._release
        made = preparing.prepare(
            self._database, release, today_in_cambodia(), self._progress, self.pulse.stopping, self._method
        )
        kept = stored.keep(
            self._database, release.id, made.digest, made.parts, made.sums, made.utility, leave=leave
        )
        if not kept:
            raise CancelledError("stopped")

    def _audit(self) -> None:
        from dashboard.services.releases import auditing  # noqa: PLC0415 - loads the solver of linear programmes

        with self._database.operations.connect() as connection:
            release = stored.get(connection, self._release.id)
        if release is None or release.digest is None:
            raise CancelledError("stopped")
        found = auditing.attack(self._database, release, self._progress, self.pulse.stopping)
        by = (release.audited_by if release.task == AUDIT else None) or release.author
        kept = stored.keep_audit(
            self._database,
            release.id,
            by,
            found.digest,
            passed=found.passed,
            report=found.report,
            proofs=found.proofs,
        )
        if not kept:
            raise CancelledError("stopped")

    def leave(self, ended: Ended) -> None:
        """Close it."""
        values: dict[str, Any] = dict(ended.values)
        stored.close(self._database, self._release.id, ended.status, values.pop("error", None), **values)


def work(database: Database) -> bool:
    """Take the next release and work on it to its end; whether there was one."""
    release = leases.claimed(lambda: stored.claim(database))
    if release is None:
        return False
    leases.attend(_Step(database, release))
    return True


def work_on(
    database: Database, number: int, show: Progress | None = None, method: str | None = None
) -> Release:
    """Work on a release that the caller took at once, in this process; as it stands afterwards.

    `method`: how small numbers are protected where nothing is issued yet: `suppression`, or `noise`.

    Raises
    ------
    UserError
        It failed; says why.
    CancelledError
        It was stopped.
    """
    with database.operations.connect() as connection:
        release = stored.get(connection, number)
    assert release is not None  # noqa: S101 - the caller has asked for it
    leases.attend(_Step(database, release, show, method))
    with database.operations.connect() as connection:
        after = stored.get(connection, number)
    assert after is not None  # noqa: S101 - releases are never removed
    if after.status == CANCELLED:
        raise CancelledError("release {number} was stopped", number=number)
    if after.status != DONE:
        raise UserError(after.error or SOMETHING_WRONG, **{"reference": "-", **after.error_values})
    return after
