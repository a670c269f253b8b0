"""How well forecasts would have foretold what came: each made from what was known before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveillance.errors import StatisticsError
from surveillance.forecast.panel import Panel
from surveillance.forecast.predict import Forecast
from surveillance.texts import N_

Array = NDArray[np.float64]
#: Parts of the futures that the intervals hold whose coverage is told.
LEVELS = (0.5, 0.8, 0.95)
#: A method: counts up to the last known step, and steps ahead, give a forecast.
Method = Callable[[Panel, int], Forecast]


@dataclass(frozen=True)
class Score:
    """What a method did, so many steps ahead.

    Parameters
    ----------
    method : str
        Its name.
    ahead : int
        Steps ahead.
    counts : int
        Counts that were foretold and came.
    ranked : float
        Mean continuous ranked probability score, in cases.
    log : float or None
        Mean logarithmic score; None where the method gives no probability of a single count.
    held : tuple of float
        Parts of the counts that lay within the intervals of `LEVELS`.
    width : float
        Mean width of the 95% interval, in cases.
    """

    method: str
    ahead: int
    counts: int
    ranked: float
    log: float | None
    held: tuple[float, ...]
    width: float


def evaluate(
    panel: Panel,
    methods: Mapping[str, Method],
    origins: Sequence[int],
    horizon: int,
    areas: Sequence[int] | None = None,
) -> list[Score]:
    """Let each method foretell from each origin, and compare with what came.

    Parameters
    ----------
    panel : Panel
        All counts.
    methods : mapping of str to callable
        Each is given the counts up to an origin alone.
    origins : sequence of int
        Last steps that are known to the methods.
    horizon : int
        Steps ahead.
    areas : sequence of int, optional
        Areas whose counts are compared; all, unless given.

    Returns
    -------
    list of Score
        For each method and step ahead. All methods are compared on the same counts.

    Raises
    ------
    StatisticsError
        No count came after an origin.

    Examples
    --------
    >>> from surveillance.forecast.naive import last_value
    >>> panel = Panel(np.array([[2.0, 3, 5, 4, 2, 1, 0, 2, 3, 6, 5, 2]]).T, 12)
    >>> score, = evaluate(panel, {"last": last_value}, range(8, 11), 1)
    >>> score.counts, round(score.ranked, 2), score.held
    (3, 1.53, (0.3333333333333333, 0.6666666666666666, 1.0))
    """
    chosen = list(range(panel.areas)) if areas is None else list(areas)
    truth = []
    for origin in origins:
        came = np.full((horizon, len(chosen)), np.nan)
        there = panel.counts[origin + 1 : origin + 1 + horizon][:, chosen]
        came[: len(there)] = there
        truth.append(came)
    counted = np.array(truth)
    if not len(counted) or np.isnan(counted).all():
        raise StatisticsError(N_("no count came after the steps from which is foretold"))
    found = []
    for name, method in methods.items():
        held = [_scored(method(panel.until(origin), horizon), came, chosen)
                for origin, came in zip(origins, counted, strict=True)]  # fmt: skip
        ranked, logs, width = (np.array([one[n] for one in held]) for n in range(3))
        inside = np.array([one[3] for one in held])
        for ahead in range(horizon):
            known = ~np.isnan(counted[:, ahead])
            if not known.any():
                continue
            log = logs[:, ahead][known]
            found.append(
                Score(
                    name, ahead + 1, int(known.sum()), float(ranked[:, ahead][known].mean()),
                    None if np.isnan(log).any() else float(log.mean()),
                    tuple(float(inside[:, n, ahead][known].mean()) for n in range(len(LEVELS))),
                    float(width[:, ahead][known].mean()),
                )
            )  # fmt: skip
    return found


def _scored(told: Forecast, came: Array, chosen: list[int]) -> tuple[Array, Array, Array, Array]:
    own = Forecast(
        told.drawn[:, :, chosen], told.mean[:, :, chosen],
        None if told.size is None else told.size[:, :, chosen], told.around,
    )  # fmt: skip
    inside = []
    for level in LEVELS:
        lower, upper = own.interval(level)
        inside.append((lower <= came) & (came <= upper))
    return own.ranked_score(came), own.log_score(came), upper - lower, np.array(inside)
