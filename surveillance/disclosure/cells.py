"""One table while its pattern is being made: which families are hidden, and what it costs to hide another."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from surveillance.disclosure.exchange.bridges import NEVER, ChangeGroups, ChangePlaces
from surveillance.disclosure.exchange.joint import joint_donors
from surveillance.disclosure.exchange.moves import (
    PLENTY,
    Capacity,
    Flags,
    channel_counts,
    donors,
    link_capacity,
)
from surveillance.disclosure.model import FREE, Block, Counts, State, States, Table

#: A family costs its people, and a little for itself, so that of two that hold as many people one is better
#: than two.
_FAMILY = 0.01


@dataclass(eq=False)
class LevelCells:
    """The families of a table at one level.

    Attributes
    ----------
    columns : list of int
        For each node the column of the table, or -1 for a residual: the part of a sum that is not issued.
    cover : ndarray of bool, shape (nodes, leaf columns)
    span : ndarray of float, shape (pairs, nodes)
        Which nodes a move at a pair of leaf columns changes.
    hidden : ndarray of bool, shape (rows, nodes)
    weight : ndarray of float, shape (rows, nodes)
        What hiding the family costs; at least `NEVER` where it cannot be hidden.
    cost : ndarray of float, shape (pairs, rows)
        What must be hidden still, at this level and all deeper ones, before a move at a pair may change a
        row.
    """

    columns: list[int]
    cover: Flags
    span: NDArray[np.float64]
    hidden: Flags
    weight: NDArray[np.float64]
    cost: NDArray[np.float64]

    def node(self, column: int) -> int:
        """Return the node of a column, -1 where the level does not issue it."""
        return self.columns.index(column) if column in self.columns else -1


@dataclass(eq=False)
class Linked:
    """What ties a table to two others (:func:`~surveillance.disclosure.exchange.moves.link_capacity`).

    Attributes
    ----------
    joints : list of ndarray of int64, shape (x, y, z, numbers)
        Rows of this table are x; its leaf columns lie in y, as `within` says.
    within : ndarray of int64, shape (leaf columns,)
    top : int
        The column whose being hidden lets a row's third margin change; -1 for none.
    """

    joints: list[NDArray[np.int64]]
    within: NDArray[np.int64]
    top: int


class Cells:
    """One table with its pattern so far.

    Parameters
    ----------
    block : Block
    table : Table
    issued : ndarray of bool, shape (levels, columns)
        Columns that are issued (:mod:`surveillance.disclosure.resolution`).
    frozen : ndarray of int8, shape (levels, rows, columns)
        States that stay; `FREE` where the family is new.
    linked : Linked, optional
    most : int
        Most people that a move takes: k - 2.
    periods : int
        In a table by place and group, how many leaf columns each group has: periods that are not issued;
        else 0.
    """

    def __init__(
        self,
        block: Block,
        table: Table,
        issued: Flags,
        frozen: States,
        linked: Linked | None,
        most: int,
        periods: int = 0,
    ) -> None:
        self.table, self.chain, self.most = table, block.chain, most
        #: Nodes of the leaf rows; a table with bridges has one more, that stands for none.
        self.rows = np.array(table.rows.leaves)
        self.real = len(self.rows)
        self.under = table.rows.cover  # nodes, leaf rows
        self.totals = table.totals
        self.donors = donors(self.chain, table.sums)
        self.linked = linked
        self._links: dict[int, Capacity] = {}
        self._numbers: dict[int, tuple[Flags, Counts]] = {}
        self.first, self.second = _pairs(len(table.columns.leaves), periods)
        #: The leaf column of each pair; `first` may number it in one month (see `tie`).
        self.column = self.first
        self.places: ChangePlaces | None = None
        self.groups: ChangeGroups | None = None
        #: Pairs from this one on are of `places`, those before may be of `groups`.
        self.own_pairs = len(self.first)
        never = np.array([name in table.never for name in table.rows.names])
        self.never = never
        self.issued = issued.copy()
        self.frozen = frozen
        #: Further tables whose families go with those of this one: see `hide`.
        self.follow: list[Follow] = []
        self.levels = [self._level(level) for level in range(len(self.chain.levels))]
        parents = [table.rows.ancestors(row) for row in self.rows]
        #: Rows of one class have the same rows above them.
        self.classes = sorted(set(parents))
        self.class_of = np.array([self.classes.index(above) for above in parents])

    def _level(self, level: int) -> LevelCells:
        """Lay out the nodes of a level; nothing is hidden yet but what is never shown or was issued so."""
        columns, cover = _nodes(self.table, self.issued[level])
        first, second = self.column, self.second
        within_first = cover[:, first].T
        within_second = np.where(
            second < cover.shape[1], cover[:, np.minimum(second, cover.shape[1] - 1)], False
        ).T
        hidden = np.zeros((len(self.table.rows.names), len(columns)), bool)
        hidden[self.never] = True
        weight = np.empty(hidden.shape)
        own = list(self.chain.of_level(level))
        own = [number for number in own if self.chain.numbers[number].protected]
        for node, column in enumerate(columns):
            if column < 0:
                hidden[1:, node] = True
                weight[:, node] = NEVER
            else:
                weight[:, node] = self.totals[:, column, own].sum(axis=1) + _FAMILY
                frozen = self.frozen[level, :, column]
                hidden[frozen == State.HIDDEN, node] = True
                weight[frozen == State.SHOWN, node] = NEVER
        weight[0] = NEVER
        if self.table.grouped:
            weight[:, :1] = NEVER  # no place's year is hidden for a group: it would hide most places
        return LevelCells(
            columns,
            cover,
            (within_first != within_second).astype(float),
            hidden,
            weight,
            np.full((len(self.first), len(self.table.rows.names) + 1), NEVER),
        )

    def numbers(self, level: int) -> Counts:
        """Return the numbers of all rows and nodes of a level, shape (rows, nodes, numbers).

        Parameters
        ----------
        level : int

        Returns
        -------
        ndarray of int64
        """
        cover = self.levels[level].cover
        held = self._numbers.get(level)
        if held is None or held[0] is not cover:
            by_row = np.tensordot(self.table.rows.cover.astype(np.int64), self.table.sums, 1)
            found = np.tensordot(cover.astype(np.int64), by_row, ([1], [1])).swapaxes(0, 1)
            held = self._numbers[level] = cover, np.ascontiguousarray(found)
            held[1].flags.writeable = False
        return held[1]

    def families(self, level: int, column: int) -> list[tuple[int, int]]:
        """List the level and node of the families that are hidden together: one, and the deeper ones."""
        found = []
        for deeper in range(level, len(self.levels)):
            node = self.levels[deeper].node(column)
            if node >= 0:
                found.append((deeper, node))
        return found

    def hide(self, level: int, row: int, column: int) -> None:
        """Hide a family, those of deeper levels, and those of other tables that it is the sum of.

        Parameters
        ----------
        level : int
        row : int
        column : int
            A column of the table.
        """
        for deeper, node in self.families(level, column):
            self.levels[deeper].hidden[row, node] = True
        for follow in self.follow:
            if follow.column == column:
                follow.hide(level, row)

    def recost(self, rows: Sequence[int] | None = None) -> None:
        """Work out anew what the families of some rows cost."""
        chosen = np.arange(len(self.table.rows.names)) if rows is None else np.array(sorted(set(rows)))
        deeper: NDArray[np.float64] = np.zeros((len(chosen), len(self.table.columns.names)))
        for level in reversed(range(len(self.levels))):
            cells = self.levels[level]
            open_ = np.where(cells.hidden[chosen], 0.0, cells.weight[chosen])
            issued = [node for node, column in enumerate(cells.columns) if column >= 0]
            columns = [cells.columns[node] for node in issued]
            deeper[:, columns] += open_[:, issued]
            cost = open_.copy()
            cost[:, issued] = deeper[:, columns]
            for follow in self.follow:
                node = cells.node(follow.column)
                if node >= 0:
                    cost[:, node] += [follow.cost(level, row) for row in chosen.tolist()]
            cost[cells.hidden[chosen]] = 0.0
            cells.cost[:, chosen] = cells.span @ cost.T
            if self.places is not None:
                more = self.places.cost(level)
                cells.cost[self.own_pairs :][:, chosen] += more[:, chosen]
            if self.groups is not None:
                cells.cost[: self.own_pairs, -1] = self.groups.cost(level)

    def hide_for(self, level: int, pair: int, rows: Sequence[int]) -> None:
        """Hide every family that a flip at a pair of columns changes in some rows.

        Parameters
        ----------
        level : int
            Of the flip.
        pair : int
        rows : sequence of int
            Nodes.
        """
        kept = self.levels[level]
        for node in np.flatnonzero(kept.span[pair]).tolist():
            for row in rows:
                if kept.columns[node] >= 0 and not kept.hidden[row, node]:
                    self.hide(level, row, kept.columns[node])
        self.recost(rows)

    def tie(self, care: Cells, group: Cells, periods: int) -> None:
        """Bind a table by place and group to those that own its margins; before anything is hidden.

        Parameters
        ----------
        care, group : Cells
        periods : int
            How many leaf columns each group has.
        """
        self.groups = ChangeGroups(self, group, periods)
        self.places = places = ChangePlaces(self, care, periods)
        known, columns, more = len(self.rows), self.donors[0].shape[2], len(places.column)
        self.rows = np.append(self.rows, len(self.table.rows.names))
        self.under = np.concatenate([self.under, np.zeros((len(self.under), 1), bool)], axis=1)
        self.class_of = np.append(self.class_of, self.class_of[:1])
        for level, kept in enumerate(self.donors):
            wider = np.full((len(kept), known + 1, columns + more), PLENTY, np.int8)
            wider[:, :known, :columns] = kept
            wider[:-1, :known, columns:] = places.people[level]
            self.donors[level] = wider
        self.column = np.concatenate([self.column, places.column])
        self.first = np.concatenate([self.first, columns + np.arange(more)])
        self.second = np.concatenate([self.second, np.full(more, columns - 1)])
        self.levels = [self._level(level) for level in range(len(self.chain.levels))]

    def link(self, level: int) -> Capacity | None:
        """Return what the joint tables allow, shape (channels + 1, pairs, leaf rows, leaf rows).

        Between two rows that are `free_rows` there is no such bound.
        """
        if self.linked is None:
            return None
        if level not in self._links:
            found: Capacity | None = None
            for joint in self.joints:
                one = link_capacity(joint[level], self.most)
                found = one if found is None else np.minimum(found, one)
            assert found is not None  # noqa: S101 - a linked table has a joint
            within = self.linked.within
            real = self.second < len(within)
            y1, y2 = within[self.column], within[np.where(real, self.second, 0)]
            link = np.full((len(self.chain.channels) + 1, len(self.first), *found.shape[3:]), PLENTY, np.int8)
            across = real & (y1 != y2)
            link[:-1, across] = found[:, y1[across], y2[across]]
            self._links[level] = link
        return self._links[level]

    @cached_property
    def across(self) -> Flags:
        """Which pairs lie in two periods of the joint, or have no second column, shape (pairs,)."""
        assert self.linked is not None  # noqa: S101 - asked where there is one
        within = np.append(self.linked.within, -1)
        return np.asarray(within[self.column] != within[self.second])

    @cached_property
    def pure(self) -> Flags:
        """Which leaf cells have numbers that are sums of their channels, shape (leaf rows, leaf columns)."""
        sums = self.table.sums
        return np.asarray((channel_counts(self.chain, sums) @ self.chain.masks.T == sums).all(axis=2))

    @cached_property
    def joints(self) -> list[list[Capacity]]:
        """People of the joint tables, each level by level."""
        assert self.linked is not None  # noqa: S101 - asked where there is one
        return [joint_donors(self.chain, joint) for joint in self.linked.joints]

    def free_rows(self, level: int) -> Flags:
        """Say in which leaf rows third margins may change, shape (leaf rows,)."""
        node = -1
        if self.linked is not None and self.linked.top >= 0:
            node = self.levels[level].node(self.linked.top)
        return np.zeros(len(self.rows), bool) if node < 0 else self.levels[level].hidden[self.rows, node]

    def withdraw(self, level: int) -> bool:
        """Issue no new column at a level and deeper, for the country neither.

        Parameters
        ----------
        level : int

        Returns
        -------
        bool
            Whether there was one.
        """
        known = self.frozen.shape[2]
        new = self.issued[level:, :known] & (self.frozen[level:, 0] == FREE)
        if not new.any():
            return False
        for deeper in range(level, len(self.levels)):
            self.issued[deeper, :known] &= self.frozen[deeper, 0] != FREE
            self.levels[deeper] = self._level(deeper)
        for follow in self.follow:
            follow.other.withdraw(level)
        self.recost()
        return True

    def states(self) -> States:
        """Return the pattern so far, shape (levels, rows, columns)."""
        found = np.full(self.frozen.shape, State.NOT_ISSUED, np.int8)
        for level, cells in enumerate(self.levels):
            for node, column in enumerate(cells.columns):
                if column >= 0:
                    found[level, :, column] = np.where(cells.hidden[:, node], State.HIDDEN, State.SHOWN)
        found[:, self.never] = State.NOT_ISSUED
        return found


@dataclass(eq=False)
class Follow:
    """Families of a table by place and group that go with one of a table over time.

    Attributes
    ----------
    column : int
        The year, in the table over time.
    other : Cells
        The table by place and group.
    rows : bool
        Whether a row of the table over time is a row of the other; else it is a column of that one.
    where : list of int
        For each row of the table over time the row or column of the other.
    """

    column: int
    other: Cells
    rows: bool
    where: list[int]

    def hide(self, level: int, row: int) -> None:
        """Hide what goes with a row's year."""
        for cells in self.other.levels[level:]:
            if cells.hidden.size and self.rows:
                cells.hidden[self.where[row]] = True
            elif cells.hidden.size:
                cells.hidden[:, self.where[row]] = True

    def cost(self, level: int, row: int) -> float:
        """Say what hiding a row's year costs in the other table."""
        total, line, rest = 0.0, [self.where[row]], slice(1, None)
        for cells in self.other.levels[level:]:
            if cells.hidden.size:
                chosen = (line, rest) if self.rows else (rest, line)
                total += float(cells.weight[chosen][~cells.hidden[chosen]].sum())
        return total


