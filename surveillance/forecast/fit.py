"""Fitting an endemic-epidemic model by maximum likelihood."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveillance.errors import StatisticsError
from surveillance.forecast.model import Cells, Model, cells, log_likelihood, means, slope
from surveillance.forecast.panel import Panel
from surveillance.texts import N_

Array = NDArray[np.float64]
#: Part of all expected cases below which a part of the model counts as absent.
_ABSENT = 1e-6
#: How steep the log-likelihood may still be, for each count, where the climb ends.
_FLAT = 1e-9
_MOST_STEPS = 500
#: Longest step of one parameter, and the damping beyond which no step leads up.
_LONGEST, _STIFF = 3.0, 1e12
#: Counts for each parameter that a fit needs.
_COUNTS_EACH = 2


@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted model.

    Parameters
    ----------
    model : Model
        What was asked.
    names : tuple of str
        Names of the parameters.
    values : ndarray of float, shape (p,)
        Their estimates. Levels stand on the logarithmic scale.
    covariance : ndarray of float, shape (p, p)
        Of the estimates; NaN for a parameter about which the counts say nothing.
    log_likelihood : float
        At the estimates.
    counts : int
        Counts that were fitted.
    parts : dict of str to float
        Share of the expected cases that is endemic, own, from neighbours.
    converged : bool
        Whether the climb came to an end.
    """

    model: Model
    names: tuple[str, ...]
    values: Array
    covariance: Array
    log_likelihood: float
    counts: int
    parts: dict[str, float]
    converged: bool

    @property
    def errors(self) -> Array:
        """Standard errors."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def aic(self) -> float:
        """Akaike's criterion."""
        return 2 * len(self.values) - 2 * self.log_likelihood

    def __getitem__(self, name: str) -> float:
        """Estimate of a parameter by its name."""
        return float(self.values[self.names.index(name)])


def fit(
    panel: Panel,
    model: Model,
    *,
    first: int | None = None,
    last: int | None = None,
    start: Array | None = None,
) -> Fit:
    """Fit a model to the counts of a range of steps.

    Parameters
    ----------
    panel : Panel
        Counts.
    model : Model
        What is asked.
    first, last : int, optional
        Steps that are fitted, both included; every step that has one before it, unless given.
    start : ndarray of float, shape (p,), optional
        Parameters with which to begin, such as those of an earlier fit.

    Returns
    -------
    Fit

    Raises
    ------
    StatisticsError
        There are too few counts, no case, or an area with a level of its own has no case.

    Notes
    -----
    Covariances are the inverse of the observed information. A part that the counts do not need has a level
    that falls without end: its parameters have no standard error, and its share is 0.

    References
    ----------
    Held L, Höhle M, Hofmann M (2005). Statistical Modelling 5:187-199. doi:10.1191/1471082X05st098oa

    Paul M, Held L (2011). Statistics in Medicine 30:1118-1136. doi:10.1002/sim.4177

    Meyer S, Held L, Höhle M (2017). Journal of Statistical Software 77(11). doi:10.18637/jss.v077.i11

    Examples
    --------
    >>> counts = np.array([[2.0, 3, 5, 4, 2, 1, 0, 2, 3, 6, 5, 2]]).T
    >>> found = fit(Panel(counts, 12), Model(waves=0, trend=False, spread="poisson"))
    >>> found.names, found.counts, found.converged
    (('endemic', 'own'), 11, True)
    >>> np.exp(found.values).round(3).tolist(), round(found.log_likelihood, 4)
    ([1.476, 0.508], -20.3414)
    """
    begin = int(model.epidemic) if first is None else first
    rows = cells(panel, model, begin, panel.steps - 1 if last is None else last)
    names = model.names(panel.areas)
    _check(rows, model, panel, len(names))
    starts = [start] if start is not None else _starts(panel, model, rows)
    best = max((_climb(rows, model, one) for one in starts), key=lambda found: found[1])
    values, total, converged = best
    made = means(rows, model, values)
    parts = {
        name: float(getattr(made, name).sum() / made.total.sum()) for name in ("endemic", "own", "neighbours")
    }
    return Fit(model, names, values, _covariance(rows, model, values), total, len(rows.y), parts, converged)


