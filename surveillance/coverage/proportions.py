"""Proportions with their intervals, and the difference of two proportions."""

from __future__ import annotations

from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from surveillance.errors import StatisticsError

Method = Literal["wilson", "exact", "jeffreys"]
Floats = NDArray[np.float64]


def _counts(numerator: ArrayLike, denominator: ArrayLike) -> tuple[Floats, Floats]:
    x, n = np.broadcast_arrays(np.asarray(numerator, dtype=float), np.asarray(denominator, dtype=float))
    if not (np.isfinite(x).all() and np.isfinite(n).all()):
        raise StatisticsError(
            "counts must be numbers: leave out what is unknown before computing a proportion"
        )
    if (x != np.floor(x)).any() or (n != np.floor(n)).any():
        raise StatisticsError("counts must be whole numbers")
    if (x < 0).any():
        raise StatisticsError("a count is negative")
    if (x > n).any():
        first = int(np.argmax(np.atleast_1d(x > n)))
        raise StatisticsError(f"numerator above denominator at position {first}: it must count a subset")
    return x, n


def _check_confidence(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise StatisticsError(f"confidence must lie between 0 and 1, not {confidence}")


def proportion(numerator: ArrayLike, denominator: ArrayLike) -> Floats:
    """Divide numerators by denominators; NaN (not zero) where a denominator is zero.

    Parameters
    ----------
    numerator, denominator : array_like of int, shape (n,)
        Persons. The numerator counts a subset of the denominator.

    Returns
    -------
    ndarray of float, shape (n,)
        From 0 to 1.

    Raises
    ------
    StatisticsError
        A count is negative, not whole, not finite, or above its denominator.

    Examples
    --------
    >>> proportion([3, 0], [4, 0]).tolist()
    [0.75, nan]
    """
    x, n = _counts(numerator, denominator)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(n > 0, x / n, np.nan)


def proportion_interval(
    numerator: ArrayLike,
    denominator: ArrayLike,
    *,
    method: Method = "wilson",
    confidence: float = 0.95,
    effect: ArrayLike = 1.0,
) -> tuple[Floats, Floats]:
    """Compute the confidence interval of a binomial proportion.

    Parameters
    ----------
    numerator, denominator : array_like of int, shape (n,)
        Persons. The numerator counts a subset of the denominator.
    method : {"wilson", "exact", "jeffreys"}
        Score interval (Wilson 1927), Clopper & Pearson (1934), or the equal-tailed Jeffreys interval with the
        end set to 0 or 1 where no or every person has the outcome (Brown, Cai & DasGupta 2001).
    confidence : float
        Two-sided confidence level, between 0 and 1.
    effect : array_like of float, shape (n,) or ()
        Design effects, one or more: Wilson's interval then rests on denominator / effect people (Rao & Scott
        1992, doi:10.2307/2532311). The other methods take none.

    Returns
    -------
    lower, upper : ndarray of float, shape (n,)
        Proportions; NaN where the denominator is zero.

    Raises
    ------
    StatisticsError
        As :func:`proportion`; or an unknown method or confidence, or an effect below one.

    References
    ----------
    Wilson EB (1927). J Am Stat Assoc 22:209-212. doi:10.1080/01621459.1927.10502953
    Clopper CJ, Pearson ES (1934). Biometrika 26:404-413. doi:10.1093/biomet/26.4.404
    Brown LD, Cai TT, DasGupta A (2001). Stat Sci 16:101-133. doi:10.1214/ss/1009213286

    Examples
    --------
    >>> lower, upper = proportion_interval([342], [1519])
    >>> round(float(lower[0]), 3), round(float(upper[0]), 3)
    (0.205, 0.247)
    """
    x, n = _counts(numerator, denominator)
    _check_confidence(confidence)
    design = np.asarray(effect, dtype=float)
    if not (design >= 1).all() or (method != "wilson" and (design != 1).any()):
        raise StatisticsError("a design effect must be one or more, and goes with Wilson's interval alone")
    if method == "wilson":
        lower, upper = _wilson(x, n, confidence, design)
    elif method in ("exact", "jeffreys"):
        lower, upper = _beta_interval(x, n, confidence, half=0.5 if method == "jeffreys" else None)
    else:
        raise StatisticsError(f"unknown method '{method}': use wilson, exact or jeffreys")
    lower = np.where(x == 0, 0.0, lower)
    upper = np.where(x == n, 1.0, upper)
    return np.where(n > 0, lower, np.nan), np.where(n > 0, upper, np.nan)


def _wilson(x: Floats, n: Floats, confidence: float, effect: Floats) -> tuple[Floats, Floats]:
    size = np.where(n > 0, n, 1.0)
    return score_limits(x / size, size / effect, NormalDist().inv_cdf(0.5 + confidence / 2))


def score_limits(share: ArrayLike, size: ArrayLike, z: ArrayLike) -> tuple[Floats, Floats]:
    """Compute Wilson's limits of a proportion that rests on a number of independent people.

    Parameters
    ----------
    share : array_like of float, shape (n,)
        Proportions from 0 to 1.
    size : array_like of float, shape (n,)
        Persons, above zero; not whole where it is an effective size: people over their design effect.
    z : array_like of float, shape (n,) or ()
        Normal quantile of the confidence level, zero or more.

    Returns
    -------
    lower, upper : ndarray of float, shape (n,)
        Exactly 0 and 1 where the share is 0 and 1.

    References
    ----------
    Wilson EB (1927). J Am Stat Assoc 22:209-212. doi:10.1080/01621459.1927.10502953
    Rao JNK, Scott AJ (1992), for effective sizes. Biometrics 48:577-585. doi:10.2307/2532311

    Examples
    --------
    >>> lower, upper = score_limits([0.5, 0.0], 10, 1.96)
    >>> lower.round(3).tolist(), upper.round(3).tolist()
    ([0.237, 0.0], [0.763, 0.278])
    """
    p, n, z = np.broadcast_arrays(*(np.asarray(one, dtype=float) for one in (share, size, z)))
    return lower_limit(p, n, z), upper_limit(p, n, z)


def lower_limit(share: Floats, size: Floats, z: Floats) -> Floats:
    """Compute the lower one of the limits of :func:`score_limits`.

    Parameters
    ----------
    share : ndarray of float, shape (n,)
        Proportions from 0 to 1.
    size : ndarray of float, shape (n,)
        Persons, above zero.
    z : ndarray of float, shape (n,)
        Normal quantile of the confidence level, zero or more.

    Returns
    -------
    ndarray of float, shape (n,)

    References
    ----------
    Wilson EB (1927). J Am Stat Assoc 22:209-212. doi:10.1080/01621459.1927.10502953

    Examples
    --------
    >>> lower_limit(np.array([0.5]), np.array([10.0]), np.array([1.96])).round(3).tolist()
    [0.237]
    """
    centre, spread, scale = _score(share, size, z)
    return np.where(share == 0, 0.0, (centre - spread) / scale)


def upper_limit(share: Floats, size: Floats, z: Floats) -> Floats:
    """Compute the upper one of the limits of :func:`score_limits`.

    Parameters
    ----------
    share : ndarray of float, shape (n,)
        Proportions from 0 to 1.
    size : ndarray of float, shape (n,)
        Persons, above zero.
    z : ndarray of float, shape (n,)
        Normal quantile of the confidence level, zero or more.

    Returns
    -------
    ndarray of float, shape (n,)

    References
    ----------
    Wilson EB (1927). J Am Stat Assoc 22:209-212. doi:10.1080/01621459.1927.10502953

    Examples
    --------
    >>> upper_limit(np.array([0.0]), np.array([10.0]), np.array([1.96])).round(3).tolist()
    [0.278]
    """
    centre, spread, scale = _score(share, size, z)
    return np.where(share == 1, 1.0, (centre + spread) / scale)


def _score(p: Floats, n: Floats, z: Floats) -> tuple[Floats, Floats, Floats]:
    """Middle and half width of the score interval, before both are divided by the third."""
    square = z * z
    return (
        p + square / (2 * n),
        z * np.sqrt(p * (1 - p) / n + square / (4 * n * n)),
        1 + square / n,
    )


def _beta_interval(x: Floats, n: Floats, confidence: float, half: float | None) -> tuple[Floats, Floats]:
    # Quantiles of the beta distribution: `scipy.stats` has the same, and takes half a second to import.
    from scipy.special import betainccinv, betaincinv  # noqa: PLC0415 - most commands never need it

    tail = (1 - confidence) / 2
    with np.errstate(invalid="ignore"):
        if half is not None:
            return betaincinv(x + half, n - x + half, tail), betainccinv(x + half, n - x + half, tail)
        return betaincinv(x, n - x + 1, tail), betainccinv(x + 1, n - x, tail)


def difference_interval(
    numerator: ArrayLike,
    denominator: ArrayLike,
    earlier_numerator: ArrayLike,
    earlier_denominator: ArrayLike,
    *,
    confidence: float = 0.95,
) -> tuple[Floats, Floats, Floats]:
    """Compute the difference of two independent proportions with its hybrid score interval.

    Parameters
    ----------
    numerator, denominator, earlier_numerator, earlier_denominator : array_like of int, shape (n,)
        Persons.
    confidence : float
        Two-sided confidence level, between 0 and 1.

    Returns
    -------
    difference, lower, upper : ndarray of float, shape (n,)
        Now minus earlier, in proportions; NaN where either denominator is zero.

    References
    ----------
    Newcombe RG (1998), method 10. Stat Med 17:873-890.
    doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I

    Examples
    --------
    Newcombe's table II, contrast (a), 56/70 - 48/80:

    >>> d, low, high = difference_interval(56, 70, 48, 80)
    >>> round(float(d), 4), round(float(low), 4), round(float(high), 4)
    (0.2, 0.0524, 0.3339)
    """
    p1, p2 = proportion(numerator, denominator), proportion(earlier_numerator, earlier_denominator)
    l1, u1 = proportion_interval(numerator, denominator, confidence=confidence)
    l2, u2 = proportion_interval(earlier_numerator, earlier_denominator, confidence=confidence)
    delta = p1 - p2
    lower = delta - np.sqrt((p1 - l1) ** 2 + (u2 - p2) ** 2)
    upper = delta + np.sqrt((u1 - p1) ** 2 + (p2 - l2) ** 2)
    return delta, lower, upper
