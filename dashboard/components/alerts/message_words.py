"""Messages about alerts in words: what each tells, how far it is, and why it does not go."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.components.moments import local
from dashboard.messages import LANGUAGES, Translate
from dashboard.services.messages.desk import Channel, Gateway, Message
from geodata.provinces import PROVINCES
from surveillance.diseases import DISEASES
from surveillance.texts import N_

TIMINGS: dict[str, str] = {
    "once": N_("At once, alert by alert"),
    "day": N_("A digest every day"),
    "week": N_("A digest every Monday"),
}
WAYS: dict[str, str] = {"mail": N_("E-mail"), "telegram": N_("Telegram"), "sms": N_("Text message")}
_KINDS = {
    "alert": N_("New alert"),
    "up": N_("Alert that came up"),
    "grew": N_("Alert that grew"),
    "digest": N_("Digest"),
    "test": N_("Test"),
}
STATES: dict[str, str] = {
    "waiting": N_("Waiting"),
    "later": N_("Waiting until {when}"),
    "taken": N_("Being prepared"),
    "sending": N_("Going out now"),
    "unsure": N_("Unsure: it may have arrived"),
    "done": N_("Sent"),
    "failed": N_("Given up"),
    "cancelled": N_("Taken back"),
}
REASONS: dict[str, str] = {
    "away": N_("the other side could not be reached"),
    "not_now": N_("the other side took nothing just then ({code})"),
    "refused": N_("the other side refused it ({code})"),
    "no_answer": N_("it was handed over, and the other side did not say that it has it"),
    "not_allowed": N_("CHHLANG_MESSAGE_HOSTS does not name the host"),
    "bad_address": N_("the address of the way out cannot be read"),
    "no_apprise": N_("the package apprise is not installed"),
    "old": N_("it waited for more than three days"),
    "gone": N_("the account is closed, or is not shown these alerts any more"),
    "ended": N_("the channel has ended"),
    "other_key": N_("the address is sealed under another CHHLANG_SECRET_KEY: enter it anew"),
    "fault": N_("something went wrong; the server's log says where"),
    "killed": N_("the sender was ended while it went out"),
    "restored": N_("a backup was restored that was made before it went out"),
    "worn_out": N_("the sender was ended again and again before it went out"),
}


@dataclass(frozen=True)
class MessageRow:
    """A message of a list. `stuck`: a person has to say what becomes of it."""

    number: int
    what: str
    to: str
    state: str
    made: str
    tone: str
    stuck: bool


@dataclass(frozen=True)
class ChannelRow:
    """A channel of a list."""

    number: int
    name: str
    way: str
    timing: str
    what: str
    group: bool


def message_row(one: Message, to: str, t: Translate) -> MessageRow:
    """A message in words."""
    stuck = one.status in {"unsure", "failed"}
    return MessageRow(
        one.id,
        f"{t(_KINDS[one.kind])} {subject(one)}".strip(),
        to,
        state(one, t),
        local(one.made_at),
        "act" if stuck else "good" if one.status == "done" else "",
        stuck,
    )


def subject(one: Message) -> str:
    """Numbers of alerts, or days of a digest."""
    if "last" in one.detail:
        return str(one.detail["last"])
    numbers = list(one.detail.get("alerts", ()))
    return ", ".join(map(str, numbers[:5])) + ("…" if len(numbers) > 5 else "")


def state(one: Message, t: Translate) -> str:
    """How far a message is, and why it does not go; and who decided about it."""
    said = t(STATES[one.status]).format(when=local(one.due_at))
    if one.reason and one.status != "done":
        reason = t(REASONS[one.reason]).format(code="–" if one.code is None else one.code)
        said = t("{state}: {reason}").format(state=said, reason=reason)
    if one.settled_by:
        said = t("{state} ({who} decided)").format(state=said, who=one.settled_by)
    return said


def channel_row(one: Channel, ways: dict[int, Gateway], role: str, language: str, t: Translate) -> ChannelRow:
    """A channel in words."""
    way = ways.get(one.gateway)
    kind = t(WAYS[way.kind]) if way else "–"
    return ChannelRow(
        one.id,
        role or one.name,
        f"{kind} {one.shown}".strip(),
        _timing(one, t),
        _what(one, language, t),
        one.is_group,
    )


def _timing(one: Channel, t: Translate) -> str:
    said = t(TIMINGS[one.timing])
    if one.timing != "once":
        return t("{what}, from {hour}:00 on").format(what=said, hour=one.hour)
    if one.quiet is not None and one.quiet[0] != one.quiet[1]:
        quiet = t("quiet from {first}:00 to {last}:00").format(first=one.quiet[0], last=one.quiet[1])
        return f"{said}; {quiet}"
    return said


def _what(one: Channel, language: str, t: Translate) -> str:
    parts = [t("only what is told at once")] if one.urgent and one.timing == "once" else []
    if one.diseases is not None:
        parts.append(", ".join(t(DISEASES[code].name) for code in sorted(one.diseases)))
    if one.provinces is not None:
        parts.append(", ".join(PROVINCES[code].name(language) for code in sorted(one.provinces)))
    return " · ".join([*(parts or [t("all alerts")]), LANGUAGES[one.language]])
