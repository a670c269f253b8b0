"""Which proportions say little: their interval is wider than they are. They are marked, not hidden."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from surveillance.coverage.proportions import proportion_interval


def unreliable(numerator: ArrayLike, denominator: ArrayLike, confidence: float = 0.95) -> NDArray[np.bool_]:
    """Say which proportions have an interval that is wider than their value.

    This protects nobody: it tells readers what a number is worth. Where a proportion is above one half, the
    interval is compared with what is missing to one, so that a share and its complement are judged alike.

    Parameters
    ----------
    numerator, denominator : array_like of int, shape (n,)
        Persons.
    confidence : float
        Of Wilson's interval.

    Returns
    -------
    ndarray of bool, shape (n,)
        False where the denominator is zero (nobody: there is no proportion), and for 0% and 100%, whose
        interval is always wider than nothing.

    Raises
    ------
    StatisticsError
        A count is negative, not whole, or above its denominator.

    References
    ----------
    Wilson EB (1927). J Am Stat Assoc 22:209-212. doi:10.1080/01621459.1927.10502953

    Examples
    --------
    >>> unreliable([5, 50, 95, 0, 0], [100, 100, 100, 100, 0]).tolist()
    [True, False, True, False, False]
    """
    x, n = np.broadcast_arrays(np.asarray(numerator, float), np.asarray(denominator, float))
    found = np.zeros(n.shape, bool)
    some = (n > 0) & (x > 0) & (x < n)
    if some.any():
        lower, upper = proportion_interval(x[some], n[some], confidence=confidence)
        value = x[some] / n[some]
        found[some] = (upper - lower) > np.minimum(value, 1 - value)
    return found
