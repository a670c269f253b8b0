"""Which hidden numbers an audit attacks, and what it says of the bounds that it finds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveillance.disclosure.audit.cells import NO_CROSSING, Cells, facets
from surveillance.disclosure.audit.numbers import BLANK, Numbers
from surveillance.disclosure.audit.words import Finding, What

Mask = NDArray[np.bool_]
#: Numbers that must not be told where they are small. Who is unknown is missing information and no finding.
PROTECTED = ("records", "numerator", "rest", "denominator")


@dataclass(frozen=True)
class Wanted:
    """What is asked of the numbers of all cells, each of shape (cells, numbers).

    Parameters
    ----------
    small : array of bool
        Must be possible as 1 and as k - 1.
    proved : array of bool
        Those of them for which that has to be proved. Of the others, only what sums and differences say is
        looked at.
    loose : array of bool
        Must not be exact: other numbers of a family with a small one. Not its denominator, which the measure
        before may tell: those tested positive, or not, are those tested.
    zero : array of bool
        A zero that follows from a total of zero which is no secret: it is published, or it can be worked out
        and no number of its own family is small, so that it could have been published. No finding.
    """

    small: Mask
    proved: Mask
    loose: Mask
    zero: Mask


def true_values(cells: Cells, truth: Numbers) -> NDArray[np.int64]:
    """Put the true numbers beside the cells.

    Parameters
    ----------
    cells : Cells
    truth : Numbers
        With nothing hidden.

    Returns
    -------
    array of int64, shape (cells, numbers)
        `BLANK` where the truth does not say.

    Examples
    --------
    >>> from surveillance.disclosure.audit.example import family, release
    >>> true_values(release(), Numbers.of([family("KH02", 3, 5)]))[2:].tolist()
    [[3, 2, 5, 0], [-1, -1, -1, -1]]
    """
    index = {key: cell for cell, key in enumerate(cells.keys)}
    found = np.full(cells.least.shape, BLANK)
    level_of = {measure: level for level, measure in enumerate(cells.chain)}
    levels = cells.levels
    for row in truth.rows():
        dimension = "care" if row.dimension == "home" and not row.place else row.dimension
        cell = index.get((dimension, row.place, row.axis, row.value, row.kind, row.first_day))  # type: ignore[call-overload]
        if cell is not None and row.measure in level_of:
            numbers = levels == level_of[row.measure]
            family = (row.numerator, row.denominator - row.numerator, row.denominator, row.unknown)
            found[cell, numbers] = family[: int(numbers.sum())]
    for key, cell in index.items():
        if key.place == NO_CROSSING:
            all_, with_ = index[key._replace(dimension="care", place="")], index[key._replace(place="")]
            told = (found[all_] != BLANK) & (found[with_] != BLANK)
            found[cell, told] = (found[all_] - found[with_])[told]
    return found


def wanted(cells: Cells, truth: NDArray[np.int64] | None, k: int, thorough: bool = False) -> Wanted:
    """Say what is asked of each number.

    Parameters
    ----------
    cells : Cells
    truth : array of int64, shape (cells, numbers), or None
        Without it every hidden number may be small.
    k : int
    thorough : bool
        Ask for a proof of numbers that are not issued, too.

    Returns
    -------
    Wanted

    Examples
    --------
    >>> from surveillance.disclosure.audit.example import release, truth
    >>> asked = wanted(release(), truth(), 5)
    >>> truth()[3].tolist(), asked.proved[3].tolist(), asked.loose[3].tolist()
    ([4, 6, 10, 0], [True, False, False, False], [False, True, False, False])
    """
    protected = cells.of_names(*PROTECTED)
    hidden, withheld = (of[:, cells.levels] & protected for of in (cells.hidden, cells.withheld))
    zero = _inherited_zeros(cells, truth, k)
    if truth is None:
        return Wanted(withheld, withheld if thorough else hidden, np.zeros_like(hidden), zero)
    small = withheld & (truth >= 1) & (truth < k)
    primary = np.zeros_like(cells.hidden)
    for number, level in enumerate(cells.levels):
        primary[:, level] |= small[:, number]
    loose = hidden & primary[:, cells.levels] & ~small & ~cells.of_names("denominator")
    return Wanted(small, small if thorough else small & hidden, loose, zero)


def _inherited_zeros(cells: Cells, truth: NDArray[np.int64] | None, k: int) -> Mask:
    """Find the zeros that follow from totals of zero which are no secret: nobody in all parts or in any."""
    zero = (cells.most == 0) & (cells.told | _no_secret(cells, truth, k))[:, cells.levels]
    rows = facets(cells.chain)
    sums = np.repeat(np.arange(len(cells.parent)), np.diff(cells.children.indptr))
    while True:
        further = zero.copy()
        np.logical_or.at(further, cells.children.indices, zero[cells.parent[sums]])
        for row in rows:
            nobody = further[:, row < 0].all(axis=1)
            further[:, row > 0] |= nobody[:, None]
        if np.array_equal(further, zero):
            return zero
        zero = further


def _no_secret(cells: Cells, truth: NDArray[np.int64] | None, k: int) -> Mask:
    """Find the families that are known and have no small number, shape (cells, levels)."""
    found = np.zeros_like(cells.hidden)
    if truth is None:
        return found
    protected = cells.of_names(*PROTECTED)
    for level in range(found.shape[1]):
        own = truth[:, (cells.levels == level) & protected]
        found[:, level] = ((own == 0) | (own >= k)).all(axis=1)
    return found


def finding(
    cells: Cells, what: What, cell: int, number: int, lowest: float, highest: float, k: int
) -> Finding:
    """Say of one number what was found.

    Parameters
    ----------
    cells : Cells
    what : What
    cell, number : int
    lowest, highest : float
        Bounds; whole numbers lie within them.
    k : int

    Returns
    -------
    Finding

    Examples
    --------
    >>> from surveillance.disclosure.audit.example import release
    >>> found = finding(release(), What.NARROW, 2, 0, 2.99999, 4.2, 5)
    >>> found.key.place, found.part, found.lowest, found.highest
    ('KH02', 'numerator', 3, 4)
    """
    part = cells.parts[number]
    low, high = int(np.ceil(lowest - 1e-4)), int(np.floor(highest + 1e-4))
    return Finding(what, cells.disease, part.measure, part.name, cells.keys[cell], low, high, k)
