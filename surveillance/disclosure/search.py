"""Looking for witnesses: moves that take a hidden small number to 1 and to k - 1, and what those hide."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from surveillance.disclosure.cells import Cells
from surveillance.disclosure.exchange.bridges import NEVER
from surveillance.disclosure.exchange.moves import PLENTY, Capacity, Flags, flip_levels
from surveillance.disclosure.model import Chain, Counts

#: So many moves that hide nothing are listed at once.
_MOST_AT_ONCE = 12
_Flips = tuple[NDArray[np.int64], NDArray[np.int64]]


class Move(NamedTuple):
    """A flip of `people` from one channel to another at a row and leaf column, with its counterparts.

    `row`, `other`: positions among the leaf rows. `column`, `second`: leaf columns; `second` is the number
    of leaf columns where the columns change alone. The last channel is absence.
    """

    level: int
    people: int
    leaves: int
    joins: int
    row: int
    other: int
    column: int
    second: int
    pair: int

    def cells(self) -> list[tuple[int, int, int]]:
        """List row, column and sign: where the flip happens (1), and where the opposite one does (-1)."""
        found = [(self.row, self.column, 1), (self.other, self.column, -1)]
        return [*found, (self.row, self.second, -1), (self.other, self.second, 1)]

    def apply(self, chain: Chain, sums: Counts) -> None:
        """Change the leaf numbers of a table.

        Parameters
        ----------
        chain : Chain
        sums : ndarray of int64, shape (leaf rows, leaf columns, numbers)
            Changed in place.
        """
        masks = np.concatenate([chain.masks, np.zeros((len(chain.numbers), 1), bool)], axis=1).astype(
            np.int64
        )
        change = self.people * (masks[:, self.joins] - masks[:, self.leaves])
        for row, column, sign in self.cells():
            if row < sums.shape[0] and column < sums.shape[1]:
                sums[row, column] += sign * change


@dataclass(frozen=True)
class Wanted:
    """A hidden number that is to stay in doubt: at a row and node of a level, to rise or to fall by `people`.

    `positions`: the numbers that it sums; two for a denominator. `under` and `inside`: leaf rows and columns
    that are meant in place of those of the row and the node.
    """

    level: int
    positions: tuple[int, ...]
    row: int
    node: int
    rises: bool
    people: int
    under: Flags | None = None
    inside: Flags | None = None


@lru_cache(maxsize=256)
def _flips(chain: Chain, positions: tuple[int, ...], rises: bool) -> dict[int, _Flips]:
    """Flips that raise or lower a number, by their level: channels that are left and joined."""
    inside = np.append(chain.masks[list(positions)].any(axis=0), False)
    levels = flip_levels(chain)
    found = {}
    for level in range(chain.numbers[positions[0]].level + 1):
        fits = (levels == level) & (
            ~inside[:, None] & inside[None, :] if rises else inside[:, None] & ~inside[None, :]
        )
        if fits.any():
            leaves, joins = np.nonzero(fits)
            found[level] = (leaves, joins)
    return found


def protected_numbers(chain: Chain, level: int) -> list[tuple[int, ...]]:
    """List the numbers of a level of which small values are not told: positions that each sums.

    Parameters
    ----------
    chain : Chain
    level : int

    Returns
    -------
    list of tuple of int
        Numerator, complement and denominator; or records alone.

    Examples
    --------
    >>> from surveillance.disclosure.model import VISITS
    >>> protected_numbers(VISITS, 0), protected_numbers(VISITS, 1)
    ([(0,)], [(1,), (2,), (1, 2)])
    """
    own = [number for number in chain.of_level(level) if chain.numbers[number].protected]
    return [(number,) for number in own] + ([tuple(own)] if len(own) > 1 else [])


class FreeMoves:
    """How many people each flip can move among families that are hidden already.

    Parameters
    ----------
    cells : Cells
        With its costs up to date.
    """

    def __init__(self, cells: Cells) -> None:
        self.cells = cells
        self._found: dict[tuple[int, tuple[int, ...], bool], Capacity] = {}

    def most(self, level: int, positions: tuple[int, ...], rises: bool) -> Capacity:
        """Say by how many people one move can change a number of each cell.

        Parameters
        ----------
        level : int
            The number's level.
        positions : tuple of int
        rises : bool

        Returns
        -------
        ndarray of int8, shape (leaf rows, nodes)
        """
        cells = self.cells
        cover = cells.levels[level].cover
        best = np.zeros((len(cells.rows), len(cells.first)), np.int8)
        for flip_level, flips in _flips(cells.chain, positions, rises).items():
            key = (flip_level, positions, rises)
            if key not in self._found:
                self._found[key] = self._compute(flip_level, flips)
            np.maximum(best, self._found[key], out=best)
        padded = np.concatenate([cover, np.zeros((len(cover), 1), bool)], axis=1)
        chosen = padded[:, cells.column] & ~padded[:, cells.second]
        found = np.zeros((len(cells.rows), len(cover)), np.int8)
        for node, pairs in enumerate(chosen):
            if pairs.any():
                found[:, node] = best[:, pairs].max(axis=1)
        return found

    def _compute(self, level: int, flips: _Flips) -> Capacity:
        """Say it of the best of some flips of one level, shape (leaf rows, pairs)."""
        cells, (leaves, joins) = self.cells, flips
        free = cells.levels[level].cost == 0  # pairs, row nodes
        found = np.zeros((len(cells.rows), len(cells.first)), np.int8)
        used = np.flatnonzero(free[:, cells.rows].sum(axis=1) > 1)
        if not len(used):
            return found
        first, second = cells.first[used], cells.second[used]
        may = free[used][:, cells.rows].T
        link = cells.link(level)
        if link is not None:
            for one, other in zip(leaves.tolist(), joins.tolist(), strict=True):
                np.maximum(found, self._linked(level, one, other, used, may, link), out=found)
            return found
        donors = cells.donors[level]
        gone, come = donors[:, :, first], donors[:, :, second]  # channels, rows, pairs
        here = np.where(may, np.minimum(gone[leaves], come[joins]), 0)
        there = np.where(may, np.minimum(gone[joins], come[leaves]), 0)
        best = np.zeros_like(here)
        for one, above in enumerate(cells.classes):
            mine = cells.class_of == one
            for other, above_other in enumerate(cells.classes):
                between = sorted(set(above) ^ set(above_other))
                passes = free[used][:, between].all(axis=1)
                if not passes.any():
                    continue
                theirs = there[:, cells.class_of == other]
                most = _most_of_others(theirs) if one == other else theirs.max(axis=1)[:, None]
                best[:, mine] = np.maximum(best[:, mine], np.where(passes, most, 0))
        found[:, used] = np.minimum(here, best).max(axis=0)
        return found

    def _linked(
        self, level: int, leaves: int, joins: int, used: NDArray[np.int64], may: Flags, link: Capacity
    ) -> Capacity:
        """Say it of one flip in a table that hangs together with two others."""
        cells = self.cells
        found = np.zeros((len(cells.rows), len(cells.first)), np.int8)
        out, into = cells.donors[level][leaves], cells.donors[level][joins]
        first, second = cells.first[used], cells.second[used]
        here = np.where(may, np.minimum(out[:, first], into[:, second]), 0)
        there = np.where(may, np.minimum(into[:, first], out[:, second]), 0)
        both = np.minimum(link[leaves][used], np.swapaxes(link[joins][used], -1, -2))  # pairs, row, other
        rows = np.flatnonzero(cells.free_rows(level))
        both[:, rows[:, None], rows] = PLENTY
        both = np.minimum(both, there.T[:, None, :])
        same = np.arange(len(cells.rows))
        both[:, same, same] = 0
        found[:, used] = np.minimum(here, both.max(axis=2).T)
        return found


def _most_of_others(values: Capacity) -> Capacity:
    """For each row the greatest value among all other rows, column by column; rows are the second axis."""
    if values.shape[1] == 1:
        return np.zeros_like(values)
    top = values.argmax(axis=1)[:, None]
    highest = np.take_along_axis(values, top, 1)
    without = values.copy()
    np.put_along_axis(without, top, 0, 1)
    found = np.broadcast_to(highest, values.shape).copy()
    np.put_along_axis(found, top, without.max(axis=1)[:, None], 1)
    return found


def candidates(
    cells: Cells, available: list[Capacity], wanted: Wanted, people: int, free_only: bool
) -> list[tuple[float, Move]]:
    """List moves towards what is wanted, the best first: score and move.

    Parameters
    ----------
    cells : Cells
        The table, and which cells are hidden.
    available : list of ndarray, each of shape (channels, leaf rows, pairs)
        How many people can be moved, level by level.
    wanted : Wanted
    people : int
        How many people are to be moved.
    free_only : bool
        Some moves that hide nothing, those of the most people first. Else some that hide families, those
        that hide the fewest people first.

    Returns
    -------
    list of (float, Move)

    Examples
    --------
    >>> from surveillance.disclosure.model import COHORT, Block, Table, cohort_numbers, star
    >>> numbers = cohort_numbers(np.array([[40], [30], [2]]), np.array([[60], [44], [22]]))
    >>> care = Table("care", star("country", ["KH01", "KH02", "KH03"]), star("2025", []), numbers)
    >>> block = Block("tb", COHORT, 2025, (care,))
    >>> from surveillance.disclosure.suppress import prepare
    >>> cells = prepare(block, 5)["care"]
    >>> up = Wanted(0, (0,), row=3, node=0, rises=True, people=2)
    >>> candidates(cells, cells.donors, up, 2, free_only=True)
    []
    >>> found = candidates(cells, cells.donors, up, 2, free_only=False)
    >>> sorted({(move.people, move.row, move.other) for _, move in found})
    [(2, 2, 0), (2, 2, 1)]
    """
    columns = cells.levels[wanted.level].cover[wanted.node] if wanted.inside is None else wanted.inside
    inside = np.append(columns, False)
    within = np.flatnonzero(inside[cells.column] & ~inside[cells.second])
    under = cells.under[wanted.row] if wanted.under is None else wanted.under
    mine, others = np.flatnonzero(under), np.flatnonzero(~under)
    found: list[tuple[float, Move]] = []
    if not (len(within) and len(mine) and len(others)):
        return found
    for level, (leaves, joins) in _flips(cells.chain, wanted.positions, wanted.rises).items():
        chosen = within
        if free_only:
            own = cells.levels[level].cost[within[:, None], cells.rows[mine]]
            chosen = within[(own == 0).any(axis=1)]
            if not len(chosen):
                continue
        cost = _cost(cells, level, chosen, mine, others)  # mine, others, pairs
        open_ = cost == 0 if free_only else (cost > 0) & (cost < NEVER)
        if not open_.any():
            continue
        keep = np.flatnonzero(open_.any(axis=(0, 2)))
        pairs = np.flatnonzero(open_.any(axis=(0, 1)))
        theirs, where = others[keep], chosen[pairs]
        cost, open_ = cost[:, keep][:, :, pairs], open_[:, keep][:, :, pairs]
        first, second = cells.first[where], cells.second[where]
        out, into = available[level][leaves], available[level][joins]
        here = np.minimum(out[:, mine[:, None], first], into[:, mine[:, None], second])
        there = np.minimum(into[:, theirs[:, None], first], out[:, theirs[:, None], second])
        most = np.minimum(here[:, :, None, :], there[:, None, :, :])
        np.minimum(most, people, out=most)
        most[:, ~open_] = 0
        _bind(cells, level, (leaves, joins), (where, mine, theirs), most)
        if free_only:
            at = np.flatnonzero(most)
            score = -most.ravel()[at].astype(float)
            if len(at) > _MOST_AT_ONCE:
                at = at[np.argsort(score, kind="stable")[:_MOST_AT_ONCE]]
                score = -most.ravel()[at].astype(float)
        else:
            times = np.ceil(people / np.maximum(most, 1))
            every = np.where(most > 0, cost * times - most * 1e-4, np.inf).ravel()
            at = np.argpartition(every, min(_MOST_AT_ONCE, every.size) - 1)[:_MOST_AT_ONCE]
            score = every[at]
        flip, row, partner, pair = np.unravel_index(at, most.shape)
        moves = (
            most[flip, row, partner, pair],
            leaves[flip],
            joins[flip],
            mine[row],
            theirs[partner],
            cells.column[where[pair]],
            second[pair],
            where[pair],
        )
        for value, *move in zip(score.tolist(), *(part.tolist() for part in moves), strict=True):
            if value < np.inf:
                found.append((value, Move(level, *move)))
    return sorted(found)


def _bind(
    cells: Cells,
    level: int,
    flips: _Flips,
    where: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
    most: Capacity,
) -> None:
    """Leave out, in place, what has no joint even for one person."""
    link = cells.link(level)
    if link is not None:
        (leaves, joins), (pairs, mine, theirs) = flips, where
        one = link[np.ix_(leaves, pairs, mine, theirs)]
        other = np.swapaxes(link[np.ix_(joins, pairs, theirs, mine)], -1, -2)
        free = cells.free_rows(level)
        bound = (np.minimum(one, other) < 1) & ~(free[mine, None] & free[theirs])
        most[np.moveaxis(bound, 1, -1)] = 0


def _cost(
    cells: Cells, level: int, chosen: NDArray[np.int64], mine: NDArray[np.int64], others: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Say what must be hidden for each move, shape (mine, others, pairs)."""
    cost = cells.levels[level].cost[chosen].T  # row nodes, pairs
    found = cost[cells.rows[mine]][:, None] + cost[cells.rows[others]][None]
    if len(cells.classes) > 1:
        for one, above in enumerate(cells.classes):
            for other, above_other in enumerate(cells.classes):
                between = sorted(set(above) ^ set(above_other))
                if between:
                    where = np.ix_(cells.class_of[mine] == one, cells.class_of[others] == other)
                    found[where] += cost[between].sum(axis=0)
    return found
