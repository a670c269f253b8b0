"""Moves: how people can be dealt out otherwise so that everything published stays the same.

A *flip* takes some people of a cell from one channel to another, or lets them appear or disappear. Its level
is the shallowest level whose numbers it changes. A *move* is a flip at a row `a` and a leaf column `m`, the
opposite flip at another row `a'` of the same column, and, where a sum over columns is shown, opposite flips
at another column `m'` of both rows: a rectangle. A move changes nothing but the numbers of rows `a`, `a'`
(and of rows above one of them alone) in columns `m`, `m'` (and in columns above one of them alone), from the
flip's level on. Where these families are hidden at that level, nobody can tell the worlds before and after
it apart.

Moves change neither a country's number nor a period's, channel by channel and leaf by leaf. So tables that
share nothing but the country have a world in common: deal the people of each channel and period out to the
rows of each table as they come. One triangle is left: place by period, group by period and place by group
are issued all three, and not every three such tables have a joint. There a move counts only as far as the
actual joint shows how to make it: people of the same group, or others who trade their groups in return
(:func:`link_capacity`).

Leaf columns are the finest that a table has, also where they are not issued at a level. Pooling them would
allow more moves, but those would change the country's months in one table and not in another.

References
----------
Fischetti M, Salazar-González JJ (2001), Solving the cell suppression problem on tabular data with linear
constraints, *Management Science* 47(7):1008-1027, doi:10.1287/mnsc.47.7.1008.9805 (an attacker's bounds;
here two worlds take the place of two linear programmes).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from surveillance.disclosure.model import COHORT, Chain, Counts

#: More people than a move ever needs: capacities stop here.
PLENTY = 100
Capacity = NDArray[np.int8]
Flags = NDArray[np.bool_]


def channel_counts(chain: Chain, numbers: Counts) -> Counts:
    """Say how many people are surely in each channel of a cell.

    Parameters
    ----------
    chain : Chain
    numbers : ndarray of int64, shape (..., numbers)

    Returns
    -------
    ndarray of int64, shape (..., channels)
        Where answers are blank, numbers overlap; then a channel has at most so many.

    Examples
    --------
    >>> from surveillance.disclosure.model import VISITS
    >>> channel_counts(VISITS, np.array([20, 12, 3, 2, 4, 6, 3, 3, 1, 3])).tolist()
    [3, 2, 3, 2, 6, 0, 1, 3]
    """
    if chain is COHORT:
        return numbers[..., ::-1]
    records, n1, c1, u1, n2, c2, _, n3, c3, _ = np.moveaxis(numbers, -1, 0)
    tested = np.where(n1 >= n2 + c2, n1, records - c1)
    parts = [records - n1 - c1 - u1, u1, c1, tested - n2 - c2, c2, n2 - n3 - c3, c3, n3]
    return np.maximum(np.stack(parts, axis=-1), 0)


@lru_cache(maxsize=4)
def flip_levels(chain: Chain) -> NDArray[np.int64]:
    """Return the level of each flip.

    Parameters
    ----------
    chain : Chain

    Returns
    -------
    ndarray of int64, shape (channels + 1, channels + 1)
        From, to; the last stands for being absent. The number of levels where nothing changes.

    Examples
    --------
    >>> from surveillance.disclosure.model import VISITS
    >>> flip_levels(VISITS)[4].tolist()
    [1, 1, 1, 2, 4, 2, 2, 2, 0]
    """
    masks = np.concatenate([chain.masks, np.zeros((len(chain.numbers), 1), bool)], axis=1)
    levels = np.array([number.level for number in chain.numbers])
    differ = masks[:, :, None] != masks[:, None, :]
    return np.where(differ, levels[:, None, None], len(chain.levels)).min(axis=0)


def donors(chain: Chain, numbers: Counts) -> list[Capacity]:
    """Say how many people of each channel can be flipped at each level without any number falling below zero.

    Parameters
    ----------
    chain : Chain
    numbers : ndarray of int64, shape (rows, columns, numbers)

    Returns
    -------
    list of ndarray of int8, shape (channels + 1, rows, columns + 1)
        One for each level. The last channel, *absent*, and the last column, which stands for none, have
        plenty.

    Examples
    --------
    >>> people = donors(COHORT, np.array([[[4, 6]]]))[0]
    >>> people[:, 0, 0].tolist()  # not completed, completed, absent
    [6, 4, 100]
    """
    counts = np.moveaxis(channel_counts(chain, numbers), -1, 0)
    found = []
    for level in range(len(chain.levels)):
        bounds = counts.copy()
        for position, number in enumerate(chain.numbers):
            if number.level >= level:
                for channel in number.channels:
                    np.minimum(bounds[channel], numbers[..., position], out=bounds[channel])
        whole = np.full((bounds.shape[0] + 1, bounds.shape[1], bounds.shape[2] + 1), PLENTY, np.int8)
        whole[:-1, :, :-1] = np.minimum(bounds, PLENTY)
        found.append(whole)
    return found


def link_capacity(joint: Capacity, most: int) -> Capacity:
    """Say how many people a rectangle can move so that the third margins of a joint table stay the same.

    People leave (x1, y1) and (x2, y2) and come to (x2, y1) and (x1, y2). Their numbers by z are to stay the
    same for each x and for each y. That is so if those who leave have the same z; or if one has z1 and the
    other z2, each keeps her x and changes y, and in a third row z1 and z2 are exchanged between y2 and y1.

    Parameters
    ----------
    joint : ndarray of int8, shape (channels, x, y, z)
    most : int
        Capacities are looked for up to here.

    Returns
    -------
    ndarray of int8, shape (channels, y1, y2, x1, x2)
        A lower bound.

    Examples
    --------
    >>> joint = np.zeros((1, 2, 2, 2), np.int8)
    >>> joint[0, 0, 0, 0] = joint[0, 1, 1, 0] = 3
    >>> int(link_capacity(joint, 5)[0, 0, 1, 0, 1]), int(link_capacity(joint, 5)[0, 1, 0, 0, 1])
    (3, 0)
    """
    channels, rows, columns, _ = joint.shape
    found = np.zeros((channels, columns, columns, rows, rows), np.int8)
    by_column = np.moveaxis(joint, 2, 1)  # channel, y, x, z
    for wanted in range(1, most + 1):
        has = (by_column >= wanted).astype(np.float32)
        first, second = has[:, :, None], has[:, None, :]
        same = first @ np.swapaxes(second, -1, -2)
        # Third rows that have z2 in y1 and z1 in y2: more than two, since x1 and x2 may be among them.
        trade = (np.swapaxes(second, -1, -2) @ first) > 2
        either = first @ trade.astype(np.float32) @ np.swapaxes(second, -1, -2)
        good = (same > 0) | (either > 0)
        if not good.any():
            break
        found[good] = wanted
    return found
