"""Up to which day the data are complete enough, and which weeks a facility left without a report."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
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


def silent_weeks(
    reports: Iterable[Report],
    due: Mapping[str, tuple[date | None, date | None]],
    start: date,
    end: date,
    seldom: float = SELDOM,
) -> list[tuple[str, date]]:
    """Facility and Monday of the weeks of a period in which a facility that was due fell silent.

    A small facility has weeks in which nobody comes. So an empty week counts as silence only where so many in
    a row would come about by chance less than once in a hundred times: exp(-m r) < 0.01, m being the
    records that the facility sends in one of the other weeks, and r the number of empty weeks in the row
    (Poisson).

    Parameters
    ----------
    reports
        Facility, a day on which it saw somebody, records of any disease on it.
    due
        Facility -> first and last day on which it is due to report. Without a first day it is due from its
        first report on; a facility that never reported then is not due. Weeks that it is due for in part, and
        weeks that the period holds in part, do not count.
    start, end
        The period, both days included.

    Examples
    --------
    >>> seen = [("A", date(2025, 1, 6), 9), ("A", date(2025, 1, 20), 9)]
    >>> silent_weeks(seen, {"A": (None, None)}, date(2025, 1, 6), date(2025, 1, 26))
    [('A', datetime.date(2025, 1, 13))]
    """
    sent: dict[str, dict[date, int]] = {}
    for name, day, records in reports:
        weeks = sent.setdefault(name, {})
        monday = day - timedelta(days=day.weekday())
        weeks[monday] = weeks.get(monday, 0) + records
    silent: list[tuple[str, date]] = []
    for name, (first, last) in due.items():
        weeks = sent.get(name, {})
        begin = first or (min(weeks) if weeks else None)
        if begin is None:
            continue
        whole = _mondays(max(begin, start), min(end, last or end))
        sent_in_all = sum(weeks.get(monday, 0) for monday in whole)
        for empty, row in groupby(whole, lambda monday: monday not in weeks):  # noqa: B023 - used at once
            gap = list(row)
            mean = sent_in_all / max(len(whole) - len(gap), 1)
            if empty and math.exp(-mean * len(gap)) < seldom:
                silent.extend((name, monday) for monday in gap)
    return silent


def _mondays(first: date, last: date) -> list[date]:
    """Mondays of the whole weeks of a period."""
    monday = first + timedelta(days=-first.weekday() % 7)
    many = ((last - monday).days + 1) // 7
    return [monday + timedelta(weeks=number) for number in range(many)]
