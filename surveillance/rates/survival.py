"""Times until a step: Kaplan and Meier's estimate, with quartiles and their intervals.

A step that was not taken by the last day of the data is censored: it may be taken yet. To leave such people
out would show steps as faster than they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from surveillance.errors import StatisticsError
from surveillance.rates.counts import Floats, check_confidence

Band = Literal["log-log", "log", "plain"]
QUARTILES = (0.25, 0.5, 0.75)
#: Two probabilities closer than this are one: R's survival has the same tolerance.
_SAME = float(np.sqrt(np.finfo(float).eps))


@dataclass(frozen=True)
class Quantile:
    """Time by which a part of all has taken the step.

    Parameters
    ----------
    part : float
        0.25, 0.5 or 0.75.
    time, lower, upper : float or None
        None where so many have not taken the step by the end of the data, or the limit lies beyond that end.
    """

    part: float
    time: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True, eq=False)
class Survival:
    """How many have not yet taken a step, at each time at which one did or was censored.

    Parameters
    ----------
    time : ndarray of float, shape (n,)
        In order, each once.
    at_risk, events, censored : ndarray of int, shape (n,)
        People who had not taken the step before, who took it then, and who were last seen then.
    survival, lower, upper : ndarray of float, shape (n,)
        Part who have not taken the step by then, and its interval (NaN for a limit that is not defined, as
        where everybody has taken the step).
    quartiles : tuple of Quantile, length 3
    """

    time: Floats
    at_risk: NDArray[np.int64]
    events: NDArray[np.int64]
    censored: NDArray[np.int64]
    survival: Floats
    lower: Floats
    upper: Floats
    quartiles: tuple[Quantile, ...]

    @property
    def people(self) -> int:
        """How many people the estimate rests on."""
        return int(self.at_risk[0]) if self.at_risk.size else 0

    @property
    def taken(self) -> int:
        """How many took the step."""
        return int(self.events.sum())

    def by(self, time: float) -> float | None:
        """Return the part who have taken the step by a time; None where nobody is at risk.

        Parameters
        ----------
        time : float

        Returns
        -------
        float or None
        """
        if not self.time.size:
            return None
        at = int(np.searchsorted(self.time, time, side="right"))
        return 0.0 if at == 0 else float(1 - self.survival[at - 1])


def kaplan_meier(
    durations: ArrayLike,
    observed: ArrayLike,
    *,
    counts: ArrayLike | None = None,
    confidence: float = 0.95,
    band: Band = "log-log",
) -> Survival:
    """Estimate how many have not yet taken a step, where some were last seen before they took it.

    Parameters
    ----------
    durations : array_like of float, shape (n,)
        Time until the step, or until the last day of the data: zero or more.
    observed : array_like of bool, shape (n,)
        Whether the step was taken then; else the person is censored.
    counts : array_like of int, shape (n,), optional
        People of each row; one where they are left out.
    confidence : float, default 0.95
        Of each limit, between 0 and 1.
    band : {"log-log", "log", "plain"}
        Scale on which Greenwood's standard error is symmetric.

    Returns
    -------
    Survival
        Without a person all arrays are empty, and no quartile has a time.

    Raises
    ------
    StatisticsError
        A time is negative or unknown: leave such people out, and say how many; a count is negative; lengths
        differ; an unknown band or a wrong confidence level.

    Notes
    -----
    People who are censored at a time count as at risk at that time. Where the estimate equals 1 - part
    between two times, or from one to the last, the quantile is the middle between them, as in R's survival;
    its limits are the quantiles of the upper and lower limits (Brookmeyer & Crowley).

    References
    ----------
    Kaplan EL, Meier P (1958). J Am Stat Assoc 53:457-481. doi:10.1080/01621459.1958.10501452
    Brookmeyer R, Crowley J (1982). Biometrics 38:29-41. doi:10.2307/2530286

    Examples
    --------
    >>> found = kaplan_meier([0, 2, 2, 5, 9, 9], [True, True, False, True, False, False])
    >>> found.time.tolist(), found.at_risk.tolist(), found.survival.round(3).tolist()
    ([0.0, 2.0, 5.0, 9.0], [6, 5, 3, 2], [0.833, 0.667, 0.444, 0.444])
    >>> [quartile.time for quartile in found.quartiles]
    [2.0, 5.0, None]
    >>> round(found.by(5), 3)
    0.556
    """
    check_confidence(confidence)
    if band not in ("log-log", "log", "plain"):
        raise StatisticsError(f"unknown band '{band}': use log-log, log or plain")
    length, taken, people = _rows(durations, observed, counts)
    time, place = np.unique(length[people > 0], return_inverse=True)
    people, taken = people[people > 0], taken[people > 0]
    events = np.bincount(place, weights=people * taken, minlength=time.size).astype(np.int64)
    everybody = np.bincount(place, weights=people, minlength=time.size).astype(np.int64)
    at_risk = everybody[::-1].cumsum()[::-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        left = np.where(at_risk > 0, 1 - events / np.maximum(at_risk, 1), 1.0)
        survival: Floats = np.cumprod(left).astype(np.float64)
        greenwood = np.cumsum(events / (at_risk * (at_risk - events.astype(float))))
    lower, upper = _band(survival, np.sqrt(greenwood), confidence, band)
    quartiles = tuple(
        Quantile(part, *(_quantile(time, side, part) for side in (survival, lower, upper)))
        for part in QUARTILES
    )
    return Survival(time, at_risk, events, everybody - events, survival, lower, upper, quartiles)


def _rows(
    durations: ArrayLike, observed: ArrayLike, counts: ArrayLike | None
) -> tuple[Floats, NDArray[np.bool_], NDArray[np.int64]]:
    length, taken = np.asarray(durations, dtype=float), np.asarray(observed)
    if length.ndim != 1 or length.shape != taken.shape:
        raise StatisticsError("each time needs a word on whether the step was taken")
    if taken.size and taken.dtype != np.bool_:
        raise StatisticsError("whether a step was taken is true or false")
    if not np.isfinite(length).all() or (length < 0).any():
        raise StatisticsError("a time until a step is zero or more: leave out what is unknown or contradicts")
    people = np.ones(length.size, np.int64) if counts is None else np.asarray(counts)
    if people.shape != length.shape or (people < 0).any() or (people != np.floor(people)).any():
        raise StatisticsError("each time needs a whole number of people, zero or more")
    return length, taken.astype(bool), people.astype(np.int64)


def _band(survival: Floats, error: Floats, confidence: float, band: Band) -> tuple[Floats, Floats]:
    """Limits; without an event so far both are 1, and where nobody is left they are not defined."""
    from scipy.special import ndtri  # noqa: PLC0415 - most commands never need it

    z = float(ndtri(0.5 + confidence / 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        if band == "plain":
            lower, upper = survival * (1 - z * error), survival * (1 + z * error)
        elif band == "log":
            lower, upper = survival * np.exp(-z * error), survival * np.exp(z * error)
        else:
            scale = z * error / np.log(survival)
            lower, upper = survival ** np.exp(-scale), survival ** np.exp(scale)
    inside = (survival > 0) & (survival < 1)
    edge = np.where(survival == 1, 1.0, np.nan)
    return (
        np.where(inside, np.clip(lower, 0.0, 1.0), edge),
        np.where(inside, np.clip(upper, 0.0, 1.0), edge),
    )


def _quantile(time: Floats, curve: Floats, part: float) -> float | None:
    """First time at which a curve has fallen to 1 - part; the middle of two where it rests there."""
    aim = 1 - part
    fallen = np.where(np.isnan(curve), np.inf, curve)
    reached = np.flatnonzero(fallen < aim + _SAME)
    if not reached.size:
        return None
    at = int(reached[0])
    if abs(fallen[at] - aim) >= _SAME:
        return float(time[at])
    later = np.flatnonzero(fallen < aim - _SAME)
    return float((time[at] + time[later[0] if later.size else -1]) / 2)
