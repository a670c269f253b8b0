"""What messages say, in Khmer or English: people are told numbers of alerts alone, groups a digest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboard.messages import Translate, translator
from dashboard.services.disclosure.alerts import DigestLine
from dashboard.services.messages.digests import lines_of
from db.operations.messages.outbox import ALERT, DIGEST, GREW, TEST, UP
from geodata.provinces import PROVINCES
from surveillance.alerts.outcomes import OUTCOMES
from surveillance.diseases import DISEASES
from surveillance.epiweek import TIME_ZONE
from surveillance.texts import N_

#: Numbers of alerts that a message names, and lines of a digest: chats cut what is longer.
NAMED, LINES = 10, 30
STATES: dict[str, str] = {
    "free": N_("nobody looks after it yet"),
    "owned": N_("it has an owner"),
    "looked": N_("looked at"),
    "verified": N_("verified"),
    "refuted": N_("not verified"),
}


@dataclass(frozen=True)
class Said:
    """A message in words."""

    title: str
    body: str


def said(kind: str, detail: Mapping[str, Any], language: str, address: str | None, *, group: bool) -> Said:
    """A message in words. `address`: of the server, as its readers open it; without it there is no link.

    No link holds a token: who opens it signs in.
    """
    t = translator(language)
    if kind == TEST:
        return Said(t("Chhlang: test"), t("This is a test message of Chhlang. Nothing has happened."))
    if kind == DIGEST and group:
        return _digest(detail, t, language)
    numbers = list(detail["alerts"])
    if kind == DIGEST:
        return _own_digest(detail, numbers, t, address)
    named = _named(numbers, t)
    title = t("Chhlang: {alerts}").format(alerts=named)
    texts = {
        ALERT: t("{alerts}. Open it in Chhlang."),
        GREW: t("{alerts}: grown since the last message. Open it in Chhlang."),
        UP: t(
            "{alerts}: nobody has taken it for a day, and it has come up to your level. Open it in Chhlang."
        ),
    }
    return Said(title, texts[kind].format(alerts=named) + _link(numbers, address))


def _named(numbers: Sequence[int], t: Translate) -> str:
    if len(numbers) == 1:
        return t("Alert {number}").format(number=numbers[0])
    shown = ", ".join(map(str, numbers[:NAMED]))
    if len(numbers) > NAMED:
        return t("Alerts {numbers} and {more} more").format(numbers=shown, more=len(numbers) - NAMED)
    return t("Alerts {numbers}").format(numbers=shown)


def _link(numbers: Sequence[int], address: str | None) -> str:
    if address is None:
        return ""
    page = f"/alerts/{numbers[0]}" if len(numbers) == 1 else "/alerts"
    return f"\n{address.rstrip('/')}{page}"


def _days(detail: Mapping[str, Any], t: Translate) -> str:
    if detail["first"] == detail["last"]:
        return str(detail["first"])
    return t("{first} – {last}").format(first=detail["first"], last=detail["last"])


def _own_digest(detail: Mapping[str, Any], numbers: Sequence[int], t: Translate, address: str | None) -> Said:
    days = _days(detail, t)
    title = t("Chhlang: alerts of {days}").format(days=days)
    if not numbers:
        return Said(title, t("No alert was raised in your places on these days: {days}.").format(days=days))
    body = t("Raised on these days ({days}): {alerts}. Open them in Chhlang.").format(
        days=days, alerts=_named(numbers, t)
    )
    return Said(title, body + _link(numbers, address))


def _digest(detail: Mapping[str, Any], t: Translate, language: str) -> Said:
    days = _days(detail, t)
    lines, older = lines_of(detail, "lines"), lines_of(detail, "older")
    texts = [raised_words(len(lines), t)]
    texts += _listed(lines, language, t)
    texts.append(older_words(len(older), t))
    texts += _listed(older, language, t)
    texts.append(ran_words(detail.get("ran"), t))
    return Said(t("Chhlang: alerts of {days}").format(days=days), "\n".join(texts))


def raised_words(count: int, t: Translate) -> str:
    """How many alerts were raised."""
    return t("Alerts raised: {count:,}").format(count=count) if count else t("No alert was raised.")


def older_words(count: int, t: Translate) -> str:
    """How many older alerts are open."""
    return (
        t("Older alerts that are open: {count:,}").format(count=count)
        if count
        else t("No older alert is open.")
    )


def ran_words(made_at: str | None, t: Translate) -> str:
    """When the rules looked at the records last: without that no alert says nothing."""
    if made_at is None:
        return t("The rules have not run yet: that there is no alert says nothing.")
    when = datetime.fromisoformat(made_at).astimezone(TIME_ZONE).strftime("%Y-%m-%d %H:%M")
    return t("The rules looked at the records last on {when}.").format(when=when)


def _listed(lines: Sequence[DigestLine], language: str, t: Translate) -> list[str]:
    texts = [" · ".join(words_of(one, language, t)) for one in lines[:LINES]]
    if len(lines) > LINES:
        texts.append(t("and {more:,} more").format(more=len(lines) - LINES))
    return [f"- {text}" for text in texts]


def words_of(one: DigestLine, language: str, t: Translate) -> tuple[str, str, str, str, str]:
    """A line in words: the alert, its disease, its province, the day it was raised, and what became of it."""
    province = PROVINCES[one.province].name(language) if one.province in PROVINCES else t("Whole country")
    return (
        t("Alert {number}").format(number=one.number),
        t(DISEASES[one.disease].name),
        province,
        one.raised.isoformat(),
        state_words(one.state, t),
    )


def state_words(state: str, t: Translate) -> str:
    """What became of an alert."""
    if state in OUTCOMES:
        return t("Closed: {outcome}").format(outcome=t(OUTCOMES[state]))
    return t(STATES[state])
