"""Promises of a scan beside its answers: repeatable everywhere, stoppable, and honest in its table."""

from __future__ import annotations

import math
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context

import numpy as np
import pandas as pd
import pytest

from surveillance.errors import CancelledError, StatisticsError
from surveillance.scan import scan
from surveillance.scan.clusters import CLUSTER_COLUMNS, MEMBER_COLUMNS
from surveillance.scan.gumbel import gumbel_p_value, rank_p_value, recurrence_interval
from surveillance.scan.periods import time_units
from tests.support.matrix import some
from tests.support.scan_cases import PARITY_NAMES, parity

#: Each model and each kind of time, of which `make test` takes two numbers of threads.
THREADED = (
    "d4_poisson_retrospective",
    "d5_permutation_prospective",
    "d10_bernoulli_gini",
    "d17_bernoulli_both",
    "d19_poisson_trend",
)


@pytest.mark.slow
@pytest.mark.parametrize("name", some(PARITY_NAMES, THREADED))
def test_the_answer_does_not_depend_on_the_number_of_threads(name: str) -> None:
    case = parity(name)
    one, three = (
        scan(case.cases, case.locations, **case.arguments, replicates=70, seed=5, workers=workers)
        for workers in (1, 3)
    )
    assert np.array_equal(one.maxima, three.maxima)
    pd.testing.assert_frame_equal(one.clusters, three.clusters)
    pd.testing.assert_frame_equal(one.members, three.members)


@pytest.mark.process
def test_the_answer_does_not_depend_on_processes() -> None:
    case = parity("d2_bernoulli_spatial")
    here = scan(case.cases, case.locations, **case.arguments, replicates=130)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        there = scan(case.cases, case.locations, **case.arguments, replicates=130, executor=pool)
    assert np.array_equal(here.maxima, there.maxima)


def test_another_seed_gives_other_replicates_and_the_same_clusters() -> None:
    case = parity("d1_poisson_spatial")
    first, second = (
        scan(case.cases, case.locations, **case.arguments, replicates=99, seed=seed) for seed in (1, 2)
    )
    assert not np.array_equal(first.maxima, second.maxima)
    assert first.clusters.loc[0, "locations"] == second.clusters.loc[0, "locations"]


def test_fewer_replicates_are_the_first_of_more() -> None:
    case = parity("d5_permutation_prospective")
    few, many = (
        scan(case.cases, case.locations, **case.arguments, replicates=replicates).maxima
        for replicates in (37, 99)
    )
    assert np.array_equal(few, many[:37])


def test_progress_is_told_and_the_scan_can_be_stopped() -> None:
    case = parity("d1_poisson_spatial")
    told: list[tuple[int, int]] = []
    with pytest.raises(CancelledError, match="stopped after"):
        scan(
            case.cases,
            case.locations,
            **case.arguments,
            progress=lambda *counts: told.append(counts),
            cancel=lambda: len(told) > 3,
        )
    assert told[0] == (0, 999)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1][0] < 999


def test_the_tables_hold_what_they_say() -> None:
    case = parity("d1_poisson_spatial")
    found = scan(case.cases, case.locations, **case.arguments, replicates=99)
    assert tuple(found.clusters.columns) == CLUSTER_COLUMNS
    assert tuple(found.members.columns) == MEMBER_COLUMNS
    sums = found.members.groupby("cluster")[["observed", "expected", "population"]].sum()
    for rank, row in sums.iterrows():
        cluster = found.clusters.set_index("rank").loc[rank]
        assert row["observed"] == cluster["observed"]
        assert row["expected"] == pytest.approx(cluster["expected"])
        assert row["population"] == pytest.approx(cluster["population"])
    assert {"model", "seed", "replicates", "versions", "locations", "cases"} <= set(found.parameters)


def test_without_replicates_clusters_are_listed_without_p() -> None:
    case = parity("d2_bernoulli_spatial")
    found = scan(case.cases, case.locations, **case.arguments, replicates=0)
    assert len(found.clusters) >= 3
    assert found.clusters["p_value"].isna().all()


def test_low_rates_are_found_only_when_asked_for() -> None:
    places = pd.DataFrame(
        {"location": [f"p{n:02d}" for n in range(20)], "x": range(20), "y": 0, "population": 100}
    )
    cases = pd.DataFrame({"location": places["location"], "count": [0, 0, 0, *[10] * 17]})
    low = scan(cases, places, model="poisson", rates="low", replicates=99).clusters.iloc[0]
    assert low["locations"] == ["p00", "p01", "p02"]
    assert (low["rate"], low["observed"], low["relative_risk"]) == ("low", 0, 0.0)
    high = scan(cases, places, model="poisson", rates="high", replicates=99).clusters
    assert (high["rate"] == "high").all()


