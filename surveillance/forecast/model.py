"""The endemic-epidemic model: what it is made of, its likelihood and its slope.

The expected count of area i at step t is, given the counts of the step before,

    endemic_it + own_t * y_i,t-1 + neighbours_t * sum over j of w_ji * y_j,t-1,

each factor with its own level (and, where asked, its own seasons), the endemic part with a trend and seasons.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from surveillance.errors import StatisticsError
from surveillance.forecast.panel import Panel
from surveillance.forecast.scores import POISSON_FROM, log_probability
from surveillance.forecast.weights import power_law
from surveillance.texts import N_

Array = NDArray[np.float64]
Spread = Literal["poisson", "common", "by-area"]
#: Linear predictors beyond which a factor counts as none or as endless.
_MOST = 500.0
_LEAST_MEAN = 1e-300


@dataclass(frozen=True, eq=False)
class Model:
    """What the model is made of.

    Parameters
    ----------
    waves : int
        Harmonics of a year in the endemic part.
    trend : bool
        Whether the endemic part grows or falls by a constant part a year.
    by_area : bool
        Whether each area has an endemic level of its own.
    own : bool
        Whether an area's last count matters.
    own_waves : int
        Harmonics of a year in how much it matters.
    order : ndarray of int, shape (k, k), optional
        Order of neighbourhood: other areas' last counts matter by a power law whose decay is estimated.
    weights : ndarray of float, shape (k, k), optional
        Other areas' last counts matter by these weights, rows sending, in place of a power law.
    neighbour_waves : int
        Harmonics of a year in how much they matter.
    spread : {"poisson", "common", "by-area"}
        Whether counts spread as Poisson's, or more: by one number for all areas, or one for each.
    """

    waves: int = 1
    trend: bool = True
    by_area: bool = False
    own: bool = True
    own_waves: int = 0
    order: NDArray[np.int64] | None = field(default=None)
    weights: Array | None = field(default=None)
    neighbour_waves: int = 0
    spread: Spread = "common"

    def __post_init__(self) -> None:
        """Check the parts.

        Raises
        ------
        StatisticsError
            They contradict each other.
        """
        if self.order is not None and self.weights is not None:
            raise StatisticsError(N_("neighbours weigh by a power law or by given weights, not by both"))
        if min(self.waves, self.own_waves, self.neighbour_waves) < 0:
            raise StatisticsError(N_("harmonics of a year are a number of zero or more"))

    @property
    def neighbours(self) -> bool:
        """Whether other areas' last counts matter."""
        return self.order is not None or self.weights is not None

    @property
    def epidemic(self) -> bool:
        """Whether any last count matters."""
        return self.own or self.neighbours

    def names(self, areas: int) -> tuple[str, ...]:
        """Names of the parameters, in the order of their values."""
        found = [f"endemic.{n}" for n in range(areas)] if self.by_area else ["endemic"]
        found += ["endemic.trend"] if self.trend else []
        found += _waves("endemic", self.waves)
        if self.own:
            found += ["own", *_waves("own", self.own_waves)]
        if self.neighbours:
            found += ["neighbours", *_waves("neighbours", self.neighbour_waves)]
        if self.order is not None:
            found.append("decay")
        if self.spread == "common":
            found.append("log size")
        elif self.spread == "by-area":
            found += [f"log size.{n}" for n in range(areas)]
        return tuple(found)

    def slices(self, areas: int) -> dict[str, slice]:
        """Where the parameters of each part stand."""
        found: dict[str, slice] = {}
        at = 0
        sizes = {
            "endemic": (areas if self.by_area else 1) + int(self.trend) + 2 * self.waves,
            "own": 1 + 2 * self.own_waves if self.own else 0,
            "neighbours": 1 + 2 * self.neighbour_waves if self.neighbours else 0,
            "decay": int(self.order is not None),
            "size": {"poisson": 0, "common": 1, "by-area": areas}[self.spread],
        }
        for name, many in sizes.items():
            found[name] = slice(at, at + many)
            at += many
        return found


