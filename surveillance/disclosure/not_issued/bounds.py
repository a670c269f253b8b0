"""What sums and cascades tell of numbers that are not issued: the bounds that a reader can work out.

Where a level is not issued for a period, its numbers stand in no table. Still they are not free: of 5 records
of a month, at least 2 were tested where 3 records of the whole year were not. So bounds are worked out from
everything that is shown, by every sum of a block and every cascade of a cell, until nothing changes.
Suppression looks for small numbers among them that are told too closely.

Tables by place and group, which no disease issues, are left out.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from surveillance.disclosure.model import COHORT, Block, Chain, Counts, State, States, Table, Tree

#: No bound is known.
_MANY = 10**12
#: More passes than any chain of sums needs.
_PASSES = 1_000
#: What the numbers of a cell say of each other: the first ones together are at most the others together. `r`
#: records, `n` numerator, `c` complement, `d` denominator, `u` unknown, with the position of the measure.
_AT_MOST = (
    ("d1 u1", "r"),
    ("d2 u2", "n1 u1"),
    ("n1", "d2 u3"),
    ("n1", "d2 u2"),
    ("n1", "c2 d3 u3"),
    ("d3 u3", "n2 u2"),
    ("n2", "d3 u3"),
)


@dataclass(frozen=True)
class Told:
    """A number that is not shown, and is told too closely.

    Attributes
    ----------
    table : str
    level, row, column : int
        `row` is 0 for the country, in any of the tables.
    positions : tuple of int
        The number; two for a denominator.
    falls, rises : int
        By how many people it should be possible to be fewer, and more.
    """

    table: str
    level: int
    row: int
    column: int
    positions: tuple[int, ...]
    falls: int
    rises: int


@dataclass(frozen=True)
class _Sums:
    """Sums of one direction: no two have a part in common. Parts of one sum stand together."""

    whole: NDArray[np.int64]
    part: NDArray[np.int64]
    start: NDArray[np.int64]
    #: The sum of each part.
    of: NDArray[np.int64]


@dataclass(frozen=True)
class Frame:
    """The cells of some tables, one after the other, and the sums between them.

    Attributes
    ----------
    chain : Chain
    tables : sequence of Table
    sums : tuple
        Over rows; over columns.
    same : list of ndarray of int64
        Cells of the country that several tables have.
    """

    chain: Chain
    tables: Sequence[Table]
    sums: tuple[_Sums, ...] = field(init=False)
    same: list[NDArray[np.int64]] = field(init=False)
    #: Numbers of each cell, shape (cells, numbers and denominators).
    value: Counts = field(init=False)

    def __post_init__(self) -> None:
        """Give each cell a number."""
        over: tuple[list[tuple[int, list[int]]], ...] = ([], [])
        same: dict[Hashable, list[int]] = {}
        start, values = 0, []
        for table in self.tables:
            height, width = len(table.rows.names), len(table.columns.names)
            at = start + np.arange(height * width).reshape(height, width)
            for node, below in _inner(table.rows):
                over[0].extend((int(at[node, column]), at[below, column].tolist()) for column in range(width))
            for node, below in _inner(table.columns):
                over[1].extend((int(at[row, node]), at[row, below].tolist()) for row in range(height))
            for column, name in enumerate(table.columns.names):
                same.setdefault(name, []).append(int(at[0, column]))
            values.append(table.totals.reshape(height * width, -1))
            start += height * width
        numbers = np.concatenate(values) if values else np.zeros((0, len(self.chain.numbers)), np.int64)
        whole = [numbers[:, list(positions)].sum(axis=1) for positions, _ in _denominators(self.chain)]
        object.__setattr__(self, "sums", tuple(_sums(one) for one in over))
        object.__setattr__(self, "same", [np.array(cells) for cells in same.values() if len(cells) > 1])
        object.__setattr__(self, "value", np.column_stack([numbers, *whole]))


def _inner(tree: Tree) -> Iterator[tuple[int, list[int]]]:
    """List the nodes that are sums, and their parts."""
    for node in range(len(tree.names)):
        below = [child for child, above in enumerate(tree.above) if above == node]
        if below:
            yield node, below


def _sums(every: Sequence[tuple[int, list[int]]]) -> _Sums:
    sizes = np.array([len(parts) for _, parts in every], np.int64)
    return _Sums(
        np.array([whole for whole, _ in every], np.int64),
        np.array([part for _, parts in every for part in parts], np.int64),
        np.cumsum(sizes) - sizes,
        np.repeat(np.arange(len(every)), sizes),
    )


def _denominators(chain: Chain) -> list[tuple[tuple[int, ...], int]]:
    """List the two numbers of each denominator, and its level."""
    found = []
    for level in range(len(chain.levels)):
        own = tuple(number for number in chain.of_level(level) if chain.numbers[number].protected)
        if len(own) > 1:
            found.append((own, level))
    return found


def _levels(chain: Chain) -> NDArray[np.int64]:
    """Return the level of each number and denominator."""
    return np.array([number.level for number in chain.numbers] + [level for _, level in _denominators(chain)])


def _rules(chain: Chain) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """List which numbers of a cell are together at most which others."""
    count, found = len(chain.numbers), []
    names = {number.code: position for position, number in enumerate(chain.numbers)}
    for at, (parts, _) in enumerate(_denominators(chain)):
        whole, own = np.array([count + at]), np.array(parts)
        found += [(whole, own), (own, whole)]
    if chain is COHORT:
        return found
    long = {"n": "numerator", "c": "complement", "u": "unknown"}

    def position(term: str) -> int:
        if term == "r":
            return names["records"]
        letter, level = term[0], int(term[1])
        if letter == "d":
            return count + level - 1
        return names[f"{long[letter]} {chain.levels[level]}"]

    for less, more in _AT_MOST:
        found.append(
            (
                np.array([position(one) for one in less.split()]),
                np.array([position(one) for one in more.split()]),
            )
        )
    return found


def bounds(frame: Frame, states: Mapping[str, States], threshold: int) -> tuple[Counts, Counts]:
    """Work out how low and how high each number may be, from what is shown.

    Parameters
    ----------
    frame : Frame
    states : mapping of str to ndarray of int8, shape (levels, rows, columns)
        By the table's name.
    threshold : int
        k: who is unknown is told where it is 0 or at least k.

    Returns
    -------
    (ndarray of int64, ndarray of int64), each of shape (cells, numbers and denominators)
        What every table of people that agrees with what is shown keeps to.

    Examples
    --------
    Of two provinces one is hidden; the country less the other one tells it.

    >>> from surveillance.disclosure.model import Table, cohort_numbers, star
    >>> numbers = cohort_numbers(np.array([[40], [20]]), np.array([[60], [22]]))
    >>> care = Table("care", star("country", ["KH01", "KH02"]), star("2025", []), numbers)
    >>> least, most = bounds(Frame(COHORT, [care]), {"care": np.array([[[0], [0], [1]]], np.int8)}, 5)
    >>> least[2].tolist(), most[2].tolist()
    ([20, 2, 22], [20, 2, 22])
    """
    chain, value = frame.chain, frame.value
    levels = _levels(chain)
    state = np.concatenate([states[table.name].reshape(len(chain.levels), -1).T for table in frame.tables])[
        :, levels
    ]
    told = state == State.SHOWN
    least, most = np.where(told, value, 0), np.where(told, value, _MANY)
    for position, number in enumerate(chain.numbers):
        if not number.protected:
            small = told[:, position] & (value[:, position] > 0) & (value[:, position] < threshold)
            least[small, position], most[small, position] = 1, threshold - 1
    rules = _rules(chain)
    for _ in range(_PASSES):
        before = int(least.sum()), int(most.sum())
        for cells in frame.same:
            least[cells], most[cells] = least[cells].max(axis=0), most[cells].min(axis=0)
        for sums in frame.sums:
            _by_sums(sums, least, most)
        for less, more in rules:
            _by_rule(least, most, less, more)
        if before == (int(least.sum()), int(most.sum())):
            break
    return least, most


def _by_sums(sums: _Sums, least: Counts, most: Counts) -> None:
    """Take each sum once: the whole from its parts, each part from the whole and the other parts."""
    if not len(sums.whole):
        return
    own_least, own_most = least[sums.part], most[sums.part]
    low, high = np.add.reduceat(own_least, sums.start), np.add.reduceat(own_most, sums.start)
    least[sums.whole] = whole_least = np.maximum(least[sums.whole], low)
    most[sums.whole] = whole_most = np.minimum(most[sums.whole], high)
    # A part may be a sum itself, and just have been narrowed.
    most[sums.part] = np.minimum(most[sums.part], own_least + (whole_most - low)[sums.of])
    least[sums.part] = np.maximum(least[sums.part], own_most + (whole_least - high)[sums.of])


def _by_rule(least: Counts, most: Counts, less: NDArray[np.int64], more: NDArray[np.int64]) -> None:
    """Take one rule in all cells."""
    room = most[:, more].sum(axis=1) - least[:, less].sum(axis=1)
    for one in less.tolist():
        most[:, one] = np.minimum(most[:, one], least[:, one] + room)
    for one in more.tolist():
        least[:, one] = np.maximum(least[:, one], most[:, one] - room)


def told_too_closely(frame: Frame, states: Mapping[str, States], threshold: int) -> list[Told]:
    """List what sums and cascades tell of numbers that are not shown.

    A small number that is not issued should be possible as 1 and as k - 1. Of a hidden family, small or not,
    one number at least should not be known: a later release may tell what was hidden for others' sake.

    Parameters
    ----------
    frame : Frame
    states : mapping of str to ndarray of int8, shape (levels, rows, columns)
    threshold : int
        k.

    Returns
    -------
    list of Told
        Of the country first.

    Examples
    --------
    Of two provinces one is hidden, and worked out from the country and the other one.

    >>> from surveillance.disclosure.model import Table, cohort_numbers, star
    >>> numbers = cohort_numbers(np.array([[40], [20]]), np.array([[60], [29]]))
    >>> care = Table("care", star("country", ["KH01", "KH02"]), star("2025", []), numbers)
    >>> frame = Frame(COHORT, [care])
    >>> [told.row for told in told_too_closely(frame, {"care": np.array([[[0], [0], [1]]], np.int8)}, 5)]
    [2]
    """
    chain, value = frame.chain, frame.value
    levels = _levels(chain)
    protected = np.array([number.protected for number in chain.numbers] + [True] * len(_denominators(chain)))
    least, most = bounds(frame, states, threshold)
    small = protected & (value >= 1) & (value < threshold)
    falls = np.where(small & (least > 1), value - 1, 0)
    rises = np.where(small & (most < threshold - 1), threshold - 1 - value, 0)
    unknown = protected & (least < most)
    found, start = [], 0
    meant = [(position,) for position in range(len(chain.numbers))] + [own for own, _ in _denominators(chain)]
    for table in frame.tables:
        height, width = len(table.rows.names), len(table.columns.names)
        cells = slice(start, start + height * width)
        state = states[table.name].reshape(len(chain.levels), -1).T[:, levels]
        never = np.repeat([name in table.never for name in table.rows.names], width)
        absent = (state == State.NOT_ISSUED) & ~never[:, None]
        for cell, number in np.argwhere(absent & ((falls + rises)[cells] > 0)).tolist():
            at = start + cell, number
            found.append(
                Told(
                    table.name, int(levels[number]), *divmod(cell, width), meant[number],
                    int(falls[at]), int(rises[at]),
                )
            )  # fmt: skip
        for level in range(len(chain.levels)):
            own = (levels == level) & protected
            hidden = state[:, np.flatnonzero(own)[0]] == State.HIDDEN
            known = hidden & ~unknown[cells][:, own].any(axis=1) & (value[cells][:, own] > 0).any(axis=1)
            any_of = tuple(n for n in chain.of_level(level) if chain.numbers[n].protected)
            found += [
                Told(table.name, level, *divmod(cell, width), any_of, 1, 1)
                for cell in np.flatnonzero(known).tolist()
            ]
        start += height * width
    return sorted(found, key=lambda one: one.row > 0)


def frame_of(block: Block) -> Frame:
    """Lay out the tables over time of a block.

    Parameters
    ----------
    block : Block

    Returns
    -------
    Frame

    Examples
    --------
    >>> len(frame_of(Block("tb", COHORT, 2025, ())).value)
    0
    """
    return Frame(block.chain, [table for table in block.tables if not table.grouped])
