"""Decide what a release hides: every hidden small number could as well be any other small number.

Protection is by construction. Families with a number of 1 to k - 1 are hidden (primary), with all deeper
levels of the same cell. Then each hidden number of 1 to k - 1 gets two witnesses: moves after which it is k
- 1, and 1, and everything that is published is the same (:mod:`surveillance.disclosure.exchange.moves`).
A move can be made for fewer people, so every value between is possible, too. A zero beside a small number
gets a witness in which it is not zero, unless it is part of a shown zero. Where hidden families do not give a
witness, those are hidden that hold the fewest people. Hiding more never takes a witness away, so that each
number is looked at once.

What is not promised. A hidden number of k or more may be known exactly (a denominator that equals shown
records, say), though not all of its family: it is no small number. A zero is protected beside a small number,
not where it is part of a zero that is itself no secret, even if that was hidden for others' sake. Who knows
this program could ask why a family was hidden; moves say nothing against that.

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

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from surveillance.disclosure.cells import Cells, Follow, Linked, names_of, states_of
from surveillance.disclosure.exchange.bridges import NEVER
from surveillance.disclosure.exchange.moves import Flags
from surveillance.disclosure.finding import find
from surveillance.disclosure.model import FREE, Block, Counts, Pattern, State, Table, Tree
from surveillance.disclosure.not_issued.bounds import frame_of, told_too_closely
from surveillance.disclosure.not_issued.mending import mend
from surveillance.disclosure.remainders import remainders
from surveillance.disclosure.resolution import capped, primary, resolution
from surveillance.disclosure.search import FreeMoves, Wanted, protected_numbers


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


def needs_room(cells: Cells, level: int, numbers: Counts, columns: Sequence[int]) -> Counts:
    """Say how many people a level leaves too few for the next one, which is not issued for the period.

    Parameters
    ----------
    cells : Cells
    level : int
    numbers : ndarray of int64, shape (rows, columns, numbers)
    columns : sequence of int
        The columns of the table to which they belong; below zero for a residual.

    Returns
    -------
    ndarray of int64, shape (rows, columns)
        As :func:`~surveillance.disclosure.resolution.capped` says; 0 where the next level is issued.

    Examples
    --------
    >>> from surveillance.disclosure.model import VISITS, star
    >>> people = np.array([[[7, 0, 6, 1, 1, 0, 0, 0, 0, 1]], [[30, 20, 10, 0, 0, 20, 0, 0, 0, 0]]])
    >>> care = Table("care", star("country", ["KH01", "KH02"]), star("2025", []), people)
    >>> cells = prepare(Block("malaria", VISITS, 2025, (care,)), 5)["care"]
    >>> needs_room(cells, 1, cells.totals, range(1)).tolist()  # positivity is not issued: 1 in the country
    [[0], [3], [0]]
    """
    if level + 1 >= len(cells.levels):
        return np.zeros(numbers.shape[:2], np.int64)
    next_issued = {column for column in cells.levels[level + 1].columns if column >= 0}
    open_ = np.array([column >= 0 and column not in next_issued for column in columns], bool)
    return np.where(open_, capped(cells.chain, numbers, level, cells.most + 2), 0)


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


def sensitive(
    cells: Cells, level: int, positions: tuple[int, ...], threshold: int, moves: FreeMoves | None = None
) -> Iterator[Wanted]:
    """List what hidden numbers of a level need: to rise to k - 1, to fall to 1; a zero, to rise to 1.

    Parameters
    ----------
    cells : Cells
    level : int
    positions : tuple of int
        The number, as :func:`~surveillance.disclosure.search.protected_numbers` lists it.
    threshold : int
    moves : FreeMoves, optional
        Leave out what one move among hidden families does.

    Yields
    ------
    Wanted

    Examples
    --------
    >>> from surveillance.disclosure.model import COHORT, cohort_numbers, star
    >>> numbers = cohort_numbers(np.array([[40], [30], [2]]), np.array([[60], [44], [22]]))
    >>> care = Table("care", star("country", ["KH01", "KH02", "KH03"]), star("2025", []), numbers)
    >>> block = Block("tb", COHORT, 2025, (care,))
    >>> cells = prepare(block, 5)["care"]
    >>> [(one.row, one.rises, one.people) for one in sensitive(cells, 0, (0,), 5)]  # 2: up to 4, down to 1
    [(3, True, 2), (3, False, 1)]
    """
    kept = cells.levels[level]
    numbers = cells.numbers(level)
    value = numbers[..., list(positions)].sum(axis=-1)
    asked = kept.hidden.copy()
    asked[0] = False
    if cells.table.grouped:
        asked[:, [node for node, column in enumerate(kept.columns) if column == 0]] = False
    small = asked & (value >= 1) & (value < threshold)
    zero = asked & (value == 0) & primary(cells.chain, numbers, level, threshold)
    zero &= ~_in_shown_zero(cells, level, value)
    more = np.where(small, threshold - 1 - value, zero * 1)
    if len(positions) == 1 and positions[0] == cells.chain.of_level(level)[0]:
        room = np.where(asked & (value == 0), needs_room(cells, level, numbers, kept.columns), 0)
        more = np.maximum(more, room)
    for rises, need in (
        (True, more),
        (False, np.where(small, value - 1, 0)),
    ):
        if moves is not None and need.any():
            most = moves.most(level, positions, rises)
            enough = np.zeros(need.shape, bool)
            real = cells.rows[: cells.real]
            enough[real] = most[: cells.real] >= need[real]
            need = np.where(enough, 0, need)  # noqa: PLW2901
        for row, node in zip(*np.nonzero(need), strict=True):
            yield Wanted(level, positions, int(row), int(node), rises, int(need[row, node]))


def _in_shown_zero(cells: Cells, level: int, value: np.ndarray) -> Flags:
    """Cells that are part of a shown sum that is zero."""
    kept = cells.levels[level]
    shown = (~kept.hidden & (value == 0)).astype(np.int64)
    tree = cells.table.rows
    rows = np.eye(len(tree.names), dtype=np.int64)
    for row in range(len(tree.names)):
        rows[row, list(tree.ancestors(row))] = 1
    columns = (kept.cover[:, None, :] <= kept.cover[None, :, :]).all(axis=2).astype(np.int64)
    return (rows @ shown @ columns.T) > 0


def in_open_zero(cells: Cells, wanted: Wanted) -> bool:
    """Say whether a number is a zero that is part of a zero which is itself no secret.

    A zero of a family that is hidden for others' sake alone could have been shown.

    Parameters
    ----------
    cells : Cells
    wanted : Wanted

    Returns
    -------
    bool

    Examples
    --------
    >>> from surveillance.disclosure.model import COHORT, cohort_numbers, star
    >>> numbers = cohort_numbers(np.array([[40], [30], [0]]), np.array([[60], [44], [22]]))
    >>> care = Table("care", star("country", ["KH01", "KH02", "KH03"]), star("2025", []), numbers)
    >>> block = Block("tb", COHORT, 2025, (care,))
    >>> cells = prepare(block, 5)["care"]
    >>> bool(in_open_zero(cells, Wanted(0, (0,), row=3, node=0, rises=True, people=1)))  # 0 of 22
    True
    """
    kept = cells.levels[wanted.level]
    numbers = cells.numbers(wanted.level)
    zero = numbers[..., list(wanted.positions)].sum(axis=-1) == 0
    zero &= ~primary(cells.chain, numbers, wanted.level, cells.most + 2)
    rows = [wanted.row, *cells.table.rows.ancestors(wanted.row)]
    columns = (kept.cover >= kept.cover[wanted.node]).all(axis=1)
    return (
        bool(zero[rows][:, columns].any())
        and numbers[wanted.row, wanted.node, list(wanted.positions)].sum() == 0
    )


def _last_resort(cells: Cells, wanted: Wanted) -> bool:
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
        if find(cells, wanted) is not None:
            return False
    for shallower in range(level, -1, -1):
        if cells.withdraw(shallower):
            return True
    raise RuntimeError(
        f"table {cells.table.name}: what was issued before cannot be protected beside these numbers; "
        "do not issue this release"
    )
