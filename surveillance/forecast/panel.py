"""Counts of several areas at equal steps of time: what forecasts are made of."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from surveillance.errors import StatisticsError
from surveillance.texts import N_

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Panel:
    """Counts of areas at equal steps of time, the earliest first.

    Parameters
    ----------
    counts : array of float, shape (n, k)
        Cases of each step and area; NaN where not known.
    period : float
        Steps in a year: 12 for months, 365.25 / 7 for weeks.
    size : array of float, shape (k,), optional
        How large each area is (people, or their share): what is endemic is in proportion to it.
    phase : float, default 0
        Number of the first step; trend and seasons count from step 0.
    """

    counts: Array
    period: float
    size: Array | None = None
    phase: float = 0.0

    def __post_init__(self) -> None:
        """Check the parts.

        Raises
        ------
        StatisticsError
            They cannot be counts of areas.
        """
        if self.counts.ndim != 2 or 0 in self.counts.shape:
            raise StatisticsError(
                N_("counts of areas are a table of steps by areas, with one of each at least")
            )
        if np.any(self.counts < 0) or np.any(np.isinf(self.counts)):
            raise StatisticsError(N_("a count is below zero or without end"))
        if self.period <= 1:
            raise StatisticsError(N_("a year has more than one step"))
        if self.size is not None and (len(self.size) != self.areas or not np.all(self.size > 0)):
            raise StatisticsError(N_("the size of an area is zero, below zero or not known"))

    @property
    def steps(self) -> int:
        """How many steps there are."""
        return int(self.counts.shape[0])

    @property
    def areas(self) -> int:
        """How many areas there are."""
        return int(self.counts.shape[1])

    def until(self, step: int) -> Panel:
        """Take what was known after a step: the steps up to it, itself included."""
        return replace(self, counts=self.counts[: step + 1])

    def only(self, areas: list[int]) -> Panel:
        """Take some of the areas."""
        return replace(
            self, counts=self.counts[:, areas], size=None if self.size is None else self.size[areas]
        )
