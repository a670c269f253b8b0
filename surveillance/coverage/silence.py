"""How long a facility has been silent: whole weeks, months or quarters that are due and brought nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from surveillance.epiweek import PeriodKind, period_first_day, period_last_day

#: The periods in which a facility is expected to report, by how often it reports. Daily reports are judged by
#: the week: health centres are closed at weekends.
UNITS: dict[str | None, PeriodKind] = {
    None: "week",
    "daily": "week",
    "weekly": "week",
    "monthly": "month",
    "quarterly": "quarter",
}
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Expected:
    """When a facility reports.

    Parameters
    ----------
    frequency : str, optional
        A code of `surveillance.vocabulary.REPORT_FREQUENCY`; None is judged as weekly.
    deadline_days : int
        Days after the end of a period in which its report may still come.
    begins, ends : date, optional
        First and last day on which the facility reports, where they are known.
    """

    frequency: str | None = None
    deadline_days: int = 0
    begins: date | None = None
    ends: date | None = None


@dataclass(frozen=True)
class Silence:
    """Consecutive periods without a report, up to the last one that is due.

    Parameters
    ----------
    unit : {"week", "month", "quarter"}
    due : date
        Last day of the last period that is due.
    periods : int
        How many periods in a row brought nothing; 0: the last one that is due was reported.
    """

    unit: PeriodKind
    due: date
    periods: int


def silence(expected: Expected, last_report: date | None, first: date, last: date) -> Silence | None:
    """Count the periods since a facility's last report.

    Parameters
    ----------
    expected : Expected
    last_report : date, optional
        Any day of the last period with a report; None where there never was one.
    first, last : date
        First and last day that the data reach. Silence is judged at `last`, not today: after the data end,
        every facility would be silent.

    Returns
    -------
    Silence or None
        None where no period is due: the facility reports only later, or reported no longer by then.

    Examples
    --------
    >>> silence(Expected(), date(2026, 6, 10), date(2026, 1, 1), date(2026, 6, 30)).periods
    2
    >>> silence(Expected("monthly", 10), date(2026, 4, 2), date(2026, 1, 1), date(2026, 6, 30)).periods
    1
    >>> closed = Expected(ends=date(2026, 3, 31))
    >>> silence(closed, date(2026, 3, 2), date(2026, 1, 1), date(2026, 6, 30)) is None
    True
    """
    unit = UNITS[expected.frequency]
    due = _last_due(unit, last - timedelta(days=max(0, expected.deadline_days)))
    if expected.ends is not None and expected.ends < period_first_day(due, unit):
        return None
    start = max(first, expected.begins or first)
    if start > due:
        return None
    periods = 0
    day = due
    while day >= start and (last_report is None or period_first_day(day, unit) > last_report):
        periods += 1
        day = period_first_day(day, unit) - _DAY
    return Silence(unit, due, periods)


def _last_due(unit: PeriodKind, day: date) -> date:
    """Last day of the last period that had ended by a day."""
    end = period_last_day(day, unit)
    return end if end <= day else period_first_day(day, unit) - _DAY
