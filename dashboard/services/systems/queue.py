"""Working through pulls, one at a time; and when the next one is due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from dashboard.permissions import Grant
from dashboard.services import leases
from dashboard.services.imports.observer import ImportObserver
from dashboard.services.leases import SOMETHING_WRONG, Ended, Pulse, Work
from dashboard.services.systems import credentials, desk
from dashboard.services.systems.client import Client, Limits, authorization
from dashboard.services.systems.pulling import Pulling, Tell
from dashboard.settings import Settings
from db.core.engine import Database
from db.intake.systems.definition import Definition, read_definition
from db.operations import audit
from db.operations.lease_queue import CANCELLED, DONE, FAILED
from db.operations.systems import connected, pulls
from db.operations.systems.connected import System
from db.operations.systems.pulls import Pull
from surveillance.epiweek import TIME_ZONE
from surveillance.errors import CancelledError, MappingError, NotPermittedError, UserError
from surveillance.texts import N_

_MB = 1024 * 1024
TOO_LITTLE_MEMORY = N_("the machine has too little memory for it: take a smaller page_size")
ENDED = N_("the system is not connected any more")


def wanted(database: Database, settings: Settings) -> bool:
    """Whether a pull waits; none does while no host is allowed."""
    return bool(settings.system_hosts) and pulls.wanted(database)


def look(database: Database, settings: Settings, now: datetime) -> int:
    """Ask for the pulls whose hour has come today and that were not asked for since; how many."""
    if not settings.system_hosts:
        return 0
    asked = 0
    here = now.astimezone(TIME_ZONE)
    for system in connected.listed(database):
        hour = _definition(system).hour
        if hour is None or here.hour != hour:
            continue
        newest = pulls.newest(database, system.id)
        since = here.replace(minute=0, second=0, microsecond=0).astimezone(UTC)
        if newest is not None and datetime.fromisoformat(newest.asked_at) >= since:
            continue
        asked += desk.put(database, system, system.made_by, at_once=False) is not None
    return asked


def work(database: Database, settings: Settings) -> bool:
    """Take the next pull and work on it to its end; whether there was one."""
    if not settings.system_hosts:
        return False
    taken = leases.claimed(lambda: pulls.claim(database))
    if taken is None:
        return False
    leases.attend(_Work(database, settings, taken, None))
    return True


def work_on(database: Database, settings: Settings, pull: Pull, tell: Tell | None = None) -> Pull:
    """Work on a pull that a command took at once, in this process; as it stands afterwards.

    Raises
    ------
    UserError
        It failed; says why.
    CancelledError
        It was stopped.
    """
    leases.attend(_Work(database, settings, pull, tell))
    after = pulls.get(database, pull.id)
    assert after is not None  # noqa: S101 - pulls are never removed
    if after.status == CANCELLED:
        raise CancelledError("the pull was stopped; what it stored stays, and it goes on where it stopped")
    if after.status != DONE:
        error = UserError(after.error or SOMETHING_WRONG, **{"reference": "-", **after.error_values})
        error.exit_code = 3
        raise error
    return after


class _PullPulse(Pulse):
    """The pulse of a pull."""

    def __init__(self, database: Database, pull: Pull) -> None:
        super().__init__(f"pull {pull.id}")
        self._database, self._number, self.pages = database, pull.id, pull.pages

    def beat(self) -> bool:
        """Renew the lease; whether to go on."""
        return pulls.pulse(self._database, self._number, self.pages)


class _Observer(ImportObserver):
    """Stops a pull between two pages, or two chunks of rows."""

    def __init__(self, pulse: Pulse) -> None:
        self._pulse = pulse

    def stopping(self) -> bool:
        """Whether to stop."""
        return self._pulse.stopping()


class _Work(Work):
    """One pull, from taken to its end."""

    def __init__(self, database: Database, settings: Settings, taken: Pull, tell: Tell | None) -> None:
        self._database, self._settings, self._pull, self._tell = database, settings, taken, tell
        self.pulse: _PullPulse = _PullPulse(database, taken)

    def do(self) -> Ended:
        """Pull to the end."""
        system = connected.get(self._database, self._pull.system)
        if system is None:
            raise NotPermittedError(ENDED)
        grant = desk.grant_of(self._database, self._pull.asked_by)
        definition = read_definition(self._pull.text.encode(), system.name)
        client = client_of(self._database, self._settings, system, definition)
        pulling = Pulling(
            self._database,
            self._settings,
            grant,
            definition,
            self._pull,
            client,
            _Observer(self.pulse),
            self._told,
        )
        self.pulse.pages = sum(one.state == DONE for one in pulls.pages(self._database, self._pull.id))
        counts = pulling.run()
        _note(self._database, grant, self._pull, counts)
        return Ended(DONE)

    def _told(self, part: str, page: int, counts: Mapping[str, int]) -> None:
        self.pulse.pages += 1
        if self._tell is not None:
            self._tell(part, page, counts)

    def refused(self, error: UserError) -> Ended:
        """Failed, with the sentence and the values in it."""
        return Ended(FAILED, {"error": error.text, **error.values})

    def broken(self, error: Exception, reference: str) -> Ended:
        """Failed, with what may be done about it."""
        if isinstance(error, MemoryError):
            return Ended(FAILED, {"error": TOO_LITTLE_MEMORY})
        return Ended(FAILED, {"error": SOMETHING_WRONG, "reference": reference})

    def leave(self, ended: Ended) -> None:
        """Close it."""
        values: dict[str, Any] = dict(ended.values)
        pulls.pulse(self._database, self._pull.id, self.pulse.pages)
        pulls.close(self._database, self._pull.id, ended.status, values.pop("error", None), **values)


def client_of(database: Database, settings: Settings, system: System, definition: Definition) -> Client:
    """What asks a system.

    Raises
    ------
    UserError
        Its host is not allowed, or there is nothing to ask it with.
    """
    header = authorization(system.kind, credentials.opened(database, settings, system))
    limits = Limits(size=min(settings.max_file_mb, 64) * _MB)
    return Client(definition.address, header, settings.system_hosts, limits)


def _note(database: Database, grant: Grant, pull: Pull, counts: Mapping[str, int]) -> None:
    audit.record(database, grant.actor, "system pulled", {"system": pull.system, "pull": pull.id, **counts})


def _definition(system: System) -> Definition:
    try:
        return read_definition(system.text.encode(), system.name)
    except MappingError:  # of another version
        return Definition(system.name, system.kind, "", system.name, "")
