"""Which periods are issued at which level: so coarse that the country's own numbers are never hidden.

Every table of a block has the country as its root. Where the country's family of a month is primary, the
months of that quarter are not issued at that level or deeper, in any table; where that of a quarter is, no
quarter of the year and no month of the quarter is; where that of the year is, nothing. So among issued
periods the country row is always shown, and, given the country row, tables over time do not depend on each
other.

Numbers of a period that is not issued have no family of their own. They lie between zero and the sum that is
issued, unless the level above is shown for the period and leaves no room; then that is not issued for the
period either.

A period that was issued stays issued, and one that was not stays so. Then a sum may have some parts that are
issued and some that are not. What is left of the sum, the *residual*, is known for the country; where it
would be primary, the sum is not issued.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import numpy as np
from numpy.typing import NDArray

from surveillance.disclosure.model import FREE, Block, Chain, Counts, Pattern, State, States, Table, Tree

Flags = NDArray[np.bool_]


def primary(chain: Chain, numbers: Counts, level: int, threshold: int) -> Flags:
    """Say which families have a number that is too small to be told.

    A denominator of 1 to k - 1 is the sum of two numbers of which one is 1 to k - 1, so that it needs no look
    of its own.

    Parameters
    ----------
    chain : Chain
    numbers : ndarray of int64, shape (..., numbers)
    level : int
    threshold : int
        k: 1 to k - 1 people are too few.

    Returns
    -------
    ndarray of bool, shape (...)

    Examples
    --------
    >>> from surveillance.disclosure.model import COHORT
    >>> primary(COHORT, np.array([[0, 0], [0, 9], [2, 9], [3, 1], [7, 9]]), 0, 5).tolist()
    [False, False, True, True, False]
    """
    own = [number for number in chain.of_level(level) if chain.numbers[number].protected]
    kept = numbers[..., own]
    return np.asarray(((kept >= 1) & (kept < threshold)).any(axis=-1))


def capped(chain: Chain, numbers: Counts, level: int, threshold: int) -> Counts:
    """Say how many more people a level should allow for the next one, where that is small and not issued.

    Those of the next level are at most the numerator and the unknown of this one. Where nobody is in the
    numerator, that tells how few they are: of 7 records 6 are known not to be tested, so at most one has a
    result. The unknown is taken as told, since sums may tell it.

    Parameters
    ----------
    chain : Chain
    numbers : ndarray of int64, shape (..., numbers)
    level : int
    threshold : int
        k: the next level should be possible up to k - 1.

    Returns
    -------
    ndarray of int64, shape (...)
        0 where nothing is missing.

    Examples
    --------
    >>> from surveillance.disclosure.model import VISITS
    >>> capped(VISITS, np.array([7, 0, 6, 1, 1, 0, 0, 0, 0, 1]), 1, 5).tolist()
    3
    """
    found: Counts = np.zeros(numbers.shape[:-1], np.int64)
    if level == 0 or level + 1 >= len(chain.levels):
        return found
    numerator, _, unknown = (numbers[..., position] for position in chain.of_level(level))
    small = primary(chain, numbers, level + 1, threshold) & (numerator == 0)
    return np.where(small, np.maximum(threshold - 1 - unknown, 0), 0)


def _below(tree: Tree, node: int) -> list[int]:
    return [child for child, above in enumerate(tree.above) if above == node]


def _all_below(tree: Tree, node: int) -> list[int]:
    return [other for other in range(len(tree.names)) if node in tree.ancestors(other)]


def _refused(block: Block, table: Table, level: int, threshold: int, before: States) -> set[Hashable]:
    """Columns of one table that are too fine at a level, looking at the country's numbers alone."""
    tree = table.columns
    small = primary(block.chain, table.totals[0], level, threshold) & (before == FREE)
    refused: set[int] = set()
    for node in np.flatnonzero(small).tolist():
        above = tree.above[node]
        refused.update(_all_below(tree, above) if above >= 0 else (node, *_all_below(tree, node)))
    return {tree.names[node] for node in refused}


def _untellable(
    block: Block, table: Table, level: int, threshold: int, issued: Flags, free: Flags
) -> list[int]:
    """List sums of which some parts are issued and the rest would be a small number of the country."""
    found = []
    for node in np.flatnonzero(issued & free).tolist():
        children = _below(table.columns, node)
        told = [child for child in children if issued[child]]
        if 0 < len(told) < len(children):
            residual = table.totals[0, node] - table.totals[0, told].sum(axis=0)
            if primary(block.chain, residual, level, threshold):
                found.append(node)
    return found


