"""When the watch should look: whether a night, newer records or an answer of a standing scan wait for it.

It loads nothing that evaluates: the supervisor asks it every few seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
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
from db.operations.watch import case_classes
from db.operations.watch import scans as watched
from db.operations.watch.scans import WatchedScan
from surveillance.diseases import DISEASES
from surveillance.epiweek import TIME_ZONE

#: Time between two runs because of newer records; files often come in bursts.
BETWEEN = timedelta(minutes=10)
#: Days after a month after which its records are complete enough to be scanned: most reports have come.
SETTLED = timedelta(days=10)


@dataclass(frozen=True)
class Month:
    """A month that a slow disease is to be scanned for.

    `seen`: what is known of this scan; `run`: the scan of this month, where it was asked and is over.
    """

    question: Question
    last: date
    seen: WatchedScan | None
    run: Run | None


def wanted(database: Database, hour: int, now: datetime | None = None) -> bool:
    """Whether the rules should run, an answer of a scan was not weighed yet, or a month is to be scanned."""
    now = now or datetime.now(UTC)
    return rules_wanted(database, hour, now) or bool(answers(database, now)) or bool(months(database, now))


def rules_wanted(database: Database, hour: int, now: datetime) -> bool:
    """Whether the rules should run: the hour of the night has struck since, newer records came, or a person
    gave a case another class.
    """
    with database.reading() as connection:
        newest = standing_rounds.newest_batch(connection)
    if newest is None:
        return False
    before = register.latest_run(database)
    if before is None:
        return True
    made = datetime.fromisoformat(before.made_at)
    changed = newest[0] > before.data_version or (case_classes.newest(database) or "") > before.made_at
    return made < night_before(now, hour) or (changed and now - made >= BETWEEN)


def go_up(database: Database) -> int:
    """Let alerts that nobody owns go a level up; how many went."""
    return register.go_up(database, datetime.now(UTC), recipients.at_once(database))


def answers(database: Database, now: datetime) -> list[tuple[Question, Run]]:
    """Standing questions of diseases that come in outbreaks, with an answer that was not weighed."""
    before = watched.held(database)
    found = []
    for question, run in _asked(database):
        if run is None or run.status != DONE or question.disease not in defaults.OUTBREAK:
            continue
        seen = before.get((question.disease, question.places))
        if seen is not None and (seen.run == run.id or _waits(database, seen, run)):
            continue
        found.append((question, run))
    return found


def months(database: Database, now: datetime) -> list[Month]:
    """Slow diseases whose last whole month was not scanned yet, or whose scan waits to be weighed."""
    last = register.latest_run(database)
    if last is None:
        return []
    month = last_whole_month(min(last.day, now.astimezone(TIME_ZONE).date() - SETTLED))
    before = watched.held(database)
    found = []
    for question, _ in _asked(database):
        seen = before.get((question.disease, question.places))
        if question.disease not in defaults.SLOW or (seen and seen.month and seen.month >= month):
            continue
        run = stored_runs.get(database, Scope.everything(), seen.deeper) if seen and seen.deeper else None
        if run is None or run.status not in (QUEUED, RUNNING):
            found.append(Month(question, month, seen, run))
    return found


def _asked(database: Database) -> list[tuple[Question, Run | None]]:
    """Questions of the newest round, of everybody's records and of nothing sensitive."""
    latest = standing_rounds.latest(database)
    if latest is None:
        return []
    held = standing_rounds.questions(database, latest, Scope.everything())
    return [(question, run) for question, run in held if not DISEASES[question.disease].sensitive]


def last_whole_month(day: date) -> date:
    """The last day of the last calendar month that is over by the end of a day."""
    tomorrow = day + timedelta(days=1)
    return tomorrow.replace(day=1) - timedelta(days=1)


def _waits(database: Database, seen: WatchedScan, run: Run) -> bool:
    """Whether the same question of the same records is being asked with more replicates."""
    if seen.deeper is None or seen.data_version != run.data_version:
        return False
    deeper = stored_runs.get(database, Scope.everything(), seen.deeper)
    return deeper is not None and deeper.status in (QUEUED, RUNNING)
