"""What the standing questions found: every cluster unlikely to be chance, over all diseases and places."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from dashboard.cluster_filters import ClusterQuery
from dashboard.permissions import Grant, Permission
from dashboard.services.clusters.border import NO_BORDER, Border, border_of
from dashboard.services.clusters.locations import Place, places
from dashboard.services.clusters.models import NOTHING_TO_SCAN, ClusterRun
from dashboard.services.clusters.runs import public
from dashboard.services.disclosure import clusters as disclosed
from dashboard.services.disclosure import rules
from dashboard.services.disclosure.undisclosed import Undisclosed
from dashboard.services.imports.data_status import data_status
from db.clusters import results as cluster_results
from db.clusters import standing as standing_rounds
from db.clusters.results import Found
from db.clusters.run_rows import Run
from db.clusters.standing import Question, Round
from db.core.engine import Database
from db.operations import audit
from db.operations.lease_queue import CANCELLED, DONE, FAILED
from surveillance.clusters.chance import by_chance, false_alarms
from surveillance.clusters.changes import EXTENT, GONE, GROWING, NEW, SHRINKING, UNCHANGED
from surveillance.diseases import DISEASES
from surveillance.windows import Window, last_weeks

#: Days between two analyses of a prospective scan, as the engine counts them.
_UNIT_DAYS = {"day": 1.0, "week": 7.0, "month": 365.2425 / 12, "year": 365.2425}
#: What became of a cluster, the most urgent first; None: there was nothing to compare with.
ORDER = (NEW, None, GROWING, EXTENT, UNCHANGED, SHRINKING, GONE)
#: Why a question has no answer of the newest data; `failed` and `cancelled` are its run's.
WAITING, NOTHING = "waiting", "nothing"


@dataclass(frozen=True)
class WatchedCluster:
    """One cluster unlikely to be chance: of the newest answer, or one of the run before that is no more.

    `places`: kind of place, as `by:place`. `change`: against the last day before with an answer (new,
    growing, shrinking, unchanged, of another extent, gone); None where this is the first. `first_found`: when
    the run was asked for that found it first. `older`: of data before the newest import, which is not
    answered yet. `border`: where it lies to the border. `sensitive`: HIV or syphilis, which have no
    place on a first page.
    """

    run: str
    rank: int
    disease: str
    places: str
    centre: str | None
    n_locations: int
    start: date | None
    end: date | None
    observed: int
    expected: float
    llr: float
    p_value: float | None
    recurrence_interval_days: float | None
    rate: str
    change: str | None
    first_found: str
    time: str = "none"
    time_unit: str = "day"
    replicates: int | None = None
    older: bool = False
    border: Border = NO_BORDER

    @property
    def path(self) -> str:
        """Its page."""
        return f"/clusters/{self.run}/{self.rank}"

    @property
    def going_on(self) -> bool:
        """Whether it was looked for up to the last complete day, and reaches it."""
        return self.time == "prospective"

    def reaches(self, week: Window | None) -> bool | None:
        """Whether it reaches into a week; None where it was looked for in the whole period at once."""
        if self.time == "none" or week is None or self.end is None:
            return None
        return self.end >= week.first

    @property
    def seldom(self) -> float:
        """Smaller the more seldom chance brings one as strong; prospective ones before all others."""
        if self.recurrence_interval_days is not None:
            return -self.recurrence_interval_days
        return 1.0 if self.p_value is None else self.p_value

    @property
    def at_the_limit(self) -> bool:
        """Whether p is the smallest that the replicates allow: it is at most this, and may be less."""
        if self.p_value is None or self.replicates is None:
            return False
        return self.p_value * (self.replicates + 1) < 1 + 1e-6

    @property
    def sensitive(self) -> bool:
        """Whether the disease could harm people by being named beside a place."""
        return DISEASES[self.disease].sensitive


@dataclass(frozen=True)
class Unanswered:
    """A standing question without an answer of the newest data: why, and the run that should have had it.

    `status`: waiting, `nothing` (there was nothing to scan), failed or cancelled.
    """

    disease: str
    places: str
    status: str
    run: ClusterRun | None


@dataclass(frozen=True)
class Watch:
    """What stands, of one scope.

    `made_at`: when the questions were last asked, None before the first time; `cause`: after an `import`, or
    at `night`. `asked`: questions; `answered` of them of the newest data. `by_chance`: how many of these have
    a cluster in this list by chance alone, on average. `known`: names and positions of the centres, by kind
    of place and code. `sensitive_asked`: whether HIV or syphilis are among the questions. `week`: the last
    complete one of the data.
    """

    made_at: str | None = None
    cause: str | None = None
    data_version: int = 0
    asked: int = 0
    answered: int = 0
    by_chance: float = 0.0
    clusters: tuple[WatchedCluster, ...] = ()
    gone: tuple[WatchedCluster, ...] = ()
    unanswered: tuple[Unanswered, ...] = ()
    known: Mapping[str, Mapping[str, Place]] = field(default_factory=dict)
    sensitive_asked: bool = False
    week: Window | None = None

    def count(self, status: str) -> int:
        """How many questions are without an answer for one reason."""
        return sum(item.status == status for item in self.unanswered)

    def of_interest(self) -> tuple[WatchedCluster, ...]:
        """Clusters that a first page may show: not those of HIV and syphilis."""
        return tuple(item for item in self.clusters if not item.sensitive)


def watch(database: Database, grant: Grant, *, audited: bool = True, before: str | None = None) -> Watch:
    """What stands for this grant's scope. `audited`: False where no count of it is shown.

    `before`: of the newest round that was made before this moment (UTC, ISO), where it is still kept.

    Raises
    ------
    NotPermittedError
        The grant does not hold clusters.
    """
    grant.check(Permission.RUN_CLUSTERS)
    latest = standing_rounds.latest(database, before)
    if latest is None:
        return Watch()
    asked = [
        (question, run)
        for question, run in standing_rounds.questions(database, latest, grant.scope)
        if not rules.by_year_only(grant, question.disease)
    ]
    unanswered = [
        Unanswered(item.disease, item.places, _status(run), None if run is None else public(run))
        for item, run in asked
        if run is None or run.status != DONE
    ]
    answers = [_Answer(item, run) for item, run in asked if run is not None and run.status == DONE]
    stand_ins = _stand_ins(database, latest, grant, unanswered)
    clusters, gone = _told(database, grant, [*answers, *stand_ins])
    if audited:
        audit.record(database, grant.actor, "standing clusters seen", {"round": latest.id})
    known = _known(database, grant, (*clusters, *gone))
    last = data_status(database).last_visit
    return Watch(
        made_at=latest.made_at,
        cause=latest.cause,
        data_version=latest.data_version,
        asked=len(asked),
        answered=len(answers),
        by_chance=sum(_false_alarms(answer.query) for answer in answers),
        clusters=_with_borders(database, clusters, known),
        gone=tuple(gone),
        unanswered=tuple(unanswered),
        known=known,
        sensitive_asked=any(DISEASES[item.disease].sensitive for item, _ in asked),
        week=None if last is None else last_weeks(last, 1),
    )


def touching(database: Database, found: Watch, kinds: Mapping[str, Collection[str]]) -> Watch:
    """What stands, less the clusters that hold none of some locations, and those of HIV and syphilis.

    `kinds`: kind of place, as `by:place` -> codes of locations.
    """
    shown = found.of_interest()
    held = cluster_results.locations(database, sorted({item.run for item in shown}))
    kept = tuple(
        item
        for item in shown
        if not held.get((item.run, item.rank), frozenset()).isdisjoint(kinds.get(item.places, ()))
    )
    return replace(found, clusters=kept, gone=())


def locations_of(database: Database, found: Watch) -> dict[tuple[str, int], frozenset[str]]:
    """Codes of the locations of each cluster that stands, by its run and rank."""
    return cluster_results.locations(database, sorted({item.run for item in found.clusters}))


def size_of(grant: Grant, item: WatchedCluster) -> tuple[int, int | None] | None:
    """How large a cluster is, in wide steps, as somebody is told of who may not see it."""
    return disclosed.size(grant, Undisclosed(item.observed))


#: The same few questions are read at each look.
_question = functools.lru_cache(maxsize=512)(ClusterQuery.from_canonical)


class _Answer:
    """A question with the run that answers it."""

    def __init__(self, question: Question, run: Run, *, older: bool = False) -> None:
        self.question, self.run, self.older = question, run, older
        self.query = _question(run.query)


#: An answer, the run that has a cluster, and the cluster's row.
_Row = tuple[_Answer, str, Mapping[str, Any]]


def _stand_ins(
    database: Database, latest: Round, grant: Grant, unanswered: Sequence[Unanswered]
) -> list[_Answer]:
    """Answers of older data to questions that have none of the newest."""
    missing = [item for item in unanswered if item.status != NOTHING]
    before = standing_rounds.answered_before(database, latest, grant.scope) if missing else {}
    return [
        _Answer(Question(grant.scope, item.disease, item.places), run, older=True)
        for item in missing
        if (run := before.get((item.disease, item.places))) is not None
    ]


def _status(run: Run | None) -> str:
    if run is None or run.status not in (FAILED, CANCELLED):
        return WAITING
    return NOTHING if run.error in NOTHING_TO_SCAN else run.status


def _false_alarms(query: ClusterQuery) -> float:
    days = _UNIT_DAYS[str(query.time_unit)] if query.time == "prospective" else None
    return false_alarms(query.replicates, days)


def _told(
    database: Database, grant: Grant, answers: Sequence[_Answer]
) -> tuple[list[WatchedCluster], list[WatchedCluster]]:
    """Clusters unlikely to be chance, and those of the runs before that are no more, through the door."""
    numbers = {number for answer in answers for number in (answer.run.id, answer.run.previous) if number}
    held = cluster_results.of_runs(database, sorted(numbers))
    now: list[_Row] = []
    then: list[_Row] = []
    for answer in answers:
        rows = _strong(grant, answer, held.get(answer.run.id))
        went_on = {row["previous_rank"] for row in rows}
        now += [(answer, answer.run.id, row) for row in rows]
        then += [
            (answer, str(answer.run.previous), {**row, "change": GONE})
            for row in _strong(grant, answer, held.get(str(answer.run.previous)))
            if row["rank"] not in went_on
        ]
    first = {_first_run(row) for _, _, row in (*now, *then)}
    made_at = standing_rounds.when_asked(database, first | numbers)
    return (
        sorted((_watched(*row, made_at) for row in now), key=_in_order),
        sorted((_watched(*row, made_at) for row in then), key=_in_order),
    )


def _in_order(item: WatchedCluster) -> tuple[int, float, float, str, int]:
    """What a reader has not seen first, then what chance brings most seldom, then what stands out most."""
    return ORDER.index(item.change), item.seldom, -item.llr, item.run, item.rank


def _strong(grant: Grant, answer: _Answer, found: Found | None) -> list[Mapping[str, Any]]:
    """Clusters of a run that are unlikely to be chance, as this grant may see them."""
    if found is None:
        return []
    told = disclosed.found(grant, Undisclosed(found))
    return [row for row in told.clusters if not by_chance(row["p_value"], row["recurrence_interval_days"])]


def _first_run(row: Mapping[str, Any]) -> str:
    """The run that found a cluster first: its key begins with it."""
    return str(row["key"]).partition("-")[0]


def _watched(
    answer: _Answer, number: str, row: Mapping[str, Any], made_at: Mapping[str, str]
) -> WatchedCluster:
    taken = {name: row[name] for name in WatchedCluster.__dataclass_fields__ if name in row}
    return WatchedCluster(
        run=number,
        disease=answer.question.disease,
        places=answer.question.places,
        first_found=made_at.get(_first_run(row)) or made_at.get(number, answer.run.made_at),
        time=str(answer.query.time),
        time_unit=str(answer.query.time_unit),
        replicates=answer.query.replicates,
        older=answer.older,
        **taken,
    )


def _known(
    database: Database, grant: Grant, shown: Iterable[WatchedCluster]
) -> dict[str, Mapping[str, Place]]:
    views = sorted({item.places for item in shown})
    with database.reading() as connection:
        return {view: places(connection, grant.scope, _dimension(view)) for view in views}


def _with_borders(
    database: Database, clusters: Sequence[WatchedCluster], known: Mapping[str, Mapping[str, Place]]
) -> tuple[WatchedCluster, ...]:
    """The same clusters, each with where it lies to the border."""
    held = cluster_results.locations(database, sorted({item.run for item in clusters}))
    found = []
    for item in clusters:
        codes = held.get((item.run, item.rank)) or frozenset(filter(None, (item.centre,)))
        found.append(replace(item, border=border_of(item.places, item.centre, codes, known[item.places])))
    return tuple(found)


def _dimension(view: str) -> str:
    by, _, place = view.partition(":")
    return place if by == "province" else by


def on_map(database: Database, grant: Grant, disease: str) -> Watch | None:
    """Clusters of a disease that the standing questions found; None where the account is not shown them.

    Of HIV and syphilis the map shows none.
    """
    if not grant.can(Permission.RUN_CLUSTERS):
        return None
    found = watch(database, grant, audited=False)
    return replace(found, clusters=tuple(c for c in found.of_interest() if c.disease == disease), gone=())
