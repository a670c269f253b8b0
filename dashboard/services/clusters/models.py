"""What pages and commands get of a run of cluster detection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from dashboard.cluster_filters import ClusterQuery
from dashboard.permissions import Scope
from dashboard.services.clusters.locations import Place
from db.clusters.run_rows import RUNNING
from db.operations.lease_queue import CANCELLED, DONE, FAILED
from surveillance.engine_version import earlier_analyses_were_wrong
from surveillance.errors import StatisticsError
from surveillance.texts import N_

#: Said of runs of an engine that took a p-value for adjusted which was not.
INTERVAL_WAS_WRONG = N_(
    "The recurrence intervals of this run were wrong: about as many times too long as there were analyses. "
    "They are left out, and the run is compared with no other. Ask again."
)

NO_RECORDS = N_("there are no records of this disease: nothing can cluster")
NO_CASE = N_(
    "no case from {start} to {end} has a location with a position: nothing can cluster. Take a longer "
    "period, another kind of location, or all records as cases"
)
NO_WEEK = N_(
    "HIV and syphilis are looked at in whole weeks, from Monday to Sunday, and the period has none that is "
    "over: take a longer period"
)
NO_WHOLE = {
    "week": N_(
        "both sides of the border are compared in whole weeks, and the period has none: take a longer one"
    ),
    "month": N_(
        "both sides of the border are compared in whole months, and the period has none: take a longer one"
    ),
}
NO_SHARE = N_(
    "nobody was counted for this indicator in a place with a position: nothing can be compared. Take a "
    "longer period, or another kind of place"
)
#: Why a run fails that had nothing to scan: an answer, too.
NOTHING_TO_SCAN = frozenset({NO_RECORDS, NO_CASE, NO_WEEK, NO_SHARE, *NO_WHOLE.values()})


@dataclass(frozen=True)
class ClusterRun:
    """Where a run stands. `path` is its permanent address.

    `error`: why it failed, with places for `error_values`; `problem` has it in words.
    `provinces`: whose records were scanned; None: everybody's. `start`, `end`: first and last day of the
    study period as ISO 8601, known once it is done. `ways`: by rank, the ends of the roads, or of the ways
    that people went, within a cluster that grew along them; `way_points`: where places on them are that were
    not scanned. `standing`: asked by the system, and by no
    person since.
    """

    id: str
    query: ClusterQuery
    status: str
    done: int
    total: int
    author: str
    made_at: str
    started_at: str | None
    finished_at: str | None
    data_version: int
    cancelled_by: str | None
    error: str | None
    error_values: Mapping[str, Any]
    provinces: tuple[str, ...] | None
    start: str | None
    end: str | None
    engine_version: int | None = None
    standing: bool = False
    scope: Scope | None = None
    ways: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)
    way_points: Mapping[str, Sequence[float]] = field(default_factory=dict)
    #: Places where nobody was counted for an indicator, which were not scanned.
    nobody: Sequence[str] = ()

    @property
    def places(self) -> Scope:
        """Whose records were scanned."""
        if self.scope is not None:
            return self.scope
        return Scope(None if self.provinces is None else frozenset(self.provinces))

    @property
    def interval_was_wrong(self) -> bool:
        """Whether its recurrence intervals were much too long, and it has to be run anew."""
        return earlier_analyses_were_wrong(self.engine_version, self.query.earlier_analyses)

    @property
    def interval_note(self) -> str:
        """The same as a sentence, for translation; empty where they were right."""
        return INTERVAL_WAS_WRONG if self.interval_was_wrong else ""

    @property
    def problem(self) -> StatisticsError | None:
        """Why it failed, as what a page or a command can say; None where it did not."""
        return StatisticsError(self.error, **self.error_values) if self.error else None

    @property
    def path(self) -> str:
        """Its page."""
        return f"/clusters/{self.id}"

    @property
    def stopping(self) -> bool:
        """Whether it was cancelled and its runner has not stopped yet."""
        return self.status == RUNNING and self.cancelled_by is not None

    @property
    def over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status in (DONE, FAILED, CANCELLED)


@dataclass(frozen=True)
class QueuedRun:
    """A run of another scope in the queue: what an account that may stop it has to know."""

    id: str
    author: str
    status: str
    made_at: str


@dataclass(frozen=True)
class Member:
    """One location of a cluster, within the cluster's dates; its numbers are None where they are withheld."""

    location: str
    observed: int | None
    expected: float | None
    observed_expected: float | None
    relative_risk: float | None
    population: float | None


