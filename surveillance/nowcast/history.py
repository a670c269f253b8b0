"""From rows of records to a reporting triangle, with what its deliveries tell of delays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveillance.nowcast.deliveries import SILENT_WEEKS, Deliveries, deliveries
from surveillance.nowcast.predict import LONGEST
from surveillance.nowcast.triangle import Flags, Integers, Triangle, triangle_of

#: Weeks without anything that are usual, by how often a facility reports.
PATIENCE: dict[str | None, int] = {"monthly": 6, "quarterly": 16}


@dataclass(frozen=True)
class History:
    """What is known of the weeks up to the last one.

    Parameters
    ----------
    sender, week, count : arrays of int, shape (n,)
        Who sent the records, the number of their week (0: the first), and how many they are.
    arrived : array of int, shape (n,)
        The number of the week in which they became known; below zero: before the first one. Records that
        became known before their own week ended came in time.
    known : array of bool, shape (n,)
        Whether it is known when they became known.
    heard : array of bool, shape (senders, weeks)
        Whether anything came from a sender in a week.
    alive : array of bool, shape (senders,)
        Senders that are not silent, whatever their deliveries of these records look like.
    frequency : tuple of str or None
        How often each sender reports: a code of `surveillance.vocabulary.REPORT_FREQUENCY`.
    """

    sender: Integers
    week: Integers
    arrived: Integers
    known: Flags
    count: Integers
    heard: Flags
    alive: Flags
    frequency: tuple[str | None, ...]


def triangle_from(history: History, longest: int = LONGEST) -> tuple[Triangle, Deliveries]:
    """Make the triangle of a history, without what its deliveries do not tell of delays.

    Parameters
    ----------
    history : History
    longest : int
        The longest delay that is told apart, in weeks.

    Returns
    -------
    Triangle, Deliveries

    Examples
    --------
    >>> one = np.array([0])
    >>> yes = np.array([True])
    >>> held = History(one, one, one + 1, yes, one + 7, np.ones((1, 2), bool), yes, (None,))
    >>> triangle_from(held, longest=1)[0].counts.tolist()
    [[[0, 7], [0, 0]]]
    """
    senders, weeks = history.heard.shape
    came = np.minimum(history.arrived, weeks - 1)
    late = np.where(history.known, np.maximum(came - history.week, 0), -1)
    patience = np.array([PATIENCE.get(one, SILENT_WEEKS) for one in history.frequency], np.int64)
    parts = (history.sender, history.week, late, history.count)
    found = deliveries(*parts, history.heard, patience)
    silent = found.silent & ~history.alive
    triangle = triangle_of(
        *parts, senders=senders, weeks=weeks, longest=longest, usable=found.usable, silent=silent
    )
    return triangle, found
