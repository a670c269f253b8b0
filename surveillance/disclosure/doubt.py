"""What hidden numbers need so that a reader stays in doubt: which rise or fall, and by how many people.

A hidden number of 1 to k - 1 is to be possible as k - 1 and as 1. Of what stands beside it in its family, a
zero is to be possible as 1, unless it is part of a shown zero, and a number of k or more as another one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from surveillance.disclosure.cells import Cells
from surveillance.disclosure.exchange.moves import Flags
from surveillance.disclosure.model import Counts
from surveillance.disclosure.resolution import capped, primary
from surveillance.disclosure.search import FreeMoves, Wanted


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
    >>> from surveillance.disclosure.model import VISITS, Block, Table, star
    >>> from surveillance.disclosure.suppress import prepare
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
    >>> from surveillance.disclosure.model import COHORT, Block, Table, cohort_numbers, star
    >>> from surveillance.disclosure.suppress import prepare
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


def beside_small(
    cells: Cells, level: int, positions: tuple[int, ...], threshold: int, moves: FreeMoves | None = None
) -> Iterator[tuple[Wanted, Wanted]]:
    """List numbers of k or more that stand beside a small one: each is to rise by one, or to fall by one.

    Denominators are left out: the measure before may tell them.

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
    (Wanted, Wanted)
        One of the two is enough.

    Examples
    --------
    >>> from surveillance.disclosure.model import COHORT, Block, Table, cohort_numbers, star
    >>> from surveillance.disclosure.suppress import prepare
    >>> numbers = cohort_numbers(np.array([[40], [30], [2]]), np.array([[60], [44], [22]]))
    >>> care = Table("care", star("country", ["KH01", "KH02", "KH03"]), star("2025", []), numbers)
    >>> cells = prepare(Block("tb", COHORT, 2025, (care,)), 5)["care"]
    >>> [(up.row, up.people, down.rises) for up, down in beside_small(cells, 0, (1,), 5)]  # 20 beside 2
    [(3, 1, False)]
    """
    if len(positions) > 1:
        return
    kept, numbers = cells.levels[level], cells.numbers(level)
    asked = kept.hidden & primary(cells.chain, numbers, level, threshold)
    asked &= numbers[..., positions[0]] >= threshold
    asked[0] = False
    asked[cells.never] = False
    asked[
        :, [node for node, column in enumerate(kept.columns) if column < (1 if cells.table.grouped else 0)]
    ] = False
    if moves is not None and asked.any():
        free = np.maximum(moves.most(level, positions, True), moves.most(level, positions, False))
        asked[cells.rows[: cells.real]] &= free[: cells.real] < 1
    for row, node in zip(*np.nonzero(asked), strict=True):
        up = Wanted(level, positions, int(row), int(node), True, 1)
        yield up, replace(up, rises=False)


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
    >>> from surveillance.disclosure.model import COHORT, Block, Table, cohort_numbers, star
    >>> from surveillance.disclosure.suppress import prepare
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
