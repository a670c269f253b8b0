"""Intervals of proportions against slow oracles that solve the defining equation by bisection."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from surveillance.coverage.proportions import difference_interval, proportion, proportion_interval
from surveillance.errors import StatisticsError
from tests.support.examples import examples

METHODS = ("wilson", "exact", "jeffreys")

confidences = st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99, 0.999])


@st.composite
def counts(draw, largest: int = 60, smallest: int = 1) -> tuple[int, int]:
    """A numerator and the denominator it is a subset of; the ends are drawn often."""
    n = draw(st.integers(smallest, largest))
    x = draw(st.one_of(st.sampled_from([0, n, min(1, n), max(0, n - 1)]), st.integers(0, n)))
    return x, n


def bisect(too_low, low: float, high: float) -> float:
    """Where `too_low` turns from true to false between `low` and `high`."""
    for _ in range(200):
        middle = (low + high) / 2
        if too_low(middle):
            low = middle
        else:
            high = middle
    return (low + high) / 2


@cache
def normal_quantile(confidence: float) -> float:
    """The z outside which 1 - confidence of a standard normal lies."""
    return bisect(lambda z: math.erfc(z / math.sqrt(2)) > 1 - confidence, 0.0, 40.0)


def wilson_oracle(x: int, n: int, confidence: float) -> tuple[float, float]:
    """The proportions that a score test at this level just fails to reject."""
    z, estimate = normal_quantile(confidence), x / n

    def rejected(p: float) -> bool:
        return abs(estimate - p) > z * math.sqrt(p * (1 - p) / n)

    lower = 0.0 if x == 0 else bisect(rejected, 0.0, estimate)
    upper = 1.0 if x == n else bisect(lambda p: not rejected(p), estimate, 1.0)
    return lower, upper


def at_least(x: int, n: int, p: Fraction) -> Fraction:
    """Probability of x or more of n, summed term by term."""
    return sum((math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(x, n + 1)), Fraction(0))


@cache
def exact_oracle(x: int, n: int, confidence: float) -> tuple[float, float]:
    """The proportions under which the count seen, or one further out, has the tail's probability."""
    tail = (1 - Fraction(str(confidence))) / 2

    def solve(too_low) -> float:
        low, high = Fraction(0), Fraction(1)
        for _ in range(36):
            middle = (low + high) / 2
            low, high = (middle, high) if too_low(middle) else (low, middle)
        return float((low + high) / 2)

    lower = 0.0 if x == 0 else solve(lambda p: at_least(x, n, p) < tail)
    upper = 1.0 if x == n else solve(lambda p: 1 - at_least(x + 1, n, p) > tail)
    return lower, upper


@cache
def jeffreys_oracle(x: int, n: int, confidence: float) -> tuple[float, float]:
    """Quantiles of the posterior by adding up narrow strips.

    With p = sin^2(angle) the Jeffreys prior is flat, so the likelihood alone is what is added up.
    """
    strips = 40_000
    angle = (np.arange(strips) + 0.5) * (math.pi / 2 / strips)
    log_height = 2 * x * np.log(np.sin(angle)) + 2 * (n - x) * np.log(np.cos(angle))
    below = np.cumsum(np.exp(log_height - log_height.max()))
    below /= below[-1]
    edges = (np.arange(strips) + 1) * (math.pi / 2 / strips)
    tail = (1 - confidence) / 2
    lower, upper = (math.sin(float(np.interp(share, below, edges))) ** 2 for share in (tail, 1 - tail))
    return (0.0 if x == 0 else lower), (1.0 if x == n else upper)


def interval(x: int, n: int, method: str, confidence: float = 0.95) -> tuple[float, float]:
    """One interval as two plain numbers."""
    lower, upper = proportion_interval(x, n, method=method, confidence=confidence)
    return float(lower), float(upper)


def same(got, expected) -> None:
    """Equal but for the last bits, which a number and an array may round differently; NaN equals NaN."""
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-14)


@given(counts(largest=2000), confidences)
def test_wilson_solves_the_score_equation(pair, confidence):
    assert interval(*pair, "wilson", confidence) == pytest.approx(wilson_oracle(*pair, confidence), abs=1e-11)


