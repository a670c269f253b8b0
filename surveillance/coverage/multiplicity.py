"""Many areas looked at together: which changes are marked, and at which level their intervals are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveillance.errors import StatisticsError

#: Share of the marked areas that may be marked by chance, on average.
FALSE_DISCOVERY_RATE = 0.05


@dataclass(frozen=True)
class Family:
    """Tests that are looked at together. All arrays have shape (n,), in the order of the tests.

    `adjusted`: p values after Benjamini and Hochberg. `marked`: those at or below the rate. `confidence`: the
    level of the interval that is shown; it excludes the null value where, and only where, a test is marked.
    """

    adjusted: NDArray[np.float64]
    marked: NDArray[np.bool_]
    confidence: NDArray[np.float64]


def family(p: Sequence[float], rate: float = FALSE_DISCOVERY_RATE) -> Family:
    """Hold the false discovery rate over some tests.

    Parameters
    ----------
    p : sequence of float, shape (n,)
        Each p value belongs to an interval by inversion: the interval at confidence 1 - a excludes the null
        value where p < a, or p = a at its very end.
    rate : float
        False discovery rate, between 0 and 1.

    Returns
    -------
    Family
        A test that would not be marked if it stood alone (p above the rate) has confidence 1 - rate. All
        others have 1 - R rate / n, R being how many are marked, at least one: the marked ones then cover the
        truth as often as the rate says (false coverage rate), and the others include the null value.

    Raises
    ------
    StatisticsError
        A p value or the rate is not between 0 and 1.

    References
    ----------
    Benjamini Y, Hochberg Y (1995). J R Stat Soc B 57:289-300. doi:10.1111/j.2517-6161.1995.tb02031.x
    Benjamini Y, Yekutieli D (2005). J Am Stat Assoc 100:71-81. doi:10.1198/016214504000001907

    Examples
    --------
    >>> found = family([0.001, 0.04, 0.03, 0.5])
    >>> found.marked.tolist(), found.adjusted.round(4).tolist(), found.confidence.round(4).tolist()
    ([True, False, False, False], [0.004, 0.0533, 0.0533, 0.5], [0.9875, 0.9875, 0.9875, 0.95])
    """
    values = np.asarray(p, dtype=float)
    if not ((values >= 0) & (values <= 1)).all():
        raise StatisticsError("a p value must lie between 0 and 1")
    if not 0 < rate < 1:
        raise StatisticsError(f"the false discovery rate must lie between 0 and 1, not {rate}")
    count = len(values)
    order = np.argsort(values, kind="stable")
    ranked = values[order] * count / np.arange(1, count + 1)
    adjusted = np.empty(count)
    adjusted[order] = np.minimum(np.minimum.accumulate(ranked[::-1])[::-1], 1.0)
    adjusted = np.maximum(adjusted, values)  # n / n is one; rounding may say a little less
    marked = adjusted <= rate
    level = 1 - max(int(marked.sum()), 1) * rate / max(count, 1)
    return Family(adjusted, marked, np.where(values <= rate, level, 1 - rate))
