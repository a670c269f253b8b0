"""Moves of a table by place and group that change its margins, too: with the table over time that has them.

Such a table is bound to its margins: a place's year, and a group's year in the country. Where these are
hidden, more worlds are possible, but the tables over time that own the margins must have them as well:

- two people of one group in one month *change places*: the table by place and month moves two cells of that
month;
- two people in one place and period *change groups*: the table by group moves two cells of that period.

What must be hidden in the other table is part of the cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from surveillance.disclosure.exchange.moves import Capacity
from surveillance.disclosure.model import Table

#: The cost of what cannot be hidden.
NEVER = 1e12


class Bound(Protocol):
    """What a bridge needs to know of a table (:class:`surveillance.disclosure.cells.Cells`)."""

    table: Table
    rows: NDArray[np.int64]
    real: int
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    donors: list[Capacity]
    linked: Any
    levels: Any

    def hide_for(self, level: int, pair: int, rows: Sequence[int]) -> None:
        """Hide what a flip at a pair of columns changes in some rows."""


class ChangePlaces:
    """Two people of one group and month change places.

    Each leaf column (a group in a period) is taken once for each month of the period, as a pair with no
    second column.

    Parameters
    ----------
    own, care : Cells
        The table by place, group and period, and that by place and month.
    periods : int
        How many leaf columns a group has.
    """

    def __init__(self, own: Bound, care: Bound, periods: int) -> None:
        assert care.linked is not None  # noqa: S101 - both are linked by the joint
        self.care = care
        columns, months = len(own.table.columns.leaves), len(care.table.columns.leaves)
        column, month = (grid.ravel() for grid in np.meshgrid(range(columns), range(months), indexing="ij"))
        fits = care.linked.within[month] == column % periods
        self.column, self.month = column[fits], month[fits]
        names = own.table.rows.names
        self.nodes = np.array([care.table.rows.position(names[row]) for row in own.rows[: own.real]])
        self.leaves = np.array([care.rows.tolist().index(node) for node in self.nodes])
        alone = care.second == months
        pair_of = np.array([int(np.flatnonzero(alone & (care.first == one))[0]) for one in range(months)])
        self.care_pairs = pair_of[self.month]
        #: Who is there in both tables: level by level, shape (channels, leaf rows, pairs).
        self.people = [
            np.minimum(
                mine[:-1, : own.real][:, :, self.column], theirs[:-1][:, self.leaves][:, :, self.month]
            )
            for mine, theirs in zip(own.donors, care.donors, strict=True)
        ]

    def cost(self, level: int) -> NDArray[np.float64]:
        """Say what must be hidden in the table by place and month, shape (pairs, rows and none)."""
        cost: NDArray[np.float64] = self.care.levels[level].cost[self.care_pairs][:, self.nodes]
        never = np.full((len(cost), 1), NEVER)
        return np.concatenate([never, cost, never], axis=1)

    def pay(self, level: int, pair: int, rows: tuple[int, int]) -> None:
        """Hide it, for two leaf rows."""
        self.care.hide_for(level, int(self.care_pairs[pair]), [int(self.nodes[row]) for row in rows])

    def cell(self, row: int, pair: int) -> tuple[int, int]:
        """Return the leaf row and column of the table by place and month."""
        return int(self.leaves[row]), int(self.month[pair])


class ChangeGroups:
    """Two people of one place and period change groups: a pair of columns, and no second row.

    Parameters
    ----------
    own, group : Cells
        The table by place, group and period, and that by group and period.
    periods : int
    """

    def __init__(self, own: Bound, group: Bound, periods: int) -> None:
        self.group = group
        alone = group.second == periods
        pair_of = np.array([int(np.flatnonzero(alone & (group.first == one))[0]) for one in range(periods)])
        self.group_pairs = pair_of[own.first % periods]
        values = own.table.columns.names[1 : 1 + len(own.table.columns.leaves) // periods]
        position = np.array([group.table.rows.position(value) for value in values])
        self.one, self.two = position[own.first // periods], position[own.second // periods]

    def cost(self, level: int) -> NDArray[np.float64]:
        """Say what must be hidden in the table by group, shape (pairs,)."""
        cost: NDArray[np.float64] = self.group.levels[level].cost
        return cost[self.group_pairs, self.one] + cost[self.group_pairs, self.two]

    def pay(self, level: int, pair: int) -> None:
        """Hide it."""
        nodes = [int(self.one[pair]), int(self.two[pair])]
        self.group.hide_for(level, int(self.group_pairs[pair]), nodes)
