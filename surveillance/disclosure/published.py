"""What a release publishes of a block: the only thing that an attacker, and the audit, sees."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np

from surveillance.disclosure.model import Block, Counts, Pattern, State, States, Table, Tree

#: Stands for a number that is not told.
BLANK = -1


@dataclass(frozen=True, eq=False)
class PublishedTable:
    """One table as it is published.

    Attributes
    ----------
    name : str
        As :class:`~surveillance.disclosure.model.Table` has it: the same place, period and group in two
        tables is the same cell. In `care:AXIS` the column "" is the year's total, which `care` shows, and
        the row of the country is shown by `group:AXIS`.
    rows, columns : Tree
        Sums are those of the nodes below, whether these are shown or not.
    never : frozenset of hashable
        Names of rows that are never shown.
    levels : tuple of str
        `records`, then measures.
    states : ndarray of int8, shape (levels, rows, columns)
    numbers : tuple of str
        Codes of :class:`~surveillance.disclosure.model.Number`: `records`, `numerator testing`, `complement
        testing`, `unknown testing`, ...
    values : ndarray of int64, shape (numbers, rows, columns)
        :data:`BLANK` where nothing is told. `unknown` is told where its family is shown and it is 0 or at
        least the threshold.
    """

    name: str
    rows: Tree
    columns: Tree
    never: frozenset[Hashable]
    levels: tuple[str, ...]
    states: States
    numbers: tuple[str, ...]
    values: Counts


def published_table(block: Block, table: Table, states: States, values: Counts) -> PublishedTable:
    """Publish a table of a block with these states and values.

    Parameters
    ----------
    block : Block
        Names the levels and numbers.
    table : Table
        One of its tables.
    states : ndarray of int8, shape (levels, rows, columns)
    values : ndarray of int64, shape (numbers, rows, columns)

    Returns
    -------
    PublishedTable

    Examples
    --------
    >>> from surveillance.disclosure.model import COHORT, Block, Table, cohort_numbers, star
    >>> sums = cohort_numbers(np.array([[40], [20]]), np.array([[60], [22]]))
    >>> care = Table("care", star("country", ["KH01", "KH02"]), star("2025", []), sums)
    >>> states, values = np.zeros((1, 3, 1), np.int8), np.moveaxis(sums, 2, 0)
    >>> published_table(Block("tb", COHORT, 2025, (care,)), care, states, values).numbers
    ('numerator completion', 'complement completion')
    """
    return PublishedTable(
        table.name,
        table.rows,
        table.columns,
        table.never,
        block.chain.levels,
        states,
        tuple(number.code for number in block.chain.numbers),
        values,
    )


@dataclass(frozen=True, eq=False)
class Published:
    """What is published of a block at one threshold."""

    disease: str
    chain: str
    year: int
    threshold: int
    tables: tuple[PublishedTable, ...]


def published(block: Block, pattern: Pattern) -> Published:
    """Say what a release publishes of a block.

    Parameters
    ----------
    block : Block
    pattern : Pattern

    Returns
    -------
    Published

    Examples
    --------
    >>> from surveillance.disclosure.model import COHORT, Block, Table, cohort_numbers, star
    >>> sums = cohort_numbers(np.array([[40], [20]]), np.array([[60], [22]]))
    >>> care = Table("care", star("country", ["KH01", "KH02"]), star("2025", []), sums)
    >>> block = Block("tb", COHORT, 2025, (care,))
    >>> pattern = Pattern(5, {"care": np.array([[[0], [1], [1]]], np.int8)})
    >>> published(block, pattern).tables[0].values[:, :, 0].tolist()
    [[60, -1, -1], [22, -1, -1]]
    """
    tables = []
    for table in block.tables:
        states = pattern.states[table.name]
        values = np.moveaxis(table.totals, 2, 0).copy()
        for position, number in enumerate(block.chain.numbers):
            told = states[number.level] == State.SHOWN
            if not number.protected:
                told = told & ((values[position] == 0) | (values[position] >= pattern.threshold))
            values[position][~told] = BLANK
        tables.append(published_table(block, table, states, values))
    return Published(block.disease, block.chain.code, block.year, pattern.threshold, tuple(tables))
