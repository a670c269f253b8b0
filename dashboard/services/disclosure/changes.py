"""The door of changes: two windows of each area, compared as an account may see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.permissions import Grant
from dashboard.services.disclosure import values
from dashboard.services.disclosure.opening import may_open, opened
from dashboard.services.disclosure.undisclosed import Undisclosed
from surveillance.coverage.area_changes import changes as differences
from surveillance.coverage.count_change import CountChange, count_change
from surveillance.coverage.estimates import Change, Counts, Estimate
from surveillance.coverage.paired import Paired
from surveillance.coverage.paired_change import Comparison


@dataclass(frozen=True)
class Windows:
    """Two windows of one area: how they compare.

    `too_few`: where the compared facilities hold too few of its people: people compared, and people.
    `hidden`: where a release hides one of the windows.
    """

    comparison: Comparison | None
    too_few: tuple[int, int] | None = None
    hidden: bool = False


@dataclass(frozen=True)
class Told:
    """The change of each area and of all together; `few`: where it is hidden."""

    areas: list[Change | None]
    total: Change | None
    too_few: list[tuple[int, int] | None]
    few: list[bool]


def changes(grant: Grant, areas: Undisclosed[Sequence[Windows]], total: Undisclosed[Windows]) -> Told:
    """The changes of the areas of one table, tested together, and of all areas.

    `too_few` and `few` are those of the areas in order, and of all together.
    """
    held, whole = opened(areas), opened(total)
    told = may_open(grant, areas, total)
    few = [not told or one.hidden for one in (*held, whole)]
    shown = [Windows(None) if gone else one for one, gone in zip((*held, whole), few, strict=True)]
    *each, last = [one.comparison for one in shown]
    return Told(differences(each), differences([last])[0], [one.too_few for one in shown], few)


def counts(grant: Grant, pairs: Undisclosed[Paired], days: tuple[int, int]) -> tuple[CountChange | None, int]:
    """The numerators of two windows compared, over how many facility-weeks; None: they are not shown."""
    found = opened(pairs)
    if not may_open(grant, pairs):
        return None, 0
    now = sum((one.now for one in found.facilities.values()), Counts(False))
    earlier = sum((one.earlier for one in found.facilities.values()), Counts(False))
    return count_change(now.numerator, earlier.numerator, days=days), found.weeks


def windows(
    grant: Grant, shown: Estimate, now: Undisclosed[Counts] | None, earlier: Undisclosed[Counts]
) -> tuple[Estimate, Estimate]:
    """The values of both windows beside the value that is shown; `now` None: it is that value."""
    return shown if now is None else values.one(grant, now), values.one(grant, earlier)
