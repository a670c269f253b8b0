"""Rates smoothed by their neighbours on the map (BYM2), with how much of their spread follows the map.

Hyperparameters are summed over a lattice; at each of its points the effects are approximated by Laplace's
method, and each area's own events are then taken as they are, and not as a normal number.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from surveillance.errors import StatisticsError
from surveillance.rates.counts import Floats, Rates, check_confidence, check_per
from surveillance.rates.crude import crude_rate, pairs
from surveillance.rates.laplace import Fit, Model
from surveillance.rates.priors import Priors
from surveillance.rates.structure import structure

#: Logarithms of the standard deviation, and logits of the mixing, that are looked at.
_RANGES = ((np.log(1e-3), np.log(30.0)), (-9.0, 9.0))
#: How far below its highest value the log density is followed, and steps in standard deviations.
_DEPTH, _STEP = 6.5, 0.8
_STEP_LIMITS = ((0.08, 0.6), (0.25, 1.0))
_POINTS, _REACH = 301, 6.0
_FEWEST_AREAS = 3


@dataclass(frozen=True, eq=False)
class Posterior:
    """What the data say about one number.

    Parameters
    ----------
    mean, median, lower, upper : float
        Of its distribution; the limits belong to an equal-tailed interval.
    at, density : ndarray of float, shape (m,)
        The density at some values, to be drawn.
    """

    mean: float
    median: float
    lower: float
    upper: float
    at: Floats
    density: Floats


@dataclass(frozen=True, eq=False)
class Bym2:
    """Rates smoothed by their neighbours.

    Parameters
    ----------
    rates : Rates
        Means of the posterior distributions, and their equal-tailed intervals.
    median : ndarray of float, shape (n,)
        Of each rate; NaN without a rate.
    crude : Rates
        Crude rates of the same areas, with exact intervals.
    above : ndarray of float, shape (n,), or None
        Probability that the true rate lies above the threshold; None without a threshold.
    spread : Posterior
        Standard deviation of the logarithms of rates.
    mixing : Posterior
        Part of the variance that follows the map: 0 where neighbours have nothing in common.
    groups, islands : int
        Connected parts of the map, and areas without neighbours.
    """

    rates: Rates
    median: Floats
    crude: Rates
    above: Floats | None
    spread: Posterior
    mixing: Posterior
    groups: int
    islands: int


def bym2(
    events: ArrayLike,
    population: ArrayLike,
    neighbours: Iterable[tuple[int, int]],
    per: float = 100_000,
    *,
    threshold: float | None = None,
    confidence: float = 0.95,
    priors: Priors | None = None,
) -> Bym2:
    """Smooth the rates of areas towards all areas and towards their neighbours, as the data have it.

    The log rate of an area is m + s (sqrt(1 - p) v + sqrt(p) u): a level, independent effects v, and effects
    u of a scaled intrinsic autoregression. The mixing p says how much of the variance follows the map.

    Parameters
    ----------
    events : array_like of int or None, shape (n,)
        Events of each area; None or NaN where unknown.
    population : array_like of float or None, shape (n,)
        People of each area; None or NaN where unknown. With expected events and `per` of 1, ratios are
        smoothed.
    neighbours : iterable of (int, int)
        Pairs of areas, by their number from 0, that lie beside each other.
    per : float, default 100 000
        People to whom a rate is brought.
    threshold : float, optional
        A rate per `per` people: then the probability of a higher one is told.
    confidence : float, default 0.95
        Of each interval, between 0 and 1.
    priors : Priors, optional
        A standard deviation above 1 has the probability 0.01, and a mixing below one half 2/3, where they are
        left out.

    Returns
    -------
    Bym2
        Areas without a crude rate have no smoothed one, although the model could lend them one.

    Raises
    ------
    StatisticsError
        Fewer than three areas have a rate, or none has an event; no two areas lie beside each other; an area
        that is not there; else as :func:`surveillance.rates.crude.crude_rate`.

    Notes
    -----
    An approximation: docs/methods.md shows how near it comes to a long Markov chain of the same model. Areas
    without neighbours, and maps in several pieces, are as Freni-Sterrantino and others have it
    (doi:10.1016/j.sste.2018.04.002).

    References
    ----------
    Riebler A, Sorbye SH, Simpson D, Rue H (2016). Stat Methods Med Res 25:1145-1165.
    doi:10.1177/0962280216660421
    Rue H, Martino S, Chopin N (2009). J R Stat Soc B 71:319-392. doi:10.1111/j.1467-9868.2008.00700.x

    Examples
    --------
    >>> found = bym2([9, 7, 8, 1, 0, 1], [1000] * 6, [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)], per=1000)
    >>> found.rates.value.round(1).tolist()
    [7.9, 6.4, 6.1, 2.3, 1.6, 1.7]
    >>> found.groups, found.islands
    (1, 0)
    """
    check_per(per)
    check_confidence(confidence)
    if threshold is not None and not (np.isfinite(threshold) and threshold >= 0):
        raise StatisticsError(f"a threshold is a rate of zero or more, not {threshold}")
    crude = crude_rate(events, population, per, confidence)
    x, n = pairs(events, population)
    there = crude.shown
    if there.sum() < _FEWEST_AREAS:
        raise StatisticsError(
            f"smoothing needs {_FEWEST_AREAS} areas with a rate, and {there.sum()} have one"
        )
    if not x[there].any():
        raise StatisticsError("no area has an event: there is nothing to smooth")
    map_ = structure(neighbours, len(crude))
    overall = float(x[there].sum() / n[there].sum())
    model = Model(np.where(there, x, np.nan), np.where(there, n, 0.0) * overall, map_)
    lattice = _lattice(model, priors or Priors())
    at, density = _marginals(model, lattice)
    brought = per * overall * np.exp(at)
    tail = (1 - confidence) / 2
    cumulated = _cumulated(at, density)
    lower, median, upper = (_quantiles(brought, cumulated, part) for part in (tail, 0.5, 1 - tail))
    mean = np.trapezoid(brought * density, at, axis=1)
    value, low, high, middle = (np.where(there, side, np.nan) for side in (mean, lower, upper, median))
    above = None
    if threshold is not None:
        above = np.where(there, 1 - _reached(brought, cumulated, threshold), np.nan)
    spread, mixing = (_posterior(lattice, axis, tail) for axis in (0, 1))
    return Bym2(
        Rates(value, low, high, crude.status, crude.reason, per), middle, crude, above, spread, mixing,
        len(map_.groups), len(map_.islands),
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Lattice:
    """Points of hyperparameters with their weights, which sum to one, and the model at each."""

    points: Floats
    weights: Floats
    steps: Floats
    fits: list[Fit]


def _at(point: Floats) -> tuple[float, float]:
    return float(np.exp(point[0])), float(1 / (1 + np.exp(-point[1])))


def _lattice(model: Model, priors: Priors) -> _Lattice:
    from scipy.optimize import minimize  # noqa: PLC0415 - most commands never need it

    eigenvalues = model.map.eigenvalues
    last = model.start()

    def density(point: Floats, *, with_spread: bool = False) -> tuple[float, Fit]:
        nonlocal last
        fit = model.fit(*_at(point), last, with_spread=with_spread)
        last = fit.effects
        prior = priors.log_spread(point[0]) + priors.log_mixing(point[1], eigenvalues)
        return fit.evidence + float(prior), fit

    def inside(point: Floats) -> bool:
        return all(low <= one <= high for one, (low, high) in zip(point, _RANGES, strict=True))

    def lack(point: Floats) -> float:
        return -density(point)[0] if inside(point) else np.inf

    found = minimize(
        lack, np.array([np.log(0.4), 0.0]), method="Nelder-Mead",
        options={
            "xatol": 0.02, "fatol": 0.02, "maxfev": 120,
            "initial_simplex": [[-1, 0], [0, 0], [-0.5, 1.5]],
        },
    )  # fmt: skip
    top, best = found.x, -found.fun
    steps = np.array([
        _step(lambda point: -lack(point), top, best, axis, *_STEP_LIMITS[axis]) for axis in (0, 1)
    ])  # fmt: skip
    held: dict[tuple[int, int], tuple[float, Fit]] = {}
    waiting, seen = deque([(0, 0)]), {(0, 0)}
    while waiting:
        place = waiting.popleft()
        point = top + steps * place
        if not inside(point):
            continue
        near = [held[other][1] for other in _around(place) if other in held]
        last = near[0].effects if near else last
        value, fit = density(point, with_spread=True)
        if value < best - _DEPTH:
            continue
        held[place] = value, fit
        for other in _around(place):
            if other not in seen:
                seen.add(other)
                waiting.append(other)
    points = np.array([top + steps * place for place in held])
    logs = np.array([value for value, _ in held.values()])
    weights = np.exp(logs - logs.max())
    return _Lattice(points, weights / weights.sum(), steps, [fit for _, fit in held.values()])


def _around(place: tuple[int, int]) -> list[tuple[int, int]]:
    one, other = place
    return [(one - 1, other), (one + 1, other), (one, other - 1), (one, other + 1)]


def _step(
    log_density: Callable[[Floats], float], top: Floats, best: float, axis: int, least: float, most: float
) -> float:
    """Part of the standard deviation that the density has along one axis, by its values beside the top."""
    away = np.zeros(2)
    away[axis] = 0.3
    sides = [log_density(top + away), log_density(top - away)]
    bend = (2 * best - sum(side for side in sides if np.isfinite(side))) / 0.09
    return float(np.clip(_STEP / np.sqrt(bend), least, most)) if bend > 0 else most


def _marginals(model: Model, lattice: _Lattice) -> tuple[Floats, Floats]:
    """Densities of the log relative rates: values, shape (n, points), and the density at each.

    At each point of the lattice the other areas give a normal distribution (that of the approximation, less
    the area's own part in it), and the area's own events their Poisson probability.
    """
    e, r = model.expected, model.events
    others = []
    for fit in lattice.fits:
        mean, precision = fit.mean, 1 / fit.spread**2
        own = e * np.exp(mean + fit.spread**2 / 2)
        rest = np.maximum(precision - own, 1e-8)
        others.append(((mean * precision - (own * mean + r - own)) / rest, rest))
    modes = np.array([fit.mean for fit in lattice.fits])
    reach = np.array([_REACH * fit.spread for fit in lattice.fits])
    wide = np.array([5 / np.sqrt(rest) for _, rest in others])
    middle = np.array([mean for mean, _ in others])
    weighty = lattice.weights > 1e-4 * lattice.weights.max()
    low = np.minimum(modes - reach, np.where(r == 0, middle - wide, np.inf))[weighty].min(axis=0)
    high = np.maximum(modes + reach, np.where(e == 0, middle + wide, -np.inf))[weighty].max(axis=0)
    at = low[:, None] + (high - low)[:, None] * np.linspace(0.0, 1.0, _POINTS)
    seen = r[:, None] * at - e[:, None] * np.exp(at)
    density = np.zeros_like(at)
    for weight, (mean, rest) in zip(lattice.weights, others, strict=True):
        logs = seen - rest[:, None] * (at - mean[:, None]) ** 2 / 2
        part = np.exp(logs - logs.max(axis=1, keepdims=True))
        density += weight * part / np.trapezoid(part, at, axis=1)[:, None]
    return at, density / np.trapezoid(density, at, axis=1)[:, None]


def _cumulated(at: Floats, density: Floats) -> Floats:
    pieces = (density[:, 1:] + density[:, :-1]) / 2 * np.diff(at, axis=1)
    found = np.concatenate([np.zeros((at.shape[0], 1)), pieces.cumsum(axis=1)], axis=1)
    return found / found[:, -1:]


def _quantiles(at: Floats, cumulated: Floats, part: float) -> Floats:
    return np.array([np.interp(part, row, values) for values, row in zip(at, cumulated, strict=True)])


def _reached(at: Floats, cumulated: Floats, value: float) -> Floats:
    return np.array([np.interp(value, values, row) for values, row in zip(at, cumulated, strict=True)])


def _posterior(lattice: _Lattice, axis: int, tail: float) -> Posterior:
    """Distribution of a hyperparameter, from its sums over the lattice, along a smooth line between them."""
    from scipy.interpolate import CubicSpline  # noqa: PLC0415 - most commands never need it

    step = lattice.steps[axis]
    number = np.round((lattice.points[:, axis] - lattice.points[0, axis]) / step).astype(int)
    summed = np.bincount(number - number.min(), weights=lattice.weights)
    places = lattice.points[0, axis] + step * (np.arange(summed.size) + number.min())
    if places.size > 2:
        fine = np.linspace(places[0] - step / 2, places[-1] + step / 2, 801)
        density = np.exp(CubicSpline(places, np.log(summed))(fine))
    else:
        fine = np.linspace(places[0] - step / 2, places[-1] + step / 2, 801)
        density = np.interp(fine, places, summed)
    cumulated = _cumulated(fine[None], density[None])[0]
    density = density / np.trapezoid(density, fine)
    values = np.exp(fine) if axis == 0 else 1 / (1 + np.exp(-fine))
    slope = values if axis == 0 else values * (1 - values)
    lower, median, upper = (float(np.interp(part, cumulated, values)) for part in (tail, 0.5, 1 - tail))
    return Posterior(
        float(np.trapezoid(values * density, fine)), median, lower, upper, values, density / slope
    )
