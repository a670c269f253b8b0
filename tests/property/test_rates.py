"""Rates, funnels, ranks and times until a step against slow computations, and against what they promise."""

from __future__ import annotations

import math
from itertools import pairwise, permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.errors import StatisticsError
from surveillance.rates.bayes import empirical_bayes
from surveillance.rates.bym2 import bym2
from surveillance.rates.cascade import PATHS, Reached, along, cascade_of
from surveillance.rates.counts import count_interval
from surveillance.rates.crude import crude_rate
from surveillance.rates.funnel import funnel
from surveillance.rates.priors import Priors
from surveillance.rates.ranks import rank_intervals
from surveillance.rates.standardised import directly_standardised, indirectly_standardised
from surveillance.rates.structure import structure
from surveillance.rates.survival import kaplan_meier
from surveillance.status import Status
from tests.support.examples import examples

MAYBE = st.one_of(st.none(), st.integers(0, 60))
PEOPLE = st.one_of(st.none(), st.integers(0, 3000))


def poisson_below(r: int, mean: float) -> float:
    """Probability of r or fewer events, term by term."""
    return math.fsum(math.exp(-mean + k * math.log(mean) - math.lgamma(k + 1)) for k in range(r + 1))


def binomial_below(r: int, n: int, p: float) -> float:
    return math.fsum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(r + 1))


# --- crude ------------------------------------------------------------------------------------------


@settings(max_examples=examples(60))
@given(st.lists(st.tuples(MAYBE, PEOPLE), min_size=1, max_size=8))
def test_a_rate_is_a_number_zero_nobody_or_unknown_and_never_a_zero_for_what_is_unknown(rows: Any) -> None:
    found = crude_rate([x for x, _ in rows], [n for _, n in rows], 1000)
    for at, (x, n) in enumerate(rows):
        status = found.status[at]
        if n is None or (x is None and n) or (n == 0 and x):
            assert status is Status.UNKNOWN
        elif n == 0:
            assert status is Status.NOBODY
        else:
            assert status is (Status.VALUE if x else Status.ZERO)
            assert found.value[at] == pytest.approx(1000 * x / n)
            assert found.lower[at] <= found.value[at] < found.upper[at]
        there = status in (Status.VALUE, Status.ZERO)
        assert bool(found.reason[at]) is not there
        assert np.isnan([found.value[at], found.lower[at], found.upper[at]]).tolist() == [not there] * 3


@settings(max_examples=examples(40))
@given(st.integers(0, 80), st.sampled_from([0.9, 0.95, 0.99]))
def test_exact_limits_leave_the_tail_on_each_side(x: int, level: float) -> None:
    (lower,), (upper,) = count_interval([x], confidence=level)
    assert poisson_below(x, float(upper)) == pytest.approx((1 - level) / 2)
    if x:
        assert 1 - poisson_below(x - 1, float(lower)) == pytest.approx((1 - level) / 2)
    else:
        assert lower == 0


@pytest.mark.parametrize(
    ("events", "people", "said"),
    [([-1], [9], "negative"), ([1.5], [9], "whole"), ([1], [-9], "zero or more"), ([1, 2], [1, 2, 3], "fit"),
     ([float("inf")], [9], "whole")],
)  # fmt: skip
def test_numbers_that_cannot_be_are_refused_in_words(events: Any, people: Any, said: str) -> None:
    with pytest.raises(StatisticsError, match=said):
        crude_rate(events, people)
    with pytest.raises(StatisticsError, match="above zero"):
        crude_rate(1, 2, per=0)
    with pytest.raises(StatisticsError, match="confidence"):
        crude_rate(1, 2, confidence=1)


# --- standardised -----------------------------------------------------------------------------------


@settings(max_examples=examples(40))
@given(st.integers(0, 90), st.integers(1, 5000), st.integers(1, 9), st.sampled_from(["fay_feuer", "dobson"]))
def test_one_stratum_gives_the_exact_interval_of_a_crude_rate(
    x: int, n: int, weight: int, method: Any
) -> None:
    one = directly_standardised([x], [n], [weight], method=method)
    crude = crude_rate(x, n)
    for side, other in ((one.value, crude.value), (one.lower, crude.lower), (one.upper, crude.upper)):
        np.testing.assert_allclose(side, other, rtol=1e-9)
    assert one.status == crude.status


STRATA = st.integers(2, 5).flatmap(
    lambda k: st.tuples(
        st.lists(st.integers(0, 40), min_size=k, max_size=k),
        st.lists(st.integers(0, 900), min_size=k, max_size=k),
        st.lists(st.integers(0, 50), min_size=k, max_size=k).filter(any),
    )
)  # fmt: skip