def test_all_cases_in_one_place_have_an_infinite_relative_risk() -> None:
    places = pd.DataFrame({"location": list("abcd"), "x": range(4), "y": 0, "population": 10})
    cases = pd.DataFrame({"location": ["b"], "count": [12]})
    cluster = scan(cases, places, model="poisson", replicates=99).clusters.iloc[0]
    assert math.isinf(cluster["relative_risk"])
    assert cluster["llr"] == pytest.approx(12 * math.log(4))


def test_two_locations_at_one_point_are_one_place() -> None:
    places = pd.DataFrame({"location": list("abc"), "x": [0, 0, 9], "y": 0, "population": 10})
    cases = pd.DataFrame({"location": ["a", "c"], "count": [9, 1]})
    cluster = scan(cases, places, model="poisson", max_population_share=0.7, replicates=9).clusters.iloc[0]
    assert (cluster["locations"], cluster["radius_km"]) == (["a", "b"], 0.0)


def test_a_zone_holds_at_most_the_share_and_the_radius() -> None:
    case = parity("d1_poisson_spatial")
    total = case.locations["population"].sum()
    found = scan(
        case.cases, case.locations, **case.arguments, max_population_share=0.1, replicates=99
    ).clusters
    assert (found["population"] <= 0.1 * total).all()
    near = scan(case.cases, case.locations, **case.arguments, max_radius_km=40.0, replicates=99).clusters
    assert (near["radius_km"] <= 40.0).all()


def test_the_data_are_searched_up_to_the_reported_size_and_the_replicates_further() -> None:
    case = parity("d1_poisson_spatial")
    wide, small, narrow = (
        scan(case.cases, case.locations, **case.arguments, replicates=99, **sizes)
        for sizes in ({}, {"max_reported_share": 0.1}, {"max_population_share": 0.1})
    )
    assert np.array_equal(small.maxima, wide.maxima)
    assert not np.array_equal(small.maxima, narrow.maxima)
    assert small.parameters["max_reported_share"] == 0.1
    total = case.locations["population"].sum()
    assert wide.clusters.loc[0, "population"] > 0.1 * total
    assert (small.clusters["population"] <= 0.1 * total).all()
    # Nothing is left out afterwards: the clusters are those of a search of small zones alone.
    both = min(len(small.clusters), len(narrow.clusters))
    assert both > 0
    assert small.clusters["locations"].tolist()[:both] == narrow.clusters["locations"].tolist()[:both]


def test_a_single_place_above_the_reported_size_is_reported_where_asked_for() -> None:
    places = pd.DataFrame(
        {"location": list("abcde"), "x": range(5), "y": 0, "population": [30, 5, 5, 30, 30]}
    )
    cases = pd.DataFrame({"location": list("abd"), "count": [40, 1, 10]})
    asked = {"model": "poisson", "max_reported_share": 0.1, "replicates": 19}
    assert scan(cases, places, **asked).clusters.empty
    found = scan(cases, places, **asked, report_single_places=True).clusters
    assert found["locations"].tolist() == [["a"]]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"max_reported_share": 0.6}, "at most the largest that is scanned"),
        ({"max_reported_share": 0.0}, "must be above 0"),
        ({"max_reported_share": math.nan}, "must be above 0"),
        (
            {"max_reported_share": 0.1, "purely_temporal": True, "time": "retrospective"},
            "no size up to which",
        ),
    ],
)
def test_a_reported_size_that_cannot_be_is_refused(asked: dict, said: str) -> None:
    case = parity("d1_poisson_spatial")
    with pytest.raises(StatisticsError, match=said):
        scan(case.cases, case.locations, **{"model": "poisson"} | asked)


def test_neighbours_of_the_user_take_the_place_of_positions() -> None:
    places = pd.DataFrame({"location": list("abcd"), "population": 10})
    cases = pd.DataFrame({"location": ["a", "d", "b"], "count": [8, 8, 1]})
    orders = {"a": ["d", "b", "c"], "b": ["c", "a", "d"]}
    cluster = scan(cases, places, model="poisson", neighbours=orders, replicates=99).clusters.iloc[0]
    assert cluster["locations"] == ["a", "d"]
    assert math.isnan(cluster["radius_km"])


