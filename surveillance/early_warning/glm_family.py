"""A count against a log-linear model of all weeks before: their mean, a trend, the seasons, or both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import nbinom, poisson

from surveillance.early_warning.quasi_poisson import fit, outbreak_weights
from surveillance.early_warning.series import Bounds, Series
from surveillance.errors import StatisticsError
from surveillance.texts import N_

Array = NDArray[np.float64]
Model = Literal["mean", "trend", "harmonic", "harmonic-trend"]
#: Years of weeks that a model is fitted to, at the least.
YEARS: dict[Model, int] = {"mean": 1, "trend": 2, "harmonic": 2, "harmonic-trend": 3}
#: Steps behind a change of the baseline before it has a level and a trend of its own.
_STEPS_BEHIND = 12
#: Standardised residuals above it count less.
_WEIGHTS_THRESHOLD = 1.0


@dataclass(frozen=True)
class ModelSettings:
    """How a model is used.

    Parameters
    ----------
    alpha : float
        Share of steps that would lie above the bound by chance.
    past_weeks_not_included : int
        Steps before the count that do not count as history.
    changed_at : int, optional
        The step with which the baseline changed (a pandemic, a border that closed), the first being 0: from
        12 steps behind it on, the steps from it have a level and a trend of their own.
    """

    alpha: float = 0.05
    past_weeks_not_included: int = 4
    changed_at: int | None = None


def history_needed(series: Series, model: Model, settings: ModelSettings | None = None) -> int:
    """Return how many steps must stand before the first one that can be judged.

    Parameters
    ----------
    series : Series
        The counts.
    model : {"mean", "trend", "harmonic", "harmonic-trend"}
        Which model.
    settings : ModelSettings, optional
        How it is used.

    Returns
    -------
    int

    Examples
    --------
    >>> history_needed(Series(np.zeros(300)), "harmonic")
    108
    """
    return YEARS[model] * series.per_year + (settings or ModelSettings()).past_weeks_not_included


def glm_bounds(
    series: Series,
    model: Model = "mean",
    settings: ModelSettings | None = None,
    *,
    first: int | None = None,
    last: int | None = None,
) -> Bounds:
    """Judge steps of a series by a quasi-Poisson model of all steps before.

    Parameters
    ----------
    series : Series
        The counts. A step that is not known is left out of the history.
    model : {"mean", "trend", "harmonic", "harmonic-trend"}
        The level alone; with a trend over time; with one wave a year; with both.
    settings : ModelSettings, optional
        How it is used.
    first, last : int, optional
        The range that is judged, both included, the first step being 0. All that can be, where not given.

    Returns
    -------
    Bounds
        Bounds are whole numbers: quantiles of the negative binomial, or of Poisson where the counts spread no
        wider. NaN where the history is too short (one year for the mean, two for a trend or a wave, three
        for both) or the model cannot be fitted.

    Raises
    ------
    StatisticsError
        Alpha is no share, or the baseline changed outside the series.

    Notes
    -----
    The methods "glm mean", "glm timetrend", "glm harmonic" and "glm harmonic with timetrend" of the
    SignalDetectionTool of United4Surveillance (version 0.5.1), with its pandemic correction. Waves are
    counted by the number of the step, 52 weeks a year.

    References
    ----------
    United4Surveillance (2024). SignalDetectionTool, R package, version 0.5.1. Farrington CP, Andrews NJ,
    Beale AD, Catchpole MA (1996). doi:10.2307/2983331 (the weights)

    Examples
    --------
    >>> counts = np.tile([4.0, 5, 6, 5], 20)
    >>> counts[-1] = 15
    >>> found = glm_bounds(Series(counts), "mean", first=79)
    >>> float(found.upper[0]), bool(found.alarm[0])
    (9.0, True)
    """
    chosen = settings or ModelSettings()
    if not 0 < chosen.alpha < 1:
        raise StatisticsError(N_("alpha is {given}, and lies between 0 and 1"), given=chosen.alpha)
    if chosen.changed_at is not None and not 0 < chosen.changed_at < len(series):
        raise StatisticsError(N_("the baseline is said to change outside the series"))
    needed = history_needed(series, model, chosen)
    at = np.arange(needed if first is None else first, len(series) if last is None else last + 1)
    judged = [_judged(series, model, chosen, int(step), needed) for step in at]
    expected, upper = (np.array([one[place] for one in judged], dtype=float) for place in (0, 1))
    return Bounds(at, expected, upper, series.counts[at] > upper)


def _judged(series: Series, model: Model, chosen: ModelSettings, at: int, needed: int) -> tuple[float, float]:
    if at < needed:
        return np.nan, np.nan
    design = _design(at + 1, model, chosen, series.per_year)
    history = at - chosen.past_weeks_not_included
    known = ~np.isnan(series.counts[:history])
    columns, counts = design[:history][known], series.counts[:history][known]
    fitted = fit(columns, counts) if len(counts) else None
    if fitted is None:
        return np.nan, np.nan
    weights = outbreak_weights(fitted, counts, max(fitted.dispersion(), 1.0), _WEIGHTS_THRESHOLD)
    again = None if weights is None else fit(columns, counts, weights)
    if again is None:
        return np.nan, np.nan
    phi = max(again.dispersion(), 1.0)
    mean = float(np.exp(again.predict(design[at], phi)[0]))
    if not np.isfinite(mean):
        return np.nan, np.nan
    share = 1 - chosen.alpha
    upper = nbinom.ppf(share, mean / (phi - 1), 1 / phi) if phi > 1 else poisson.ppf(share, mean)
    return mean, float(upper)


def _design(steps: int, model: Model, chosen: ModelSettings, per_year: int) -> Array:
    """Columns of a model: the level, waves, trends, and what is new since the baseline changed."""
    number = np.arange(1, steps + 1)
    columns: list[Array] = [np.ones(steps)]
    if model in ("harmonic", "harmonic-trend"):
        angle = 2 * np.pi * number / per_year
        columns += [np.sin(angle), np.cos(angle)]
    change = chosen.changed_at
    parted = change is not None and change + _STEPS_BEHIND + chosen.past_weeks_not_included < steps
    if model in ("trend", "harmonic-trend"):
        if parted and change is not None:
            columns += [np.minimum(number - 1.0, change), np.maximum(number - float(change), 0.0)]
        else:
            columns.append(number.astype(float) - 1.0)
    if parted and change is not None:
        columns.append(np.where(number > change, 1.0, 0.0))
    return np.column_stack(columns)
