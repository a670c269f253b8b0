"""EARS on parts of a series that have baselines of their own: kinds of day, and steps that are left out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from surveillance.early_warning.ears import Method, ears, history_needed
from surveillance.early_warning.series import Bounds, Series

#: Kinds of day, and the part of steps that are left out.
WORKING, OFF, LEFT_OUT = 0, 1, -1
_SATURDAY = 5


def kinds_of_day(days: Sequence[date], holidays: Collection[date]) -> NDArray[np.int64]:
    """Tell working days from days on which health centres are closed.

    Parameters
    ----------
    days : sequence of date
    holidays : collection of date

    Returns
    -------
    array of int, shape (n,)
        1 for Saturdays, Sundays and holidays, 0 for the others.

    Examples
    --------
    >>> kinds_of_day([date(2026, 5, 1), date(2026, 5, 2), date(2026, 5, 4)], {date(2026, 5, 1)}).tolist()
    [1, 1, 0]
    """
    held = set(holidays)
    return np.array([OFF if day.weekday() >= _SATURDAY or day in held else WORKING for day in days], np.int64)


def ears_in_parts(
    series: Series,
    parts: NDArray[np.int64],
    method: Method = "C1",
    *,
    baseline: int = 7,
    alpha: float | None = None,
    min_sigma: float = 0.0,
    first: int = 0,
    last: int | None = None,
) -> Bounds:
    """Judge each step among the steps of its own part.

    Parameters
    ----------
    series : Series
    parts : array of int, shape (n,)
        The part of each step; steps of part -1 are no history, and are not judged.
    method, baseline, alpha, min_sigma
        As in `surveillance.early_warning.ears.ears`.
    first, last : int, optional
        The range that is judged, both included.

    Returns
    -------
    Bounds
        In the order of the steps; steps whose part has too little history are not among them.

    Raises
    ------
    StatisticsError
        As in `ears`.

    Notes
    -----
    With working days and days off as parts this is the W2 modification of EARS C2: weekdays are compared
    with weekdays and days off with days off.

    References
    ----------
    Tokars JI, Burkom H, Xing J, English R, Bloom S, Cox K, Pavlin JA (2009). Enhancing time-series detection
    algorithms for automated biosurveillance. Emerging Infectious Diseases 15(4): 533-539.
    doi:10.3201/eid1504.080616

    Examples
    --------
    >>> counts = np.array([9.0, 8, 9, 1, 0, 9, 8, 9, 1, 0, 9, 8, 9, 1, 9])
    >>> kinds = np.array([0, 0, 0, 1, 1] * 3)
    >>> kinds[-1] = 0
    >>> ears_in_parts(Series(counts), kinds, baseline=5).at.tolist()
    [7, 10, 11, 12, 14]
    """
    end = len(series) - 1 if last is None else last
    needed = history_needed(method, baseline)
    at, expected, upper, alarm = [], [], [], []
    for part in np.unique(parts[parts != LEFT_OUT]):
        own = np.flatnonzero(parts == part)
        within = np.flatnonzero((own >= first) & (own <= end))
        within = within[within >= needed]
        if not len(within):
            continue
        found = ears(
            Series(series.counts[own]),
            method,
            baseline=baseline,
            alpha=alpha,
            min_sigma=min_sigma,
            first=int(within[0]),
            last=int(within[-1]),
        )
        at.append(own[found.at])
        expected.append(found.expected)
        upper.append(found.upper)
        alarm.append(found.alarm)
    if not at:
        return Bounds(np.empty(0, np.int64), np.empty(0), np.empty(0), np.empty(0, dtype=bool))
    steps = np.concatenate(at)
    order = np.argsort(steps)
    return Bounds(
        steps[order],
        np.concatenate(expected)[order],
        np.concatenate(upper)[order],
        np.concatenate(alarm)[order],
    )
