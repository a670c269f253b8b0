"""Finding witnesses: move after move until a number has changed by enough, hiding what these need."""

from __future__ import annotations

from collections import Counter

from surveillance.disclosure.cells import Cells
from surveillance.disclosure.exchange.joint import JointWorld
from surveillance.disclosure.exchange.moves import PLENTY, donors
from surveillance.disclosure.model import Counts
from surveillance.disclosure.search import Move, Wanted, candidates

#: So many moves are looked at that have no joint world, before a number counts as unprotected.
_MOST_BANNED = 40


def find(cells: Cells, wanted: Wanted, free_only: bool = False) -> list[Move] | None:
    """Find moves that change a number by so many people, and hide what these need.

    Parameters
    ----------
    cells : Cells
        With its costs up to date; families are hidden in it unless `free_only`.
    wanted : Wanted
    free_only : bool
        Look among families that are hidden already, and change nothing.

    Returns
    -------
    list of Move or None
        To be made one after the other; each may be made for fewer people. None where there are none.

    Examples
    --------
    >>> import numpy as np
    >>> from surveillance.disclosure.model import COHORT, Block, Table, cohort_numbers, star
    >>> numbers = cohort_numbers(np.array([[40], [30], [2]]), np.array([[60], [44], [22]]))
    >>> care = Table("care", star("country", ["KH01", "KH02", "KH03"]), star("2025", []), numbers)
    >>> block = Block("tb", COHORT, 2025, (care,))
    >>> from surveillance.disclosure.doubt import sensitive
    >>> from surveillance.disclosure.suppress import prepare
    >>> cells = prepare(block, 5)["care"]
    >>> cells.states()[0, :, 0].tolist()
    [0, 0, 0, 1]
    >>> up = next(sensitive(cells, 0, (0,), 5))  # 2 who completed treatment in KH03: 4 must be possible
    >>> [(move.people, move.row, move.other) for move in find(cells, up)]
    [(2, 2, 1)]
    >>> cells.states()[0, :, 0].tolist()  # KH02 is hidden, too
    [0, 0, 1, 1]
    """
    state = _Search(cells)
    left = wanted.people
    while left > 0:
        before = left
        for _, move in candidates(cells, state.available, wanted, left, free_only=True):
            done = state.possible(move._replace(people=min(move.people, left)))
            if done > 0:
                left -= done
                state.make(move._replace(people=done), last=left == 0)
            if left == 0 or len(state.banned) > _MOST_BANNED:
                break
        if left < before:
            continue
        paid = None
        if not free_only:
            for _, move in candidates(cells, state.available, wanted, left, free_only=False):
                done = state.possible(move)
                if done > 0:
                    paid = move._replace(people=done)
                    break
        if paid is None:
            return None
        _hide(cells, paid)
        left -= paid.people
        state.make(paid, last=left == 0)
    return state.moves


class _Search:
    """Moves that were made one after the other, and what is left to be moved."""

    def __init__(self, cells: Cells) -> None:
        self.cells, self.available = cells, cells.donors
        self.moves: list[Move] = []
        self.banned: set[tuple[int, ...]] = set()
        self.numbers: Counts | None = None
        self.world: JointWorld | None = None
        #: People who left a cell of the table by place and month.
        self.gone: Counter[tuple[int, ...]] = Counter()

    def possible(self, move: Move) -> int:
        """For how many people a move can be made after those before it."""
        cells, done = self.cells, move.people
        kept = self.available[move.level]
        first, second = int(cells.first[move.pair]), int(cells.second[move.pair])
        for row, leaves, joins in (
            (move.row, move.leaves, move.joins),
            (move.other, move.joins, move.leaves),
        ):
            done = min(done, int(kept[leaves, row, first]), int(kept[joins, row, second]))
        key = (move.level, move.leaves, move.joins, move.row, move.other, move.pair)
        if done < 1 or key in self.banned:
            return 0
        if cells.linked is not None and cells.across[move.pair]:
            self.world = self.world or replay(cells, self.moves)
            asked = done
            done = realise(cells, self.world, move._replace(people=done)) if self.world is not None else 0
            if done < asked:
                self.world = None
            if done < 1:
                self.banned.add(key)
                return 0
        elif cells.linked is not None and self.world is not None:
            realise(cells, self.world, move._replace(people=done))
        for row, channel, cell, people in self._taken(move):
            here = int(self.available[move.level][channel, row, move.column])
            done = min(done, here, people - self.gone[cell])
        return done

    def _taken(self, move: Move) -> list[tuple[int, int, tuple[int, ...], int]]:
        """Whom a change of places takes: row, channel, cell of the table by place and month, people there."""
        pair, places = move.pair - self.cells.own_pairs, self.cells.places
        found: list[tuple[int, int, tuple[int, ...], int]] = []
        for row, channel in ((move.row, move.leaves), (move.other, move.joins)):
            if places is not None and pair >= 0 and channel != len(self.cells.chain.channels):
                cell = (channel, *places.cell(row, pair))
                found.append((row, channel, cell, int(places.care.donors[move.level][cell])))
        return found

    def make(self, move: Move, last: bool) -> None:
        """Make a move."""
        self.moves.append(move)
        cells = self.cells
        for _, _, cell, _ in self._taken(move):
            self.gone[cell] += move.people
        if last:
            return
        if self.numbers is None:
            self.numbers = cells.table.sums.copy()
            self.available = [one.copy() for one in cells.donors]
            for earlier in self.moves[:-1]:
                earlier.apply(cells.chain, self.numbers)
        for row, channel, _, _ in self._taken(move):
            for kept in self.available:
                kept[channel, row, int(cells.first[move.pair])] -= move.people
        move.apply(cells.chain, self.numbers)
        columns = self.numbers.shape[1]
        touched = [(row, column) for row, column, _ in move.cells() if row < cells.real and column < columns]
        rows, leaves = [row for row, _ in touched], [column for _, column in touched]
        if cells.pure[rows, leaves].all():
            for row, column, sign in move.cells():
                if row < cells.real and column < columns:
                    for kept in self.available:
                        kept[move.leaves, row, column] -= sign * move.people
                        kept[move.joins, row, column] += sign * move.people
                        kept[-1, row, column] = PLENTY
            return
        anew = donors(cells.chain, self.numbers[rows, leaves][None])
        for kept, new in zip(self.available, anew, strict=True):
            kept[:, rows, leaves] = new[:, 0, :-1]


