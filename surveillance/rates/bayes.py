"""Rates smoothed towards the rate of all areas (empirical Bayes): the default where areas are few.

A gamma distribution is fitted to the true rates of all areas, and each area's own events correct it. The
fit is by maximum likelihood: the events are then negative binomial. Every area has a whole distribution, so
that its interval and the probability that it lies above a threshold follow, with no event as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from surveillance.errors import StatisticsError
from surveillance.rates.counts import Floats, Rates, check_confidence, check_per
from surveillance.rates.crude import crude_rate

#: Areas below which the spread of their rates cannot be told.
FEWEST_AREAS = 3
#: Shapes above which the rates of all areas count as equal: their spread is then under a thousandth.
_EQUAL = 1e6


@dataclass(frozen=True, eq=False)
class Smoothed:
    """Smoothed rates.

    Parameters
    ----------
    rates : Rates
        Means of the posterior distributions, and their equal-tailed intervals.
    crude : Rates
        Crude rates of the same areas, with exact intervals.
    above : ndarray of float, shape (n,), or None
        Probability that the true rate lies above the threshold; NaN where there is no rate, None without a
        threshold.
    mean, spread : float
        Mean of the true rates per `per` people, and their standard deviation as a part of the mean.
    weight : ndarray of float, shape (n,)
        Part of each smoothed rate that comes from the area's own events: 0 to 1.
    """

    rates: Rates
    crude: Rates
    above: Floats | None
    mean: float
    spread: float
    weight: Floats


def empirical_bayes(
    events: ArrayLike,
    population: ArrayLike,
    per: float = 100_000,
    *,
    threshold: float | None = None,
    confidence: float = 0.95,
) -> Smoothed:
    """Smooth the rates of areas towards their common mean, the more the fewer people an area has.

    The true rates follow a gamma distribution with shape a and mean m, events a Poisson distribution. The
    smoothed rate of x events among n people is (x + a) / (n + a / m).

    Parameters
    ----------
    events : array_like of int or None, shape (n,)
        Events of each area; None or NaN where unknown.
    population : array_like of float or None, shape (n,)
        People of each area; None or NaN where unknown.
    per : float, default 100 000
        People to whom a rate is brought.
    threshold : float, optional
        A rate per `per` people: then the probability of a higher one is told.
    confidence : float, default 0.95
        Of each interval, between 0 and 1.

    Returns
    -------
    Smoothed
        Areas without a crude rate have no smoothed one: what is unknown is not lent by the others.

    Raises
    ------
    StatisticsError
        Fewer than three areas have a rate, or none has an event; else as
        :func:`surveillance.rates.crude.crude_rate`.

    Notes
    -----
    Mean and shape count as known, so that intervals are a little short where areas are few. Marshall's
    estimate by moments (doi:10.2307/2347593) gives no distribution, and none at all where rates spread less
    than chance would have it.

    References
    ----------
    Clayton D, Kaldor J (1987). Biometrics 43:671-681. doi:10.2307/2532003

    Examples
    --------
    >>> found = empirical_bayes([2, 30, 0, 14], [1_000, 40_000, 900, 9_000], threshold=100)
    >>> found.crude.value.round(0).tolist()
    [200.0, 75.0, 0.0, 156.0]
    >>> found.rates.value.round(0).tolist()
    [109.0, 82.0, 97.0, 123.0]
    >>> found.above.round(2).tolist()
    [0.61, 0.08, 0.42, 0.85]
    """
    from scipy.special import gammainccinv, gammaincinv  # noqa: PLC0415 - most commands never need it

    check_per(per)
    check_confidence(confidence)
    if threshold is not None and not (np.isfinite(threshold) and threshold >= 0):
        raise StatisticsError(f"a threshold is a rate of zero or more, not {threshold}")
    crude = crude_rate(events, population, per, confidence)
    there = crude.shown
    x, n = np.atleast_1d(np.asarray(events, float)), np.atleast_1d(np.asarray(population, float))
    x, n = np.broadcast_arrays(x, n)
    if there.sum() < FEWEST_AREAS:
        raise StatisticsError(f"smoothing needs {FEWEST_AREAS} areas with a rate, and {there.sum()} have one")
    if not x[there].any():
        raise StatisticsError("no area has an event: there is nothing to smooth")
    mean, shape = _fit(x[there], n[there])
    held = np.where(there, n, 1.0)
    counted = np.where(there, x, 0.0)
    own, size = counted + shape, held + shape / mean
    tail = (1 - confidence) / 2

    def brought(number: Floats) -> Floats:
        return np.where(there, per * number, np.nan)

    rates = Rates(
        brought(own / size), brought(gammaincinv(own, tail) / size),
        brought(gammainccinv(own, tail) / size), crude.status, crude.reason, per,
    )  # fmt: skip
    above = None
    if threshold is not None:
        above = np.where(there, _beyond(own, size, threshold / per), np.nan)
    weight = np.where(there, held / size, np.nan)
    return Smoothed(rates, crude, above, per * mean, 1 / np.sqrt(shape), weight)


def _beyond(shape: Floats, size: Floats, rate: float) -> Floats:
    from scipy.special import gammaincc  # noqa: PLC0415 - most commands never need it

    return np.asarray(gammaincc(shape, size * rate))


def _fit(x: Floats, n: Floats) -> tuple[float, float]:
    """Mean and shape that make the events most likely; a very large shape where rates spread by chance."""
    from scipy.optimize import minimize_scalar  # noqa: PLC0415 - most commands never need it

    def best_mean(shape: float) -> float:
        """Mean for a shape: the root of its score, which falls; by Newton's steps on its logarithm."""
        mean = x.sum() / n.sum()
        for _ in range(100):
            weight = shape / (shape + n * mean)
            slope = (weight * (x - n * mean)).sum()
            bend = (weight**2 * n * mean * (1 + x / shape)).sum()
            step = float(np.clip(slope / bend, -1.0, 1.0))
            mean *= np.exp(step)
            if abs(step) < 1e-12:
                break
        return float(mean)

    def lack(log_shape: float) -> float:
        shape = float(np.exp(log_shape))
        return -_log_likelihood(x, n, best_mean(shape), shape)

    steps = np.linspace(np.log(1e-3), np.log(_EQUAL), 40)
    lacks = [lack(float(one)) for one in steps]
    at = int(np.argmin(lacks))
    if at == len(steps) - 1:
        return best_mean(_EQUAL), _EQUAL
    found = minimize_scalar(
        lack, bounds=(float(steps[max(at - 1, 0)]), float(steps[at + 1])), method="bounded",
        options={"xatol": 1e-9},
    )  # fmt: skip
    shape = float(np.exp(found.x))
    return best_mean(shape), shape


def _log_likelihood(x: Floats, n: Floats, mean: float, shape: float) -> float:
    """Of negative binomial numbers, without what does not depend on mean and shape."""
    from scipy.special import betaln  # noqa: PLC0415 - most commands never need it

    expected = n * mean
    # gammaln(x + a) - gammaln(a) as a beta function: exact where the shape is large.
    many = np.where(x > 0, x, 1.0)
    rising = np.where(x > 0, -betaln(many, shape), 0.0)
    ratio = np.log1p(expected / shape)
    return float((rising + x * (np.log(expected) - np.log(shape) - ratio) - shape * ratio).sum())
