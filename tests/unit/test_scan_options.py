"""Options of a scan beside the usual ones: scanned again, by Gini, along roads, above a least risk."""

from __future__ import annotations

import itertools
import json
import warnings
from datetime import date

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.errors import StatisticsError
from surveillance.scan import scan
from surveillance.scan.gini import gini_coefficient
from surveillance.scan.problem.arrays import Problem, make_problem
from surveillance.scan.problem.known_risks import read_relative_risks
from surveillance.scan.problem.network import flow_orders, network_orders
from surveillance.scan.problem.trends import log_linear_trend, seasonal_trend
from surveillance.scan.search import Search, make_zones
from surveillance.scan.settings import Settings
from surveillance.scan.several import SeveralSearch, limited_by_all, seed_of
from tests.support.command_line import CommandLine
from tests.support.examples import examples

PLACES = pd.DataFrame({"location": list("abcdefgh"), "x": range(8), "y": 0, "population": 100})


def cases(*counts: int) -> pd.DataFrame:
    return pd.DataFrame({"location": list("abcdefgh"), "count": counts})


def shortest_by_hand(roads: dict[tuple[int, int], int], many: int) -> list[list[float]]:
    """All distances by Floyd and Warshall."""
    far = [[0.0 if a == b else float("inf") for b in range(many)] for a in range(many)]
    for (a, b), length in roads.items():
        far[a][b] = far[b][a] = float(length)
    for by, a, b in itertools.product(range(many), repeat=3):
        far[a][b] = min(far[a][b], far[a][by] + far[by][b])
    return far


@given(
    st.integers(2, 7).flatmap(
        lambda many: st.tuples(
            st.just(many),
            st.dictionaries(
                st.sampled_from(list(itertools.combinations(range(many), 2))), st.integers(0, 6), min_size=1
            ),
        )
    )
)
@settings(max_examples=examples(100))
def test_places_are_in_the_order_of_the_shortest_way(drawn):
    many, roads = drawn
    table = pd.DataFrame([(f"L{a}", f"L{b}", length) for (a, b), length in roads.items()])
    table.columns = ["from", "to", "distance"]
    far = shortest_by_hand(roads, many)
    for centre, order in network_orders(table, {f"L{n}": n for n in range(many)}):
        reached = sorted(
            (far[centre][other], other) for other in range(many) if np.isfinite(far[centre][other])
        )
        assert order[0] == centre
        assert [far[centre][place] for place in order] == [length for length, _ in reached]
        assert sorted(order) == sorted(place for _, place in reached)


def test_satscans_order_keeps_the_way_by_which_a_place_was_first_met():
    roads = pd.DataFrame({"from": list("aabc"), "to": list("bccd"), "distance": [1.0, 5.0, 1.0, 1.0]})
    known = {name: number for number, name in enumerate("abcde")}
    assert network_orders(roads, known)[0][1].tolist() == [0, 1, 2, 3]
    roads = pd.DataFrame({"from": list("aaab"), "to": list("bcdc"), "distance": [1.0, 5.0, 3.0, 1.0]})
    assert network_orders(roads, known)[0][1].tolist() == [0, 1, 2, 3]
    assert network_orders(roads, known, "satscan")[0][1].tolist() == [0, 1, 3, 2]
    assert network_orders(roads, known, farthest=2.0)[0][1].tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("a", "z", 1)], "row 1"),
        ([("a", "a", 1)], "leads from a place to itself"),
        ([("a", "b", -1)], "distance is negative"),
        ([("a", "b", 1), ("a", "b", 2)], "told of twice"),
        ([("a", "b", None)], "distance is empty"),
    ],
)
def test_faulty_roads_name_their_row(rows, said):
    network = pd.DataFrame(rows, columns=["from", "to", "distance"])
    with pytest.raises(StatisticsError, match=said):
        scan(cases(1, 2, 3, 4, 5, 6, 7, 8), PLACES, model="poisson", network=network, replicates=0)


