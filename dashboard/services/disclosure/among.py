"""One part of a total: what a whole table shows of it, without the values of the others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dashboard.permissions import Grant
from dashboard.services.disclosure import rules
from dashboard.services.disclosure.opening import opened
from dashboard.services.disclosure.small_counts import hidden_rows, is_few
from dashboard.services.disclosure.undisclosed import Undisclosed
from dashboard.services.disclosure.values import FEW, without_unknown
from surveillance.coverage.estimates import Counts, Estimate, estimate


@dataclass(frozen=True)
class Among:
    """Counts of one part, and numerator, denominator and unknown of every part, row by row; `at`: its own.

    Parts of which nobody is counted may be left out: they hide nothing and are never hidden.
    """

    own: Counts
    parts: NDArray[np.int64]
    at: int | None


def one_among(grant: Grant, box: Undisclosed[Among]) -> Estimate:
    """The value that `dashboard.services.disclosure.values.parts` has of the part."""
    held, fewest = opened(box), rules.fewest_told(grant)
    value = estimate([held.own])[0]
    if fewest == 1 or held.at is None:
        return value
    numerator, denominator, unknown = held.parts.T
    numbers = np.column_stack((numerator, denominator - numerator))
    told = not is_few(tuple(numbers.sum(axis=0).tolist()), fewest)
    gone = hidden_rows(numbers, fewest, beside_total=told)
    if gone[held.at]:
        return FEW
    told = told and not rules.few(int(unknown.sum()), fewest)
    partly = hidden_rows(unknown[:, np.newaxis], fewest, beside_total=told, already=gone)
    return without_unknown(value) if partly[held.at] else value
