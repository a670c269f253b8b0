"""Alerts elsewhere in words: disease, province, week and state, and how large in wide steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.components.today.signals import size
from dashboard.messages import Translate
from dashboard.services.disclosure.alerts import CROSSING, AlertSignal
from geodata.provinces import PROVINCES
from surveillance.diseases import DISEASES
from surveillance.epiweek import period_last_day
from surveillance.texts import N_

STATES = {"open": N_("Still open"), "verified": N_("Verified"), "closed": N_("Closed")}
#: Said beside them.
NOTE = N_(
    "A signal says that there is an alert, and no more: its numbers are for those who work for its province. "
    "The week, for slow diseases the quarter, is the one in which it was raised. Alerts of fewer than "
    "{threshold} cases are not told, and none of HIV and sexually transmitted infections."
)


@dataclass(frozen=True)
class SignalRow:
    """One alert elsewhere. `size`: blank where it is not told."""

    number: int
    title: str
    where: str
    raised: str
    state: str
    size: str
    closed: bool


def rows(found: Sequence[AlertSignal], language: str, t: Translate) -> list[SignalRow]:
    """Alerts elsewhere as rows of a list, the newest first."""
    return [row(one, language, t) for one in reversed(found)]


def row(one: AlertSignal, language: str, t: Translate) -> SignalRow:
    """One alert elsewhere as a row."""
    days = t("{first} – {last}").format(
        first=one.period.isoformat(), last=period_last_day(one.period, one.kind).isoformat()
    )
    return SignalRow(
        one.number,
        t(DISEASES[one.disease].name),
        where(one, language, t),
        days,
        t(STATES[one.state]),
        size(one.size, t),
        one.state == "closed",
    )


def where(one: AlertSignal, language: str, t: Translate) -> str:
    """The province of an alert, or the whole country."""
    name = PROVINCES[one.area].name(language) if one.area in PROVINCES else t("Whole country")
    return t("{province}, by border crossing").format(province=name) if one.counted == CROSSING else name


def lines(found: Sequence[AlertSignal], language: str, t: Translate) -> list[str]:
    """A line for each, the newest first."""
    return [" · ".join(_said(one)) for one in rows(found, language, t)]


def _said(one: SignalRow) -> list[str]:
    return [f"{one.title}: {one.where}", one.raised, one.state, *filter(None, [one.size])]


def note(threshold: int, t: Translate) -> str:
    """What a signal says, and what it does not."""
    return t(NOTE).format(threshold=threshold)
