"""Early warning: zero, one and unknown counts, and the fit beside slow and other ways to do the same."""

from __future__ import annotations

from datetime import date, timedelta
from statistics import NormalDist, mean, stdev

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.early_warning.ears import ears, history_needed
from surveillance.early_warning.farrington import Settings, farrington, farrington_flexible
from surveillance.early_warning.glm_family import ModelSettings, glm_bounds
from surveillance.early_warning.quasi_poisson import fit
from surveillance.early_warning.reference_steps import same_season
from surveillance.early_warning.series import Series
from surveillance.errors import StatisticsError
from tests.support.examples import examples

COUNTS = st.lists(st.integers(0, 60), min_size=20, max_size=60)


def by_hand(counts: list[float], method: str, baseline: int, alpha: float) -> list[float]:
    """Bounds of EARS step by step, as the papers say them; a spread of zero has no C3."""
    z = NormalDist().inv_cdf(1 - alpha)

    def window(at: int) -> list[float]:
        end = at if method == "C1" else at - 2
        return counts[end - baseline : end]

    def beyond(at: int) -> float:
        spread = stdev(window(at))
        if not spread:
            above = counts[at] - mean(window(at))
            return float("inf") if above > 0 else (float("nan") if above == 0 else 0.0)
        return max(0.0, (counts[at] - mean(window(at))) / spread - 1)

    bounds = []
    for at in range(baseline + {"C1": 0, "C2": 2, "C3": 4}[method], len(counts)):
        if method != "C3":
            bounds.append(mean(window(at)) + z * stdev(window(at)))
            continue
        more = beyond(at - 1) + beyond(at - 2)
        spread = stdev(window(at))
        upper = counts[at] + (float("nan") if not spread and np.isinf(more) else spread * (z - more))
        bounds.append(max(0.0, upper) if not np.isnan(upper) else upper)
    return bounds


@given(COUNTS, st.sampled_from(["C1", "C2", "C3"]), st.integers(3, 9), st.sampled_from([0.001, 0.01, 0.1]))
@settings(max_examples=examples(200))
def test_ears_is_what_it_is_by_hand(counts, method, baseline, alpha):
    found = ears(Series(np.array(counts, dtype=float)), method, baseline=baseline, alpha=alpha)
    expected = by_hand([float(n) for n in counts], method, baseline, alpha)
    np.testing.assert_allclose(found.upper, expected, rtol=1e-9, atol=1e-9)
    assert found.at.tolist() == list(range(history_needed(method, baseline), len(counts)))


@given(st.lists(st.integers(1, 80), min_size=25, max_size=60), st.randoms(use_true_random=False))
@settings(max_examples=examples(60))
def test_the_fit_is_that_of_another_program(counts, chance):
    response = np.array(counts, dtype=float)
    response[0] += 3  # a fit without residuals has no spread
    time = np.arange(len(counts), dtype=float)
    design = np.column_stack([np.ones(len(counts)), time])
    weights = np.array([chance.choice([0.3, 1.0, 1.7]) for _ in counts])
    offset = np.log(np.array([chance.uniform(800, 1200) for _ in counts]))
    found = fit(design, response, weights, offset)
    other = sm.GLM(response, design, sm.families.Poisson(), offset=offset, var_weights=weights).fit(tol=1e-12)
    assert found is not None
    np.testing.assert_allclose(found.coefficients, other.params, rtol=1e-4, atol=1e-4)
    assert found.dispersion() == pytest.approx(other.pearson_chi2 / other.df_resid, rel=1e-4)
    assert found.leverages.sum() == pytest.approx(2)


def test_a_column_that_adds_nothing_is_left_out():
    design = np.column_stack([np.ones(6), np.zeros(6), np.arange(6.0), 2 * np.arange(6.0)])
    found = fit(design, np.array([1.0, 2, 2, 4, 3, 6]))
    assert found is not None
    assert np.isnan(found.coefficients).tolist() == [False, True, False, True]
    assert found.df == 4


@pytest.mark.parametrize("judge", [farrington_flexible, farrington])
def test_nothing_but_zeros_is_no_alarm(judge):
    found = judge(Series(np.zeros(320)))
    assert not found.alarm.any()
    assert np.isnan(found.upper).all() or (found.upper == 0).all()


def test_zeros_are_no_alarm_of_ears_and_of_models():
    zeros = Series(np.zeros(200))
    for method in ("C1", "C2"):
        assert not ears(zeros, method).alarm.any()
    assert not glm_bounds(zeros).alarm.any()


@pytest.mark.parametrize("size", [0, 1, 8])
def test_a_short_series_has_nothing_to_judge(size):
    series = Series(np.ones(size))
    assert len(ears(series, "C3").at) == 0
    assert len(farrington_flexible(series).at) == 0
    assert len(glm_bounds(series).at) == 0


def test_all_unknown_is_neither_bound_nor_alarm():
    unknown = Series(np.full(330, np.nan))
    for found in (ears(unknown), farrington_flexible(unknown), farrington(unknown), glm_bounds(unknown)):
        assert np.isnan(found.upper).all()
        assert not found.alarm.any()


def test_a_history_that_is_too_short_has_no_bound():
    found = farrington_flexible(Series(np.full(300, 4.0)), Settings(b=5), first=200)
    assert np.isnan(found.upper[: 263 - 200]).all()
    assert not np.isnan(found.upper[263 - 200 :]).any()


def test_the_bound_is_not_given_where_counts_are_few():
    counts = np.tile([1.0, 0, 0, 1], 80)
    assert np.isnan(farrington_flexible(Series(counts)).upper).all()
    assert not np.isnan(farrington_flexible(Series(counts), Settings(least_cases=2)).upper).any()


def test_weeks_of_earlier_years_are_found_by_date():
    begun = date(2019, 1, 7)
    days = tuple(begun + timedelta(weeks=n) for n in range(300))
    series = Series(np.zeros(300), days)
    at = days.index(date(2022, 1, 10))
    # 2020 has 53 ISO weeks: by the number of the step the third would be 2019-01-14
    assert [days[step] for step in same_season(series, at, 3) or []] == [
        date(2022, 1, 10), date(2021, 1, 11), date(2020, 1, 13), date(2019, 1, 7),
    ]  # fmt: skip


def test_a_changed_baseline_has_a_level_of_its_own():
    counts = np.concatenate([np.tile([9.0, 11], 60), np.tile([29.0, 31], 20)])
    unaware = glm_bounds(Series(counts), first=155)
    aware = glm_bounds(Series(counts), settings=ModelSettings(changed_at=120), first=155)
    assert aware.expected == pytest.approx([30] * 5, abs=0.2)
    assert (unaware.expected < 20).all()


@pytest.mark.parametrize(
    "ask",
    [
        lambda series: ears(series, baseline=2),
        lambda series: ears(series, alpha=0),
        lambda series: ears(series, first=3),
        lambda series: ears(series, min_sigma=-1),
        lambda series: farrington_flexible(series, Settings(alpha=1)),
        lambda series: farrington_flexible(series, Settings(b=0)),
        lambda series: farrington_flexible(series, Settings(population_offset=True)),
        lambda series: glm_bounds(series, settings=ModelSettings(changed_at=0)),
        lambda series: Series(series.counts, (date(2025, 1, 6),)),
        lambda _: Series(np.array([1.0, -1])),
        lambda _: Series(np.array([1.0]), population=np.array([0.0])),
    ],
)
def test_what_cannot_be_asked_is_refused(ask):
    with pytest.raises(StatisticsError):
        ask(Series(np.ones(300)))
