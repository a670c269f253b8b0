"""Expected cases that follow time: a trend, the months of the year, or each unit of time for itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from surveillance.errors import StatisticsError
from surveillance.scan.periods import Units
from surveillance.scan.problem.sizes import Floats, Sizes, of_cells
from surveillance.texts import N_

#: Newton's steps end where one is shorter, or after so many.
_STILL, _STEPS = 1e-12, 100
_UNITS_OF_A_TREND = 2
#: Days below which a period does not show a season twice.
_TWO_YEARS = 730
NO_TREND = N_("all cases fall into one unit of time, so there is no trend to adjust for")
NOT_TWICE = N_(
    "a seasonal trend needs each month twice: take a study period of two years or more, in days, weeks or "
    "months"
)
NONE_EXPECTED = N_("cases fall into a unit of time in which nobody lives anywhere: correct the population")


def along(sizes: Sizes, factor: Floats) -> Sizes:
    """Bend sizes along a factor for each unit of time; what is expected in all stays the same.

    Parameters
    ----------
    sizes : Sizes
    factor : ndarray of float, shape (units,)

    Returns
    -------
    Sizes

    Examples
    --------
    >>> along(Sizes(np.array([4.0]), np.array([0.5, 0.5])), np.array([1.0, 3.0])).share.tolist()
    [0.25, 0.75]
    """
    cells = sizes.full() * factor[None, :]
    cells = cells * (sizes.total / cells.sum())
    if sizes.cells is not None:
        return of_cells(cells)
    return Sizes(cells.sum(axis=1), cells.sum(axis=0) / cells.sum())


def in_each_unit(sizes: Sizes, cases: Floats) -> Sizes:
    """Scale what is expected in each unit of time to its cases.

    Parameters
    ----------
    sizes : Sizes
        Expected cases.
    cases : ndarray of float, shape (units,)
        Cases of each unit, all places together.

    Returns
    -------
    Sizes

    Raises
    ------
    StatisticsError
        Nothing is expected in a unit that has cases.

    Examples
    --------
    >>> in_each_unit(Sizes(np.array([2.0, 2.0]), np.array([0.5, 0.5])), np.array([1.0, 3.0])).full().tolist()
    [[0.5, 1.5], [0.5, 1.5]]
    """
    expected = sizes.full().sum(axis=0)
    if ((expected <= 0) & (cases > 0)).any():
        raise StatisticsError(NONE_EXPECTED)
    factor = cases / np.where(expected > 0, expected, 1.0)
    if sizes.cells is not None:
        return of_cells(sizes.cells * factor[None, :])
    return Sizes(sizes.weights * (cases.sum() / sizes.total), cases / cases.sum())


def seasonal_trend(cases: Floats, expected: Floats, month: NDArray[np.int64]) -> Floats:
    """Estimate how cases differ by month of the year, and grow or fall beside that.

    Parameters
    ----------
    cases : ndarray of float, shape (units,)
        Cases of each unit, all places together.
    expected : ndarray of float, shape (units,)
        Those expected without season and trend.
    month : ndarray of int, shape (units,)
        Month of the year of each unit, 0 to 11.

    Returns
    -------
    ndarray of float, shape (units,)
        The factor of each unit: of a Poisson regression on the month and on the unit's number, by maximum
        likelihood. The factors times the expected cases add up to the cases of each month.

    Raises
    ------
    StatisticsError
        No month with cases has two units: trend and season cannot be told apart.

    Examples
    --------
    The months differ threefold, and the second year has twice the cases of the first:

    >>> factor = seasonal_trend(np.array([1.0, 3.0, 2.0, 6.0]), np.ones(4), np.array([0, 1, 0, 1]))
    >>> factor.round(6).tolist()
    [1.0, 3.0, 2.0, 6.0]
    """
    number = np.arange(cases.size, dtype=float) - (cases.size - 1) / 2
    by_month = np.bincount(month, cases, 12)
    held = by_month[month] > 0
    beta = 0.0
    for _ in range(_STEPS):
        bent = expected * np.exp(beta * number)
        sums = np.bincount(month, bent, 12)
        share = bent / np.where(sums[month] > 0, sums[month], 1.0)
        mean = np.bincount(month, share * number, 12)
        spread = np.bincount(month, share * number**2, 12) - mean**2
        knowledge = float((by_month * spread)[by_month > 0].sum())
        if not knowledge > by_month.sum() * 1e-9:
            raise StatisticsError(NOT_TWICE)
        move = float((cases * number).sum() - (by_month * mean).sum()) / knowledge
        beta += max(-1.0, min(1.0, move))
        if abs(move) < _STILL:
            break
    bent = np.exp(beta * number)
    sums = np.bincount(month, expected * bent, 12)
    return np.where(held, bent * by_month[month] / np.where(sums[month] > 0, sums[month], 1.0), 0.0)


def months_of(units: Units) -> NDArray[np.int64]:
    """Return the month of the year, 0 to 11, in which the middle day of each unit lies.

    Parameters
    ----------
    units : Units

    Returns
    -------
    ndarray of int, shape (units,)

    Raises
    ------
    StatisticsError
        The period has fewer than two years, or the units are years.

    Examples
    --------
    >>> from datetime import date
    >>> from surveillance.scan.periods import time_units
    >>> months_of(time_units(date(2023, 1, 1), date(2024, 12, 31), "month"))[:3].tolist()
    [0, 1, 2]
    """
    days = units.days()
    if days.sum() < _TWO_YEARS or days.max() > 31:
        raise StatisticsError(NOT_TWICE)
    middles: Sequence[int] = [
        (start + timedelta(days=int(many - 1) // 2)).month - 1
        for start, many in zip(units.starts, days, strict=True)
    ]
    return np.array(middles, dtype=np.int64)


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
