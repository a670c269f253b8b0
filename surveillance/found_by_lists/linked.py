"""Linking entries of several lists by declared identifiers, and counting who is in which lists."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from surveillance.errors import StatisticsError
from surveillance.texts import N_

#: Which lists a case is in, in their order.
Pattern = tuple[bool, ...]


@dataclass(frozen=True)
class Found:
    """Who was found by which lists.

    Parameters
    ----------
    lists : tuple of str
        Names of the lists.
    counts : dict of tuple of bool to int
        Cases by the lists that they are in; every combination but that of none.
    unidentified : dict of str to int
        Entries without any identifier, by list: they count as cases of their own.
    joined : int
        Entries that were joined to another of the same list.
    """

    lists: tuple[str, ...]
    counts: dict[Pattern, int]
    unidentified: dict[str, int]
    joined: int = 0

    @property
    def any(self) -> int:
        """Cases found by any list: the floor."""
        return sum(self.counts.values())

    def by(self, name: str) -> int:
        """Cases found by a list."""
        at = self.lists.index(name)
        return sum(number for pattern, number in self.counts.items() if pattern[at])


def link(lists: Mapping[str, Sequence[Sequence[Hashable | None]]]) -> Found:
    """Link entries that share an identifier of one kind.

    Parameters
    ----------
    lists : mapping of str to sequence of entries
        Each entry has an identifier of each kind, in one order; None where it is missing.

    Returns
    -------
    Found
        Entries linked by one kind of identifier or another, or through others, are one case.

    Raises
    ------
    StatisticsError
        There are fewer than two lists.

    Examples
    --------
    >>> found = link({"clinic": [("p1", None), ("p2", "s9")], "slips": [(None, "s9"), (None, None)]})
    >>> found.any, found.by("clinic"), found.counts[True, True], found.unidentified["slips"]
    (3, 2, 1, 1)
    """
    if len(lists) < 2:
        raise StatisticsError(N_("cases found by any list need two lists at least"))
    names = tuple(lists)
    parent: list[int] = []
    where: list[int] = []
    first: dict[tuple[int, Hashable], int] = {}
    unidentified = dict.fromkeys(names, 0)

    def root(entry: int) -> int:
        while parent[entry] != entry:
            parent[entry] = parent[parent[entry]]
            entry = parent[entry]
        return entry

    for at, name in enumerate(names):
        for entry in lists[name]:
            own = len(parent)
            parent.append(own)
            where.append(at)
            if all(one is None for one in entry):
                unidentified[name] += 1
            for kind, one in enumerate(entry):
                if one is not None:
                    parent[root(own)] = root(first.setdefault((kind, one), own))
    held: dict[int, set[int]] = {}
    for number, at in enumerate(where):
        held.setdefault(root(number), set()).add(at)
    counts = {pattern: 0 for pattern in product((True, False), repeat=len(names)) if any(pattern)}
    for there in held.values():
        counts[tuple(n in there for n in range(len(names)))] += 1
    joined = len(parent) - sum(number * sum(pattern) for pattern, number in counts.items())
    return Found(names, counts, unidentified, joined)
