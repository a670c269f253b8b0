"""Crude rates: events of a population, with an exact or another interval."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from surveillance.errors import StatisticsError
from surveillance.rates.counts import (
    CountMethod,
    Floats,
    Rates,
    as_events,
    as_people,
    check_per,
    count_interval,
    status_of_rate,
)


def crude_rate(
    events: ArrayLike,
    population: ArrayLike,
    per: float = 100_000,
    confidence: float = 0.95,
    *,
    method: CountMethod = "exact",
) -> Rates:
    """Divide events by populations, with the interval of a Poisson number.

    Parameters
    ----------
    events : array_like of int or None, shape (n,) or ()
        Events in the population; None or NaN where unknown.
    population : array_like of float or None, shape (n,) or ()
        People, or people and years; None or NaN where unknown.
    per : float, default 100 000
        People to whom a rate is brought.
    confidence : float, default 0.95
        Two-sided confidence level, between 0 and 1.
    method : {"exact", "byar", "score"}
        As :func:`surveillance.rates.counts.count_interval`.

    Returns
    -------
    Rates
        A single pair gives one rate. An unknown population gives the status unknown, a population of zero the
        status nobody, and events without a population the status unknown: none of them a rate of zero.

    Raises
    ------
    StatisticsError
        A number is negative, infinite, or (of events) not whole; the lengths differ; a wrong option.

    References
    ----------
    Garwood F (1936). Biometrika 28:437-442. doi:10.1093/biomet/28.3-4.437

    Examples
    --------
    >>> found = crude_rate([12, 0, 3, 0], [40_000, 25_000, None, 0])
    >>> found.value.tolist()
    [30.0, 0.0, nan, nan]
    >>> [one.value for one in found.status]
    ['value', 'zero', 'unknown', 'nobody']
    >>> found.lower.round(2).tolist()[:2], found.upper.round(2).tolist()[:2]
    ([15.5, 0.0], [52.4, 14.76])
    """
    check_per(per)
    x, n = pairs(events, population)
    lower, upper = count_interval(x, method=method, confidence=confidence)
    told = [status_of_rate(one, people) for one, people in zip(x.tolist(), n.tolist(), strict=True)]
    there = np.array([not reason for _, reason in told], dtype=bool)
    size = np.where(there, n, 1.0) / per

    def brought(number: Floats) -> Floats:
        return np.where(there, number / size, np.nan)

    return Rates(
        brought(x), brought(lower), brought(upper),
        tuple(status for status, _ in told), tuple(reason for _, reason in told), per,
    )  # fmt: skip


def pairs(events: ArrayLike, population: ArrayLike) -> tuple[Floats, Floats]:
    """Read events and populations of the same areas.

    Parameters
    ----------
    events : array_like of int or None, shape (n,) or ()
    population : array_like of float or None, shape (n,) or ()

    Returns
    -------
    events, population : ndarray of float, shape (n,)

    Raises
    ------
    StatisticsError
        A number is negative, infinite, or (of events) not whole; the lengths differ.

    Examples
    --------
    >>> [part.tolist() for part in pairs(3, [10, 20])]
    [[3.0, 3.0], [10.0, 20.0]]
    """
    x, n = np.atleast_1d(as_events(events)), np.atleast_1d(as_people(population))
    try:
        x, n = np.broadcast_arrays(x, n)
    except ValueError:
        raise StatisticsError(f"{x.size} numbers of events do not fit {n.size} populations") from None
    if x.ndim != 1:
        raise StatisticsError("crude rates take one number of events and one population for each area")
    return x, n
