"""From counts to the value of an indicator, with its interval and its status."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scipy.special import gammaincinv

from surveillance.coverage.proportions import proportion_interval
from surveillance.indicators.model import Indicator
from surveillance.status import Status

_TAIL = 0.025


@dataclass(frozen=True)
class Value:
    """A value as it may be shown. What is None is not known or not shown: `status` says which.

    Examples
    --------
    >>> HIDDEN.status.value
    'hidden'
    """

    status: Status
    numerator: int | None = None
    denominator: float | None = None
    unknown: int | None = None
    value: float | None = None
    lower: float | None = None
    upper: float | None = None


HIDDEN = Value(Status.HIDDEN)


def poisson_limits(events: int) -> tuple[float, float]:
    """Return the exact 95% limits of a number of events.

    Parameters
    ----------
    events : int

    Returns
    -------
    (float, float)

    References
    ----------
    Garwood F (1936). Biometrika 28:437-442. doi:10.1093/biomet/28.3-4.437

    Examples
    --------
    >>> [round(limit, 3) for limit in poisson_limits(10)]
    [4.795, 18.39]
    """
    # Halves of quantiles of chi-squared: `scipy.stats` has the same, and takes half a second to import.
    lower = float(gammaincinv(events, _TAIL)) if events else 0.0
    return lower, float(gammaincinv(events + 1, 1 - _TAIL))


def wilson_limits(pairs: Iterable[tuple[int, int]]) -> dict[tuple[int, int], tuple[float, float]]:
    """Return the Wilson 95% limits of several proportions, which costs little more than those of one.

    Parameters
    ----------
    pairs : iterable of (int, int)
        Numerator and denominator of each; those with a denominator of zero are left out.

    Returns
    -------
    dict of (int, int) to (float, float)

    References
    ----------
    Wilson EB (1927). J Am Stat Assoc 22:209-212. doi:10.1080/01621459.1927.10502953

    Examples
    --------
    >>> [round(one, 3) for one in wilson_limits([(6, 10)])[6, 10]]
    [0.313, 0.832]
    """
    held = sorted({pair for pair in pairs if pair[1]})
    if not held:
        return {}
    low, high = proportion_interval([pair[0] for pair in held], [pair[1] for pair in held])
    return dict(zip(held, zip(low.tolist(), high.tolist(), strict=True), strict=True))


def of_proportion(
    indicator: Indicator,
    status: Status,
    numerator: int,
    denominator: int,
    unknown: int,
    limits: Mapping[tuple[int, int], tuple[float, float]] | None = None,
) -> Value:
    """Return the value of a proportion of records, with its Wilson interval.

    Parameters
    ----------
    indicator : Indicator
    status : Status
    numerator, denominator, unknown : int
    limits : mapping, optional
        What :func:`wilson_limits` says of this proportion, where it was asked of several.

    Returns
    -------
    Value

    References
    ----------
    Wilson EB (1927). J Am Stat Assoc 22:209-212. doi:10.1080/01621459.1927.10502953

    Examples
    --------
    >>> from surveillance.indicators.table import INDICATORS
    >>> found = of_proportion(INDICATORS["tb_xpert_positivity"], Status.VALUE, 342, 1519, 0)
    >>> round(found.value, 3), round(found.lower, 3), round(found.upper, 3)
    (0.225, 0.205, 0.247)
    """
    if status not in (Status.VALUE, Status.ZERO):
        return Value(status, numerator, denominator, unknown)
    by = indicator.multiplier
    pair = (numerator, denominator)
    low, high = (wilson_limits([pair]) if limits is None or pair not in limits else limits)[pair]
    return Value(status, numerator, denominator, unknown, numerator / denominator * by, low * by, high * by)


def of_cases(status: Status, numerator: int, unknown: int) -> Value:
    """Return a number of cases: its value is the number, without an interval.

    Parameters
    ----------
    status : Status
    numerator, unknown : int

    Returns
    -------
    Value

    Examples
    --------
    >>> of_cases(Status.VALUE, 5, 0).value
    5.0
    """
    shown = status in (Status.VALUE, Status.ZERO)
    return Value(status, numerator, None, unknown, float(numerator) if shown else None)


def of_rate(
    indicator: Indicator,
    status: Status,
    numerator: int,
    unknown: int,
    population: float | None,
    limits: tuple[float, float] | None = None,
) -> Value:
    """Return cases divided by people that were counted or estimated. Without a number of people: unknown.

    Parameters
    ----------
    indicator : Indicator
    status : Status
        Of the numerator.
    numerator, unknown : int
    population : float or None
        None where nobody said how many there are. It is never guessed.
    limits : (float, float), optional
        Limits of an estimated population: they make the interval of an indicator that is divided by an
        estimate.

    Returns
    -------
    Value

    Examples
    --------
    >>> from surveillance.indicators.table import INDICATORS
    >>> found = of_rate(INDICATORS["malaria_api"], Status.VALUE, 10, 0, 2000.0)
    >>> found.value, round(found.lower, 2), round(found.upper, 2)
    (5.0, 2.4, 9.2)
    >>> of_rate(INDICATORS["malaria_api"], Status.VALUE, 10, 0, None).status.value
    'unknown'
    """
    if status not in (Status.VALUE, Status.ZERO, Status.NOBODY):
        return Value(status, numerator, population, unknown)
    if not population:
        return Value(Status.UNKNOWN, numerator, None, unknown)
    by = indicator.multiplier
    low: float | None
    high: float | None
    if indicator.interval == "estimate":
        low = high = None
        if limits is not None and limits[0] > 0:
            low, high = numerator / limits[1] * by, numerator / limits[0] * by
    else:
        few, many = poisson_limits(numerator)
        low, high = few / population * by, many / population * by
    shown = Status.VALUE if numerator else Status.ZERO
    return Value(shown, numerator, population, unknown, numerator / population * by, low, high)
