"""Windows that are equally likely: one rule decides, in the kernels and in the slow scan alike."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from surveillance.scan import scan
from surveillance.scan.clusters import ranked
from surveillance.scan.kernels.likelihood import BERNOULLI, POISSON, rounding
from surveillance.scan.search import Candidate
from tests.support.matrix import some

_FIRST = date(2024, 1, 1)


def table(counts: dict[str, list[int]], tested: dict[str, list[int]] | None = None) -> pd.DataFrame:
    """One row for each location and day."""
    return pd.DataFrame(
        [
            {"location": place, "date": _FIRST + timedelta(days=day), "count": count}
            | ({"tested": tested[place][day]} if tested else {})
            for place, row in counts.items()
            for day, count in enumerate(row)
        ]
    )


def points(**places: tuple[int, int]) -> pd.DataFrame:
    """Locations on a plane."""
    return pd.DataFrame([{"location": name, "x": x, "y": y} for name, (x, y) in places.items()])


@pytest.mark.slow
@pytest.mark.parametrize("scale", some([1, 7, 1000, 50_000], [7, 1000]))
def test_of_a_low_and_a_high_window_that_are_equal_the_earlier_one_is_taken(scale: int) -> None:
    # Half of all tested are cases: none of 4 on days 4 and 5 is as unlikely as 4 of 4 on day 6.
    counts = {"L0": [7, 8, 8, 8, 8, 8], "L2": [0, 0, 0, 0, 0, 4]}
    tested = {"L0": [12, 13, 15, 18, 18, 18], "L2": [0, 0, 0, 1, 3, 4]}
    cases = table(counts, tested)
    cases[["count", "tested"]] *= scale
    found = scan(
        cases, points(L0=(0, 0), L2=(0, 1)), model="bernoulli", time="retrospective", max_duration=2,
        max_population_share=0.3, rates="both", min_cases=0, replicates=0,
    ).clusters  # fmt: skip
    days = [(row.start.day, row.end.day, row.rate) for row in found.itertuples()]
    assert days[:2] == [(4, 5, "low"), (6, 6, "high")]
    assert found.loc[0, "llr"] == pytest.approx(found.loc[1, "llr"], rel=1e-12)


def test_of_equal_windows_the_one_of_fewer_locations_is_taken() -> None:
    # Nobody lives at b, so a alone and a with b hold the same.
    places = points(a=(0, 0), b=(0, 1), c=(9, 9), d=(9, 8)).assign(population=[10, 0, 10, 10])
    cases = pd.DataFrame({"location": ["a", "c"], "count": [9, 1]})
    found = scan(cases, places, model="poisson", replicates=0).clusters
    assert found.loc[0, "locations"] == ["a"]


def test_of_equal_windows_at_one_size_the_order_of_the_input_decides() -> None:
    cases = pd.DataFrame({"location": ["a", "b", "c", "d"], "count": [5, 1, 1, 5]})
    for order in ("abcd", "dcba"):
        where = {"a": 0, "b": 10, "c": 20, "d": 30}
        places = pd.DataFrame({"location": list(order), "x": [where[n] for n in order], "y": 0})
        found = scan(cases, places.assign(population=10), model="poisson", replicates=0).clusters
        assert found["centre"].tolist()[:2] == [order[0], order[3]]


def test_of_equal_windows_of_one_zone_the_earlier_then_the_shorter_is_taken() -> None:
    # Days without a case anywhere add nothing: neither expected nor observed cases.
    counts = {"a": [0, 6, 0, 6, 0, 0], "b": [4, 1, 0, 1, 4, 0], "c": [4, 1, 0, 1, 4, 0]}
    asked = {"model": "space-time-permutation", "time": "retrospective", "replicates": 0, "max_duration": 1}
    places = points(a=(0, 0), b=(5, 5), c=(9, 9))
    period = {"start": _FIRST, "end": _FIRST + timedelta(days=5)}
    first = scan(table(counts), places, **asked, **period).clusters.iloc[0]
    assert (first["start"].day, first["end"].day) == (2, 2)
    asked["max_duration"] = 4
    first = scan(table(counts), places, **asked, **period).clusters.iloc[0]
    assert (first["start"].day, first["end"].day) == (2, 4)
    # Of those that end on the last day, the window that starts earlier.
    late = {"a": [1, 0, 0, 0, 9, 0], "b": [6, 0, 0, 0, 1, 0], "c": [6, 0, 0, 0, 1, 0]}
    asked |= {"time": "prospective", "max_duration": 4}
    first = scan(table(late), places, **asked, **period).clusters.iloc[0]
    assert (first["start"].day, first["end"].day) == (3, 6)


def test_what_rounding_parts_is_equal_and_what_is_farther_apart_is_not() -> None:
    tie = rounding(POISSON, 1000, 1.0)
    assert tie < rounding(POISSON, 100_000, 1.0)
    assert rounding(BERNOULLI, 10, 1e6) > rounding(BERNOULLI, 10, 1e3)
    late, early = Candidate(5.0 + tie / 2, 3, 1, 2, 3), Candidate(5.0, 0, 1, 4, 5)
    assert ranked([late, early], lambda item: item.centre, tie) == [early, late]
    better = Candidate(5.0 + 3 * tie, 3, 1, 2, 3)
    assert ranked([early, better], lambda item: item.centre, tie) == [better, early]
    assert np.isfinite(tie)
