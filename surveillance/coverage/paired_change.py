"""The change of a proportion between two periods: each facility is compared with itself.

Facilities are fixed, not sampled: how much they differ from each other says nothing about a change. A
facility that has people in one period only is left out, and counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import erfc, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from surveillance.coverage.proportions import lower_limit, score_limits, upper_limit
from surveillance.errors import StatisticsError

Floats = NDArray[np.float64]
#: Halvings in the search for a p value: the normal quantile is then exact to 1e-15.
_STEPS = 56
#: A change of an area rests on at least this share of the people of its value.
LEAST_SHARE = 0.5
#: The search ends here: a p value below 1e-300 is shown as zero anyway.
_FARTHEST = 37.0


@dataclass(frozen=True)
class Group:
    """People counted in one period: `effect` is their design effect."""

    numerator: int
    denominator: int
    effect: float = 1.0

    @property
    def size(self) -> float:
        """The effective size: people without a van who say as much."""
        return self.denominator / self.effect


@dataclass(frozen=True)
class Comparison:
    """Two proportions with the numbers of independent people that say as much.

    `paired`: how many facilities were compared with themselves; None where facilities are not known.
    `left_out`: facilities with people in one period only, `people_left_out`: those people.
    """

    now: float
    now_size: float
    earlier: float
    earlier_size: float
    paired: int | None = None
    left_out: int = 0
    people_left_out: int = 0


def unpaired(now: Group, earlier: Group) -> Comparison | None:
    """Compare two groups as they are.

    Parameters
    ----------
    now, earlier : Group
        People in the two periods.

    Returns
    -------
    Comparison or None
        None where one of them is empty.

    Examples
    --------
    >>> found = unpaired(Group(56, 70), Group(48, 80))
    >>> found.now, found.earlier, found.now_size
    (0.8, 0.6, 70.0)
    """
    if not now.denominator or not earlier.denominator:
        return None
    return Comparison(
        now.numerator / now.denominator, now.size, earlier.numerator / earlier.denominator, earlier.size
    )


def paired(now: Mapping[str, Group], earlier: Mapping[str, Group]) -> Comparison | None:
    """Compare each facility with itself.

    Parameters
    ----------
    now, earlier : mapping of str to Group
        The groups of one area, by facility.

    Returns
    -------
    Comparison or None
        None where no facility has people in both periods. Both proportions are weighted means over the
        facilities with people in both periods, with the same weights w = n1 n2 / (n1 + n2) of Mantel and
        Haenszel, n being effective sizes: their difference is the Mantel-Haenszel risk difference. The
        effective size of a mean is the sum of w, squared, over the sum of w squared / n: that of a stratified
        sample (Kish 1965). With one facility these are its own.

    Notes
    -----
    Where facilities differ in level, the variance within them is smaller than that of the mean proportion:
    the interval is then somewhat too wide.

    References
    ----------
    Greenland S, Robins JM (1985). Estimation of a common effect parameter from sparse follow-up data.
    Biometrics 41:55-68. doi:10.2307/2530643
    Kish L (1965). Survey Sampling. Wiley.

    Examples
    --------
    >>> now = {"A": Group(40, 50), "B": Group(9, 10), "C": Group(5, 5)}
    >>> found = paired(now, {"A": Group(30, 50), "B": Group(6, 10)})
    >>> round(found.now, 3), round(found.earlier, 3), found.paired, found.people_left_out
    (0.817, 0.6, 2, 5)
    """
    both = sorted(name for name in now if now[name].denominator and _people(earlier, name))
    alone = [g for name, g in (*now.items(), *earlier.items()) if g.denominator and name not in set(both)]
    if not both:
        return None
    n1, p1 = _columns([now[name] for name in both])
    n2, p2 = _columns([earlier[name] for name in both])
    weight = n1 * n2 / (n1 + n2)
    weight /= weight.sum()
    return Comparison(
        _mean(weight, p1),
        float(1 / np.sum(weight**2 / n1)),
        _mean(weight, p2),
        float(1 / np.sum(weight**2 / n2)),
        len(both),
        len(alone),
        sum(group.denominator for group in alone),
    )


def people_compared(now: Mapping[str, Group], earlier: Mapping[str, Group]) -> int:
    """Count the people of the later period in the facilities that have people in both.

    Parameters
    ----------
    now, earlier : mapping of str to Group
        The groups of one area, by facility.

    Returns
    -------
    int
        Persons.

    Examples
    --------
    >>> people_compared({"A": Group(1, 50), "B": Group(1, 10)}, {"A": Group(1, 20)})
    50
    """
    return sum(group.denominator for name, group in now.items() if _people(earlier, name))


def speaks_for(compared: int, people: int) -> bool:
    """Return whether a change may stand for its area.

    Parameters
    ----------
    compared : int
        Persons of the later period that the change rests on.
    people : int
        Persons that the area has in the later period.

    Returns
    -------
    bool

    Examples
    --------
    >>> speaks_for(11, 120), speaks_for(60, 120)
    (False, True)
    """
    return compared >= LEAST_SHARE * people


def _people(groups: Mapping[str, Group], name: str) -> int:
    return groups[name].denominator if name in groups else 0


def _columns(groups: Sequence[Group]) -> tuple[Floats, Floats]:
    size = np.array([group.size for group in groups])
    share = np.array([group.numerator / group.denominator for group in groups])
    return size, share


def _mean(weight: Floats, share: Floats) -> float:
    """Return a weighted mean; one of equal shares is that share, whatever rounding does."""
    if (share == share[0]).all():
        return float(share[0])
    return float(min(1.0, max(0.0, np.sum(weight * share))))


def difference_limits(comparisons: Sequence[Comparison], confidence: ArrayLike) -> tuple[Floats, Floats]:
    """Compute the limits of now minus earlier: the hybrid score interval on effective sizes.

    Parameters
    ----------
    comparisons : sequence of Comparison, length n
    confidence : array_like of float, shape (n,) or ()
        Two-sided confidence levels.

    Returns
    -------
    lower, upper : ndarray of float, shape (n,)
        In proportions.

    Raises
    ------
    StatisticsError
        A confidence level is not between 0 and 1.

    References
    ----------
    Newcombe RG (1998), method 10. Stat Med 17:873-890.
    doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I
    Rao JNK, Scott AJ (1992). Biometrics 48:577-585. doi:10.2307/2532311

    Examples
    --------
    Newcombe's table II, contrast (a), 56/70 - 48/80:

    >>> low, high = difference_limits([unpaired(Group(56, 70), Group(48, 80))], 0.95)
    >>> round(float(low[0]), 4), round(float(high[0]), 4)
    (0.0524, 0.3339)
    """
    level = np.broadcast_to(np.asarray(confidence, dtype=float), len(comparisons))
    if not ((level > 0) & (level < 1)).all():
        raise StatisticsError("confidence must lie between 0 and 1")
    quantiles = {one: NormalDist().inv_cdf(0.5 + one / 2) for one in set(level.tolist())}
    return _limits(_table(comparisons), np.array([quantiles[one] for one in level.tolist()]))


def _table(comparisons: Sequence[Comparison]) -> Floats:
    """Now, its size, earlier, its size: shape (4, n)."""
    rows = [(c.now, c.now_size, c.earlier, c.earlier_size) for c in comparisons]
    return np.array(rows, dtype=float).reshape(-1, 4).T


def _limits(table: Floats, z: Floats) -> tuple[Floats, Floats]:
    p1, _, p2, _ = table
    (l1, l2), (u1, u2) = score_limits(table[::2], table[1::2], z)
    delta = p1 - p2
    return (
        delta - np.sqrt((p1 - l1) ** 2 + (u2 - p2) ** 2),
        delta + np.sqrt((u1 - p1) ** 2 + (p2 - l2) ** 2),
    )


def p_values(comparisons: Sequence[Comparison]) -> Floats:
    """Compute the p value of each interval: 1 minus the highest confidence at which it excludes zero.

    Parameters
    ----------
    comparisons : sequence of Comparison, length n

    Returns
    -------
    ndarray of float, shape (n,)
        1 where there is no difference. Found by halving, because the limits move outwards as the confidence
        rises.

    References
    ----------
    Newcombe RG (1998), method 10. Stat Med 17:873-890.
    doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I

    Examples
    --------
    >>> found = unpaired(Group(56, 70), Group(48, 80))
    >>> p = p_values([found])
    >>> low, high = difference_limits([found], 1 - p)
    >>> bool(abs(low[0]) < 1e-12)
    True
    """
    table = _table(comparisons)
    delta = table[0] - table[2]
    # The interval excludes zero where the two limits that face each other are far enough apart: the lower one
    # of the larger proportion, and the upper one of the smaller.
    more, more_size, less, less_size = np.where(delta > 0, table, table[[2, 3, 0, 1]])
    apart = np.abs(delta)
    near, far = np.zeros(len(delta)), np.full(len(delta), _FARTHEST)
    for _ in range(_STEPS):
        z = (near + far) / 2
        down, up = lower_limit(more, more_size, z), upper_limit(less, less_size, z)
        excludes = apart > np.sqrt((more - down) ** 2 + (up - less) ** 2)
        near, far = np.where(excludes, z, near), np.where(excludes, far, z)
    tails = np.array([erfc(z / sqrt(2)) for z in near.tolist()])
    found: Floats = np.where(delta == 0, 1.0, tails)
    return found