@settings(max_examples=examples(60), deadline=None)
@given(counts(largest=25), confidences)
def test_exact_limits_leave_the_tail_probability_beyond_the_count(pair, confidence):
    assert interval(*pair, "exact", confidence) == pytest.approx(exact_oracle(*pair, confidence), abs=1e-9)


@settings(max_examples=examples(60), deadline=None)
@given(counts(largest=80), confidences)
def test_jeffreys_limits_are_the_quantiles_of_the_posterior(pair, confidence):
    assert interval(*pair, "jeffreys", confidence) == pytest.approx(
        jeffreys_oracle(*pair, confidence), abs=1e-6
    )


@given(counts(), counts(), confidences)
def test_the_difference_squares_and_adds_the_two_score_intervals(now, earlier, confidence):
    p1, p2 = now[0] / now[1], earlier[0] / earlier[1]
    (l1, u1), (l2, u2) = wilson_oracle(*now, confidence), wilson_oracle(*earlier, confidence)
    expected = (
        p1 - p2,
        p1 - p2 - math.hypot(p1 - l1, u2 - p2),
        p1 - p2 + math.hypot(u1 - p1, p2 - l2),
    )
    got = difference_interval(*now, *earlier, confidence=confidence)
    assert tuple(float(v) for v in got) == pytest.approx(expected, abs=1e-10)


@given(counts(), counts(), confidences)
def test_a_difference_contains_itself_and_stays_between_minus_one_and_one(now, earlier, confidence):
    d, lower, upper = (float(v) for v in difference_interval(*now, *earlier, confidence=confidence))
    assert -1 - 1e-12 <= lower <= d <= upper <= 1 + 1e-12


@given(counts(), counts(), confidences)
def test_swapping_the_periods_mirrors_the_difference(now, earlier, confidence):
    forward = [float(v) for v in difference_interval(*now, *earlier, confidence=confidence)]
    back = [float(v) for v in difference_interval(*earlier, *now, confidence=confidence)]
    assert back == pytest.approx([-forward[0], -forward[2], -forward[1]], abs=1e-12)


@given(counts(largest=100_000))
def test_a_proportion_is_the_division_written_out(pair):
    x, n = pair
    assert float(proportion(x, n)) == float(Fraction(x, n))


@pytest.mark.parametrize("method", METHODS)
@given(pair=counts(largest=5000), confidence=confidences)
def test_an_interval_contains_its_estimate_and_lies_within_zero_and_one(method, pair, confidence):
    lower, upper = interval(*pair, method, confidence)
    assert 0 <= lower <= pair[0] / pair[1] <= upper <= 1
    assert lower < upper


@pytest.mark.parametrize("method", METHODS)
@given(pair=counts(largest=5000), confidence=confidences)
def test_those_without_the_outcome_have_the_mirrored_interval(method, pair, confidence):
    x, n = pair
    lower, upper = interval(x, n, method, confidence)
    mirrored = interval(n - x, n, method, confidence)
    assert mirrored == pytest.approx((1 - upper, 1 - lower), abs=1e-10)


@pytest.mark.parametrize("method", METHODS)
@given(pair=counts(), levels=st.tuples(confidences, confidences))
def test_more_confidence_never_narrows_an_interval(method, pair, levels):
    less, more = sorted(levels)
    assume(less < more)
    narrow, wide = interval(*pair, method, less), interval(*pair, method, more)
    assert wide[0] <= narrow[0]
    assert narrow[1] <= wide[1]
    assert wide != narrow


@pytest.mark.parametrize("method", METHODS)
@given(pair=counts(largest=200))
def test_one_more_person_with_the_outcome_never_lowers_a_limit(method, pair):
    x, n = pair
    assume(x < n)
    fewer, more = interval(x, n, method), interval(x + 1, n, method)
    assert fewer[0] <= more[0]
    assert fewer[1] <= more[1]


@given(counts(largest=500), confidences)
def test_the_exact_interval_holds_the_jeffreys_interval(pair, confidence):
    exact, jeffreys = interval(*pair, "exact", confidence), interval(*pair, "jeffreys", confidence)
    assert exact[0] <= jeffreys[0]
    assert jeffreys[1] <= exact[1]


