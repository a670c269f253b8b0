"""Exchanges of any length, in one direction: a small linear programme of how far each cell moves.

`exchanges` moves people around squares. Here they may go any way round that leaves all sums as they are: one
unknown for each cell instead of ten, and no rows but the sums. It finds less than the programme of all
numbers together, in a fraction of its time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from surveillance.disclosure.audit.cells import Cells
from surveillance.disclosure.audit.exchanges import Reached, Steps, directions
from surveillance.disclosure.audit.judge import Wanted
from surveillance.disclosure.audit.solver import Programme

_NEARLY = 1e-6
#: Rounds for one direction; each serves as many numbers as it can.
_ROUNDS = 12


def flow(cells: Cells, truth: NDArray[np.int64], k: int, asked: Wanted, found: Reached) -> int:
    """Move people along whole ways, for the numbers that exchanges did not prove.

    Parameters
    ----------
    cells : Cells
        After `propagate`.
    truth : array of int64, shape (cells, numbers)
    k : int
    asked : Wanted
    found : Reached
        Changed in place.

    Returns
    -------
    int
        How many linear programmes were solved.

    Examples
    --------
    >>> from surveillance.disclosure.audit.example import release, truth
    >>> from surveillance.disclosure.audit.judge import wanted
    >>> from surveillance.disclosure.audit.propagate import propagate
    >>> cells, found = release(), Reached(truth(), truth())
    >>> propagate(cells)
    >>> flow(cells, truth(), 5, wanted(cells, truth(), 5), found) > 0
    True
    >>> found.least[2:, 0].tolist(), found.most[2:, 0].tolist()  # 3 and 4 are true
    ([1, 1], [4, 4])
    """
    steps, count, sums = Steps(cells, truth, k - 2), 0, _sums(cells)
    possible = (cells.least <= 1) & (cells.most >= k - 1)
    for direction in directions(cells.chain):
        left = found.without(asked, k)
        open_ = left.proved & possible | left.loose & (cells.least < cells.most)
        helped = open_ & (direction != 0)
        if not helped.any():
            if not open_.any():
                break
            continue
        up, down = steps.along(direction), steps.along(-direction)
        free = (up > 0) | (down > 0)
        if (helped & free[:, None]).any():
            count += _Way(sums, free, up, down).serve(truth, k, asked, found, direction, helped)
    return count


def _sums(cells: Cells) -> sparse.csc_array:
    """Write each sum as a row: parts less whole is nothing."""
    rows = np.arange(len(cells.parent))
    whole = sparse.csr_array((np.ones(len(rows), np.int64), (rows, cells.parent)), shape=cells.children.shape)
    found = sparse.csc_array(cells.children - whole, dtype=np.float64)
    found.eliminate_zeros()
    return found


class _Way:
    """How far each cell moves in one direction, with all sums as they are."""

    def __init__(
        self,
        sums: sparse.csc_array,
        free: NDArray[np.bool_],
        up: NDArray[np.int16],
        down: NDArray[np.int16],
    ) -> None:
        self.at = np.flatnonzero(free)
        self.up, self.down = up[self.at].astype(np.float64), down[self.at].astype(np.float64)
        size = sums.indptr[self.at + 1] - sums.indptr[self.at]
        ends = np.concatenate([[0], np.cumsum(size)])
        entry = np.repeat(sums.indptr[self.at] - ends[:-1], size) + np.arange(ends[-1])
        used, row = np.unique(sums.indices[entry], return_inverse=True)
        matrix = sparse.csc_array((sums.data[entry], row, ends), shape=(len(used), len(self.at)))
        zeros = np.zeros(len(used))
        self.programme = Programme(matrix, zeros, zeros, -self.down, self.up)

    def serve(
        self,
        truth: NDArray[np.int64],
        k: int,
        asked: Wanted,
        found: Reached,
        direction: NDArray[np.int64],
        helped: NDArray[np.bool_],
    ) -> int:
        """Ask for each open number to go as far as it must, many at once."""
        cell, number = np.nonzero(helped[self.at])
        own = truth[self.at[cell], number]
        loose = asked.loose[self.at[cell], number]
        sign = direction[number]
        for wish in (1, -1):  # numbers up, then down
            need = np.where(loose, 1, k - 1 - own if wish > 0 else own - 1)
            reached = found.most if wish > 0 else found.least
            for side in (1, -1):  # with cells moving up, or down
                mine = (sign * side == wish) & (need > 0)
                far = (self.up if side > 0 else self.down)[cell] >= need
                self._rounds(
                    cell[mine & far], number[mine & far], need[mine & far], side, wish, truth, reached
                )
        return self.programme.asked

    def _rounds(
        self,
        cell: NDArray[np.int64],
        number: NDArray[np.int64],
        need: NDArray[np.int64],
        side: int,
        wish: int,
        truth: NDArray[np.int64],
        reached: NDArray[np.int64],
    ) -> None:
        """Ask again for what the last answers did not serve."""
        wanted = truth[self.at[cell], number] + wish * need
        for _ in range(_ROUNDS):
            at = self.at[cell], number
            left = wish * (wanted - reached[at]) > 0
            if not left.any():
                return
            most = np.zeros(len(self.at))
            np.maximum.at(most, cell[left], need[left].astype(np.float64))
            aim = np.flatnonzero(most)
            low, high = -self.down, self.up.copy()
            if side > 0:
                high[aim] = most[aim]
            else:
                low = low.copy()
                low[aim] = -most[aim]
            self.programme.bound(np.arange(len(low)), low, high)
            cost = np.zeros(len(self.at))
            cost[aim] = -side * (1 + (aim % 7) / 7)
            moved = side * self.programme.lowest(cost)
            served = left & (moved[cell] >= need - _NEARLY)
            if not served.any():
                return
            np_at = np.maximum.at if wish > 0 else np.minimum.at
            np_at(reached, (self.at[cell[served]], number[served]), wanted[served])
