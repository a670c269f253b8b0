"""EARS C1, C2 and C3: a count against the mean and spread of the steps just before it."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.special import ndtri

from surveillance.early_warning.series import Bounds, Series
from surveillance.errors import StatisticsError
from surveillance.texts import N_

Method = Literal["C1", "C2", "C3"]
#: Share of steps that would be alarms by chance, where nothing else is asked.
ALPHA: dict[Method, float] = {"C1": 0.001, "C2": 0.001, "C3": 0.025}
#: Steps between the baseline and the count, and further steps that C3 looks back.
_GAP: dict[Method, int] = {"C1": 0, "C2": 2, "C3": 2}
_BACK: dict[Method, int] = {"C1": 0, "C2": 0, "C3": 2}
_FEWEST = 3


def history_needed(method: Method, baseline: int = 7) -> int:
    """Return how many steps must stand before the first one that can be judged.

    Parameters
    ----------
    method : {"C1", "C2", "C3"}
        Which of the three.
    baseline : int
        Steps of the baseline.

    Returns
    -------
    int

    Examples
    --------
    >>> [history_needed(method) for method in ("C1", "C2", "C3")]
    [7, 9, 11]
    """
    return baseline + _GAP[method] + _BACK[method]


def ears(
    series: Series,
    method: Method = "C1",
    *,
    baseline: int = 7,
    alpha: float | None = None,
    min_sigma: float = 0.0,
    first: int | None = None,
    last: int | None = None,
) -> Bounds:
    """Judge steps of a series by one of the EARS methods.

    C1 takes the `baseline` steps just before the count, C2 those that end two steps earlier, and C3 adds how
    far the two counts before lay above what C2 expected of them.

    Parameters
    ----------
    series : Series
        The counts. A count that is not known leaves every step without a bound whose baseline holds it.
    method : {"C1", "C2", "C3"}
        Which of the three.
    baseline : int
        Steps of the baseline, at least 3.
    alpha : float, optional
        Share of steps that would be alarms by chance; 0.001, for C3 0.025.
    min_sigma : float
        The least standard deviation that is taken, in cases.
    first, last : int, optional
        The range that is judged, both included, the first step being 0. All that can be judged, where they
        are not given.

    Returns
    -------
    Bounds
        Of C3 the expected count is that of C2.

    Raises
    ------
    StatisticsError
        The baseline is too short, the range begins where no history lies before it, or alpha is no share.

    Notes
    -----
    Equal to `earsC` of R's package surveillance 1.20.3. The bound of C3 depends on the count itself: it is
    the count above which its sum would have been an alarm, and zero where it would lie below.

    References
    ----------
    Hutwagner L, Thompson W, Seeman GM, Treadwell T (2003). The bioterrorism preparedness and response Early
    Aberration Reporting System (EARS). Journal of Urban Health 80(2 Suppl 1): i89-i96.
    doi:10.1007/PL00022319. Salmon M, Schumacher D, Hoehle M (2016). Monitoring count time series in R:
    aberration detection in public health surveillance. Journal of Statistical Software 70(10): 1-35.
    doi:10.18637/jss.v070.i10

    Examples
    --------
    >>> found = ears(Series(np.array([2.0, 3, 1, 2, 4, 2, 3, 12])), alpha=0.01)
    >>> float(found.upper[0].round(2)), bool(found.alarm[0])
    (4.7, True)
    """
    if baseline < _FEWEST:
        raise StatisticsError(
            N_("a baseline needs {fewest} steps or more, and has {given}"), fewest=_FEWEST, given=baseline
        )
    level = ALPHA[method] if alpha is None else alpha
    if not 0 < level < 1:
        raise StatisticsError(N_("alpha is {given}, and lies between 0 and 1"), given=level)
    if min_sigma < 0:
        raise StatisticsError(N_("the least standard deviation is below zero"))
    needed = history_needed(method, baseline)
    first = needed if first is None else first
    last = len(series) - 1 if last is None else last
    if first < needed:
        raise StatisticsError(
            N_("{method} needs {needed} steps before the first that it judges, and has {given}"),
            method=method,
            needed=needed,
            given=first,
        )
    at = np.arange(first, last + 1)
    if not len(at):
        return Bounds(at, np.empty(0), np.empty(0), np.empty(0, dtype=bool))
    mean, spread = _baselines(series.counts, at, baseline + _GAP[method], baseline, min_sigma)
    z = float(ndtri(1 - level))
    counts = series.counts[at]
    if method == "C3":
        above = np.zeros(len(at))
        for back in (1, 2):
            m, s = _baselines(series.counts, at - back, baseline + _GAP[method], baseline, min_sigma)
            with np.errstate(divide="ignore", invalid="ignore"):
                above += np.maximum(0.0, (series.counts[at - back] - m) / s - 1)
        with np.errstate(invalid="ignore"):
            upper = np.maximum(0.0, counts + spread * (z - above))
    else:
        upper = mean + z * spread
    return Bounds(at, mean, upper, counts > upper)


def _baselines(
    counts: NDArray[np.float64], at: NDArray[np.int64], back: int, length: int, least: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of the `length` counts that begin `back` steps before each step."""
    windows = sliding_window_view(counts, length)[at - back]
    return windows.mean(axis=1), np.maximum(windows.std(axis=1, ddof=1), least)