def _squeezed(
    block: Block,
    threshold: int,
    found: Mapping[str, Flags],
    refused: list[set[Hashable]],
    before: Mapping[str, States],
) -> bool:
    """Refuse parts of a sum at the level above, too, where they would tell a small number that is not issued.

    The number of a part is at least the people of the level above there, less those whom the whole sum
    leaves out of the number: if 5 of a month were seen and 99 of 100 of its quarter were tested, 4 or 5 of
    the month were.
    """
    chain, more = block.chain, False
    for table in block.tables:
        for level in range(1, len(chain.levels)):
            flags, free = found[table.name], before[table.name] == FREE
            parts = [] if table.grouped else np.flatnonzero(flags[level - 1] & ~flags[level]).tolist()
            tight = capped(chain, table.totals[0], level - 1, threshold) > 0
            for column in parts:
                if tight[column] and free[level - 1, column]:
                    around = table.columns.ancestors(column)[:1]
                    below = _all_below(table.columns, around[0]) if around else [column]
                    names = {table.columns.names[node] for node in below}
                    more |= not names <= refused[level - 1]
                    refused[level - 1] |= names
                above = [node for node in table.columns.ancestors(column) if flags[level, node]]
                if above and _tells(chain, table, level, column, above[0], threshold):
                    whole = table.columns.names[above[0]]
                    if not free[level - 1, column]:  # issued before: the sum is new, and waits
                        more |= bool(free[level, above[0]]) and whole not in refused[level]
                        refused[level] |= {whole} if free[level, above[0]] else set()
                        continue
                    below = _all_below(table.columns, table.columns.position(whole))
                    names = {table.columns.names[node] for node in below}
                    more |= not names <= refused[level - 1]
                    refused[level - 1] |= names
    return more


def _tells(chain: Chain, table: Table, level: int, part: int, whole: int, threshold: int) -> bool:
    """Whether a number of a part must be 2 or more, and is small, in the country."""
    own = [number for number in chain.of_level(level) if chain.numbers[number].protected]
    people = frozenset[int]().union(*(chain.numbers[number].channels for number in own))
    bounds = [number for number in chain.of_level(level - 1) if people <= chain.numbers[number].channels]
    numbers = table.totals[:1]
    for positions in [[number] for number in own] + [own]:
        small, sums = numbers[:, part, positions].sum(axis=1), numbers[:, whole, positions].sum(axis=1)
        for bound in bounds:
            least = numbers[:, part, bound] - (numbers[:, whole, bound] - sums)
            if ((small >= 1) & (small < threshold) & (least > 1)).any():
                return True
    return False


def resolution(
    block: Block, threshold: int, issued: Pattern | None = None, at_least: Pattern | None = None
) -> dict[str, Flags]:
    """Say which columns of each table are issued, level by level.

    Parameters
    ----------
    block : Block
    threshold : int
    issued : Pattern, optional
        What was issued of this block before: it keeps its state.
    at_least : Pattern, optional
        The pattern of this block at a lower threshold: what it does not issue is not issued.

    Returns
    -------
    dict of str to ndarray of bool, shape (levels, columns)
        For each table. A table by place and group is issued where its year is.

    Examples
    --------
    >>> from surveillance.disclosure.model import COHORT, cohort_numbers, star
    >>> numbers = cohort_numbers(np.array([[40, 3], [30, 0]]), np.array([[60, 30], [44, 9]]))
    >>> care = Table("care", star("country", ["KH01", "KH02"]), star("2025", ["Q1", "Q2"]), numbers)
    >>> resolution(Block("tb", COHORT, 2025, (care,)), 5)["care"].tolist()  # Q2 has 3 in the country
    [[True, False, False]]
    """
    levels = len(block.chain.levels)
    over_time = [table for table in block.tables if not table.grouped]
    before = {table.name: _country(issued, table, levels) for table in block.tables}
    lower = {table.name: _country(at_least, table, levels) == State.NOT_ISSUED for table in block.tables}
    refused: list[set[Hashable]] = [set() for _ in range(levels)]
    for level in range(levels):
        for table in over_time:
            refused[level] |= _refused(block, table, level, threshold, before[table.name][level])
    root = over_time[0].columns.names[0] if over_time else None
    while True:
        for level in range(1, levels):
            refused[level] |= refused[level - 1]
        found = {}
        for table in block.tables:
            names = [root] * len(table.columns.names) if table.grouped else table.columns.names
            flags = np.array([[name not in refused[level] for name in names] for level in range(levels)])
            flags = flags.reshape(levels, len(names)) & ~lower[table.name]
            known = before[table.name]
            found[table.name] = np.where(known == FREE, flags, known != State.NOT_ISSUED)
        more = _squeezed(block, threshold, found, refused, before)
        for table in over_time:
            for level in range(levels):
                free = before[table.name][level] == FREE
                for node in _untellable(block, table, level, threshold, found[table.name][level], free):
                    refused[level].add(table.columns.names[node])
                    more = True
        if not more:
            return found


def _country(pattern: Pattern | None, table: Table, levels: int) -> States:
    """States of the country row of a table in a pattern, shape (levels, columns)."""
    if pattern is None:
        return np.full((levels, len(table.columns.names)), FREE, np.int8)
    return pattern.states_for(table, levels)[:, 0, :]
