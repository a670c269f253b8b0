"""The job runner: what takes minutes is worked on beside the web server, and dies with it.

`serve` starts a supervisor, a light process that looks into five queues: runs of cluster detection, files
that came through the browser, releases, messages about alerts, and pulls from other systems; and whether the
rules of alerts are due.
While something waits in one it keeps a worker for it, which works through that queue, one thing at a time
and at low priority, and leaves when it has had nothing to do for a while. To kill a worker costs one attempt
of one thing. There is no file that says who runs: the queues themselves know by signs of life. The supervisor
also clears away what is kept of files for a day, lets alerts go a level up, puts digests into the outbox at
their hour, and asks the standing questions when they are due.

    python -m dashboard.jobs

starts a supervisor by itself, beside a WSGI server that `serve` did not start.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from dashboard.server import logs, priority
from dashboard.services import store
from dashboard.services.alerts import due as alerts_due
from dashboard.services.clusters import queue as cluster_queue
from dashboard.services.clusters.standing import StandingScans
from dashboard.services.messages import digests, sender
from dashboard.services.releases import queue as release_queue
from dashboard.services.systems import queue as system_queue
from dashboard.services.upkeep import backup_age, readiness
from dashboard.services.uploads import folder as upload_folder
from dashboard.services.uploads import queue as upload_queue
from dashboard.settings import Settings, data_folder
from db.core import private_files
from db.core.engine import Database

_log = logging.getLogger("chhlang.jobs")
#: Seconds between two looks into the queue.
_LOOK = 1.0
#: Seconds without work after which a worker leaves, and gives its memory back.
_IDLE = 300.0
#: Seconds to wait after a worker ended badly, so that a fault does not start one after the other.
_PAUSE = 5.0
#: Seconds between two looks for files that are kept no longer.
_SWEEP = 60.0
#: Seconds between two warnings of the log that no backup is young enough; the server's start says it, too.
_WARNS = 24 * 3600.0
Answer = TypeVar("Answer")
_SUPERVISOR, _CLUSTERS, _IMPORTS = "--supervisor", "--clusters", "--imports"
_RELEASES, _ALERTS, _MESSAGES, _SYSTEMS = "--releases", "--alerts", "--messages", "--systems"


class Child:
    """A process of ours that ends when this one does: its standard input is a pipe that closes with us."""

    def __init__(self, role: str, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "dashboard.server.jobs", role],
            cwd=data_folder().parent,
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        assert self._process.stdin is not None  # noqa: S101 - it was asked for
        # Not as an argument: everybody may read those, and the address may hold a password.
        self._process.stdin.write(json.dumps(dict(environment)).encode() + b"\n")
        self._process.stdin.flush()

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    def ended(self) -> int | None:
        """Its exit code; None while it lives."""
        return self._process.poll()

    def stop(self, patience: float = 10.0) -> None:
        """End it: it leaves when the pipe closes."""
        with contextlib.suppress(OSError):
            if self._process.stdin:
                self._process.stdin.close()
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def start(settings: Settings) -> Child:
    """Start a supervisor for the database that the settings name."""
    return Child(_SUPERVISOR, settings.for_supervisor())


def supervise(database: Database, settings: Settings, going: Callable[[], bool]) -> None:
    """Keep a worker for each queue in which anything waits, until `going` says no."""
    with_secrets = settings.for_imports()
    bare = {"DATABASE_URL": settings.database_url}  # clusters and releases need no more
    supervisors = [
        QueueSupervisor(_CLUSTERS, bare, cluster_queue.wanted),
        QueueSupervisor(_IMPORTS, with_secrets, upload_queue.wanted),
        QueueSupervisor(_RELEASES, bare, release_queue.wanted),
        QueueSupervisor(
            _MESSAGES, settings.for_messages(), lambda database: sender.wanted(database, settings)
        ),
        QueueSupervisor(
            _SYSTEMS, settings.for_systems(), lambda database: system_queue.wanted(database, settings)
        ),
    ]
    if settings.standing_scans:
        hour = settings.standing_hour
        with_hour = bare | {"CHHLANG_STANDING_HOUR": str(hour)}
        supervisors.append(
            QueueSupervisor(
                _ALERTS,
                with_hour | {"CHHLANG_CHANCE_ALERTS": str(settings.chance_alerts)},
                lambda database: alerts_due.wanted(database, hour),
            )
        )
    folder = upload_folder.Folder.of(settings)
    standing = StandingScans(settings.standing_hour)
    swept, asked_again, signed = 0.0, 0.0, 0.0
    warned = time.monotonic()
    try:
        while going():
            if time.monotonic() >= signed:
                signed = time.monotonic() + readiness.BEAT
                _sign(settings)
            if settings.standing_scans and time.monotonic() >= asked_again:
                asked_again = time.monotonic() + (_asked(lambda: standing.look(database)) or _SWEEP)
            for supervisor in supervisors:
                supervisor.look(database)
            if time.monotonic() - swept > _SWEEP:
                swept = time.monotonic()
                _asked(lambda: upload_folder.sweep(database, folder))
                if settings.standing_scans:
                    _asked(lambda: alerts_due.go_up(database))
                _asked(lambda: digests.look(database, datetime.now(UTC)))
                _asked(lambda: system_queue.look(database, settings, datetime.now(UTC)))
            if time.monotonic() - warned > _WARNS:
                warned = time.monotonic()
                _asked(lambda: _warn_of_backups(database, settings))
            time.sleep(_LOOK)
    finally:
        for supervisor in supervisors:
            supervisor.close()


def _warn_of_backups(database: Database, settings: Settings) -> None:
    if backup_age.is_missing(database, settings):
        days = settings.backup_warn_days
        _log.warning("no whole backup was made in the last %d days: python app.py backup --try", days)


class QueueSupervisor:
    """Looks into one queue, and keeps a worker for it while there is work."""

    def __init__(self, role: str, environment: Mapping[str, str], wanted: Callable[[Database], bool]) -> None:
        self._role, self._environment, self._wanted = role, environment, wanted
        self._worker: Child | None = None
        self._not_before = 0.0

    def look(self, database: Database) -> None:
        """Start a worker where one is wanted and none runs."""
        if self._worker is not None and (code := self._worker.ended()) is not None:
            self._worker = None
            if code:
                self._not_before = time.monotonic() + _PAUSE
        if self._worker is not None or time.monotonic() < self._not_before:
            return
        if _asked(lambda: self._wanted(database)):
            self._worker = Child(self._role, self._environment)

    def close(self) -> None:
        """End the worker."""
        if self._worker is not None:
            self._worker.stop(patience=1.0)


def _asked(question: Callable[[], Answer]) -> Answer | None:
    try:
        return question()
    except Exception as error:  # noqa: BLE001 - a database that is away may come back
        _log.warning("the queue cannot be read: %s", type(error).__name__)
        time.sleep(_PAUSE)
        return None


def _sign(settings: Settings) -> None:
    try:
        readiness.sign_of_life(settings)
    except OSError as error:
        _log.warning("no sign of life can be left in the folder of uploads: %s", error.strerror)


def work(one: Callable[[], bool]) -> None:
    """Do one thing after the other, until there has been nothing to do for a while."""
    _step_back()
    last = time.monotonic()
    while time.monotonic() - last < _IDLE:
        if one():
            last = time.monotonic()
        else:
            time.sleep(_LOOK)


def _step_back() -> None:
    """Pages come first: low priority, and the first to go where memory runs out."""
    priority.step_back()
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")


def _wait_for_parent() -> None:
    """Wait until the pipe from the parent closes.

    Not by `sys.stdin`: Python aborts where a thread holds that file while the process ends by itself.
    """
    while os.read(0, 1):
        pass


def _leave_with_parent() -> None:
    """End this process at once when the pipe from its parent closes."""

    def wait() -> None:
        _wait_for_parent()
        os._exit(0)

    threading.Thread(target=wait, daemon=True, name="parent").start()


def _same_parent() -> Callable[[], bool]:
    """Whether the parent process still runs; its forked copies may hold the pipe."""
    parent = os.getppid()
    return lambda: os.getppid() == parent


def main(arguments: list[str]) -> int:
    """Be a supervisor of a server, a worker of a supervisor, or a supervisor by itself."""
    role = arguments[0] if arguments else ""
    if role not in ("", _SUPERVISOR, _CLUSTERS, _IMPORTS, _RELEASES, _ALERTS, _MESSAGES, _SYSTEMS):
        print("usage: python -m dashboard.jobs", file=sys.stderr)  # noqa: T201
        return 2
    private_files.keep_private()
    settings = Settings.read(json.loads(sys.stdin.buffer.readline()) if role else None)
    logs.set_up(settings.log)
    with store.serving(settings), contextlib.suppress(KeyboardInterrupt):
        database = store.open_store(settings)
        if role == _CLUSTERS:
            _leave_with_parent()
            work(lambda: cluster_queue.work(database))
        elif role == _IMPORTS:
            _leave_with_parent()
            work(lambda: upload_queue.work(database, settings))
        elif role == _RELEASES:
            _leave_with_parent()
            work(lambda: release_queue.work(database))
        elif role == _ALERTS:
            from dashboard.services.alerts import night  # noqa: PLC0415 - loads what evaluates

            _leave_with_parent()
            work(lambda: night.work(database, settings.standing_hour, settings.chance_alerts))
        elif role == _MESSAGES:
            _leave_with_parent()
            work(lambda: sender.work(database, settings))
        elif role == _SYSTEMS:
            _leave_with_parent()
            work(lambda: system_queue.work(database, settings))
        elif role == _SUPERVISOR:
            same_parent = _same_parent()
            gone = threading.Event()

            def wait_for_parent() -> None:
                _wait_for_parent()
                gone.set()

            threading.Thread(target=wait_for_parent, daemon=True, name="parent").start()
            supervise(database, settings, lambda: same_parent() and not gone.is_set())
        else:
            supervise(database, settings, lambda: True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
