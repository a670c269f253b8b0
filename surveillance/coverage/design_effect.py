"""How much less a number of people says where they came together: intra-van correlation and design effect.

People of one van share an employer, a route and a risk, so their answers are alike. A van here is the people
of one measure's denominator with one `arrival_id`, at one facility on one day, at least two of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: `VanSums.spread` counts in millionths, so that sums are whole numbers and add up exactly.
MILLION = 1_000_000
#: An area with so many vans has a correlation of its own; with fewer it has the pooled one.
ENOUGH_VANS = 10


#: Sums of squares below this are what rounding to millionths leaves of zero.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class VanSums:
    """Sums over vans, which add up over areas and cells of time.

    With m people of the denominator and x of the numerator in a van: `people` is the sum of m, `squares` of
    m squared, `yes` of x, `spread` of x squared / m in millionths, each van's rounded down.
    """

    vans: int = 0
    people: int = 0
    squares: int = 0
    yes: int = 0
    spread: int = 0

    def __add__(self, other: VanSums) -> VanSums:
        """Return the sums over the vans of both."""
        return VanSums(
            self.vans + other.vans,
            self.people + other.people,
            self.squares + other.squares,
            self.yes + other.yes,
            self.spread + other.spread,
        )

    @property
    def companions(self) -> int:
        """Sum of m (m - 1): the companions of each passenger, counted for each passenger."""
        return self.squares - self.people


def correlation(strata: Sequence[VanSums]) -> float | None:
    """Estimate the intra-van correlation of a yes-or-no answer by analysis of variance.

    Parameters
    ----------
    strata : sequence of VanSums
        Vans are compared with the other vans of their stratum alone (a facility in one year, say), so that
        differences between strata are no correlation.

    Returns
    -------
    float or None
        From 0 to 1; a negative estimate is 0. None where no stratum has two vans, or every answer is the
        same.

    References
    ----------
    Ridout MS, Demetrio CGB, Firth D (1999). Estimating intraclass correlation for binary data. Biometrics
    55:137-148. doi:10.1111/j.0006-341X.1999.00137.x

    Examples
    --------
    Two vans of four, 4 yes and 0 yes, are as alike as can be; 2 and 2 are less alike than chance:

    >>> correlation([VanSums(2, 8, 32, 4, 4 * MILLION)])
    1.0
    >>> correlation([VanSums(2, 8, 32, 4, 2 * MILLION)])
    0.0
    """
    held = [s for s in strata if s.people]
    between_df = sum(s.vans for s in held) - len(held)
    within_df = sum(s.people - s.vans for s in held)
    if between_df < 1 or within_df < 1:
        return None
    spread = sum(s.spread for s in held) / MILLION
    between = max(0.0, spread - sum(s.yes**2 / s.people for s in held)) / between_df
    within = max(0.0, sum(s.yes for s in held) - spread) / within_df
    size = sum(s.people - s.squares / s.people for s in held) / between_df
    whole = between + (size - 1) * within
    if whole <= _ROUNDING or size <= 1:
        return None
    return min(1.0, max(0.0, (between - within) / whole))


def design_effect(numerator: int, denominator: int, strata: Sequence[VanSums], pooled: float | None) -> float:
    """Return by how much the variance of a proportion is larger than if all people had come alone.

    The effect is 1 + r (m - 1): r is the correlation, m the mean size of the van over the people of the
    denominator, people who came alone having size one (sum of squares over sum: Kish 1965).

    Parameters
    ----------
    numerator, denominator : int
        The counts of the proportion, in persons. Filters may have kept some people of the vans only: which
        ones is not known, so whole vans are taken as kept, the larger effect.
    strata : sequence of VanSums
        Vans of the area and period, one entry for each facility where that is known.
    pooled : float or None
        Correlation of the disease and measure over all areas; None where it is not known: no effect.

    Returns
    -------
    float
        One or more.

    Notes
    -----
    The area's own correlation counts where it has `ENOUGH_VANS` and both answers, and where it is the larger
    one; otherwise the pooled one. With ten vans an estimate is too often near zero by chance: taken as it
    comes, it marked one map in nine in which nothing had changed.

    References
    ----------
    Kish L (1965). Survey Sampling. Wiley, section 8.2.
    Rao JNK, Scott AJ (1992). A simple method for the analysis of clustered binary data. Biometrics
    48:577-585. doi:10.2307/2532311

    Examples
    --------
    Ten vans of 43 and 70 people who came alone, and a correlation of .02: 1 + .02 * 42 * 430 / 500

    >>> round(design_effect(0, 500, [VanSums(10, 430, 18490, 0, 0)], 0.02), 4)
    1.7224
    """
    sums = sum(strata, VanSums())
    if not denominator or not sums.people:
        return 1.0
    chosen = pooled or 0.0
    if sums.vans >= ENOUGH_VANS and 0 < numerator < denominator:
        chosen = max(chosen, correlation(strata) or 0.0)
    kept = min(1.0, denominator / sums.people)
    return max(1.0, 1 + chosen * sums.companions * kept / denominator)
