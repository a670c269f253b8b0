"""Whether an alarm is told: not on unchanged data, and not within seven days unless it grows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from surveillance.alerts.levels import Alarm

#: Days within which an alarm of the same rule and place is told again only where it grew.
QUIET_DAYS = 7
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
    >>> from surveillance.alerts.evaluate import Verdict
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
    >>> from surveillance.alerts.evaluate import Verdict
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
