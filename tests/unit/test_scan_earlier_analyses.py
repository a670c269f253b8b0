"""Earlier analyses: p is that of the whole series, and signals come about as often as they say."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from surveillance.errors import StatisticsError
from surveillance.scan import scan
from surveillance.scan.gumbel import recurrence_interval
from surveillance.scan.settings import Settings
from tests.support.examples import lane

_FIRST = date(2025, 1, 1)
_PLACES = pd.DataFrame(
    {"location": [f"p{n}" for n in range(9)], "x": np.arange(9) % 3, "y": np.arange(9) // 3, "population": 10}
)


def without_clusters(days: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Day and place of cases that have nothing to do with each other."""
    random = np.random.default_rng(seed)
    day = np.repeat(np.arange(days), random.poisson(4, days))
    return day, random.integers(0, len(_PLACES), day.size)


def analysis(day: np.ndarray, place: np.ndarray, last: int, period: int, **asked: Any) -> pd.DataFrame:
    """The clusters of one daily analysis of the last days."""
    here = (day > last - period) & (day <= last)
    cases = pd.DataFrame(
        {
            "location": [f"p{number}" for number in place[here]],
            "date": [_FIRST + timedelta(days=int(number)) for number in day[here]],
            "count": 1,
        }
    )
    usual = {"max_radius_km": 1.0, "max_population_share": 1.0, "max_duration": 1, "replicates": 99}
    return scan(
        cases, _PLACES, model="space-time-permutation", time="prospective", workers=1,
        start=_FIRST + timedelta(days=last - period + 1), end=_FIRST + timedelta(days=last), **usual | asked,
    ).clusters  # fmt: skip


@pytest.mark.slow
def test_daily_analyses_of_data_without_clusters_signal_about_as_often_as_they_say() -> None:
    analyses, most = (180, 5) if lane() == "full" else (45, 2)
    period, earlier = 60, 29
    day, place = without_clusters(period + analyses - 1, 1)
    signals = 0
    for last in range(period - 1, period + analyses - 1):
        found = analysis(day, place, last, period, earlier_analyses=earlier)
        signals += not found.empty and found.loc[0, "recurrence_interval_days"] >= 100
    # A hundredth of the analyses is expected; the p-value of each analysis alone would give tens.
    assert signals <= most


def test_the_p_value_is_of_all_analyses_and_the_windows_are_those_of_the_last() -> None:
    day, place = without_clusters(60, 3)
    day, place = np.append(day, [59] * 3), np.append(place, [4] * 3)
    alone = analysis(day, place, 59, 60)
    series = analysis(day, place, 59, 60, earlier_analyses=29)
    both = min(len(alone), len(series))
    assert both > 0
    columns = ["locations", "start", "end", "observed"]
    assert series[columns].head(both).equals(alone[columns].head(both))
    assert (series["end"] == date(2025, 3, 1)).all()
    assert (series["p_value"].head(both) > alone["p_value"].head(both)).all()
    for row in series.itertuples():
        assert row.recurrence_interval_days == pytest.approx(recurrence_interval(row.p_value, 1.0, 29))
        assert row.recurrence_interval_days >= 1


def test_a_share_of_a_column_that_stays_limits_the_size_of_any_model() -> None:
    day, place = without_clusters(30, 5)
    found = analysis(
        day,
        place,
        29,
        30,
        earlier_analyses=9,
        max_radius_km=None,
        max_population_share=0.34,
        limit_by="population",
    )
    assert found["n_locations"].max() <= 3
    with pytest.raises(StatisticsError, match="no column population"):
        scan(
            pd.DataFrame({"location": ["p0"], "date": ["2025-01-02"], "count": [2]}),
            _PLACES.drop(columns="population"), model="space-time-permutation", time="prospective",
            limit_by="population",
        )  # fmt: skip


@pytest.mark.parametrize("share", [0.5, 0.99])
def test_a_share_of_the_cases_is_refused_and_both_ways_are_named(share: float) -> None:
    with pytest.raises(StatisticsError) as refused:
        Settings("space-time-permutation", "prospective", earlier_analyses=1, max_population_share=share)
    assert "--max-radius-km" in str(refused.value)
    assert "--limit-by population" in str(refused.value)


def test_earlier_analyses_belong_to_prospective_scans_and_to_the_study_period() -> None:
    with pytest.raises(StatisticsError, match="prospective scans only"):
        Settings("poisson", "retrospective", earlier_analyses=1, max_population_share=1.0)
    asked = Settings("poisson", "prospective", earlier_analyses=9, max_population_share=1.0, min_duration=2)
    with pytest.raises(StatisticsError, match="9 earlier analyses do not fit"):
        asked.longest_at_ends(10)


def test_a_share_of_the_period_is_that_of_the_period_as_it_was_at_each_analysis() -> None:
    asked = Settings("poisson", "prospective", max_duration=0.5, earlier_analyses=4, max_population_share=1.0)
    assert asked.longest_at_ends(8) == [0, 0, 0, 2, 2, 3, 3, 4]
