"""How long the usual period of a disease is: the shortest in which most provinces can be told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

#: Lengths that are tried, the shortest first: in whole weeks, and in whole quarters of what is reported by
#: the quarter. Two years at most: a longer period is not the present, and few data have one before it.
WEEKS, QUARTERS = (52, 104), (1, 4, 8)


class Told(NamedTuple):
    """Of one period, the areas that have people, and those of them whose share is told: of no few people."""

    told: int
    areas: int


def usual_length(lengths: Sequence[int], found: Sequence[Told]) -> int:
    """Choose the length of a period that an address leaves open.

    Parameters
    ----------
    lengths : sequence of int
        The shortest first.
    found : sequence of Told
        What each length tells.

    Returns
    -------
    int
        The shortest length in which more than half of the areas with people are told; where no length
        does so, the one that tells the most, the shortest of equals.

    Raises
    ------
    ValueError
        There is no length, or not one finding for each.

    Examples
    --------
    >>> usual_length((1, 4, 8), (Told(1, 24), Told(9, 25), Told(15, 25)))
    8
    >>> usual_length((1, 4, 8), (Told(13, 25), Told(20, 25), Told(25, 25)))
    1
    >>> usual_length((1, 4, 8), (Told(0, 3), Told(0, 3), Told(0, 3)))
    1
    """
    if not lengths or len(lengths) != len(found):
        raise ValueError(f"{len(lengths)} lengths and {len(found)} findings")
    pairs = list(zip(lengths, found, strict=True))
    for length, one in pairs:
        if 2 * one.told > one.areas:
            return length
    return max(pairs, key=lambda pair: pair[1].told)[0]
