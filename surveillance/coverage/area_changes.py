"""The changes of the areas of one table, held together: which are more than chance, and their intervals."""

from __future__ import annotations

from collections.abc import Sequence

from surveillance.coverage.estimates import Change, Estimate
from surveillance.coverage.multiplicity import FALSE_DISCOVERY_RATE, family
from surveillance.coverage.paired_change import Comparison, Group, difference_limits, p_values, unpaired


def group_of(value: Estimate) -> Group | None:
    """Return the people of a value.

    Parameters
    ----------
    value : Estimate

    Returns
    -------
    Group or None
        None where the value may not be shown, or has no people.

    Examples
    --------
    >>> from surveillance.coverage.estimates import Counts, estimate
    >>> group_of(estimate([Counts(True, records=9, numerator=3, denominator=8)])[0])
    Group(numerator=3, denominator=8, effect=1.0)
    """
    if not value.denominator:
        return None
    return Group(value.numerator or 0, value.denominator, value.effect or 1.0)


def compared(now: Estimate, earlier: Estimate) -> Comparison | None:
    """Compare two values as they are, without knowing facilities.

    Parameters
    ----------
    now, earlier : Estimate
        Values of one area in two periods.

    Returns
    -------
    Comparison or None
        None where one of them has no people.

    Examples
    --------
    >>> from surveillance.coverage.estimates import Counts, estimate
    >>> now, earlier = estimate([Counts(True, 80, 56, 70), Counts(True, 90, 48, 80)])
    >>> compared(now, earlier).now, compared(now, earlier).earlier
    (0.8, 0.6)
    """
    after, before = group_of(now), group_of(earlier)
    return None if after is None or before is None else unpaired(after, before)


def changes(
    comparisons: Sequence[Comparison | None], rate: float = FALSE_DISCOVERY_RATE
) -> list[Change | None]:
    """Compute the change of every area of a table.

    Parameters
    ----------
    comparisons : sequence of Comparison or None, length n
        One for each area: they are looked at together, and so tested together.
    rate : float
        False discovery rate, between 0 and 1.

    Returns
    -------
    list of Change or None, length n
        In the order given; None where there is nothing to compare. The p value of each belongs to its
        interval; Benjamini and Hochberg adjust it, and the intervals of marked areas are those of Benjamini
        and Yekutieli (:func:`surveillance.coverage.multiplicity.family`).

    References
    ----------
    Benjamini Y, Hochberg Y (1995). J R Stat Soc B 57:289-300. doi:10.1111/j.2517-6161.1995.tb02031.x
    Benjamini Y, Yekutieli D (2005). J Am Stat Assoc 100:71-81. doi:10.1198/016214504000001907

    Examples
    --------
    >>> found, missing = changes([unpaired(Group(560, 700), Group(480, 800)), None])
    >>> round(found.difference, 3), found.marked, missing
    (0.2, True, None)
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
