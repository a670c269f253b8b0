"""Decisions in words: what, who, until when, for which province, and whether it was done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from dashboard.components.moments import local
from dashboard.messages import Translate
from dashboard.services.today.decisions import COUNTRY, EVERYBODY, Decision, Decisions
from geodata.provinces import PROVINCES
from surveillance.diseases import PROGRAMMES


@dataclass(frozen=True)
class DecisionRow:
    """One decision. `state`: open, overdue, or done by whom and when. `tone`: `act`, `good` or blank."""

    number: int
    text: str
    owner: str
    due: str
    area: str
    made: str
    state: str
    tone: str
    open: bool
    last_week: bool


def rows(found: Decisions, language: str, t: Translate) -> list[DecisionRow]:
    """Open decisions, the overdue first, then those that are done."""
    return [_row(one, found, language, t) for one in (*found.open, *found.done)]


def area_name(code: str | None, language: str, t: Translate) -> str:
    """The province of a decision, or the whole country."""
    if code is None or code == COUNTRY:
        return t("Whole country")
    return PROVINCES[code].name(language) if code in PROVINCES else code


def reader_name(code: str | None, t: Translate) -> str:
    """Who reads a decision beside accounts of every programme."""
    if code == EVERYBODY:
        return t("Everybody of the place")
    return t(PROGRAMMES[code]) if code in PROGRAMMES else t("Nobody else")


def _row(one: Decision, found: Decisions, language: str, t: Translate) -> DecisionRow:
    state, tone = _state(one, found.today, t)
    return DecisionRow(
        one.id,
        one.text,
        one.owner,
        one.due.isoformat(),
        _for_whom(one, language, t),
        t("{who}, {when}").format(who=one.author, when=local(one.made_at)),
        state,
        tone,
        not one.done,
        found.of_last_week(one),
    )


def _for_whom(one: Decision, language: str, t: Translate) -> str:
    area = area_name(one.area, language, t)
    return f"{area} · {t(PROGRAMMES[one.programme])}" if one.programme in PROGRAMMES else area


def _state(one: Decision, today: date, t: Translate) -> tuple[str, str]:
    if one.done:
        return t("Done: {who}, {when}").format(who=one.done_by, when=local(one.done_at)), "good"
    if one.overdue(today):
        days = (today - one.due).days
        return t("Overdue by {days:,} days").format(days=days) if days > 1 else t(
            "Overdue since yesterday"
        ), "act"
    return t("Open"), ""
