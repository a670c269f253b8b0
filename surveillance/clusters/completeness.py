"""Up to which day the data are complete enough, and when a facility fell silent."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import groupby

#: Share of the usual records whose facilities must have reported on a day or after it.
COMPLETE_SHARE = 0.8
#: How far back "usually" looks.
USUAL_WEEKS = 26
#: Chance below which a row of empty weeks is silence, over all the weeks of a facility.
SELDOM = 0.01

Report = tuple[str, date, int]


def last_complete_day(
    reports: Iterable[Report], share: float = COMPLETE_SHARE, weeks: int = USUAL_WEEKS
) -> date | None:
    """Return the last day up to which the facilities that usually report had reported.

    A facility counts as much as the records it sent in the last `weeks` weeks. The last day of its visits
    says up to when it has reported. The answer is the latest day that facilities with at least `share` of the
    records have reached.

    Parameters
    ----------
    reports : iterable of (str, date, int)
        Facility, day of visits, and records of any disease on that day.
    share : float
        Share of the usual records, from 0 to 1.
    weeks : int
        Weeks that "usually" looks back.

    Returns
    -------
    date or None
        None where there is no report.

    Examples
    --------
    Two large facilities are up to date; a small one is a month late:

    >>> day = date(2026, 6, 30)
    >>> last_complete_day([("A", day, 60), ("B", date(2026, 6, 29), 30), ("C", date(2026, 5, 31), 10)])
    datetime.date(2026, 6, 29)
    """
    last: dict[str, date] = {}
    listed = list(reports)
    for name, day, _ in listed:
        last[name] = max(day, last.get(name, day))
    if not last:
        return None
    since = max(last.values()) - timedelta(weeks=weeks)
    usual: dict[str, int] = {}
    for name, day, records in listed:
        if day > since:
            usual[name] = usual.get(name, 0) + records
    return complete_day(last, usual, share)


def complete_day(
    last: Mapping[str, date], usual: Mapping[str, int], share: float = COMPLETE_SHARE
) -> date | None:
    """Return the latest day that facilities with at least a share of the usual records have reached.

    Parameters
    ----------
    last : mapping of str to date
        Facility -> last day with a report.
    usual : mapping of str to int
        Facility -> records that it sent in the weeks that count as usual; without those that sent nothing.
    share : float
        Share of the usual records, from 0 to 1.

    Returns
    -------
    date or None
        None where no facility is usual.

    Examples
    --------
    >>> day = date(2026, 6, 30)
    >>> complete_day({"A": day, "B": date(2026, 6, 29)}, {"A": 60, "B": 40})
    datetime.date(2026, 6, 29)
    """
    wanted = share * sum(usual.values())
    reached = 0
    for name in sorted(usual, key=lambda name: last[name], reverse=True):
        reached += usual[name]
        if reached >= wanted:
            return last[name]
    return min((last[name] for name in usual), default=None)


def silences(
    reports: Iterable[tuple[str, date]],
    due: Mapping[str, tuple[date | None, date | None]],
    start: date,
    end: date,
    seldom: float = SELDOM,
) -> list[tuple[str, date, date]]:
    """List the times from `start` to `end` in which a facility fell silent.

    A small facility has weeks in which no one comes, and five years hold many of them. So empty weeks in a
    row count as silence only where chance alone would bring a row as long in less than one in a hundred
    facilities, at any time of the facility's *whole period*: from its first due day, or its first report, to
    its last due day, or the last report of any facility. The study period does not change the answer.

    Two exact tests share the one per cent, each conditional on what the facility sent in its *n* whole weeks,
    so that no rate is estimated. Let P(q) be the chance that q weeks in a row, chosen beforehand, are empty:

    - of the K days with a report: P(q) = C(7(n - q), K) / C(7n, K), which holds for visits that come by
      a Poisson process of one rate. A facility that is closed on some days of the week is less often empty.
    - of the E empty weeks: P(q) = C(n - q, E - q) / C(n, E), which holds for any weeks that can be exchanged.
      It finds a gap of a facility that sends a report, zero too, in each week.

    The expected number of rows of at least r empty weeks is P(r) + (n - r) [P(r) - P(r + 1)]: a row begins
    with the first week, or after a week with a report. The chance of one such row is at most that number
    (Boole's inequality; Feller W (1968), An Introduction to Probability Theory and Its Applications, volume
    1, 3rd edition, chapter IV). Where the rate falls over the years, late rows are long by themselves: a row
    must also be seldom (P below `seldom`) among the 26 weeks on either side.
    Silence then reaches from the day after one report to the day before the next.

    Parameters
    ----------
    reports : iterable of (str, date)
        Facility and a day on which it saw a person, of any disease, or for which it sent a report of zero.
    due : mapping of str to (date or None, date or None)
        Facility -> first and last day on which it is due to report. Without a first day it is due from its
        first report on; a facility that never reported is not due.
    start, end : date
        The days that are asked about, both included.
    seldom : float
        Highest chance that a facility without any silence is said to have one.

    Returns
    -------
    list of (str, date, date)
        Facility, first and last day.

    References
    ----------
    Feller W (1968). An Introduction to Probability Theory and Its Applications, volume 1, 3rd edition,
    chapter IV. Wiley.

    Examples
    --------
    >>> seen = [("A", date(2025, 1, day)) for day in (6, 7, 8, 9, 10, 27, 28, 29, 30, 31)]
    >>> silences(seen, {"A": (None, None)}, date(2025, 1, 6), date(2025, 2, 2))
    [('A', datetime.date(2025, 1, 11), datetime.date(2025, 1, 26))]
    """
    days: dict[str, set[date]] = {}
    for name, day in reports:
        days.setdefault(name, set()).add(day)
    latest = max((max(seen) for seen in days.values()), default=end)
    found = []
    for name, (first, last) in due.items():
        seen = days.get(name, set())
        begin = first or (min(seen) if seen else None)
        if begin is None:
            continue
        for since, until in _gaps(seen, begin, min(max(latest, end), last or date.max), seldom):
            if since <= end and until >= start:
                found.append((name, max(since, start), min(until, end)))
    return found


def _gaps(seen: set[date], first: date, last: date, seldom: float) -> Iterator[tuple[date, date]]:
    """First and last day of the silences of one facility in its whole period."""
    whole = _mondays(first, last)
    weeks = Counter(day - timedelta(days=day.weekday()) for day in seen if first <= day <= last)
    sent = [weeks[monday] for monday in whole]
    shortest = _shortest_silence(sent, seldom)
    for empty, row in groupby(range(len(whole)), lambda number: not sent[number]):
        gap = list(row)
        if not empty or len(gap) < shortest or not _seldom_around(sent, gap, seldom):
            continue
        before = [day for day in seen if day < whole[gap[0]]]
        after = [day for day in seen if day > whole[gap[-1]]]
        since = max(max(before) + timedelta(days=1), first) if before else first
        until = min(min(after) - timedelta(days=1), last) if after else last
        yield since, until


def _shortest_silence(sent: list[int], seldom: float) -> float:
    """Fewest empty weeks in a row that chance seldom brings anywhere in a period; infinite where none are.

    `sent`: days with a report in each whole week, n of them.
    """
    weeks, empty = len(sent), sent.count(0)
    tests = (
        lambda row: _none_of_days(weeks, row, sum(sent)),
        lambda row: _chance_of_empty(weeks, row, empty),
    )
    for row in range(1, empty + 1):
        if any(_rows_expected(weeks, row, chance) < seldom / len(tests) for chance in tests):
            return row
    return math.inf


def _rows_expected(weeks: int, row: int, chance: Callable[[int], float]) -> float:
    """Return the expected number of rows of at least `row` empty weeks.

    `chance`: that so many given weeks are empty.
    """
    later = chance(row + 1) if row < weeks else 0.0
    return chance(row) + (weeks - row) * (chance(row) - later)


def _none_of_days(weeks: int, row: int, days: int) -> float:
    """Chance that none of `days` days, drawn from all the days of the weeks, lies in `row` given weeks."""
    return math.exp(_log_choose(7 * (weeks - row), days) - _log_choose(7 * weeks, days))


def _chance_of_empty(weeks: int, row: int, empty: int) -> float:
    """Chance that `row` given weeks are all among the `empty` ones."""
    return math.exp(_log_choose(weeks - row, empty - row) - _log_choose(weeks, empty))


def _log_choose(many: int, few: int) -> float:
    """Logarithm of the number of ways to choose; minus infinity where there are none."""
    if not 0 <= few <= many:
        return -math.inf
    return math.lgamma(many + 1) - math.lgamma(few + 1) - math.lgamma(many - few + 1)


def _seldom_around(sent: list[int], gap: list[int], seldom: float) -> bool:
    """Whether a row is seldom by what was sent in the weeks around it, too."""
    near = sent[max(gap[0] - USUAL_WEEKS, 0) : gap[-1] + 1 + USUAL_WEEKS]
    by_days = _none_of_days(len(near), len(gap), sum(near))
    return min(by_days, _chance_of_empty(len(near), len(gap), near.count(0))) < seldom


def _mondays(first: date, last: date) -> list[date]:
    """Mondays of the whole weeks of a period."""
    monday = first + timedelta(days=-first.weekday() % 7)
    many = ((last - monday).days + 1) // 7
    return [monday + timedelta(weeks=number) for number in range(many)]
