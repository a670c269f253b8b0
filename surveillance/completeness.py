"""Up to which day the data are complete enough, and when a facility fell silent."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import groupby

#: Share of the usual records whose facilities must have reported on a day or after it.
COMPLETE_SHARE = 0.8
#: How far back "usually" looks.
USUAL_WEEKS = 26
#: Chance below which a row of empty weeks is silence, not small numbers.
SELDOM = 0.01

Report = tuple[str, date, int]


def last_complete_day(
    reports: Iterable[Report], share: float = COMPLETE_SHARE, weeks: int = USUAL_WEEKS
) -> date | None:
    """Last day on which, or after which, the facilities that usually report had reported.

    A facility counts as much as the records it sent in the last `weeks` weeks. Its own last day of a visit
    says up to when it has reported. The answer is the latest day that facilities with at least `share` of the
    records have reached.

    Parameters
    ----------
    reports
        Facility, day of visits, records of any disease on it.

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
    wanted = share * sum(usual.values())
    reached = 0
    for name in sorted(usual, key=lambda name: last[name], reverse=True):
        reached += usual[name]
        if reached >= wanted:
            return last[name]
    return min(last[name] for name in usual)


def silences(
    reports: Iterable[tuple[str, date]],
    due: Mapping[str, tuple[date | None, date | None]],
    start: date,
    end: date,
    seldom: float = SELDOM,
) -> list[tuple[str, date, date]]:
    """Facility, first and last day of the times in which a facility that was due fell silent.

    A small facility has weeks in which nobody comes. So empty weeks count as silence only where so many in a
    row would come about by chance less than once in a hundred times: exp(-m r) < 0.01, m being the days with
    a report in one of its other weeks, and r the number of empty weeks in the row (Poisson). Silence then
    reaches from the day after one report to the day before the next.

    Parameters
    ----------
    reports
        Facility and a day on which it saw somebody, of any disease.
    due
        Facility -> first and last day on which it is due to report. Without a first day it is due from its
        first report on; a facility that never reported then is not due.
    start, end
        The period, both days included.

    Examples
    --------
    >>> seen = [("A", date(2025, 1, day)) for day in (6, 7, 8, 9, 10, 20, 21, 22, 23, 24)]
    >>> silences(seen, {"A": (None, None)}, date(2025, 1, 6), date(2025, 1, 26))
    [('A', datetime.date(2025, 1, 11), datetime.date(2025, 1, 19))]
    """
    days: dict[str, set[date]] = {}
    for name, day in reports:
        days.setdefault(name, set()).add(day)
    found = []
    for name, (first, last) in due.items():
        seen = days.get(name, set())
        begin = first or (min(seen) if seen else None)
        if begin is not None:
            for gap in _gaps(seen, max(begin, start), min(end, last or end), seldom):
                found.append((name, *gap))  # noqa: PERF401
    return found


def _gaps(seen: set[date], first: date, last: date, seldom: float) -> Iterator[tuple[date, date]]:
    """First and last day of the silences of one facility between two days."""
    weeks = Counter(day - timedelta(days=day.weekday()) for day in seen if first <= day <= last)
    whole = _mondays(first, last)
    reported = sum(weeks[monday] for monday in whole)
    for empty, row in groupby(whole, lambda monday: monday not in weeks):
        gap = list(row)
        mean = reported / max(len(whole) - len(gap), 1)
        if empty and math.exp(-mean * len(gap)) < seldom:
            before = [day for day in seen if day < gap[0]]
            after = [day for day in seen if day > gap[-1]]
            since = max(max(before) + timedelta(days=1), first) if before else first
            until = min(min(after) - timedelta(days=1), last) if after else last
            yield since, until


def _mondays(first: date, last: date) -> list[date]:
    """Mondays of the whole weeks of a period."""
    monday = first + timedelta(days=-first.weekday() % 7)
    many = ((last - monday).days + 1) // 7
    return [monday + timedelta(weeks=number) for number in range(many)]