def test_covariates_of_the_permutation_keep_each_groups_dates() -> None:
    days = pd.date_range("2024-01-01", periods=28)
    villages = [f"village {n}" for n in range(6)]
    places = pd.DataFrame({"location": ["market", *villages], "x": [0, *range(9, 15)], "y": 0})
    # The market reports on Mondays alone: adjusted for the day of the week, nothing is left to find there.
    rows = [("market", day, 12) for day in days[days.day_of_week == 0]]
    rows += [(village, day, 1) for day in days[days.day_of_week != 0] for village in villages]
    cases = pd.DataFrame(rows, columns=["location", "date", "count"])
    cases["weekday"] = cases["date"].dt.day_name()
    arguments = {
        "model": "space-time-permutation",
        "time": "retrospective",
        "max_duration": 3,
        "replicates": 99,
    }
    plain = scan(cases, places, max_population_share=1.0, **arguments).clusters
    adjusted = scan(cases, places, max_population_share=1.0, covariates=("weekday",), **arguments).clusters
    assert plain.iloc[0]["p_value"] <= 0.05
    assert adjusted.empty or adjusted.iloc[0]["p_value"] > 0.5


def test_a_population_that_changes_between_two_dates_changes_evenly() -> None:
    places = pd.DataFrame({"location": ["a", "b"], "x": [0, 9], "y": 0})
    population = pd.DataFrame(
        {
            "location": ["a", "a", "b", "b"],
            "date": ["2024-01-01", "2024-01-03", "2024-01-01", "2024-01-03"],
            "population": [10, 30, 20, 20],
        }
    )
    cases = pd.DataFrame({"location": ["a", "b"], "date": ["2024-01-03", "2024-01-01"], "count": [6, 6]})
    found = scan(
        cases,
        places,
        model="poisson",
        time="retrospective",
        max_duration=1,
        population=population,
        replicates=9,
    ).clusters
    first = found[found["locations"].map(lambda names: names == ["a"])].iloc[0]
    assert first["expected"] == pytest.approx(12 * 30 / (10 + 20 + 30 + 3 * 20))


def test_null_data_are_called_clusters_no_more_often_than_alpha() -> None:
    """Sixty data sets in which nothing clusters: p <= 0.1 in at most so many as chance allows (P < 0.001)."""
    generator = np.random.default_rng(20240101)
    places = pd.DataFrame(
        {
            "location": [f"p{n}" for n in range(30)],
            "x": generator.uniform(0, 10, 30),
            "y": generator.uniform(0, 10, 30),
            "population": generator.integers(50, 500, 30),
        }
    )
    share = places["population"] / places["population"].sum()
    p_values = []
    for seed in range(60):
        cases = places[["location"]].assign(count=generator.multinomial(120, share))
        found = scan(cases, places, model="poisson", replicates=99, seed=seed).clusters
        p_values.append(found["p_value"].iloc[0] if len(found) else 1.0)
    assert (np.array(p_values) <= 0.1).sum() <= 14
    assert (np.array(p_values) <= 0.05).mean() <= 0.15
    assert (np.array(p_values) > 0.5).sum() >= 15


def test_ranks_gumbel_and_recurrence() -> None:
    maxima = np.array([1.0, 2.0, 3.0, 4.0])
    assert rank_p_value(3.0, maxima) == 0.6
    assert rank_p_value(3.0 + 1e-10, maxima) == 0.6
    assert rank_p_value(9.0, maxima) == 0.2
    assert math.isnan(rank_p_value(9.0, np.empty(0)))
    assert math.isnan(gumbel_p_value(9.0, np.array([2.0, 2.0])))
    # Mean 2.5, standard deviation 1.2910: scale 1.0066, mode 1.9190; 1 - exp(-exp(-(4 - 1.9190) / 1.0066)).
    assert gumbel_p_value(4.0, maxima) == pytest.approx(0.1189, abs=5e-4)
    assert recurrence_interval(0.022, 1.0) == pytest.approx(45.4545, abs=1e-3)
    assert recurrence_interval(0.1, 7.0, 1) == pytest.approx(7 / (1 - math.sqrt(0.9)))


@pytest.mark.parametrize(
    ("unit", "starts"),
    [
        ("day", [date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1)]),
        ("week", [date(2024, 2, 28)]),
        ("month", [date(2024, 2, 28), date(2024, 3, 1)][:1]),
    ],
)
def test_units_are_counted_back_from_the_last_day(unit: str, starts: list[date]) -> None:
    found = time_units(date(2024, 2, 28), date(2024, 3, 1), unit)
    assert list(found.starts) == starts
    assert found.ends[-1] == date(2024, 3, 1)


def test_the_first_unit_is_the_short_one() -> None:
    months = time_units(date(2024, 1, 20), date(2024, 3, 31), "month")
    assert list(months.starts) == [date(2024, 1, 20), date(2024, 2, 1), date(2024, 3, 1)]
    assert months.days().tolist() == [12, 29, 31]
    years = time_units(date(2022, 7, 1), date(2024, 12, 31), "year")
    assert list(years.starts) == [date(2022, 7, 1), date(2023, 1, 1), date(2024, 1, 1)]
