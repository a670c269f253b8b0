"""Intervals against published tables, and against an implementation written by others."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from surveillance.coverage.proportions import difference_interval, proportion, proportion_interval

NEWCOMBE_SINGLE = "Newcombe 1998, Stat Med 17:857-872, table I"
NEWCOMBE_DIFFERENCE = "Newcombe 1998, Stat Med 17:873-890, table II, method 10"
JEFFREYS = "Brown, Cai & DasGupta 2001, Stat Sci 16:101-133, limits of the Jeffreys interval, n = 7"
IOM = "IOM Cambodia, migrant TB screening January 2020 - November 2021 (CamboJA News, 2021); counts"

#: numerator, denominator, method, lower, upper, decimals printed, source.
#: None where the paper's table modifies that limit (its lower one for a count of 1).
PUBLISHED = [
    (81, 263, "wilson", 0.2553, 0.3662, 4, NEWCOMBE_SINGLE),
    (15, 148, "wilson", 0.0624, 0.1605, 4, NEWCOMBE_SINGLE),
    (0, 20, "wilson", 0.0000, 0.1611, 4, NEWCOMBE_SINGLE),
    (1, 29, "wilson", 0.0061, 0.1718, 4, NEWCOMBE_SINGLE),
    (81, 263, "exact", 0.2527, 0.3676, 4, NEWCOMBE_SINGLE),
    (15, 148, "exact", 0.0578, 0.1617, 4, NEWCOMBE_SINGLE),
    (0, 20, "exact", 0.0000, 0.1684, 4, NEWCOMBE_SINGLE),
    (1, 29, "exact", 0.0009, 0.1776, 4, NEWCOMBE_SINGLE),
    (1, 7, "jeffreys", None, 0.501, 3, JEFFREYS),
    (2, 7, "jeffreys", 0.065, 0.648, 3, JEFFREYS),
    (3, 7, "jeffreys", 0.139, 0.766, 3, JEFFREYS),
    (4, 7, "jeffreys", 0.234, 0.861, 3, JEFFREYS),
]

#: numerator, denominator, earlier numerator, earlier denominator, difference, lower, upper, contrast.
DIFFERENCES = [
    (56, 70, 48, 80, 0.2000, 0.0524, 0.3339, "a"),
    (9, 10, 3, 10, 0.6000, 0.1705, 0.8090, "b"),
    (6, 7, 2, 7, 0.5714, 0.0582, 0.8062, "c"),
    (5, 56, 0, 29, 0.0893, -0.0381, 0.1926, "d"),
    (0, 10, 0, 20, 0.0000, -0.1611, 0.2775, "e"),
    (0, 10, 0, 10, 0.0000, -0.2775, 0.2775, "f"),
    (10, 10, 0, 20, 1.0000, 0.6791, 1.0000, "g"),
    (10, 10, 0, 10, 1.0000, 0.6075, 1.0000, "h"),
]

#: numerator, denominator, per cent, lower, upper (Wilson, computed from the published counts), step, source.
CASCADE = [
    (2271, 15034, 15.1, 14.5, 15.7, "presumptive of screened", IOM),
    (342, 1519, 22.5, 20.5, 24.7, "positive of those tested by Xpert", IOM),
    (342, 15034, 2.3, 2.0, 2.5, "positive of screened", IOM),
]

#: Our method names, as statsmodels calls them.
ELSEWHERE = {"wilson": "wilson", "exact": "beta", "jeffreys": "jeffreys"}


def slack(decimals: int) -> float:
    """Half a unit of the last printed digit, or one whole unit where a table prints only three."""
    return 0.5 * 10**-decimals if decimals >= 4 else 1.0 * 10**-decimals


@pytest.mark.parametrize(("x", "n", "method", "lower", "upper", "decimals", "source"), PUBLISHED)
def test_a_published_interval_is_reproduced(x, n, method, lower, upper, decimals, source):
    ours = proportion_interval(x, n, method=method)
    for got, printed in zip(ours, (lower, upper), strict=True):
        if printed is not None:
            assert float(got) == pytest.approx(printed, abs=slack(decimals)), source


@pytest.mark.parametrize(("x1", "n1", "x2", "n2", "difference", "lower", "upper", "contrast"), DIFFERENCES)
def test_newcombes_differences_are_reproduced(x1, n1, x2, n2, difference, lower, upper, contrast):
    got = tuple(float(value) for value in difference_interval(x1, n1, x2, n2))
    assert got == pytest.approx((difference, lower, upper), abs=5e-5), (NEWCOMBE_DIFFERENCE, contrast)


def test_a_difference_is_now_minus_earlier():
    rise = difference_interval(56, 70, 48, 80)
    fall = difference_interval(48, 80, 56, 70)
    assert float(rise[0]) == pytest.approx(0.2)
    assert [float(v) for v in fall] == pytest.approx([-float(rise[0]), -float(rise[2]), -float(rise[1])])


@pytest.mark.parametrize(("x", "n", "percent", "lower", "upper", "step", "source"), CASCADE)
def test_the_iom_tuberculosis_cascade_is_reproduced(x, n, percent, lower, upper, step, source):
    low, high = proportion_interval(x, n)
    shown = [round(100 * float(value), 1) for value in (proportion(x, n), low, high)]
    assert shown == [percent, lower, upper], (step, source)


@pytest.mark.parametrize("method", ELSEWHERE)
@pytest.mark.parametrize("confidence", [0.8, 0.9, 0.95, 0.99])
def test_every_pair_of_counts_up_to_sixty_agrees_with_statsmodels(method, confidence):
    pairs = np.array([(x, n) for n in range(1, 61) for x in range(n + 1)])
    x, n = pairs[:, 0], pairs[:, 1]
    lower, upper = proportion_interval(x, n, method=method, confidence=confidence)
    theirs = proportion_confint(x, n, alpha=1 - confidence, method=ELSEWHERE[method])
    their_lower = np.where(
        x == 0, 0.0, np.asarray(theirs[0])
    )  # both closed at the ends, as Brown et al. advise
    their_upper = np.where(x == n, 1.0, np.asarray(theirs[1]))
    np.testing.assert_allclose(lower, their_lower, rtol=0, atol=1e-12)
    np.testing.assert_allclose(upper, their_upper, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("x", "n", "method"), [row[:3] for row in PUBLISHED])
def test_the_published_rows_are_also_what_statsmodels_computes(x, n, method):
    theirs = proportion_confint(x, n, alpha=0.05, method=ELSEWHERE[method])
    ours = tuple(float(v) for v in proportion_interval(x, n, method=method))
    assert ours == pytest.approx(tuple(float(v) for v in theirs), abs=1e-12)


@pytest.mark.parametrize("row", DIFFERENCES, ids=lambda row: row[-1])
@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_differences_agree_with_statsmodels(row, confidence):
    x1, n1, x2, n2 = row[:4]
    theirs = confint_proportions_2indep(
        x1, n1, x2, n2, method="newcomb", compare="diff", alpha=1 - confidence
    )
    _, lower, upper = difference_interval(x1, n1, x2, n2, confidence=confidence)
    assert (float(lower), float(upper)) == pytest.approx(tuple(float(v) for v in theirs), abs=1e-9)
