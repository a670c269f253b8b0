"""Places that hold nothing are left out of zones, and nothing of the answer changes."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.scan import api as run
from surveillance.scan import scan
from surveillance.scan.problem.zones import Zones
from surveillance.scan.sparse import lean
from tests.support.examples import examples

pytestmark = pytest.mark.slow

KINDS = [
    ("space-time-permutation", "retrospective"),
    ("space-time-permutation", "prospective"),
    ("bernoulli", "none"),
    ("bernoulli", "retrospective"),
    ("poisson", "none"),
    ("poisson", "prospective"),
]


def identity(zones, _weights):
    """As if every place held something."""
    return SimpleNamespace(zones=zones, in_full=lambda candidates: candidates)


@st.composite
def sparse(draw):
    """Places on a grid, of which a few hold anything; some at the same distance from each other."""
    many = draw(st.integers(6, 14))
    spots = draw(
        st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=many, max_size=many, unique=True)
    )
    held = draw(st.lists(st.integers(0, many - 1), min_size=2, max_size=4, unique=True))
    rows = draw(
        st.lists(
            st.tuples(st.sampled_from(held), st.integers(1, 4), st.integers(0, 9)), min_size=3, max_size=12
        )
    )
    return spots, held, rows


@pytest.mark.parametrize(("model", "time"), KINDS)
@pytest.mark.parametrize("rates", ["high", "both"])
@settings(max_examples=examples(4), deadline=None)
@given(data=sparse())
def test_the_answer_is_that_of_all_places(model, time, rates, data):
    spots, held, rows = data
    places = pd.DataFrame(spots, columns=["x", "y"]).assign(location=range(len(spots)))
    if model == "poisson":
        places["population"] = [100 if place in held else 0 for place in range(len(spots))]
    cases = pd.DataFrame(rows, columns=["location", "count", "day"])
    cases["date"] = pd.Timestamp("2025-01-01") + pd.to_timedelta(cases.pop("day"), unit="D")
    if model == "bernoulli":
        cases["tested"] = cases["count"] * 2
    arguments = {"model": model, "time": time, "rates": rates, "replicates": 19, "min_cases": 1, "workers": 1}
    if time != "none":
        arguments |= {"start": pd.Timestamp("2025-01-01").date(), "end": pd.Timestamp("2025-01-10").date()}
    found = scan(cases, places, **arguments)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "lean", identity)
        right = scan(cases, places, **arguments)
    np.testing.assert_allclose(found.maxima, right.maxima, rtol=1e-9, atol=1e-12)
    pd.testing.assert_frame_equal(found.clusters, right.clusters)
    pd.testing.assert_frame_equal(found.members, right.members)


def test_lists_that_are_the_same_without_empty_places_are_one():
    zones = Zones(np.array([0, 1, 2, 1, 0, 2, 2, 1], np.uint16), np.array([0, 3, 6, 8]))
    thin = lean(zones, np.array([1.0, 0.0, 1.0]))
    assert thin.zones.near.tolist() == [0, 2, 2]
    assert thin.zones.first.tolist() == [0, 2, 3]
    assert thin.centres == [[0, 1], [2]]
