"""The change of a count, beside the exact binomial test counted out term by term."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.coverage.count_change import FEWEST, count_change

COUNTS = st.integers(0, 60)


@pytest.mark.parametrize(
    ("now", "earlier", "p", "verdict"),
    [
        # The exact two-sided p: by symmetry twice the smaller tail of n tosses of a coin.
        (30, 12, 0.0079, "more"),
        (12, 30, 0.0079, "fewer"),
        (14, 10, 0.5413, "unclear"),
        (10, 0, 0.0020, "more"),
        (0, 10, 0.0020, "fewer"),
        (9, 0, 0.0039, "few"),
        (0, 0, 1.0, "few"),
    ],
)
def test_the_verdict_is_that_of_the_exact_test(now, earlier, p, verdict):
    n = now + earlier
    tail = sum(math.comb(n, k) for k in range(max(now, earlier), n + 1)) / 2**n
    assert min(1.0, 2 * tail) == pytest.approx(p, abs=5e-5)
    assert count_change(now, earlier).verdict == verdict


@given(COUNTS, COUNTS)
def test_a_verdict_is_given_where_and_only_where_the_exact_test_rejects(now, earlier):
    n = now + earlier
    tail = Fraction(sum(math.comb(n, k) for k in range(max(now, earlier), n + 1)), 2**n)
    clear = count_change(now, earlier).verdict in ("more", "fewer")
    assert clear == (n >= FEWEST and 2 * tail < Fraction(5, 100))


@given(COUNTS, COUNTS)
def test_the_interval_holds_the_ratio_and_turns_round_with_the_windows(now, earlier):
    one, other = count_change(now, earlier), count_change(earlier, now)
    if now + earlier:
        assert one.lower <= one.ratio <= one.upper
    else:
        assert math.isnan(one.ratio) and (one.lower, one.upper) == (0, math.inf)
    turned = 1 / other.lower if other.lower else math.inf
    assert one.upper == pytest.approx(turned)


@pytest.mark.parametrize(
    ("now", "earlier", "confidence"), [(-1, 3, 0.95), (3, -1, 0.95), (3, 1, 1.0), (3, 1, 0)]
)
def test_what_is_no_count_is_refused(now, earlier, confidence):
    with pytest.raises(ValueError, match="not"):
        count_change(now, earlier, confidence)


def test_windows_of_unequal_length_are_compared_by_the_day():
    found = count_change(11, 21, days=(800, 3011))
    assert found.ratio == pytest.approx((11 / 800) / (21 / 3011))
    assert found.lower < 1 < found.upper
    assert count_change(28, 31, days=(28, 31)).ratio == pytest.approx(1)
    with pytest.raises(ValueError, match="at least one day"):
        count_change(3, 3, days=(0, 7))
