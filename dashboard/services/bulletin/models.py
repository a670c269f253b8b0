"""What a bulletin says, in no language: numbers with their status, days, codes of places and diseases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from dashboard.services.disclosure.alerts import AlertSignal
from surveillance.bulletin.period import BulletinPeriod, Kind
from surveillance.status import Status


@dataclass(frozen=True)
class Edition:
    """Which bulletin.

    Parameters
    ----------
    period : BulletinPeriod
    province : str or None
        None: the whole country.
    own : bool
        Whether it holds small counts, and is not for passing on. Else issued figures alone.
    as_of : date
        The day at whose end it was known.
    """

    period: BulletinPeriod
    province: str | None
    own: bool
    as_of: date


@dataclass(frozen=True)
class Number:
    """A count of people as it may be told; None where `status` says why."""

    count: int | None
    status: Status


@dataclass(frozen=True)
class ReleaseFacts:
    """The release whose figures are told. `noise`: whether its numbers are changed by chance."""

    number: int
    issued_on: date
    data_until: date
    threshold: int
    noise: bool = False


@dataclass(frozen=True)
class AreaReports:
    """Reports of one province, or of all together; `on_time` is None where it is not known."""

    code: str
    due: int
    received: int
    on_time: int | None


@dataclass(frozen=True)
class Silent:
    """A facility of which a report is missing. `last`: last day of its latest report; None: never any."""

    code: str
    name_en: str
    name_km: str
    province: str
    last: date | None


@dataclass(frozen=True)
class ReportingPart:
    """Who reported. `total` None: no facility is on the list, or no report was due."""

    total: AreaReports | None
    areas: tuple[AreaReports, ...] = ()
    silent: tuple[Silent, ...] = ()
    assumed: int = 0


@dataclass(frozen=True)
class AlertRow:
    """One alert as it stood. `state`: new, looked, verified, refuted, or the outcome it was closed as.

    `inside`: how many of its cases were in a known outbreak; None where its cases of then are not kept.
    `event`: the one that it belonged to; `event_last`: its last day, where it was closed.
    """

    number: int
    disease: str
    rule: str
    level: str
    place: str
    name_en: str
    name_km: str
    count: int
    first: date
    last: date
    raised: date
    owner: str | None
    state: str
    closed: bool
    immediate: bool
    inside: int | None = None
    event: str | None = None
    event_last: date | None = None


@dataclass(frozen=True)
class AlertsPart:
    """Numbers of alerts, and the alerts themselves where the edition may name them.

    `raised`, `verified`, `refuted`: of those raised in the period; `open`, `unowned`: of all that stood open.
    `ran`: whether the rules had ever run. `told`: whether numbers are told of this area at all. `signals`: in
    editions for passing on, alerts as they are told outside, of `signals_from` cases or more.
    """

    told: bool
    ran: bool = False
    raised: int = 0
    looked: int = 0
    verified: int = 0
    refuted: int = 0
    closed: int = 0
    open: int = 0
    unowned: int = 0
    rows: tuple[AlertRow, ...] = ()
    signals: tuple[AlertSignal, ...] = ()
    signals_from: int = 0


@dataclass(frozen=True)
class Step:
    """One step of a curve. `limit`: the threshold, where there is one."""

    label: str
    first: date
    last: date
    cases: Number
    whole: bool = True
    before: int | None = None
    limit: float | None = None


@dataclass(frozen=True)
class PlaceCases:
    """Cases of one province."""

    code: str
    cases: Number


@dataclass(frozen=True)
class DiseasePart:
    """One disease.

    `of`: name of the period that the numbers are of, which may be longer than that of the bulletin where
    figures are issued. `since`: from the beginning of the year; None: not all of it may be told, or is known.
    `method`: of the threshold, `farrington`, `ears`, `months`, or blank where there is none.
    `places_hidden`: provinces of which the number is hidden; `withheld`: whether they are left out altogether
    for it.
    """

    code: str
    of: str
    now: Number
    before: Number
    year: Number
    since: Number
    steps: tuple[Step, ...] = ()
    step: str = "week"
    method: str = ""
    years: int = 0
    places: tuple[PlaceCases, ...] = ()
    withheld: bool = False

    @property
    def above(self) -> bool | None:
        """Whether the last step lies above its threshold; None where that is not known."""
        last = self.steps[-1] if self.steps else None
        if last is None or last.limit is None or last.cases.count is None:
            return None
        return last.cases.count > last.limit

    @property
    def has_cases(self) -> bool:
        """Whether any step of the curve has a case."""
        return any(step.cases.count for step in self.steps)


@dataclass(frozen=True)
class CrossingArrivals:
    """Arrivals of one crossing, and how many of them were tested."""

    code: str
    arrived: int
    tested: int | None


@dataclass(frozen=True)
class ReceptionPart:
    """The reception centre. `told`: whether the edition tells of it; `known`: whether the day's is known."""

    told: bool
    known: bool = True
    arrived: int = 0
    assessed: int = 0
    tested: int = 0
    referred: int = 0
    reached: int = 0
    before: int | None = None
    lost: int | None = None
    crossings: tuple[CrossingArrivals, ...] = ()
    homes: tuple[CrossingArrivals, ...] = ()


