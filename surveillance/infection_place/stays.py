"""Where people were on each day before their symptoms began."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from surveillance.errors import StatisticsError
from surveillance.texts import N_

Array = NDArray[np.float64]
#: Stands for the days of which no stay is recorded.
UNRECORDED = "unrecorded"


@dataclass(frozen=True)
class Stay:
    """Days at one place, both ends included; on a day of travel there are two."""

    place: str
    first: date
    last: date


@dataclass(frozen=True)
class Case:
    """A case with the day on which symptoms began, and the stays that are recorded."""

    name: str
    onset: date
    stays: tuple[Stay, ...]


@dataclass(frozen=True, eq=False)
class Presence:
    """Where cases were.

    Parameters
    ----------
    places : tuple of str
        Every place; the last is `UNRECORDED`.
    share : ndarray of float, shape (n, d, p)
        Share of each case's day at each place, by days before the symptoms: 0 is the day they began.
    """

    places: tuple[str, ...]
    share: Array

    def exposure(self, period: Array) -> Array:
        """Weigh each place by the chance that an infection there would have shown on the day it did.

        `period`: probability of each number of days, shape (d,). Answers shape (n, p).
        """
        return np.asarray(np.einsum("d,ndp->np", period, self.share))


def presence(cases: Sequence[Case], days: int) -> Presence:
    """Tell where each case was on the days before the symptoms.

    Parameters
    ----------
    cases : sequence of Case
        Cases.
    days : int
        How many days back.

    Returns
    -------
    Presence
        A day with two stays counts half for each; a day without one is unrecorded.

    Raises
    ------
    StatisticsError
        There is no case, or a stay ends before it begins.

    Examples
    --------
    >>> day = date(2025, 6, 1)
    >>> stays = (Stay("TH", day, day + timedelta(2)), Stay("KH01", day + timedelta(2), day + timedelta(3)))
    >>> found = presence([Case("a", day + timedelta(3), stays)], 4)
    >>> found.places
    ('KH01', 'TH', 'unrecorded')
    >>> found.share[0].tolist()
    [[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.0, 1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    if not cases:
        raise StatisticsError(N_("there is no case with stays and a day on which symptoms began"))
    for case in cases:
        for stay in case.stays:
            if stay.last < stay.first:
                raise StatisticsError(N_("a stay of case {case} ends before it begins"), case=case.name)
    places = (*sorted({stay.place for case in cases for stay in case.stays}), UNRECORDED)
    number = {place: n for n, place in enumerate(places)}
    share = np.zeros((len(cases), days + 1, len(places)))
    for n, case in enumerate(cases):
        for back in range(days + 1):
            day = case.onset - timedelta(days=back)
            here = {number[stay.place] for stay in case.stays if stay.first <= day <= stay.last}
            if here:
                share[n, back, sorted(here)] = 1 / len(here)
            else:
                share[n, back, -1] = 1.0
    return Presence(places, share)
