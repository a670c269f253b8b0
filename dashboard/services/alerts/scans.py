"""Clusters of the standing scans as alerts: seldom enough, and told again only when they grow.

Diseases that come in outbreaks are looked at with each new answer. Slow ones are scanned once a month
(`dashboard.services.alerts.monthly`); of the others the standing scans look at years, and raise nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from dashboard.cluster_filters import ClusterQuery
from dashboard.services.alerts import due, questions, read
from dashboard.services.alerts.places import Daily, place_of
from dashboard.services.clusters import defaults, standing
from dashboard.services.clusters import runs as clusters
from dashboard.services.disclosure import alerts as disclosed
from dashboard.services.messages import recipients
from db.clusters import runs as stored_runs
from db.clusters.run_rows import Run
from db.clusters.standing import Question
from db.core.engine import Database
from db.core.scope import Scope
from db.operations import alerts as register
from db.operations.alerts import Where
from db.operations.lease_queue import DONE
from db.operations.watch import scans as watched
from db.operations.watch.scans import WatchedScan
from surveillance.alerts.allowance import Allotted, replicates_for
from surveillance.alerts.levels import Alarm
from surveillance.alerts.rules import RULES, Rule
from surveillance.alerts.verdict import Verdict
from surveillance.diseases import DISEASES
from surveillance.epiweek import TIME_ZONE

_HIGH = "high"
#: Days of the curve that an alert keeps as seen then.
_CURVE = 60
#: Units that a curve of months shows at least.
_MONTHS = 12


def how_many(database: Database) -> dict[str, int]:
    """How many scans share the allowance: those for what is going on now, daily and monthly."""
    scope = Scope.everything()
    asked = [
        one
        for one in standing.questions_of(scope, defaults.recorded(database, scope))
        if not DISEASES[one.disease].sensitive
    ]
    daily = sum(one.disease in defaults.OUTBREAK for one in asked)
    monthly = sum(one.disease in defaults.SLOW for one in asked)
    return {questions.DAILY_SCANS: daily, questions.MONTHLY_SCANS: monthly}


def look(database: Database, now: datetime, expected: float) -> bool:
    """Weigh each answer that is due, and raise what is seldom enough; whether there was any."""
    answers = due.answers(database, now)
    if not answers:
        return False
    scope = Scope.everything()
    with database.reading() as connection:
        held = read.basis(connection, scope)
    allowed = questions.allotted(held.listed, expected, how_many(database))
    before = watched.held(database)
    for question, run in answers:
        _weigh(database, question, run, before.get((question.disease, question.places)), held, allowed, now)
    return True


def _weigh(
    database: Database,
    question: Question,
    run: Run,
    seen: WatchedScan | None,
    held: read.Basis,
    allowed: Mapping[str, Allotted],
    now: datetime,
) -> None:
    """Raise the clusters of an answer, or ask with more replicates where these cannot show enough."""
    today = now.astimezone(TIME_ZONE).date()
    query = ClusterQuery.from_canonical(run.query)
    share = allowed[questions.DAILY_SCANS]
    if query.time != "prospective":  # a pattern of years is no event: it stands among the clusters
        first = seen.first_look if seen else held.last or today
        places = question.places
        watched.note(
            database, WatchedScan(question.disease, places, first, run.id, today, run.data_version, None)
        )
        return
    answer = _deeper(database, seen, run) or run
    weighed = ClusterQuery.from_canonical(answer.query)
    found = [
        one for one in disclosed.for_the_watch(read.clusters(database, answer.id)) if one.row["rate"] == _HIGH
    ]
    note = WatchedScan(
        question.disease, question.places, seen.first_look if seen else held.last or today, run.id, today,
        run.data_version, answer.id if answer is not run else None,
    )  # fmt: skip
    needed = replicates_for(share.recurrence, share.unit_days)
    strongest_is_cut_off = any(_at_limit(one.row, weighed) and not seldom(one.row, share) for one in found)
    if strongest_is_cut_off and answer is run and weighed.replicates < needed:
        asked = clusters.ask_standing(
            database, standing.grant_of(Scope.everything()), replace(query, replicates=needed)
        )
        kept = {"run": seen.run, "looked_on": seen.looked_on} if seen else {"run": None, "looked_on": None}
        watched.note(database, replace(note, deeper=asked, **kept))
        return
    tell(database, question, answer, held, share, now)
    watched.note(database, note)


def tell(
    database: Database, question: Question, answer: Run, held: read.Basis, share: Allotted, now: datetime
) -> int:
    """Raise the clusters of an answer that chance brings seldom enough; how many alerts are new."""
    rule = RULES[f"{question.disease}-cluster"]
    found = disclosed.for_the_watch(read.clusters(database, answer.id))
    ready = [
        _alarm(rule, question.places, answer.id, one, held, share)
        for one in found
        if one.row["rate"] == _HIGH and seldom(one.row, share)
    ]
    return register.tell(database, ready, answer.data_version, now, recipients.at_once(database))


def _deeper(database: Database, seen: WatchedScan | None, run: Run) -> Run | None:
    """The answer of the same question with more replicates, where it came."""
    if seen is None or seen.deeper is None or seen.data_version != run.data_version:
        return None
    found = stored_runs.get(database, Scope.everything(), seen.deeper)
    return found if found is not None and found.status == DONE else None


def _alarm(
    rule: Rule, view: str, number: str, found: read.Cluster, held: read.Basis, share: Allotted
) -> tuple[Alarm, Where, Daily]:
    """A cluster as an alarm, with whose it is, and its curve."""
    row = found.row
    level, place, where = place_of(view, found.members, held.listed)
    last = row["end"] or held.last or max(found.cases)
    first = row["start"] or min(found.cases, default=last)
    counts = tuple((day, n) for day, n in sorted(found.cases.items()) if first <= day <= last)
    verdict = Verdict(last, first, row["observed"], row["expected"], alarm=True, above=True, counts=counts)
    alarm = Alarm(
        rule, level, place, verdict, cluster=str(row["key"]), path=f"/clusters/{number}/{row['rank']}",
        recurrence=_interval(row, share),
    )  # fmt: skip
    begun = last - timedelta(days=max(_CURVE, int(_MONTHS * share.unit_days)) - 1)
    return alarm, where, {day: n for day, n in found.cases.items() if begun <= day <= last}


def _at_limit(row: Mapping[str, Any], query: ClusterQuery) -> bool:
    return row["p_value"] is not None and row["p_value"] * (query.replicates + 1) < 1 + 1e-6


def _interval(row: Mapping[str, Any], share: Allotted) -> float | None:
    """Days in which chance brings one as strong once; of a scan without time, looked at monthly, 30 / p."""
    if row["recurrence_interval_days"] is not None:
        return float(row["recurrence_interval_days"])
    return share.unit_days / row["p_value"] if row["p_value"] else None


def seldom(row: Mapping[str, Any], share: Allotted) -> bool:
    interval = _interval(row, share)
    return interval is not None and interval >= share.recurrence
