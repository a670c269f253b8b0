"""What remains unknown as a linear programme, in pieces that say nothing of each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from surveillance.disclosure.audit.cells import MANY, Cells, facets

Reals = NDArray[np.float64]
Whole = NDArray[np.int64]


#: More people than a cell can hold: bounds what nothing published bounds, so that programmes have an answer.
CROWD = 1e6


@dataclass(frozen=True)
class Rows:
    """Rows of a linear programme over its unknown numbers: `least <= matrix x <= most`.

    Parameters
    ----------
    matrix : sparse array of float64, shape (rows, unknowns)
    least, most : array of float64, shape (rows,)
    """

    matrix: sparse.csr_array
    least: Reals
    most: Reals


@dataclass(frozen=True)
class Piece:
    """Unknown numbers that say something of each other, and nothing of any other.

    Parameters
    ----------
    number : array of int64, shape (unknowns,)
        Cell times numbers of a cell, plus the number of the cell.
    low, high : array of float64, shape (unknowns,)
    rows : Rows
    """

    number: Whole
    low: Reals
    high: Reals
    rows: Rows


def pieces(cells: Cells) -> list[Piece]:
    """Write down what binds the numbers that propagation left unknown, piece by piece.

    Denominators are no unknowns of their own: each is its numerator and the rest.

    Parameters
    ----------
    cells : Cells
        After `propagate`.

    Returns
    -------
    list of Piece
        The largest last.

    Examples
    --------
    >>> from surveillance.disclosure.audit.example import release
    >>> from surveillance.disclosure.audit.propagate import propagate
    >>> cells = release()
    >>> propagate(cells)
    >>> piece = pieces(cells)[0]
    >>> piece.high.tolist()  # numerator and rest of two hidden places
    [7.0, 8.0, 7.0, 8.0]
    >>> piece.rows.matrix.toarray()[0].tolist(), piece.rows.least[0].tolist()  # both numerators are 7
    ([1.0, 0.0, 1.0, 0.0], 7.0)
    """
    unknown = (cells.least < cells.most) & ~cells.of_names("denominator")
    number = np.flatnonzero(unknown.ravel())
    if not len(number):
        return []
    place = np.full(unknown.size, -1)
    place[number] = np.arange(len(number))
    rows = _together([_sums(cells, unknown, place), *_within(cells, unknown, place)])
    low, high = (bound.ravel()[number].astype(np.float64) for bound in (cells.least, cells.most))
    np.minimum(high, CROWD, out=high)
    return _apart(rows, number, low, high)


def _together(parts: list[Rows]) -> Rows:
    """Put rows under each other."""
    matrix = sparse.vstack([part.matrix for part in parts], format="csr")
    return Rows(
        sparse.csr_array(matrix),
        np.concatenate([part.least for part in parts]),
        np.concatenate([part.most for part in parts]),
    )


def _sums(cells: Cells, unknown: NDArray[np.bool_], place: Whole) -> Rows:
    """Write the sums of each kind of number: parts less whole is nothing."""
    count, numbers = cells.least.shape
    whole = sparse.csr_array(
        (np.ones(len(cells.parent), np.int64), (np.arange(len(cells.parent)), cells.parent)),
        shape=(len(cells.parent), count),
    )
    signs = sparse.csr_array(cells.children - whole)
    known = np.where(unknown, 0, np.where(cells.least == cells.most, cells.least, 0))
    right = -(signs @ known)
    found = []
    entry = signs.tocoo()
    for part in range(numbers):
        if cells.parts[part].name == "denominator":
            continue
        taken = unknown[entry.col, part]
        found.append(
            (entry.row[taken] * numbers + part, place[entry.col[taken] * numbers + part], entry.data[taken])
        )
    at, column, sign = (np.concatenate(part) for part in zip(*found, strict=True))
    used, row = np.unique(at, return_inverse=True)
    matrix = sparse.csr_array((sign.astype(np.float64), (row, column)), shape=(len(used), int(unknown.sum())))
    value = right.ravel()[used].astype(np.float64)
    return Rows(matrix, value, value)


def _within(cells: Cells, unknown: NDArray[np.bool_], place: Whole) -> list[Rows]:
    """Write the inequalities within each cell, with numerator and rest in place of a denominator."""
    numbers = cells.least.shape[1]
    column = {(part.measure, part.name): index for index, part in enumerate(cells.parts)}
    found = []
    for facet in facets(cells.chain):
        row = facet.copy()
        for (measure, name), index in column.items():
            if name == "denominator" and row[index]:
                row[column[measure, "numerator"]] += row[index]
                row[column[measure, "rest"]] += row[index]
                row[index] = 0
        if not row.any():
            continue
        bound = unknown & (row != 0)
        at, part = np.nonzero(bound)
        used, line = np.unique(at, return_inverse=True)
        matrix = sparse.csr_array(
            (row[part].astype(np.float64), (line, place[at * numbers + part])),
            shape=(len(used), int(unknown.sum())),
        )
        known = np.where(bound, 0, cells.least) @ row
        found.append(Rows(matrix, np.full(len(used), -np.inf), -known[used].astype(np.float64)))
    found.append(_denominators(cells, unknown, place))
    return found


def _denominators(cells: Cells, unknown: NDArray[np.bool_], place: Whole) -> Rows:
    """Hold numerator and rest between the bounds of their denominator."""
    numbers = cells.least.shape[1]
    at, column, low, high, rows = [], [], [], [], 0
    for part, meaning in enumerate(cells.parts):
        if meaning.name != "denominator":
            continue
        both = np.flatnonzero(unknown[:, part - 2] & unknown[:, part - 1])
        at += [rows + np.arange(len(both))] * 2
        column += [place[both * numbers + part - 2], place[both * numbers + part - 1]]
        low.append(cells.least[both, part])
        high.append(cells.most[both, part])
        rows += len(both)
    entries = np.concatenate(at), np.concatenate(column)
    most = np.concatenate(high).astype(np.float64)
    most[most >= MANY] = np.inf
    matrix = sparse.csr_array((np.ones(len(entries[0])), entries), shape=(rows, int(unknown.sum())))
    return Rows(matrix, np.concatenate(low).astype(np.float64), most)


def _apart(rows: Rows, number: Whole, low: Reals, high: Reals) -> list[Piece]:
    """Part the unknowns into pieces that no row links."""
    matrix = rows.matrix
    linked = sparse.csr_array((np.ones(matrix.nnz), matrix.indices, matrix.indptr), shape=matrix.shape)
    count, label = sparse.csgraph.connected_components(
        sparse.block_array([[None, linked], [linked.T, None]], format="csr"), directed=False
    )
    of_row, of_unknown = label[: matrix.shape[0]], label[matrix.shape[0] :]
    row_order, order = np.argsort(of_row, kind="stable"), np.argsort(of_unknown, kind="stable")
    row_ends = np.searchsorted(of_row[row_order], np.arange(count + 1))
    ends = np.searchsorted(of_unknown[order], np.arange(count + 1))
    by_place, found = matrix[row_order][:, order], []
    for one in np.argsort(np.diff(ends), kind="stable"):
        inside, lines = slice(ends[one], ends[one + 1]), slice(row_ends[one], row_ends[one + 1])
        own, own_rows = order[inside], row_order[lines]
        if len(own):
            part = Rows(sparse.csr_array(by_place[lines, inside]), rows.least[own_rows], rows.most[own_rows])
            found.append(Piece(number[own], low[own], high[own], part))
    return found
