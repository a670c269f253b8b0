"""Programmes of one table at a time: what is possible though all other tables stay as they truly are.

A programme of all tables of a disease together takes seconds. Most numbers that exchanges and flows did not
prove can move within their own table. Where the other tables keep their true numbers, the programme is a
fraction as large, and its answer, with the true numbers beside it, is a table of people that agrees with all
that is published. What is not found so is asked of all tables together: nothing is concluded from here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from surveillance.disclosure.audit.cells import Cells
from surveillance.disclosure.audit.certify import Targets, together
from surveillance.disclosure.audit.programme import Piece, Rows

#: Pieces with fewer unknowns are asked as a whole at once.
_SMALL = 1_500


def nearby(piece: Piece, cells: Cells, targets: Targets, point: NDArray[np.float64]) -> None:
    """Move numbers table by table, for the targets that nothing has proved so far.

    Parameters
    ----------
    piece : Piece
    cells : Cells
    targets : Targets
        Changed in place: what was seen.
    point : array of float64, shape (unknowns,)
        The true numbers, which agree with all that is published.

    Examples
    --------
    A piece that is small is asked as a whole, elsewhere:

    >>> from surveillance.disclosure.audit.example import release
    >>> from surveillance.disclosure.audit.programme import pieces
    >>> from surveillance.disclosure.audit.propagate import propagate
    >>> cells = release()
    >>> propagate(cells)
    >>> numerator = Targets(
    ...     np.array([0]), np.array([-1]), np.zeros(1), np.ones(1), np.full(1, 4.0), np.array([False])
    ... )
    >>> piece = pieces(cells)[0]
    >>> nearby(piece, cells, numerator, np.zeros(len(piece.number)))
    >>> numerator.not_down.tolist()
    [True]
    """
    if len(piece.number) < _SMALL:
        return
    names = [(key.dimension, key.axis, not key.place) for key in cells.keys]
    every = {name: number for number, name in enumerate(dict.fromkeys(names))}
    of_cell = np.array([every[name] for name in names])
    table = of_cell[piece.number // len(cells.parts)]
    for one in np.unique(table[targets.first]).tolist():
        free = table == one
        if not free.all():
            _within(piece, targets, point, free)


def _within(piece: Piece, targets: Targets, point: NDArray[np.float64], free: NDArray[np.bool_]) -> None:
    """Ask for the targets of some unknowns, the others as they truly are."""
    open_ = targets.not_down | targets.not_up | targets.exact
    mine = np.flatnonzero(
        open_ & free[targets.first] & ((targets.second < 0) | free[np.maximum(targets.second, 0)])
    )
    if not len(mine):
        return
    at = np.flatnonzero(free)
    place = np.full(len(free), -1)
    place[at] = np.arange(len(at))
    own = sparse.csr_array(piece.rows.matrix[:, at])
    used = np.flatnonzero(np.diff(own.indptr))
    rest = piece.rows.matrix @ np.where(free, 0.0, point)
    rows = Rows(sparse.csr_array(own[used]), (piece.rows.least - rest)[used], (piece.rows.most - rest)[used])
    part = Piece(piece.number[at], piece.low[at], piece.high[at], rows)
    second = targets.second[mine]
    asked = Targets(
        place[targets.first[mine]],
        np.where(second < 0, -1, place[np.maximum(second, 0)]),
        targets.known[mine],
        targets.down[mine],
        targets.up[mine],
        targets.loose[mine],
    )
    asked.seen(point[at])
    together(part, asked)
    targets.asked += asked.asked
    targets.least[mine] = np.minimum(targets.least[mine], asked.least)
    targets.most[mine] = np.maximum(targets.most[mine], asked.most)
