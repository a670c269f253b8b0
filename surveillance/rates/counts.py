"""Events and populations as a rate needs them: checked, with a status and words for what cannot be known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from surveillance.errors import StatisticsError
from surveillance.status import SHOWN, Status
from surveillance.texts import N_

Floats = NDArray[np.float64]
CountMethod = Literal["exact", "byar", "score"]

UNKNOWN_POPULATION = N_("The population is unknown, so that there is no rate.")
UNKNOWN_EVENTS = N_("The number of events is unknown, so that there is no rate.")
NO_POPULATION = N_(
    "There are events and no population: one of the two is wrong, or they are of other people."
)
NOBODY = N_("The population is zero: there is nobody to have a rate.")


@dataclass(frozen=True, eq=False)
class Rates:
    """Rates of several areas, each with its interval, its status, and why it is not known.

    Parameters
    ----------
    value, lower, upper : ndarray of float, shape (n,)
        Events per `per` people; NaN where the status is neither value nor zero.
    status : tuple of Status, length n
    reason : tuple of str, length n
        Why there is no rate, in words; blank where there is one.
    per : float
        People to whom a rate is brought.
    """

    value: Floats
    lower: Floats
    upper: Floats
    status: tuple[Status, ...]
    reason: tuple[str, ...]
    per: float

    def __len__(self) -> int:
        """Return the number of areas."""
        return len(self.status)

    @property
    def shown(self) -> NDArray[np.bool_]:
        """Which areas have a rate."""
        return np.array([one in SHOWN for one in self.status], dtype=bool)


def check_confidence(confidence: float) -> None:
    """Refuse a confidence level that cannot be one.

    Parameters
    ----------
    confidence : float

    Raises
    ------
    StatisticsError
        The level does not lie between 0 and 1.

    Examples
    --------
    >>> check_confidence(0.95)
    """
    if not 0 < confidence < 1:
        raise StatisticsError(f"confidence must lie between 0 and 1, not {confidence}")


def check_per(per: float) -> None:
    """Refuse a multiplier by which no rate can be told.

    Parameters
    ----------
    per : float

    Raises
    ------
    StatisticsError
        The multiplier is not a number above zero.

    Examples
    --------
    >>> check_per(100_000)
    """
    if not (np.isfinite(per) and per > 0):
        raise StatisticsError(f"a rate is per a number of people above zero, not per {per}")


def as_events(events: ArrayLike) -> Floats:
    """Read numbers of events: whole, not negative; NaN or None where a number is unknown.

    Parameters
    ----------
    events : array_like of int or None, shape (...)

    Returns
    -------
    ndarray of float, shape (...)

    Raises
    ------
    StatisticsError
        A number is negative, not whole or infinite.

    Examples
    --------
    >>> as_events([3, None, 0]).tolist()
    [3.0, nan, 0.0]
    """
    found = np.asarray(events, dtype=float)
    known = found[~np.isnan(found)]
    if np.isinf(known).any() or (known != np.floor(known)).any():
        raise StatisticsError("events must be whole numbers; leave an unknown number blank")
    if (known < 0).any():
        raise StatisticsError("a number of events is negative")
    return found


def as_people(population: ArrayLike) -> Floats:
    """Read populations or expected numbers: not negative; NaN or None where one is unknown.

    Parameters
    ----------
    population : array_like of float or None, shape (...)

    Returns
    -------
    ndarray of float, shape (...)

    Raises
    ------
    StatisticsError
        A population is negative or infinite.

    Examples
    --------
    >>> as_people([1200, None]).tolist()
    [1200.0, nan]
    """
    found = np.asarray(population, dtype=float)
    known = found[~np.isnan(found)]
    if np.isinf(known).any() or (known < 0).any():
        raise StatisticsError("a population is a number of people, zero or more; leave an unknown one blank")
    return found


def status_of_rate(events: float, population: float) -> tuple[Status, str]:
    """Return the status of one rate, and in words why it has no value.

    Parameters
    ----------
    events, population : float
        NaN where unknown.

    Returns
    -------
    (Status, str)
        The words are blank where there is a rate. Events without a population are unknown, not infinite.

    Examples
    --------
    >>> [status_of_rate(x, n)[0].value for x, n in ((2, 10), (0, 10), (0, 0), (2, 0), (2, float("nan")))]
    ['value', 'zero', 'nobody', 'unknown', 'unknown']
    """
    if np.isnan(population):
        return Status.UNKNOWN, UNKNOWN_POPULATION
    if np.isnan(events):
        return (Status.NOBODY, NOBODY) if population == 0 else (Status.UNKNOWN, UNKNOWN_EVENTS)
    if population == 0:
        return (Status.UNKNOWN, NO_POPULATION) if events else (Status.NOBODY, NOBODY)
    return (Status.VALUE if events else Status.ZERO), ""


def count_interval(
    events: ArrayLike, *, method: CountMethod = "exact", confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """Compute the confidence interval of the mean of a Poisson number.

    Parameters
    ----------
    events : array_like of int or None, shape (n,)
    method : {"exact", "byar", "score"}
        Garwood's exact interval, Byar's approximation to it, or the score interval.
    confidence : float
        Two-sided confidence level, between 0 and 1.

    Returns
    -------
    lower, upper : ndarray of float, shape (n,)
        Expected numbers of events; NaN where the number is unknown. The lower limit of no event is 0.

    Raises
    ------
    StatisticsError
        A number of events is negative or not whole; an unknown method; a wrong confidence level.

    References
    ----------
    Garwood F (1936). Biometrika 28:437-442. doi:10.1093/biomet/28.3-4.437
    Breslow NE, Day NE (1987), for Byar's. Statistical Methods in Cancer Research II, p. 69. IARC 82.
    Ng HKT, Filardo G, Zheng G (2008), for the score. Comput Stat Data Anal 52:3157-3167.
    doi:10.1016/j.csda.2007.10.023

    Examples
    --------
    >>> lower, upper = count_interval([0, 10])
    >>> lower.round(3).tolist(), upper.round(3).tolist()
    ([0.0, 4.795], [3.689, 18.39])
    """
    x = as_events(events)
    check_confidence(confidence)
    if method == "exact":
        return _exact(x, confidence)
    # Quantiles of the normal distribution; `scipy.special` only where a limit is asked for.
    from scipy.special import ndtri  # noqa: PLC0415 - most commands never need it

    z = float(ndtri(0.5 + confidence / 2))
    if method == "byar":
        safe = np.where(x > 0, x, 1.0)
        lower = safe * (1 - 1 / (9 * safe) - z / (3 * np.sqrt(safe))) ** 3
        more = x + 1
        upper = more * (1 - 1 / (9 * more) + z / (3 * np.sqrt(more))) ** 3
        lower = np.where(x == 0, 0.0, np.maximum(lower, 0.0))
    elif method == "score":
        middle, half = x + z * z / 2, z * np.sqrt(x + z * z / 4)
        lower, upper = np.where(x == 0, 0.0, middle - half), middle + half
    else:
        raise StatisticsError(f"unknown method '{method}': use exact, byar or score")
    unknown = np.isnan(x)
    return np.where(unknown, np.nan, lower), np.where(unknown, np.nan, upper)


def _exact(x: Floats, confidence: float) -> tuple[Floats, Floats]:
    from scipy.special import gammainccinv, gammaincinv  # noqa: PLC0415 - most commands never need it

    tail = (1 - confidence) / 2
    lower = gammaincinv(np.where(x > 0, x, 1.0), tail)
    return np.where(np.isnan(x), np.nan, np.where(x > 0, lower, 0.0)), gammainccinv(x + 1, tail)
