"""How seldom chance brings a cluster, and how many it brings among many questions."""

from __future__ import annotations

import math
from dataclasses import dataclass

#: A cluster that chance brings seldom: in at most one scan in twenty; prospective, at most once a year.
SELDOM, SELDOM_DAYS = 0.05, 365.0


@dataclass(frozen=True)
class Strength:
    """How seldom chance brings one cluster: what :func:`by_chance` judges it by."""

    p_value: float | None
    recurrence_interval_days: float | None


def by_chance(p_value: float | None, recurrence_interval_days: float | None) -> bool:
    """Judge whether chance alone would bring such a cluster often enough to doubt it.

    Parameters
    ----------
    p_value : float or None
        Share of scans in which chance brings one as strong.
    recurrence_interval_days : float or None
        Of a prospective scan, which is judged by it: days in which chance brings one as strong once.

    Returns
    -------
    bool

    Examples
    --------
    >>> by_chance(0.05, None), by_chance(0.051, None), by_chance(0.002, 364.0), by_chance(None, None)
    (False, True, True, True)
    """
    if recurrence_interval_days is not None:
        return recurrence_interval_days < SELDOM_DAYS
    return p_value is None or p_value > SELDOM


def false_alarms(replicates: int, unit_days: float | None) -> float:
    """Compute how often chance alone lets one question have a cluster that is held unlikely to be chance.

    A p-value among R replicates is k / (R + 1), and where nothing clusters each k is as likely: one of at
    most a comes with probability floor(a (R + 1)) / (R + 1). The strongest cluster of a question decides;
    weaker ones are judged against the strongest of each replicate, and add next to nothing.

    Parameters
    ----------
    replicates : int
        R.
    unit_days : float or None
        Days between two analyses of a prospective scan, whose a is such that chance brings one once a year;
        None for other scans, whose a is one in twenty.

    Returns
    -------
    float
        A probability.

    References
    ----------
    Dwass M (1957). Annals of Mathematical Statistics 28:181-187. doi:10.1214/aoms/1177707045

    Examples
    --------
    >>> false_alarms(999, None), false_alarms(999, 1.0), false_alarms(999, 7.0), false_alarms(9, None)
    (0.05, 0.002, 0.019, 0.0)
    """
    most = SELDOM if unit_days is None else unit_days / SELDOM_DAYS
    ranks = math.floor(most * (replicates + 1) + 1e-9)
    return min(1.0, ranks / (replicates + 1))