@dataclass(frozen=True)
class ClusterRow:
    """One cluster unlikely to be chance. `inside`: how many of its cases are in a known outbreak already."""

    disease: str
    by: str
    centre: str
    name_en: str
    name_km: str
    start: date | None
    end: date | None
    observed: int
    expected: float
    change: str | None
    inside: int = 0


@dataclass(frozen=True)
class SignalRow:
    """That there is a cluster: its disease and provinces, and its size in a wide step."""

    disease: str
    provinces: tuple[str, ...]
    fewest: int | None
    most: int | None


@dataclass(frozen=True)
class ClustersPart:
    """Clusters, or in editions for passing on signals. `known`: whether it is known of the day."""

    known: bool
    asked: int = 0
    answered: int = 0
    rows: tuple[ClusterRow, ...] = ()
    signals: tuple[SignalRow, ...] = ()


@dataclass(frozen=True)
class DecisionRow:
    """A decision as it stood. `area` None: the whole country; `lately`: made in the week or month itself."""

    text: str
    owner: str
    area: str | None
    made: date
    due: date
    done: date | None
    overdue: bool
    lately: bool


@dataclass(frozen=True)
class DecisionsPart:
    """Decisions of the meeting. They name people, so that editions for passing on have none."""

    told: bool
    rows: tuple[DecisionRow, ...] = ()


@dataclass(frozen=True)
class KnownCases:
    """Cases of a disease, of the period, that are in a known outbreak already; the names of the outbreaks.

    `inside`: None where records of these days are kept as sums alone.
    """

    disease: str
    inside: int | None
    names: tuple[str, ...]


@dataclass(frozen=True)
class Bulletin:
    """All that one bulletin says.

    `delay`: days from the end of the period to `as_of`. `data_until`: last day of the records as of then.
    `role`: whose view an edition with small counts is. `programmes`: of which diseases alone, if of some.
    """

    kind: Kind
    first: date
    last: date
    label: str
    province: str | None
    own: bool
    as_of: date
    delay: int
    data_until: date | None
    role: str
    threshold: int
    programmes: tuple[str, ...] | None
    demo: bool
    release: ReleaseFacts | None
    reporting: ReportingPart
    alerts: AlertsPart
    diseases: tuple[DiseasePart, ...]
    reception: ReceptionPart
    clusters: ClustersPart
    decisions: DecisionsPart
    known: tuple[KnownCases, ...] = ()

    @property
    def period(self) -> BulletinPeriod:
        """Its week or month."""
        return BulletinPeriod(self.kind, self.first)
