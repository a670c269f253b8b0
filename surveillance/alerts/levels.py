"""One event at several levels is one alarm; an alarm without an owner goes one level up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from surveillance.alerts.rules import LEVELS, RANK, Level, Rule
from surveillance.alerts.verdict import Verdict

#: Hours without an owner after which an alert goes one level up.
HOURS = 24


@dataclass(frozen=True)
class Alarm:
    """A verdict that is an alarm, with its place.

    Parameters
    ----------
    also : tuple of (str, str)
        Larger places where the same event was an alarm.
    cluster : str
        The key by which a cluster goes on; blank for other alarms. `path`: its page.
    recurrence : float, optional
        Days in which chance brings one as strong to one question; of a rule the least that it may be.
    night : date, optional
        Of an alarm that was found by looking back, the night on which it would have been told.
    """

    rule: Rule
    level: Level
    place: str
    verdict: Verdict
    also: tuple[tuple[str, str], ...] = ()
    cluster: str = ""
    path: str = ""
    recurrence: float | None = None
    night: date | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells alarms of one rule apart."""
        return self.level, self.place, self.cluster


def one_for_each_event(alarms: Sequence[Alarm], inside: Callable[[Alarm, Alarm], bool]) -> list[Alarm]:
    """Leave out alarms of larger places that smaller ones explain.

    Parameters
    ----------
    alarms : sequence of Alarm
        Of one rule and one day.
    inside : callable
        Whether the place of the first alarm lies in that of the second.

    Returns
    -------
    list of Alarm
        An alarm goes where smaller alarms lie in it and its cases without theirs are no alarm by its own
        threshold. The smaller ones name it in `also`.

    Examples
    --------
    >>> one_for_each_event([], lambda one, other: False)
    []
    """
    ordered = sorted(alarms, key=lambda one: (RANK[one.level], one.level, one.place))
    kept: list[Alarm] = []
    for alarm in ordered:
        within = [at for at, one in enumerate(kept) if one.level != alarm.level and inside(one, alarm)]
        rest = alarm.verdict.count - sum(kept[at].verdict.count for at in within)
        if within and not reaches(alarm, rest):
            for at in within:
                kept[at] = replace(kept[at], also=(*kept[at].also, (alarm.level, alarm.place)))
            continue
        kept.append(alarm)
    return kept


def reaches(alarm: Alarm, count: int) -> bool:
    """Return whether so many cases would be an alarm by the threshold of another.

    Parameters
    ----------
    alarm : Alarm
    count : int

    Returns
    -------
    bool

    Examples
    --------
    >>> from datetime import date
    >>> from surveillance.alerts.rules import RULES
    >>> day = date(2026, 5, 10)
    >>> seen = Alarm(RULES["cholera-suspected"], "district", "OD1", Verdict(day, day, 4, 2.0, True))
    >>> reaches(seen, 2), reaches(seen, 1)
    (True, False)
    """
    threshold = alarm.verdict.threshold
    if threshold is None or count < alarm.rule.least:
        return False
    return count > threshold if alarm.verdict.above else count >= threshold


def responsible(level: Level, since: datetime, now: datetime) -> Level:
    """Return the level that an alert without an owner has reached.

    Parameters
    ----------
    level : {"facility", "district", "province", "country", "crossing", "infection"}
        Where it was raised; a crossing lies in a province, and what is known of the place of infection is the
        country's.
    since, now : datetime
        When it was raised, and the present, both with a time zone.

    Returns
    -------
    str
        One level up for each 24 hours, at most the country.

    Examples
    --------
    >>> from datetime import UTC
    >>> responsible("district", datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 2, 1, tzinfo=UTC))
    'province'
    """
    steps = max(int((now - since) / timedelta(hours=HOURS)), 0)
    if level == "infection" or steps == 0:
        return level
    begun = LEVELS.index("district" if level == "crossing" else level)
    return LEVELS[min(begun + steps, len(LEVELS) - 1)]
