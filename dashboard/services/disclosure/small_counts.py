"""Which of some values are hidden since a count is small, and which others would give it away.

The parts of a total are looked at together: a total beside one hidden part is that part, by subtraction.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dashboard.services.disclosure import rules
from surveillance.coverage.estimates import Counts

#: What is counted of one part: each number may be small by itself.
Numbers = tuple[int, ...]


def of_value(counts: Counts) -> Numbers:
    """The numbers behind a proportion: those who have what is measured, and those who do not."""
    return counts.numerator, counts.denominator - counts.numerator


def of_unknown(counts: Counts) -> Numbers:
    """How many are unknown."""
    return (counts.unknown,)


def is_few(numbers: Numbers, fewest: int) -> bool:
    """Whether one of some numbers is too small to be told."""
    return any(rules.few(number, fewest) for number in numbers)


def hidden_parts(
    parts: Sequence[Numbers],
    fewest: int,
    *,
    beside_total: bool,
    already: Sequence[bool] = (),
    rest: Numbers = (),
) -> list[bool]:
    """Which parts of a total are hidden: the small, and what it takes that they cannot be subtracted.

    Parameters
    ----------
    parts : sequence of tuple of int
        Numbers of each part; with the rest they add up to those of the total.
    fewest : int
        The smallest number above zero that is told.
    beside_total : bool
        Whether the total is shown. Then what is hidden is not small together: the smallest part that reaches
        this is hidden with it, else the smallest of all, and so on.
    already : sequence of bool, optional
        Parts that are hidden for another reason.
    rest : tuple of int, optional
        What the total holds and no part does: nobody is shown it, and it is left over as hidden parts are.

    Examples
    --------
    >>> hidden_parts([(3,), (40,), (7,), (90,)], 5, beside_total=True)
    [True, False, True, False]
    """
    few = [is_few(numbers, fewest) for numbers in parts]
    hidden = [one or other for one, other in zip(few, already or few, strict=True)]
    if not beside_total or not (any(hidden) or any(rest)):
        return hidden
    spare = sorted(
        (number for number, numbers in enumerate(parts) if any(numbers) and not hidden[number]),
        key=lambda number: sum(parts[number]),
    )
    gone = [numbers for numbers, away in zip(parts, hidden, strict=True) if away]
    left = _sum([*gone, rest] if any(rest) else gone)
    while spare and _is_left(left, fewest):
        enough = (number for number in spare if not _is_left(_sum([left, parts[number]]), fewest))
        chosen = next(enough, spare[0])
        hidden[chosen], left = True, _sum([left, parts[chosen]])
        spare.remove(chosen)
    return hidden


def hidden_rows(
    parts: NDArray[np.int64],
    fewest: int,
    *,
    beside_total: bool,
    already: NDArray[np.bool_] | None = None,
) -> NDArray[np.bool_]:
    """As :func:`hidden_parts`, of parts that are the rows of an array and add up to the total.

    Most often nothing need be hidden with the small: then no part is looked at by itself.
    """
    hidden = np.asarray(((parts > 0) & (parts < fewest)).any(axis=1), bool)
    if already is not None:
        hidden |= already
    if not beside_total or not _is_left(tuple(parts[hidden].sum(axis=0).tolist()), fewest):
        return hidden
    held = [tuple(numbers) for numbers in parts.tolist()]
    before = () if already is None else already.tolist()
    hidden[:] = hidden_parts(held, fewest, beside_total=True, already=before)
    return hidden


def _is_left(left: Numbers, fewest: int) -> bool:
    """Whether what is left of a total is small; of a rest it may be less than nothing."""
    return is_few(tuple(map(abs, left)), fewest)


def _sum(parts: Sequence[Numbers]) -> Numbers:
    return tuple(map(sum, zip(*parts, strict=True)))