def _check(rows: Cells, model: Model, panel: Panel, parameters: int) -> None:
    if len(rows.y) < _COUNTS_EACH * parameters:
        raise StatisticsError(
            N_("{counts} counts are too few for a model of {parameters} parameters"),
            counts=len(rows.y), parameters=parameters,
        )  # fmt: skip
    if not rows.y.any():
        raise StatisticsError(N_("there is no case: there is nothing to foretell from"))
    if model.by_area:
        cases = np.bincount(rows.area, rows.y, panel.areas)
        if not cases.all():
            raise StatisticsError(
                N_("{areas} areas have no case: leave them out, or give all areas one level"),
                areas=int((cases == 0).sum()),
            )


def _starts(panel: Panel, model: Model, rows: Cells) -> list[Array]:
    """Two places to begin from: mostly endemic, and mostly epidemic."""
    at = model.slices(panel.areas)
    cases = np.bincount(rows.area, rows.y, panel.areas)
    steps = np.bincount(rows.area, rows.size, panel.areas)
    found = []
    for endemic, own, neighbours in ((0.7, 0.2, 0.1), (0.2, 0.6, 0.2)):
        values = np.zeros(len(model.names(panel.areas)))
        level = np.log(endemic * np.maximum(cases, 0.5) / np.maximum(steps, 1e-300))
        values[: panel.areas if model.by_area else 1] = (
            level if model.by_area else np.log(endemic * cases.sum() / steps.sum())
        )
        for part, share in (("own", own), ("neighbours", neighbours)):
            values[at[part]][:1] = np.log(share)
        values[at["decay"]] = 1.5
        values[at["size"]] = np.log(2.0)
        found.append(values)
    return found if model.epidemic else found[:1]


def _climb(rows: Cells, model: Model, start: Array) -> tuple[Array, float, bool]:
    """Find the top by Fisher's scoring, with shorter steps where a whole one leads down."""
    values, damping, many = np.array(start, float), 1e-3, len(rows.y)
    total, up, info = slope(rows, model, values)
    for _ in range(_MOST_STEPS):
        if np.abs(up).max() / many < _FLAT:
            break
        weight = np.maximum(np.abs(np.diag(info)), 1e-9)
        bent = info + np.diag(weight - np.diag(info))
        moved = False
        while damping < _STIFF:
            step = np.linalg.solve(bent + np.diag(damping * weight), up)
            tried = values + np.clip(step, -_LONGEST, _LONGEST)
            reached = log_likelihood(rows, model, tried)
            if np.isfinite(reached) and reached > total:
                values, moved, damping = tried, True, max(damping / 10, 1e-12)
                break
            damping = max(damping, 1e-9) * 10
        if not moved:
            break
        total, up, info = slope(rows, model, values)
    return values, total, bool(np.abs(up).max() / many < 1e3 * _FLAT)


def _covariance(rows: Cells, model: Model, values: Array) -> Array:
    """Inverse of the observed information, by differences of the slope."""
    many = len(values)
    info = np.zeros((many, many))
    for n in range(many):
        step = np.zeros(many)
        step[n] = 1e-4 * max(1.0, abs(values[n]))
        up, down = (slope(rows, model, values + way * step, information=False)[1] for way in (1.0, -1.0))
        info[n] = (down - up) / (2 * step[n])
    info = (info + info.T) / 2
    known = np.diag(info) > _ABSENT
    found = np.full((many, many), np.nan)
    inner = info[np.ix_(known, known)]
    try:
        inverse = np.linalg.inv(inner)
    except np.linalg.LinAlgError:
        return found
    if np.any(np.diag(inverse) <= 0):
        return found
    found[np.ix_(known, known)] = inverse
    return found
