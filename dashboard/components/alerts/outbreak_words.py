"""Known outbreaks in words: where and when, where they come from, and the days of 7-1-7."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboard.components.alerts.words import LEVEL_WORDS, Names, where
from dashboard.messages import Translate
from dashboard.services.alerts.outbreaks import PLACES, Outbreak, timely
from dashboard.services.alerts.register import Alert
from surveillance.diseases import DISEASES
from surveillance.texts import N_

_SOURCES = {
    "alert": N_("From an alert"),
    "missed": N_("No alert told of it"),
    "file": N_("From another system"),
}
_DAYS = {
    "emerged": N_("Emerged"),
    "detected": N_("Detected"),
    "notified": N_("Notified"),
    "responded": N_("Response complete"),
    "last": N_("Last day, once it is over"),
}


@dataclass(frozen=True)
class OutbreakRow:
    """One known outbreak of a list."""

    number: int
    name: str
    disease: str
    where: str
    days: str
    source: str
    timely: str


def rows(held: Sequence[Outbreak], names: Names, language: str, t: Translate) -> list[OutbreakRow]:
    """Outbreaks as rows of a list."""
    return [row(one, names, language, t) for one in held]


def row(one: Outbreak, names: Names, language: str, t: Translate) -> OutbreakRow:
    """One outbreak as a row."""
    last = one.last.isoformat() if one.last else t("goes on")
    return OutbreakRow(
        one.id,
        one.name,
        t(DISEASES[one.disease].name),
        where(one.level, one.place, names, language, t),
        t("{first} – {last}").format(first=one.first.isoformat(), last=last),
        t(_SOURCES[one.source]),
        _timely(one, t),
    )


def _timely(one: Outbreak, t: Translate) -> str:
    """Days to detection, notification and response, with whether the targets were met."""
    spent = timely(one)
    said = " · ".join(
        "?" if n is None else str(n) for n in (spent.detection, spent.notification, spent.response)
    )
    if spent.met is None:
        return said
    return f"{said} ({t('in time') if spent.met else t('not in time')})"


def facts(one: Outbreak, names: Names, language: str, t: Translate) -> list[tuple[str, str]]:
    """What is known of an outbreak."""
    made = row(one, names, language, t)
    found = [
        (t("Disease"), made.disease),
        (t("Place"), made.where),
        (t("Days"), made.days),
        (t("Where it is known from"), made.source),
        (t("Days to detection, notification and response (7, 1 and 7 at most)"), made.timely),
    ]
    if one.cases is not None:
        found.append((t("Cases"), f"{one.cases:,}"))
    if one.reference:
        found.append((t("Its number there"), one.reference))
    return found


def days(one: Outbreak, given: Mapping[str, str], t: Translate) -> list[tuple[str, str, str]]:
    """The days that may be set: name, what it is, and its text."""
    found = []
    for name, said in _DAYS.items():
        held = getattr(one, name)
        found.append((name, t(said), given.get(name, held.isoformat() if held else "")))
    return found


def covering(held: Sequence[Outbreak], inside: int, one: Alert, t: Translate) -> str:
    """How many cases of an alert lie in a known outbreak already; blank where none is known."""
    count = sum((one.last_counts or one.counts).values())
    return said([outbreak.name for outbreak in held], inside, count, t)


def belonging(event: Outbreak | None, inside: int, one: Alert, t: Translate) -> list[str]:
    """The event of an alert: whether it goes on, which cases it holds, and what may be done if it is over."""
    if event is None:
        return []
    found = [
        t("It belongs to the known outbreak {name}, which goes on.").format(name=event.name)
        if event.last is None
        else t("It belongs to the known outbreak {name}, which is closed: its last day is {last}.").format(
            name=event.name, last=event.last.isoformat()
        )
    ]
    counts = one.last_counts or one.counts
    if outside := sum(counts.values()) - inside:
        found.append(
            t(
                "Cases outside the days or the place of the outbreak: {outside:,} of {count:,}. They do not "
                "count as cases of it."
            ).format(count=sum(counts.values()), outside=outside)
        )
    if event.last is not None and max(counts, default=event.first) > event.last:
        found.append(
            t(
                "The outbreak stays closed. If it went on, take its last day away or set a later one; if "
                "these cases are a new outbreak, give the alert an event of another name."
            )
        )
    return found


def said(names: Sequence[str], inside: int, count: int, t: Translate) -> str:
    """How many of some cases lie in known outbreaks already; blank where none is known."""
    if not names:
        return ""
    return t("{inside:,} of its {count:,} cases are in a known outbreak already: {names}").format(
        inside=inside, count=count, names=", ".join(names)
    )


def diseases(t: Translate) -> list[tuple[str, str]]:
    """Diseases of which an outbreak may be entered."""
    return [("", t("Choose")), *((code, t(one.name)) for code, one in DISEASES.items() if not one.sensitive)]


def levels(t: Translate) -> list[tuple[str, str]]:
    """Kinds of place of an outbreak."""
    return [("", t("Choose")), *((code, t(LEVEL_WORDS[code])) for code in PLACES)]
