"""Farrington's algorithm, first and improved: a count against the same season of earlier years."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import nbinom, poisson

from surveillance.early_warning.quasi_poisson import Fit, fit, outbreak_weights
from surveillance.early_warning.reference_steps import blocks, windows_by_date
from surveillance.early_warning.series import Bounds, Series
from surveillance.errors import StatisticsError
from surveillance.texts import N_

Array = NDArray[np.float64]
Threshold = Literal["delta", "nbPlugin", "muan"]
Power = Literal["2/3", "1/2", "none"]
_POWERS: dict[Power, tuple[float, float, float]] = {
    # power, and the factor and power of the mean in the variance of the transformed count
    "2/3": (2 / 3, 4 / 9, 1 / 3),
    "1/2": (1 / 2, 1 / 4, 0.0),
    "none": (1.0, 1.0, 1.0),
}
#: A trend is taken only from so many years.
_YEARS_OF_A_TREND = 3
#: The first algorithm keeps a trend below this p value.
_P_OF_A_TREND = 0.05


@dataclass(frozen=True)
class Settings:
    """How the improved algorithm works; names and values as in R's `farringtonFlexible`.

    Parameters
    ----------
    b : int
        Years back.
    w : int
        Steps on each side of the same season.
    no_periods : int
        Blocks of a year; 1 compares with the same season alone.
    past_weeks_not_included : int, optional
        Steps before the count that do not count as history; `w`, where it is not given.
    weights_threshold : float
        Standardised residuals above it count less.
    alpha : float
        Share of steps that would lie above the bound by chance.
    trend : bool
        Whether a trend over time is looked for.
    p_threshold_trend : float
        A trend is kept where its p value lies below; 1 keeps every one.
    threshold_method : {"delta", "nbPlugin", "muan"}
        How the bound is made of the expected count: by a power transform, or as a quantile of the negative
        binomial at the expected count, or at its own upper limit.
    power : {"2/3", "1/2", "none"}
        The transform of "delta".
    least_cases, least_steps : int
        No bound is given where the last `least_steps` counts together are below `least_cases`.
    reweight : bool
        Whether earlier outbreaks count less.
    population_offset : bool
        Whether counts are taken in proportion to the population.
    """

    b: int = 5
    w: int = 3
    no_periods: int = 1
    past_weeks_not_included: int | None = None
    weights_threshold: float = 2.58
    alpha: float = 0.05
    trend: bool = True
    p_threshold_trend: float = 0.05
    threshold_method: Threshold = "delta"
    power: Power = "2/3"
    least_cases: int = 5
    least_steps: int = 4
    reweight: bool = True
    population_offset: bool = False

    def __post_init__(self) -> None:
        """Check that the numbers can be what they say.

        Raises
        ------
        StatisticsError
            They cannot.
        """
        for name, least in (("b", 1), ("w", 0), ("no_periods", 1), ("least_cases", 0), ("least_steps", 1)):
            if getattr(self, name) < least:
                raise StatisticsError(
                    N_("{name} is {given}, and the least is {least}"),
                    name=name,
                    given=getattr(self, name),
                    least=least,
                )
        if not 0 < self.alpha < 1:
            raise StatisticsError(N_("alpha is {given}, and lies between 0 and 1"), given=self.alpha)


def first_with_history(series: Series, settings: Settings) -> int:
    """Return the first step that the improved algorithm judges where no range is given.

    Parameters
    ----------
    series : Series
        The counts.
    settings : Settings
        How the algorithm works.

    Returns
    -------
    int

    Examples
    --------
    >>> first_with_history(Series(np.zeros(400)), Settings(b=3))
    159
    """
    return series.per_year * settings.b + settings.w


def farrington_flexible(
    series: Series, settings: Settings | None = None, *, first: int | None = None, last: int | None = None
) -> Bounds:
    """Judge steps of a series by the improved Farrington algorithm.

    Parameters
    ----------
    series : Series
        The counts. A step that is not known is left out of the history.
    settings : Settings, optional
        How the algorithm works.
    first, last : int, optional
        The range that is judged, both included, the first step being 0. All with a history, where not given.

    Returns
    -------
    Bounds
        NaN where the history is too short, the counts are too few or the model has no end; a count of zero
        is no alarm.

    Raises
    ------
    StatisticsError
        The population should be taken into account, and the series has no population.

    Notes
    -----
    Equal to `farringtonFlexible` of R's package surveillance 1.20.3, which takes the spread of the expected
    count from the weights for outbreaks in place of those of the model. But for one case: where the series
    has dates and the first step of the history is not known, R predicts a step too late.

    References
    ----------
    Noufaily A, Enki DG, Farrington P, Garthwaite P, Andrews N, Charlett A (2013). An improved algorithm for
    outbreak detection in multiple surveillance systems. Statistics in Medicine 32(7): 1206-1222.
    doi:10.1002/sim.5595

    Examples
    --------
    >>> weeks = np.arange(220)
    >>> counts = np.round(20 + 8 * np.cos(2 * np.pi * weeks / 52) + weeks % 3)
    >>> counts[-1] = 60
    >>> found = farrington_flexible(Series(counts), Settings(b=3), first=218)
    >>> found.alarm.tolist()
    [False, True]
    """
    chosen = settings or Settings()
    if chosen.population_offset and series.population is None:
        raise StatisticsError(N_("the population is to count, and the series has none"))
    start = first_with_history(series, chosen) if first is None else first
    at = np.arange(start, len(series) if last is None else last + 1)
    judged = [_flexible(series, int(step), chosen) for step in at]
    expected, upper = (np.array([one[place] for one in judged], dtype=float) for place in (0, 1))
    counts = series.counts[at]
    with np.errstate(invalid="ignore"):
        score = (counts - np.array([one[2] for one in judged], dtype=float)) / (
            upper - np.array([one[2] for one in judged], dtype=float)
        )
        alarm = (score > 1) & (counts != 0)
    return Bounds(at, expected, upper, alarm)


_NOTHING = (np.nan, np.nan, np.nan)


def _flexible(series: Series, at: int, chosen: Settings) -> tuple[float, float, float]:
    """Give expected count, bound, and what the score is measured from, on the scale of the method."""
    history = blocks(series, at, chosen.b, chosen.w, chosen.no_periods)
    if history is None or not _last_cases(series, at, chosen) >= chosen.least_cases:
        return _NOTHING
    past = chosen.w if chosen.past_weeks_not_included is None else chosen.past_weeks_not_included
    groups = history.copy()
    groups[max(at - past, 0) : at + 1] = 0
    steps = np.flatnonzero((groups > 0) & (np.arange(len(series)) <= at))
    known = ~np.isnan(series.counts[steps])
    if not known.any():
        return _NOTHING
    time, now = _times(series, steps, at)
    data = _Data(
        series.counts[steps][known],
        time[known],
        groups[steps][known],
        _logarithm(series.population, steps[known]) if chosen.population_offset else None,
        float(np.log(series.population[at]))
        if chosen.population_offset and series.population is not None
        else 0.0,
        now,
    )
    found = _modelled(data, chosen)
    if found is None:
        return _NOTHING
    eta, error, phi = found
    if chosen.threshold_method == "delta":
        mean = float(np.exp(eta))
        upper = _by_power(mean, error * mean, phi, float(ndtri(1 - chosen.alpha)), chosen.power)
        return mean, upper, mean
    middle = eta if chosen.threshold_method == "nbPlugin" else eta + error * float(ndtri(1 - chosen.alpha))
    upper = _quantile(float(np.exp(middle)), phi, 1 - chosen.alpha)
    return (float(np.exp(eta)) if not np.isnan(upper) else np.nan), upper, eta


def _last_cases(series: Series, at: int, chosen: Settings) -> float:
    """Cases of the last steps; NaN where one is not known."""
    return float(series.counts[max(at - chosen.least_steps + 1, 0) : at + 1].sum())


def _logarithm(population: Array | None, steps: NDArray[np.int64]) -> Array | None:
    return None if population is None else np.log(population[steps])


def _times(series: Series, steps: NDArray[np.int64], at: int) -> tuple[Array, float]:
    """Give the times of the history and of the step itself, in steps."""
    if series.dates is None:
        return steps.astype(float) + 1, float(at + 1)
    length = (series.dates[1] - series.dates[0]).days
    begun = series.dates[int(steps[0])]
    days = np.array([(series.dates[int(step)] - begun).days for step in steps], dtype=float)
    return days / length, (series.dates[at] - begun).days / length


@dataclass(frozen=True)
class _Data:
    """The history of one step."""

    counts: Array
    time: Array
    groups: NDArray[np.int64]
    offset: Array | None
    offset_now: float
    now: float

    def design(self, chosen: Settings, *, trend: bool) -> tuple[Array, Array]:
        """Columns of the model, and the row of the step that is judged."""
        columns = [np.ones(len(self.counts))]
        row = [1.0]
        if trend:
            columns.append(self.time)
            row.append(self.now)
        if chosen.no_periods > 1:
            for block in np.unique(self.groups)[1:]:
                columns.append((self.groups == block).astype(float))
                row.append(float(block == chosen.no_periods))
        return np.column_stack(columns), np.array(row)


def _modelled(data: _Data, chosen: Settings) -> tuple[float, float, float] | None:
    """Linear predictor, its error, and dispersion, with a trend where one is kept."""
    first = _weighted(data, chosen, trend=chosen.trend)
    if first is None:
        return None
    fitted, omega, row, phi, has_trend = first
    if has_trend:
        eta, error = fitted.predict(row, fitted.dispersion(omega), data.offset_now)
        kept = (
            chosen.b >= _YEARS_OF_A_TREND
            and fitted.p_value(1, fitted.dispersion(omega)) < chosen.p_threshold_trend
            and np.exp(eta) <= data.counts.max()
        )
        if not kept:
            again = _weighted(data, chosen, trend=False)
            if again is None:
                return None
            fitted, omega, row, phi, _ = again
    eta, error = fitted.predict(row, fitted.dispersion(omega), data.offset_now)
    return eta, error, phi


def _weighted(
    data: _Data, chosen: Settings, *, trend: bool
) -> tuple[Fit, Array | None, Array, float, bool] | None:
    """Fit, then fit again with outbreaks counting less; without a trend where there is no end to it."""
    for with_trend in (True, False) if trend else (False,):
        design, row = data.design(chosen, trend=with_trend)
        fitted = fit(design, data.counts, offset=data.offset)
        if fitted is not None and fitted.converged:
            break
    else:
        return None
    phi = max(fitted.dispersion(), 1.0)
    if not chosen.reweight:
        return fitted, None, row, phi, with_trend
    omega = outbreak_weights(fitted, data.counts, phi, chosen.weights_threshold)
    if omega is None:
        return None
    again = fit(design, data.counts, omega, data.offset)
    if again is None:
        return None
    return again, omega, row, max(again.dispersion(), 1.0), with_trend


def _by_power(mean: float, error: float, phi: float, z: float, power: Power) -> float:
    """Give the bound where a power of the count is nearly normal."""
    exponent, factor, of_mean = _POWERS[power]
    tau = phi + error**2 / mean
    spread = np.sqrt(factor * mean**of_mean * tau)
    return float((mean**exponent + z * spread) ** (1 / exponent))


def _quantile(mean: float, phi: float, share: float) -> float:
    """Give a quantile of the negative binomial with this mean and variance `phi` times the mean."""
    if not np.isfinite(mean):
        return float("nan")
    if phi > 1:
        return float(nbinom.ppf(share, mean / (phi - 1), 1 / phi))
    return float(poisson.ppf(share, mean))


def farrington(
    series: Series, settings: Settings | None = None, *, first: int | None = None, last: int | None = None
) -> Bounds:
    """Judge steps of a series by Farrington's first algorithm.

    Parameters
    ----------
    series : Series
        The counts, each of them known.
    settings : Settings, optional
        Of these `b`, `w`, `alpha` (two-sided here), `trend`, `power`, `reweight`, `least_cases` and
        `least_steps` count.
    first, last : int, optional
        The range that is judged, both included, the first step being 0. From `b` years less `w` steps on,
        where not given.

    Returns
    -------
    Bounds
        As in R a bound of zero stands where the counts are too few; NaN where there is no history at all.

    Notes
    -----
    Equal to `farrington` of R's package surveillance 1.20.3.

    References
    ----------
    Farrington CP, Andrews NJ, Beale AD, Catchpole MA (1996). A statistical algorithm for the early detection
    of outbreaks of infectious disease. Journal of the Royal Statistical Society A 159(3): 547-563.
    doi:10.2307/2983331

    Examples
    --------
    >>> counts = np.tile([4.0, 5, 6, 5], 60)
    >>> counts[-1] = 40
    >>> farrington(Series(counts), Settings(b=3), first=238).alarm.tolist()
    [False, True]
    """
    chosen = replace(
        settings or Settings(), weights_threshold=1.0, no_periods=1, p_threshold_trend=_P_OF_A_TREND
    )
    start = series.per_year * chosen.b - chosen.w - 1 if first is None else first
    at = np.arange(max(start, 0), len(series) if last is None else last + 1)
    judged = [_first(series, int(step), chosen) for step in at]
    expected, upper = (np.array([one[place] for one in judged], dtype=float) for place in (0, 1))
    cases = np.array([_last_cases(series, int(step), chosen) for step in at], dtype=float)
    few = cases < chosen.least_cases
    upper[np.isnan(cases)] = np.nan
    with np.errstate(invalid="ignore", divide="ignore"):
        alarm = ~few & ((series.counts[at] - expected) / (upper - expected) > 1)
    return Bounds(at, expected, np.where(few & ~np.isnan(upper), 0.0, upper), alarm)


def _first(series: Series, at: int, chosen: Settings) -> tuple[float, float]:
    """Give expected count and bound of the first algorithm."""
    steps = np.array(windows_by_date(series, at, chosen.b, chosen.w), dtype=np.int64)
    if not len(steps) or np.isnan(series.counts[steps]).any():
        return np.nan, np.nan
    data = _Data(
        series.counts[steps],
        steps.astype(float) + 1,
        np.ones(len(steps), dtype=np.int64),
        None,
        0.0,
        float(at + 1),
    )
    found = _weighted(data, chosen, trend=chosen.trend)
    if found is None:
        return np.nan, np.nan
    fitted, _, row, phi, has_trend = found
    if has_trend:
        eta, _ = fitted.predict(row, phi)
        if not (
            chosen.b >= _YEARS_OF_A_TREND
            and fitted.p_value(1, fitted.dispersion()) < chosen.p_threshold_trend
            and np.exp(eta) <= data.counts.max()
        ):
            found = _weighted(data, chosen, trend=False)
            if found is None:
                return np.nan, np.nan
            fitted, _, row, phi, _ = found
    eta, error = fitted.predict(row, phi)
    mean = float(np.exp(eta))
    return mean, _by_power(mean, error * mean, phi, float(ndtri(1 - chosen.alpha / 2)), chosen.power)
