"""Decide what a release hides: every hidden small number could as well be any other small number.

Protection is by construction. Families with a number of 1 to k - 1 are hidden (primary), with all deeper
levels of the same cell. Then each hidden number of 1 to k - 1 gets two witnesses: moves after which it is k
- 1, and 1, and everything that is published is the same (:mod:`surveillance.disclosure.exchange.moves`).
A move can be made for fewer people, so every value between is possible, too. A zero beside a small number
gets a witness in which it is not zero, unless it is part of a shown zero; a number of k or more beside a
small number gets one in which it is another one. Where hidden families do not give a witness, those are
hidden that hold the fewest people. Hiding more never takes a witness away, so that each number is looked at
once.

What is not promised. A hidden denominator of k or more may be known exactly (where it equals shown records,
say), and so may one number of a family without a small one, though not the whole. A zero is protected beside
a small number, not where it is part of a zero that is itself no secret, even if that was hidden for others'
sake. Who knows this program could ask why a family was hidden; moves say nothing against that.

Where no move exists, first the column is hidden for all rows, then the level, then the table does not issue
the level.

Numbers of periods that are not issued at a level stand in no table, but shown numbers may squeeze them; and a
later release may tell a number that an earlier one hid for others' sake. Both get witnesses, too
(:mod:`surveillance.disclosure.not_issued.bounds`).

References
----------
Hundepool A, Domingo-Ferrer J, Franconi L, Giessing S, Schulte Nordholt E, Spicer K, de Wolf P-P (2012),
*Statistical Disclosure Control*, Wiley, doi:10.1002/9781118348239.
Fischetti M, Salazar-González JJ (2001), Solving the cell suppression problem on tabular data with linear
constraints, *Management Science* 47(7):1008-1027, doi:10.1287/mnsc.47.7.1008.9805.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from surveillance.disclosure.cells import Cells, Follow, Linked, names_of, states_of
from surveillance.disclosure.doubt import beside_small, in_open_zero, needs_room, sensitive
from surveillance.disclosure.exchange.bridges import NEVER
from surveillance.disclosure.exchange.moves import Flags
from surveillance.disclosure.finding import find
from surveillance.disclosure.model import FREE, Block, Pattern, State, Table, Tree
from surveillance.disclosure.not_issued.bounds import frame_of, told_too_closely
from surveillance.disclosure.not_issued.mending import mend
from surveillance.disclosure.remainders import remainders
from surveillance.disclosure.resolution import primary, resolution
from surveillance.disclosure.search import FreeMoves, Move, Wanted, protected_numbers


def suppress(
    block: Block, threshold: int, issued: Pattern | None = None, at_least: Pattern | None = None
) -> Pattern:
    """Decide what is shown of a block.

    Parameters
    ----------
    block : Block
    threshold : int
        k: numbers of 1 to k - 1 are protected.
    issued : Pattern, optional
        What was issued before, at this threshold: it stays as it was.
    at_least : Pattern, optional
        The pattern of this block at a lower threshold: what it hides is hidden, so that both together tell no
        more than the lower one.

    Returns
    -------
    Pattern

    Raises
    ------
    ValueError
        The threshold is below 3, so that there is nothing between which a reader could be in doubt.

    Examples
    --------
    >>> from surveillance.disclosure.model import COHORT, Table, cohort_numbers, star
    >>> numbers = cohort_numbers(np.array([[40], [30], [2]]), np.array([[60], [44], [22]]))
    >>> care = Table("care", star("country", ["KH01", "KH02", "KH03"]), star("2025", []), numbers)
    >>> pattern = suppress(Block("tb", COHORT, 2025, (care,)), 5)
    >>> pattern.states["care"][0, :, 0].tolist()
    [0, 0, 1, 1]
    """
    if threshold < 3:
        raise ValueError(f"a threshold of {threshold} leaves no doubt; it must be 3 or more")
    tables = prepare(block, threshold, issued, at_least)
    _protect_all(block, tables, threshold)
    frame = frame_of(block)
    while mend(tables, told_too_closely(frame, states_of(tables), threshold)):
        _protect_all(block, tables, threshold)
    rows, columns = names_of(block.tables)
    return Pattern(threshold, states_of(tables), rows, columns)


def prepare(
    block: Block, threshold: int, issued: Pattern | None = None, at_least: Pattern | None = None
) -> dict[str, Cells]:
    """Lay out the tables of a block with what must be hidden in any case: primary families and what follows.

    Parameters
    ----------
    block : Block
    threshold : int
    issued, at_least : Pattern, optional
        As :func:`suppress` takes them.

    Returns
    -------
    dict of str to Cells
        By the table's name.

    Examples
    --------
    >>> from surveillance.disclosure.model import COHORT, cohort_numbers, star
    >>> numbers = cohort_numbers(np.array([[40], [30], [2]]), np.array([[60], [44], [22]]))
    >>> care = Table("care", star("country", ["KH01", "KH02", "KH03"]), star("2025", []), numbers)
    >>> block = Block("tb", COHORT, 2025, (care,))
    >>> prepare(block, 5)["care"].states()[0, :, 0].tolist()  # 2 completed it in KH03
    [0, 0, 0, 1]
    """
    levels = len(block.chain.levels)
    columns = resolution(block, threshold, issued, at_least)
    tables = _lay_out(block, threshold, columns, issued)
    for cells in tables.values():
        lower = None if at_least is None else at_least.states_for(cells.table, levels)
        for level in range(levels):
            columns_known = cells.frozen.shape[2]
            small = primary(block.chain, cells.totals[:, :columns_known], level, threshold)
            if lower is not None:
                small |= lower[level, :, :columns_known] == State.HIDDEN
            small |= needs_room(cells, level, cells.totals[:, :columns_known], range(columns_known)) > 0
            small[0] = False
            if cells.table.grouped:
                small[:, 0] = False
            small &= cells.frozen[level] == FREE
            for row, column in zip(*np.nonzero(small), strict=True):
                cells.hide(level, int(row), int(column))
    for cells in tables.values():
        cells.recost()
    return tables


def restore(block: Block, pattern: Pattern, threshold: int) -> dict[str, Cells]:
    """Lay out the tables of a block as a pattern has them.

    Parameters
    ----------
    block : Block
    pattern : Pattern
    threshold : int

    Returns
    -------
    dict of str to Cells
        By the table's name.

    Examples
    --------
    >>> from surveillance.disclosure.model import COHORT, cohort_numbers, star
    >>> numbers = cohort_numbers(np.array([[40], [30], [2]]), np.array([[60], [44], [22]]))
    >>> care = Table("care", star("country", ["KH01", "KH02", "KH03"]), star("2025", []), numbers)
    >>> block = Block("tb", COHORT, 2025, (care,))
    >>> pattern = suppress(block, 5)
    >>> bool((restore(block, pattern, 5)["care"].states() == pattern.states["care"]).all())
    True
    """
    columns = {name: states[:, 0, :] != State.NOT_ISSUED for name, states in pattern.states.items()}
    tables = _lay_out(block, threshold, columns, None)
    for name, cells in tables.items():
        for level, kept in enumerate(cells.levels):
            for node, column in enumerate(kept.columns):
                if column >= 0:
                    kept.hidden[:, node] |= pattern.states[name][level, :, column] == State.HIDDEN
    for cells in tables.values():
        cells.recost()
    return tables


def _lay_out(
    block: Block, threshold: int, columns: Mapping[str, Flags], issued: Pattern | None
) -> dict[str, Cells]:
    """Lay out the tables of a block with nothing hidden but what was issued so."""
    levels = len(block.chain.levels)
    tables: dict[str, Cells] = {}
    for table in block.tables:
        frozen = np.full((levels, len(table.rows.names), len(table.columns.names)), FREE, np.int8)
        if issued is not None:
            frozen = issued.states_for(table, levels)
        flags, fine, periods = columns[table.name], table, 0
        if table.grouped:
            fine, periods = _by_period(block, table)
            more = len(fine.columns.names) - flags.shape[1]
            flags = np.concatenate([flags, np.zeros((levels, more), bool)], axis=1)
        linked = _linked(block, table)
        tables[table.name] = Cells(block, fine, flags, frozen, linked, threshold - 2, periods)
    _follow(tables)
    return tables


def _linked(block: Block, table: Table) -> Linked | None:
    """Find the joints that hold a table and two others together."""
    if not block.joint:
        return None
    any_group = next(iter(block.joint))
    quarters = block.table(f"group:{any_group}")
    assert quarters is not None  # noqa: S101 - Block has looked
    leaves = [quarters.columns.names[leaf] for leaf in quarters.columns.leaves]
    if table.name == "care":
        within = np.empty(len(table.columns.leaves), np.int64)
        for position, name in enumerate(leaves):
            within[table.columns.cover[table.columns.position(name)]] = position
        return Linked(list(block.joint.values()), within, table.columns.position(quarters.columns.names[0]))
    kind, _, axis = table.name.partition(":")
    if axis not in block.joint:
        return None
    joint = block.joint[axis]
    return Linked([joint.transpose(2, 1, 0, 3)], np.arange(joint.shape[1]), 0) if kind == "group" else None


def _by_period(block: Block, table: Table) -> tuple[Table, int]:
    """Return a table by place and group with leaf columns by group and period, and the number of periods.

    A rectangle within one period keeps the place's and the group's numbers of that period. Periods are
    leaves that are never issued.
    """
    joint = block.joint.get(table.name.partition(":")[2])
    if joint is None:
        return table, 1
    values, periods = table.columns.names[1:], joint.shape[1]
    fine = [(value, period) for value in values for period in range(periods)]
    above = (*table.columns.above, *(1 + position // periods for position in range(len(fine))))
    sums = joint.transpose(0, 2, 1, 3).reshape(joint.shape[0], -1, joint.shape[3])
    return Table(table.name, table.rows, Tree((*table.columns.names, *fine), above), sums), periods


def _follow(tables: dict[str, Cells]) -> None:
    """Tie tables by place and group to the tables over time that own their margins."""
    for name, cells in tables.items():
        if not cells.table.grouped:
            continue
        table = cells.table
        care, group = tables.get("care"), tables.get(f"group:{name.partition(':')[2]}")
        if care is not None:
            where = [table.rows.position(row) for row in care.table.rows.names]
            care.follow.append(Follow(0, cells, True, where))
        if group is not None:
            where = [-1, *(table.columns.position(value) for value in group.table.rows.names[1:])]
            group.follow.append(Follow(0, cells, False, where))
        if care is not None and care.linked is not None and group is not None:
            cells.tie(care, group, len(group.table.columns.leaves))


def _protect_all(block: Block, tables: dict[str, Cells], threshold: int) -> None:
    """Give every hidden small number its witnesses, until nothing more is hidden."""
    # What changed nothing does not do so again while all is as it was. Tables by place and group bind others.
    together = any(cells.table.grouped for cells in tables.values())
    done: dict[tuple[str, int], list[tuple[int, int]]] = {}
    while True:
        before = _extent(tables)
        for level in range(len(block.chain.levels)):
            for name, cells in tables.items():
                around = tables if together else {name: cells}
                begun = _extent(around)
                if done.get((name, level)) == begun:
                    continue
                _protect(cells, level, threshold)
                _protect_remainders(cells, level, threshold)
                if begun == _extent(around):
                    done[name, level] = begun
        if before == _extent(tables):
            return


def _extent(tables: dict[str, Cells]) -> list[tuple[int, int]]:
    """How many families are issued and hidden, table by table and level by level."""
    return [
        (level.hidden.size, int(level.hidden.sum())) for cells in tables.values() for level in cells.levels
    ]


def _protect(cells: Cells, level: int, threshold: int) -> None:
    """Give the hidden small numbers of a table's level their witnesses."""
    if not cells.levels[level].columns:
        return
    cells.recost()
    moves = FreeMoves(cells)
    for positions in protected_numbers(cells.chain, level):
        for wanted in list(sensitive(cells, level, positions, threshold, moves)):
            if find(cells, wanted) is None and _last_resort(cells, wanted):
                return
        for either in list(beside_small(cells, level, positions, threshold, moves)):
            if _find_one(cells, *either) is None and _last_resort(cells, *either):
                return


