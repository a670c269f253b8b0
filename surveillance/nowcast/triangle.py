"""A reporting triangle: how many records of each week came how many weeks late, from whom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveillance.errors import StatisticsError
from surveillance.texts import N_

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Triangle:
    """Records by sender, week and delay, as far as they can have come by the end of the last week.

    Parameters
    ----------
    counts : array of int, shape (senders, weeks, delays)
        `counts[s, t, d]`: records of week `t` that came `d` weeks late. The last week is `weeks - 1`; a
        record of week `t` can have come `d` weeks late only where `t + d <= weeks - 1`.
    at_once : array of int, shape (senders, weeks)
        Records that came later than the longest delay, or of which is not known when they came: they belong
        to the week, and tell of no delay.
    usable : array of bool, shape (senders, weeks), optional
        `usable[s, a]`: whether what sender `s` sent in week `a` tells of delays. By default all does.
    silent : array of bool, shape (senders,), optional
        Senders from which nothing comes at present: nothing is expected of them. By default none.
    """

    counts: Integers
    at_once: Integers
    usable: Flags
    silent: Flags

    @property
    def weeks(self) -> int:
        """How many weeks it holds."""
        return int(self.counts.shape[1])

    @property
    def longest(self) -> int:
        """The longest delay, in weeks."""
        return int(self.counts.shape[2]) - 1

    @property
    def can_have_come(self) -> Flags:
        """Cells that are in the past, shape (weeks, delays)."""
        weeks, delays = self.counts.shape[1:]
        return np.add.outer(np.arange(weeks), np.arange(delays)) < weeks

    @property
    def tells(self) -> Flags:
        """Cells that tell of a delay, shape (senders, weeks, delays)."""
        weeks, delays = self.counts.shape[1:]
        came = np.minimum(np.add.outer(np.arange(weeks), np.arange(delays)), weeks - 1)
        found: Flags = self.usable[:, came] & self.can_have_come
        return found


def triangle_of(
    sender: Integers,
    week: Integers,
    late: Integers,
    count: Integers,
    *,
    senders: int,
    weeks: int,
    longest: int,
    usable: Flags | None = None,
    silent: Flags | None = None,
) -> Triangle:
    """Make a triangle from rows of records.

    Parameters
    ----------
    sender, week, late, count : arrays of int, shape (n,)
        Who sent them, the number of their week (0: the first one), how many weeks late they came (0: in
        time; -1: not known), and how many they are. Several rows of one cell are added.
    senders, weeks, longest : int
        How many senders and weeks there are, and the longest delay in weeks that is told apart.
    usable, silent : arrays of bool, optional
        As in :class:`Triangle`.

    Returns
    -------
    Triangle

    Raises
    ------
    StatisticsError
        A row lies outside, is negative, or came after the last week.

    Examples
    --------
    >>> rows = np.array([[0, 0, 0, 5], [0, 0, 1, 2], [0, 1, 0, 4]]).T
    >>> triangle_of(*rows, senders=1, weeks=2, longest=1).counts[0].tolist()
    [[5, 2], [4, 0]]
    """
    if weeks < 1 or longest < 0 or senders < 0:
        raise StatisticsError(N_("a reporting triangle needs one week or more"))
    parts = [np.asarray(part, np.int64).ravel() for part in (sender, week, late, count)]
    if len({len(part) for part in parts}) > 1:
        raise StatisticsError(N_("the rows of a reporting triangle have parts of different lengths"))
    who, when, delay, number = parts
    outside = (who < 0) | (who >= senders) | (when < 0) | (when >= weeks) | (delay < -1) | (number < 0)
    if np.any(outside):
        raise StatisticsError(N_("a row of a reporting triangle lies outside it, or is below zero"))
    if np.any(when + np.minimum(delay, longest) >= weeks):
        raise StatisticsError(N_("a record came after the last week of the reporting triangle"))
    counts = np.zeros((senders, weeks, longest + 1), np.int64)
    at_once = np.zeros((senders, weeks), np.int64)
    far = (delay > longest) | (delay < 0)
    np.add.at(counts, (who[~far], when[~far], delay[~far]), number[~far])
    np.add.at(at_once, (who[far], when[far]), number[far])
    whole = np.ones((senders, weeks), np.bool_) if usable is None else np.asarray(usable, np.bool_)
    quiet = np.zeros(senders, np.bool_) if silent is None else np.asarray(silent, np.bool_)
    if whole.shape != (senders, weeks) or quiet.shape != (senders,):
        raise StatisticsError(N_("what is said of the senders has another shape than the reporting triangle"))
    return Triangle(counts, at_once, whole, quiet)
