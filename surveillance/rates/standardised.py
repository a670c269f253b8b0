"""Standardised rates: directly, to the weights of a standard; indirectly, beside the rates of a reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from surveillance.errors import StatisticsError
from surveillance.rates.counts import (
    UNKNOWN_EVENTS,
    CountMethod,
    Floats,
    Rates,
    as_events,
    as_people,
    check_confidence,
    check_per,
    count_interval,
)
from surveillance.status import Status
from surveillance.texts import N_

DirectMethod = Literal["fay_feuer", "dobson"]

UNKNOWN_STRATUM = N_("Events or population of a stratum are unknown, so that there is no standardised rate.")
EMPTY_STRATUM = N_("A stratum of the standard has no people here, so that its rate is unknown.")
LOST_STRATUM = N_("A stratum has events and no people: one of the two is wrong, or they are of other people.")
NONE_EXPECTED = N_("No event is expected here: the reference has none in these strata, or nobody lives here.")
UNKNOWN_EXPECTED = N_("What is expected here is unknown: a population or a rate of the reference is missing.")


@dataclass(frozen=True, eq=False)
class Ratios:
    """Observed over expected events of several areas.

    Parameters
    ----------
    observed, expected : ndarray of float, shape (n,)
        Events; NaN where unknown.
    ratio, lower, upper : ndarray of float, shape (n,)
        Standardised ratio (1: as the reference) and its interval; NaN without one.
    status : tuple of Status, length n
    reason : tuple of str, length n
        Why there is no ratio, in words; blank where there is one.
    rates : Rates or None
        Indirectly standardised rates: the ratio times the crude rate of the reference, where that is given.
    """

    observed: Floats
    expected: Floats
    ratio: Floats
    lower: Floats
    upper: Floats
    status: tuple[Status, ...]
    reason: tuple[str, ...]
    rates: Rates | None


def directly_standardised(
    events: ArrayLike,
    population: ArrayLike,
    standard: ArrayLike,
    *,
    per: float = 100_000,
    confidence: float = 0.95,
    method: DirectMethod = "fay_feuer",
) -> Rates:
    """Weight the rates of strata by a standard population.

    With weights w (parts of the standard), events x and people n of each stratum the rate is y = sum(w x / n)
    and its variance v = sum(w^2 x / n^2).

    Parameters
    ----------
    events : array_like of int or None, shape (n, strata) or (strata,)
        Events of each area by stratum (age, sex); None or NaN where unknown.
    population : array_like of float or None, shape (n, strata) or (strata,)
        People of each area by stratum; None or NaN where unknown.
    standard : array_like of float, shape (strata,)
        People of the standard population, or its weights: zero or more, one of them above zero.
    per : float, default 100 000
        People to whom a rate is brought.
    confidence : float, default 0.95
        Two-sided confidence level, between 0 and 1.
    method : {"fay_feuer", "dobson"}
        Interval of a gamma distribution (Fay & Feuer), or the exact interval of all events, shifted and
        scaled (Dobson and others).

    Returns
    -------
    Rates
        The status is unknown, with its reason, where a stratum with weight has no people or unknown numbers.

    Raises
    ------
    StatisticsError
        A number is negative, infinite, or (of events) not whole; shapes that do not fit; a standard without
        people; an unknown method.

    Notes
    -----
    Dobson's interval has the factor sqrt(v / X) with X events in all, which is 0 / 0 without an event. Then
    the largest w / n stands in its place: it is the largest value that the factor can have, and gives the
    upper limit of Fay & Feuer. With one stratum both intervals are the exact one of a crude rate.

    References
    ----------
    Fay MP, Feuer EJ (1997). Stat Med 16:791-801.
    doi:10.1002/(SICI)1097-0258(19970415)16:7<791::AID-SIM500>3.0.CO;2-%23
    Dobson AJ, Kuulasmaa K, Eberle E, Scherer J (1991). Stat Med 10:457-462. doi:10.1002/sim.4780100317

    Examples
    --------
    >>> found = directly_standardised([[4, 12], [0, 0]], [[8000, 2000], [500, 700]], [70, 30])
    >>> found.value.round(1).tolist(), found.upper.round(1).tolist()
    ([215.0, 0.0], [354.1, 516.4])
    >>> directly_standardised([4, 0], [8000, 0], [70, 30]).status[0].value
    'unknown'
    """
    check_per(per)
    check_confidence(confidence)
    if method not in ("fay_feuer", "dobson"):
        raise StatisticsError(f"unknown method '{method}': use fay_feuer or dobson")
    x, n = _strata(events, population)
    weights = _weights(standard, x.shape[1])
    told = [_status(*row, weights) for row in zip(x, n, strict=True)]
    there = np.array([not reason for _, reason in told], dtype=bool)
    # Strata without weight and people say nothing; where there is no rate any number may stand.
    held = np.where((n > 0) & (weights > 0), n, 1.0)
    each = np.where((n > 0) & (weights > 0), weights / held, 0.0)
    counted = np.where(there[:, None], x, 0.0) * (each > 0)
    counted = np.nan_to_num(counted)
    rate, variance = (counted * each).sum(axis=1), (counted * each**2).sum(axis=1)
    largest = each.max(axis=1)
    largest = np.where(largest > 0, largest, 1.0)
    limits = _gamma if method == "fay_feuer" else _shifted
    lower, upper = limits(rate, variance, largest, counted.sum(axis=1), confidence)
    value, low, high = (np.where(there, per * side, np.nan) for side in (rate, lower, upper))
    return Rates(value, low, high, tuple(one for one, _ in told), tuple(reason for _, reason in told), per)


def indirectly_standardised(
    events: ArrayLike,
    population: ArrayLike,
    reference: ArrayLike,
    *,
    crude: float | None = None,
    per: float = 100_000,
    confidence: float = 0.95,
    method: CountMethod = "exact",
) -> Ratios:
    """Divide observed events by those that the rates of a reference would give.

    Parameters
    ----------
    events : array_like of int or None, shape (n,) or ()
        Events of each area, all strata together.
    population : array_like of float or None, shape (n, strata) or (strata,)
        People of each area by stratum.
    reference : array_like of float or None, shape (strata,)
        Events per person in each stratum of the reference.
    crude : float, optional
        Crude rate of the reference, in events per person: then `rates` are told, too.
    per : float, default 100 000
        People to whom `rates` are brought.
    confidence : float, default 0.95
        Two-sided confidence level, between 0 and 1.
    method : {"exact", "byar", "score"}
        As :func:`surveillance.rates.counts.count_interval`.

    Returns
    -------
    Ratios
        The status is unknown, with its reason, where the expected number is unknown or zero.

    Raises
    ------
    StatisticsError
        A number is negative, infinite, or (of events) not whole; shapes that do not fit; a wrong option.

    Notes
    -----
    The expected number counts as known without error. Ratios of two areas have other weights each, so that
    they are compared with the reference and not with one another.

    References
    ----------
    Breslow NE, Day NE (1987). Statistical Methods in Cancer Research II, chapter 2. IARC 82.

    Examples
    --------
    >>> found = indirectly_standardised([30, 2], [[8000, 2000], [500, 0]], [0.001, 0.005], crude=0.002)
    >>> found.expected.tolist(), found.ratio.round(2).tolist()
    ([18.0, 0.5], [1.67, 4.0])
    >>> found.rates.value.round(1).tolist()
    [333.3, 800.0]
    """
    check_per(per)
    observed = np.atleast_1d(as_events(events))
    n, rates = np.atleast_2d(as_people(population)), np.atleast_1d(as_people(reference))
    if observed.ndim != 1 or n.shape != (observed.size, rates.size):
        raise StatisticsError(
            f"{observed.size} areas and {rates.size} strata need as many populations, not {n.shape}"
        )
    if crude is not None and not (np.isfinite(crude) and crude >= 0):
        raise StatisticsError(f"the crude rate of the reference must be zero or more, not {crude}")
    # A stratum without people expects nothing, whatever its rate; an unknown one is unknown.
    expected = np.where(n == 0, 0.0, n * rates).sum(axis=1)
    told = [_ratio_status(*row) for row in zip(observed.tolist(), expected.tolist(), strict=True)]
    there = np.array([not reason for _, reason in told], dtype=bool)
    size = np.where(there, expected, 1.0)
    sides = (observed, *count_interval(observed, method=method, confidence=confidence))
    ratio, lower, upper = (np.where(there, side / size, np.nan) for side in sides)
    status, reason = tuple(one for one, _ in told), tuple(text for _, text in told)
    made = None
    if crude is not None:
        made = Rates(ratio * crude * per, lower * crude * per, upper * crude * per, status, reason, per)
    return Ratios(observed, expected, ratio, lower, upper, status, reason, made)


def _strata(events: ArrayLike, population: ArrayLike) -> tuple[Floats, Floats]:
    x, n = np.atleast_2d(as_events(events)), np.atleast_2d(as_people(population))
    if x.shape != n.shape or x.ndim != 2 or not x.shape[1]:
        raise StatisticsError(
            f"events and populations must have the same areas and strata, not {x.shape} and {n.shape}"
        )
    return x, n


def _weights(standard: ArrayLike, strata: int) -> Floats:
    found = np.asarray(standard, dtype=float)
    if found.shape != (strata,):
        raise StatisticsError(f"the standard must have {strata} strata, as the events, not {found.shape}")
    if not np.isfinite(found).all() or (found < 0).any() or found.sum() <= 0:
        raise StatisticsError("the standard must have people, and no negative or unknown number")
    return found / found.sum()


def _status(x: Floats, n: Floats, weights: Floats) -> tuple[Status, str]:
    weighed = weights > 0
    if np.isnan(x[weighed]).any() or np.isnan(n[weighed]).any():
        return Status.UNKNOWN, UNKNOWN_STRATUM
    if ((n[weighed] == 0) & (x[weighed] > 0)).any():
        return Status.UNKNOWN, LOST_STRATUM
    if (n[weighed] == 0).any():
        return Status.UNKNOWN, EMPTY_STRATUM
    return (Status.VALUE if x[weighed].any() else Status.ZERO), ""


def _ratio_status(observed: float, expected: float) -> tuple[Status, str]:
    if np.isnan(observed) or np.isnan(expected):
        return Status.UNKNOWN, UNKNOWN_EXPECTED if np.isnan(expected) else UNKNOWN_EVENTS
    if expected == 0:
        return Status.UNKNOWN, NONE_EXPECTED
    return (Status.VALUE if observed else Status.ZERO), ""


def _gamma(
    rate: Floats, variance: Floats, largest: Floats, _events: Floats, confidence: float
) -> tuple[Floats, Floats]:
    """Fay & Feuer's limits."""
    from scipy.special import gammainccinv, gammaincinv  # noqa: PLC0415 - most commands never need it

    tail = (1 - confidence) / 2
    safe, spread = np.where(rate > 0, rate, 1.0), np.where(rate > 0, variance, 1.0)
    lower = spread / safe * gammaincinv(safe**2 / spread, tail)
    more, wider = rate + largest, variance + largest**2
    return np.where(rate > 0, lower, 0.0), wider / more * gammainccinv(more**2 / wider, tail)


def _shifted(
    rate: Floats, variance: Floats, largest: Floats, events: Floats, confidence: float
) -> tuple[Floats, Floats]:
    """Limits of Dobson and others."""
    lower, upper = count_interval(events, confidence=confidence)
    factor = np.where(events > 0, np.sqrt(variance / np.where(events > 0, events, 1.0)), largest)
    return np.maximum(rate + factor * (lower - events), 0.0), rate + factor * (upper - events)
