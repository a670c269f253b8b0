"""When the watch should look: whether a night, newer records or an answer of a standing scan wait for it.

It loads nothing that evaluates: the supervisor asks it every few seconds.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from dashboard.services.clusters import defaults
from dashboard.services.clusters.standing import night_before
from dashboard.services.messages import recipients
from db.clusters import runs as stored_runs
from db.clusters import standing as standing_rounds
from db.clusters.run_rows import QUEUED, RUNNING, Run
from db.clusters.standing import Question
from db.core.engine import Database
from db.core.scope import Scope
from db.operations import alerts as register
from db.operations.lease_queue import DONE
from db.operations.watch import scans as watched
from db.operations.watch.scans import WatchedScan
from surveillance.diseases import DISEASES
from surveillance.epiweek import TIME_ZONE

#: Time between two runs because of newer records; files often come in bursts.
BETWEEN = timedelta(minutes=10)


def wanted(database: Database, hour: int, now: datetime | None = None) -> bool:
    """Whether the rules should run, or an answer of a standing scan was not weighed yet."""
    now = now or datetime.now(UTC)
    return rules_wanted(database, hour, now) or bool(answers(database, now))


def rules_wanted(database: Database, hour: int, now: datetime) -> bool:
    """Whether the rules should run: the hour of the night has struck since, or newer records came."""
    with database.reading() as connection:
        newest = standing_rounds.newest_batch(connection)
    if newest is None:
        return False
    before = register.latest_run(database)
    if before is None:
        return True
    made = datetime.fromisoformat(before.made_at)
    return made < night_before(now, hour) or (newest[0] > before.data_version and now - made >= BETWEEN)


def go_up(database: Database) -> int:
    """Let alerts that nobody owns go a level up; how many went."""
    return register.go_up(database, datetime.now(UTC), recipients.at_once(database))


def answers(database: Database, now: datetime) -> list[tuple[Question, Run]]:
    """Standing questions with an answer that was not weighed; of slow diseases once a month."""
    latest = standing_rounds.latest(database)
    if latest is None:
        return []
    before = watched.held(database)
    today = now.astimezone(TIME_ZONE).date()
    found = []
    for question, run in standing_rounds.questions(database, latest, Scope.everything()):
        if run is None or run.status != DONE or DISEASES[question.disease].sensitive:
            continue
        seen = before.get((question.disease, question.places))
        if seen is not None and (seen.run == run.id or _waits(database, seen, run)):
            continue
        if seen is not None and question.disease not in defaults.OUTBREAK and _this_month(seen, today):
            continue
        found.append((question, run))
    return found


def _this_month(seen: WatchedScan, today: date) -> bool:
    return seen.looked_on is not None and (seen.looked_on.year, seen.looked_on.month) == (
        today.year,
        today.month,
    )


def _waits(database: Database, seen: WatchedScan, run: Run) -> bool:
    """Whether the same question of the same records is being asked with more replicates."""
    if seen.deeper is None or seen.data_version != run.data_version:
        return False
    deeper = stored_runs.get(database, Scope.everything(), seen.deeper)
    return deeper is not None and deeper.status in (QUEUED, RUNNING)