def test_a_zone_follows_the_road_and_not_the_map():
    ring = pd.DataFrame({"from": list("abcdefgh"), "to": list("bcdefgha"), "distance": 1.0})
    found = scan(cases(30, 1, 1, 1, 1, 1, 1, 30), PLACES, model="poisson", network=ring, replicates=99)
    assert found.clusters.loc[0, "locations"] == ["a", "h"]
    apart = scan(cases(30, 1, 1, 1, 1, 1, 1, 30), PLACES, model="poisson", replicates=99)
    assert apart.clusters["locations"].tolist()[:2] == [["a"], ["h"]]


def test_a_later_scan_is_of_what_is_left():
    counts = [2, 40, 1, 2, 1, 2, 25, 1]
    found = scan(cases(*counts), PLACES, model="poisson", iterative=True, replicates=199).clusters
    assert found["locations"].tolist()[:2] == [["b"], ["g"]]
    left = PLACES[PLACES["location"] != "b"]
    rest = cases(*counts)
    alone = scan(rest[rest["location"] != "b"], left, model="poisson", replicates=199).clusters
    assert found.loc[1, "llr"] == pytest.approx(alone.loc[0, "llr"])
    assert found.loc[1, "expected"] == pytest.approx(alone.loc[0, "expected"])
    assert found["rank"].tolist() == list(range(1, len(found) + 1))


def test_scans_end_where_p_is_too_large_or_there_were_enough():
    counts = cases(2, 40, 1, 2, 1, 2, 25, 1)
    assert len(scan(counts, PLACES, model="poisson", iterative=True, iterative_most=1).clusters) == 1
    found = scan(counts, PLACES, model="poisson", iterative=True).clusters
    assert len(found) > 1
    assert (found["p_value"][:-1] <= 0.05).all()


def test_a_zone_below_the_least_risk_does_not_count():
    counts = cases(10, 10, 10, 14, 10, 10, 10, 10)
    assert scan(counts, PLACES, model="poisson", replicates=9).clusters["relative_risk"].max() < 2
    none = scan(counts, PLACES, model="poisson", min_relative_risk=2.0, replicates=9)
    assert none.clusters.empty
    free = scan(counts, PLACES, model="poisson", replicates=9).maxima
    assert (none.maxima <= free).all()
    assert (none.maxima < free).any()


def test_the_coefficient_is_the_area_above_the_curve():
    assert gini_coefficient([], [], 10, 10) == 0
    assert gini_coefficient([10], [5], 10, 10) == pytest.approx(0.5)
    assert gini_coefficient([4, 4], [1, 2], 10, 10) == pytest.approx(1 - (0.1 * 1.6 + 0.2 * 0.8 + 0.7 * 0.2))


@pytest.mark.parametrize(
    "asked",
    [
        {"min_relative_risk": 0.5},
        {"min_relative_risk": 2.0, "rates": "low"},
        {"iterative": True, "iterative_p": 0.0},
        {"iterative": True, "iterative_most": 0},
        {"report": ()},
        {"report": ("largest",)},
        {"report": ("gini",), "iterative": True},
        {"network_order": "longest"},
        {"trend": "log-linear"},
        {"trend": "seasonal", "time": "retrospective"},
        {"neighbours": {"a": ["b"]}, "network": pd.DataFrame({"from": ["a"], "to": ["b"], "distance": [1]})},
    ],
)
def test_what_does_not_go_together_is_refused(asked):
    with pytest.raises(StatisticsError):
        scan(cases(1, 2, 3, 4, 5, 6, 7, 8), PLACES, model="poisson", **asked)


@given(st.lists(st.integers(0, 30), min_size=3, max_size=20), st.randoms(use_true_random=False))
@settings(max_examples=examples(40), deadline=None)
def test_the_trend_is_that_of_another_program(counts, chance):
    if sum(n > 0 for n in counts) < 3:
        return
    expected = np.array([chance.uniform(1, 5) for _ in counts])
    design = sm.add_constant(np.arange(len(counts), dtype=float))
    other = sm.GLM(np.array(counts), design, sm.families.Poisson(), offset=np.log(expected)).fit(tol=1e-12)
    assert log_linear_trend(np.array(counts, float), expected) == pytest.approx(other.params[1], abs=1e-5)


