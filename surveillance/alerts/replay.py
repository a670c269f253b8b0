"""What the rules would have told, night by night: alarms dated by the night on which enough was known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np

from surveillance.alerts.evaluate import PlaceCounts, evaluate
from surveillance.alerts.levels import Alarm, one_for_each_event, reaches
from surveillance.alerts.repeats import GROWN, RAISE, Memory, decide, remember, same_cases
from surveillance.alerts.rules import Rule
from surveillance.alerts.verdict import Verdict

#: Nights without growth after which an alert counts as closed.
QUIET_NIGHTS = 28
#: A day of the visit, the day from which it is known, and records.
Record = tuple[date, date, int]


@dataclass(frozen=True)
class Night:
    """An alarm with the night on which the rule would have seen it."""

    night: date
    alarm: Alarm


@dataclass
class Told:
    """An alert that would have been raised.

    `grew`: nights on which it would have grown. `met`: nights on which it would have met other rules.
    """

    night: date
    alarm: Alarm
    last: Verdict
    grew: list[date] = field(default_factory=list)
    met: dict[str, date] = field(default_factory=dict)

    @property
    def until(self) -> date:
        """The last night on which it would have been open."""
        return (self.grew[-1] if self.grew else self.night) + timedelta(days=QUIET_NIGHTS)


def candidate_days(rule: Rule, counts: PlaceCounts) -> list[date]:
    """Return the last days of windows that hold enough cases for an alarm.

    Parameters
    ----------
    rule : Rule
    counts : PlaceCounts

    Returns
    -------
    list of date

    Examples
    --------
    >>> from surveillance.alerts.rules import RULES
    >>> first = date(2026, 1, 1)
    >>> held = PlaceCounts("OD", first, date(2026, 1, 20), {first: 1, date(2026, 1, 4): 1})
    >>> [day.day for day in candidate_days(RULES["cholera-suspected"], held)]
    [4, 5, 6, 7]
    """
    span = (counts.last - counts.first).days + 1
    daily = np.zeros(span, np.int64)
    for day, number in counts.cases.items():
        if counts.first <= day <= counts.last:
            daily[(day - counts.first).days] += number
    sums = np.concatenate([[0], np.cumsum(daily)])
    ends = np.arange(span)
    held = sums[ends + 1] - sums[np.maximum(ends + 1 - rule.window, 0)]
    return [counts.first + timedelta(days=int(n)) for n in ends[held >= rule.least]]


def known_on(records: Iterable[Record], verdict: Verdict) -> date:
    """Return the first night on which enough cases of a window were known for its alarm.

    Parameters
    ----------
    records : iterable of (date, date, int)
        Of the place: day of the visit, day from which they are known, how many.
    verdict : Verdict
        An alarm.

    Returns
    -------
    date
        Never before the window ends.

    Examples
    --------
    >>> a, b, c = date(2026, 5, 1), date(2026, 5, 3), date(2026, 5, 9)
    >>> seen = Verdict(b, a, 2, 2.0, True)
    >>> known_on([(a, a, 1), (b, c, 1)], seen)
    datetime.date(2026, 5, 9)
    """
    within = sorted((known, n) for day, known, n in records if verdict.first <= day <= verdict.day)
    enough, held = verdict.threshold or 0.0, 0
    for known, n in within:
        held += n
        if held > enough if verdict.above else held >= enough:
            return max(known, verdict.day)
    return max(within[-1][0], verdict.day) if within else verdict.day


def alarms(rule: Rule, counts: PlaceCounts, level: str, records: Sequence[Record], p: float) -> list[Night]:
    """Return every alarm of a rule at one place.

    Parameters
    ----------
    rule : Rule
    counts : PlaceCounts
        Of all that is known at the end.
    level : str
    records : sequence of (date, date, int)
        The same cases, with the day from which they are known.
    p : float
        What the allowance leaves for one look.

    Returns
    -------
    list of Night
        By day of the window. The threshold is that of all that is known at the end: what it rests on lies
        before the window, and was known by then but for the last weeks' late records.

    Examples
    --------
    >>> from surveillance.alerts.rules import RULES
    >>> day, later = date(2026, 5, 1), date(2026, 5, 4)
    >>> held = PlaceCounts("F1", date(2026, 1, 1), date(2026, 6, 1), {day: 1})
    >>> [one.night.day for one in alarms(RULES["cholera-rdt"], held, "facility", [(day, later, 1)], 0.01)]
    [4]
    """
    days = candidate_days(rule, counts)
    if not days:
        return []
    by_day = sorted(records)
    found = []
    for verdict in evaluate(rule, counts, days, p if rule.by_chance else None):
        if verdict.alarm:
            seen = Alarm(rule, level, counts.place, verdict)  # type: ignore[arg-type]
            found.append(Night(known_on(by_day, verdict), seen))
    return found


def told(found: Iterable[Night], inside: Callable[[Alarm, Alarm], bool]) -> list[Told]:
    """Return the alerts that would have been raised: one for each event, none twice, closed when quiet.

    Parameters
    ----------
    found : iterable of Night
        Alarms of any rules.
    inside : callable
        Whether the place of the first alarm lies in that of the second.

    Returns
    -------
    list of Told
        By night. An alert is closed `QUIET_NIGHTS` after it was raised or last grew.

    Examples
    --------
    >>> told([], lambda one, other: False)
    []
    """
    of_window: dict[tuple[str, date], list[Night]] = defaultdict(list)
    for one in found:
        of_window[one.alarm.rule.id, one.alarm.verdict.day].append(one)
    ordered: list[Night] = []
    for group in of_window.values():
        nights = {(one.alarm.level, one.alarm.place): one.night for one in group}
        kept = one_for_each_event([one.alarm for one in group], inside)
        ordered += [Night(nights[alarm.level, alarm.place], alarm) for alarm in kept]
    ordered.sort(key=lambda one: (one.night, one.alarm.rule.id, one.alarm.verdict.day, one.alarm.place))
    memories: dict[tuple[str, str, str], Memory] = {}
    newest: dict[tuple[str, str, str], Told] = {}
    made: list[Told] = []
    for one in ordered:
        _tell(one, memories, newest, made, inside)
    return made


def _tell(
    one: Night,
    memories: dict[tuple[str, str, str], Memory],
    newest: dict[tuple[str, str, str], Told],
    made: list[Told],
    inside: Callable[[Alarm, Alarm], bool],
) -> None:
    alarm = one.alarm
    key = (alarm.rule.id, alarm.level, alarm.place)
    if _explained(one, newest):
        return
    memory = memories.get(key, Memory())
    if key in newest and one.night > newest[key].until:
        memory = replace(memory, open=False)
    decision = decide(memory, alarm)
    if decision == RAISE and (other := _of_another_rule(one, newest, inside)) is not None:
        other.met.setdefault(alarm.rule.id, one.night)
        memories[key] = remember(memory, alarm, open_=False)
        return
    if decision == RAISE:
        newest[key] = Told(one.night, alarm, alarm.verdict)
        made.append(newest[key])
    elif decision == GROWN:
        newest[key].grew.append(one.night)
        newest[key].last = alarm.verdict
    else:
        return
    memories[key] = remember(memory, alarm)


def _of_another_rule(
    one: Night,
    newest: Mapping[tuple[str, str, str], Told],
    inside: Callable[[Alarm, Alarm], bool],
) -> Told | None:
    """Return the open alert of another rule that tells of the same cases; None where nobody told of them."""
    alarm = one.alarm
    if alarm.rule.by_chance or alarm.rule.immediate:
        return None
    for held in newest.values():
        if held.alarm.rule.disease != alarm.rule.disease or one.night > held.until:
            continue
        other = held.alarm
        near = other.key == alarm.key or inside(other, alarm) or inside(alarm, other)
        if same_cases(alarm, other.rule, dict(held.last.counts), near):
            return held
    return None


def _explained(one: Night, newest: Mapping[tuple[str, str, str], Told]) -> bool:
    """Whether open alerts of smaller places, of which this larger one was told, explain an alarm."""
    if one.alarm.level in ("facility", "crossing"):
        return False
    key = (one.alarm.level, one.alarm.place)
    smaller = [
        held.last.count
        for (rule, _, _), held in newest.items()
        if rule == one.alarm.rule.id and key in held.alarm.also and one.night <= held.until
    ]
    return bool(smaller) and not reaches(one.alarm, one.alarm.verdict.count - sum(smaller))
