"""The distribution of delays from what has come so far: the reverse-time hazard."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveillance.nowcast.triangle import Triangle

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Hazard:
    """Which part of the records that came within `d` weeks came in the last of these weeks.

    Parameters
    ----------
    came, at_risk : arrays of float, shape (delays,)
        Records that came exactly `d` weeks late, and those that came at most `d` weeks late, of the cells
        that tell of delays.
    rate : array of float, shape (delays,)
        `came / at_risk`; NaN where nothing tells. That of `d = 0` is 1.
    share : array of float, shape (delays,)
        Share of all records that has come within `d` weeks; 0 where a later rate is not known.
    alike : float
        Correlation of the records of one week: how much more weeks differ than chance brings; 0 is chance.
    spread : array of float, shape (delays,)
        By how much a rate is less certain for that.
    """

    came: Floats
    at_risk: Floats
    rate: Floats
    share: Floats
    alike: float
    spread: Floats


def reverse_hazard(triangle: Triangle) -> Hazard:
    r"""Estimate the distribution of delays of a triangle that is cut off on the right.

    With :math:`n_{t,d}` records of week `t` that came `d` weeks late, the reverse-time hazard is

    .. math:: g(d) = P(D = d \mid D \le d) = \sum_t n_{t,d} / \sum_t \sum_{i \le d} n_{t,i},

    over the cells that can have come by now, and the share that has come is
    :math:`F(d) = \prod_{i > d} (1 - g(i))`. No record is left out as incomplete, and none is thought to
    come later than the longest delay.

    Parameters
    ----------
    triangle : Triangle

    Returns
    -------
    Hazard

    References
    ----------
    Lawless JF (1994). Adjustments for reporting delays and the prediction of occurred but not reported
    events. Canadian Journal of Statistics 22(1): 15-31. doi:10.2307/3315820.
    Lagakos SW, Barraj LM, De Gruttola V (1988). Nonparametric analysis of truncated survival data, with
    application to AIDS. Biometrika 75(3): 515-523. doi:10.1093/biomet/75.3.515

    Examples
    --------
    >>> from surveillance.nowcast.triangle import triangle_of
    >>> rows = np.array([[0, 0, 0, 6], [0, 0, 1, 2], [0, 1, 0, 6], [0, 1, 1, 2], [0, 2, 0, 9]]).T
    >>> reverse_hazard(triangle_of(*rows, senders=1, weeks=3, longest=1)).share.tolist()
    [0.75, 1.0]
    """
    tells = triangle.tells
    so_far = np.cumsum(triangle.counts, axis=2)
    came = np.where(tells, triangle.counts, 0).sum(axis=0).astype(np.float64)
    at_risk = np.where(tells, so_far, 0).sum(axis=0).astype(np.float64)
    of_delay, risk_of_delay = came.sum(axis=0), at_risk.sum(axis=0)
    rate = np.full(of_delay.shape, np.nan)
    np.divide(of_delay, risk_of_delay, out=rate, where=risk_of_delay > 0)
    rate[0] = 1.0
    stayed = np.where(np.isnan(rate[1:]), 0.0, 1 - rate[1:])
    share = np.append(np.cumprod(stayed[::-1])[::-1], 1.0)
    alike = _alike(came[:, 1:], at_risk[:, 1:], rate[1:])
    spread = np.ones_like(rate)
    squares = (at_risk**2).sum(axis=0)
    np.divide(squares, risk_of_delay, out=spread, where=risk_of_delay > 0)
    return Hazard(of_delay, risk_of_delay, rate, share, alike, 1 + alike * np.maximum(spread - 1, 0))


def _alike(came: Floats, at_risk: Floats, rate: Floats) -> float:
    """Correlation within a week, by moments: squares beyond chance over what each of its units adds."""
    known = np.where(np.isnan(rate), 0.0, rate)
    expected = at_risk * known
    by_chance = expected * (1 - known)
    total = at_risk.sum(axis=0)
    weight = np.divide(at_risk, total, out=np.zeros_like(at_risk), where=total > 0)
    beyond = ((came - expected) ** 2 - by_chance * (1 - weight)).sum()
    each = (by_chance * np.maximum(at_risk - 1, 0)).sum()
    return float(min(max(beyond / each, 0.0), 0.5)) if each > 0 else 0.0
