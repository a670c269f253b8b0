"""What deliveries tell of delays: first ones, backfilled ones, and those after a silence tell nothing."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from surveillance.nowcast.triangle import Flags, Integers

#: A delivery holds old records where they are so many weeks late or more.
AGED = 2
#: A delivery is a backfill where it holds so many old records or more ...
FEWEST_AGED = 10
#: ... and more than so many times what deliveries of its sender usually hold, and one.
TIMES_USUAL = 5
#: A sender is silent where nothing came for more than so many weeks ...
SILENT_WEEKS = 3
#: ... and more than so many times the usual time between its deliveries.
TIMES_GAP = 2


@dataclass(frozen=True)
class Deliveries:
    """What can be made of the deliveries of each sender.

    Parameters
    ----------
    usable : array of bool, shape (senders, weeks)
        Whether what came in a week tells of delays.
    backfilled, returned : arrays of bool, shape (senders, weeks)
        Weeks in which old records came at once, and in which a silence ended.
    silent : array of bool, shape (senders,)
        Senders that were heard before, and are silent at the end of the last week.
    """

    usable: Flags
    backfilled: Flags
    returned: Flags
    silent: Flags


def deliveries(
    sender: Integers,
    week: Integers,
    late: Integers,
    count: Integers,
    heard: Flags,
    patience: Integers | None = None,
) -> Deliveries:
    """Say which deliveries tell of delays.

    A delivery is what one sender sent in one week. Left out is the first one of a sender (its history comes
    with it), one with many more old records than the sender usually sends (a backfill), and all from the
    beginning of a silence to the delivery that ends it.

    Parameters
    ----------
    sender, week, late, count : arrays of int, shape (n,)
        As in :func:`surveillance.nowcast.triangle.triangle_of`.
    heard : array of bool, shape (senders, weeks)
        Whether anything came from a sender in a week: a record of any disease, or word that there was none.
    patience : array of int, shape (senders,), optional
        Weeks without anything that are usual for a sender; :data:`SILENT_WEEKS` by default.

    Returns
    -------
    Deliveries

    Examples
    --------
    >>> rows = [[0, t, 0, 8] for t in range(10)] + [[0, t, 9 - t, 30] for t in range(6)]
    >>> found = deliveries(*np.array(rows).T, np.ones((1, 10), bool))
    >>> found.usable[0].tolist()
    [False, True, True, True, True, True, True, True, True, False]
    """
    senders, weeks = heard.shape
    came = np.asarray(week) + np.asarray(late)
    aged = np.zeros((senders, weeks), np.int64)
    old = (np.asarray(late) >= AGED) & (came >= 0) & (came < weeks)
    np.add.at(aged, (np.asarray(sender)[old], came[old]), np.asarray(count)[old])
    usable = np.ones((senders, weeks), np.bool_)
    backfilled, returned = np.zeros_like(usable), np.zeros_like(usable)
    silent = np.zeros(senders, np.bool_)
    for who in range(senders):
        at = np.flatnonzero(heard[who])
        if not len(at):
            usable[who] = False
            continue
        usable[who, : at[0] + 1] = False
        usual = float(np.median(aged[who, at[1:]])) if len(at) > 1 else 0.0
        backfilled[who] = (aged[who] >= FEWEST_AGED) & (aged[who] > TIMES_USUAL * (usual + 1))
        gaps = np.diff(at)
        quiet = SILENT_WEEKS if patience is None else int(patience[who])
        longest = max(quiet, TIMES_GAP * float(np.median(gaps)) if len(gaps) else 0)
        for begins, ends in pairwise(at):
            if ends - begins - 1 > longest:
                returned[who, ends] = True
                usable[who, begins + 1 : ends + 1] = False
        if weeks - 1 - at[-1] > longest:
            silent[who] = True
            usable[who, at[-1] + 1 :] = False
    return Deliveries(usable & ~backfilled, backfilled, returned, silent)
