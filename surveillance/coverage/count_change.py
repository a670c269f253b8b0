"""Counts of two windows, compared by the day: more, fewer, or no more than chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scipy.special import betaincinv

#: What a change of a count is said to be. `few`: too few cases in both windows to say anything.
Verdict = Literal["more", "fewer", "unclear", "few"]
#: Fewer cases than this in both windows together say nothing about a change.
FEWEST = 10


@dataclass(frozen=True)
class CountChange:
    """Cases now and earlier, in the same facility-weeks.

    Parameters
    ----------
    now, earlier : int
        Cases in each window.
    ratio, lower, upper : float
        Cases a day now divided by those earlier, with the exact interval; infinite without a case earlier,
        NaN without a case in either.
    verdict : {"more", "fewer", "unclear", "few"}
        "more" or "fewer" where the interval lies on one side of 1.
    """

    now: int
    earlier: int
    ratio: float
    lower: float
    upper: float
    verdict: Verdict


def count_change(
    now: int, earlier: int, confidence: float = 0.95, days: tuple[int, int] = (1, 1)
) -> CountChange:
    """Compare the rates of two counts.

    Given their sum, the later count is binomial where the rates are equal, with the share of its days as
    probability: one half for windows of equal length. The limits of its share (Clopper and Pearson) give
    those of the ratio.

    Parameters
    ----------
    now, earlier : int
        Cases in the later and in the earlier window; at least 0.
    confidence : float
        Of the interval, between 0 and 1.
    days : (int, int)
        Days of the later and of the earlier window: a quarter has 90 to 92.

    Returns
    -------
    CountChange

    Raises
    ------
    ValueError
        A count is negative, a window has no day, or the confidence does not lie between 0 and 1.

    Notes
    -----
    The rule takes cases as independent (Poisson). One outbreak brings many at once: "more" says that the
    number is higher by more than chance, not that many places are affected.

    References
    ----------
    Przyborowski J, Wilenski H (1940). Homogeneity of results in testing samples from Poisson series.
    Biometrika 31(3-4): 313-323. doi:10.1093/biomet/31.3-4.313

    Examples
    --------
    >>> found = count_change(30, 12)
    >>> found.verdict, round(found.ratio, 2), round(found.lower, 2), round(found.upper, 2)
    ('more', 2.5, 1.24, 5.36)
    >>> count_change(3, 1).verdict
    'few'
    """
    if now < 0 or earlier < 0:
        raise ValueError(f"counts are at least 0, not {now} and {earlier}")
    if min(days) < 1:
        raise ValueError(f"windows have at least one day, not {days[0]} and {days[1]}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence lies between 0 and 1, not at {confidence}")
    both, tail = now + earlier, (1 - confidence) / 2
    low = float(betaincinv(now, earlier + 1, tail)) if now else 0.0
    high = float(betaincinv(now + 1, earlier, 1 - tail)) if earlier else 1.0
    factor = days[1] / days[0]
    lower, upper = _odds(low) * factor, _odds(high) * factor
    ratio = float("nan") if not both else _odds(now / both) * factor
    if both < FEWEST:
        verdict: Verdict = "few"
    elif lower > 1:
        verdict = "more"
    elif upper < 1:
        verdict = "fewer"
    else:
        verdict = "unclear"
    return CountChange(now, earlier, ratio, lower, upper, verdict)


def _odds(share: float) -> float:
    return share / (1 - share) if share < 1 else float("inf")
