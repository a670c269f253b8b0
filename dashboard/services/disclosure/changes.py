"""The door of changes: two windows of each area, compared as an account may see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.permissions import Grant
from dashboard.services.disclosure import rules
from dashboard.services.disclosure.opening import opened
from dashboard.services.disclosure.small_counts import is_few, of_unknown, of_value
from dashboard.services.disclosure.undisclosed import Undisclosed
from dashboard.services.disclosure.values import FEW, without_unknown
from surveillance.coverage.area_changes import changes as differences
from surveillance.coverage.count_change import CountChange, count_change
from surveillance.coverage.estimates import Change, Counts, Estimate, estimate
from surveillance.coverage.paired import Paired
from surveillance.coverage.paired_change import Comparison
from surveillance.status import Status


@dataclass(frozen=True)
class Windows:
    """Two windows of one area: how they compare, and every number of people behind it.

    `too_few`: where the compared facilities hold too few of its people: people compared, and people.
    """

    comparison: Comparison | None
    people: tuple[int, ...] = ()
    too_few: tuple[int, int] | None = None


@dataclass(frozen=True)
class Told:
    """The change of each area and of all together; `few`: where it is hidden since a count is small."""

    areas: list[Change | None]
    total: Change | None
    too_few: list[tuple[int, int] | None]
    few: list[bool]


def changes(grant: Grant, areas: Undisclosed[Sequence[Windows]], total: Undisclosed[Windows]) -> Told:
    """The changes of the areas of one table, tested together, and of all areas.

    `too_few` and `few` are those of the areas in order, and of all together.
    """
    held, whole = opened(areas), opened(total)
    fewest = rules.fewest_told(grant)
    few = [fewest > 1 and is_few(one.people, fewest) for one in (*held, whole)]
    found = differences([one.comparison for one in held]) + differences([whole.comparison])
    *shown, together = [None if hidden else one for one, hidden in zip(found, few, strict=True)]
    too_few = [None if hidden else one.too_few for one, hidden in zip((*held, whole), few, strict=True)]
    return Told(shown, together, too_few, few)


def counts(grant: Grant, pairs: Undisclosed[Paired], days: tuple[int, int]) -> tuple[CountChange | None, int]:
    """The numerators of two windows compared, over how many facility-weeks; None: one is small."""
    found = opened(pairs)
    now = sum((one.now for one in found.facilities.values()), Counts(False))
    earlier = sum((one.earlier for one in found.facilities.values()), Counts(False))
    fewest = rules.fewest_told(grant)
    if fewest > 1 and is_few((now.numerator, earlier.numerator, *of_value(now), *of_value(earlier)), fewest):
        return None, found.weeks
    return count_change(now.numerator, earlier.numerator, days=days), found.weeks


def windows(
    grant: Grant, shown: Estimate, now: Undisclosed[Counts] | None, earlier: Undisclosed[Counts]
) -> tuple[Estimate, Estimate]:
    """The values of both windows beside the value that is shown; `now` None: it is that value."""
    fewest = rules.fewest_told(grant)
    before = _beside(earlier, None, fewest)
    return shown if now is None else _beside(now, shown, fewest), before


def _beside(box: Undisclosed[Counts], shown: Estimate | None, fewest: int) -> Estimate:
    """One value; hidden too where it would give away those who are left of the value that is shown."""
    counts = opened(box)
    (value,) = estimate([counts])
    if fewest == 1:
        return value
    if is_few(of_value(counts), fewest) or (shown is not None and is_few(_left(shown, counts), fewest)):
        return FEW
    if shown is not None and shown.status is Status.HIDDEN:
        return shown
    if shown is not None and shown.unknown is None:
        return without_unknown(value)
    left = () if shown is None or shown.unknown is None else (abs(shown.unknown - counts.unknown),)
    return without_unknown(value) if is_few((*of_unknown(counts), *left), fewest) else value


def _left(shown: Estimate, counts: Counts) -> tuple[int, ...]:
    if shown.numerator is None or shown.denominator is None:
        return ()
    numerator, others = of_value(counts)
    return abs(shown.numerator - numerator), abs(shown.denominator - shown.numerator - others)
