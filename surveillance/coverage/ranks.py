"""Where each area stands among its like, and between which ranks it may stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from surveillance.coverage.proportions import proportion, proportion_interval


@dataclass(frozen=True)
class Rank:
    """The rank of one proportion, the highest first.

    Parameters
    ----------
    rank : int
        1 and how many proportions are higher: equal ones share a rank.
    first, last : int
        With the confidence that was asked for, all true ranks lie between these at once.
    lower, upper : float
        Limits of its joint interval.
    """

    rank: int
    first: int
    last: int
    lower: float
    upper: float

    def apart(self, other: Rank) -> bool:
        """Return whether the joint intervals of two proportions have nothing in common.

        Parameters
        ----------
        other : Rank
            Of the same call of :func:`ranks`.

        Returns
        -------
        bool
        """
        return self.lower > other.upper or other.lower > self.upper


def ranks(
    numerators: Sequence[int],
    denominators: Sequence[int],
    effects: Sequence[float] | None = None,
    confidence: float = 0.95,
) -> list[Rank]:
    """Rank proportions, the highest first, with intervals that hold for all ranks together.

    Each proportion has Wilson's interval at the level confidence ** (1 / k): of k independent proportions all
    intervals hold at once with this confidence. The first rank that is possible is 1 and the number of
    intervals that lie wholly above; the last is k less the number that lie wholly below.

    Parameters
    ----------
    numerators, denominators : sequence of int, length k
        Persons; each denominator at least 1.
    effects : sequence of float, length k, optional
        Design effects, one or more; 1 where they are left out.
    confidence : float
        Of all intervals together, between 0 and 1.

    Returns
    -------
    list of Rank, length k
        In the order given.

    Raises
    ------
    StatisticsError
        As with :func:`surveillance.coverage.proportions.proportion_interval`.
    ValueError
        A denominator is zero: nobody has no rank.

    References
    ----------
    Klein M, Wright T, Wieczorek J (2020). A joint confidence region for an overall ranking of populations.
    J R Stat Soc C 69(3): 589-606. doi:10.1111/rssc.12402

    Examples
    --------
    >>> [(r.rank, r.first, r.last) for r in ranks([90, 52, 50], [100, 100, 100])]
    [(1, 1, 1), (2, 2, 3), (3, 2, 3)]
    """
    if not len(numerators):
        return []
    if min(denominators) < 1:
        raise ValueError("a proportion of nobody has no rank")
    values = proportion(numerators, denominators).tolist()
    single = confidence ** (1 / len(values))
    design = [1.0] * len(values) if effects is None else effects
    limits = proportion_interval(numerators, denominators, confidence=single, effect=design)
    lower, upper = (side.tolist() for side in limits)
    return ranks_of_intervals(values, lower, upper)


def ranks_of_intervals(values: Sequence[float], lower: Sequence[float], upper: Sequence[float]) -> list[Rank]:
    """Rank values, the highest first, by intervals that hold together.

    Parameters
    ----------
    values, lower, upper : sequence of float, length k
        Values with their joint limits.

    Returns
    -------
    list of Rank, length k
        In the order given.

    Examples
    --------
    >>> found = ranks_of_intervals([0.9, 0.5, 0.4], [0.8, 0.4, 0.3], [0.95, 0.6, 0.5])
    >>> [(one.rank, one.first, one.last) for one in found]
    [(1, 1, 1), (2, 2, 3), (3, 2, 3)]
    """
    return [
        Rank(
            1 + sum(other > value for other in values),
            1 + sum(low > upper[number] for low in lower),
            len(values) - sum(high < lower[number] for high in upper),
            lower[number],
            upper[number],
        )
        for number, value in enumerate(values)
    ]
