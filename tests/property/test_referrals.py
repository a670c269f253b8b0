"""Cascades, delays and expected loads of referrals, against slow and obvious computations."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.errors import UsageError
from surveillance.reception.cascade import Followed, cascade
from surveillance.reception.delays import delay, minutes_between
from surveillance.reception.expected_load import Figure, beside, expected_load
from tests.support.examples import examples

TODAY = date(2026, 6, 1)
OUTCOMES = (
    "",
    "treated",
    "on_treatment",
    "completed",
    "admitted",
    "not_needed",
    "refused",
    "moved",
    "failed",
)
OUTCOMES += ("died", "lost", "not_evaluated")
days = st.integers(0, 800).map(lambda before: TODAY - timedelta(days=before))
followed = st.builds(
    Followed,
    days,
    st.none() | days,
    st.sampled_from(OUTCOMES),
    st.none(),
    st.sampled_from((None, True, False)),
    st.sampled_from((None, True, False)),
)


@given(st.lists(followed, max_size=30))
@settings(max_examples=examples(100))
def test_a_cascade_counts_each_referral_once(referrals):
    found = cascade(referrals, TODAY)
    assert found.sent == len(referrals)
    assert sum(found.ended.values()) + found.pending + found.not_evaluated + found.not_needed == found.sent
    assert found.evaluable >= sum(found.ended.values()) >= found.successes
    for outcome in ("treated", "refused", "moved", "failed", "died", "lost", "completed"):
        assert found.ended.get(outcome, 0) == sum(one.outcome == outcome for one in referrals)
    waiting = [one for one in referrals if one.outcome in ("", "on_treatment", "admitted")]
    ruled_out = [one for one in waiting if one.verified is False]
    assert found.not_needed == len(ruled_out) + sum(one.outcome == "not_needed" for one in referrals)
    late = [one for one in waiting if one.verified is not False and (TODAY - one.sent).days >= 365]
    assert found.not_evaluated == len(late) + sum(one.outcome == "not_evaluated" for one in referrals)
    told = ("treated", "on_treatment", "completed", "admitted", "failed")
    assert found.arrived == sum(
        one.arrived is not None or one.outcome in told or one.outcome == "not_needed" for one in referrals
    )
    assert found.started == sum(
        one.outcome in told if one.started is None else one.started for one in referrals
    )
    assert found.verified + found.unverified <= found.sent


def quantile(values: list[int], share: Fraction) -> float:
    """Of the ordered values, by a straight line between two of them."""
    place = share * (len(values) - 1)
    below = math.floor(place)
    above = min(below + 1, len(values) - 1)
    return float(values[below] + (place - below) * (values[above] - values[below]))


@given(st.lists(st.none() | st.integers(-3, 60), max_size=40))
@settings(max_examples=examples(100))
def test_delays(lengths):
    found = delay(lengths)
    known = sorted(length for length in lengths if length is not None and length >= 0)
    assert found.reached.denominator == len(lengths)
    assert found.reached.numerator == len(known) + found.backward == len(lengths) - lengths.count(None)
    if known:
        wanted = [quantile(known, Fraction(quarter, 4)) for quarter in (1, 2, 3)]
        assert [found.lower_quartile, found.median, found.upper_quartile] == pytest.approx(wanted)
    else:
        assert found.median is found.lower_quartile is found.upper_quartile is None
    assert (found.reached.value is None) == (not lengths)


def test_minutes_backward_are_told():
    first, second = datetime(2025, 8, 1, 8, 30, tzinfo=UTC), datetime(2025, 8, 1, 8, 0, tzinfo=UTC)
    assert minutes_between(first, second) == -30
    assert delay([minutes_between(first, second)]).backward == 1


@given(st.integers(0, 60), st.integers(0, 1000))
@settings(max_examples=examples(60))
def test_the_range_of_chance_leaves_less_than_a_fortieth_on_each_side(people, per_thousand):
    figure = Figure("pregnant", per_thousand, "register")
    (found,) = expected_load([figure], {"KH01": people}, {"KH01": [people]})
    rate = per_thousand / 1000
    chance = [math.comb(people, k) * rate**k * (1 - rate) ** (people - k) for k in range(people + 1)]
    assert found.lower is not None and found.upper is not None and not found.why
    assert sum(chance[: found.lower]) < 0.025 + 1e-9 <= sum(chance[: found.lower + 1]) + 2e-9
    assert sum(chance[: found.upper]) < 0.975 + 1e-9 <= sum(chance[: found.upper + 1]) + 2e-9
    assert found.number == pytest.approx(people * rate)


@pytest.mark.parametrize(
    ("arrivals", "seen", "says"),
    [
        (801, [100, 800], "More arrivals"),
        (99, [100, 800], "Fewer arrivals"),
        (0, [100], "Fewer arrivals"),
        (5, [], "have not been seen"),
        (100, [100, 800], ""),
        (800, [100, 800], ""),
    ],
)
def test_beyond_what_was_seen_there_is_no_interval_and_it_says_so(arrivals, seen, says):
    (found,) = expected_load([Figure("tb", 3.5, "survey")], {"KH01": arrivals}, {"KH01": seen, "KH02": [7]})
    assert says in found.why and bool(found.why) == bool(says)
    assert (found.lower is None) == (found.upper is None) == bool(says)
    assert found.number == pytest.approx(arrivals * 0.0035)
    assert (beside(found, 3).verdict is None) == bool(says)


@pytest.mark.parametrize(("per_thousand", "source"), [(-1, "x"), (1001, "x"), (float("nan"), "x"), (5, "  ")])
def test_a_figure_without_a_source_or_out_of_bounds_is_refused(per_thousand, source):
    with pytest.raises(UsageError):
        Figure("pregnant", per_thousand, source)


def test_arrivals_below_zero_are_refused():
    with pytest.raises(UsageError):
        expected_load([], {"KH01": -1}, {})
