"""Check from scratch that a pattern protects: make the worlds, and compare all that is published.

For each hidden number of 1 to k - 1, and what stands beside it, the moves are looked for anew, and made: one
person after the other, in the leaf numbers of the table, of the tables that own its margins, and of the joint
that binds them. In each world everything that is shown must be as it was, no number may be below zero, and
the number must have risen or fallen by one more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from surveillance.disclosure.cells import Cells
from surveillance.disclosure.doubt import beside_small, in_open_zero, sensitive
from surveillance.disclosure.finding import find, replay
from surveillance.disclosure.model import Block, Counts, Pattern, State, Table
from surveillance.disclosure.search import Move, Wanted, protected_numbers
from surveillance.disclosure.suppress import restore


@dataclass(frozen=True)
class Unprotected:
    """A hidden number without a witness, and why."""

    table: str
    row: object
    column: object
    number: str
    rises: bool
    reason: str


def witnesses(block: Block, pattern: Pattern, threshold: int) -> tuple[int, list[Unprotected]]:
    """Check every hidden sensitive number of a block.

    Parameters
    ----------
    block : Block
    pattern : Pattern
    threshold : int

    Returns
    -------
    (int, list of Unprotected)
        How many witnesses were asked for; those that there are not.

    Examples
    --------
    >>> from surveillance.disclosure.model import COHORT, cohort_numbers, star
    >>> numbers = cohort_numbers(np.array([[40], [30], [2]]), np.array([[60], [44], [22]]))
    >>> care = Table("care", star("country", ["KH01", "KH02", "KH03"]), star("2025", []), numbers)
    >>> block = Block("tb", COHORT, 2025, (care,))
    >>> hidden = Pattern(5, {"care": np.array([[[0], [0], [1], [1]]], np.int8)})
    >>> witnesses(block, hidden, 5)  # of 2: up and down; of 20 beside it: one of both
    (3, [])
    >>> alone = Pattern(5, {"care": np.array([[[0], [0], [0], [1]]], np.int8)})
    >>> [(one.row, one.rises) for one in witnesses(block, alone, 5)[1]]
    [('KH03', True), ('KH03', False), ('KH03', True)]
    """
    tables = restore(block, pattern, threshold)
    asked, missing = 0, []
    for name, cells in tables.items():
        for wanted, *other in _all_wanted(cells, threshold):
            asked += 1
            reasons = [_check(block, pattern, tables, name, one) for one in (wanted, *other)]
            if reason := all(reasons) and reasons[0]:
                kept = cells.levels[wanted.level]
                column = kept.columns[wanted.node]
                missing.append(
                    Unprotected(
                        name,
                        cells.table.rows.names[wanted.row],
                        cells.table.columns.names[column] if column >= 0 else "residual",
                        " + ".join(block.chain.numbers[position].code for position in wanted.positions),
                        wanted.rises,
                        reason,
                    )
                )
    return asked, missing


def _all_wanted(cells: Cells, threshold: int) -> Iterator[tuple[Wanted, ...]]:
    """List what is needed; of several changes one is enough."""
    for level, kept in enumerate(cells.levels):
        if kept.columns:
            for positions in protected_numbers(cells.chain, level):
                for wanted in sensitive(cells, level, positions, threshold):
                    if not in_open_zero(cells, wanted):
                        yield (wanted,)
                yield from beside_small(cells, level, positions, threshold)


def _check(block: Block, pattern: Pattern, tables: dict[str, Cells], name: str, wanted: Wanted) -> str:
    """Make the worlds of one number; return what is wrong with them, or nothing."""
    cells = tables[name]
    moves = find(cells, wanted, free_only=True)
    if moves is None:
        return "no moves"
    worlds = {table: each.table.sums.copy() for table, each in tables.items()}
    cover, columns = cells.table.rows.cover[wanted.row], cells.levels[wanted.level].cover[wanted.node]
    done = 0
    for move in moves:
        for _ in range(move.people):
            _make(cells, tables, move._replace(people=1), worlds)
            done += 1
            inside = worlds[name][cover][:, columns] - cells.table.sums[cover][:, columns]
            change = int(inside[..., list(wanted.positions)].sum())
            if change != (done if wanted.rises else -done):
                return f"changes by {change} after {done} people"
            for other, sums in worlds.items():
                if reason := _differs(tables[other], pattern, sums):
                    return reason
    if done != wanted.people:
        return f"{done} people of {wanted.people}"
    return _joint_differs(block, tables, name, worlds, moves)


def _make(cells: Cells, tables: dict[str, Cells], move: Move, worlds: dict[str, Counts]) -> None:
    """Make a move in a table's leaf numbers, and what goes with it in those that own its margins."""
    move.apply(cells.chain, worlds[cells.table.name])
    pair, none = move.pair - cells.own_pairs, 0
    if cells.places is not None and pair >= 0:
        care = tables["care"].table
        one, month = cells.places.cell(move.row, pair)
        other, _ = cells.places.cell(move.other, pair)
        none = len(care.columns.leaves)
        move._replace(row=one, other=other, column=month, second=none).apply(cells.chain, worlds["care"])
    elif cells.groups is not None and move.other >= cells.real:
        group = f"group:{cells.table.name.partition(':')[2]}"
        periods = len(tables[group].table.columns.leaves)
        one, period = divmod(move.column, periods)
        move._replace(row=one, other=move.second // periods, column=period, second=periods).apply(
            cells.chain, worlds[group]
        )


def _differs(cells: Cells, pattern: Pattern, sums: Counts) -> str:
    """Say what a reader could see of a world, or nothing."""
    table = cells.table
    if sums.min(initial=0) < 0:
        return f"{table.name}: a number below zero"
    anew = Table(table.name, table.rows, table.columns, sums).totals
    changed = (anew != table.totals).any(axis=2)
    if not changed.any():
        return ""
    states = pattern.states[table.name]
    for position, number in enumerate(cells.chain.numbers):
        shown = states[number.level] == State.SHOWN
        width = shown.shape[1]
        if (shown & (anew[:, :width, position] != table.totals[:, :width, position])).any():
            return f"{table.name}: {number.code} is seen to change"
    return f"{table.name}: the country changes" if changed[0].any() and not table.grouped else ""


def _joint_differs(
    block: Block, tables: dict[str, Cells], name: str, worlds: dict[str, Counts], moves: list[Move]
) -> str:
    """Say whether the tables of a world have no joint, or nothing."""
    cells = tables[name]
    if cells.table.grouped and cells.places is not None:
        axis = name.partition(":")[2]
        care, group = worlds["care"], worlds[f"group:{axis}"]
        joint = worlds[name].reshape(cells.real, -1, group.shape[1], care.shape[2])
        linked = tables["care"].linked
        assert linked is not None  # noqa: S101 - as this table is
        periods = np.zeros((care.shape[0], group.shape[1], care.shape[2]), np.int64)
        for month, period in enumerate(linked.within.tolist()):
            periods[:, period] += care[:, month]
        if not np.array_equal(joint.sum(axis=1), periods) or not np.array_equal(joint.sum(axis=0), group):
            return f"{name}: no joint"
    elif cells.linked is not None and replay(cells, moves) is None:
        return f"{name}: no joint"
    return ""
