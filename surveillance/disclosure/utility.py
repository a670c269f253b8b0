"""How much of a release is hidden: the share of families and of people, by level and table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from surveillance.disclosure.model import Block, Pattern, State
from surveillance.disclosure.resolution import primary


@dataclass(frozen=True)
class Utility:
    """Counts over tables of one disease, level and name of table; rows of the country are left out.

    Attributes
    ----------
    disease, level, table : str
    families, primary, hidden, not_issued : int
        Families; of those that are issued with a number that is too small, and those that are hidden
        (primary ones too); those of periods and rows that are not issued.
    people, people_hidden, people_not_issued : int
        Their denominators (records at the level of records), added up.
    """

    disease: str
    level: str
    table: str
    families: int
    primary: int
    hidden: int
    not_issued: int
    people: int
    people_hidden: int
    people_not_issued: int

    @property
    def share_hidden(self) -> float:
        """Hidden of all issued families."""
        return self.hidden / max(self.families - self.not_issued, 1)

    @property
    def share_of_people_hidden(self) -> float:
        """People of hidden families of those of all issued ones."""
        return self.people_hidden / max(self.people - self.people_not_issued, 1)


def utility(patterns: Iterable[tuple[Block, Pattern]]) -> list[Utility]:
    """Say how many families and people are hidden, by disease, level and table.

    Parameters
    ----------
    patterns : iterable of (Block, Pattern)
        Blocks with what is shown of them, by any method: by heuristics, too.

    Returns
    -------
    list of Utility
        Years are added up.

    Examples
    --------
    >>> import numpy as np
    >>> from surveillance.disclosure.model import COHORT, Table, cohort_numbers, star
    >>> numbers = cohort_numbers(np.array([[40], [30], [2]]), np.array([[60], [44], [22]]))
    >>> care = Table("care", star("country", ["KH01", "KH02", "KH03"]), star("2025", []), numbers)
    >>> pattern = Pattern(5, {"care": np.array([[[0], [0], [1], [1]]], np.int8)})
    >>> one = utility([(Block("tb", COHORT, 2025, (care,)), pattern)])[0]
    >>> one.families, one.primary, one.hidden, one.people, one.people_hidden
    (3, 1, 2, 126, 66)
    """
    found: dict[tuple[str, str, str], list[int]] = {}
    for block, pattern in patterns:
        chain = block.chain
        for table in block.tables:
            totals = table.totals[1:, 1:] if table.grouped else table.totals[1:]
            states = pattern.states[table.name]
            states = states[:, 1:, 1:] if table.grouped else states[:, 1:]
            for level, code in enumerate(chain.levels):
                own = [number for number in chain.of_level(level) if chain.numbers[number].protected]
                people = totals[..., own].sum(axis=-1)
                hidden, absent = states[level] == State.HIDDEN, states[level] == State.NOT_ISSUED
                small = primary(chain, totals, level, pattern.threshold) & ~absent
                counts = (
                    *(people.size, int(small.sum()), int(hidden.sum()), int(absent.sum())),
                    *(int(people.sum()), int(people[hidden].sum()), int(people[absent].sum())),
                )
                before = found.setdefault((block.disease, code, table.name), [0] * len(counts))
                found[block.disease, code, table.name] = [
                    one + other for one, other in zip(before, counts, strict=True)
                ]
    return [Utility(*key, *counts) for key, counts in found.items()]
