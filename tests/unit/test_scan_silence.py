"""Facilities that fall silent neither make nor hide a cluster, once the scan is told of their silence."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from itertools import permutations
from typing import Any

import numpy as np
import pandas as pd
import pytest

from surveillance.errors import StatisticsError
from surveillance.scan import scan
from surveillance.scan.draws import make_dealer
from surveillance.scan.problem.arrays import make_problem
from surveillance.scan.problem.silence import expected_around_silence
from surveillance.scan.settings import Settings

_START = date(2024, 1, 1)
_WEEKS = 20
_END = _START + timedelta(days=7 * _WEEKS - 1)
PLACES = pd.DataFrame(
    {"location": [f"F{n:02d}" for n in range(12)], "x": range(12), "y": 0, "population": 100}
)


def weekly(counts: dict[str, list[int]]) -> pd.DataFrame:
    """Cases on the first day of each week."""
    return pd.DataFrame(
        [
            (place, _START + timedelta(days=7 * week), count)
            for place, row in counts.items()
            for week, count in enumerate(row)
        ],
        columns=["location", "date", "count"],
    )


def silence(places: list[str], first: int, last: int) -> pd.DataFrame:
    """The places send nothing in weeks `first` to `last`."""
    return pd.DataFrame(
        {
            "location": places,
            "start": _START + timedelta(days=7 * first),
            "end": _START + timedelta(days=7 * last + 6),
        }
    )


def steady(silent: list[str], weeks: range) -> pd.DataFrame:
    """Five cases everywhere in every week, but none where and when nothing is sent."""
    return weekly(
        {
            place: [0 if place in silent and week in weeks else 5 for week in range(_WEEKS)]
            for place in PLACES["location"]
        }
    )


WEEKLY: dict[str, Any] = {
    "time": "retrospective",
    "time_unit": "week",
    "start": _START,
    "end": _END,
    "max_duration": 6,
    "replicates": 99,
}
QUIET = ["F06", "F07", "F08", "F09", "F10", "F11"]


@pytest.mark.parametrize("model", ["space-time-permutation", "poisson"])
def test_silence_elsewhere_makes_no_cluster_of_those_who_report(model: Any) -> None:
    cases = steady(QUIET, range(14, 20))
    told = scan(cases, PLACES, model=model, silent=silence(QUIET, 14, 19), **WEEKLY).clusters
    assert told.empty or told.iloc[0]["p_value"] > 0.5


def test_untold_silence_makes_a_false_cluster() -> None:
    """What the adjustment is for: the same data, unadjusted."""
    untold = scan(steady(QUIET, range(14, 20)), PLACES, model="space-time-permutation", **WEEKLY).clusters
    assert untold.iloc[0]["p_value"] <= 0.05
    assert not set(untold.iloc[0]["locations"]) & set(QUIET)


def test_a_real_cluster_is_still_found_among_silent_facilities() -> None:
    cases = steady(QUIET, range(14, 20))
    here = (cases["location"] == "F03") & (pd.to_datetime(cases["date"]) >= pd.Timestamp("2024-04-22"))
    cases.loc[here, "count"] = 20
    found = scan(cases, PLACES, model="space-time-permutation", silent=silence(QUIET, 14, 19), **WEEKLY)
    first = found.clusters.iloc[0]
    assert (first["locations"], first["p_value"]) == (["F03"], 0.01)
    assert found.parameters["silent_location_units"] == 36


def test_no_replicate_puts_a_case_into_silence_and_the_sums_are_kept() -> None:
    cases = steady(QUIET, range(14, 20))
    settings = Settings("space-time-permutation", "retrospective", "week", _START, _END)
    problem = make_problem(cases, PLACES, settings, silent=silence(QUIET, 14, 19))
    dealer = make_dealer(problem, 0)
    for index in range(5):
        table = dealer.deal(7, index)
        assert not table[problem.silent].any()
        assert (table.sum(axis=0) == problem.cases.sum(axis=0)).all()
        assert (table.sum(axis=1) == problem.cases.sum(axis=1)).all()
    assert not np.array_equal(dealer.deal(7, 0), dealer.deal(7, 1))
    expected = problem.sizes.full()
    assert not expected[problem.silent].any()
    assert expected.sum(axis=0) == pytest.approx(problem.cases.sum(axis=0))
    assert expected.sum(axis=1) == pytest.approx(problem.cases.sum(axis=1))


def test_every_arrangement_that_reports_allow_is_equally_likely() -> None:
    """Four cases at four places on four days, one pair ruled out: 18 arrangements, 3,600 replicates."""
    places = pd.DataFrame({"location": list("abcd"), "x": range(4), "y": 0})
    days = [date(2024, 1, 1) + timedelta(days=n) for n in range(4)]
    cases = pd.DataFrame({"location": list("abcd"), "date": days, "count": 1})
    quiet = pd.DataFrame({"location": ["a"], "start": [days[3]], "end": [days[3]]})
    settings = Settings("space-time-permutation", "retrospective", "day", days[0], days[3])
    dealer = make_dealer(make_problem(cases, places, settings, silent=quiet), 0)
    found = Counter(tuple(dealer.deal(3, index).argmax(axis=1).tolist()) for index in range(3600))
    allowed = {order for order in permutations(range(4)) if order[0] != 3}
    assert set(found) == allowed
    chi_square = sum((found[order] - 200) ** 2 / 200 for order in allowed)
    assert chi_square < 40.8  # 17 degrees of freedom, P = 0.001


def test_expected_cases_around_silence_follow_the_reports() -> None:
    silent = np.array([[False, False], [False, True]])
    expected = expected_around_silence(np.array([30.0, 10.0]), np.array([25.0, 15.0]), silent)
    assert expected == pytest.approx(np.array([[15.0, 15.0], [10.0, 0.0]]))


@pytest.mark.parametrize(
    ("silent", "says"),
    [
        (silence(["F99"], 1, 2), "silent, row 1: the location (first: 'F99') is not in the table"),
        (silence(["F01"], 3, 1), "silent, row 1: the time ends before it starts"),
        (silence(["F01"], 1, 2), "a location in a time in which it sent no report"),
        (silence(["F01"], 1, 2).assign(end="soon"), "silent, row 1: end is empty or not a date"),
        (silence(["F01"], 1, 2).drop(columns="end"), "silent has no column end"),
    ],
)
def test_wrong_silence_is_named(silent: pd.DataFrame, says: str) -> None:
    with pytest.raises(StatisticsError) as caught:
        scan(steady([], range(0)), PLACES, model="poisson", silent=silent, **WEEKLY)
    assert says in str(caught.value)


def test_silence_needs_time() -> None:
    with pytest.raises(StatisticsError, match="times without a report need time"):
        scan(steady([], range(0)), PLACES, model="poisson", silent=silence(["F01"], 1, 2), replicates=9)
