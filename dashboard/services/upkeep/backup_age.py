"""When the last whole backup was made: for pages, the log, `/readyz` and metrics alike.

The audit trail says it, for the server may not see the folder or the machine where backups lie. A backup that
was found damaged when it was tried does not count.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dashboard.services import store
from dashboard.settings import Settings
from db.core.engine import Database
from db.operations import audit

MADE, TRIED = "backup", "backup tried"


@dataclass(frozen=True)
class LastBackup:
    """The newest backup that is not known to be damaged.

    `made_at`: None where there is none. `tried_at`: when a backup was last restored into a scratch database,
    with success; None where none was.
    """

    made_at: datetime | None
    tried_at: datetime | None

    def days(self, now: datetime) -> float | None:
        """How old it is; None where there is none."""
        return None if self.made_at is None else max(0.0, (now - self.made_at) / timedelta(days=1))

    def is_missing(self, now: datetime, most_days: int) -> bool:
        """Whether there is none, or none that is younger than `most_days`."""
        age = self.days(now)
        return age is None or age > most_days


def last_backup(database: Database, since: datetime | None = None) -> LastBackup:
    """Look into the trail.

    Parameters
    ----------
    since
        How far back; None for the whole trail. Pages look no further than they must.
    """
    lines = audit.lines_of(
        database, (MADE, TRIED), None if since is None else since.isoformat("T", "seconds")
    )
    damaged = {line["file"] for _, action, line in lines if action == TRIED and not line.get("whole")}
    made = [at for at, action, line in lines if action == MADE and line.get("file") not in damaged]
    tried = [at for at, action, line in lines if action == TRIED and line.get("whole")]
    return LastBackup(max(map(_moment, made), default=None), max(map(_moment, tried), default=None))


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def is_missing(database: Database, settings: Settings, now: datetime | None = None) -> bool:
    """Whether it is time to worry; never of the synthetic demo, nor of a database that holds nothing yet."""
    moment = now or datetime.now(UTC)
    if store.is_demo(database) or not store.holds_anything(database):
        return False
    days = settings.backup_warn_days
    return last_backup(database, moment - timedelta(days=days)).is_missing(moment, days)
