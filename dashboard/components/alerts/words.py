"""Alerts in words: what was counted where, against which threshold, what became of it, and who is to look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from dashboard.components.moments import local
from dashboard.messages import Translate
from dashboard.services.alerts.register import OUTCOMES, Alert, Run, Step, place_name
from surveillance.alerts.rules import RULES
from surveillance.alerts.yields import Yield
from surveillance.diseases import DISEASES
from surveillance.texts import N_
from surveillance.windows import add_months

Names = Mapping[str, Mapping[str, str]]
LEVEL_WORDS = {
    "facility": N_("Facility"),
    "district": N_("Operational district"),
    "province": N_("Province"),
    "country": N_("Whole country"),
    "crossing": N_("Crossing"),
    "infection": N_("Infected in"),
}
_CASES = {
    "cases": N_("Cases that are not discarded"),
    "found": N_("Probable and confirmed cases"),
    "confirmed": N_("Confirmed cases"),
    "confirmed_local": N_("Confirmed cases that were not infected abroad"),
    "local": N_("Confirmed local cases"),
    "rdt_positive": N_("Positive rapid tests"),
    "severe": N_("Severe cases aged 2 or more"),
    "deaths_from_5": N_("Deaths at the age of 5 or more"),
}
_STEPS = {
    "raised": N_("Raised; cases: {count:,}"),
    "grew": N_("Grew to {count:,} cases by {day}"),
    "met": N_("By {day} its cases met another rule, too: {rule}"),
    "up": N_("Nobody owned it for a day: it went up to {to}"),
    "owner": N_("Owner: {owner}"),
    "looked": N_("Looked at"),
    "verified": N_("Verified"),
    "refuted": N_("Not verified"),
    "event": N_("Belongs to the event: {event}"),
    "note": N_("Note: {note}"),
    "closed": N_("Closed: {outcome}"),
}
#: Days that a curve shows.
_DAYS = 60
_YEAR = 365.25


@dataclass(frozen=True)
class AlertRow:
    """One alert of a list. `tone`: `act` where nobody owns it, `good` where it is closed, or blank."""

    number: int
    title: str
    rule: str
    where: str
    count: str
    window: str
    raised: str
    state: str
    owner: str
    tone: str
    now: bool
    known: str = ""
    event: str = ""


@dataclass(frozen=True)
class Bar:
    """One day of the curve."""

    day: str
    count: int
    height: int
    within: bool


def rows(
    alerts: Sequence[Alert],
    names: Names,
    language: str,
    t: Translate,
    ended: Mapping[int, date] | None = None,
) -> list[AlertRow]:
    """Alerts as rows of a list. `ended`: last days of known outbreaks that are over, by their number."""
    return [row(one, names, language, t, ended=ended) for one in alerts]


def row(
    one: Alert,
    names: Names,
    language: str,
    t: Translate,
    inside: int = 0,
    ended: Mapping[int, date] | None = None,
) -> AlertRow:
    """One alert as a row of a list.

    `inside`: how many of its cases are in a known outbreak already. `ended`: last days of outbreaks that are
    over, by their number.
    """
    return AlertRow(
        one.id,
        t(DISEASES[one.disease].name),
        rule_name(one.rule, t),
        where(one.level, one.place, names, language, t),
        f"{one.last_count:,}",
        t("{first} – {last}").format(first=one.first.isoformat(), last=one.last_day.isoformat()),
        local(one.raised_at),
        state(one, t),
        one.owner or t("Nobody yet"),
        "good" if not one.open else "" if one.owner else "act",
        one.immediate,
        t("in a known outbreak: {inside:,}").format(inside=inside) if inside else "",
        event_said(one.event, (ended or {}).get(one.outbreak or 0), t),
    )


def event_said(event: str | None, last: date | None, t: Translate) -> str:
    """The event of an alert, and since when it is closed; blank without one."""
    if not event:
        return ""
    if last is None:
        return t("Event: {event}").format(event=event)
    return t("Event: {event}, closed, last day {last}").format(event=event, last=last.isoformat())


def rule_name(rule: str, t: Translate) -> str:
    """What a rule is called."""
    return t(RULES[rule].name) if rule in RULES else rule


def where(level: str, place: str, names: Names, language: str, t: Translate) -> str:
    """The place of an alert, with its kind."""
    name = place_name(level, place, names, language)
    return f"{name} ({t(LEVEL_WORDS[level])})" if name else t(LEVEL_WORDS[level])


def state(one: Alert, t: Translate) -> str:
    """How far an alert has come."""
    if not one.open:
        return t("Closed: {outcome}").format(outcome=t(OUTCOMES.get(one.outcome or "", "")))
    if one.verified is not None:
        return t("Verified") if one.verified else t("Not verified")
    if one.looked_at:
        return t("Looked at")
    if one.level_now != one.level:
        return t("Without an owner: now for {level}").format(level=t(LEVEL_WORDS[one.level_now]))
    return t("New")


def facts(one: Alert, names: Names, language: str, t: Translate) -> list[tuple[str, str]]:
    """What an alert rests on, as it was seen when it was raised."""
    rule = RULES.get(one.rule)
    said = t("more than {number}") if one.above else t("from {number} on")
    found = [
        (t("Place"), where(one.level, one.place, names, language, t)),
        (t("Rule"), f"{rule_name(one.rule, t)} ({one.rule}, {one.version})"),
    ]
    if rule is not None:
        found += [(t("Source"), rule.source), (t("Counted"), t(_CASES[rule.cases]))]
    found += [
        (t("Days"), t("{first} – {last}").format(first=one.first.isoformat(), last=one.day.isoformat())),
        (t("Cases"), f"{one.count:,}"),
        (t("Threshold"), said.format(number=f"{one.threshold:,.1f}".removesuffix(".0"))),
        (t("First case"), one.first_case.isoformat()),
        (t("Raised"), local(one.raised_at)),
    ]
    if one.last_count != one.count:
        grown = t("{count:,} by {day}").format(count=one.last_count, day=one.last_day.isoformat())
        found.append((t("Since then"), grown))
    if one.met:
        found.append((t("Its cases met these rules, too"), "; ".join(rule_name(rule, t) for rule in one.met)))
    if one.night is not None:
        found.append((t("It would have been told on"), one.night.isoformat()))
    if one.recurrence is not None:
        found.append((t("Chance alone brings one as strong"), _seldom(one, t)))
    if one.also:
        larger = ", ".join(where(level, place, names, language, t) for level, place in one.also)
        found.append((t("The same event is seen in"), larger))
    return found


def _seldom(one: Alert, t: Translate) -> str:
    """How seldom chance brings an alert as strong to one place; of a rule the most often that it may."""
    years = (one.recurrence or 0) / _YEAR
    most = t("to one place, at most once in {years:,} years") if one.cluster is None else ""
    return (most or t("once in {years:,} years")).format(years=max(round(years), 1))


def chance(run: Run | None, t: Translate) -> str:
    """How many questions chance makes alarm, and how many alerts a month it is allowed."""
    if run is None or run.chance is None or not run.allowed:
        return ""
    return t(
        "{asked:,} questions compare with what is usual; alerts a month that chance alone is allowed among "
        "them: {expected}. Rules with a fixed number of cases are not counted here, and never held back."
    ).format(asked=run.allowed, expected=f"{run.chance:g}")


def steps(held: Sequence[Step], t: Translate) -> list[tuple[str, str, str]]:
    """When, who and what of each step."""
    return [(local(one.at), _who(one.actor, t), _step(one, t)) for one in held]


def _who(actor: str, t: Translate) -> str:
    return t("Chhlang itself") if actor == "system" else actor


def _step(one: Step, t: Translate) -> str:
    said = dict(one.detail)
    if "to" in said:
        said["to"] = t(LEVEL_WORDS[said["to"]])
    if "rule" in said:
        said["rule"] = rule_name(said["rule"], t)
    if "outcome" in said:
        said["outcome"] = t(OUTCOMES[said["outcome"]])
    return t(_STEPS[one.kind]).format(**said)


def curve(one: Alert) -> list[Bar]:
    """The last days of the place's curve as seen when the alert was raised, and whether in the window.

    Of a scan by month the last months.
    """
    most = max(one.curve.values(), default=0)
    if not most:
        return []
    return [
        Bar(day.isoformat(), n, round(60 * n / most), one.first <= day)
        for day in (_months(one) if _monthly(one) else _days(one))
        for n in (one.curve.get(day, 0),)
    ]


def curve_said(one: Alert, t: Translate) -> str:
    """What the bars of an alert's curve are."""
    bars = curve(one)
    if not bars:
        return ""
    said = (
        t("Cases by month, {first} – {last}; the months of the cluster are dark")
        if _monthly(one)
        else t("Cases by day, {first} – {last}; the days of the rule are dark")
    )
    return said.format(first=bars[0].day, last=bars[-1].day)


def _days(one: Alert) -> list[date]:
    return [one.day - timedelta(days=n) for n in reversed(range(_DAYS))]


def _monthly(one: Alert) -> bool:
    """Whether the curve holds months: it reaches further back than any curve of days."""
    return min(one.curve) < one.day - timedelta(days=_DAYS - 1)


def _months(one: Alert) -> list[date]:
    first, last = min(one.curve), one.day.replace(day=1)
    months = 12 * (last.year - first.year) + last.month - first.month
    return [add_months(first, n) for n in range(months + 1)]


def yield_rows(found: Sequence[Yield], t: Translate) -> list[tuple[Yield, str, str]]:
    """Each rule's yield with its disease and name."""
    return [
        (one, t(DISEASES[RULES[one.rule].disease].name) if one.rule in RULES else "", rule_name(one.rule, t))
        for one in found
    ]


def last_run(run: Run | None, t: Translate) -> str:
    """When the rules ran last, and on which days of the records."""
    if run is None:
        return t("The rules have not run yet. They run every night, and after an import.")
    return t("The rules ran last on {when}, on records up to {day}: {asked:,} questions.").format(
        when=local(run.made_at), day=run.day.isoformat(), asked=run.asked
    )