def replay(cells: Cells, moves: list[Move]) -> JointWorld | None:
    """Make the joint world after some moves.

    Parameters
    ----------
    cells : Cells
        A linked table.
    moves : list of Move

    Returns
    -------
    JointWorld or None
        None where one of the moves has no joint world.

    Examples
    --------
    >>> import numpy as np
    >>> from surveillance.disclosure.model import COHORT, Block, Table, cohort_numbers, star
    >>> from surveillance.disclosure.suppress import prepare
    >>> joint = cohort_numbers(np.full((2, 2, 2), 6), np.full((2, 2, 2), 9))  # places, quarters, sexes
    >>> places, year = star("country", ["KH01", "KH02"]), star("2025", ["Q1", "Q2"])
    >>> sexes = ["female", "male"]
    >>> care = Table("care", places, year, joint.sum(axis=2))
    >>> group = Table("group:sex", star("country", sexes), year, joint.sum(axis=0).swapaxes(0, 1))
    >>> both = Table("care:sex", places, star("", sexes), joint.sum(axis=1))
    >>> cells = prepare(Block("tb", COHORT, 2025, (care, group, both), {"sex": joint}), 5)["care"]
    >>> pairs = zip(cells.first.tolist(), cells.second.tolist())
    >>> pair = next(number for number, ends in enumerate(pairs) if ends == (0, 1))
    >>> move = Move(0, 2, 0, 1, 0, 1, 0, 1, pair)
    >>> replay(cells, [move]) is None
    False
    >>> replay(cells, [move._replace(people=20)]) is None
    True
    """
    world = JointWorld(cells.joints)
    for move in moves:
        if realise(cells, world, move) < move.people:
            return None
    return world


def realise(cells: Cells, world: JointWorld, move: Move) -> int:
    """Make a move in the joint tables.

    Parameters
    ----------
    cells : Cells
        A linked table.
    world : JointWorld
        Changed in place.
    move : Move

    Returns
    -------
    int
        How many people could be moved.

    Examples
    --------
    >>> import numpy as np
    >>> from surveillance.disclosure.model import COHORT, Block, Table, cohort_numbers, star
    >>> from surveillance.disclosure.suppress import prepare
    >>> joint = cohort_numbers(np.full((2, 2, 2), 6), np.full((2, 2, 2), 9))  # places, quarters, sexes
    >>> places, year = star("country", ["KH01", "KH02"]), star("2025", ["Q1", "Q2"])
    >>> sexes = ["female", "male"]
    >>> care = Table("care", places, year, joint.sum(axis=2))
    >>> group = Table("group:sex", star("country", sexes), year, joint.sum(axis=0).swapaxes(0, 1))
    >>> both = Table("care:sex", places, star("", sexes), joint.sum(axis=1))
    >>> cells = prepare(Block("tb", COHORT, 2025, (care, group, both), {"sex": joint}), 5)["care"]
    >>> pairs = zip(cells.first.tolist(), cells.second.tolist())
    >>> pair = next(number for number, ends in enumerate(pairs) if ends == (0, 1))
    >>> move = Move(0, 2, 0, 1, 0, 1, 0, 1, pair)
    >>> realise(cells, JointWorld(cells.joints), move)
    2
    """
    assert cells.linked is not None  # noqa: S101 - as the caller has looked
    within, absent = cells.linked.within, len(cells.chain.channels)
    row, other, y1 = move.row, move.other, int(within[move.column])
    alone = move.second >= len(within)
    y2 = y1 if alone else int(within[move.second])
    free = cells.free_rows(move.level)
    done = move.people
    if not alone and y1 == y2:
        return done
    for channel, one, two in ((move.leaves, row, other), (move.joins, other, row)):
        if channel == absent or done == 0:
            continue
        if alone or (free[row] and free[other]):
            done = world.move(move.level, channel, (one, y1), (two, y1), done)
            if done and not alone:
                done = world.move(move.level, channel, (two, y2), (one, y2), done)
        else:
            done = world.exchange(move.level, channel, (one, y1, two, y2), done)
    return done


def _hide(cells: Cells, move: Move) -> None:
    """Hide every family that a move changes, in other tables first."""
    pair = move.pair - cells.own_pairs
    if cells.places is not None and pair >= 0:
        cells.places.pay(move.level, pair, (move.row, move.other))
        cells.recost()
    elif cells.groups is not None and move.other >= cells.real:
        cells.groups.pay(move.level, move.pair)
        cells.recost()
    one = int(cells.rows[move.row])
    rows = [one]
    if move.other < cells.real:
        other = int(cells.rows[move.other])
        rows += [
            other,
            *sorted(set(cells.table.rows.ancestors(one)) ^ set(cells.table.rows.ancestors(other))),
        ]
    cells.hide_for(move.level, move.pair, rows)