@dataclass(frozen=True)
class Context:
    """What was counted on one side (inside, outside) in one span (during, before).

    None: not counted for this disease, or by this kind of place.
    """

    side: str
    span: str
    records: int | None
    cases: int
    tested: int | None
    arrivals: int | None
    facilities_reporting: int | None


@dataclass(frozen=True)
class BaselineShift:
    """A count that moved otherwise inside than outside: factors since the time before; None: from nothing.

    `outside_few`: too few people stand outside to know a factor.
    """

    measure: str
    inside: float | None
    outside: float | None
    factor: float | None
    outside_few: bool = False


@dataclass(frozen=True)
class Cluster:
    """One cluster. `start`, `end`: first and last day. `time_unit`: how often a prospective scan looks.

    `replicates`: how many data sets p was counted among. `change`: against the run before; None where there
    is none. `key` is the same in every run that it goes on through.
    """

    rank: int
    key: str
    change: str | None
    previous_rank: int | None
    centre: str | None
    n_locations: int
    radius_km: float | None
    start: date | None
    end: date | None
    observed: int
    expected: float
    observed_expected: float | None
    relative_risk: float | None
    llr: float
    p_value: float | None
    gumbel_p_value: float | None
    recurrence_interval_days: float | None
    population: float | None
    rate: str
    members: tuple[Member, ...]
    context: tuple[Context, ...]
    warnings: tuple[BaselineShift, ...]
    time_unit: str = "day"
    replicates: int | None = None

    @property
    def at_the_limit(self) -> bool:
        """Whether p is the smallest that the replicates allow: it is at most this, and may be less."""
        if self.p_value is None or self.replicates is None:
            return False
        return self.p_value * (self.replicates + 1) < 1 + 1e-6

    @property
    def locations(self) -> tuple[str, ...]:
        """Codes of its locations."""
        return tuple(member.location for member in self.members)


@dataclass(frozen=True)
class Point:
    """One unit of time of a cluster's curve, from its first day on.

    `inside`, `outside`: cases; `expected`: inside; the tested are None unless the model is Bernoulli's.
    """

    start: date
    inside: int
    outside: int
    expected: float
    tested_inside: int | None
    tested_outside: int | None


@dataclass(frozen=True)
class Group:
    """Cases of one value of one axis during a cluster's dates, inside it and outside."""

    axis: str
    value: str
    inside: int
    outside: int


@dataclass(frozen=True)
class ClusterDetail:
    """One cluster in depth.

    `groups_withheld`: they are not told, since there are few cases on a side. `held_from`: first day that is
    held, where its records are sealed in part.
    """

    run: ClusterRun
    cluster: Cluster
    curve: tuple[Point, ...]
    groups: tuple[Group, ...]
    places: Mapping[str, Place]
    groups_withheld: bool = False
    held_from: date | None = None


@dataclass(frozen=True)
class LineList:
    """The records behind a cluster: rows by column. `more`: whether there are more than are shown."""

    columns: tuple[str, ...]
    rows: tuple[Mapping[str, Any], ...]
    more: bool


@dataclass(frozen=True)
class NotScanned:
    """A location left out, and how much it held: reason `no position`, `unknown place` or `no population`.

    A count is None where it is withheld.
    """

    location: str
    reason: str
    records: int | None
    cases: int | None
    tested: int | None


@dataclass(frozen=True)
class ClusterResult:
    """What a run found. `parameters`: all that the engine used. `places`: names and positions by code.

    `previous`: the run it is compared with, and `gone` its clusters that are no more. A run whose intervals
    were wrong is compared with none.
    """

    run: ClusterRun
    clusters: tuple[Cluster, ...]
    not_scanned: tuple[NotScanned, ...]
    parameters: Mapping[str, Any]
    places: Mapping[str, Place]
    previous: ClusterRun | None
    gone: tuple[Cluster, ...]