@settings(max_examples=examples(60))
@given(STRATA, st.sampled_from(["fay_feuer", "dobson"]))
def test_a_standardised_rate_is_a_weighted_mean_or_unknown(rows: Any, method: Any) -> None:
    x, n, w = rows
    found = directly_standardised(x, n, w, per=1, method=method)
    used = [at for at in range(len(w)) if w[at]]
    if any(n[at] == 0 for at in used):
        assert found.status[0] is Status.UNKNOWN and found.reason[0]
        assert np.isnan(found.value[0])
        return
    mean = sum(w[at] * x[at] / n[at] for at in used) / sum(w)
    assert found.value[0] == pytest.approx(mean)
    assert found.lower[0] <= found.value[0] + 1e-12 < found.upper[0]
    assert found.status[0] is (Status.VALUE if any(x[at] for at in used) else Status.ZERO)
    if mean == 0:
        largest = max(w[at] / sum(w) / n[at] for at in used)
        assert found.upper[0] == pytest.approx(largest * float(count_interval([0])[1][0]))


@settings(max_examples=examples(40))
@given(st.integers(0, 60), st.lists(PEOPLE, min_size=1, max_size=4), st.data())
def test_expected_events_are_summed_or_unknown(x: int, people: Any, data: Any) -> None:
    rates = data.draw(
        st.lists(st.one_of(st.none(), st.floats(0, 0.1)), min_size=len(people), max_size=len(people))
    )
    found = indirectly_standardised(x, people, rates)
    missing = any(n is None or (n and r is None) for n, r in zip(people, rates, strict=True))
    if missing:
        assert found.status[0] is Status.UNKNOWN and np.isnan(found.ratio[0])
        return
    expected = sum(n * (r or 0) for n, r in zip(people, rates, strict=True))
    assert found.expected[0] == pytest.approx(expected)
    if expected == 0:
        assert found.status[0] is Status.UNKNOWN and found.reason[0]
    else:
        assert found.ratio[0] == pytest.approx(x / expected)


# --- smoothed ---------------------------------------------------------------------------------------


@settings(max_examples=examples(30))
@given(st.lists(st.tuples(MAYBE, PEOPLE), min_size=5, max_size=12))
def test_smoothing_pulls_each_rate_towards_the_mean_and_lends_none(rows: Any) -> None:
    x, n = [one for one, _ in rows], [one for _, one in rows]
    crude = crude_rate(x, n)
    if crude.shown.sum() < 3 or not any(one for one, there in zip(x, crude.shown, strict=True) if there):
        with pytest.raises(StatisticsError):
            empirical_bayes(x, n)
        return
    found = empirical_bayes(x, n, threshold=100)
    assert found.rates.status == crude.status
    for at in np.flatnonzero(crude.shown):
        low, high = sorted((crude.value[at], found.mean))
        assert low - 1e-6 * high <= found.rates.value[at] <= high * (1 + 1e-6)
        assert 0 <= found.above[at] <= 1 and 0 <= found.weight[at] <= 1
    assert np.isnan(found.rates.value[~crude.shown]).all()


def test_equal_rates_are_smoothed_to_their_mean() -> None:
    found = empirical_bayes([10, 20, 40, 80], [1000, 2000, 4000, 8000], per=1000)
    np.testing.assert_allclose(found.rates.value, 10, rtol=1e-3)
    assert found.spread < 0.01


def test_the_spatial_model_says_unknown_of_what_is_unknown_and_refuses_in_words() -> None:
    line = [(0, 1), (1, 2), (2, 3)]
    x, n = [4, None, 3, 0, 2, 5], [900, 800, None, 0, 700, 800]
    found = bym2(x, n, [*line, (3, 4), (0, 4)], per=100, threshold=0.4)
    assert [one.value for one in found.rates.status] == [
        "value", "unknown", "unknown", "nobody", "value", "value",
    ]  # fmt: skip
    assert found.above is not None and found.islands == 1
    for side in (found.rates.value, found.median, found.above):
        assert np.isnan(side).tolist() == [False, True, True, True, False, False]
    with pytest.raises(StatisticsError, match="nothing to borrow"):
        bym2([1, 2, 3], [10, 20, 30], [])
    with pytest.raises(StatisticsError, match="own neighbour"):
        bym2([1, 2, 3], [10, 20, 30], [(1, 1)])
    with pytest.raises(StatisticsError, match="numbered from 0"):
        bym2([1, 2, 3], [10, 20, 30], [(1, 3)])
    with pytest.raises(StatisticsError, match="nothing to smooth"):
        bym2([0, 0, 0], [10, 20, 30], [(0, 1)])
    with pytest.raises(StatisticsError, match="spread above zero"):
        Priors(spread=0)


