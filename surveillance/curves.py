"""Curves of cases in time: their steps, the same steps of the year before, and steps that few reported."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from statistics import median
from typing import NamedTuple, TypeVar

from surveillance.epiweek import PeriodKind, period_first_day, period_last_day
from surveillance.windows import YEAR_OF_WEEKS, add_months

#: A step that fewer than this share of the usual number of facilities reported on is incomplete.
COMPLETE = 0.8
#: So many steps before say what is usual.
USUAL_OF = 8

Part = TypeVar("Part", bound=Hashable)


class Step(NamedTuple):
    """One week, month, quarter or year: its first day, and its days within a period."""

    begins: date
    first: date
    last: date


def steps_between(first: date, last: date, kind: PeriodKind) -> list[Step]:
    """List the steps that hold the days of a period, the outer ones cut to it.

    Parameters
    ----------
    first, last : date
    kind : {"week", "month", "quarter", "year"}

    Returns
    -------
    list of Step
        In order; empty where `last` lies before `first`.

    Examples
    --------
    >>> [step.last.isoformat() for step in steps_between(date(2026, 6, 22), date(2026, 6, 30), "week")]
    ['2026-06-28', '2026-06-30']
    """
    found = []
    begins = period_first_day(first, kind)
    while begins <= last:
        ends = period_last_day(begins, kind)
        if ends >= first:
            found.append(Step(begins, max(begins, first), min(ends, last)))
        begins = ends + timedelta(days=1)
    return found


def year_before(day: date, kind: PeriodKind) -> date:
    """Return the same day of the year before: 52 weeks earlier, or the same day of the month.

    Parameters
    ----------
    day : date
    kind : {"week", "month", "quarter", "year"}

    Returns
    -------
    date
        Weeks lead to the same day of the week. Of 29 February it is the 28th.

    Examples
    --------
    >>> year_before(date(2026, 6, 1), "week").isoformat(), year_before(date(2024, 2, 29), "month").isoformat()
    ('2025-06-02', '2023-02-28')
    """
    if kind == "week":
        return day - YEAR_OF_WEEKS
    first = add_months(day.replace(day=1), -12)
    return min(first + timedelta(days=day.day - 1), add_months(first, 1) - timedelta(days=1))


def in_steps(
    rows: Iterable[tuple[date, Part]], steps: Sequence[Step], add: Callable[[Part, Part], Part]
) -> list[Part | None]:
    """Add what is dated into the steps that hold its day.

    Parameters
    ----------
    rows : iterable of (date, part)
        A day outside every step is left out.
    steps : sequence of Step
        In order, without overlap.
    add : callable
        Two parts together.

    Returns
    -------
    list of part or None
        One for each step; None where nothing is dated in it.

    Examples
    --------
    >>> weeks = steps_between(date(2026, 6, 1), date(2026, 6, 14), "week")
    >>> in_steps([(date(2026, 6, 3), 2), (date(2026, 6, 7), 1)], weeks, int.__add__)
    [3, None]
    """
    found: list[Part | None] = [None] * len(steps)
    at = 0
    for day, part in sorted(rows, key=lambda row: row[0]):
        while at < len(steps) and steps[at].last < day:
            at += 1
        if at < len(steps) and steps[at].first <= day:
            held = found[at]
            found[at] = part if held is None else add(held, part)
    return found


def incomplete(reported: Sequence[int]) -> list[bool]:
    """Return which steps fewer facilities reported on than usual.

    Parameters
    ----------
    reported : sequence of int
        Facilities that reported on each step.

    Returns
    -------
    list of bool
        True where fewer than four fifths of the median of the eight steps before reported (of those there
        are, at least two); the first two steps are never said to be incomplete.

    Examples
    --------
    >>> incomplete([100, 104, 99, 70])
    [False, False, False, True]
    """
    return [
        at >= 2 and count < COMPLETE * median(reported[max(0, at - USUAL_OF) : at])
        for at, count in enumerate(reported)
    ]


def reporters(cells: Mapping[int, frozenset[str]], of_step: Sequence[Sequence[int]]) -> list[frozenset[str]]:
    """Return the facilities that reported on any cell of each step.

    Parameters
    ----------
    cells : mapping of int to frozenset of str
        Cell -> facilities that reported on it.
    of_step : sequence of sequence of int
        Cells of each step.

    Returns
    -------
    list of frozenset of str

    Examples
    --------
    >>> found = reporters({7: frozenset({"a", "b"}), 9: frozenset({"b"})}, [[7, 9], [9, 11]])
    >>> [len(one) for one in found]
    [2, 1]
    """
    nobody: frozenset[str] = frozenset()
    return [nobody.union(*(cells.get(cell, nobody) for cell in held)) for held in of_step]
