"""A series of counts at equal steps of time, and what a method says about the series."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from surveillance.errors import StatisticsError
from surveillance.texts import N_

Step = Literal["day", "week", "month"]
#: Steps in a year, as R's `sts` counts them.
PER_YEAR: dict[Step, int] = {"day": 365, "week": 52, "month": 12}


@dataclass(frozen=True)
class Series:
    """Counts at equal steps of time, the earliest first.

    Parameters
    ----------
    counts : array of float, shape (n,)
        Cases at each step; NaN where it is not known.
    dates : tuple of date, optional
        The first day of each step. Without them earlier years are found by counting steps, 52 weeks a year.
    step : {"day", "week", "month"}
        How long a step is.
    population : array of float, shape (n,), optional
        People (or another exposure) of each step.
    """

    counts: NDArray[np.float64]
    dates: tuple[date, ...] | None = None
    step: Step = "week"
    population: NDArray[np.float64] | None = field(default=None)

    def __post_init__(self) -> None:
        """Check that all parts have one length, and counts can be counts.

        Raises
        ------
        StatisticsError
            They are not.
        """
        size = len(self.counts)
        for name, part in (("dates", self.dates), ("population", self.population)):
            if part is not None and len(part) != size:
                raise StatisticsError(
                    N_("a series of {size} counts has {other} {name}"), size=size, other=len(part), name=name
                )
        if np.any(self.counts < 0) or np.any(np.isinf(self.counts)):
            raise StatisticsError(N_("a count is below zero or without end"))
        if self.population is not None and not np.all(self.population > 0):
            raise StatisticsError(N_("a population is zero, below zero or not known"))

    def __len__(self) -> int:
        """How many steps there are."""
        return len(self.counts)

    @property
    def per_year(self) -> int:
        """Steps in a year."""
        return PER_YEAR[self.step]


@dataclass(frozen=True)
class Bounds:
    """What a method says of some steps of a series.

    Parameters
    ----------
    at : array of int, shape (m,)
        Which steps were judged, the first of the series being 0.
    expected, upper : array of float, shape (m,)
        The expected count, and the highest one that is no alarm; NaN where the method gives none.
    alarm : array of bool, shape (m,)
        Whether the count lies above the bound.
    """

    at: NDArray[np.int64]
    expected: NDArray[np.float64]
    upper: NDArray[np.float64]
    alarm: NDArray[np.bool_]
