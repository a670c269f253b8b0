"""Months and quarters of a period: what the time slider of the map steps through."""

from __future__ import annotations

import re
from datetime import date, timedelta

from dashboard.parameters import Text
from surveillance.coverage.trend_steps import is_scrap
from surveillance.epiweek import PeriodKind, period_first_day, period_label, period_last_day
from surveillance.errors import UsageError
from surveillance.texts import N_
from surveillance.windows import Window

_PART = re.compile(r"(?P<year>\d{4})-(?:(?P<month>0[1-9]|1[0-2])|Q(?P<quarter>[1-4]))", re.ASCII)
_YEARS = range(1990, 2101)
#: Longer periods are stepped through by the quarter.
_MONTHS_OF_DAYS = 1100


class Part(Text):
    """A month or a quarter of the period."""

    def read(self, text: str) -> str:
        """The text.

        Raises
        ------
        UsageError
            It is neither.
        """
        if part_of(text) is None:
            raise self.refused(
                N_("{name}: '{given}' is neither a month (2026-06) nor a quarter (2026-Q2)"), text
            )
        return text


def part_of(text: str) -> Window | None:
    """First and last day of a month or quarter by its name; None where it is none.

    >>> part_of("2026-Q2")
    Window(first=datetime.date(2026, 4, 1), last=datetime.date(2026, 6, 30))
    """
    found = _PART.fullmatch(text)
    if found is None or int(found["year"]) not in _YEARS:
        return None
    kind: PeriodKind = "quarter" if found["quarter"] else "month"
    month = 3 * int(found["quarter"]) - 2 if found["quarter"] else int(found["month"])
    first = date(int(found["year"]), month, 1)
    return Window(first, period_last_day(first, kind))


def parts_of(window: Window, *, quarterly: bool) -> list[str]:
    """Names of the parts of a period in order; none where it has one alone.

    One that is cut to less than half of its days is left out: it would be seen beside whole ones.
    """
    long = (window.last - window.first).days >= _MONTHS_OF_DAYS
    kind: PeriodKind = "quarter" if quarterly or long else "month"
    day, found = period_first_day(window.first, kind), []
    while day <= window.last:
        last = period_last_day(day, kind)
        if not is_scrap(max(day, window.first), min(last, window.last), kind):
            found.append(period_label(day, kind))
        day = last + timedelta(days=1)
    return found if len(found) > 1 else []


def within(window: Window, text: str) -> Window:
    """The days of a period that lie in one of its parts.

    Raises
    ------
    UsageError
        None do.
    """
    part = part_of(text)
    if part is None or part.first > window.last or part.last < window.first:
        raise UsageError(
            "at: {at} lies outside the period ({start} to {end})",
            "at",
            at=text,
            start=window.first,
            end=window.last,
        )
    return Window(max(part.first, window.first), min(part.last, window.last))
