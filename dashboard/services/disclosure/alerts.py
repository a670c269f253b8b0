"""Alerts: the watch itself counts all records; who may be shown an alert, and which."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, TypeVar

from dashboard.permissions import Grant, Permission
from dashboard.services.disclosure import rules
from dashboard.services.disclosure.opening import opened
from dashboard.services.disclosure.undisclosed import Undisclosed
from surveillance.diseases import DISEASES
from surveillance.epiweek import TIME_ZONE

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
