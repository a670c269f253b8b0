"""Worlds of a joint table: how a move is made so that the third margins stay the same.

Place by period, group by period and place by group are issued all three. A move in one of them is a world
only where a joint table exists that has the changed margins. Here it is made, person by person, from the
actual joint.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from surveillance.disclosure.exchange.moves import Capacity, donors
from surveillance.disclosure.model import Chain


def joint_donors(chain: Chain, joint: NDArray[np.int64]) -> list[Capacity]:
    """Say how many people of each channel a joint table surely has.

    Parameters
    ----------
    chain : Chain
    joint : ndarray of int64, shape (x, y, z, numbers)

    Returns
    -------
    list of ndarray of int8, shape (channels, x, y, z)
        One for each level of flips.

    Examples
    --------
    >>> from surveillance.disclosure.model import COHORT
    >>> joint = np.array([[[[4, 6], [0, 3]]]])  # one place, one period, two groups
    >>> joint_donors(COHORT, joint)[0][:, 0, 0].tolist()  # not completed, completed
    [[6, 3], [4, 0]]
    """
    folded = joint.reshape(joint.shape[0], -1, joint.shape[3])
    return [one[:-1, :, :-1].reshape(-1, *joint.shape[:3]) for one in donors(chain, folded)]


class JointWorld:
    """Joint tables from which people are moved, one move after the other.

    Parameters
    ----------
    people : list of list of ndarray of int8, shape (channels, x, y, z)
        For each joint what :func:`joint_donors` found, level by level. Copied when it first changes.
    """

    def __init__(self, people: list[list[Capacity]]) -> None:
        self.people = [[level.astype(np.int16) for level in one] for one in people]

    def exchange(self, level: int, channel: int, ends: tuple[int, int, int, int], people: int) -> int:
        """Move people of a channel from (x1, y1) and (x2, y2) to (x2, y1) and (x1, y2).

        Their numbers by x and z, and by y and z, stay the same.

        Parameters
        ----------
        level : int
            Of the flip.
        channel : int
        ends : (int, int, int, int)
            x1, y1, x2, y2.
        people : int

        Returns
        -------
        int
            How many could be moved in every joint. Where they are fewer, the world is spoilt: make a new one.
        """
        done = people
        for joint in self.people:
            moved = 0
            while moved < done and _exchange_one(joint, level, channel, ends):
                moved += 1
            done = min(done, moved)
        return done

    def move(
        self, level: int, channel: int, start: tuple[int, int], end: tuple[int, int], people: int, z: int = -1
    ) -> int:
        """Move people of a channel from one x and y to another; their z goes with them.

        Parameters
        ----------
        level, channel : int
        start, end : (int, int)
            x and y.
        people : int
        z : int
            Only people of this z; -1 for any.

        Returns
        -------
        int
            How many could be moved: all of them, or none.
        """
        for joint in self.people:
            for _ in range(people):
                there = joint[level][channel][start]
                chosen = z if z >= 0 else int(there.argmax())
                if there[chosen] < 1:
                    return 0
                for one in joint:
                    one[channel][start][chosen] -= 1
                    one[channel][end][chosen] += 1
        return people


def _exchange_one(
    joint: list[NDArray[np.int16]], level: int, channel: int, ends: tuple[int, int, int, int]
) -> bool:
    """Exchange one person of each end, in one joint."""
    x1, y1, x2, y2 = ends
    people = joint[level][channel]
    first, second = people[x1, y1] > 0, people[x2, y2] > 0
    same = np.flatnonzero(first & second)
    if len(same):
        z = int(same[np.minimum(people[x1, y1], people[x2, y2])[same].argmax()])
        for one in joint:
            one[channel, [x1, x2], [y1, y2], z] -= 1
            one[channel, [x1, x2], [y2, y1], z] += 1
        return True
    z1, z2 = np.flatnonzero(first), np.flatnonzero(second)
    if not (len(z1) and len(z2)):
        return False
    trade = np.minimum(people[:, y1][:, None, z2], people[:, y2][:, z1, None])  # x, z1, z2
    trade[[x1, x2]] = 0
    if trade.max() < 1:
        return False
    third, left, right = np.unravel_index(int(trade.argmax()), trade.shape)
    a, b = int(z1[left]), int(z2[right])
    for one in joint:
        kept = one[channel]
        for x, z, leaves, joins in ((x1, a, y1, y2), (x2, b, y2, y1), (third, b, y1, y2), (third, a, y2, y1)):
            kept[x, leaves, z] -= 1
            kept[x, joins, z] += 1
    return True
