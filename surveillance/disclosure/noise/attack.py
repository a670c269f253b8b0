"""The attack on a release with noise: what its numbers, and their sums, tell of small ones.

The attacker knows every published number, the table of probabilities, and how numbers sum. Each published
number gives an interval; sums and cascades narrow it. A small number is told where she knows that it is one
of 1 to k - 1, or where fewer than k numbers are possible. That it is more than 1 may be told: two of its
parts that are not nobody say so.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from surveillance.disclosure.audit.attack import blocks_of
from surveillance.disclosure.audit.cells import MANY, Cells, cells_of
from surveillance.disclosure.audit.judge import PROTECTED, finding, true_values
from surveillance.disclosure.audit.numbers import Numbers
from surveillance.disclosure.audit.propagate import ContradictionError, propagate
from surveillance.disclosure.audit.words import Finding, Report, What
from surveillance.disclosure.cell_key import KEYS, NoiseTable


def attack(told: Numbers, k: int, noise: NoiseTable, truth: Numbers) -> Report:
    """Attack a release with noise.

    Parameters
    ----------
    told : Numbers
        What is published.
    k : int
        The smallest number of people that may be told.
    noise : NoiseTable
        Published, too.
    truth : Numbers
        The same rows without noise: which numbers are small.

    Returns
    -------
    Report

    Examples
    --------
    >>> from datetime import date
    >>> from surveillance.disclosure.audit.numbers import Row
    >>> from surveillance.disclosure.noise.added import table_of
    >>> def rows(*records):
    ...     day = date(2024, 1, 1)
    ...     return Numbers.of(
    ...         [Row("tb", "records", "care", "AB"[i - 1 : i], "", "", "year", day, n)
    ...          for i, n in enumerate(records)]
    ...     )
    >>> attack(rows(21, 18, 5), 5, table_of(5), rows(20, 17, 3)).refused
    False
    >>> [str(one.what) for one in attack(rows(21, 18, 3), 5, table_of(5), rows(20, 17, 3)).findings]
    ['shown']
    """
    found: list[Finding] = []
    figures: Counter[str] = Counter()
    low, high = _behind(noise, int(max(told.numerator.max(initial=0), told.denominator.max(initial=0))))
    for disease, year, chain, (own,), whole in blocks_of([told], truth):
        try:
            cells = cells_of([own], disease, year, chain, k)
            published = cells.least.copy()
            known = _widen(cells, low, high)
            propagate(cells)
        except ContradictionError as error:
            contradicted = What.CONTRADICTION, disease, error.measure, error.part, error.key
            found.append(Finding(*contradicted, 0, 0, k))
            continue
        assert whole is not None  # noqa: S101 - the truth was given
        true = true_values(cells, whole)
        asked = cells.of_names(*PROTECTED) & (true >= 1) & (true < k)
        figures["families"] += len(own)
        figures["noisy"] += int(asked.sum())
        small = known & cells.of_names(*PROTECTED) & (published >= 1) & (published < k)
        for cell, number in np.argwhere(small):
            value = published[cell, number]
            found.append(finding(cells, What.SHOWN, cell, number, value, value, k))
        few = cells.most - cells.least < k - 1
        narrow = asked & ~small & (few | ((cells.least >= 1) & (cells.most < k)))
        for cell, number in np.argwhere(narrow):
            bounds = cells.least[cell, number], cells.most[cell, number]
            found.append(finding(cells, What.NARROW, cell, number, *bounds, k))
    return Report(tuple(found), {"hidden": 0, **figures}, k)


def _behind(noise: NoiseTable, largest: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the least and the most people who can stand behind each published number."""
    size = largest + noise.bound + 1
    low, high = np.full(size, MANY), np.zeros(size, np.int64)
    likely = noise.probabilities > 0.5 / KEYS
    for count in range(size):
        row = likely[min(count, len(likely) - 1)]
        after = count + np.flatnonzero(row) - noise.bound
        after = after[after < size]
        low[after] = np.minimum(low[after], count)
        high[after] = np.maximum(high[after], count)
    never = low > high  # no count becomes this: it has no noise
    return np.where(never, np.arange(size), low), np.where(never, np.arange(size), high)


def _widen(cells: Cells, low: NDArray[np.int64], high: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Put intervals in place of published numbers, in place; and say which numbers were published."""
    known = cells.told[:, cells.levels] & (cells.least == cells.most)
    denominator = np.flatnonzero(cells.of_names("denominator"))
    value = cells.least.copy()
    held = value.clip(0, len(low) - 1)
    cells.least[known], cells.most[known] = low[held][known], high[held][known]
    for one in denominator:  # the sum of two numbers with noise
        rows = known[:, one]
        cells.least[rows, one] = (cells.least[:, one - 2] + cells.least[:, one - 1])[rows]
        cells.most[rows, one] = (cells.most[:, one - 2] + cells.most[:, one - 1])[rows]
    cells.told[:], cells.hidden[:], cells.withheld[:] = False, True, True
    return np.asarray(known)
