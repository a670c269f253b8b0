"""How long steps take: median and quartiles of the days between two of them, and the share who took both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from surveillance.reception.cascade import Share, share


@dataclass(frozen=True)
class Delay:
    """How long one step took. Quartiles are None where nobody took it.

    `backward`: those whose second step has the earlier time, so that one of the two is wrong. They took both
    steps and count in `reached`; how long it took is not known.
    """

    reached: Share
    lower_quartile: float | None
    median: float | None
    upper_quartile: float | None
    backward: int = 0


def delay(lengths: Iterable[float | None]) -> Delay:
    """Summarise how long a step took.

    Parameters
    ----------
    lengths : iterable of float or None
        Days, or minutes, of each person; None: the step was not taken; below zero: times that contradict.

    Returns
    -------
    Delay
        Quartiles by linear interpolation between order statistics (Hyndman & Fan's seventh definition).

    References
    ----------
    Hyndman RJ, Fan Y (1996). Am Stat 50:361-365. doi:10.1080/00031305.1996.10473566

    Examples
    --------
    >>> found = delay([0, 3, 14, None, -2])
    >>> found.median, found.reached.numerator, found.reached.denominator, found.backward
    (3.0, 4, 5, 1)
    >>> delay([None]).median is None
    True
    """
    everybody = list(lengths)
    taken = [length for length in everybody if length is not None]
    known = [length for length in taken if length >= 0]
    reached = share(len(taken), len(everybody))
    backward = len(taken) - len(known)
    if not known:
        return Delay(reached, None, None, None, backward)
    lower, median, upper = np.quantile(np.asarray(known, dtype=float), (0.25, 0.5, 0.75))
    return Delay(reached, float(lower), float(median), float(upper), backward)


def delay_of(lengths: Mapping[int, int], untaken: int = 0) -> Delay:
    """Summarise how long a step took, from how many people it took so long.

    Parameters
    ----------
    lengths : mapping of int to int
        Length -> people; below zero: times that contradict.
    untaken : int, default 0
        People who did not take the step.

    Returns
    -------
    Delay
        As :func:`delay` of each of them.

    Examples
    --------
    >>> delay_of({0: 1, 3: 1, 14: 1, -2: 1}, untaken=1) == delay([0, 3, 14, -2, None])
    True
    """
    known = sorted((length, people) for length, people in lengths.items() if length >= 0)
    taken = sum(lengths.values())
    reached = share(taken, taken + untaken)
    backward = taken - sum(people for _, people in known)
    if not known:
        return Delay(reached, None, None, None, backward)
    each = np.repeat(*np.asarray(known).T).astype(float)
    lower, median, upper = np.quantile(each, (0.25, 0.5, 0.75))
    return Delay(reached, float(lower), float(median), float(upper), backward)


def days_between(first: datetime, second: datetime | None) -> int | None:
    """Count the days from the day of one moment to that of another.

    Parameters
    ----------
    first : datetime
    second : datetime or None

    Returns
    -------
    int or None
        Zero on the same day, whatever the hours: clocks of two places differ.

    Examples
    --------
    >>> days_between(datetime(2025, 8, 1, 23, 50), datetime(2025, 8, 2, 0, 10))
    1
    >>> days_between(datetime(2025, 8, 1), None) is None
    True
    """
    return None if second is None else (second.date() - first.date()).days


def minutes_between(first: datetime, second: datetime | None) -> float | None:
    """Count the minutes from one moment to another.

    Parameters
    ----------
    first : datetime
    second : datetime or None

    Returns
    -------
    float or None
        Below zero where the second one is earlier.

    Examples
    --------
    >>> minutes_between(datetime(2025, 8, 1, 8, 0), datetime(2025, 8, 1, 9, 30))
    90.0
    """
    return None if second is None else (second - first).total_seconds() / 60
