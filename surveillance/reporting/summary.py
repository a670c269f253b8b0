"""Completeness, timeliness and delay of the reports of each facility, province or crossing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from surveillance.reporting.judged import Reports


@dataclass(frozen=True)
class Figures:
    """The reports of one facility, or of several together.

    Parameters
    ----------
    due : int
        Reports whose deadline has passed.
    received, on_time, zero : int
        Of those due: that came; that came by their deadline; that came and name no person.
    undated : int
        Of those received: of which the day is not known, so that they may have been on time.
    last : date, optional
        Last day of the latest period with a report, whether due by then or not.
    median_delay : float, optional
        Median of the days from the end of a period until its report came, among those received.
    """

    due: int = 0
    received: int = 0
    on_time: int = 0
    zero: int = 0
    undated: int = 0
    last: date | None = None
    median_delay: float | None = None

    @property
    def silent(self) -> int:
        """Reports that are due and never came."""
        return self.due - self.received

    @property
    def completeness(self) -> float | None:
        """Received over due, from 0 to 1; None where nothing was due."""
        return self.received / self.due if self.due else None

    @property
    def timeliness(self) -> float | None:
        """Received by the deadline over due, from 0 to 1; None where nothing was due, or not known."""
        return self.on_time / self.due if self.due and not self.undated else None


def figures(reports: Reports, group: Sequence[int], groups: int) -> list[Figures]:
    """Sum reports by group.

    Parameters
    ----------
    reports : Reports
    group : sequence of int
        Group of each facility, by its position; -1 where it is in none.
    groups : int
        How many groups.

    Returns
    -------
    list of Figures
        One for each group.

    Examples
    --------
    >>> from surveillance.coverage.silence import Expected
    >>> from surveillance.reporting.evidence import Evidence
    >>> from surveillance.reporting.judged import judge
    >>> came = [(0, date(2026, 6, 2), date(2026, 6, 2), date(2026, 6, 9), True, False)]
    >>> days = date(2026, 6, 1), date(2026, 6, 14)
    >>> found = judge([Expected("weekly", 3)], Evidence.of(came), *days, on=date(2026, 7, 1))
    >>> one = figures(found, [0], 1)[0]
    >>> one.due, one.received, one.silent, one.completeness, one.median_delay
    (2, 1, 1, 0.5, 2.0)
    """
    of = np.asarray(group, np.int64).reshape(-1)[reports.facility] if len(group) else reports.facility
    due, received = reports.due & (of >= 0), reports.received
    came = due & received

    def count(chosen: np.ndarray) -> list[int]:
        found: list[int] = np.bincount(of[chosen], minlength=groups).tolist()
        return found

    counts = [count(chosen) for chosen in (due, came, came & reports.on_time, came & reports.zero)]
    undated = count(came & reports.undated)
    latest = np.zeros(groups, np.int64)
    any_came = received & (of >= 0)
    np.maximum.at(latest, of[any_came], reports.last[any_came])
    delays = _medians(of, reports.delay, came & ~reports.undated, groups)
    return [
        Figures(
            counts[0][at],
            counts[1][at],
            counts[2][at],
            counts[3][at],
            undated[at],
            date.fromordinal(int(latest[at])) if latest[at] else None,
            delays[at],
        )
        for at in range(groups)
    ]


def _medians(of: np.ndarray, delay: np.ndarray, chosen: np.ndarray, groups: int) -> list[float | None]:
    """Median of each group, found in one sorted array."""
    order = np.lexsort((delay[chosen], of[chosen]))
    group, values = of[chosen][order], delay[chosen][order]
    start = np.searchsorted(group, np.arange(groups), "left")
    end = np.searchsorted(group, np.arange(groups), "right")
    found: list[float | None] = []
    for low, high in zip(start.tolist(), end.tolist(), strict=True):
        middle = (low + high - 1) // 2, (low + high) // 2
        found.append(float(values[middle[0]] + values[middle[1]]) / 2 if high > low else None)
    return found
