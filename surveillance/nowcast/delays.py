"""How many days lie between two events: median and quartiles where late ones cannot have come yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from surveillance.nowcast.hazard import Floats

#: The longest time that is looked at, in days.
LONGEST_DAYS = 365
#: Of fewer records no quartiles are told.
FEWEST = 5


@dataclass(frozen=True)
class Delays:
    """Days from one event to a later one.

    Parameters
    ----------
    records : int
        Records with both days, not more than the longest time apart.
    lower, median, upper : int, optional
        Days after which a quarter, a half and three quarters had come; None of fewer than five records.
    cut : int
        Of the records those that began less than the upper quartile ago: of their like some may still come.
    left_out : int
        Records with the days in the wrong order, or more than the longest time apart.
    """

    records: int
    lower: int | None
    median: int | None
    upper: int | None
    cut: int
    left_out: int = 0


def delays(
    of_delay: Mapping[int, int], of_age: Mapping[int, int], longest: int = LONGEST_DAYS, left_out: int = 0
) -> Delays:
    r"""Estimate the quartiles of a delay from records that are cut off on the right.

    A record that began `a` days before the last day is seen only if its delay is at most `a`. The share of
    delays of at most `d` days is :math:`F(d) = \prod_{u > d} (1 - n_u / r_u)`, where `n_u` records have a
    delay of `u` days and `r_u` have one of at most `u` days and began `u` days ago or earlier.

    Parameters
    ----------
    of_delay : mapping of int to int
        Days of delay -> records.
    of_age : mapping of int to int
        Days since the first event -> the same records, counted otherwise.
    longest : int
        Longer delays are left out; the share is of those within it.
    left_out : int
        Records that the caller left out, for the answer.

    Returns
    -------
    Delays

    References
    ----------
    Lagakos SW, Barraj LM, De Gruttola V (1988). doi:10.1093/biomet/75.3.515

    Examples
    --------
    >>> delays({1: 40, 5: 10}, {30: 50})
    Delays(records=50, lower=1, median=1, upper=1, cut=0, left_out=0)
    >>> delays({1: 40, 5: 10}, {3: 30, 30: 20}).upper  # ten of the twenty that were followed took five days
    5
    """
    records = sum(of_delay.values())
    if records < FEWEST:
        return Delays(records, None, None, None, 0, left_out)
    came, gone = np.zeros(longest + 1), np.zeros(longest + 2)
    for delay, count in of_delay.items():
        came[delay] += count
    for age, count in of_age.items():
        gone[min(age, longest) + 1] += count
    shares = _shares(came, np.cumsum(came) - np.cumsum(gone)[:-1])
    lower, median, upper = (int(np.searchsorted(shares, part - 1e-12)) for part in (0.25, 0.5, 0.75))
    cut = sum(count for age, count in of_age.items() if age < upper)
    return Delays(records, lower, median, upper, cut, left_out)


def _shares(came: Floats, at_risk: Floats) -> Floats:
    """Share of delays of at most each number of days."""
    rate = np.divide(came, at_risk, out=np.zeros_like(came), where=at_risk > 0)
    rate[0] = 0.0
    return np.append(np.cumprod((1 - rate[1:])[::-1])[::-1], 1.0)
