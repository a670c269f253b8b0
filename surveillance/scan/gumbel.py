"""P-values from a Gumbel distribution fitted to the replicates' maxima, and recurrence intervals.

Abrams AM, Kleinman K, Kulldorff M (2010), Gumbel based p-value approximations for spatial scan statistics,
International Journal of Health Geographics 9:61, doi:10.1186/1476-072X-9-61.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from surveillance.errors import StatisticsError
from surveillance.scan.kernels.likelihood import TOLERANCE


def rank_p_value(ratio: float, maxima: NDArray[np.float64]) -> float:
    """Compute the Monte Carlo p-value: rank among the maxima / (replicates + 1).

    Ties count against the cluster.

    Parameters
    ----------
    ratio : float
        Log likelihood ratio of the cluster.
    maxima : ndarray of float, shape (replicates,)
        Largest log likelihood ratio of each replicate.

    Returns
    -------
    float
        NaN without replicates.

    References
    ----------
    Dwass M (1957). Annals of Mathematical Statistics 28:181-187. doi:10.1214/aoms/1177707045

    Examples
    --------
    >>> rank_p_value(5.0, np.array([3.0, 5.0, 7.0, 1.0]))
    0.6
    """
    if maxima.size == 0:
        return math.nan
    return (1 + int((maxima >= ratio - TOLERANCE).sum())) / (maxima.size + 1)


def gumbel_p_value(ratio: float, maxima: NDArray[np.float64]) -> float:
    """Compute the p-value of a ratio under a Gumbel distribution fitted to the maxima by their moments.

    Parameters
    ----------
    ratio : float
        Log likelihood ratio of the cluster.
    maxima : ndarray of float, shape (replicates,)
        Largest log likelihood ratio of each replicate.

    Returns
    -------
    float
        NaN with fewer than two replicates, or where all maxima are the same.

    References
    ----------
    Abrams AM, Kleinman K, Kulldorff M (2010). International Journal of Health Geographics 9:61.
    doi:10.1186/1476-072X-9-61

    Examples
    --------
    >>> round(gumbel_p_value(9.0, np.array([3.0, 5.0, 7.0, 1.0])), 3)
    0.046
    """
    if maxima.size < 2:
        return math.nan
    scale = float(maxima.std(ddof=1)) * math.sqrt(6) / math.pi
    if not scale > 0:
        return math.nan
    mode = float(maxima.mean()) - np.euler_gamma * scale
    return float(-math.expm1(-math.exp(-(ratio - mode) / scale)))


def recurrence_interval(p_value: float, unit_days: float, earlier_analyses: int = 0) -> float:
    """Compute the days in which such a cluster is expected once if nothing clusters.

    Parameters
    ----------
    p_value : float
        With earlier analyses, that of the whole series: each replicate's maximum is over every window that
        any of the analyses looks at. For n analyses it is turned into that of one, 1 - (1 - p)^(1/n); a p of
        one analysis alone would be turned twice, and the interval be about n times too long.
    unit_days : float
        Days between two analyses.
    earlier_analyses : int
        n - 1.

    Returns
    -------
    float
        Days, for analyses made every unit of time; never less than a unit.

    Raises
    ------
    StatisticsError
        The p-value is not one.

    References
    ----------
    Kleinman K, Lazarus R, Platt R (2004). American Journal of Epidemiology 159:217-224.
    doi:10.1093/aje/kwh029 Kulldorff M (2001). Journal of the Royal Statistical Society A 164:61-72.
    doi:10.1111/1467-985X.00186 (adjustment for earlier analyses)

    Examples
    --------
    >>> round(recurrence_interval(0.022, 1.0))
    45
    >>> round(recurrence_interval(0.941, 1.0, 59)), round(recurrence_interval(0.001, 1.0, 59))
    (22, 59970)
    """
    if not 0 < p_value <= 1:
        if math.isnan(p_value):
            return math.nan
        raise StatisticsError(f"a p-value lies above 0 and is at most 1, not {p_value}")
    share = -math.expm1(math.log1p(-p_value) / (earlier_analyses + 1)) if p_value < 1 else 1.0
    return unit_days / (p_value if earlier_analyses == 0 else share)
