"""Sizes of cells of place and time: expected cases (Poisson, permutation) or persons tested (Bernoulli)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from surveillance.errors import StatisticsError
from surveillance.scan.periods import Units
from surveillance.scan.problem.inputs import refuse
from surveillance.scan.problem.person_time import Calendar
from surveillance.scan.problem.silence import expected_around_silence
from surveillance.scan.settings import Settings
from surveillance.texts import N_

Floats = NDArray[np.float64]
#: Newton's steps end where one is shorter, or after so many.
_STILL, _STEPS = 1e-12, 100
_UNITS_OF_A_TREND = 2
NO_TREND = N_("all cases fall into one unit of time, so there is no trend to adjust for")


@dataclass(frozen=True)
class Sizes:
    """Either a weight of each place times a share of each unit of time, or a number for each cell.

    weights : shape (places,); share : shape (units,), adding up to 1; cells : shape (places, units).
    """

    weights: Floats
    share: Floats
    cells: Floats | None = None

    @property
    def total(self) -> float:
        """Sum over all places."""
        return float(self.weights.sum())

    def full(self) -> Floats:
        """Return a number for each cell, shape (places, units)."""
        return self.weights[:, None] * self.share[None, :] if self.cells is None else self.cells

    def folded(self, late: int) -> Sizes:
        """Return the same with all units before `late` as one."""
        cut = [0, *range(late, self.share.size)]
        cells = None if self.cells is None else np.add.reduceat(self.cells, cut, axis=1)
        return Sizes(self.weights, np.add.reduceat(self.share, cut), cells)

    def merged(self, place_of: NDArray[np.int64], places: int) -> Sizes:
        """Sum over the locations of each place."""
        weights = np.bincount(place_of, self.weights, places).astype(float)
        if self.cells is None:
            return replace(self, weights=weights)
        cells = np.zeros((places, self.cells.shape[1]))
        np.add.at(cells, place_of, self.cells)
        return Sizes(weights, self.share, cells)


def _of_cells(cells: Floats) -> Sizes:
    total = cells.sum()
    return Sizes(cells.sum(axis=1), cells.sum(axis=0) / total, cells)


def permutation_sizes(
    frame: pd.DataFrame, shape: tuple[int, int], silent: NDArray[np.bool_] | None = None
) -> Sizes:
    """Compute the expected cases where place and time are independent, in each stratum.

    Parameters
    ----------
    frame : DataFrame
        `location` and `unit` (numbers), `count`, and `stratum` where there are covariates.
    shape : (int, int)
        Locations and units of time.
    silent : ndarray of bool, shape (locations, units), optional
        Where a location sent no report.

    Returns
    -------
    Sizes
        In cases.

    References
    ----------
    Kulldorff M et al. (2005). PLoS Medicine 2:e59. doi:10.1371/journal.pmed.0020059

    Examples
    --------
    >>> frame = pd.DataFrame({"location": [0, 0, 1], "unit": [0, 1, 1], "count": [2, 1, 1]})
    >>> permutation_sizes(frame, (2, 2)).full().tolist()
    [[1.5, 1.5], [0.5, 0.5]]
    """
    groups = [part for _, part in frame.groupby("stratum")] if "stratum" in frame else [frame]
    cells = np.zeros(shape) if len(groups) > 1 or silent is not None else None
    weights, share = np.zeros(shape[0]), np.zeros(shape[1])
    for part in groups:
        count = part["count"].to_numpy(dtype=float)
        if not count.sum():
            continue
        rows = np.bincount(part["location"], count, shape[0])
        columns = np.bincount(part["unit"], count, shape[1])
        weights, share = weights + rows, share + columns
        if silent is not None and cells is not None:
            cells += expected_around_silence(rows.astype(float), columns.astype(float), silent)
        elif cells is not None:
            cells += np.outer(rows, columns) / count.sum()
    return Sizes(weights, share / share.sum(), cells)


def bernoulli_sizes(frame: pd.DataFrame, shape: tuple[int, int]) -> Sizes:
    """Count the persons tested in each location and unit.

    Parameters
    ----------
    frame : DataFrame
        `location` and `unit` (numbers), and `tested` in persons.
    shape : (int, int)
        Locations and units of time.

    Returns
    -------
    Sizes
        In persons tested.

    Examples
    --------
    >>> frame = pd.DataFrame({"location": [0, 1], "unit": [0, 0], "tested": [4, 6]})
    >>> bernoulli_sizes(frame, (2, 1)).weights.tolist()
    [4.0, 6.0]
    """
    cells = np.zeros(shape)
    np.add.at(
        cells, (frame["location"].to_numpy(), frame["unit"].to_numpy()), frame["tested"].to_numpy(dtype=float)
    )
    return _of_cells(cells)


def poisson_sizes(
    frame: pd.DataFrame,
    shape: tuple[int, int],
    settings: Settings,
    units: Units | None,
    population: pd.DataFrame,
    reporting: Floats | None = None,
    calendar: Calendar | None = None,
) -> Sizes:
    """Compute the cases expected from the population, indirectly standardised over covariate strata.

    Parameters
    ----------
    frame : DataFrame
        `location` and `unit` (numbers), `count`, and `stratum` where there are covariates.
    shape : (int, int)
        Locations and units of time.
    settings : Settings
    units : Units or None
        None without time.
    population : DataFrame
        `location` (numbers), `population` in persons, and `stratum` where there are covariates.
    reporting : ndarray of float, shape (locations, units), optional
        Share of each unit in which a location sent reports.
    calendar : Calendar, optional
        The dates of a population that has any.

    Returns
    -------
    Sizes
        In cases.

    Raises
    ------
    StatisticsError
        A stratum or location with cases has no population.

    References
    ----------
    Kulldorff M (1997). Communications in Statistics: Theory and Methods 26:1481-1496.
    doi:10.1080/03610929708831995

    Examples
    --------
    >>> frame = pd.DataFrame({"location": [0, 1], "unit": 0, "count": [3, 1]})
    >>> people = pd.DataFrame({"location": [0, 1], "population": [100.0, 300.0]})
    >>> poisson_sizes(frame, (2, 1), Settings("poisson"), None, people).weights.tolist()
    [1.0, 3.0]
    """
    days = units.days() if units else np.ones(1)
    named = bool(settings.covariates)
    keys = population["stratum"].unique() if named else [None]
    known = set(keys)
    counts = frame["count"].to_numpy()
    if named:
        unknown = ~frame["stratum"].isin(known).to_numpy() & (counts > 0)
        refuse(unknown, "cases", "the population has no such covariate group", "add it to the population")
    parts = []
    for key in keys:
        people = population[population["stratum"] == key] if named else population
        rows = (frame["stratum"] == key).to_numpy() if named else np.ones(len(frame), bool)
        person_time = (
            calendar.person_time(people, shape[0])
            if calendar
            else np.bincount(people["location"], people["population"], shape[0])[:, None] * days[None, :]
        )
        if reporting is not None:
            person_time = person_time * reporting
        cases = counts[rows].sum()
        here = person_time.sum(axis=1)[frame["location"].to_numpy()]
        refuse(
            rows & (counts > 0) & (here <= 0),
            "cases",
            "cases at a location whose population is zero or not given",
            "give its population, or leave these rows out",
        )
        if cases:
            parts.append(cases * person_time / person_time.sum())
    cells = np.sum(parts, axis=0)
    if units and (calendar or reporting is not None):
        found = _of_cells(cells)
    else:
        found = Sizes(cells.sum(axis=1), days / days.sum())
    if settings.trend is None:
        return found
    by_unit = np.bincount(frame["unit"], counts, shape[1]).astype(float)
    return _along(found, log_linear_trend(by_unit, found.full().sum(axis=0)))


def log_linear_trend(cases: Floats, expected: Floats) -> float:
    """Estimate by how much cases grow from one unit of time to the next, on the logarithmic scale.

    Parameters
    ----------
    cases : ndarray of float, shape (units,)
        Cases of each unit, all places together.
    expected : ndarray of float, shape (units,)
        Those expected without a trend.

    Returns
    -------
    float
        The coefficient of the unit's number in a Poisson regression, by maximum likelihood.

    Raises
    ------
    StatisticsError
        All cases fall into one unit: no trend can be told.

    References
    ----------
    Kleinman KP, Abrams AM, Kulldorff M, Platt R (2005). A model-adjusted space-time scan statistic with an
    application to syndromic surveillance. Epidemiology and Infection 133:409-419.
    doi:10.1017/S0950268804003528

    Examples
    --------
    >>> round(log_linear_trend(np.array([10.0, 20.0, 40.0]), np.ones(3)), 6)  # they double: log 2
    0.693147
    """
    if np.count_nonzero(cases) < _UNITS_OF_A_TREND:
        raise StatisticsError(NO_TREND)
    number = np.arange(cases.size, dtype=float)
    middle = number.mean()
    beta = 0.0
    for _ in range(_STEPS):
        # The level is that at which expected cases add up to the cases: one equation is left, for beta.
        share = expected * np.exp(beta * (number - middle))
        share = share / share.sum()
        mean = (share * number).sum()
        slope = (cases * number).sum() / cases.sum() - mean
        move = slope / ((share * number**2).sum() - mean**2)
        beta += move
        if abs(move) < _STILL:
            break
    return float(beta)


def _along(sizes: Sizes, beta: float) -> Sizes:
    """Bend sizes along a trend; what is expected in all stays the same."""
    factor = np.exp(beta * (np.arange(sizes.share.size) - sizes.share.size / 2))
    cells = sizes.full() * factor[None, :]
    cells = cells * (sizes.total / cells.sum())
    if sizes.cells is not None:
        return _of_cells(cells)
    return Sizes(cells.sum(axis=1), cells.sum(axis=0) / cells.sum())
