"""Alerts: the watch itself counts all records; who may be shown an alert, and which.

Of alerts outside what an account is entitled to it is told that there is one (:func:`signals`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol, TypeVar

from dashboard.permissions import Grant, Permission
from dashboard.services.disclosure import rules
from dashboard.services.disclosure.clusters import leaves_doubt, size
from dashboard.services.disclosure.opening import opened
from dashboard.services.disclosure.undisclosed import Undisclosed
from surveillance.diseases import BY_QUARTER, DISEASES
from surveillance.epiweek import TIME_ZONE, period_first_day, period_last_day

Held = TypeVar("Held")


class OfDisease(Protocol):
    """Anything that names its disease."""

    @property
    def disease(self) -> str: ...


Shown = TypeVar("Shown", bound=OfDisease)


def for_the_watch(box: Undisclosed[Held]) -> Held:
    """Counts as the watch evaluates them: it stores alerts, which readers are shown by :func:`shown`."""
    return opened(box)


def for_numbers(alerts: Iterable[Shown]) -> list[Shown]:
    """Alerts whose number may be told to anybody, all diseases of the country together: they are numbers of
    alerts and not of people. None of HIV and syphilis is among them."""
    return [one for one in alerts if not DISEASES[one.disease].sensitive]


def may_see(grant: Grant) -> bool:
    """Whether an account is shown alerts: they tell of small counts."""
    return rules.entitled(grant) and grant.can(Permission.RUN_CLUSTERS)


def shown(grant: Grant, alerts: Iterable[Shown]) -> list[Shown]:
    """Those of some alerts that an account may be shown: of HIV and syphilis none, unless it is entitled."""
    if not may_see(grant):
        return []
    fine = grant.can(Permission.SEE_SENSITIVE_DETAIL)
    return [one for one in alerts if fine or not DISEASES[one.disease].sensitive]


def of_run(grant: Grant, box: Undisclosed[list[Held]]) -> list[Held]:
    """Clusters of a run with their cases by day: none for an account that is shown no alerts."""
    found = opened(box)
    return found if may_see(grant) else []


def in_outbreaks(grant: Grant, box: Undisclosed[tuple[int, list[int]]]) -> tuple[int, list[int]]:
    """Cases in known outbreaks: none for an account that is shown no alerts."""
    inside, each = opened(box)
    return (inside, each) if may_see(grant) else (0, [0] * len(each))


class OfAlert(OfDisease, Protocol):
    """What a line of a digest is made from."""

    @property
    def id(self) -> int: ...
    @property
    def province(self) -> str | None: ...
    @property
    def raised_at(self) -> str: ...
    @property
    def owner(self) -> str | None: ...
    @property
    def looked_at(self) -> str | None: ...
    @property
    def verified(self) -> bool | None: ...
    @property
    def outcome(self) -> str | None: ...


@dataclass(frozen=True)
class DigestLine:
    """All that leaves the house of one alert: no rule, no count, no district or facility, nothing of people.

    `province`: blank for the whole country. `state`: an outcome, or verified, refuted, looked, owned, free.
    """

    number: int
    disease: str
    province: str
    raised: date
    state: str


def leaving(alerts: Iterable[OfAlert]) -> list[DigestLine]:
    """Alerts as they are told outside: in groups, files and on paper. Of HIV and syphilis none."""
    return [
        DigestLine(
            one.id,
            one.disease,
            one.province or "",
            datetime.fromisoformat(one.raised_at).astimezone(TIME_ZONE).date(),
            _state(one),
        )
        for one in alerts
        if not DISEASES[one.disease].sensitive
    ]


def _state(one: OfAlert) -> str:
    if one.outcome is not None:
        return one.outcome
    if one.verified is not None:
        return "verified" if one.verified else "refuted"
    if one.looked_at is not None:
        return "looked"
    return "free" if one.owner is None else "owned"


#: The kind of place by which the cases of an alert are counted, and how far it is told outside.
Counted = Literal["care", "crossing"]
CARE: Counted = "care"
CROSSING: Counted = "crossing"
State = Literal["open", "verified", "closed"]
OPEN: State = "open"
VERIFIED: State = "verified"
CLOSED: State = "closed"


class OfPlace(OfDisease, Protocol):
    """What is read of an alert for :class:`Raised`."""

    @property
    def id(self) -> int: ...
    @property
    def level(self) -> str: ...
    @property
    def place(self) -> str: ...
    @property
    def province(self) -> str | None: ...
    @property
    def earliest(self) -> date: ...


@dataclass(frozen=True)
class Raised:
    """An alert as it stood, before any decision about what is told of it outside.

    Parameters
    ----------
    area : str
        The province; blank for the whole country.
    first, last : date
        Days that hold its cases.
    cases : int
    raised : date
        The day in Cambodia.
    """

    number: int
    disease: str
    area: str
    counted: Counted
    first: date
    last: date
    cases: int
    raised: date
    state: State


@dataclass(frozen=True)
class AlertSignal:
    """All that is told of an alert outside what an account is entitled to.

    `kind`, `period`: the week in which it was raised, of slow diseases the quarter, and its first day. The
    days of the cases are not told. `size`: fewest and most cases (None: or more); None: not told.
    """

    number: int
    disease: str
    area: str
    counted: Counted
    kind: Literal["week", "quarter"]
    period: date
    size: tuple[int, int | None] | None
    state: State


#: What a release shows of the area and months of an alert, of which its cases are a part; None: not all.
Issued = Callable[[Raised], Sequence[int] | None]
#: Disease and area.
Place = tuple[str, str]


def signals(
    grant: Grant, raised: Iterable[Raised], issued: Issued, beside: Collection[Place] = ()
) -> tuple[AlertSignal, ...]:
    """Alerts as they are told outside, the oldest first: of HIV and syphilis none, nor of fewer cases than
    the account's threshold.

    A size is told where the release shows what the cases are a part of, and the rest of it stays in doubt;
    of alerts of one disease and area whose months overlap once, and nowhere beside the size of a cluster.

    Parameters
    ----------
    issued : callable
    beside : collection of (str, str)
        Where signals of clusters tell their size.
    """
    told: list[tuple[Place, date, date]] = []
    found = []
    for one in sorted(raised, key=lambda alert: alert.number):
        steps = size(grant, Undisclosed(one.cases))
        if DISEASES[one.disease].sensitive or steps is None or not grant.scope.covers(one.disease):
            continue
        place, months = (one.disease, one.area), (period_first_day(one.first, "month"), one.last)
        near = [
            other
            for other, first, last in told
            if _meet(other, place) and first <= months[1] and months[0] <= last
        ]
        known = None if near or any(_meet(other, place) for other in beside) else _sum(grant, one, issued)
        doubt = known is not None and all(leaves_doubt(count, steps, grant.threshold) for count in known)
        if doubt:
            told.append((place, months[0], period_last_day(one.last, "month")))
        kind: Literal["week", "quarter"] = "quarter" if one.disease in BY_QUARTER else "week"
        period = period_first_day(one.raised, kind)
        shown = steps if doubt else None
        found.append(
            AlertSignal(one.number, one.disease, one.area, one.counted, kind, period, shown, one.state)
        )
    return tuple(found)


def _meet(one: Place, other: Place) -> bool:
    """Whether two places of a disease may hold the same people: the country holds every province."""
    return one[0] == other[0] and (one[1] == other[1] or not one[1] or not other[1])


def _sum(grant: Grant, one: Raised, issued: Issued) -> Sequence[int] | None:
    """What the release shows; None where nothing may be taken from it.

    Who knows the numbers of some provinces would take them from those of the country.
    """
    if one.counted != "care" or (not one.area and rules.knows_own(grant)):
        return None
    return issued(one)
