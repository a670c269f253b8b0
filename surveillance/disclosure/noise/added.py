"""A block of a release with noise by cell keys: every number is told, and none for certain.

Each number of a family has noise of its own, from the key of the people in it, so that the same people get
the same noise in every table and on every day. A denominator is the sum of what its two parts became: no
share lies beyond 100%. Totals differ from the sums of their parts.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from surveillance.disclosure.cell_key import KEYS, NoiseTable, noise_table, perturb
from surveillance.disclosure.model import Block, State
from surveillance.disclosure.published import Published, published_table


@lru_cache(maxsize=8)
def table_of(threshold: int) -> NoiseTable:
    """Return the probabilities with which numbers of a threshold are changed.

    A number of 1 to k - 1 becomes 0 or k. A larger one changes by 2 k at most, with a variance of
    (k - 1) / 2.
    The bound lies so far out that no sum of published numbers tells a small number apart from another.

    Parameters
    ----------
    threshold : int
        k.

    Returns
    -------
    NoiseTable

    Examples
    --------
    >>> table = table_of(5)
    >>> table.bound, table.smallest, round(float(table.variances[-1]), 6)
    (10, 4, 2.0)
    >>> [int(5 - 2 + step) for step in (table.probabilities[3] > 1e-9).nonzero()[0] - 12 + 2]  # of a 3
    [0, 5]
    """
    return noise_table(bound=2 * threshold, variance=(threshold - 1) / 2, smallest=threshold - 1)


def noisy(block: Block, keys: Block, threshold: int) -> Published:
    """Say what a release with noise publishes of a block.

    Parameters
    ----------
    block : Block
    keys : Block
        The same tables with sums of the records' keys in place of counts of records.
    threshold : int

    Returns
    -------
    Published
        Nothing is hidden.

    Examples
    --------
    >>> from surveillance.disclosure.model import COHORT, Table, cohort_numbers, star
    >>> def of(*people):
    ...     sums = cohort_numbers(np.array(people)[:, :1], np.array(people)[:, 1:])
    ...     care = Table("care", star("country", ["KH01", "KH02"]), star("2025", []), sums)
    ...     return Block("tb", COHORT, 2025, (care,))
    >>> one = noisy(of((40, 60), (1, 30)), of((2**31, 2**32), (5, 2**31)), 5)
    >>> one.tables[0].values[0, :, 0].tolist()  # who completed treatment
    [41, 40, 0]
    """
    noise, tables = table_of(threshold), []
    for table, own in zip(block.tables, keys.tables, strict=True):
        counts = np.moveaxis(table.totals, 2, 0)
        summed = (np.moveaxis(own.totals, 2, 0) % KEYS).astype(np.uint64)
        values = perturb(counts.ravel(), summed.ravel(), noise).reshape(counts.shape)
        states = np.full((len(block.chain.levels), *counts.shape[1:]), State.SHOWN, np.int8)
        tables.append(published_table(block, table, states, values))
    return Published(block.disease, block.chain.code, block.year, threshold, tuple(tables))
