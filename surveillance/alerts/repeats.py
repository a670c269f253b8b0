"""Whether an alarm is told: not on unchanged data, and not within seven days unless it grows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from surveillance.alerts.levels import Alarm
from surveillance.alerts.rules import Rule

#: Days within which an alarm of the same rule and place is told again only where it grew.
QUIET_DAYS = 7
#: Growth is sent once an open alert has so many times the cases of the last message.
TELL_AGAIN = 2
Decision = Literal["raise", "grown", "unchanged", "too soon", "smaller"]
RAISE: Decision = "raise"
GROWN: Decision = "grown"
UNCHANGED: Decision = "unchanged"
TOO_SOON: Decision = "too soon"
SMALLER: Decision = "smaller"


@dataclass(frozen=True)
class Memory:
    """What was told of one rule and place.

    Parameters
    ----------
    told : mapping of date to int
        Cases of each day, as far as an alert ever rested on them.
    day : date, optional
        The last day of the window that was told last; None: nothing was.
    count : int
        The cases of that window.
    open : bool
        Whether that alert is still open.
    """

    told: Mapping[date, int] = field(default_factory=dict)
    day: date | None = None
    count: int = 0
    open: bool = False


def decide(memory: Memory, alarm: Alarm) -> Decision:
    """Decide what becomes of an alarm.

    Parameters
    ----------
    memory : Memory
    alarm : Alarm

    Returns
    -------
    {"raise", "grown", "unchanged", "too soon", "smaller"}
        raise: a new alert. grown: the open alert has more cases. unchanged: every case was told before. too
        soon: within seven days of the last one, with no more cases. smaller: the open alert has as many.
        A rule that is told at once is raised for every new case; a cluster only where it has more cases.

    Examples
    --------
    >>> from surveillance.alerts.verdict import Verdict
    >>> from surveillance.alerts.rules import RULES
    >>> day = date(2026, 5, 10)
    >>> verdict = Verdict(day, day, 1, 1.0, True, counts=((day, 1),))
    >>> seen = Alarm(RULES["measles-confirmed"], "facility", "F1", verdict)
    >>> decide(Memory(), seen), decide(Memory({day: 1}, day, 1), seen)
    ('raise', 'unchanged')
    """
    verdict = alarm.verdict
    if alarm.cluster and memory.day is not None and verdict.count <= memory.count:
        return SMALLER if memory.open else UNCHANGED
    if not any(number > memory.told.get(day, 0) for day, number in verdict.counts):
        return UNCHANGED
    if alarm.rule.immediate or memory.day is None:
        return RAISE
    if memory.open:
        return GROWN if verdict.count > memory.count else SMALLER
    near = abs((verdict.day - memory.day).days) < QUIET_DAYS
    return TOO_SOON if near and verdict.count <= memory.count else RAISE


def grown_enough(count: int, told: int) -> bool:
    """Return whether an alert grew so much since it was last told that it is sent again.

    Parameters
    ----------
    count, told : int
        Cases now, and when a message told of the alert last.

    Returns
    -------
    bool
        Twice as many: an outbreak of 5 that reaches 300 is sent five times more, and not every night.

    Examples
    --------
    >>> grown_enough(9, 5), grown_enough(10, 5)
    (False, True)
    """
    return count >= TELL_AGAIN * max(told, 1)


def remember(memory: Memory, alarm: Alarm, *, open_: bool = True) -> Memory:
    """Return what is remembered once an alarm was told.

    Parameters
    ----------
    memory : Memory
    alarm : Alarm
    open_ : bool

    Returns
    -------
    Memory

    Examples
    --------
    >>> from surveillance.alerts.verdict import Verdict
    >>> from surveillance.alerts.rules import RULES
    >>> day = date(2026, 5, 10)
    >>> verdict = Verdict(day, day, 1, 1.0, True, counts=((day, 1),))
    >>> seen = Alarm(RULES["measles-confirmed"], "facility", "F1", verdict)
    >>> remember(Memory(), seen).told[day]
    1
    """
    told = dict(memory.told)
    for day, number in alarm.verdict.counts:
        told[day] = max(number, told.get(day, 0))
    return Memory(told, alarm.verdict.day, alarm.verdict.count, open_)


def same_cases(alarm: Alarm, rule: Rule, told: Mapping[date, int], near: bool) -> bool:
    """Return whether an open alert of another rule tells of the event of an alarm already.

    Parameters
    ----------
    alarm : Alarm
        Of a rule with a fixed threshold; others are events of their own.
    rule : Rule
        The other rule.
    told : mapping of date to int
        Cases of each day on which the other alert rests.
    near : bool
        Whether the places are the same, or one holds the other.

    Returns
    -------
    bool
        Both rules have one disease and fixed thresholds, the places meet, and a case of the other alert lies
        in the window of the alarm. Such an alarm is no new alert: the other one says that it meets this
        rule, too.

    Examples
    --------
    >>> from surveillance.alerts.verdict import Verdict
    >>> from surveillance.alerts.rules import RULES
    >>> day = date(2026, 5, 10)
    >>> verdict = Verdict(day, date(2026, 4, 17), 2, 2.0, True, counts=((day, 1),))
    >>> seen = Alarm(RULES["measles-outbreak"], "district", "OD1", verdict)
    >>> same_cases(seen, RULES["measles-confirmed"], {day: 1}, True)
    True
    >>> same_cases(seen, RULES["measles-excess"], {day: 1}, True)
    False
    """
    own = alarm.rule
    if own.by_chance or own.immediate or rule.by_chance or rule.id == own.id or rule.disease != own.disease:
        return False
    return near and any(alarm.verdict.first <= day <= alarm.verdict.day for day, n in told.items() if n)
