"""The counts of a release before anything is hidden: chains of levels, tables, blocks, patterns.

A *chain* is a cascade. A person of a table's cell is in one *channel* of the chain (not eligible, tested and
negative, ...), and each number that a release knows is a sum over channels: its *mask*. A *level* is a
measure of the chain; the numbers of a level in one cell are a *family*, which is shown or hidden as a whole.

Cells keep the numbers as the cubes say them, and channels are worked out from them. Where eligibility or a
result is blank, the numbers overlap (a person of unknown eligibility may be tested), and channels would not
give the numbers back. So channels only bound how many people can be moved; what is published is always the
cubes' number plus what a move adds to it. This departs from keeping channels alone: it makes worlds exact
for any records, not only for complete ones. Two channels, *not eligible* and *unknown*, stand where one
would do for the protected numbers, because `unknown` is issued too and must be the same in every world.

A *block* is all tables of one disease, chain and calendar year. Nothing issued lies above a year, so blocks
do not know of each other.

References
----------
Hundepool A, Domingo-Ferrer J, Franconi L, Giessing S, Schulte Nordholt E, Spicer K, de Wolf P-P (2012),
*Statistical Disclosure Control*, Wiley, doi:10.1002/9781118348239 (primary and secondary suppression of
linked tables with hierarchies).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
States = NDArray[np.int8]


#: A family of which nothing was decided yet.
FREE = -1


class State(IntEnum):
    """What became of a family."""

    SHOWN = 0
    HIDDEN = 1
    #: The period is not issued at this level, in any row; or the row is never shown.
    NOT_ISSUED = 2


@dataclass(frozen=True)
class Number:
    """A number of a level, and the channels that it sums.

    Attributes
    ----------
    code : str
        Its name: `records`, or `numerator`, `complement`, `unknown` and the measure.
    level : int
        Position of its level in the chain.
    channels : frozenset of int
    protected : bool
        Whether a small value must not be told. Missing information (`unknown`) is no finding.
    """

    code: str
    level: int
    channels: frozenset[int]
    protected: bool = True


@dataclass(frozen=True)
class Chain:
    """A cascade: levels from the shallowest, and the numbers that cells keep of each.

    Attributes
    ----------
    code : str
    levels : tuple of str
        `records` or the code of a measure.
    channels : tuple of str
    numbers : tuple of Number
        In the order in which cells keep them.
    """

    code: str
    levels: tuple[str, ...]
    channels: tuple[str, ...]
    numbers: tuple[Number, ...]

    @cached_property
    def masks(self) -> NDArray[np.bool_]:
        """Which channels a number sums, shape (numbers, channels)."""
        return np.array([[c in n.channels for c in range(len(self.channels))] for n in self.numbers])

    def position(self, code: str) -> int:
        """Position of a number among those that cells keep."""
        return [number.code for number in self.numbers].index(code)

    def of_level(self, level: int) -> tuple[int, ...]:
        """Positions of the numbers of a level."""
        return tuple(i for i, number in enumerate(self.numbers) if number.level == level)


def _measure(level: int, measure: str, yes: set[int], no: set[int], unknown: set[int] | None) -> list[Number]:
    numbers = [
        Number(f"numerator {measure}", level, frozenset(yes)),
        Number(f"complement {measure}", level, frozenset(no)),
    ]
    if unknown is not None:
        numbers.append(Number(f"unknown {measure}", level, frozenset(unknown), protected=False))
    return numbers


#: Records, testing, positivity, treatment, by the day of the visit.
VISITS = Chain(
    "visits",
    ("records", "testing", "positivity", "treatment"),
    (
        "not eligible",
        "unknown",
        "untested",
        "tested, result unknown",
        "negative",
        "positive, treatment unknown",
        "positive, untreated",
        "treated",
    ),
    (
        Number("records", 0, frozenset(range(8))),
        *_measure(1, "testing", {3, 4, 5, 6, 7}, {2}, {1}),
        *_measure(2, "positivity", {5, 6, 7}, {4}, {1, 3}),
        *_measure(3, "treatment", {7}, {6}, {1, 3, 5}),
    ),
)
#: Completion, by the day on which treatment started.
COHORT = Chain(
    "cohort",
    ("completion",),
    ("not completed", "completed"),
    tuple(_measure(0, "completion", {1}, {0}, None)),
)
CHAINS: dict[str, Chain] = {chain.code: chain for chain in (VISITS, COHORT)}


def visits_numbers(records: Counts, measures: Mapping[str, tuple[Counts, Counts, Counts]]) -> Counts:
    """Put sums of the cubes in the order in which cells of the visits chain keep them.

    Parameters
    ----------
    records : ndarray of int64, shape (...)
    measures : mapping of str to (numerator, denominator, unknown), each of shape (...)
        `testing`, `positivity`, `treatment`.

    Returns
    -------
    ndarray of int64, shape (..., 10)
        Complements in place of denominators.

    Examples
    --------
    >>> one = np.array([9])
    >>> visits_numbers(one, {m: (one - 5, one - 3, one * 0) for m in VISITS.levels[1:]})[0].tolist()
    [9, 4, 2, 0, 4, 2, 0, 4, 2, 0]
    """
    parts = [np.asarray(records, np.int64)]
    for measure in VISITS.levels[1:]:
        numerator, denominator, unknown = (np.asarray(part, np.int64) for part in measures[measure])
        parts += [numerator, denominator - numerator, unknown]
    return np.stack(np.broadcast_arrays(*parts), axis=-1)


def cohort_numbers(numerator: Counts, denominator: Counts) -> Counts:
    """Put sums of a cohort in the order in which cells of the cohort chain keep them.

    Parameters
    ----------
    numerator, denominator : ndarray of int64, shape (...)
        Who completed treatment; who is due.

    Returns
    -------
    ndarray of int64, shape (..., 2)

    Examples
    --------
    >>> cohort_numbers(np.array([40]), np.array([60])).tolist()
    [[40, 20]]
    """
    numerator = np.asarray(numerator, np.int64)
    return np.stack([numerator, np.asarray(denominator, np.int64) - numerator], axis=-1)


@dataclass(frozen=True)
class Tree:
    """Rows or columns of a table: nodes that are sums of those below them.

    A node without nodes below it is a leaf. There may be several roots (an unfinished year has quarters and
    months, and no year).

    Attributes
    ----------
    names : tuple of hashable
        Codes of places or values, or :class:`~surveillance.disclosure.lattice.Column`.
    above : tuple of int
        Position of the node above each, -1 for a root. A node stands after the one above it.

    Examples
    --------
    >>> tree = Tree(("year", "quarter 1", "quarter 2"), (-1, 0, 0))
    >>> tree.leaves, tree.cover.astype(int).tolist()
    ((1, 2), [[1, 1], [1, 0], [0, 1]])
    """

    names: tuple[Hashable, ...]
    above: tuple[int, ...]

    def __post_init__(self) -> None:
        """Refuse what is no tree."""
        if len(self.names) != len(self.above) or len(set(self.names)) != len(self.names):
            raise ValueError("a tree needs one name and one node above for each node, and no name twice")
        if any(not -1 <= above < node for node, above in enumerate(self.above)):
            raise ValueError("a node of a tree stands after the one above it")

    @cached_property
    def leaves(self) -> tuple[int, ...]:
        """Positions of the nodes that have none below them."""
        return tuple(node for node in range(len(self.names)) if node not in self.above)

    @cached_property
    def cover(self) -> NDArray[np.bool_]:
        """Which leaves lie in a node, shape (nodes, leaves)."""
        cover = np.zeros((len(self.names), len(self.leaves)), bool)
        for position, leaf in enumerate(self.leaves):
            node = leaf
            while node >= 0:
                cover[node, position] = True
                node = self.above[node]
        return cover

    def ancestors(self, node: int) -> tuple[int, ...]:
        """Positions of the nodes above one, from the nearest."""
        found = []
        while (node := self.above[node]) >= 0:
            found.append(node)
        return tuple(found)

    def position(self, name: Hashable) -> int:
        """Position of a node by its name."""
        return self.names.index(name)


def star(root: Hashable, names: Sequence[Hashable]) -> Tree:
    """Make the tree of one sum of several leaves.

    Parameters
    ----------
    root : hashable
        Name of the sum.
    names : sequence of hashable
        Names of its leaves.

    Returns
    -------
    Tree

    Examples
    --------
    >>> star("country", ["KH01", "KH02"]).above
    (-1, 0, 0)
    """
    return Tree((root, *names), (-1, *(0 for _ in names)))


@dataclass(frozen=True, eq=False)
class Table:
    """One table of a block, with all that it could show.

    Attributes
    ----------
    name : str
        As :class:`~surveillance.disclosure.lattice.TableSpec` names it. A table `care:AXIS` has the values
        of the axis as columns, its total column belongs to `care` and its country row to `group:AXIS`.
    rows, columns : Tree
        The first row is the country.
    sums : ndarray of int64, shape (leaf rows, leaf columns, numbers)
        As the cubes say them, in the order of `Chain.numbers`.
    never : frozenset of hashable
        Names of rows that are never shown.
    """

    name: str
    rows: Tree
    columns: Tree
    sums: Counts
    never: frozenset[Hashable] = frozenset()

    def __post_init__(self) -> None:
        """Refuse sums of another shape, or below zero."""
        shape = (len(self.rows.leaves), len(self.columns.leaves))
        if self.sums.ndim != 3 or self.sums.shape[:2] != shape:
            raise ValueError(f"table {self.name}: sums of shape {self.sums.shape} where {shape} leaves are")
        if self.sums.size and self.sums.min() < 0:
            raise ValueError(f"table {self.name}: a number below zero")

    @property
    def grouped(self) -> bool:
        """Whether its columns are values of an axis, and its margins belong to other tables."""
        return self.name.startswith("care:")

    @cached_property
    def totals(self) -> Counts:
        """Numbers of every node, shape (rows, columns, numbers)."""
        rows, columns = self.rows.cover.astype(np.int64), self.columns.cover.astype(np.int64)
        return np.einsum("ra,amn,cm->rcn", rows, self.sums, columns, optimize=True)


@dataclass(frozen=True, eq=False)
class Block:
    """All tables of one disease, chain and calendar year.

    Attributes
    ----------
    disease : str
    chain : Chain
    year : int
    tables : tuple of Table
        Tables over time first; their country rows agree wherever they have the same period.
    joint : mapping of str to ndarray of int64, shape (places, columns, values, numbers)
        For each axis the sums by place of care, leaf period of `group:AXIS` and value: what holds the tables
        `care`, `group:AXIS` and `care:AXIS` together. Never issued itself. Needed where all three tables are
        there.
    """

    disease: str
    chain: Chain
    year: int
    tables: tuple[Table, ...]
    joint: Mapping[str, Counts] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse tables that contradict each other."""
        whole: dict[Hashable, tuple[str, list[int]]] = {}
        for table in self.tables:
            if table.sums.shape[2] != len(self.chain.numbers):
                raise ValueError(f"table {table.name}: the chain {self.chain.code} has other numbers")
            if table.grouped:
                continue
            for position, name in enumerate(table.columns.names):
                numbers = table.totals[0, position].tolist()
                first, expected = whole.setdefault(name, (table.name, numbers))
                if numbers != expected:
                    raise ValueError(
                        f"{name}: tables {first} and {table.name} differ in the country's numbers"
                    )

        for axis, joint in self.joint.items():
            self._check_joint(axis, joint)

    def _check_joint(self, axis: str, joint: Counts) -> None:
        care, group, both = self.table("care"), self.table(f"group:{axis}"), self.table(f"care:{axis}")
        if care is None or group is None or both is None:
            raise ValueError(f"joint of {axis}: it needs the tables care, group:{axis} and care:{axis}")
        columns = [care.columns.position(group.columns.names[leaf]) for leaf in group.columns.leaves]
        expected = (
            (0, group.sums.swapaxes(0, 1)),
            (1, both.sums),
            (2, care.totals[care.rows.leaves, :][:, columns]),
        )
        for axis_number, sums in expected:
            if not np.array_equal(joint.sum(axis=axis_number), sums):
                raise ValueError(f"joint of {axis}: its sums are not those of the tables")

    def table(self, name: str) -> Table | None:
        """Return the table of a name, or None."""
        return next((table for table in self.tables if table.name == name), None)


