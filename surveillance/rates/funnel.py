"""Funnels: how far from the rate of all a small place may lie by chance alone.

Each place is compared with the target, and not with the others: small places have wide limits. A place
outside the limits is one to look at, not one that is worse: 1 in 20 places lies outside the limits of 95% by
chance alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from surveillance.coverage.proportions import proportion
from surveillance.errors import StatisticsError
from surveillance.rates.counts import Floats, check_confidence, check_per, status_of_rate
from surveillance.rates.crude import pairs
from surveillance.status import SHOWN, Status
from surveillance.texts import N_

Kind = Literal["proportion", "rate"]
Dispersion = Literal["none", "multiplicative", "additive"]
#: Limits that are drawn: about two and about three standard errors.
LEVELS = (0.95, 0.998)
#: Part of the places at each end whose distance counts no more than that of the next (Spiegelhalter 2005).
_WINSORISED = 0.1
#: Places below which no overdispersion can be told.
FEWEST_PLACES = 5

UNKNOWN_PLACE = N_("Its numbers are unknown, so that it has no place in the funnel.")
NOBODY_THERE = N_("It has nobody to count, so that it has no place in the funnel.")


@dataclass(frozen=True, eq=False)
class Funnel:
    """Places around a target, and the limits that chance sets to each.

    Parameters
    ----------
    kind : {"proportion", "rate"}
    per : float
        1 of proportions; else the people to whom rates are brought.
    target : float
        Proportion, or events per `per` people.
    value : ndarray of float, shape (n,)
        As `target`; NaN without one.
    size : ndarray of float, shape (n,)
        People behind each value.
    levels : tuple of float, length k
        Confidence of each pair of limits, the narrowest first.
    lower, upper : ndarray of float, shape (k, n)
        Limits of each place; NaN where it has no value.
    beyond : ndarray of int, shape (n,)
        How many pairs of limits a place lies outside: negative below, positive above, 0 within all or without
        a value.
    status : tuple of Status, length n
    reason : tuple of str, length n
        Why a place has no value, in words; blank where it has one.
    z : ndarray of float, shape (n,)
        Standard errors between value and target, before overdispersion; NaN without a value.
    dispersion : {"none", "multiplicative", "additive"}
        How the limits were widened.
    factor : float
        Variance beside that of chance, winsorised: 1 where places spread as chance would have it.
    between : float
        Standard deviation of the true values of places, in units of `target`; 0 unless additive.
    """

    kind: Kind
    per: float
    target: float
    value: Floats
    size: Floats
    levels: tuple[float, ...]
    lower: Floats
    upper: Floats
    beyond: NDArray[np.int64]
    status: tuple[Status, ...]
    reason: tuple[str, ...]
    z: Floats
    dispersion: Dispersion
    factor: float
    between: float

    @property
    def by_chance(self) -> tuple[float, ...]:
        """How many places lie outside each pair of limits on average, if none differs from the target."""
        there = int(np.isfinite(self.value).sum())
        return tuple((1 - level) * there for level in self.levels)

    def limits(self, sizes: ArrayLike) -> tuple[Floats, Floats]:
        """Compute the limits for places of other sizes, as they are drawn.

        Parameters
        ----------
        sizes : array_like of float, shape (m,)
            People, above zero; of proportions whole numbers.

        Returns
        -------
        lower, upper : ndarray of float, shape (k, m)
        """
        people = np.asarray(sizes, dtype=float)
        sides = [
            _limits(self.kind, self.target / self.per, people, level, self.dispersion, self.factor,
                    self.between / self.per)
            for level in self.levels
        ]  # fmt: skip
        return (
            self.per * np.array([low for low, _ in sides]),
            self.per * np.array([high for _, high in sides]),
        )


def funnel(
    numerators: ArrayLike,
    denominators: ArrayLike,
    *,
    kind: Kind = "proportion",
    target: float | None = None,
    per: float = 100_000,
    levels: Sequence[float] = LEVELS,
    dispersion: Dispersion = "none",
) -> Funnel:
    """Compare places with a target, with limits that widen as places get smaller.

    Parameters
    ----------
    numerators : array_like of int or None, shape (n,)
        Persons with the outcome, or events; None or NaN where unknown.
    denominators : array_like of float or None, shape (n,)
        Persons of whom the numerator is a part (`proportion`), or a population (`rate`).
    kind : {"proportion", "rate"}
        Whether numerators are binomial or Poisson numbers.
    target : float, optional
        Proportion from 0 to 1, or events per `per` people; all places together where it is left out.
    per : float, default 100 000
        People to whom rates are brought; proportions stay parts of one.
    levels : sequence of float
        Confidence of each pair of limits.
    dispersion : {"none", "multiplicative", "additive"}
        Exact limits of chance alone; limits widened by a factor; or by a spread between places. Widened
        limits are those of a normal distribution.

    Returns
    -------
    Funnel

    Raises
    ------
    StatisticsError
        A count is negative, not whole, or (of proportions) above its denominator; no place has a value; a
        target or an option that cannot be; fewer than five places where overdispersion is asked for.

    Notes
    -----
    Exact limits are quantiles of the distribution, interpolated between whole numbers as in appendix A.1.1 of
    the reference; the upper limit is the mirror image of the lower one. Of places that have the target at
    most 1 - level lie outside, however small they are: with the reference's upper limit, one person lower,
    more small places would. The factor of overdispersion is the mean of the squared z, of which the tenth at
    each end counts as the next; it is never below one. Additive spread is DerSimonian and Laird's.

    References
    ----------
    Spiegelhalter DJ (2005). Stat Med 24:1185-1202. doi:10.1002/sim.1970

    Examples
    --------
    >>> found = funnel([9, 450, 30], [10, 500, 60])
    >>> round(found.target, 3), found.beyond.tolist()
    (0.858, [0, 1, -2])
    >>> found.lower[0].round(2).tolist()
    [0.55, 0.83, 0.76]
    >>> funnel([9, 450, None], [10, 500, 60], target=0.9).status[2].value
    'unknown'
    """
    if kind not in ("proportion", "rate"):
        raise StatisticsError(f"unknown kind of funnel '{kind}': use proportion or rate")
    if dispersion not in ("none", "multiplicative", "additive"):
        raise StatisticsError(
            f"unknown kind of overdispersion '{dispersion}': use none, multiplicative or additive"
        )
    per = 1.0 if kind == "proportion" else per
    check_per(per)
    asked = tuple(sorted(levels))
    if not asked:
        raise StatisticsError("a funnel needs the level of one pair of limits")
    for level in asked:
        check_confidence(level)
    x, n = pairs(numerators, denominators)
    told = [_status(*row) for row in zip(x.tolist(), n.tolist(), strict=True)]
    there = np.array([status in SHOWN for status, _ in told], dtype=bool)
    if not there.any():
        raise StatisticsError("no place has a value: there is nothing to compare")
    if kind == "proportion":
        proportion(x[there], n[there])  # refuses a numerator that is no part
    aim = _target(kind, target, per, x[there], n[there])
    held, counted = np.where(there, n, 1.0), np.where(there, x, 0.0)
    error = _error(kind, aim, held)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(there & (error > 0), (counted / held - aim) / error, np.nan)
    factor, between = _spread(z[there], error[there], dispersion)
    sides = [_limits(kind, aim, held, level, dispersion, factor, between) for level in asked]
    value = np.where(there, counted / held, np.nan)
    lower = np.array([np.where(there, low, np.nan) for low, _ in sides])
    upper = np.array([np.where(there, high, np.nan) for _, high in sides])
    slack = 1e-12
    beyond = (value > upper + slack).sum(axis=0) - (value < lower - slack).sum(axis=0)
    return Funnel(
        kind, per, per * aim, per * value, n, asked, per * lower, per * upper, beyond,
        tuple(status for status, _ in told), tuple(reason for _, reason in told), z, dispersion,
        factor, per * between,
    )  # fmt: skip


def _status(x: float, n: float) -> tuple[Status, str]:
    status, reason = status_of_rate(x, n)
    if status is Status.NOBODY:
        return status, NOBODY_THERE
    return status, UNKNOWN_PLACE if reason else ""


def _target(kind: Kind, target: float | None, per: float, x: Floats, n: Floats) -> float:
    if target is None:
        return float(x.sum() / n.sum())
    highest = 1.0 if kind == "proportion" else np.inf
    if not (np.isfinite(target) and 0 <= target <= highest):
        raise StatisticsError(f"the target of a {kind} cannot be {target}")
    return target / per


def _error(kind: Kind, aim: float, size: Floats) -> Floats:
    """Compute the standard error of a value whose true value is the target."""
    return np.sqrt((aim * (1 - aim) if kind == "proportion" else aim) / size)


def _spread(z: Floats, error: Floats, dispersion: Dispersion) -> tuple[float, float]:
    """Factor of overdispersion, and the spread between places that DerSimonian and Laird would take."""
    known = np.isfinite(z)
    z, error = z[known], error[known]
    if z.size < FEWEST_PLACES:
        if dispersion != "none":
            raise StatisticsError(
                f"overdispersion needs {FEWEST_PLACES} places with a value, and {z.size} have one"
            )
        return 1.0, 0.0
    low, high = np.quantile(z, (_WINSORISED, 1 - _WINSORISED))
    factor = float(np.mean(np.clip(z, low, high) ** 2))
    between = 0.0
    if dispersion == "additive" and z.size * factor > z.size - 1:
        w = 1 / error**2
        between = float(np.sqrt((z.size * factor - (z.size - 1)) / (w.sum() - (w**2).sum() / w.sum())))
    return max(factor, 1.0), between


def _limits(
    kind: Kind, aim: float, size: Floats, level: float, dispersion: Dispersion, factor: float, between: float
) -> tuple[Floats, Floats]:
    """Limits in proportions, or events per person."""
    if dispersion == "none":
        tail = (1 - level) / 2
        return _exact(kind, aim, size, tail, 0), _exact(kind, aim, size, 1 - tail, 1)
    from scipy.special import ndtri  # noqa: PLC0415 - most commands never need it

    variance = _error(kind, aim, size) ** 2
    variance = variance * factor if dispersion == "multiplicative" else variance + between**2
    half = float(ndtri(0.5 + level / 2)) * np.sqrt(variance)
    highest = 1.0 if kind == "proportion" else np.inf
    return np.maximum(aim - half, 0.0), np.minimum(aim + half, highest)


def _exact(kind: Kind, aim: float, size: Floats, p: float, more: int) -> Floats:
    """Quantile of the value of places that have the target, interpolated between whole numbers.

    With r the smallest number whose cumulative probability is p or more: (r - a) / size, where a is the part
    of the probability of r that lies beyond p. `more`: one for the upper limit.
    """
    if aim == 0 or (kind == "proportion" and aim == 1):
        return np.full(size.shape, aim)
    if kind == "proportion":
        size = np.maximum(np.round(size), 1.0)
    # SciPy's distributions take half a second to import, and have the same numbers.
    from scipy.special import bdtr, ndtri, pdtr  # noqa: PLC0415 - most commands never need it

    def below(r: Floats) -> Floats:
        safe = np.maximum(r, 0.0)
        if kind == "rate":
            found = pdtr(safe, size * aim)
        else:
            found = bdtr(np.minimum(safe, size), size.astype(np.int64), aim)
        return np.where(r < 0, 0.0, found)

    spread = _error(kind, aim, size) * size
    guess = np.floor(size * aim + float(ndtri(p)) * spread)
    low = np.maximum(guess - 4 - np.ceil(spread), -1.0)
    high = guess + 8 + np.ceil(2 * spread)
    if kind == "proportion":
        low, high = np.minimum(low, size - 1), np.minimum(np.maximum(high, 0.0), size)
    while (wrong := below(low) >= p).any():
        low = np.where(wrong, np.maximum(2 * low - high - 1, -1.0), low)
    while (wrong := below(high) < p).any():
        high = np.where(wrong, 2 * high - low + 1, high)
        if kind == "proportion":
            high = np.minimum(high, size)
    while (high - low > 1).any():
        middle = np.floor((low + high) / 2)
        enough = below(middle) >= p
        split = high - low > 1
        high, low = np.where(split & enough, middle, high), np.where(split & ~enough, middle, low)
    reached, before = below(high), below(high - 1)
    part = (reached - p) / (reached - before)
    found = np.maximum((high - part + more) / size, 0.0)
    return np.minimum(found, 1.0) if kind == "proportion" else found
