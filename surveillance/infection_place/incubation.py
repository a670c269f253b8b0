"""Incubation periods from published reviews, and the diseases for which stays say nothing.

Each period is lognormal. Its median and spread have errors of their own, from the published intervals.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np
from numpy.typing import NDArray

from surveillance.errors import StatisticsError
from surveillance.texts import N_

Array = NDArray[np.float64]
#: Normal quantiles of 95% and of 97.5%.
_Z95, _Z975 = 1.6448536269514722, 1.959963984540054
#: Part of all periods beyond which days are not looked at.
_REST = 1e-3


@dataclass(frozen=True)
class Incubation:
    """A lognormal incubation period.

    Parameters
    ----------
    median : float
        Days.
    spread : float
        Standard deviation of the logarithm.
    median_error, spread_error : float
        Standard errors of the logarithm of the median, and of the spread.
    source : str
        Where it was published, and what was taken from there.
    """

    median: float
    spread: float
    median_error: float
    spread_error: float
    source: str


def _of_interval(lower: float, upper: float) -> float:
    """Take the standard error of a logarithm from a published 95% interval."""
    return (log(upper) - log(lower)) / (2 * _Z975)


_DENGUE_SPREAD = log(10 / 3) / (2 * _Z975)
#: Diseases with one incubation period, by code.
INCUBATIONS: dict[str, Incubation] = {
    "dengue": Incubation(
        sqrt(30), _DENGUE_SPREAD, _DENGUE_SPREAD / sqrt(204), _DENGUE_SPREAD / sqrt(408),
        "Chan & Johansson 2012, doi:10.1371/journal.pone.0050972: 95% between days 3 and 10, n = 204",
    ),
    "measles": Incubation(
        12.5, log(1.23), _of_interval(11.8, 13.3), (log(1.28) - log(1.18)) / (2 * _Z975),
        "Lessler et al. 2009, doi:10.1016/S1473-3099(09)70069-6: median 12.5 (11.8-13.3), dispersion 1.23 "
        "(1.18-1.28)",
    ),
    "covid19": Incubation(
        exp(1.621), 0.418, 0.0640, 0.0691,
        "Lauer et al. 2020, doi:10.7326/M20-0504: log mean 1.621 (error 0.064), log SD 0.418 (error 0.069)",
    ),
    "cholera": Incubation(
        1.4, log(4.4 / 1.4) / _Z95, _of_interval(1.3, 1.6), _of_interval(3.9, 5.0) / _Z95,
        "Azman et al. 2013, doi:10.1016/j.jinf.2012.11.013: median 1.4 (1.3-1.6), 95% by 4.4 (3.9-5.0) days",
    ),
}  # fmt: skip

_LATENT = N_("the infection may lie years back: stays of the last weeks do not say where it was acquired")
_MANY = N_("it has many causes, each with an incubation period of its own")
#: Diseases for which stays say nothing, and why.
REFUSED: dict[str, str] = {
    "tb": _LATENT,
    "hiv": _LATENT,
    "syphilis": N_("its incubation period of up to three months is not known by the day"),
    "hepatitis_b": _LATENT,
    "hepatitis_c": _LATENT,
    "ili": _MANY,
    "sari": _MANY,
    "awd": _MANY,
}
#: The same for species of malaria.
REFUSED_SPECIES: dict[str, str] = {
    "pv": N_("vivax relapses months after infection: stays do not say where it was"),
    "mixed": N_("a mixed infection may be a relapse of vivax: stays do not say where it was acquired"),
    "po": N_("ovale relapses months after the infection: stays do not say where it was acquired"),
    "pm": N_("malariae may have been carried for years: stays do not say where it was acquired"),
}
_NO_PERIOD = N_(
    "no published distribution of this incubation period is held; give one with its source (median in days, "
    "and by what factor it spreads)"
)


def incubation_of(disease: str, species: str = "") -> Incubation:
    """Find the incubation period of a disease.

    Parameters
    ----------
    disease : str
        Its code.
    species : str
        Of malaria.

    Returns
    -------
    Incubation

    Raises
    ------
    StatisticsError
        Stays say nothing of this disease, or no period is held; says why.

    Examples
    --------
    >>> round(incubation_of("dengue").median, 2)
    5.48
    """
    check_disease(disease, species)
    if disease not in INCUBATIONS:
        raise StatisticsError(_NO_PERIOD)
    return INCUBATIONS[disease]


def check_disease(disease: str, species: str = "") -> None:
    """Refuse a disease of which stays say nothing.

    Parameters
    ----------
    disease : str
        Its code.
    species : str
        Of malaria.

    Raises
    ------
    StatisticsError
        Stays say nothing of this disease; says why.

    Examples
    --------
    >>> check_disease("malaria", "pv")
    Traceback (most recent call last):
    surveillance.errors.StatisticsError: vivax relapses months after infection: stays do not say where it was
    """
    if disease in REFUSED:
        raise StatisticsError(REFUSED[disease])
    if disease == "malaria":
        if not species:
            raise StatisticsError(
                N_("the place of a malaria infection is told for falciparum alone: give the species")
            )
        if species in REFUSED_SPECIES:
            raise StatisticsError(REFUSED_SPECIES[species])


def given(median: float, factor: float, source: str) -> Incubation:
    """Take a period that the caller names.

    Parameters
    ----------
    median : float
        Days.
    factor : float
        By which it spreads: two thirds of the periods lie between median / factor and median * factor.
    source : str
        Where it was published.

    Returns
    -------
    Incubation
        Without errors of its own.

    Raises
    ------
    StatisticsError
        The numbers cannot be those of a period, or there is no source.

    Examples
    --------
    >>> given(12.0, 1.3, "a study").median
    12.0
    """
    if not (0 < median <= 60 and 1 < factor <= 4):
        raise StatisticsError(
            N_("an incubation period has a median of up to 60 days, and spreads by a factor of 1 to 4")
        )
    if not source.strip():
        raise StatisticsError(N_("an incubation period needs its source"))
    return Incubation(median, log(factor), 0.0, 0.0, source)


def longest(period: Incubation) -> int:
    """Days within which nearly all periods end: how far back stays matter.

    Parameters
    ----------
    period : Incubation
        A period.

    Returns
    -------
    int

    Examples
    --------
    >>> longest(INCUBATIONS["dengue"]), longest(INCUBATIONS["measles"])
    (16, 25)
    """
    from scipy.special import ndtri  # noqa: PLC0415 - most commands never need it

    return int(np.ceil(period.median * np.exp(period.spread * ndtri(1 - _REST)))) + 1


def by_day(median: float, spread: float, days: int) -> Array:
    """Probability that symptoms begin 0, 1, 2 ... days after the day of infection.

    Both moments lie anywhere in their days.

    Parameters
    ----------
    median : float
        Days.
    spread : float
        Standard deviation of the logarithm.
    days : int
        The last day told.

    Returns
    -------
    ndarray of float, shape (days + 1,)

    Examples
    --------
    >>> by_day(1.4, 0.7, 4).round(3).tolist()
    [0.103, 0.425, 0.263, 0.112, 0.049]
    """
    from scipy.special import ndtr  # noqa: PLC0415 - most commands never need it

    x = np.arange(-1, days + 2, dtype=float)
    z = np.log(np.maximum(x, 1e-12) / median) / spread
    summed = np.where(x > 0, x * ndtr(z) - median * np.exp(spread**2 / 2) * ndtr(z - spread), 0.0)
    return np.asarray(np.maximum(np.diff(summed, 2), 0.0))
