"""Forecasts that need no model: what any other one has to do better than."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from surveillance.errors import StatisticsError
from surveillance.forecast.panel import Panel
from surveillance.forecast.predict import DRAWS, Forecast, counts_around
from surveillance.forecast.scores import POISSON_FROM, log_probability
from surveillance.texts import N_

Array = NDArray[np.float64]
#: Expected cases where the last count was 0, or no earlier season had a case: half a case.
_LEAST = 0.5
#: Sizes that are tried: from counts that spread without measure to Poisson's.
_SIZES = np.exp(np.linspace(np.log(0.05), np.log(1e4), 60))


def last_value(panel: Panel, horizon: int, *, draws: int = DRAWS, seed: int = 0) -> Forecast:
    """Expect the last known count of each area again.

    Parameters
    ----------
    panel : Panel
        Counts up to the last that is known.
    horizon : int
        Steps ahead.
    draws : int
        Counts that are drawn.
    seed : int
        The same seed draws the same.

    Returns
    -------
    Forecast
        Counts spread around it as they did, so many steps ahead, in the past of the area.

    Examples
    --------
    >>> panel = Panel(np.array([[2.0, 3, 5, 4, 2, 1, 0, 2, 3, 6, 5, 2]]).T, 12)
    >>> last_value(panel, 2).expected().tolist()
    [[2.0], [2.0]]
    """
    mean, size = np.zeros((horizon, panel.areas)), np.zeros((horizon, panel.areas))
    for area in range(panel.areas):
        y = _carried(panel.counts[:, area])
        told = np.maximum(y, _LEAST)
        for ahead in range(1, horizon + 1):
            mean[ahead - 1, area] = told[-1]
            size[ahead - 1, area] = _size(panel.counts[ahead:, area], told[:-ahead])
    return counts_around(mean, size, draws, seed)


def seasonal_mean(panel: Panel, horizon: int, *, draws: int = DRAWS, seed: int = 0) -> Forecast:
    """Expect the mean of the same season of all earlier years.

    Parameters
    ----------
    panel : Panel
        Counts up to the last that is known.
    horizon : int
        Steps ahead.
    draws : int
        Counts that are drawn.
    seed : int
        The same seed draws the same.

    Returns
    -------
    Forecast
        Counts spread around it as each year's did around the mean of the other years.

    Raises
    ------
    StatisticsError
        There is less than two years of counts.

    Examples
    --------
    >>> panel = Panel(np.tile(np.array([[8.0], [1.0], [2.0], [4.0]]), (3, 1)), 4)
    >>> seasonal_mean(panel, 2).expected().tolist()
    [[8.0], [1.0]]
    """
    season, ahead = _seasons(panel, horizon)
    mean, size = np.zeros((horizon, panel.areas)), np.zeros((horizon, panel.areas))
    for area in range(panel.areas):
        y = panel.counts[:, area]
        known = ~np.isnan(y)
        many = int(season.max()) + 1
        sums = np.bincount(season[known], y[known], many)
        counted = np.bincount(season[known], minlength=many)
        others = counted[season] - known
        left_out = np.divide(
            sums[season] - np.nan_to_num(y), others, out=np.full(len(y), np.nan), where=others > 0
        )
        mean[:, area] = np.maximum(sums[ahead] / np.maximum(counted[ahead], 1), _LEAST)
        size[:, area] = _size(y, np.maximum(left_out, _LEAST))
    return counts_around(mean, size, draws, seed)


def same_season(panel: Panel, horizon: int) -> Forecast:
    """Expect one of the counts of the same season of earlier years, each as likely as the others.

    Parameters
    ----------
    panel : Panel
        Counts up to the last that is known.
    horizon : int
        Steps ahead.

    Returns
    -------
    Forecast
        Without a distribution around each count: it has no logarithmic score.

    Raises
    ------
    StatisticsError
        There is less than two years of counts.

    Examples
    --------
    >>> panel = Panel(np.array([[8.0], [1.0], [2.0], [4.0], [6.0], [3.0], [2.0], [4.0]]), 4)
    >>> same_season(panel, 2).quantile([0.1, 0.9]).tolist()
    [[[6.0], [1.0]], [[8.0], [3.0]]]
    """
    season, ahead = _seasons(panel, horizon)
    years = int(np.bincount(season).max())
    drawn = np.full((years, horizon, panel.areas), np.nan)
    for n, wanted in enumerate(ahead):
        earlier = panel.counts[season == wanted]
        for area in range(panel.areas):
            known = earlier[~np.isnan(earlier[:, area]), area]
            if not known.size:
                known = np.zeros(1)
            # Each known count as often as the others; what remains is filled evenly over them.
            drawn[:, n, area] = np.sort(known)[np.linspace(0, known.size - 1e-9, years).astype(int)]
    return Forecast(drawn, drawn, None, around=False)


def _seasons(panel: Panel, horizon: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Season of each step, and of the steps ahead."""
    many = round(panel.period)
    if panel.steps < 2 * many:
        raise StatisticsError(N_("two years of counts are needed to expect the same season again"))
    steps = panel.phase + np.arange(panel.steps + horizon)
    season = (np.floor(np.mod(steps, panel.period) / panel.period * many + 1e-9)).astype(np.int64)
    return season[: panel.steps], season[panel.steps :]


def _carried(y: Array) -> Array:
    """Fill what is not known with the last known count; zero before the first."""
    at = np.maximum.accumulate(np.where(np.isnan(y), -1, np.arange(len(y))))
    return np.where(at < 0, 0.0, np.nan_to_num(y)[np.maximum(at, 0)])


def _size(y: Array, mean: Array) -> float:
    """Size that makes counts around known means most likely, among those that are tried."""
    known = ~np.isnan(y) & ~np.isnan(mean)
    if not known.any():
        return float(POISSON_FROM)
    told = log_probability(y[known][None, :], mean[known][None, :], _SIZES[:, None]).sum(axis=1)
    return float(_SIZES[int(np.argmax(told))])
