"""The upper limit of what is usual, from the same months of earlier years."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

from surveillance.errors import StatisticsError
from surveillance.texts import N_

#: Fewest earlier years that a limit is made of, and standard deviations above their mean.
FEWEST_YEARS, DEVIATIONS = 3, 2.0


def usual_limit(earlier: Sequence[int]) -> float:
    """Compute the mean of earlier counts and two standard deviations above it.

    Parameters
    ----------
    earlier : sequence of int, length n
        Cases in the same month of each of n earlier years.

    Returns
    -------
    float
        mean + 2 s, s being the sample standard deviation (n - 1 in the denominator), in cases.

    Raises
    ------
    StatisticsError
        There are fewer than three counts, or one is below zero.

    References
    ----------
    WHO Regional Office for Africa. Technical guidelines for integrated disease surveillance and response,
    third edition, booklet 4 (2019): thresholds from the mean of earlier years and two standard deviations.

    Examples
    --------
    >>> usual_limit([10, 12, 14])
    16.0
    """
    if len(earlier) < FEWEST_YEARS:
        raise StatisticsError(
            N_("a limit needs the same month of {years} earlier years, and there are {n}"),
            years=FEWEST_YEARS,
            n=len(earlier),
        )
    if min(earlier) < 0:
        raise StatisticsError(N_("a count is below zero"))
    mean = sum(earlier) / len(earlier)
    squares = sum((count - mean) ** 2 for count in earlier)
    return mean + DEVIATIONS * sqrt(squares / (len(earlier) - 1))
