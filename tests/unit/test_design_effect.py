"""Intra-van correlation and design effect: against an analysis of variance person by person, and by hand."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.coverage.design_effect import MILLION, VanSums, correlation, design_effect
from surveillance.coverage.estimates import Counts, estimate
from surveillance.coverage.proportions import proportion_interval
from surveillance.errors import StatisticsError
from tests.support.examples import examples

VAN = st.tuples(st.integers(2, 12), st.integers(0, 12)).map(lambda v: (v[0], min(v)))
STRATA = st.lists(st.lists(VAN, min_size=1, max_size=6), min_size=1, max_size=4)


def sums(*vans):
    """Sums over (people, yes) of vans."""
    total = VanSums()
    for m, x in vans:
        total += VanSums(1, m, m * m, x, MILLION * x * x // m)
    return total


def by_people(strata):
    """The analysis of variance of nested groups, from one row for each person."""
    from statsmodels.formula.api import ols
    from statsmodels.stats.anova import anova_lm

    rows = [
        (stratum, f"{stratum}.{van}", int(person < yes))
        for stratum, vans in enumerate(strata)
        for van, (people, yes) in enumerate(vans)
        for person in range(people)
    ]
    frame = pd.DataFrame(rows, columns=["stratum", "van", "y"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        coarse = ols("y ~ C(stratum)", frame).fit() if len(strata) > 1 else ols("y ~ 1", frame).fit()
        table = anova_lm(coarse, ols("y ~ C(van)", frame).fit())
    between, within = table.ss_diff[1] / table.df_diff[1], table.ssr[1] / table.df_resid[1]
    groups = [[m for m, _ in vans] for vans in strata]
    size = sum(sum(g) - sum(m * m for m in g) / sum(g) for g in groups) / table.df_diff[1]
    return (between - within) / (between + (size - 1) * within)


@pytest.mark.parametrize(
    "strata",
    [
        [[(10, 9), (12, 3), (8, 4)]],
        [[(43, 30), (40, 20), (45, 44)], [(43, 5), (41, 12)]],
        [[(4, 1), (5, 4), (3, 0), (9, 9)], [(2, 1)], [(7, 3), (7, 6)]],
    ],
)
def test_the_correlation_is_that_of_an_analysis_of_variance_person_by_person(strata):
    found = correlation([sums(*vans) for vans in strata])
    assert found == pytest.approx(max(0.0, by_people(strata)), abs=1e-5)
    assert found > 0


@given(STRATA)
@settings(max_examples=examples(200), deadline=None)
def test_the_correlation_is_between_zero_and_one_and_needs_two_vans_and_both_answers(strata):
    found = correlation([sums(*vans) for vans in strata])
    both = any(0 < x < m for vans in strata for m, x in vans) or any(
        len({x / m for m, x in vans}) > 1 for vans in strata
    )
    if found is None:
        assert not both or all(len(vans) == 1 for vans in strata)
    else:
        assert 0 <= found <= 1


def test_differences_between_facilities_are_no_correlation():
    high, low = [(20, 16), (20, 16), (20, 16)], [(20, 4), (20, 4), (20, 4)]
    assert correlation([sums(*high), sums(*low)]) == 0
    assert correlation([sums(*high, *low)]) > 0.3


def test_nothing_to_estimate_from():
    assert correlation([]) is None
    assert correlation([VanSums()]) is None
    assert correlation([sums((43, 20))]) is None
    assert correlation([sums((43, 43), (40, 40))]) is None
    assert correlation([sums((43, 0), (40, 0))]) is None


def test_the_simulated_correlation_is_found_again():
    rng = np.random.default_rng(7)
    size = rng.integers(40, 47, 4_000)
    share = rng.beta(0.3 * 49, 0.7 * 49, 4_000)  # 1 / (1 + 49) = .02
    yes = rng.binomial(size, share)
    found = correlation([sums(*zip(size.tolist(), yes.tolist(), strict=True))])
    assert found == pytest.approx(0.02, abs=0.003)


VANS = sums(*[(43, 20)] * 5, *[(43, 30)] * 4)  # nine


@pytest.mark.parametrize(
    ("numerator", "denominator", "strata", "pooled", "expected"),
    [
        (220, 387, [VANS], 0.02, 1.84),  # 1 + .02 (43 - 1)
        (0, 387, [VANS], 0.02, 1.84),
        (220, 774, [VANS], 0.02, 1.42),  # half of the people came alone
        (40, 86, [VANS], 0.02, 1.84),  # a filter kept some, and whole vans are taken as kept
        (220, 387, [VANS], None, 1.0),
        (220, 387, [VANS], 0.0, 1.0),
        (0, 0, [VANS], 0.02, 1.0),
        (5, 10, [], 0.02, 1.0),
        (5, 10, [VanSums()], 0.02, 1.0),
    ],
)
def test_fewer_than_ten_vans_have_the_pooled_correlation(numerator, denominator, strata, pooled, expected):
    assert design_effect(numerator, denominator, strata, pooled) == pytest.approx(expected)


def test_ten_vans_have_their_own_correlation_where_it_is_the_larger_and_both_answers_are_there():
    alike = [sums(*[(43, 40)] * 5, *[(43, 3)] * 5)]
    own = correlation(alike)
    assert own > 0.7
    assert design_effect(215, 430, alike, 0.02) == pytest.approx(1 + own * 42)
    assert design_effect(0, 430, alike, 0.02) == pytest.approx(1.84)
    assert design_effect(430, 430, alike, 0.02) == pytest.approx(1.84)
    unlike = [sums(*[(43, 20)] * 10)]
    assert correlation(unlike) == 0
    assert design_effect(200, 430, unlike, 0.02) == pytest.approx(1.84)
    assert design_effect(200, 430, unlike, None) == 1


def test_wilsons_interval_rests_on_the_effective_people():
    lower, upper = proportion_interval([60], [120], effect=[1.5])
    plain = proportion_interval([40], [80])
    assert (lower[0], upper[0]) == pytest.approx((plain[0][0], plain[1][0]))
    assert proportion_interval([0], [120], effect=2.0)[0][0] == 0
    assert proportion_interval([120], [120], effect=2.0)[1][0] == 1
    for wrong in ({"effect": 0.9}, {"effect": 2.0, "method": "exact"}, {"effect": float("nan")}):
        with pytest.raises(StatisticsError):
            proportion_interval([1], [2], **wrong)


def test_a_value_carries_its_design_effect_and_one_that_is_not_shown_carries_none():
    found = estimate(
        [Counts(True, 9, 60, 120, effect=1.5), Counts(True, 9), Counts(False, hidden=True, effect=2.0)]
    )
    assert [value.effect for value in found] == [1.5, None, None]
    assert (found[0].lower, found[0].upper) == pytest.approx((0.3930, 0.6070), abs=5e-4)
    together = Counts(True, 1, 1, 100, effect=2.0) + Counts(True, 1, 1, 300)
    assert together.effect == pytest.approx(1.25)
    assert (Counts(True) + Counts(False)).effect == 1.0
