"""Units of time without a case are left out of a permutation, and nothing of the answer changes."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.scan import api as run
from surveillance.scan import scan
from surveillance.scan.brief import BriefTime, brief
from surveillance.scan.problem.arrays import make_problem
from surveillance.scan.settings import Settings
from tests.support.examples import examples

pytestmark = pytest.mark.slow

_DAYS = 60


@st.composite
def few(draw):
    """A few cases over sixty days, in two groups; at times a place that sent no report for some days."""
    row = st.tuples(
        st.integers(0, 3), st.integers(1, 3), st.integers(0, 3), st.integers(0, 14), st.sampled_from("ab")
    )
    rows = draw(st.lists(row, min_size=2, max_size=10))
    longest = draw(st.sampled_from([1, 4, 17, 30, 60]))
    return rows, longest, draw(st.booleans()), draw(st.booleans()), draw(st.sampled_from(["high", "both"]))


@settings(max_examples=examples(30), deadline=None)
@given(data=few())
def test_the_answer_is_that_of_all_units(data):
    rows, longest, grouped, silence, rates = data
    places = pd.DataFrame({"location": range(5), "x": [0, 1, 0, 2, 3], "y": [0, 0, 1, 1, 3]})
    cases = pd.DataFrame(rows, columns=["location", "count", "near", "far", "group"])
    cases["date"] = pd.Timestamp("2025-01-01") + pd.to_timedelta(
        cases.pop("near") + 4 * cases.pop("far"), unit="D"
    )
    arguments = {
        "model": "space-time-permutation", "time": "retrospective", "rates": rates, "replicates": 9,
        "min_cases": 1, "workers": 1, "max_duration": longest, "start": date(2025, 1, 1),
        "max_population_share": 0.8, "end": date(2025, 3, 1), "covariates": ("group",) if grouped else (),
    }  # fmt: skip
    if silence:  # of a place without cases at that time
        arguments["silent"] = pd.DataFrame({"location": [4], "start": ["2025-01-05"], "end": ["2025-02-20"]})
    found = scan(cases, places, **arguments)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "brief", BriefTime)
        right = scan(cases, places, **arguments)
    np.testing.assert_array_equal(found.maxima, right.maxima)
    pd.testing.assert_frame_equal(found.clusters, right.clusters)
    pd.testing.assert_frame_equal(found.members, right.members)


@pytest.mark.parametrize(
    "asked",
    [
        {"min_duration": 2, "model": "space-time-permutation"},
        {"model": "poisson"},
        {"model": "space-time-permutation", "time": "prospective"},
    ],
)
def test_nothing_is_left_out_where_empty_units_count(asked):
    places = pd.DataFrame({"location": ["a", "b"], "x": [0, 1], "y": 0, "population": 9})
    days = pd.DataFrame({"location": ["a", "b", "b"], "date": ["2025-01-01", "2025-01-05", "2025-01-07"]})
    problem = make_problem(days, places, Settings(**{"time": "retrospective"} | asked))
    assert brief(problem, asked.get("min_duration", 1), 3).kept is None
