"""Alerts of one event, or of one rule in one place, as one line that opens: none is held back."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dashboard.components.alerts.words import AlertRow, Names, row, rule_name, where
from dashboard.messages import Translate
from dashboard.services.alerts.register import Alert
from surveillance.diseases import DISEASES


@dataclass(frozen=True)
class AlertGroup:
    """One line: a single alert, or several of one event, or of one rule in one place.

    `title`, `rule`, `where`: as those of its alerts; the rule is blank where they are of several. `said`: how
    many there are, how many nobody owns. `tone`, `event`: as those of a row.
    """

    rows: tuple[AlertRow, ...]
    title: str
    rule: str
    where: str
    window: str
    said: str
    tone: str
    now: bool
    event: str = ""

    @property
    def first(self) -> AlertRow:
        """The newest alert."""
        return self.rows[0]


def newest_first(alerts: Sequence[Alert]) -> list[Alert]:
    """Alerts, those raised last first; of one night those whose cases are the newest."""
    return sorted(alerts, key=lambda one: (one.raised_at[:10], one.last_day, one.id), reverse=True)


def groups(
    alerts: Sequence[Alert],
    names: Names,
    language: str,
    t: Translate,
    inside: Mapping[int, int] | None = None,
    ended: Mapping[int, date] | None = None,
) -> list[AlertGroup]:
    """Lines of a list: those with an alert that nobody owns first, then the newest first.

    `inside`: how many cases of each alert are in a known outbreak already, by its number.
    `ended`: last days of known outbreaks that are over, by their number.
    """
    held: dict[Hashable, list[Alert]] = {}
    for one in newest_first(alerts):
        held.setdefault(_key(one), []).append(one)
    found = sorted(
        _together(held.values()), key=lambda some: all(one.owner is not None or not one.open for one in some)
    )
    return [_group(some, names, language, t, inside or {}, ended or {}) for some in found]


def _together(found: Iterable[list[Alert]]) -> list[list[Alert]]:
    """Lines where those of one rule with a single alert each, in several places, are one line."""
    lines: dict[Hashable, list[Alert]] = {}
    for number, some in enumerate(found):
        alone = len(some) == 1 and not some[0].event
        key: Hashable = (some[0].disease, some[0].rule) if alone else number
        lines.setdefault(key, []).extend(some)
    return list(lines.values())


def _key(one: Alert) -> Hashable:
    """What alerts of one line share: the event, else disease, rule and the province or other place."""
    if one.event:
        return one.disease, one.event
    return one.disease, one.rule, one.province or (one.level, one.place)


def _group(
    some: Sequence[Alert],
    names: Names,
    language: str,
    t: Translate,
    inside: Mapping[int, int],
    ended: Mapping[int, date],
) -> AlertGroup:
    rows = tuple(row(one, names, language, t, inside.get(one.id, 0), ended) for one in some)
    newest = some[0]
    if len(some) == 1:
        only = rows[0]
        return AlertGroup(
            rows, only.title, only.rule, only.where, only.window, "", only.tone, only.now, only.event
        )
    free = sum(one.owner is None for one in some if one.open)
    said = t("{count:,} alerts").format(count=len(some))
    if free:
        said += " · " + t("without an owner: {free:,}").format(free=free)
    first, last = min(one.first for one in some), max(one.last_day for one in some)
    level, place = ("province", newest.province) if newest.province else (newest.level, newest.place)
    scattered = len({_key(one) for one in some}) > 1
    rules = {one.rule for one in some}
    return AlertGroup(
        rows,
        t(DISEASES[newest.disease].name),
        newest.event or (rule_name(newest.rule, t) if len(rules) == 1 else ""),
        t("{count:,} places, one alert each").format(count=len(some))
        if scattered
        else where(level, place, names, language, t),
        t("{first} – {last}").format(first=first.isoformat(), last=last.isoformat()),
        said,
        "act" if free else "good" if not newest.open else "",
        any(one.immediate for one in some),
        rows[0].event if newest.outbreak in ended else "",  # else the line is named by it already
    )
