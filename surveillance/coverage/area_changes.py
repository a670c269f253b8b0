"""The changes of the areas of one table, held together: which are more than chance, and their intervals."""

from __future__ import annotations

from collections.abc import Sequence

from surveillance.coverage.estimates import Change, Estimate
from surveillance.coverage.multiplicity import FALSE_DISCOVERY_RATE, family
from surveillance.coverage.paired_change import Comparison, Group, difference_limits, p_values, unpaired


def group_of(value: Estimate) -> Group | None:
    """The people of a value; None where it may not be shown, or there are none."""
    if not value.denominator:
        return None
    return Group(value.numerator or 0, value.denominator, value.effect or 1.0)


def compared(now: Estimate, earlier: Estimate) -> Comparison | None:
    """Two values as they are, facilities not being known; None where one of them has no people."""
    after, before = group_of(now), group_of(earlier)
    return None if after is None or before is None else unpaired(after, before)


def changes(
    comparisons: Sequence[Comparison | None], rate: float = FALSE_DISCOVERY_RATE
) -> list[Change | None]:
    """The change of every area of a table; None where there is nothing to compare.

    Parameters
    ----------
    comparisons : sequence of Comparison or None
        One for each area: they are looked at together, and so tested together.
    rate : float
        False discovery rate.

    Returns
    -------
    list of Change or None
        In the order given. The p value of each belongs to its interval; Benjamini and Hochberg adjust it, and
        the intervals of marked areas are those of Benjamini and Yekutieli
        (:func:`surveillance.coverage.multiplicity.family`).
    """
    held = [one for one in comparisons if one is not None]
    if not held:
        return [None] * len(comparisons)
    p = p_values(held)
    tests = family(p.tolist(), rate)
    lower, upper = difference_limits(held, tests.confidence)
    found = iter(
        [
            Change(
                one.now - one.earlier,
                float(lower[i]),
                float(upper[i]),
                p=float(p[i]),
                p_adjusted=float(tests.adjusted[i]),
                level=float(tests.confidence[i]),
                marked=bool(tests.marked[i]),
                family=len(held),
                facilities=one.paired,
                left_out=one.left_out,
                people_left_out=one.people_left_out,
            )
            for i, one in enumerate(held)
        ]
    )
    return [None if one is None else next(found) for one in comparisons]
