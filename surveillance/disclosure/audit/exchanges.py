"""Other tables of people that agree with all that is published: the true one, with a few people exchanged.

A number is safe where another table exists in which it is 1, and one in which it is k - 1. Most such tables
are the true one but for a handful of exchanges, and are found without a linear programme:

- *Square*: people move from one row to another in one column, and as many move back in another column. All
  totals stay.
- *Gathering*: a row gets people from other rows in one column. The totals of these rows change, so these
  must be hidden, and so must values of groups in these rows that go with the people.

What moves is a *direction*: one kind of person, or one kind in exchange for another. How far each cell can
go in a direction is bounded by the facets of its cone; a cell that is shown cannot move. Each answer is a
whole table of whole people, with every number between, so what is found here is certain. What is not found
here may still be possible: that is asked of linear programmes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveillance.disclosure.audit.cells import Cells, facets
from surveillance.disclosure.audit.grids import Grid, Grids, grids_of
from surveillance.disclosure.audit.judge import Wanted
from surveillance.disclosure.audit.numbers import BLANK, VISITS

Whole = NDArray[Any]
#: How far a cell goes that is not there: as far as any other.
_FREE = 10**3
#: Each kind of person as the answer to tested, positive, treated, among those of whom it is asked: yes (n, in
#: the numerator), no (c), unknown (u), not asked (-). The common ones first.
_COMMON = 5
_KINDS = (
    "nc-", "nnn", "nnc", "c--", "---", "nnu", "nuu", "u--", "uc-", "unc", "unn", "unu", "uu-", "uuc", "uun",
    "uuu",
)  # fmt: skip


def kinds_of_people(chain: tuple[str, ...]) -> Whole:
    """List what one record can add to the numbers of a cell.

    Parameters
    ----------
    chain : tuple of str
        `VISITS` or `COHORT`.

    Returns
    -------
    array of int64, shape (kinds, numbers)

    Examples
    --------
    >>> from surveillance.disclosure.audit.numbers import COHORT
    >>> kinds_of_people(COHORT).tolist()  # completed, not completed, unknown
    [[1, 0, 1, 0], [0, 1, 1, 0], [0, 0, 0, 1]]
    >>> len(kinds_of_people(VISITS))
    16
    """
    texts, first = (_KINDS, [1]) if chain == VISITS else (("n", "c", "u"), [])
    return np.array(
        [[*first, *(n for letter in text for n in _family(letter))] for text in texts], dtype=np.int64
    )


def _family(letter: str) -> tuple[int, int, int, int]:
    """Write one answer as numerator, rest, denominator and unknown."""
    return int(letter == "n"), int(letter == "c"), int(letter in "nc"), int(letter == "u")


def directions(chain: tuple[str, ...], *, common: bool = False) -> Whole:
    """List the ways in which the numbers of a cell can change: a person more, or one in place of another.

    Parameters
    ----------
    chain : tuple of str
    common : bool
        Only those of the common kinds of people.

    Returns
    -------
    array of int64, shape (directions, numbers)

    Examples
    --------
    >>> from surveillance.disclosure.audit.numbers import COHORT
    >>> directions(COHORT)[:4].tolist()  # the last: one who completed in place of one who did not
    [[1, 0, 1, 0], [0, 1, 1, 0], [0, 0, 0, 1], [1, -1, 0, 0]]
    """
    people = kinds_of_people(chain)
    both = [*people, *(one - other for one, other in combinations(people, 2))]
    many = _COMMON if chain == VISITS else len(people)
    # Of the common kinds first.
    first = [*people[:many], *(one - other for one, other in combinations(people[:many], 2))]
    if common:
        return np.array(first)
    seen = {tuple(one) for one in first}
    return np.array(first + [one for one in both if tuple(one) not in seen])


@dataclass
class Reached:
    """The lowest and highest value that a table was found for, of each number of each cell.

    Parameters
    ----------
    least, most : array of int64, shape (cells, numbers)
    """

    least: Whole
    most: Whole

    def without(self, asked: Wanted, k: int) -> Wanted:
        """Leave out what is proved.

        Parameters
        ----------
        asked : Wanted
        k : int

        Returns
        -------
        Wanted
        """
        proved = asked.proved & ~((self.least <= 1) & (self.most >= k - 1))
        return Wanted(asked.small, proved, asked.loose & (self.least == self.most), asked.zero)


def reach(cells: Cells, truth: Whole, k: int, asked: Wanted, *, common: bool = False) -> Reached:
    """Exchange people of the true table in every way known here, and say which values that gives each number.

    Parameters
    ----------
    cells : Cells
        After `propagate`.
    truth : array of int64, shape (cells, numbers)
    k : int
        No number has to move further than k - 2.
    asked : Wanted
        Directions that can help none of these numbers are left out.
    common : bool
        Exchange people of the common kinds alone.

    Returns
    -------
    Reached

    Examples
    --------
    >>> from surveillance.disclosure.audit.example import release, truth
    >>> from surveillance.disclosure.audit.judge import wanted
    >>> from surveillance.disclosure.audit.propagate import propagate
    >>> cells = release()
    >>> propagate(cells)
    >>> found = reach(cells, truth(), 5, wanted(cells, truth(), 5))
    >>> found.least[2:, 0].tolist(), found.most[2:, 0].tolist()  # 3 and 4 are true
    ([0, 1], [6, 7])
    """
    found = Reached(truth.copy(), truth.copy())
    grids = grids_of(cells)
    steps = Steps(cells, truth, k - 2)
    possible = (cells.least <= 1) & (cells.most >= k - 1)
    for direction in directions(cells.chain, common=common):
        open_ = found.without(asked, k)
        left = open_.proved & possible | open_.loose & (cells.least < cells.most)
        helped = left & (direction != 0)
        if not helped.any():
            if not left.any():
                break
            continue
        up, down = steps.along(direction), steps.along(-direction)
        if not (up.any() and down.any() and ((up | down)[:, None] * helped).any()):
            continue
        _learn(found, truth, direction, _amounts(grids, up, down))
        _learn(found, truth, -direction, _amounts(grids, down, up))
    return found


def _learn(found: Reached, truth: Whole, direction: Whole, amount: Whole) -> None:
    """Note what a direction reaches."""
    value = truth + amount[:, None] * direction
    moved = (amount > 0)[:, None] & (direction != 0)
    np.minimum(found.least, np.where(moved, value, found.least), out=found.least)
    np.maximum(found.most, np.where(moved, value, found.most), out=found.most)


class Steps:
    """How far each cell can go in a direction.

    Parameters
    ----------
    cells : Cells
    truth : array of int64, shape (cells, numbers)
    cap : int
        No cell goes further.
    """

    def __init__(self, cells: Cells, truth: Whole, cap: int) -> None:
        self.truth, self.cap, self.levels = truth, cap, cells.levels
        self.facets = facets(cells.chain)
        # 16 bits are enough: nothing has to move further than k - 2.
        self.slack = np.minimum(-(truth @ self.facets.T), 2 * cap).astype(np.int16)
        self.people = np.minimum(truth, cap).astype(np.int16)
        self.free = ~cells.told[:, cells.levels] & (truth != BLANK).all(axis=1)[:, None]

    def along(self, direction: Whole) -> Whole:
        """Say how far each cell goes.

        Parameters
        ----------
        direction : array of int64, shape (numbers,)

        Returns
        -------
        array of int16, shape (cells,)
        """
        touched = np.flatnonzero(direction)
        steps = np.where(self.free[:, touched].all(axis=1), self.cap, 0).astype(np.int16)
        for number in np.flatnonzero(direction < 0):
            np.minimum(steps, self.people[:, number], out=steps)
        for one in np.flatnonzero(self.facets @ direction > 0):
            np.minimum(steps, self.slack[:, one] // (self.facets[one] @ direction), out=steps)
        return np.maximum(steps, 0)


def _amounts(grids: Grids, up: Whole, down: Whole) -> Whole:
    """Say how far each cell gets along one direction, by all exchanges."""
    amount = np.zeros(len(up) + 1, np.int16)  # one more: of cells that are not there
    groups = [
        _Group(
            *(_at(steps, leaf, 0) for steps in (up, down)),
            *(_at(steps, grids.joint[axis], _FREE) for steps in (up, down)),
        )
        for axis, leaf in grids.by_place.items()
    ]
    for dimension, grid in grids.places.items():
        # Squares of whole quarters move people of each group, too.
        if dimension != "care" or not groups or len(grid.above) > 1:
            _squares(grid, up, down, amount)
        if dimension != "care" or not groups:
            _far_squares(grid, up, down, amount)
            _gathering(grid, up, down, amount)
    if groups:
        _with_groups(grids.places["care"], list(grids.by_place.values()), groups, (up, down), amount)
    for (axis, leaf), group in zip(grids.by_place.items(), groups, strict=True):
        _note(amount, leaf, group.places())
        if axis in grids.country:
            _values(grids.country[axis], leaf, group, (up, down), amount)
    for axis, grid in grids.country.items():
        if axis not in grids.by_place:
            _squares(grid, up, down, amount)
            _gathering(grid, up, down, amount)
    return amount[:-1]


def _at(steps: Whole, cells: Whole, absent: int) -> Whole:
    """Look steps up; `absent` where there is no cell."""
    return np.where(cells < 0, np.int16(absent), steps[cells])


def _note(amount: Whole, cells: Whole, value: Whole) -> None:
    """Keep the largest amount of each cell."""
    np.maximum.at(amount, cells.ravel(), value.ravel())


def _nearly_all(pairs: Whole) -> Whole:
    """Leave the diagonal out: nobody exchanges with herself."""
    count = pairs.shape[0]
    pairs[np.arange(count), np.arange(count)] = 0
    return pairs


def _sum(parts: Iterable[Whole]) -> Whole:
    """Add arrays up one by one, so that no larger one is made."""
    return reduce(np.add, parts)


def _squares(grid: Grid, up: Whole, down: Whole, amount: Whole) -> None:
    """Exchange between two columns of one longer period, whose total stays."""
    group = grid.group if len(grid.group) else np.zeros(grid.leaf.shape[1], np.int64)
    pairs = (group[:, None] == group) & ~np.eye(len(group), dtype=bool)
    if not pairs.any() or len(grid.leaf) < 2:
        return
    gets, gives = _at(up, grid.leaf, 0), _at(down, grid.leaf, 0)
    moved = np.minimum(gives[:, :, None], gets[:, None, :])  # a row gives in a column, gets in another
    others = moved.sum(axis=0)[None] - moved
    by_column = np.where(pairs, np.minimum(gives[:, None, :], others), 0).max(axis=2)
    between = np.minimum(gives[:, None, :], gets[None, :, :])  # row, other row, column
    by_row = np.minimum(gives[None, :, :], between @ pairs.astype(np.int16))
    _note(amount, grid.leaf, np.minimum(gets, np.maximum(by_column, _nearly_all(by_row).max(axis=1))))


def _far_squares(grid: Grid, up: Whole, down: Whole, amount: Whole) -> None:
    """Exchange between two columns of different longer periods, whose cells move, too."""
    if not len(grid.above) or (grid.group == grid.group[0]).all() or len(grid.leaf) < 2:
        return
    gets, gives = (
        np.minimum(_at(steps, grid.leaf, 0), _at(steps, grid.above[0], _FREE)) for steps in (up, down)
    )
    moved = np.minimum(gives[:, :, None], gets[:, None, :])
    others = moved.sum(axis=0)[None] - moved
    apart = grid.group[:, None] != grid.group
    found = np.minimum(gets, np.where(apart, np.minimum(gives[:, None, :], others), 0).max(axis=2))
    _note(amount, grid.leaf, found)
    _note(amount, grid.above[0], found)


def _down_the_column(grid: Grid, up: Whole, down: Whole) -> tuple[Whole, Whole]:
    """Say how far each column of a row gets together with all longer periods that hold it."""
    gets, gives = _at(up, grid.leaf, 0), _at(down, grid.leaf, 0)
    for above in grid.above:
        gets, gives = np.minimum(gets, _at(up, above, _FREE)), np.minimum(gives, _at(down, above, _FREE))
    return gets, gives


def _gathering(grid: Grid, up: Whole, down: Whole, amount: Whole) -> None:
    """Let a row get people from all other rows in one column; the totals of the rows move."""
    gets, gives = _down_the_column(grid, up, down)
    found = np.minimum(gets, gives.sum(axis=0)[None] - gives)
    for cells in (grid.leaf, *grid.above):
        _note(amount, cells, found)


@dataclass(frozen=True)
class _Group:
    """Steps of the values of an axis in each place: of the year, and of each quarter (never issued)."""

    gets: Whole  # places, values
    gives: Whole
    gets_then: Whole  # places, values, quarters
    gives_then: Whole

    def quarters(self) -> Whole:
        """How much a place can get from another in a value and quarter (places, places, values, 4)."""
        now = np.minimum(self.gets[:, None], self.gives[None])[..., None]
        return np.minimum(now, np.minimum(self.gets_then[:, None], self.gives_then[None]))

    def far_squares(self) -> Whole:
        """How much two places can exchange between two quarters (places, places, 4, 4)."""
        gets, gives = self.gets_then, self.gives_then
        one = np.minimum(
            gets[:, :, :, None], gives[:, :, None, :]
        )  # place, value: gets in a quarter, gives in another
        other = np.minimum(gives[:, :, :, None], gets[:, :, None, :])
        return _sum(np.minimum(one[:, None, v], other[None, :, v]) for v in range(one.shape[1]))

    def places(self) -> Whole:
        """How much a value of a place gets from another, and another place gives, within quarters."""
        one = np.minimum(
            self.gets_then[:, :, None], self.gives_then[:, None]
        )  # place, value, other value, quarter
        other = one.swapaxes(1, 2)
        then = _sum(np.minimum(one[:, None, ..., q], other[None, ..., q]) for q in range(one.shape[3]))
        year = np.minimum(self.gets[:, :, None], self.gives[:, None])
        both = np.minimum(np.minimum(year[:, None], year.swapaxes(1, 2)[None]), then)
        values = np.arange(both.shape[2])
        both[:, :, values, values] = 0
        return _nearly_all(both).max(axis=(1, 3))

    def values(self) -> Whole:
        """How much a value can get from another in a place and quarter (places, values, values, 4)."""
        now = np.minimum(self.gets[:, :, None], self.gives[:, None])[..., None]
        return np.minimum(now, np.minimum(self.gets_then[:, :, None], self.gives_then[:, None]))

    def far_values(self) -> Whole:
        """How much two values can exchange between two quarters (values, values, 4, 4)."""
        gets, gives = self.gets_then, self.gives_then
        one = np.minimum(gets[:, :, :, None], gives[:, :, None, :])
        other = np.minimum(gives[:, :, :, None], gets[:, :, None, :])
        return _sum(np.minimum(a[:, None], b[None]) for a, b in zip(one, other, strict=True))


def _with_groups(
    grid: Grid, leaves: list[Whole], groups: list[_Group], steps: tuple[Whole, Whole], amount: Whole
) -> None:
    """Exchange between places of care what has to be exchanged in each table of groups as well."""
    gets, gives = _down_the_column(grid, *steps)
    quarter = grid.quarter
    columns = np.minimum(gets[:, None, :], gives[None, :, :])  # place, other place, column
    pairs = [group.quarters() for group in groups]
    sums = np.array([pair.sum(axis=2)[:, :, quarter] for pair in pairs])
    found = _nearly_all(np.minimum(columns, sums.min(axis=0))).max(axis=1)
    for cells in (grid.leaf, *grid.above):
        _note(amount, cells, found)
    for one, leaf in enumerate(leaves):
        rest = np.minimum(columns, np.delete(sums, one, axis=0).min(axis=0, initial=_FREE))
        moved = np.minimum(pairs[one][..., quarter], _nearly_all(rest)[:, :, None])
        _note(amount, leaf, moved.max(axis=(1, 3)))
    _far_with_groups(grid, groups, steps, amount)


def _far_with_groups(grid: Grid, groups: list[_Group], steps: tuple[Whole, Whole], amount: Whole) -> None:
    """Exchange between two places and two quarters, and in each axis between the same, within each value."""
    if (grid.quarter == grid.quarter[0]).all():
        return
    nearest = (
        grid.above[0] if len(grid.above) > 1 else None
    )  # a column that is a quarter has nothing to move but itself
    gets, gives = (
        np.minimum(_at(one, grid.leaf, 0), _FREE if nearest is None else _at(one, nearest, _FREE))
        for one in steps
    )
    one = np.minimum(gets[:, :, None], gives[:, None, :])  # place: gets in a column, gives in another
    other = one.swapaxes(1, 2)
    joint = np.min([group.far_squares() for group in groups], axis=0)
    joint = joint[:, :, grid.quarter][..., grid.quarter]
    apart = grid.quarter[:, None] != grid.quarter
    both = np.where(apart, np.minimum(np.minimum(one[:, None], other[None]), joint), 0)
    found = _nearly_all(both).max(axis=(1, 3))
    for cells in (grid.leaf, *(() if nearest is None else (nearest,))):
        _note(amount, cells, found)


def _values(country: Grid, leaf: Whole, group: _Group, steps: tuple[Whole, Whole], amount: Whole) -> None:
    """Let values of an axis exchange people: in one quarter, or between two."""
    gets, gives = _down_the_column(country, *steps)
    columns = np.minimum(gets[:, None, :], gives[None, :, :])  # value, other value, column
    places = group.values()[..., country.quarter]
    found = _nearly_all(np.minimum(columns, places.sum(axis=0))).max(axis=1)
    for cells in (country.leaf, *country.above):
        _note(amount, cells, found)
    _note(amount, leaf, np.minimum(places, _nearly_all(columns)[None]).max(axis=(2, 3)))
    gets, gives = (_at(one, country.leaf, 0) for one in steps)
    one = np.minimum(gets[:, :, None], gives[:, None, :])
    both = np.minimum(one[:, None], one.swapaxes(1, 2)[None])
    joint = group.far_values()[:, :, country.quarter][..., country.quarter]
    apart = country.quarter[:, None] != country.quarter
    _note(amount, country.leaf, _nearly_all(np.where(apart, np.minimum(both, joint), 0)).max(axis=(1, 3)))