GRAPHS = st.integers(3, 9).flatmap(
    lambda k: st.tuples(
        st.just(k),
        st.sets(
            st.tuples(st.integers(0, k - 1), st.integers(0, k - 1)).filter(lambda e: e[0] < e[1]), min_size=1
        ),
    )
)  # fmt: skip


@settings(max_examples=examples(40))
@given(GRAPHS)
def test_every_piece_of_a_map_has_variances_with_a_geometric_mean_of_one(graph: Any) -> None:
    size, edges = graph
    found = structure(edges, size)
    inverse = np.linalg.pinv(found.precision.toarray())
    for group in found.groups:
        held = list(group)
        assert np.exp(np.log(np.diag(inverse)[held]).mean()) == pytest.approx(1)
        assert found.precision.toarray()[np.ix_(held, held)].sum(axis=0) == pytest.approx(0, abs=1e-9)
    assert all(inverse[at, at] == pytest.approx(1) for at in found.islands)
    assert sorted(found.eigenvalues) == pytest.approx(sorted(np.linalg.eigvalsh(inverse)), abs=1e-8)
    assert sum(map(len, found.groups)) + len(found.islands) == size


@settings(max_examples=examples(30))
@given(GRAPHS)
def test_priors_are_distributions_with_the_parts_that_were_asked_for(graph: Any) -> None:
    size, edges = graph
    priors, eigenvalues = Priors(), structure(edges, size).eigenvalues
    logit = np.linspace(-16, 16, 4001)
    density = np.exp(priors.log_mixing(logit, eigenvalues))
    assert np.trapezoid(density, logit) == pytest.approx(1, abs=2e-3)
    assert np.trapezoid(density[logit <= 0], logit[logit <= 0]) == pytest.approx(2 / 3, abs=2e-3)
    log_spread = np.linspace(-16, 4, 4001)
    spread = np.exp(priors.log_spread(log_spread))
    assert np.trapezoid(spread, log_spread) == pytest.approx(1, abs=1e-3)
    assert np.trapezoid(spread[log_spread >= 0], log_spread[log_spread >= 0]) == pytest.approx(0.01, abs=1e-3)


# --- funnels and ranks ------------------------------------------------------------------------------


def interpolated(below: Any, p: float) -> float:
    r = 0
    while below(r) < p:
        r += 1
    before = below(r - 1) if r else 0.0
    return max(r - (below(r) - p) / (below(r) - before) + (p > 0.5), 0.0)


@settings(max_examples=examples(40))
@given(st.integers(1, 60), st.floats(0.02, 0.98), st.sampled_from([0.9, 0.95, 0.998]))
def test_limits_of_proportions_are_interpolated_quantiles(n: int, share: float, level: float) -> None:
    found = funnel([0], [n], target=share, levels=(level,))
    for side, p in ((found.lower, (1 - level) / 2), (found.upper, (1 + level) / 2)):
        slow = min(interpolated(lambda r: binomial_below(r, n, share), p) / n, 1.0)
        assert side[0, 0] == pytest.approx(slow, rel=1e-6, abs=1e-9)