def test_a_trend_is_no_cluster():
    days = pd.date_range("2024-01-01", periods=20, freq="D")
    table = pd.DataFrame(
        [(place, day, 2 + 2 * n) for place in "abcdefgh" for n, day in enumerate(days)],
        columns=["location", "date", "count"],
    )
    asked = {"model": "poisson", "time": "prospective", "replicates": 99}
    assert scan(table, PLACES, **asked).clusters["llr"].max() > 50
    along = scan(table, PLACES, **asked, trend="log-linear")
    assert along.clusters["p_value"].gt(0.5).all()


@pytest.mark.process
def test_the_command_takes_them_and_the_database_some(tmp_path):
    PLACES.to_csv(tmp_path / "p.csv", index=False)
    cases(2, 40, 1, 2, 1, 2, 25, 1).to_csv(tmp_path / "c.csv", index=False)
    pd.DataFrame({"from": list("abcdefg"), "to": list("bcdefgh"), "distance": 1.0}).to_csv(
        tmp_path / "r.csv", index=False
    )
    line = CommandLine(f"sqlite:///{tmp_path / 'never.db'}")
    own = ("clusters", "--cases", tmp_path / "c.csv", "--locations", tmp_path / "p.csv", "--replicates", 99)
    done = line(*own, "--network", tmp_path / "r.csv", "--report", "hierarchical,gini", "--format", "csv")
    assert done.code == 0, done.stderr
    assert "hierarchical,gini" in done.stdout.splitlines()[0]
    assert line(*own, "--iterative", "--iterative-most", 2, "--format", "csv").stdout.count("\n") == 3
    pd.DataFrame({"location": ["b"], "relative_risk": [30]}).to_csv(tmp_path / "k.csv", index=False)
    known = line(*own, "--relative-risks", tmp_path / "k.csv", "--format", "json")
    assert json.loads(known.stdout)["clusters"][0]["locations"] == ["g"], known.stderr
    both = line(*own, "--cases", tmp_path / "c.csv", "--format", "json")
    first = json.loads(both.stdout)["clusters"][0]
    assert (first["observed"], first["data_sets"].count("40 observed")) == (80, 2)
    (tmp_path / "bad.csv").write_text("location,count\na,-1\n")
    bad = line(*own, "--cases", tmp_path / "bad.csv")
    assert bad.code == 2
    assert "bad.csv, row 2" in bad.stderr
    refused = line("clusters", "--disease", "malaria", "--by", "care", "--network-order", "satscan")
    assert refused.code == 2
    assert "goes with --network" in refused.stderr


def test_a_known_risk_is_no_cluster_and_one_risk_for_all_changes_nothing():
    counts = cases(10, 60, 10, 10, 10, 10, 30, 10)
    asked = {"model": "poisson", "replicates": 99}
    plain = scan(counts, PLACES, **asked).clusters
    assert plain.loc[0, "locations"] == ["b"]
    known = pd.DataFrame({"location": ["b"], "relative_risk": [6]})
    left = scan(counts, PLACES, **asked, relative_risks=known).clusters
    assert left.loc[0, "locations"] == ["g"]
    assert left.loc[0, "expected"] == pytest.approx(150 / 13)
    every = pd.DataFrame({"location": ["all"], "relative_risk": [2.5]})
    pd.testing.assert_frame_equal(scan(counts, PLACES, **asked, relative_risks=every).clusters, plain)