def _waves(part: str, many: int) -> list[str]:
    return [f"{part}.{kind}{n}" for n in range(1, many + 1) for kind in ("sin", "cos")]


@dataclass(frozen=True, eq=False)
class Cells:
    """Counts of steps and areas, each with what its expected count is made of: rows of a table.

    Parameters
    ----------
    step, area : ndarray of int, shape (m,)
        Which count of the panel each row is.
    y : ndarray of float, shape (m,)
        The counts.
    before : ndarray of float, shape (t, k)
        All areas' counts at the step before each fitted step; zero where nothing of them is asked.
    row : ndarray of int, shape (m,)
        Which row of `before` belongs to each count.
    endemic, own, neighbours : ndarray of float, shape (m, p)
        Designs of the parts.
    size : ndarray of float, shape (m,)
        How large the area is.
    """

    step: NDArray[np.int64]
    area: NDArray[np.int64]
    y: Array
    before: Array
    row: NDArray[np.int64]
    endemic: Array
    own: Array
    neighbours: Array
    size: Array


def seasons(step: Array, period: float, waves: int) -> Array:
    """Sine and cosine of each harmonic of a year.

    Parameters
    ----------
    step : ndarray of float, shape (n,)
        Numbers of steps.
    period : float
        Steps in a year.
    waves : int
        How many harmonics.

    Returns
    -------
    ndarray of float, shape (n, 2 * waves)

    Examples
    --------
    >>> seasons(np.array([0.0, 3.0]), 12, 1).round(6).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    angle = 2 * np.pi * np.asarray(step, float)[:, None] / period
    parts = [kind(n * angle) for n in range(1, waves + 1) for kind in (np.sin, np.cos)]
    return np.hstack(parts) if parts else np.zeros((len(angle), 0))


def design(
    panel: Panel, model: Model, step: NDArray[np.int64], area: NDArray[np.int64]
) -> tuple[Array, Array, Array]:
    """Designs of the endemic, the own and the neighbours' part.

    Parameters
    ----------
    panel : Panel
        Counts.
    model : Model
        What is asked.
    step, area : ndarray of int, shape (m,)
        Which steps of the panel, and which areas.

    Returns
    -------
    tuple of ndarray of float, shapes (m, p)

    Examples
    --------
    >>> two = Panel(np.ones((3, 2)), 12)
    >>> rows = design(two, Model(waves=0, trend=True, by_area=True), np.array([0, 1]), np.array([0, 1]))
    >>> rows[0].round(4).tolist()
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0833]]
    """
    number: Array = np.asarray(panel.phase + step, np.float64)
    level = np.eye(panel.areas)[area] if model.by_area else np.ones((len(step), 1))
    trend = (number / panel.period)[:, None] if model.trend else np.zeros((len(step), 0))
    one = np.ones((len(step), 1))
    return (
        np.hstack([level, trend, seasons(number, panel.period, model.waves)]),
        np.hstack([one, seasons(number, panel.period, model.own_waves)]) if model.own else one[:, :0],
        np.hstack([one, seasons(number, panel.period, model.neighbour_waves)])
        if model.neighbours
        else one[:, :0],
    )


def cells(panel: Panel, model: Model, first: int, last: int) -> Cells:
    """Every known count of a range of steps whose expected count can be told.

    Where an area's own last count is asked and not known, its count is left out. Where another area's last
    count is not known, it stands between the known ones before and after it.

    Parameters
    ----------
    panel : Panel
        Counts.
    model : Model
        What is asked.
    first, last : int
        Steps, both included; the first has a step before it where a last count matters.

    Returns
    -------
    Cells

    Raises
    ------
    StatisticsError
        The steps are not there.

    Examples
    --------
    >>> two = Panel(np.array([[1.0, 2.0], [np.nan, 3.0], [4.0, 5.0]]), 12)
    >>> found = cells(two, Model(waves=0), 1, 2)
    >>> found.step.tolist(), found.area.tolist()
    ([1, 2], [1, 1])
    """
    if not (int(model.epidemic) <= first <= last < panel.steps):
        raise StatisticsError(N_("the steps that a model is fitted to lie outside the counts"))
    y = panel.counts[first : last + 1]
    known = ~np.isnan(y)
    if model.own:
        known &= ~np.isnan(panel.counts[first - 1 : last])
    before = filled(panel.counts[:last])[first - 1 :] if model.epidemic else np.zeros_like(y)
    step, area = np.nonzero(known)
    endemic, own, neighbours = design(panel, model, step + first, area)
    size = np.ones(panel.areas) if panel.size is None else panel.size
    return Cells(step + first, area, y[step, area], before, step, endemic, own, neighbours, size[area])


def filled(counts: Array) -> Array:
    """Put a count between the known ones before and after it where it is not known.

    Parameters
    ----------
    counts : ndarray of float, shape (n, k)
        NaN where not known.

    Returns
    -------
    ndarray of float, shape (n, k)
        Before the first and after the last known count of an area, that count; zero for an area without one.

    Examples
    --------
    >>> filled(np.array([[np.nan], [2.0], [np.nan], [5.0]])).ravel().tolist()
    [2.0, 2.0, 3.5, 5.0]
    """
    found = np.array(counts, float)
    steps = np.arange(len(found))
    for column in found.T:
        unknown = np.isnan(column)
        if unknown.all():
            column[:] = 0.0
        elif unknown.any():
            column[unknown] = np.interp(steps[unknown], steps[~unknown], column[~unknown])
    return found


@dataclass(frozen=True, eq=False)
class Means:
    """Expected counts of rows, by part, and their slopes in the parameters.

    Parameters
    ----------
    endemic, own, neighbours : ndarray of float, shape (m,)
        Parts of the expected count.
    slopes : ndarray of float, shape (m, p)
        Without those of the size, which the mean does not depend on.
    """

    endemic: Array
    own: Array
    neighbours: Array
    slopes: Array

    @property
    def total(self) -> Array:
        """Expected counts."""
        return np.maximum(self.endemic + self.own + self.neighbours, _LEAST_MEAN)


def means(rows: Cells, model: Model, values: Array) -> Means:
    """Tell the expected counts of rows.

    Parameters
    ----------
    rows : Cells
        Rows.
    model : Model
        What is asked.
    values : ndarray of float, shape (p,)
        Parameters in the order of `model.names`.

    Returns
    -------
    Means

    Examples
    --------
    >>> rows = cells(Panel(np.array([[4.0], [5.0]]), 12), Model(waves=0, trend=False, spread="poisson"), 1, 1)
    >>> found = means(rows, Model(waves=0, trend=False, spread="poisson"), np.log([2.0, 0.5]))
    >>> found.endemic.round(6).tolist(), found.own.round(6).tolist()
    ([2.0], [2.0])
    """
    at = model.slices(rows.before.shape[1])
    here = rows.row, rows.area
    endemic = rows.size * _exp(rows.endemic @ values[at["endemic"]])
    slopes = [rows.endemic * endemic[:, None]]
    own = neighbours = np.zeros_like(endemic)
    if model.own:
        own = rows.before[here] * _exp(rows.own @ values[at["own"]])
        slopes.append(rows.own * own[:, None])
    if model.neighbours:
        factor = _exp(rows.neighbours @ values[at["neighbours"]])
        weights, bent = _weights(model, values, at)
        neighbours = factor * (rows.before @ weights)[here]
        slopes.append(rows.neighbours * neighbours[:, None])
        if bent is not None:
            slopes.append((factor * (rows.before @ bent)[here])[:, None])
    return Means(endemic, own, neighbours, np.hstack(slopes))


def _weights(model: Model, values: Array, at: dict[str, slice]) -> tuple[Array, Array | None]:
    if model.order is not None:
        return power_law(model.order, float(values[at["decay"]][0]))
    return np.asarray(model.weights, float), None


def _exp(predictor: Array) -> Array:
    return np.exp(np.clip(predictor, -_MOST, _MOST))


def sizes(rows: Cells, model: Model, values: Array) -> Array | None:
    """Size of the negative binomial distribution of each row.

    Parameters
    ----------
    rows : Cells
        Rows.
    model : Model
        What is asked.
    values : ndarray of float, shape (p,)
        Parameters.

    Returns
    -------
    ndarray of float, shape (m,), or None
        None where counts spread as Poisson's.

    Examples
    --------
    >>> rows = cells(Panel(np.array([[4.0], [5.0]]), 12), Model(waves=0), 1, 1)
    >>> sizes(rows, Model(waves=0), np.array([0.0, 0.0, 0.0, np.log(3.0)])).round(6).tolist()
    [3.0]
    """
    if model.spread == "poisson":
        return None
    found = np.minimum(_exp(values[model.slices(rows.before.shape[1])["size"]]), POISSON_FROM)
    return found[rows.area] if model.spread == "by-area" else np.broadcast_to(found, rows.y.shape)


def log_likelihood(rows: Cells, model: Model, values: Array) -> float:
    """Natural logarithm of the likelihood.

    Parameters
    ----------
    rows : Cells
        Rows.
    model : Model
        What is asked.
    values : ndarray of float, shape (p,)
        Parameters.

    Returns
    -------
    float

    Examples
    --------
    >>> plain = Model(waves=0, trend=False, own=False, spread="poisson")
    >>> rows = cells(Panel(np.array([[1.0], [1.0]]), 12), plain, 0, 1)
    >>> log_likelihood(rows, plain, np.zeros(1))
    -2.0
    """
    expected = means(rows, model, values).total
    return float(log_probability(rows.y, expected, sizes(rows, model, values)).sum())


def slope(
    rows: Cells, model: Model, values: Array, *, information: bool = True
) -> tuple[float, Array, Array]:
    """Log-likelihood, its slope, and the information about the parameters.

    Parameters
    ----------
    rows : Cells
        Rows.
    model : Model
        What is asked.
    values : ndarray of float, shape (p,)
        Parameters.
    information : bool
        Whether the information is wanted; zeros without.

    Returns
    -------
    (float, ndarray of float, shape (p,), ndarray of float, shape (p, p))
        The information is the expected one of the mean, the observed one of the size.

    Examples
    --------
    >>> plain = Model(waves=0, trend=False, own=False, spread="poisson")
    >>> rows = cells(Panel(np.array([[3.0], [1.0]]), 12), plain, 0, 1)
    >>> found = slope(rows, plain, np.zeros(1))
    >>> found[1].tolist(), found[2].tolist()
    ([2.0], [[2.0]])
    """
    from scipy.special import digamma, zeta  # noqa: PLC0415 - most commands never need it

    made, size = means(rows, model, values), sizes(rows, model, values)
    mean, y = made.total, rows.y
    total = float(log_probability(y, mean, size).sum())
    held = made.slopes.shape[1]
    up, info = np.zeros(len(values)), np.zeros((len(values), len(values)))
    if size is None:
        score, bend = y / mean - 1, 1 / mean
    else:
        score, bend = y / mean - (y + size) / (size + mean), 1 / (mean + mean**2 / size)
    up[:held] = score @ made.slopes
    if information:
        info[:held, :held] = made.slopes.T @ (bend[:, None] * made.slopes)
    if size is None:
        return total, up, info
    where = rows.area if model.spread == "by-area" else np.zeros(len(y), np.int64)
    many = len(values) - held
    free = size < POISSON_FROM
    first = digamma(y + size) - digamma(size) - np.log1p(mean / size) + (mean - y) / (size + mean)
    up[held:] = np.bincount(where, np.where(free, size * first, 0.0), many)
    if information:
        second = (
            zeta(2, y + size)
            - zeta(2, size)
            + mean / (size * (size + mean))
            - (mean - y) / (size + mean) ** 2
        )
        curved = np.bincount(where, np.where(free, -(size**2 * second + size * first), 0.0), many)
        info[held:, held:] = np.diag(curved)
    return total, up, info