@settings(max_examples=examples(40))
@given(st.integers(1, 20_000), st.floats(0.01, 400), st.sampled_from([0.9, 0.95, 0.998]))
def test_limits_of_rates_are_interpolated_quantiles(n: int, per_thousand: float, level: float) -> None:
    mean = n * per_thousand / 1000
    if mean > 300:
        return
    found = funnel([0], [n], kind="rate", target=per_thousand, per=1000, levels=(level,))
    for side, p in ((found.lower, (1 - level) / 2), (found.upper, (1 + level) / 2)):
        slow = interpolated(lambda r: poisson_below(r, mean), p) / n * 1000
        assert side[0, 0] == pytest.approx(slow, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("share", [0.03, 0.5, 0.86])
def test_small_places_are_not_shamed_by_chance(share: float) -> None:
    """Of places that have the target at most one in twenty lies outside, of whatever size."""
    for n in (1, 2, 3, 5, 8, 13, 21, 34, 55, 144):
        found = funnel(np.arange(n + 1), np.full(n + 1, n), target=share)
        chance = np.array([math.comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(n + 1)])
        assert chance[found.beyond > 0].sum() <= 0.025
        assert chance[found.beyond < 0].sum() <= 0.025
        assert chance[np.abs(found.beyond) == 2].sum() <= 0.002


@settings(max_examples=examples(30))
@given(st.lists(st.tuples(MAYBE, st.one_of(st.none(), st.integers(0, 90))), min_size=1, max_size=9))
def test_a_place_without_a_value_has_a_status_and_no_limits(rows: Any) -> None:
    kept = [(x, n) for x, n in rows if x is None or n is None or x <= n]
    x, n = [one for one, _ in kept], [one for _, one in kept]
    if not any(one is not None and people for one, people in kept):
        with pytest.raises(StatisticsError):
            funnel(x, n)
        return
    found = funnel(x, n)
    for at, (one, people) in enumerate(kept):
        there = one is not None and bool(people)
        assert (found.status[at] in (Status.VALUE, Status.ZERO)) is there
        assert np.isnan(found.lower[:, at]).all() == (not there)
        assert there or found.beyond[at] == 0


def test_funnels_that_cannot_be_are_refused_in_words() -> None:
    with pytest.raises(StatisticsError, match="above denominator"):
        funnel([5], [3])
    with pytest.raises(StatisticsError, match="target of a proportion"):
        funnel([1], [3], target=1.5)
    with pytest.raises(StatisticsError, match="5 places"):
        funnel([1, 2], [3, 4], dispersion="additive")
    with pytest.raises(StatisticsError, match="no place"):
        funnel([None], [3])


@settings(max_examples=examples(40))
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 900)), min_size=1, max_size=6))
def test_ranks_of_rates_are_those_of_every_order_that_the_joint_intervals_allow(rows: Any) -> None:
    found = rank_intervals([x for x, _ in rows], [n for _, n in rows])
    level = 0.95 ** (1 / len(rows))
    low, high = count_interval([x for x, _ in rows], confidence=level)
    limits = [(float(a) / n, float(b) / n) for a, b, (_, n) in zip(low, high, rows, strict=True)]
    allowed: list[set[int]] = [set() for _ in rows]
    for order in permutations(range(len(rows))):
        pairs = [(order[a], order[b]) for a in range(len(rows)) for b in range(a + 1, len(rows))]
        if all(limits[after][0] <= limits[before][1] for before, after in pairs):
            for place, number in enumerate(order):
                allowed[number].add(place + 1)
    for one, places in zip(found, allowed, strict=True):
        assert one is not None and (one.first, one.last) == (min(places), max(places))
    assert rank_intervals([1, 5], [None, 9])[0] is None


# --- times until a step, and cascades ---------------------------------------------------------------


@settings(max_examples=examples(60))
@given(st.lists(st.tuples(st.integers(0, 9), st.booleans(), st.integers(1, 3)), max_size=12))
def test_kaplan_meier_is_the_product_over_people_at_risk(rows: Any) -> None:
    found = kaplan_meier(
        [t for t, _, _ in rows], np.array([o for _, o, _ in rows], bool), counts=[c for *_, c in rows]
    )
    people = [(t, o) for t, o, c in rows for _ in range(c)]
    assert (found.people, found.taken) == (len(people), sum(o for _, o in people))
    for day in range(11):
        left = 1.0
        for moment in range(day + 1):
            at_risk = sum(t >= moment for t, _ in people)
            if at_risk:
                left *= 1 - sum(t == moment and o for t, o in people) / at_risk
        if people:
            assert found.by(day) == pytest.approx(1 - left)
        else:
            assert found.by(day) is None
    if people and all(o for _, o in people):
        middle = found.quartiles[1].time
        assert middle == pytest.approx(
            float(np.quantile([t for t, _ in people], 0.5, method="averaged_inverted_cdf"))
        )


def test_times_that_cannot_be_are_refused_in_words() -> None:
    with pytest.raises(StatisticsError, match="contradicts"):
        kaplan_meier([-1], [True])
    with pytest.raises(StatisticsError, match="true or false"):
        kaplan_meier([1], [2])
    with pytest.raises(StatisticsError, match="whole number of people"):
        kaplan_meier([1], [True], counts=[-1])


DETAILS = st.dictionaries(
    st.sampled_from(["species", "g6pd", "primaquine", "xray"]),
    st.sampled_from(["pv", "mixed", "pf", "normal", "not_tested", "14_days", "no", "yes"]),
)


@settings(max_examples=examples(60))
@given(
    st.sampled_from(sorted(PATHS)),
    st.lists(st.tuples(st.integers(0, 242), DETAILS, st.integers(1, 4)), max_size=8),
)
def test_a_path_is_followed_record_by_record(code: str, rows: Any) -> None:
    path = PATHS[code]
    found = along(path, rows)
    steps = cascade_of(found)
    assert all(
        before.people == after.people + after.lost + after.unknown for before, after in pairwise(steps)
    )
    doubled = along(path, [row for row in rows for _ in range(2)])
    assert [one.people for one in doubled] == [2 * one.people for one in found]


def test_a_step_with_more_people_than_the_one_before_is_refused() -> None:
    with pytest.raises(StatisticsError, match="more people"):
        cascade_of([Reached("a", "", 3), Reached("b", "", 4)])