def test_known_risks_of_some_days_count_by_the_days_of_a_unit():
    days = pd.DataFrame(
        {"location": list("abh"), "date": ["2024-01-01", "2024-01-10", "2024-01-14"], "count": 4}
    )
    risks = pd.DataFrame(
        {
            "location": ["a", "a"],
            "from": ["2024-01-06", None],
            "to": ["2024-01-09", None],
            "relative_risk": [3, 2],
        }
    )
    found = read_relative_risks(
        risks,
        {name: n for n, name in enumerate("abcdefgh")},
        (date(2024, 1, 1), date(2024, 1, 8)),
        date(2024, 1, 14),
    )
    assert found[0].tolist() == pytest.approx([2 * (5 + 2 * 3) / 7, 2 * (5 + 2 * 3) / 7])
    assert (found[1:] == 1).all()
    asked = {"model": "poisson", "time": "retrospective", "time_unit": "week", "replicates": 9}
    assert len(scan(days, PLACES, **asked, relative_risks=risks).clusters)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"location": "z", "relative_risk": 2}, "not in the table of locations"),
        ({"location": "a", "relative_risk": -1}, "negative"),
        ({"location": "a", "relative_risk": "much"}, "not a number"),
        ({"location": "a", "relative_risk": 0}, "relative risk is 0"),
        ({"location": "all", "relative_risk": 0}, "nothing expected"),
        ({"location": "a", "relative_risk": 2, "from": "2031-01-01"}, "need a study period"),
    ],
)
def test_a_faulty_risk_is_refused(row, said):
    with pytest.raises(StatisticsError, match=said):
        scan(cases(1, 2, 3, 4, 5, 6, 7, 8), PLACES, model="poisson", relative_risks=pd.DataFrame([row]))
    with pytest.raises(StatisticsError, match="poisson"):
        scan(
            cases(1, 2, 3, 4, 5, 6, 7, 8).assign(tested=9),
            PLACES,
            model="bernoulli",
            relative_risks=pd.DataFrame([row]),
        )