@dataclass(frozen=True, eq=False)
class Pattern:
    """What is shown of a block at one threshold.

    Attributes
    ----------
    threshold : int
    states : mapping of str to ndarray of int8, shape (levels, rows, columns)
        A :class:`State` for each family of each table.
    rows, columns : mapping of str to tuple of hashable
        Names of each table's rows and columns: a later block of the same year may have more.
    """

    threshold: int
    states: Mapping[str, States]
    rows: Mapping[str, tuple[Hashable, ...]] = field(default_factory=dict)
    columns: Mapping[str, tuple[Hashable, ...]] = field(default_factory=dict)

    def states_for(self, table: Table, levels: int) -> States:
        """Return the states of a table that may have grown since, `FREE` where it says nothing.

        Parameters
        ----------
        table : Table
        levels : int
            How many levels its chain has.

        Returns
        -------
        ndarray of int8, shape (levels, rows, columns)
            A row that was not there had nobody, and was issued as zero.
        """
        found = np.full((levels, len(table.rows.names), len(table.columns.names)), FREE, np.int8)
        if table.name not in self.states:
            return found
        rows, columns = self.rows[table.name], self.columns[table.name]
        for column, name in enumerate(table.columns.names):
            if name in columns:
                old = self.states[table.name][:, :, columns.index(name)]
                found[:, :, column] = np.where(old[:, :1] == State.NOT_ISSUED, old[:, :1], State.SHOWN)
                for row, place in enumerate(table.rows.names):
                    if place in rows:
                        found[:, row, column] = old[:, rows.index(place)]
        return found