def _find_one(cells: Cells, *either: Wanted) -> list[Move] | None:
    """Find moves for one of several changes: among what is hidden already, else hide what they need."""
    for free_only in (True, False):
        for wanted in either:
            if (found := find(cells, wanted, free_only)) is not None:
                return found
    return None


def _protect_remainders(cells: Cells, level: int, threshold: int) -> None:
    """Hide more of each sum that leaves 1 to k - 1 people for its hidden parts together."""
    if not cells.levels[level].columns:
        return
    cells.recost()
    for positions in protected_numbers(cells.chain, level):
        while (wanted := next(remainders(cells, level, positions, threshold), None)) is not None:
            found = find(cells, wanted) or find(cells, replace(wanted, rises=False))
            if found is None and _last_resort(cells, wanted):
                return


def _last_resort(cells: Cells, wanted: Wanted, *other: Wanted) -> bool:
    """Hide the column for all rows, else the whole level; True where the table does not issue it at all."""
    level = wanted.level
    kept = cells.levels[level]
    if in_open_zero(cells, wanted):
        return False
    for columns in ([kept.columns[wanted.node]], kept.columns):
        for column in columns:
            if column >= (1 if cells.table.grouped else 0):
                node = kept.node(column)
                for row in np.flatnonzero(kept.weight[:, node] < NEVER).tolist():
                    if not kept.hidden[row, node]:
                        cells.hide(level, row, column)
        cells.recost()
        if _find_one(cells, wanted, *other) is not None:
            return False
    for shallower in range(level, -1, -1):
        if cells.withdraw(shallower):
            return True
    raise RuntimeError(
        f"table {cells.table.name}: what was issued before cannot be protected beside these numbers; "
        "do not issue this release"
    )
