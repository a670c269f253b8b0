"""The door of weekly counts on the first page, which stays open on a desk: the same rule for every reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from dashboard.services.disclosure import rules
from dashboard.services.disclosure.opening import opened
from dashboard.services.disclosure.undisclosed import Undisclosed


@dataclass(frozen=True)
class Weeks:
    """Counts of one place; None: there are few, or the number would give few away.

    Parameters
    ----------
    last, now, earlier : int, optional
        People of the last week, of the last weeks together, and of as many weeks before.
    curve : tuple of int
        People of each week; empty where one of the weeks has few.
    """

    last: int | None
    now: int | None
    earlier: int | None
    curve: tuple[int, ...]


def of_places(
    counts: Undisclosed[Mapping[str, Mapping[date, int]]], last: date, weeks: int, length: int
) -> dict[str, Weeks]:
    """Counts of each place by the Monday of the week, as everybody may be told.

    Parameters
    ----------
    counts : Undisclosed
        Place -> Monday -> people; a week that is absent has none.
    last : date
        Monday of the last week.
    weeks, length : int
        Weeks that are counted together, and weeks of the curve; the curve is at least twice as long.
    """
    mondays = [last - timedelta(days=7 * back) for back in reversed(range(length))]
    return {
        place: _weeks([held.get(monday, 0) for monday in mondays], weeks)
        for place, held in opened(counts).items()
    }


def _weeks(counts: list[int], weeks: int) -> Weeks:
    now, earlier = sum(counts[-weeks:]), sum(counts[-2 * weeks : -weeks])
    last = counts[-1]
    return Weeks(
        None if _few(last) or _few(now - last) else last,
        None if _few(now) else now,
        None if _few(earlier) else earlier,
        () if any(map(_few, counts)) else tuple(counts),
    )


def _few(count: int) -> bool:
    return rules.few(count, rules.FEWEST)