@pytest.mark.parametrize("method", METHODS)
@given(pairs=st.lists(counts(smallest=0), min_size=0, max_size=12), confidence=confidences)
def test_an_array_gives_what_its_elements_give_one_by_one(method, pairs, confidence):
    xs, ns = [x for x, _ in pairs], [n for _, n in pairs]
    lower, upper = proportion_interval(xs, ns, method=method, confidence=confidence)
    assert lower.shape == upper.shape == (len(pairs),)
    one_by_one = [interval(x, n, method, confidence) for x, n in pairs]
    same(lower, [pair[0] for pair in one_by_one])
    same(upper, [pair[1] for pair in one_by_one])
    same(proportion(xs, ns), [float(proportion(x, n)) for x, n in pairs])


@given(st.lists(st.tuples(counts(smallest=0), counts(smallest=0)), min_size=1, max_size=8))
def test_an_array_of_differences_gives_what_its_elements_give_one_by_one(rows):
    columns = [[row[i][j] for row in rows] for i in (0, 1) for j in (0, 1)]
    together = difference_interval(*columns)
    apart = [difference_interval(*now, *earlier) for now, earlier in rows]
    for k in range(3):
        same(together[k], [float(one[k]) for one in apart])


@pytest.mark.parametrize("method", METHODS)
def test_nobody_in_the_denominator_is_nan_and_not_zero(method):
    lower, upper = proportion_interval([0, 1], [0, 2], method=method)
    assert np.isnan(proportion([0, 1], [0, 2])).tolist() == [True, False]
    assert np.isnan(lower).tolist() == np.isnan(upper).tolist() == [True, False]


@pytest.mark.parametrize("empty", ["now", "earlier", "both"])
def test_a_difference_from_or_to_nobody_is_nan(empty):
    now = (0, 0) if empty in ("now", "both") else (3, 4)
    earlier = (0, 0) if empty in ("earlier", "both") else (1, 4)
    assert np.isnan(difference_interval(*now, *earlier)).all()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n", [1, 2, 3, 20, 1000, 1_000_000])
def test_no_or_every_person_gives_a_limit_at_the_end_and_an_open_one(method, n):
    none, everyone = interval(0, n, method), interval(n, n, method)
    assert none[0] == 0.0
    assert 0 < none[1] < 1
    assert everyone[1] == 1.0
    assert 0 < everyone[0] < 1


@pytest.mark.parametrize(
    ("x", "n", "words"),
    [
        (-1, 5, "negative"),
        (0, -1, "numerator above denominator"),
        (2.5, 5, "whole"),
        (2, 5.5, "whole"),
        (math.nan, 5, "must be numbers"),
        (1, math.nan, "must be numbers"),
        (math.inf, math.inf, "must be numbers"),
        (None, 5, "must be numbers"),
        (6, 5, "position 0"),
        ([1, 2, 3], [3, 3, 2], "position 2"),
        (1, 0, "position 0"),
    ],
)
def test_counts_that_cannot_be_are_refused_with_the_reason(x, n, words):
    for call in (
        lambda: proportion(x, n),
        *(lambda m=m: proportion_interval(x, n, method=m) for m in METHODS),
        lambda: difference_interval(x, n, 1, 2),
        lambda: difference_interval(1, 2, x, n),
    ):
        with pytest.raises(StatisticsError, match=words):
            call()


@pytest.mark.parametrize("confidence", [0, 1, -0.5, 95, math.nan])
def test_a_confidence_outside_zero_and_one_is_refused(confidence):
    with pytest.raises(StatisticsError, match="confidence must lie between 0 and 1"):
        proportion_interval(1, 2, confidence=confidence)
    with pytest.raises(StatisticsError, match="confidence must lie between 0 and 1"):
        difference_interval(1, 2, 1, 2, confidence=confidence)


def test_an_unknown_method_is_refused_by_name():
    with pytest.raises(StatisticsError, match="unknown method 'wald'"):
        proportion_interval(1, 2, method="wald")


def test_the_default_is_wilson_at_ninety_five_per_cent():
    default = tuple(float(v) for v in proportion_interval(3, 11))
    assert default == interval(3, 11, "wilson", 0.95) == pytest.approx(wilson_oracle(3, 11, 0.95), abs=1e-11)
