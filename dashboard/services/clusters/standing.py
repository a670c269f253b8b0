"""The questions that stand: what is asked by itself, for whom, in which order, and when.

The usual question of each disease is asked of each kind of place, of everybody's records and of those of each
scope that an account has. The supervisor looks every minute whether that is due.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dashboard.cluster_filters import ClusterQuery
from dashboard.permissions import GRANTED, SYSTEM, Grant, Permission
from dashboard.services.clusters import defaults
from dashboard.services.clusters import runs as clusters
from db.clusters import standing as standing_rounds
from db.clusters.run_rows import scope_text
from db.clusters.standing import Question, Round
from db.core.engine import Database, together
from db.core.scope import Scope
from db.operations import accounts, audit, uploads
from surveillance.diseases import DISEASES
from surveillance.epiweek import TIME_ZONE
from surveillance.errors import UserError

_log = logging.getLogger("chhlang")
#: Kinds of place, as `by:place`, that the standing questions look at.
VIEWS = ("facility:care", "province:home", "crossing:care")
#: Asked before all others: a day counts.
FIRST = ("measles", "awd")
#: Role of the system: what it finds is shown by the reader's own role.
_ROLE = "official"
#: Time without another import after which a burst of them is over.
QUIET = timedelta(seconds=60)
#: Nights of which every round is kept.
NIGHTS = 30
#: Seconds between two looks.
EVERY = 60.0
IMPORT, NIGHT = "import", "night"


@dataclass(frozen=True)
class Newest:
    """The newest batch of the records. `at`: when it came, or was first seen here if that is later."""

    batch: int
    at: datetime


def grant_of(scope: Scope) -> Grant:
    """The system's grant for one scope."""
    return Grant(SYSTEM, _ROLE, scope)


def night_before(now: datetime, hour: int) -> datetime:
    """The last time at which the clocks of Cambodia showed this hour."""
    local = now.astimezone(TIME_ZONE)
    start = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    return start if start <= local else start - timedelta(days=1)


def due(now: datetime, last: Round | None, newest: Newest | None, hour: int) -> str | None:
    """Why the questions should be asked now; None where they should not.

    After an import: there are newer data than in the last round, and none came within the last minute. At
    night: the hour has struck since the last round, so one that was missed is made up for.
    """
    if newest is None:
        return None
    if last is not None and datetime.fromisoformat(last.made_at) < night_before(now, hour):
        return NIGHT
    if last is not None and newest.batch <= last.data_version:
        return None
    waited = now - newest.at
    return IMPORT if waited >= QUIET or waited < timedelta() else None


def scopes(database: Database) -> list[Scope]:
    """Everybody's records, then those of each scope whose accounts may look for clusters, each once."""
    limited = {
        account.scope.text
        for account in accounts.listed(database)
        if account.active
        and not account.scope.whole
        and Permission.RUN_CLUSTERS in GRANTED.get(account.role, frozenset())
    }
    return [Scope.everything(), *map(Scope.read, sorted(filter(None, limited)))]


def questions_of(scope: Scope, recorded: Iterable[str]) -> list[Question]:
    """What is asked for one scope, the most urgent first: nothing that is never told or lies outside it.

    `recorded`: diseases of which there are records.
    """
    grant = grant_of(scope)
    held = set(recorded)
    ordered = [*FIRST, *(code for code in DISEASES if code not in FIRST)]
    return [
        Question(scope, disease, view)
        for disease in ordered
        if disease in held
        for view in VIEWS
        if not defaults.reason_refused(grant, query_of(disease, view))
    ]


def query_of(disease: str, view: str) -> ClusterQuery:
    """The usual question of a disease by a kind of place."""
    by, _, place = view.partition(":")
    return ClusterQuery(disease, by=by, place=place)


def plan(database: Database) -> list[Question]:
    """All questions of a round, in order: of every scope the urgent ones, then those longest without answer.

    Where imports come so often that no round is answered to its end, each question still has its turn.
    """
    answered = standing_rounds.last_answered(database)
    found = [
        question
        for scope in scopes(database)
        for question in questions_of(scope, defaults.recorded(database, scope))
    ]

    def turn(question: Question) -> tuple[bool, int]:
        key = (scope_text(question.scope), question.disease, question.places)
        urgent = question.disease in FIRST
        return not urgent, 0 if urgent else answered.get(key, 0)

    return sorted(found, key=turn)


def outdated(rounds: Sequence[Round], hour: int) -> list[int]:
    """Rounds that are kept no longer: those before the last thirty nights in which there was any.

    `rounds`: the newest first.
    """
    night = {item.id: night_before(datetime.fromisoformat(item.made_at), hour) for item in rounds}
    kept = set(sorted(set(night.values()), reverse=True)[:NIGHTS])
    return [number for number, held in night.items() if held not in kept]


class StandingScans:
    """Asks the questions when they are due; the supervisor calls :meth:`look`."""

    def __init__(self, hour: int) -> None:
        self._hour = hour
        self._seen: Newest | None = None

    def look(self, database: Database, now: datetime | None = None) -> float:
        """Ask what is due; seconds until the next look."""
        now = now or datetime.now(UTC)
        last = standing_rounds.latest(database)
        if last is not None and (left := standing_rounds.unasked(database, last)):
            self._ask(database, last, left)  # the process that began the round was ended
        newest = self._newest(database, now)
        cause = due(now, last, newest, self._hour)
        if newest is None or (cause == IMPORT and uploads.storing(database)):
            return EVERY
        if cause is None:
            quiet = (newest.at + QUIET - now).total_seconds()
            return min(EVERY, quiet) if quiet > 0 else EVERY
        planned = plan(database)
        moment = now.isoformat(timespec="milliseconds")
        with together(database.operations):
            begun = standing_rounds.begin(database, last, cause, newest.batch, planned, moment)
            if begun is not None:
                detail = {"round": begun.id, "cause": cause, "data_version": begun.data_version}
                audit.record(database, SYSTEM, "standing scans", detail | {"questions": len(planned)})
        if begun is not None:
            self._ask(database, begun, standing_rounds.unasked(database, begun))
            self._clear(database, begun)
        return EVERY

    def _clear(self, database: Database, begun: Round) -> None:
        """Take away what a round replaces and what is old."""
        old = outdated(standing_rounds.rounds(database), self._hour)
        with together(database.operations):
            replaced = standing_rounds.supersede(database, begun, SYSTEM)
            pruned = standing_rounds.prune(database, old)
            if replaced or pruned:
                said = {"round": begun.id, "replaced": replaced, "pruned": pruned}
                audit.record(database, SYSTEM, "standing runs removed", said)

    def _newest(self, database: Database, now: datetime) -> Newest | None:
        """The newest batch; of one that came while this process ran, when that was noticed.

        A batch is stamped when it is written and seen when it is stored, which may be minutes later.
        """
        with database.reading() as connection:
            held = standing_rounds.newest_batch(connection)
        if held is None:
            self._seen = Newest(0, now)
            return None
        number, received = held
        if self._seen is None:
            self._seen = Newest(number, datetime.fromisoformat(received))
        elif self._seen.batch != number:
            self._seen = Newest(number, now)
        return self._seen

    def _ask(self, database: Database, this: Round, questions: Sequence[Question]) -> None:
        for question in questions:
            query = query_of(question.disease, question.places)
            try:
                number = clusters.ask_standing(database, grant_of(question.scope), query)
            except UserError as error:  # it stays unanswered, and the page counts it so
                _log.warning("standing question %s was refused: %s", question.number, error.text)
                continue
            standing_rounds.asked(database, this, question.number, number)