def _pairs(leaves: int, periods: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pair leaf columns: with each other and with none (numbered after the last); else within a period."""
    last = leaves if periods else leaves + 1
    pairs = [(m, other) for m in range(leaves) for other in range(last) if other != m]
    if periods:
        pairs = [(m, other) for m, other in pairs if m % periods == other % periods]
    both = np.array(pairs, np.int64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def _nodes(table: Table, issued: Flags) -> tuple[list[int], Flags]:
    """List the issued columns, then a residual for each of them whose parts are not all issued."""
    tree = table.columns
    columns = np.flatnonzero(issued).tolist()
    cover = [tree.cover[column] for column in columns]
    residuals = []
    for column in columns:
        parts = [other for other in columns if other != column and column in tree.ancestors(other)]
        rest = tree.cover[column] & ~np.any(
            [tree.cover[part] for part in parts] or [tree.cover[column] * False], axis=0
        )
        if parts and rest.any():
            residuals.append(rest)
    return columns + [-1] * len(residuals), np.array(cover + residuals, bool).reshape(-1, len(tree.leaves))


def states_of(tables: Mapping[str, Cells]) -> dict[str, States]:
    """Return the pattern so far of some tables.

    Parameters
    ----------
    tables : mapping of str to Cells

    Returns
    -------
    dict of str to ndarray of int8, shape (levels, rows, columns)

    Examples
    --------
    >>> states_of({})
    {}
    """
    return {name: cells.states() for name, cells in tables.items()}


def names_of(
    tables: Sequence[Table],
) -> tuple[dict[str, tuple[Hashable, ...]], dict[str, tuple[Hashable, ...]]]:
    """Return the names of rows and of columns of some tables, by table.

    Parameters
    ----------
    tables : sequence of Table

    Returns
    -------
    (dict, dict)
        Name of the table -> names of its rows; and of its columns.

    Examples
    --------
    >>> names_of([])
    ({}, {})
    """
    return {t.name: t.rows.names for t in tables}, {t.name: t.columns.names for t in tables}
