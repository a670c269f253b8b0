"""Sizes of cells of place and time: expected cases (Poisson, permutation) or persons tested (Bernoulli)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from surveillance.scan.periods import Units
from surveillance.scan.problem.inputs import refuse
from surveillance.scan.problem.known_risks import with_known_risks
from surveillance.scan.problem.person_time import Calendar
from surveillance.scan.problem.silence import expected_around_silence
from surveillance.scan.problem.sizes import Floats, Sizes, of_cells
from surveillance.scan.problem.trends import (
    along,
    in_each_unit,
    log_linear_trend,
    months_of,
    seasonal_trend,
)
from surveillance.scan.settings import Settings


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
    return of_cells(cells)


def poisson_sizes(
    frame: pd.DataFrame,
    shape: tuple[int, int],
    settings: Settings,
    units: Units | None,
    population: pd.DataFrame,
    reporting: Floats | None = None,
    calendar: Calendar | None = None,
    risks: Floats | None = None,
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
    risks : ndarray of float, shape (locations, 1) or (locations, units), optional
        Known relative risks.

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
        found = of_cells(cells)
    else:
        found = Sizes(cells.sum(axis=1), days / days.sum())
    if risks is not None:
        found = with_known_risks(found, risks)
        at = found.full()[frame["location"].to_numpy(), frame["unit"].to_numpy()]
        refuse(
            (counts > 0) & (at <= 0),
            "cases",
            "cases where the relative risk is 0, so that none are expected",
            "leave these rows out, or correct the relative risk",
        )
    if settings.trend is None or units is None:
        return found
    by_unit = np.bincount(frame["unit"], counts, shape[1]).astype(float)
    if settings.trend == "stratified":
        return in_each_unit(found, by_unit)
    expected = found.full().sum(axis=0)
    if settings.trend == "seasonal":
        return along(found, seasonal_trend(by_unit, expected, months_of(units)))
    number = np.arange(shape[1]) - shape[1] / 2
    return along(found, np.exp(log_linear_trend(by_unit, expected) * number))
