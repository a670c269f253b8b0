"""Nowcasts: how many records each of the last weeks will hold when all have come, with intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import gammaln

from surveillance.errors import StatisticsError
from surveillance.nowcast.hazard import Floats, Hazard, reverse_hazard
from surveillance.nowcast.triangle import Integers, Triangle
from surveillance.texts import N_

#: The longest delay that is told apart, in weeks, and how many weeks are looked back at.
LONGEST, LOOKED_BACK = 12, 26
#: So many records must have come within each delay before delays are told.
FEWEST_AT_RISK = 10
#: So many weeks must have been followed to the longest delay.
FEWEST_FOLLOWED = 2
#: Where a larger share has come, a week is complete; where a smaller one has, nothing is said of it.
COMPLETE, TOO_LITTLE = 0.995, 0.1
#: Draws of the distribution of delays, and the most numbers that a distribution is worked out at.
_DRAWS, _POINTS = 400, 4000
#: Weight of what is thought of a rate, and of a count, before anything is known (Jeffreys).
_HALF = 0.5

State = Literal["expected", "complete", "too little"]


class TooShortError(StatisticsError):
    """History is too short to tell how late records come."""


@dataclass(frozen=True)
class Week:
    """One of the last weeks.

    Parameters
    ----------
    week : int
        Its number in the triangle.
    reported : int
        Records that have come.
    share : float
        The share that is thought to have come, of what is expected of senders that are not silent.
    state : {"expected", "complete", "too little"}
        `complete`: hardly anything is still to come; `too little`: too small a share has come to say more.
    expected, lower, upper : int, optional
        Records when all have come: the middle of what is likely, and the ends of the interval. None where
        too little has come.
    """

    week: int
    reported: int
    share: float
    state: State
    expected: int | None
    lower: int | None
    upper: int | None


@dataclass(frozen=True)
class Nowcast:
    """The last weeks, oldest first, and the delays that they are worked out from."""

    weeks: tuple[Week, ...]
    hazard: Hazard
    silent: int


def nowcast(triangle: Triangle, *, level: float = 0.95, seed: int = 1) -> Nowcast:
    r"""Say how many records the last weeks will hold when all have come.

    Of a week of which `n` records have come, when a share `F` of all comes so soon, the number still to come
    is negative binomial with size `n + 1/2` and probability `F`: the posterior of a Poisson rate of which
    nothing was known (Jeffreys). The share is not known exactly, so the distribution is averaged over draws
    of the rates of delay, each a beta with the counts behind it. Where weeks differ by more than chance, each
    draw lets the week have rates of its own. The interval is the shortest one that holds `level`, as nearly
    as whole numbers can.

    What has come of silent senders counts, and nothing more is expected of them.

    Parameters
    ----------
    triangle : Triangle
    level : float
        Share of times that the interval holds the true number.
    seed : int
        Of the draws: the same seed gives the same answer.

    Returns
    -------
    Nowcast
        The last `longest` weeks of the triangle, or all where there are fewer.

    Raises
    ------
    TooShortError
        Too few weeks were followed to the longest delay, or too few records came within one of the delays.
    StatisticsError
        The level is no share.

    References
    ----------
    Höhle M, an der Heiden M (2014). Bayesian nowcasting during the STEC O104:H4 outbreak in Germany, 2011.
    Biometrics 70(4): 993-1002. doi:10.1111/biom.12194. Lawless JF (1994). doi:10.2307/3315820

    Examples
    --------
    >>> from surveillance.nowcast.triangle import triangle_of
    >>> weeks = range(8)
    >>> rows = [[0, t, 0, 30] for t in weeks] + [[0, t, 1, 10] for t in weeks if t < 7]
    >>> last = nowcast(triangle_of(*np.array(rows).T, senders=1, weeks=8, longest=1)).weeks[-1]
    >>> last.reported, last.share, last.expected, last.lower, last.upper
    (30, 0.75, 40, 33, 47)
    """
    if not 0 < level < 1:
        raise StatisticsError(
            N_("the level of an interval is {given}, and lies between 0 and 1"), given=level
        )
    hazard = reverse_hazard(triangle)
    _check(triangle, hazard)
    shares = _draws(hazard, np.random.default_rng(seed))
    held = triangle.counts.sum(axis=2) + triangle.at_once
    quiet = held[triangle.silent].sum(axis=0)
    spoken = held[~triangle.silent].sum(axis=0)
    first = max(0, triangle.weeks - triangle.longest)
    weeks = []
    for week in range(first, triangle.weeks):
        passed = triangle.weeks - 1 - week
        weeks.append(
            _week(
                week, int(spoken[week]), int(quiet[week]), float(hazard.share[passed]), shares[passed], level
            )
        )
    return Nowcast(tuple(weeks), hazard, int(triangle.silent.sum()))


def _check(triangle: Triangle, hazard: Hazard) -> None:
    followed = triangle.weeks - triangle.longest
    if followed < FEWEST_FOLLOWED:
        raise TooShortError(
            N_("records were followed for {weeks} weeks; to say how late they come takes {needed} or more"),
            weeks=triangle.weeks,
            needed=triangle.longest + FEWEST_FOLLOWED,
        )
    matters = hazard.at_risk[1:][hazard.share[1:] >= TOO_LITTLE]  # the rate of a delay says what came before
    least = float(matters.min()) if len(matters) else FEWEST_AT_RISK
    if least < FEWEST_AT_RISK:
        raise TooShortError(
            N_(
                "of {records} records is known how late they came; to say what is still to come takes "
                "{needed} or more for each week of delay"
            ),
            records=int(least),
            needed=FEWEST_AT_RISK,
        )


def _draws(hazard: Hazard, random: np.random.Generator) -> Floats:
    """Shares that have come after each delay, shape (delays, draws)."""
    late = len(hazard.rate) - 1
    came, at_risk = (part[1:] / hazard.spread[1:] for part in (hazard.came, hazard.at_risk))
    rates = random.beta(came + _HALF, at_risk - came + _HALF, size=(_DRAWS, late))
    if hazard.alike > 0:
        size = 1 / hazard.alike - 1
        own = np.clip(rates, 1e-9, 1 - 1e-9)
        rates = random.beta(own * size, (1 - own) * size)
    shares = np.ones((late + 1, _DRAWS))
    shares[:late] = np.cumprod((1 - rates.T)[::-1], axis=0)[::-1]
    return np.clip(shares, 1e-12, 1.0)


def _week(week: int, spoken: int, quiet: int, share: float, shares: Floats, level: float) -> Week:
    reported = spoken + quiet
    if share < TOO_LITTLE:
        return Week(week, reported, share, "too little", None, None, None)
    if share >= COMPLETE:
        return Week(week, reported, share, "complete", reported, reported, reported)
    numbers, masses = still_to_come(spoken, shares)
    lower, upper = _shortest(masses, level)
    middle = int(np.searchsorted(np.cumsum(masses), _HALF * masses.sum()))
    middle = min(max(middle, lower), upper)
    ends = (int(numbers[at]) + reported for at in (middle, lower, upper))
    return Week(week, reported, share, "expected", *ends)


def still_to_come(reported: int, shares: Floats) -> tuple[Integers, Floats]:
    """Work out how likely each number of records is that are still to come.

    Parameters
    ----------
    reported : int
        Records that have come.
    shares : array of float, shape (draws,)
        Draws of the share that has come, above 0.

    Returns
    -------
    numbers : array of int, shape (n,)
    masses : array of float, shape (n,)
        They add up to 1. Large numbers are taken in steps.

    Examples
    --------
    >>> numbers, masses = still_to_come(3, np.array([0.5]))
    >>> numbers[:3].tolist(), masses[:3].round(3).tolist()
    ([0, 1, 2], [0.088, 0.155, 0.174])
    """
    size = reported + _HALF
    mean = size * (1 - shares) / shares
    deviation = np.sqrt(mean / shares)
    first = int(max(0.0, np.floor((mean - 6 * deviation).min())))
    last = int(np.ceil((mean + 9 * deviation).max())) + 12
    step = max(1, -(-(last - first) // _POINTS))
    numbers = np.arange(first, last + 1, step, dtype=np.int64)
    fixed = gammaln(numbers + size) - gammaln(size) - gammaln(numbers + 1.0)
    missing = np.log1p(-np.minimum(shares, 1 - 1e-12))
    logs = fixed[:, None] + size * np.log(shares)[None, :] + numbers[:, None] * missing[None, :]
    masses = np.exp(logs).mean(axis=1)
    return numbers, masses / masses.sum()


def _shortest(masses: Floats, level: float) -> tuple[int, int]:
    """First and last place of the run of each length that holds most: of the length that is nearest `level`.

    Whole numbers seldom hold a level exactly; always taking more would hold the truth too often.
    """
    sums = np.concatenate([[0.0], np.cumsum(masses)])
    last = np.searchsorted(sums, sums[:-1] + level - 1e-12)
    possible = last < len(sums)
    if not possible.any():
        return 0, len(masses) - 1
    length = int((last - np.arange(len(masses)))[possible].min())
    begin, held = _most(sums, length)
    if length > 1:
        shorter, less = _most(sums, length - 1)
        if level - less < held - level:
            begin, length = shorter, length - 1
    return begin, begin + length - 1


def _most(sums: Floats, length: int) -> tuple[int, float]:
    """Where the run of a length begins that holds most, and what it holds."""
    held = sums[length:] - sums[:-length]
    best = int(held.argmax())
    return best, float(held[best])
