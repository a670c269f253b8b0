"""Differences of what is shown: what totals leave for the hidden parts, and what a revision changed.

Every view of a page is a sum of issued cells: a union of periods, a sum of places, a value of a group. The
difference of two views whose people are nested is a sum of hidden numbers. Where such a sum is known to be
s:

- s is 1 to k - 2: each hidden number in it is at most s, which is less than k - 1, and at least one is 1 or
  more. That one is a number of 1 to k - 1 whose bounds are too narrow, and the bounds of `audit` find it,
  whatever the views were: a sum that can be derived from published numbers is a combination of the
  programme's rows.
- s is k - 1: the bounds allow it, since one of the hidden numbers may be k - 1 and the others nothing. But
  the sum itself is a number of people that must not be told. It is looked for here: in every sum, and in the
  difference of any two sums of which one's hidden parts are among the other's.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from scipy import sparse

from surveillance.disclosure.audit.cells import Cells
from surveillance.disclosure.audit.judge import PROTECTED, finding
from surveillance.disclosure.audit.words import Finding, What


def differences(cells: Cells, k: int) -> list[Finding]:
    """Find sums of hidden numbers that are known and small.

    Parameters
    ----------
    cells : Cells
        After `propagate`.
    k : int
        The smallest number of people that may be told.

    Returns
    -------
    list of Finding

    Examples
    --------
    >>> from surveillance.disclosure.audit.example import release
    >>> from surveillance.disclosure.audit.propagate import propagate
    >>> cells = release(37, 49)
    >>> propagate(cells)
    >>> [(one.part, one.lowest) for one in differences(cells, 5)]  # KH02 and KH03 have 4 together
    [('numerator', 4), ('denominator', 4)]
    """
    found = []
    known = cells.least == cells.most
    for number in np.flatnonzero(cells.of_names(*PROTECTED)).tolist():
        left, open_ = _left(cells, known[:, number], number)
        own = known[cells.parent, number] & (open_.sum(axis=1) > 0)
        for one in np.flatnonzero(own & (left >= 1) & (left < k)).tolist():
            whole = int(cells.parent[one])
            found.append(finding(cells, What.DIFFERENCE, whole, number, left[one], left[one], k))
        for one, value in _nested(left[own], sparse.csr_array(open_[own]), k):
            whole = int(cells.parent[np.flatnonzero(own)[one]])
            found.append(finding(cells, What.DIFFERENCE, whole, number, value, value, k))
    return found


def _left(cells: Cells, known: np.ndarray, number: int) -> tuple[np.ndarray, sparse.csr_array]:
    """Take the known parts from each sum: what is left, and which parts are unknown."""
    value = np.where(known, cells.least[:, number], 0)
    open_ = cells.children.multiply((~known).astype(np.int64)[None, :]).tocsr()
    open_.eliminate_zeros()
    return value[cells.parent] - cells.children @ value, open_


def _nested(left: np.ndarray, open_: sparse.csr_array, k: int) -> list[tuple[int, int]]:
    """Find pairs of sums, the hidden parts of one among the other's, that differ by a small number."""
    shared = (open_ @ open_.T).tocoo()
    size = np.asarray(open_.sum(axis=1)).ravel()
    apart = left[shared.row] - left[shared.col]
    inside = (shared.data == size[shared.col]) & (size[shared.row] > size[shared.col])
    small = inside & (apart >= 1) & (apart < k)
    return list(zip(shared.row[small].tolist(), apart[small].tolist(), strict=True))


def revisions(versions: list[Cells], k: int) -> list[Finding]:
    """Find what a later release tells of the people whom it added or took away.

    Parameters
    ----------
    versions : list of Cells
        The same disease and year as it was published one after the other; each after `propagate`.
    k : int

    Returns
    -------
    list of Finding
        Numbers that are known in two versions, or known to be left for the same hidden parts, and differ by
        1 to k - 1.

    Examples
    --------
    >>> from surveillance.disclosure.audit.example import release
    >>> from surveillance.disclosure.audit.propagate import propagate
    >>> versions = [release(), release(42, 62)]
    >>> for cells in versions:
    ...     propagate(cells)
    >>> sorted({(one.part, one.lowest) for one in revisions(versions, 5)})
    [('denominator', 2), ('numerator', 2)]
    """
    found = []
    for before, after in pairwise(versions):
        index = {key: cell for cell, key in enumerate(before.keys)}
        pairs = [(index[key], cell) for cell, key in enumerate(after.keys) if key in index]
        if not pairs:
            continue
        old, new = np.array(pairs).T
        told = (before.least == before.most)[old] & (after.least == after.most)[new]
        apart = np.abs(after.least[new] - before.least[old])
        small = told & (apart >= 1) & (apart < k) & after.of_names(*PROTECTED)
        for one, number in np.argwhere(small):
            found.append(
                finding(after, What.REVISION, new[one], number, apart[one, number], apart[one, number], k)
            )
        found += _left_apart(before, after, k)
    return found


def _left_apart(before: Cells, after: Cells, k: int) -> list[Finding]:
    """Compare what the sums of two versions leave for the same hidden parts."""
    found = []
    for number in np.flatnonzero(after.of_names(*PROTECTED)).tolist():
        earlier = _by_parts(before, number)
        for parts, (cell, value) in _by_parts(after, number).items():
            if parts in earlier and 1 <= (apart := abs(value - earlier[parts][1])) < k:
                found.append(finding(after, What.REVISION, cell, number, apart, apart, k))
    return found


def _by_parts(cells: Cells, number: int) -> dict[frozenset[object], tuple[int, int]]:
    """Name what each sum leaves by the hidden parts that it is left for."""
    known = cells.least[:, number] == cells.most[:, number]
    left, open_ = _left(cells, known, number)
    found: dict[frozenset[object], tuple[int, int]] = {}
    for one in np.flatnonzero(known[cells.parent]):
        parts = open_.indices[open_.indptr[one] : open_.indptr[one + 1]]
        if len(parts):
            found[frozenset(cells.keys[part] for part in parts)] = int(cells.parent[one]), int(left[one])
    return found
