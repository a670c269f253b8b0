"""Foretold counts: drawn step after step from a fitted model, with what its parameters leave open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveillance.errors import StatisticsError
from surveillance.forecast.fit import Fit
from surveillance.forecast.model import Model, cells, design, filled, means, sizes
from surveillance.forecast.panel import Panel
from surveillance.forecast.scores import POISSON_FROM, at_most, ensemble_score, log_probability
from surveillance.forecast.weights import power_law
from surveillance.texts import N_

Array = NDArray[np.float64]
#: Futures that are drawn, unless chosen.
DRAWS = 1_000
#: A drawn count beyond this is taken for this: a model that explodes foretells nothing.
_MOST_CASES = 1e9
#: Steps back from which unknown last counts may be drawn.
_FURTHEST = 12


@dataclass(frozen=True, eq=False)
class Forecast:
    """Foretold counts of areas.

    Parameters
    ----------
    drawn : array of float, shape (d, h, k)
        Counts of each future, step ahead and area.
    mean : array of float, shape (d, h, k)
        Expected counts of each future, given its steps before.
    size : array of float, shape (d, 1, k), or None
        Of the negative binomial distribution around each expected count; None for Poisson's, and for a set of
        counts around which there is no distribution.
    around : bool
        Whether there is a distribution around each expected count.
    """

    drawn: Array
    mean: Array
    size: Array | None
    around: bool = True

    @property
    def horizon(self) -> int:
        """Steps ahead."""
        return int(self.drawn.shape[1])

    def expected(self) -> Array:
        """Tell the expected counts, shape (h, k)."""
        return np.asarray(self.mean.mean(axis=0))

    def quantile(self, levels: Sequence[float]) -> Array:
        """Smallest counts that at least these parts of the futures do not exceed, shape (levels, h, k)."""
        return np.asarray(np.quantile(self.drawn, levels, axis=0, method="inverted_cdf"))

    def interval(self, level: float) -> tuple[Array, Array]:
        """Tell the ends of the interval that leaves equal parts of the futures on both sides."""
        lower, upper = self.quantile([(1 - level) / 2, (1 + level) / 2])
        return lower, upper

    def above(self, threshold: float | Array) -> Array:
        """Probability of more cases than a threshold, shape (h, k)."""
        wanted = np.broadcast_to(np.asarray(threshold, float), self.drawn.shape[1:])
        if not self.around:
            return np.asarray((self.drawn > wanted).mean(axis=0))
        return np.asarray(1 - at_most(wanted, self.mean, self.size).mean(axis=0))

    def log_score(self, counts: Array) -> Array:
        """Logarithm of the foretold probability of what came, less its sign; shape (h, k)."""
        if not self.around:
            return np.full(counts.shape, np.nan)
        told = log_probability(counts, self.mean, self.size)
        top = told.max(axis=0)
        return np.asarray(-(top + np.log(np.exp(told - top).mean(axis=0))))

    def ranked_score(self, counts: Array) -> Array:
        """Continuous ranked probability score of what came, shape (h, k)."""
        return ensemble_score(counts, self.drawn)


def one_step(found: Fit, panel: Panel, step: int) -> tuple[Array, Array | None]:
    """Tell the expected counts of one step given the step before, at the estimates alone.

    Parameters
    ----------
    found : Fit
        A fitted model.
    panel : Panel
        Counts, the step's own among them.
    step : int
        Which step.

    Returns
    -------
    (ndarray of float, shape (k,), ndarray of float, shape (k,), or None)
        Expected counts, and sizes; NaN where the own last count is needed and not known.

    Examples
    --------
    >>> from surveillance.forecast.fit import fit
    >>> panel = Panel(np.array([[2.0, 3, 5, 4, 2, 1, 0, 2, 3, 6, 5, 2]]).T, 12)
    >>> found = fit(panel, Model(waves=0, trend=False, spread="poisson"))
    >>> one_step(found, panel, 11)[0].round(3).tolist()
    [4.016]
    """
    known = Panel(np.vstack([panel.counts[:step], np.zeros((1, panel.areas))]), panel.period, panel.size,
                  panel.phase)  # fmt: skip
    rows = cells(known, found.model, step, step)
    expected = np.full(panel.areas, np.nan)
    expected[rows.area] = means(rows, found.model, found.values).total
    size = sizes(rows, found.model, found.values)
    if size is None:
        return expected, None
    spread = np.full(panel.areas, np.nan)
    spread[rows.area] = size
    return expected, spread


def forecast(
    found: Fit, panel: Panel, horizon: int, *, draws: int = DRAWS, seed: int = 0, parameters: bool = True
) -> Forecast:
    """Draw the steps after the last of the counts.

    Parameters
    ----------
    found : Fit
        A fitted model.
    panel : Panel
        Counts; the steps after its last are foretold.
    horizon : int
        How many steps ahead.
    draws : int
        Futures that are drawn.
    seed : int
        The same seed draws the same.
    parameters : bool
        Whether each future has parameters of its own, drawn from what the estimates leave open.

    Returns
    -------
    Forecast

    Raises
    ------
    StatisticsError
        No count of the last twelve steps of an area is known; or nothing is asked.

    Notes
    -----
    Where last counts of some areas are not known, the futures begin at the last step that is known of all of
    them, and take the known counts of the steps in between.

    Examples
    --------
    >>> from surveillance.forecast.fit import fit
    >>> panel = Panel(np.array([[2.0, 3, 5, 4, 2, 1, 0, 2, 3, 6, 5, 2]]).T, 12)
    >>> found = fit(panel, Model(waves=0, trend=False, spread="poisson"))
    >>> told = forecast(found, panel, 2, parameters=False)
    >>> told.expected().round(1).tolist()
    [[2.5], [2.7]]
    >>> told.above(5).round(2).tolist()
    [[0.04], [0.08]]
    """
    if horizon < 1 or draws < 1:
        raise StatisticsError(N_("a forecast looks one step ahead at least, with one future at least"))
    model = found.model
    origin = _origin(panel, model)
    gap = panel.steps - 1 - origin
    random = np.random.default_rng(seed)
    values = _drawn_values(found, draws, parameters=parameters, random=random)
    at = model.slices(panel.areas)
    size = _sizes(model, values[:, at["size"]], panel.areas)
    here = np.broadcast_to(filled(panel.counts)[origin], (draws, panel.areas)).copy()
    drawn = np.zeros((draws, horizon, panel.areas))
    mean = np.zeros_like(drawn)
    weigh = _Weighing(model, values[:, at["decay"]])
    for ahead in range(1, gap + horizon + 1):
        expected = _expected(panel, model, values, at, here, origin + ahead, weigh)
        here = _count(random, expected, size)
        if ahead <= gap:
            given = panel.counts[origin + ahead]
            here = np.where(np.isnan(given), here, given)
        else:
            drawn[:, ahead - gap - 1], mean[:, ahead - gap - 1] = here, expected
    return Forecast(drawn, mean, None if size is None else size[:, None, :])


def _origin(panel: Panel, model: Model) -> int:
    """Find the last step that is not followed, in any area, by unknown counts alone."""
    last = panel.steps - 1
    if not model.epidemic:
        return last
    known = ~np.isnan(panel.counts)
    gap = int(np.argmax(known[::-1], axis=0).max()) if known.any(axis=0).all() else _FURTHEST
    if gap >= min(_FURTHEST, panel.steps):
        raise StatisticsError(
            N_("no count of the last {steps} steps of an area is known: there is nothing to foretell from"),
            steps=_FURTHEST,
        )
    return last - gap


def _drawn_values(found: Fit, draws: int, *, parameters: bool, random: np.random.Generator) -> Array:
    values = np.broadcast_to(found.values, (draws, len(found.values))).copy()
    known = ~np.isnan(np.diag(found.covariance))
    if parameters and known.any():
        inner = found.covariance[np.ix_(known, known)]
        roots, turned = np.linalg.eigh(inner)
        normal = random.standard_normal((draws, int(known.sum())))
        values[:, known] += (normal * np.sqrt(np.maximum(roots, 0))) @ turned.T
    return values


def _sizes(model: Model, logs: Array, areas: int) -> Array | None:
    if model.spread == "poisson":
        return None
    return np.broadcast_to(np.minimum(np.exp(np.clip(logs, -50, 50)), POISSON_FROM), (len(logs), areas))


class _Weighing:
    """What comes from other areas in each future, by its own weights."""

    def __init__(self, model: Model, decay: Array) -> None:
        self._given = model.weights
        self._each = None
        if model.order is not None:
            self._each = [power_law(model.order, float(one))[0] for one in decay[:, 0]]

    def __call__(self, here: Array) -> Array:
        if self._each is None:
            return np.asarray(here @ np.asarray(self._given))
        return np.array([row @ weights for row, weights in zip(here, self._each, strict=True)])


def _expected(
    panel: Panel, model: Model, values: Array, at: dict[str, slice], here: Array, step: int, weigh: _Weighing
) -> Array:
    area = np.arange(panel.areas)
    endemic, own, neighbours = design(panel, model, np.full(panel.areas, step), area)
    size = np.ones(panel.areas) if panel.size is None else panel.size
    found = size * _factor(values[:, at["endemic"]], endemic)
    if model.own:
        found = found + here * _factor(values[:, at["own"]], own)
    if model.neighbours:
        found = found + weigh(here) * _factor(values[:, at["neighbours"]], neighbours)
    return np.clip(found, 0, _MOST_CASES)


def _factor(values: Array, rows: Array) -> Array:
    return np.exp(np.clip(values @ rows.T, -500, 500))


def _count(random: np.random.Generator, mean: Array, size: Array | None) -> Array:
    if size is None:
        return random.poisson(mean).astype(float)
    rate = np.where(size < POISSON_FROM, random.gamma(size, np.maximum(mean, 1e-300) / size), mean)
    return random.poisson(np.minimum(rate, _MOST_CASES)).astype(float)


def counts_around(mean: Array, size: Array, draws: int = DRAWS, seed: int = 0) -> Forecast:
    """Make a forecast of expected counts with a negative binomial distribution around each.

    Parameters
    ----------
    mean : ndarray of float, shape (h, k)
        Expected counts.
    size : ndarray of float, shape (h, k)
        Sizes.
    draws : int
        Counts that are drawn.
    seed : int
        The same seed draws the same.

    Returns
    -------
    Forecast

    Examples
    --------
    >>> told = counts_around(np.array([[4.0]]), np.array([[2.0]]))
    >>> told.expected().tolist(), told.above(4).round(3).tolist()
    ([[4.0]], [[0.351]])
    """
    random = np.random.default_rng(seed)
    wide = np.broadcast_to(size, (draws, *mean.shape))
    drawn = _count(random, np.broadcast_to(mean, wide.shape), wide)
    return Forecast(drawn, mean[None], size[None])
