"""Cell-key perturbation: small noise that is the same wherever the same people are counted.

Every record has a key, drawn once at random. The key of a cell is the sum of its records' keys, so that the
same people get the same noise in every table and on every day; a table of probabilities turns size and key
of a cell into noise. Tables are then not additive: a total differs a little from the sum of its parts.

The table has the highest entropy of all whose noise has mean zero and a given variance, never goes further
than a bound, and leaves no count of 1 to `smallest`. Nobody stays nobody.

References
----------
.. [1] Fraser B, Wooton J. A proposed method for confidentialising tabular output to protect against
differencing. Joint
   UNECE/Eurostat work session on statistical data confidentiality, Geneva, 2005.
.. [2] Marley JK, Leaver VL. A method for confidentialising user-defined tables: statistical properties and a
   risk-utility analysis. Proc 58th World Statistical Congress, Dublin, 2011.
.. [3] Office for National Statistics. Protecting personal data in Census 2021 results. 2023.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

#: Keys are whole numbers below this.
KEYS = 2**32


@dataclass(frozen=True)
class NoiseTable:
    """How likely each change of a count is.

    Parameters
    ----------
    bound : int
        No count changes by more.
    smallest : int
        No count of 1 to this is left.
    probabilities : array of float64, shape (counts, 2 * bound + 1)
        Row i: of a count of i (the last row: of any larger one). Column j: that it changes by j - bound.
    """

    bound: int
    smallest: int
    probabilities: NDArray[np.float64]

    @property
    def variances(self) -> NDArray[np.float64]:
        """The variance of the noise of each row: what is stated beside the figures, shape (counts,)."""
        change = np.arange(-self.bound, self.bound + 1)
        return self.probabilities @ change**2


def noise_table(bound: int = 5, variance: float = 2.0, smallest: int = 2) -> NoiseTable:
    """Make the table of probabilities.

    Parameters
    ----------
    bound : int
    variance : float
        Of the noise. Counts so small that no noise of mean zero has this variance get the nearest one that
        is possible.
    smallest : int
        No count of 1 to this is left; 0 leaves them.

    Returns
    -------
    NoiseTable

    Raises
    ------
    ValueError
        The bound is not above `smallest`, or the variance not between 0 and the bound's square.

    Examples
    --------
    >>> table = noise_table(bound=5, variance=2.0, smallest=2)
    >>> float(table.probabilities[0, 5]), round(float(table.variances[-1]), 6)
    (1.0, 2.0)
    """
    if not 0 <= smallest < bound:
        raise ValueError(f"to leave no count of 1 to {smallest}, the bound must be above; it is {bound}")
    if not 0 < variance < bound**2:
        raise ValueError(f"a variance lies between 0 and {bound**2}, the bound's square; this is {variance}")
    rows = [_row(count, bound, variance, smallest) for count in range(bound + smallest + 2)]
    return NoiseTable(bound, smallest, np.array(rows))


def _row(count: int, bound: int, variance: float, smallest: int) -> NDArray[np.float64]:
    """Find the probabilities of one count: highest entropy, mean zero, the variance or the nearest."""
    change = np.arange(-bound, bound + 1)
    after = count + change
    allowed = (after == 0) | (after > smallest)
    if count == 0:
        allowed = change == 0
    steps = change[allowed].astype(np.float64)
    found = np.zeros(len(change))
    found[allowed] = _most_even(steps, variance)
    return found


def _most_even(steps: NDArray[np.float64], variance: float) -> NDArray[np.float64]:
    """Weigh steps by exp(a step + b step^2) with mean zero; b gives the variance."""
    if len(steps) == 1:
        return np.ones(1)

    def weights(curve: float) -> NDArray[np.float64]:
        def mean(slope: float) -> float:
            return float(_softmax(slope * steps + curve * steps**2) @ steps)

        return _softmax(float(brentq(mean, -_STEEP, _STEEP, xtol=1e-13)) * steps + curve * steps**2)

    def beyond(curve: float) -> float:
        return float(weights(curve) @ steps**2) - variance

    low, high = -_CURVE, _CURVE
    if beyond(low) >= 0:  # even the least spread has more
        return weights(low)
    if beyond(high) <= 0:
        return weights(high)
    return weights(float(brentq(beyond, low, high, xtol=1e-12)))


#: Slopes and curvatures between which every solution lies: beyond, weights are those of two steps alone.
_STEEP, _CURVE = 200.0, 12.0


def _softmax(power: NDArray[np.float64]) -> NDArray[np.float64]:
    """Make weights of powers."""
    weights = np.exp(power - power.max())
    return np.asarray(weights / weights.sum())


def cell_keys(keys: NDArray[np.uint64], cell: NDArray[np.int64], cells: int) -> NDArray[np.uint64]:
    """Sum the keys of the records of each cell.

    Parameters
    ----------
    keys : array of uint64, shape (records,)
        Below `KEYS`; drawn once for each record, and kept secret.
    cell : array of int64, shape (records,)
        The cell of each record.
    cells : int

    Returns
    -------
    array of uint64, shape (cells,)
        Below `KEYS`.

    Examples
    --------
    >>> cell_keys(np.array([5, 7, KEYS - 1], np.uint64), np.array([0, 0, 1]), 2).tolist()
    [12, 4294967295]
    """
    found = np.zeros(cells, np.uint64)
    np.add.at(found, cell, keys)
    return found % np.uint64(KEYS)


def perturb(counts: NDArray[np.int64], keys: NDArray[np.uint64], table: NoiseTable) -> NDArray[np.int64]:
    """Add noise to counts, the same for the same people.

    Parameters
    ----------
    counts : array of int64, shape (cells,)
    keys : array of uint64, shape (cells,)
        Of :func:`cell_keys`.
    table : NoiseTable

    Returns
    -------
    array of int64, shape (cells,)
        Never below zero, and never 1 to `table.smallest`.

    Examples
    --------
    >>> perturb(np.array([0, 1, 100]), np.array([9, 9, 9], np.uint64), noise_table()).tolist()
    [0, 0, 95]
    """
    row = np.minimum(counts, len(table.probabilities) - 1)
    share = (keys.astype(np.float64) + 0.5) / KEYS
    below = np.cumsum(table.probabilities, axis=1)[row]
    # A key so high that rounding leaves it above the last sum gets the last change that is possible.
    last = table.probabilities.shape[1] - 1 - np.argmax(table.probabilities[:, ::-1] > 0, axis=1)[row]
    change = np.minimum((below <= share[:, None]).sum(axis=1), last)
    return np.asarray(counts + change - table.bound)