@given(st.lists(st.integers(1, 30), min_size=24, max_size=40), st.randoms(use_true_random=False))
@settings(max_examples=examples(15), deadline=None)
def test_the_season_is_that_of_another_program(counts, chance):
    expected = np.array([chance.uniform(1, 5) for _ in counts])
    month = np.arange(len(counts)) % 12
    design = np.column_stack([np.arange(len(counts)) / 10.0, *(month == m for m in range(12))]).astype(float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of counts that are all the same
        other = sm.GLM(np.array(counts), design, sm.families.Poisson(), offset=np.log(expected)).fit(
            tol=1e-12
        )
    ours = seasonal_trend(np.array(counts, float), expected, month) * expected
    assert ours == pytest.approx(other.mu, rel=1e-4)


def test_what_comes_each_year_is_no_cluster_and_short_periods_have_no_season():
    days = pd.date_range("2021-01-01", "2023-12-31", freq="D")
    wet = days[days.month.isin([7, 8])]
    table = pd.DataFrame({"date": [*days[::3], *wet, *wet], "count": 1})
    table["location"] = [list("abcdefgh")[n % 8] for n in range(len(table))]
    asked = {
        "model": "poisson",
        "time": "retrospective",
        "time_unit": "month",
        "replicates": 19,
        "max_duration": 3,
    }
    assert scan(table, PLACES, **asked).clusters["llr"].max() > 20
    assert not scan(table, PLACES, **asked, trend="seasonal").clusters["llr"].gt(10).any()
    with pytest.raises(StatisticsError, match="each month twice"):
        scan(table[table["date"] < "2022-06-01"], PLACES, **asked, trend="seasonal")


def test_analyses_every_few_days_look_at_fewer_windows_and_come_as_seldom():
    days = pd.date_range("2024-01-01", periods=40, freq="D")
    table = pd.DataFrame(
        {"date": days, "count": 1, "location": [list("abcdefgh")[n * n % 8] for n in range(40)]}
    )
    asked = {"model": "space-time-permutation", "time": "prospective", "max_duration": 4, "replicates": 99,
             "max_radius_km": 2.0, "max_population_share": 1.0}  # fmt: skip
    daily = scan(table, PLACES, **asked, earlier_analyses=10)
    weekly = scan(table, PLACES, **asked, earlier_analyses=2, analysed_every=5)
    assert (weekly.maxima <= daily.maxima + 1e-9).all()
    assert (weekly.maxima < daily.maxima).any()
    once = scan(table, PLACES, **asked).clusters
    seldom = scan(table, PLACES, **asked, analysed_every=5).clusters
    assert seldom["recurrence_interval_days"].tolist() == pytest.approx(
        (5 * once["recurrence_interval_days"]).tolist()
    )
    with pytest.raises(StatisticsError, match="prospective"):
        scan(cases(1, 2, 3, 4, 5, 6, 7, 8), PLACES, model="poisson", analysed_every=2)


def test_two_data_sets_show_together_what_neither_shows_alone():
    one, two = cases(6, 16, 6, 6, 6, 6, 6, 6), cases(5, 14, 5, 5, 5, 5, 5, 5)
    asked = {"model": "poisson", "replicates": 199, "rates": "both"}
    alone = [scan(counts, PLACES, **asked).clusters.loc[0] for counts in (one, two)]
    both = scan([one, two], PLACES, **asked)
    first = both.clusters.loc[0]
    assert first["locations"] == ["b"]
    assert first["llr"] == pytest.approx(sum(cluster["llr"] for cluster in alone))
    assert first["p_value"] < min(cluster["p_value"] for cluster in alone)
    assert both.sets[both.sets["cluster"] == 1]["observed"].tolist() == [16, 14]
    low = scan([one, cases(9, 1, 9, 9, 9, 9, 9, 9)], PLACES, **asked).sets
    assert low[low["cluster"] == 1]["llr"].gt(0).sum() == 1
    with pytest.raises(StatisticsError, match="data set 2: cases, rows 1"):
        scan([one, one.assign(count=-1)], PLACES, **asked)
    with pytest.raises(StatisticsError, match="without the iterative"):
        scan([one, two], PLACES, model="poisson", iterative=True)


@given(
    st.integers(2, 6).flatmap(
        lambda many: st.tuples(
            st.just(many),
            st.dictionaries(
                st.sampled_from(list(itertools.permutations(range(many), 2))), st.integers(1, 50), min_size=1
            ),
        )
    )
)
@settings(max_examples=examples(60))
def test_places_are_in_the_order_of_the_effective_distance(drawn):
    many, went = drawn
    table = pd.DataFrame([(f"L{a}", f"L{b}", people) for (a, b), people in went.items()])
    table.columns = ["from", "to", "people"]
    leaving = {a: sum(n for (start, _), n in went.items() if start == a) for a in range(many)}
    far = [[0.0 if a == b else float("inf") for b in range(many)] for a in range(many)]
    for (a, b), people in went.items():
        far[a][b] = 1 - np.log(people / leaving[a])
    for by, a, b in itertools.product(range(many), repeat=3):
        far[a][b] = min(far[a][b], far[a][by] + far[by][b])
    for centre, order in flow_orders(table, {f"L{n}": n for n in range(many)}):
        lengths = [far[centre][place] for place in order]
        assert order[0] == centre
        assert len(order) == sum(np.isfinite(far[centre]))
        assert lengths == pytest.approx(sorted(lengths))


def test_a_zone_follows_the_people_who_went_and_not_the_map():
    went = pd.DataFrame({"from": ["a", "a", "h"], "to": ["h", "b", "e"], "people": [90, 2, 50]})
    found = scan(cases(20, 1, 1, 1, 25, 1, 1, 30), PLACES, model="poisson", flows=went, replicates=99)
    assert sorted(found.clusters.loc[0, "locations"]) == ["a", "e", "h"]
    assert found.clusters.loc[0, "centre"] == "a"
    circle = scan(cases(20, 1, 1, 1, 25, 1, 1, 30), PLACES, model="poisson", replicates=99).clusters
    assert circle["n_locations"].max() < 3
    with pytest.raises(StatisticsError, match="told of twice"):
        scan(cases(*range(8)), PLACES, model="poisson", flows=pd.concat([went, went]))


def made_up(seed: int, **asked) -> Problem:
    """Twenty places, two weeks and some two hundred cases, more at the end."""
    chance = np.random.default_rng(seed)
    x, y = np.random.default_rng(5).random((2, 20))
    places = pd.DataFrame({"location": [f"L{n}" for n in range(20)], "x": x, "y": y, "population": 100})
    days = pd.date_range("2024-01-01", periods=14, freq="D").strftime("%Y-%m-%d")
    rows = [
        {"location": place, "date": day, "count": chance.poisson(0.3 + 0.1 * n)}
        for place in places["location"]
        for n, day in enumerate(days)
    ]
    return make_problem(
        pd.DataFrame(rows),
        places,
        Settings("poisson", "retrospective", max_duration=7, replicates=0, **asked),
    )


def every_window(problems, tables, zones, longest):
    """The largest sum of ratios over all windows of two weeks, high and low, by the formula."""
    begin, stop = np.triu_indices(15, 1)
    begin, stop = begin[stop - begin <= longest], stop[stop - begin <= longest]
    sums = [np.cumsum(np.pad(table, ((0, 0), (1, 0))), axis=1) for table in tables]
    sizes = [np.cumsum(np.pad(one.sizes.full(), ((0, 0), (1, 0))), axis=1) for one in problems]
    best = 0.0
    for centre in range(zones.centres):
        line = zones.near[zones.first[centre] : zones.first[centre + 1]]
        for many in range(1, line.size + 1):
            up, down, held = 0.0, 0.0, 0
            for one, counts, size in zip(problems, sums, sizes, strict=True):
                c, m = counts[line[:many]].sum(axis=0), size[line[:many]].sum(axis=0)
                seen, meant = (c[stop] - c[begin]).astype(float), m[stop] - m[begin]
                every = counts.sum(axis=0)
                n = np.full(seen.shape, float(one.total))
                if one.within is not None:
                    n = (every[stop] - every[begin]).astype(float)
                with np.errstate(divide="ignore", invalid="ignore"):
                    inside = np.where(seen > 0, seen * np.log(seen / meant), 0.0)
                    ratio = inside + np.where(n > seen, (n - seen) * np.log((n - seen) / (n - meant)), 0.0)
                ratio = np.where(meant > 0, ratio, 0.0)
                up = up + np.where(seen > meant, ratio, 0.0)
                down = down + np.where(seen < meant, ratio, 0.0)
                held = held + np.where(seen > meant, seen, 0)
            chosen = problems[0].settings
            best = max(best, np.where(held >= 2, up, 0.0).max() if chosen.high else 0.0)
            best = max(best, float(np.max(down)) if chosen.low else 0.0)
    return best


def test_of_a_larger_stratified_scan_every_maximum_is_that_of_all_windows():
    problem = made_up(1, trend="stratified", rates="both")
    zones = make_zones(problem)
    search = Search(problem, zones, 1, 7)
    search.prepare()
    for index in range(12):
        best = every_window([problem], [search.dealer.deal(1, index)], zones, 7)
        assert search.maxima(index, index + 1)[0] == pytest.approx(best, abs=1e-9)


@pytest.mark.parametrize("rates", ["high", "low"])
def test_of_two_larger_data_sets_every_maximum_is_that_of_all_windows(rates):
    problems = limited_by_all([made_up(seed, rates=rates) for seed in (1, 2)])
    zones = make_zones(problems[0])
    search = SeveralSearch(problems, zones, 1, 7)
    search.prepare()
    maxima = search.maxima(0, 6)
    for index in range(6):
        tables = [dealer.deal(seed_of(1, number), index) for number, dealer in enumerate(search.dealers)]
        assert maxima[index] == pytest.approx(every_window(problems, tables, zones, 7), abs=1e-9)
