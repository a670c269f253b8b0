"""Places whose share of all people grew: to a space-time permutation scan they look like late clusters."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist

#: Days of a study period up to which populations hardly shift.
SHORT_PERIOD = 366
#: A share has grown where it is so many times as large in the later half, made by at least so many people ...
FACTOR, LEAST_PEOPLE = 1.5, 10
#: ... and chance alone would bring it in less than one in a hundred tables of places.
SELDOM = 0.01


@dataclass(frozen=True)
class Grown:
    """A place, and how many times as large its share was in the later half; None: there were none before."""

    location: str
    factor: float | None


def grown(earlier: Mapping[str, int], later: Mapping[str, int]) -> list[Grown]:
    """List the places whose share of all people grew in the later half of a period, the largest growth first.

    The space-time permutation takes each place's part of the cases as the same at all times. Where the
    population of some places grows faster than that of others, the later cases there are more than expected
    without any outbreak (population shift bias; Kulldorff M et al. (2005), PLoS Medicine 2(3):e59,
    doi:10.1371/journal.pmed.0020059). The shares are those of people who were seen and are no cases, since an
    outbreak moves the cases by itself.

    A share has grown where it is 1.5 times as large, by at least ten people, and by more than chance: the
    difference of two proportions, one-sided, at 0.01 shared among the places (Bonferroni).

    Parameters
    ----------
    earlier, later : mapping of str to int
        Place -> people seen without being cases, in the two halves of the period.

    Returns
    -------
    list of Grown

    References
    ----------
    Kulldorff M et al. (2005). PLoS Medicine 2:e59. doi:10.1371/journal.pmed.0020059

    Examples
    --------
    >>> grown({"A": 100, "B": 900}, {"A": 300, "B": 900})
    [Grown(location='A', factor=2.5)]
    >>> grown({"A": 100, "B": 900}, {"A": 200, "B": 1800})
    []
    """
    before, after = sum(earlier.values()), sum(later.values())
    places = sorted({*earlier, *later})
    if not before or not after:
        return []
    beyond = NormalDist().inv_cdf(1 - SELDOM / len(places))
    found = []
    for place in places:
        now, then = later.get(place, 0), earlier.get(place, 0)
        usual, pooled = after * then / before, (now + then) / (before + after)
        spread = math.sqrt(pooled * (1 - pooled) * (1 / before + 1 / after))
        enough = now - usual >= LEAST_PEOPLE and now >= FACTOR * usual
        if enough and now / after - then / before > beyond * spread:
            found.append((now - usual, Grown(place, now / usual if usual else None)))
    return [place for _, place in sorted(found, key=lambda item: (-item[0], item[1].location))]
