"""Counts of months that lie far from those before: outliers and sudden changes of a level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from scipy.special import bdtr

#: A modified z-score beyond this is an outlier.
FAR = 3.5
#: Months before that a month is compared with, and the fewest of them.
BEFORE, FEWEST_BEFORE = 12, 6
#: A change is sudden where a level is so many times another ...
TIMES = 3.0
#: ... and chance would bring it in fewer than one of a thousand months; levels are of three months.
CHANCE, MONTHS = 0.001, 3
#: Of fewer records nothing is said.
FEWEST = 10
_SCALE = 0.6745


def modified_z(count: float, before: Sequence[float]) -> float | None:
    """How far a count lies from earlier ones, in robust standard deviations.

    Parameters
    ----------
    count : float
    before : sequence of float
        Earlier counts.

    Returns
    -------
    float or None
        0.6745 (x - median) / MAD; where half of the earlier counts are alike, and so the MAD is 0,
        (x - median) over 1.2533 times the mean distance from the median. None where all are alike, or there
        are fewer than :data:`FEWEST_BEFORE`.

    References
    ----------
    Iglewicz B, Hoaglin DC (1993). How to Detect and Handle Outliers. Milwaukee: ASQC: 3.5 marks outliers.

    Examples
    --------
    >>> round(modified_z(30, [10, 11, 9, 10, 12, 8]), 2)
    13.49
    """
    if len(before) < FEWEST_BEFORE:
        return None
    middle = median(before)
    distances = [abs(one - middle) for one in before]
    spread = median(distances)
    if spread > 0:
        return _SCALE * (count - middle) / spread
    mean = sum(distances) / len(distances)
    return (count - middle) / (1.253314 * mean) if mean > 0 else None


@dataclass(frozen=True)
class Change:
    """Where a level changed: the place of its first month, and records of three months before and after."""

    at: int
    before: int
    after: int
    p: float


def outliers(counts: Sequence[int]) -> list[int]:
    """Places of months that are outliers among the twelve before.

    Parameters
    ----------
    counts : sequence of int
        Records of consecutive months.

    Returns
    -------
    list of int
        Where the count and the median before are both below :data:`FEWEST`, nothing is said.

    Examples
    --------
    >>> outliers([20, 22, 19, 21, 20, 23, 90])
    [6]
    """
    found = []
    for at, count in enumerate(counts):
        before = counts[max(0, at - BEFORE) : at]
        score = modified_z(count, before)
        if score is not None and abs(score) > FAR and max(count, median(before)) >= FEWEST:
            found.append(at)
    return found


def sudden_changes(counts: Sequence[int]) -> list[Change]:
    """Months from which on three months hold three times as many records as the three before, or a third.

    Parameters
    ----------
    counts : sequence of int
        Records of consecutive months.

    Returns
    -------
    list of Change
        Each with the exact conditional p of two Poisson counts of the same mean; of neighbouring months the
        one with the smallest.

    References
    ----------
    Przyborowski J, Wilenski H (1940). Homogeneity of results in testing samples from Poisson series.
    Biometrika 31(3-4): 313-323. doi:10.1093/biomet/31.3-4.313

    Examples
    --------
    >>> [(one.at, one.before, one.after) for one in sudden_changes([30, 31, 29, 30, 4, 5, 3, 4])]
    [(4, 90, 12)]
    """
    possible = []
    for at in range(MONTHS, len(counts) - MONTHS + 1):
        before, after = sum(counts[at - MONTHS : at]), sum(counts[at : at + MONTHS])
        if max(before, after) < FEWEST or max(before, after) < TIMES * min(before, after):
            continue
        # Two-sided and exact: as `scipy.stats.binomtest`, which takes half a second to import.
        p = min(1.0, 2 * float(bdtr(min(before, after), before + after, 0.5)))
        if p < CHANCE:
            possible.append(Change(at, before, after, p))
    kept: list[Change] = []
    for one in sorted(possible, key=lambda one: (one.p, one.at)):
        if all(abs(one.at - other.at) > MONTHS for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda one: one.at)
