"""What a rule says of the counts of one place: an alarm and what it rests on, or why it cannot say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from surveillance.alerts.rules import Rule
from surveillance.texts import N_

#: Days of 52 weeks: the same weekdays of the year before.
_YEAR, _WEEK = 364, 7
Counts = tuple[tuple[date, int], ...]
NO_HISTORY = N_("the records begin too late for this rule")
NOT_YET = N_("the records do not reach this day")
NO_PEOPLE = N_("the number of people is not known")


@dataclass(frozen=True)
class PlaceCounts:
    """Counts of one place.

    Parameters
    ----------
    cases : mapping of date to int
        Days without an entry have no case, between `first` and `last`. Outside them nothing is known.
    tested : mapping of date to int
        People with the result of a rapid test.
    people : float, optional
        Inhabitants, for rates.
    """

    place: str
    first: date
    last: date
    cases: Mapping[date, int]
    tested: Mapping[date, int] = field(default_factory=dict)
    people: float | None = None


@dataclass(frozen=True)
class Verdict:
    """What a rule says of the window that ends on a day.

    `threshold`: the alarm begins at this many cases, or above it where `above`; None where the rule cannot
    say, and `refused` says why. `counts`: days of the window with cases, and how many.
    """

    day: date
    first: date
    count: int
    threshold: float | None
    alarm: bool
    above: bool = False
    refused: str = ""
    counts: Counts = ()


def evaluate(rule: Rule, counts: PlaceCounts, days: Sequence[date]) -> list[Verdict]:
    """Evaluate a rule for windows of one place.

    Parameters
    ----------
    rule : Rule
    counts : PlaceCounts
        Of the cases that the rule counts.
    days : sequence of date
        The last days of the windows.

    Returns
    -------
    list of Verdict
        One for each day. The window is the `rule.window` days that end on it.

    Notes
    -----
    With S the cases in the window, there is an alarm where S is at least `rule.least`, and

    - absolute: nothing more;
    - share_of_tested: S reaches the number of the step in which the people tested lie; above the last step,
      that of the last;
    - apart: two cases of the window lie `between[0]` to `between[1]` days apart;
    - same_weeks: S > m + z s, with m and s the mean and standard deviation (n - 1) of the windows 52, 104
      and more weeks earlier, and a week before and after each of them;
    - rate: 100,000 S / people >= factor;
    - growth: S >= factor times the cases of as many days before;
    - unexpected: no case in the `quiet` days before the window.

    Examples
    --------
    >>> from surveillance.alerts.rules import RULES
    >>> day = date(2026, 5, 10)
    >>> held = PlaceCounts("OD1", date(2026, 1, 1), day, {date(2026, 5, 4): 1, day: 1})
    >>> [verdict.alarm for verdict in evaluate(RULES["cholera-suspected"], held, [day])]
    [True]
    """
    span = (counts.last - counts.first).days + 1
    daily = np.zeros(max(span, 0), np.int64)
    tested = np.zeros(max(span, 0), np.int64)
    for held, into in ((counts.cases, daily), (counts.tested, tested)):
        for day, number in held.items():
            if counts.first <= day <= counts.last:
                into[(day - counts.first).days] += number
    place = _Place(
        rule, counts, np.concatenate([[0], np.cumsum(daily)]), np.concatenate([[0], np.cumsum(tested)])
    )
    return [place.judge(day) for day in days]


@dataclass(frozen=True)
class _Place:
    """Sums of a place up to each day, so that a window is a difference."""

    rule: Rule
    counts: PlaceCounts
    cases: np.ndarray
    tested: np.ndarray

    def judge(self, day: date) -> Verdict:
        rule = self.rule
        first = day - timedelta(days=rule.window - 1)
        if day > self.counts.last or day < self.counts.first:
            return Verdict(day, first, 0, None, False, refused=NOT_YET)
        count = self._sum(self.cases, first, day)
        held = self._days(first) if count else ()
        threshold, above, refused = self._threshold(first, day, held)
        if threshold is None:
            return Verdict(day, first, count, None, False, refused=refused, counts=held)
        alarm = count >= rule.least and (count > threshold if above else count >= threshold)
        return Verdict(day, first, count, threshold, alarm, above, counts=held)

    def _days(self, first: date) -> Counts:
        """Days of the window with cases, and how many."""
        days = (first + timedelta(days=n) for n in range(self.rule.window))
        held = ((day, self.counts.cases.get(day, 0)) for day in days)
        return tuple((day, n) for day, n in held if n and self.counts.first <= day <= self.counts.last)

    def _sum(self, sums: np.ndarray, first: date, last: date) -> int:
        """Cases from one day to another; days before the records count as none."""
        low = max((first - self.counts.first).days, 0)
        high = min((last - self.counts.first).days + 1, len(sums) - 1)
        return int(sums[high] - sums[low]) if high > low else 0

    def _threshold(self, first: date, day: date, held: Counts) -> tuple[float | None, bool, str]:
        """Return the threshold, whether the count must lie above it, and why it is missing."""
        rule = self.rule
        least, never = float(rule.least), float("inf")
        threshold: float | None = least
        refused = ""
        if rule.kind == "same_weeks":
            return self._usual(first, day)
        if rule.kind == "share_of_tested":
            threshold = self._of_tested(self._sum(self.tested, first, day))
        elif rule.kind == "apart":
            low, high = rule.between
            found = any(low <= (b - a).days <= high for a, _ in held for b, _ in held if b > a)
            threshold = least if found else never
        elif rule.kind == "rate":
            people = self.counts.people
            threshold, refused = (rule.factor * people / 100_000, "") if people else (None, NO_PEOPLE)
        elif rule.kind != "absolute":
            back = timedelta(days=rule.window if rule.kind == "growth" else rule.quiet)
            if first - back < self.counts.first:
                return None, False, NO_HISTORY
            before = self._sum(self.cases, first - back, first - timedelta(days=1))
            grown = max(least, rule.factor * before)
            threshold = grown if rule.kind == "growth" else never if before else least
        return threshold, False, refused

    def _of_tested(self, people: int) -> float:
        for low, high, positives in self.rule.steps:
            if low <= people <= high:
                return float(positives)
        return float(self.rule.steps[-1][2]) if people > self.rule.steps[-1][1] else float("inf")

    def _usual(self, first: date, day: date) -> tuple[float | None, bool, str]:
        moved = [
            timedelta(days=_YEAR * year + near)
            for year in range(1, self.rule.years + 1)
            for near in (-_WEEK, 0, _WEEK)
        ]
        if first - max(moved) < self.counts.first:
            return None, True, NO_HISTORY
        earlier = np.array([self._sum(self.cases, first - by, day - by) for by in moved], float)
        return float(earlier.mean() + self.rule.deviations * earlier.std(ddof=1)), True, ""
