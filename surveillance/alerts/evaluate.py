"""What a rule says of the counts of one place: an alarm and what it rests on, or why it cannot say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
from scipy.special import ndtri
from scipy.stats import binom, nbinom, poisson

from surveillance.alerts.excess import HALF_WIDTH, bound_by_share, upper_bound
from surveillance.alerts.rules import Rule
from surveillance.alerts.verdict import Counts, Verdict
from surveillance.early_warning.series import PER_YEAR
from surveillance.texts import N_

#: Days of 52 weeks: the same weekdays of the year before.
_YEAR, _WEEK = 364, 7
#: What is left for one look of a week where no allowance is given.
_USUAL_P = 0.005
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
    reported : mapping of date to float
        `excess`: by the Monday of a week the share of the usual cases that the facilities which reported
        stand for; weeks without an entry are whole.
    left_out : sequence of (date, date)
        `excess`: known outbreaks, first and last day; a week that holds a day of one is no history.
    whole : mapping of date to int
        `excess`: cases of all places of its kind, by day, for a place whose history is short. None for the
        whole country.
    """

    place: str
    first: date
    last: date
    cases: Mapping[date, int]
    tested: Mapping[date, int] = field(default_factory=dict)
    people: float | None = None
    reported: Mapping[date, float] = field(default_factory=dict)
    left_out: Sequence[tuple[date, date]] = ()
    whole: Mapping[date, int] | None = None


def evaluate(rule: Rule, counts: PlaceCounts, days: Sequence[date], p: float | None = None) -> list[Verdict]:
    """Evaluate a rule for windows of one place.

    Parameters
    ----------
    rule : Rule
    counts : PlaceCounts
        Of the cases that the rule counts.
    days : sequence of date
        The last days of the windows.
    p : float, optional
        What the allowance leaves for one look (`surveillance.alerts.allowance`), for rules whose alarms
        chance brings: where chance alone brings as many with a larger probability, there is no alarm.

    Returns
    -------
    list of Verdict
        One for each day; of an excess, one for each day that is a Sunday. The window is the `rule.window`
        days that end on it.

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
    - unexpected: no case in the `quiet` days before the window;
    - excess: the count of a week from Monday to Sunday lies above the bound of the improved Farrington
      algorithm (`surveillance.alerts.excess`) at `p`, or, of a place whose history is shorter than the
      rule's years, above what its share of the whole lets expect; none is made of a count that a Poisson
      bound over the four weeks before, or over the same weeks a year ago, does not reach, whichever is
      lower.

    Chance, for `p`: of same_weeks a negative binomial count with mean m and variance max(m, s^2) (1 + 1/9);
    of growth, the cases of both windows fall into either with probability 1/2.

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
    if rule.kind == "excess":
        return _excesses(rule, counts, daily, days, p if p is not None else _USUAL_P)
    place = _Place(
        rule, counts, np.concatenate([[0], np.cumsum(daily)]), np.concatenate([[0], np.cumsum(tested)]), p
    )
    return [place.judge(day) for day in days]


def _excesses(
    rule: Rule, counts: PlaceCounts, daily: np.ndarray, days: Sequence[date], p: float
) -> list[Verdict]:
    """Judge whole weeks, Monday to Sunday."""
    begun = counts.first + timedelta(days=-counts.first.weekday() % _WEEK)
    whole = max((counts.last - begun).days + 1, 0) // _WEEK
    skipped = (begun - counts.first).days
    weeks = daily[skipped : skipped + whole * _WEEK].reshape(-1, _WEEK).sum(axis=1)
    mondays = tuple(begun + timedelta(days=_WEEK * n) for n in range(whole))
    found = []
    for day in days:
        if day.weekday() != _WEEK - 1:
            continue
        first = day - timedelta(days=_WEEK - 1)
        at = (first - begun).days // _WEEK
        if not 0 <= at < whole:
            found.append(Verdict(day, first, 0, None, False, refused=NOT_YET))
            continue
        count = int(weeks[at])
        floor = max(float(rule.least - 1), _floor(weeks, at, p))
        if count <= floor:  # no bound is made where it could not matter
            found.append(Verdict(day, first, count, floor, False, above=True))
            continue
        if counts.whole is not None and at < rule.years * PER_YEAR["week"] + HALF_WIDTH:
            upper = bound_by_share(weeks, _whole(counts, begun, whole), at, p)
        else:
            upper = upper_bound(weeks, mondays, at, p, rule.years, counts.reported, counts.left_out)
        held = tuple(
            (when, counts.cases[when])
            for when in (first + timedelta(days=n) for n in range(_WEEK))
            if counts.cases.get(when)
        )
        if upper is None:
            found.append(Verdict(day, first, count, None, False, refused=NO_HISTORY, counts=held))
            continue
        found.append(Verdict(day, first, count, upper, count > upper, above=True, counts=held))
    return found


@dataclass(frozen=True)
class _Place:
    """Sums of a place up to each day, so that a window is a difference."""

    rule: Rule
    counts: PlaceCounts
    cases: np.ndarray
    tested: np.ndarray
    p: float | None = None

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
            grown = max(least, rule.factor * before, _by_chance_grown(before, self.p))
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
        mean, spread = float(earlier.mean()), float(earlier.std(ddof=1))
        bound = mean + self.rule.deviations * spread
        if self.p is not None:
            bound = max(bound, _quantile(mean, max(mean, spread**2) * (1 + 1 / len(earlier)), self.p))
        return bound, True, ""


def _whole(counts: PlaceCounts, begun: date, weeks: int) -> np.ndarray:
    """Cases of all places of a kind by week."""
    found = np.zeros(weeks, np.int64)
    for day, number in (counts.whole or {}).items():
        at = (day - begun).days // _WEEK
        if 0 <= at < weeks:
            found[at] += number
    return found


def _floor(weeks: np.ndarray, at: int, p: float) -> float:
    """Return a count that any bound lies above: a Poisson bound over the lower of two usual counts.

    These are the mean of the four weeks before, and that of the same seven weeks a year ago.
    """
    means = [weeks[max(at - 4, 0) : at].mean() if at else 0.0]
    if at >= _YEAR // _WEEK + 3:
        year_ago = at - _YEAR // _WEEK
        means.append(weeks[year_ago - 3 : year_ago + 4].mean())
    least = float(min(means))
    return least + float(ndtri(1 - p)) * least**0.5


def _quantile(mean: float, variance: float, p: float) -> float:
    """Return the highest count that chance brings with a probability above `p`."""
    if mean <= 0:
        return 0.0
    if variance <= mean:
        return float(poisson.isf(p, mean))
    return float(nbinom.isf(p, mean**2 / (variance - mean), mean / variance))


@lru_cache(maxsize=4096)
def _by_chance_grown(before: int, p: float | None) -> float:
    """Return the fewest cases after so many that chance brings with a probability of `p` at most."""
    if p is None:
        return 0.0
    count = before + 1
    while binom.sf(count - 1, count + before, 0.5) > p:
        count += 1
    return float(count)
