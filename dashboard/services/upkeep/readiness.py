"""Whether the server can do its work: database, migrations, job runner, disk, authenticators, last backup."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dashboard.services import store
from dashboard.services.signing_in import seals
from dashboard.services.upkeep import backup_age
from dashboard.services.uploads.folder import SPARE, Folder
from dashboard.settings import Settings
from db.core.engine import Database
from db.core.urls import parse_url
from db.maintenance import migrate

OK, WARN, FAIL = "ok", "warn", "fail"
#: Seconds without a sign of life after which the job runner counts as gone, and between two signs.
_GONE, BEAT = 30.0, 5.0
#: Free bytes below which a disk is worth a warning. Below `SPARE` no file is taken in.
LITTLE = 4 * SPARE
#: Seconds for which an answer holds: whoever asks without end asks the database no more than that.
_HOLDS = 2.0
_DAY = 24 * 3600.0
_SIGN = "job-runner.alive"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at. `detail` is for who looks after the server, and holds no secret."""

    name: str
    status: str
    detail: str
    value: float | None = None


class Readiness:
    """Looks, one at a time and not too often; whoever asks meanwhile gets what was seen last."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database, self._settings = database, settings
        self._lock = threading.Lock()
        self._seen: tuple[float, list[Check]] | None = None

    def look(self) -> list[Check]:
        """Every check, at most two seconds old, or as old as the look that is under way."""
        if self._lock.acquire(blocking=self._seen is None, timeout=10 if self._seen is None else -1):
            try:
                if self._seen is None or time.monotonic() - self._seen[0] > _HOLDS:
                    self._seen = time.monotonic(), checks(self._database, self._settings)
                return self._seen[1]
            finally:
                self._lock.release()
        return self._seen[1] if self._seen else [Check("database", FAIL, "does not answer")]


def ready(found: list[Check]) -> bool:
    """Whether nothing that was looked at failed."""
    return all(check.status != FAIL for check in found)


def checks(database: Database, settings: Settings, now: datetime | None = None) -> list[Check]:
    """Look at everything."""
    return [
        _asked("database", lambda: _database(database)),
        _asked("migrations", lambda: _migrations(database)),
        _asked("job runner", lambda: _runner(settings)),
        _asked("disk", lambda: _disk(settings)),
        _asked("authenticators", lambda: _authenticators(database, settings)),
        _asked("backup", lambda: _backup(database, settings, now or datetime.now(UTC))),
    ]


def sign_of_life(settings: Settings) -> None:
    """Say that the job runner lives: needs no free disk once the file is there.

    Raises
    ------
    OSError
        The folder of files that come through the browser cannot be written to.
    """
    path = _sign(settings)
    try:
        os.utime(path)
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)


def _sign(settings: Settings) -> Path:
    return Folder.of(settings).root / _SIGN


def _asked(name: str, look: Callable[[], Check]) -> Check:
    try:
        return look()
    except Exception as error:  # noqa: BLE001 - whatever does not answer is not ready
        return Check(name, FAIL, f"cannot be looked at: {type(error).__name__}")


def _database(database: Database) -> Check:
    store.is_demo(database)
    store.has_accounts(database)
    return Check("database", OK, "answers")


def _migrations(database: Database) -> Check:
    behind = migrate.not_current(database)
    if behind:
        return Check("migrations", FAIL, f"not at the revision of this version: {', '.join(behind)}")
    return Check("migrations", OK, "current")


def _runner(settings: Settings) -> Check:
    try:
        age = max(0.0, time.time() - _sign(settings).stat().st_mtime)
    except FileNotFoundError:
        return Check("job runner", FAIL, "has never run, or cannot write to its folder (CHHLANG_UPLOADS)")
    if age > _GONE:
        return Check("job runner", FAIL, f"was last seen {age:.0f} s ago", age)
    return Check("job runner", OK, "runs", age)


def _disk(settings: Settings) -> Check:
    free = min(shutil.disk_usage(folder).free for folder in _folders(settings))
    status = FAIL if free < SPARE else WARN if free < LITTLE else OK
    return Check("disk", status, f"{free / 1e6:.0f} MB free", float(free))


def _folders(settings: Settings) -> set[Path]:
    """Where the server writes; of a folder that is not there yet, the one that it will be in."""
    wanted = [Folder.of(settings).root, Path(tempfile.gettempdir())]
    url = parse_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        wanted.append(Path(str(url.database)).absolute().parent)
    return {next(one for one in (path, *path.parents) if one.is_dir()) for path in wanted}


def _authenticators(database: Database, settings: Settings) -> Check:
    said = seals.sentence(database, settings)
    return Check("authenticators", WARN if said else OK, said or "can be read")


def _backup(database: Database, settings: Settings, now: datetime) -> Check:
    if store.is_demo(database):
        return Check("backup", OK, "the demo needs none")
    made = backup_age.last_backup(database).made_at
    warn, fail = settings.backup_warn_days, settings.backup_fail_days
    if made is None:
        return Check("backup", FAIL if fail else WARN, "no whole one was ever made: `app.py backup`")
    age = max(0.0, (now - made).total_seconds())
    status = FAIL if fail and age > fail * _DAY else WARN if age > warn * _DAY else OK
    return Check("backup", status, f"the last one is {age / _DAY:.1f} days old", age)
