"""Blocks of made-up people, and an oracle that knows only what is published of them.

The oracle asks for a whole world: integer numbers of people in each leaf cell and channel of every table,
the same in the country's periods, and with a joint of place, period and group. It shares no code with the
suppression.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from surveillance.disclosure.model import COHORT, VISITS, Block, Chain, Table, Tree, cohort_numbers, star
from surveillance.disclosure.published import BLANK, Published, PublishedTable

#: Shares of the channels of the visits chain.
_SHARES = np.array([0.1, 0.05, 0.2, 0.05, 0.3, 0.05, 0.1, 0.15])


def time_tree(quarters: int, months: int, whole: bool = True) -> Tree:
    """A year with its quarters and months; without the year where it is not whole."""
    names, above = (["year"], [-1]) if whole else ([], [])
    for quarter in range(quarters):
        names.append(f"q{quarter}")
        above.append(0 if whole else -1)
    for quarter in range(quarters):
        for month in range(months):
            names.append(f"m{quarter}{month}")
            above.append(names.index(f"q{quarter}"))
    return Tree(tuple(names), tuple(above))


def quarter_tree(quarters: int, whole: bool = True) -> Tree:
    """A year with its quarters."""
    tree = time_tree(quarters, 0, whole)
    return Tree(tree.names, tree.above)


def numbers_of(chain: Chain, people: np.ndarray) -> np.ndarray:
    """Numbers of cells from people by channel (the last axis)."""
    return people @ chain.masks.T.astype(np.int64)


def random_block(
    seed: int,
    people: int,
    places: int = 3,
    quarters: int = 2,
    months: int = 2,
    values: int = 2,
    crossings: int = 2,
    whole: bool = True,
    grouped: bool = True,
) -> Block:
    """A block of people who were dealt out at random, unevenly."""
    rng = np.random.default_rng(seed)

    def uneven(size: int) -> np.ndarray:
        return rng.dirichlet(np.full(size, 0.7))

    place = rng.choice(places, people, p=uneven(places))
    month = rng.choice(quarters * months, people)
    value = rng.choice(values, people, p=uneven(values))
    crossing = rng.choice(crossings + 1, people, p=uneven(crossings + 1))
    channel = rng.choice(8, people, p=rng.dirichlet(_SHARES * 8))

    def count(*keys: tuple[np.ndarray, int]) -> np.ndarray:
        found = np.zeros((*(size for _, size in keys), 8), np.int64)
        np.add.at(found, (*(key for key, _ in keys), channel), 1)
        return numbers_of(VISITS, found)

    time, by_quarter = time_tree(quarters, months, whole), quarter_tree(quarters, whole)
    quarter = month // months
    names = tuple(f"p{one}" for one in range(places))
    codes = tuple(f"v{one}" for one in range(values))
    rows = Tree(
        ("country", "crossings", "none", *(f"x{one}" for one in range(crossings))),
        (-1, 0, 0, *[1] * crossings),
    )
    tables = [
        Table("care", star("country", names), time, count((place, places), (month, quarters * months))),
        Table(
            "crossing",
            rows,
            time,
            count((crossing, crossings + 1), (month, quarters * months)),
            frozenset(["none"]),
        ),
    ]
    joint = {}
    if grouped:
        both = count((place, places), (quarter, quarters), (value, values))
        tables.append(Table("group:sex", star("country", codes), by_quarter, both.sum(axis=0).swapaxes(0, 1)))
        if whole:
            tables.append(Table("care:sex", star("country", names), star("", codes), both.sum(axis=1)))
            joint = {"sex": both}
    return Block("malaria", VISITS, 2025, tuple(tables), joint)


def cohort_block(completed: list[int], not_completed: list[int]) -> Block:
    """One table of one column."""
    numerator = np.array(completed)[:, None]
    numbers = cohort_numbers(numerator, numerator + np.array(not_completed)[:, None])
    rows = star("country", tuple(f"p{one}" for one in range(len(completed))))
    return Block("tb", COHORT, 2025, (Table("care", rows, star("year", ()), numbers),))


class Oracle:
    """All worlds that look like what is published."""

    def __init__(self, published: Published, chain: Chain, months: int) -> None:
        self.chain, self.size = chain, 0
        self.variables: dict[str, np.ndarray] = {}
        self._rows: list[dict[int, float]] = []
        self._equal: list[float] = []
        tables = {table.name: table for table in published.tables}
        for name, table in tables.items():
            shape = (len(table.rows.leaves), len(table.columns.leaves), len(chain.channels))
            self.variables[name] = self._new(shape)
        for name, table in tables.items():
            for number, row, column in zip(*np.nonzero(table.values != BLANK), strict=True):
                cells = self.cells(table, int(row), int(column), [int(number)])
                self._say(cells, int(table.values[number, row, column]), name)
        self._tie(tables, months)

    def _new(self, shape: tuple[int, ...]) -> np.ndarray:
        found = np.arange(self.size, self.size + int(np.prod(shape))).reshape(shape)
        self.size += found.size
        return found

    def _say(self, cells: np.ndarray, value: float, _: str, minus: np.ndarray | None = None) -> None:
        row = dict.fromkeys(cells.ravel().tolist(), 1.0)
        if minus is not None:
            row |= dict.fromkeys(minus.ravel().tolist(), -1.0)
        self._rows.append(row)
        self._equal.append(value)

    def _tie(self, tables: dict[str, PublishedTable], months: int) -> None:
        """The country is the same in each period of each table; place, quarter and value have a joint."""
        over_time = [name for name in tables if not name.startswith("care:")]
        care = self.variables["care"]
        for name in over_time[1:]:
            other = self.variables[name]
            for channel in range(care.shape[2]):
                if other.shape[1] == care.shape[1]:
                    for month in range(care.shape[1]):
                        self._say(care[:, month, channel], 0, name, other[:, month, channel])
                else:
                    for quarter in range(other.shape[1]):
                        within = slice(quarter * months, (quarter + 1) * months)
                        self._say(care[:, within, channel], 0, name, other[:, quarter, channel])
        for name in tables:
            if name.startswith("care:"):
                both, group = self.variables[name], self.variables["group:" + name[5:]]
                joint = self._new((care.shape[0], group.shape[1], group.shape[0], care.shape[2]))
                for channel in range(care.shape[2]):
                    one = joint[..., channel]
                    for place in range(care.shape[0]):
                        for quarter in range(group.shape[1]):
                            within = slice(quarter * months, (quarter + 1) * months)
                            self._say(one[place, quarter], 0, name, care[place, within, channel])
                        for value in range(group.shape[0]):
                            self._say(one[place, :, value], 0, name, both[place, value, channel])
                    for quarter in range(group.shape[1]):
                        for value in range(group.shape[0]):
                            self._say(one[:, quarter, value], 0, name, group[value, quarter, channel])

    def cells(self, table: PublishedTable, row: int, column: int, numbers: list[int]) -> np.ndarray:
        """Variables that a number of a cell sums; numbers of one family share no channel."""
        channels = self.chain.masks[numbers].any(axis=0)
        rows, columns = table.rows.cover[row], table.columns.cover[column]
        return self.variables[table.name][rows][:, columns][..., channels]

    def possible(self, cells: np.ndarray, value: int) -> bool:
        """Whether there is a world in which a number has a value."""
        rows = [*self._rows, dict.fromkeys(cells.ravel().tolist(), 1.0)]
        equal = np.array([*self._equal, value])
        line = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
        column = np.concatenate([np.fromiter(row, int) for row in rows])
        data = np.concatenate([np.fromiter(row.values(), float) for row in rows])
        matrix = csr_array((data, (line, column)), shape=(len(rows), self.size))
        result = milp(
            np.zeros(self.size),
            constraints=LinearConstraint(matrix, equal, equal),
            integrality=np.ones(self.size),
            bounds=Bounds(0, np.inf),
            options={"time_limit": 20.0},
        )
        assert result.status in (0, 2), result.message
        return bool(result.status == 0)


def hidden_small(
    block: Block, published: Published, k: int
) -> Iterator[tuple[PublishedTable, int, int, list[int]]]:
    """Hidden numbers of 1 to k - 1 of issued columns: table, row, column, and what is summed."""
    for table, shown in zip(block.tables, published.tables, strict=True):
        for level in range(len(block.chain.levels)):
            own = [number for number in block.chain.of_level(level) if block.chain.numbers[number].protected]
            for numbers in [[number] for number in own] + ([own] if len(own) > 1 else []):
                value = table.totals[..., numbers].sum(axis=-1)
                for row, column in zip(*np.nonzero((value >= 1) & (value < k)), strict=True):
                    margin = table.grouped and (row == 0 or column == 0)
                    issued = shown.states[level, 0, column] != 2
                    if issued and shown.states[level, row, column] != 0 and row > 0 and not margin:
                        yield shown, int(row), int(column), numbers


def until(block: Block, quarters: int, months: int, whole: bool) -> Block:
    """The block of `random_block` when only its first quarters are over."""
    time, by_quarter = time_tree(quarters, months, whole), quarter_tree(quarters, whole)
    tables = []
    for table in block.tables:
        if not table.grouped:
            columns, kept = (by_quarter, quarters) if ":" in table.name else (time, quarters * months)
            tables.append(Table(table.name, table.rows, columns, table.sums[:, :kept], table.never))
        elif whole:
            tables.append(table)
    return Block(block.disease, block.chain, block.year, tuple(tables), block.joint if whole else {})
