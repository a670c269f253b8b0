"""What became of the clusters of the run before: new, growing, shrinking, of another extent, gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

NEW, GROWING, SHRINKING, UNCHANGED, EXTENT, GONE = CHANGES = (
    "new", "growing", "shrinking", "unchanged", "extent", "gone",
)  # fmt: skip
#: Least share of the smaller of two clusters that they must have in common to be one; and of the larger, for
#: their cases to be compared.
SHARED = 0.5


@dataclass(frozen=True)
class Extent:
    """Where and when a cluster is, and how large. Days are None where the scan did not use time."""

    rank: int
    rate: str
    locations: frozenset[str]
    start: date | None
    end: date | None
    observed: int
    expected: float

    @property
    def days(self) -> int:
        """Days from first to last."""
        return 1 if self.start is None or self.end is None else (self.end - self.start).days + 1

    @property
    def size(self) -> int:
        """Locations times days."""
        return len(self.locations) * self.days

    @property
    def cases(self) -> int:
        """Cases of a cluster of high rates; of low rates, the cases that are missing."""
        return self.observed if self.rate == "high" else round(self.expected - self.observed)


@dataclass(frozen=True)
class Change:
    """What a cluster is to the run before: `before` is its rank there, None where it is new."""

    rank: int
    change: str
    before: int | None


def overlap(one: Extent, other: Extent) -> int:
    """Count what two clusters have in common.

    Parameters
    ----------
    one, other : Extent

    Returns
    -------
    int
        Locations times days.

    Examples
    --------
    >>> june = Extent(1, "high", frozenset("AB"), date(2026, 6, 1), date(2026, 6, 10), 12, 3.0)
    >>> later = Extent(1, "high", frozenset("BC"), date(2026, 6, 8), date(2026, 6, 20), 9, 3.0)
    >>> overlap(june, later)
    3
    """
    days = 1
    if one.start and one.end and other.start and other.end:
        days = (min(one.end, other.end) - max(one.start, other.start)).days + 1
    return len(one.locations & other.locations) * max(days, 0)


def compare(now: Sequence[Extent], before: Sequence[Extent]) -> tuple[list[Change], list[int]]:
    """Compare the clusters of a run with those of the run before.

    Two clusters are one where they share at least half of the smaller one (locations times days) and both
    have high, or both low rates. A cluster continues in one cluster only, the one most like it. It grows or
    shrinks by its cases where the two share at least half of the larger one, too; otherwise its extent has
    changed, and more cases may come from more places.

    Parameters
    ----------
    now, before : sequence of Extent
        Clusters of the two runs.

    Returns
    -------
    changes : list of Change
        One for each cluster of now, in the order given.
    gone : list of int
        Ranks of the clusters of before that do not continue.

    Examples
    --------
    >>> first = Extent(1, "high", frozenset("AB"), date(2026, 6, 1), date(2026, 6, 10), 12, 3.0)
    >>> again = Extent(1, "high", frozenset("AB"), date(2026, 6, 1), date(2026, 6, 12), 15, 3.0)
    >>> compare([again], [first])
    ([Change(rank=1, change='growing', before=1)], [])
    """
    pairs = []
    for one in now:
        for other in before:
            common = overlap(one, other)
            if one.rate == other.rate and common and common >= SHARED * min(one.size, other.size):
                likeness = common / (one.size + other.size - common)
                pairs.append((-likeness, one.rank, other.rank, one, other))
    went_on: dict[int, Change] = {}
    taken: set[int] = set()
    for *_, one, other in sorted(pairs, key=lambda pair: pair[:3]):
        if one.rank not in went_on and other.rank not in taken:
            taken.add(other.rank)
            grown = one.cases - other.cases
            change = GROWING if grown > 0 else SHRINKING if grown < 0 else UNCHANGED
            if overlap(one, other) < SHARED * max(one.size, other.size):
                change = EXTENT
            went_on[one.rank] = Change(one.rank, change, other.rank)
    changes = [went_on.get(one.rank, Change(one.rank, NEW, None)) for one in now]
    return changes, [other.rank for other in before if other.rank not in taken]
