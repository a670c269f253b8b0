"""Issued periods that hold some days: as few and as long as possible, since longer ones are hidden less."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from surveillance.epiweek import period_first_day, period_last_day

Kind = Literal["month", "quarter", "year"]
#: The finest first.
KINDS: tuple[Kind, ...] = ("month", "quarter", "year")
#: An issued period: its kind and its first day.
Issued = tuple[Kind, date]


@dataclass(frozen=True)
class Calendar:
    """First days of the issued periods of one table, by their kind."""

    month: frozenset[date] = frozenset()
    quarter: frozenset[date] = frozenset()
    year: frozenset[date] = frozenset()

    def of(self, kind: Kind) -> frozenset[date]:
        """First days of one kind."""
        found: frozenset[date] = getattr(self, kind)
        return found

    @property
    def kinds(self) -> list[Kind]:
        """Kinds of which any is issued, the finest first."""
        return [kind for kind in KINDS if self.of(kind)]

    @property
    def first(self) -> date | None:
        """First day of any of them."""
        return min((min(self.of(kind)) for kind in self.kinds), default=None)

    @property
    def last(self) -> date | None:
        """Last day of any of them."""
        return max((period_last_day(max(self.of(kind)), kind) for kind in self.kinds), default=None)


def covering(calendar: Calendar, start: date, end: date) -> tuple[Issued, ...]:
    """Issued periods that hold the days from `start` to `end`, in order, none of them twice.

    A year that lies wholly in the days is taken as one, then a quarter, then months. Where shorter periods
    are not issued, the longer one that holds the days is taken. Days of which nothing is issued are left out.

    Examples
    --------
    >>> quarters = frozenset(date(2025, month, 1) for month in (1, 4, 7, 10))
    >>> held = Calendar(quarter=quarters, year=frozenset({date(2025, 1, 1)}))
    >>> [kind for kind, _ in covering(held, date(2025, 2, 3), date(2025, 5, 1))]
    ['quarter', 'quarter']
    >>> covering(held, date(2024, 6, 1), date(2026, 6, 1))
    (('year', datetime.date(2025, 1, 1)),)
    """
    found: list[Issued] = []
    for year in range(start.year, end.year + 1):
        found += _of_year(calendar, date(year, 1, 1), start, end)
    return tuple(found)


def _of_year(calendar: Calendar, first: date, start: date, end: date) -> list[Issued]:
    if first in calendar.year and _within(first, "year", start, end):
        return [("year", first)]
    found: list[Issued] = []
    for quarter in _parts(first, "quarter", "year"):
        if not _meets(quarter, "quarter", start, end):
            continue
        if quarter in calendar.quarter and _within(quarter, "quarter", start, end):
            found.append(("quarter", quarter))
            continue
        months: list[Issued] = [
            ("month", month)
            for month in _parts(quarter, "month", "quarter")
            if month in calendar.month and _meets(month, "month", start, end)
        ]
        if not months and quarter in calendar.quarter:
            months = [("quarter", quarter)]
        found += months
    return found or ([("year", first)] if first in calendar.year else [])


def _parts(first: date, kind: Kind, whole: Kind) -> Iterator[date]:
    last = period_last_day(first, whole)
    while first <= last:
        yield first
        first = period_last_day(first, kind) + timedelta(days=1)


def _within(first: date, kind: Kind, start: date, end: date) -> bool:
    return start <= first and period_last_day(first, kind) <= end


def _meets(first: date, kind: Kind, start: date, end: date) -> bool:
    return first <= end and start <= period_last_day(first, kind)


def span(periods: Sequence[Issued]) -> tuple[date, date] | None:
    """First and last day of some periods; None of none."""
    if not periods:
        return None
    return min(first for _, first in periods), max(period_last_day(first, kind) for kind, first in periods)


def moved(day: date, months: int) -> date:
    """The first day of a month that lies so many months from another one's.

    >>> moved(date(2025, 1, 1), -3)
    datetime.date(2024, 10, 1)
    """
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def months_of(start: date, end: date) -> int:
    """How many months lie from the first day of one to the last day of another."""
    return (end.year - start.year) * 12 + end.month - start.month + 1


def enclosing(periods: Sequence[Issued], kind: Kind) -> list[date]:
    """First days of the longer periods of a kind that hold some periods, in order."""
    found = {period_first_day(first, kind) for _, first in periods}
    return sorted(found)
