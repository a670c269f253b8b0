"""What a scan refuses, and that it says which rows and what to do."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from surveillance.errors import StatisticsError
from surveillance.scan import scan

PLACES = pd.DataFrame({"location": list("abc"), "x": [0, 1, 5], "y": 0, "population": [10, 20, 30]})
CASES = pd.DataFrame(
    {
        "location": ["a", "b", "b", "c"],
        "count": [1, 3, 2, 1],
        "date": ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"],
        "tested": [2, 4, 4, 9],
    }
)


def refused(cases: pd.DataFrame = CASES, places: pd.DataFrame = PLACES, **arguments: Any) -> str:
    with pytest.raises(StatisticsError) as caught:
        scan(cases, places, **({"model": "poisson", "replicates": 9} | arguments))
    return str(caught.value)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            {"location": ["a", "b", "z", "z"]},
            "cases, rows 3, 4: the location (first: 'z') is not in the table",
        ),
        ({"location": ["a", None, "b", "c"]}, "cases, row 2: location is empty"),
        ({"count": [1, -3, 2, 1]}, "cases, row 2: count is negative"),
        ({"count": [1, 2.5, 2, 1]}, "cases, row 2: count is not a whole number"),
        ({"count": [1, np.nan, 2, 1]}, "cases, row 2: count is empty or not a number"),
        ({"count": ["1", "many", "2", "1"]}, "cases, row 2: count is empty or not a number"),
        ({"count": [0, 0, 0, 0]}, "there are no cases"),
    ],
)
def test_wrong_cases_are_named(change: dict[str, list[Any]], says: str) -> None:
    assert says in refused(CASES.assign(**change))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            {"date": ["2024-01-01", "soon", "2024-01-03", None]},
            "cases, rows 2, 4: date is empty or not a date",
        ),
        ({"date": [1, 2, 3, 4]}, "the dates are numbers"),
        (
            {"date": ["-2025-01-06", "2024-01-02", "9999-12-31", "2024-01-04"]},
            "cases, rows 1, 3: date is empty or not a date",
        ),
    ],
)
def test_wrong_dates_are_named(change: dict[str, list[Any]], says: str) -> None:
    assert says in refused(CASES.assign(**change), time="retrospective")


def test_cases_outside_the_period_are_named() -> None:
    from datetime import date

    says = refused(time="retrospective", start=date(2024, 1, 2), end=date(2024, 1, 3))
    assert "cases, rows 1, 4: the date lies outside the study period (2024-01-02 to 2024-01-03)" in says


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"location": ["a", "b", "b"]}, "locations, row 3: the location is there twice"),
        ({"x": [0, np.nan, 1]}, "locations, row 2: x is empty or not a number"),
        ({"population": [10, -1, 30]}, "population, row 2: the population is negative"),
        ({"population": [10, 0, 30]}, "cases, rows 2, 3: cases at a location whose population is zero"),
        ({"x": [1, 1, 1]}, "all locations are at one point"),
    ],
)
def test_wrong_locations_are_named(change: dict[str, list[Any]], says: str) -> None:
    assert says in refused(places=PLACES.assign(**change))


def test_degrees_beyond_the_globe_are_named() -> None:
    places = PLACES.rename(columns={"x": "longitude", "y": "latitude"}).assign(latitude=[0, 91, 2])
    assert "locations, row 2: latitude is beyond 90 degrees" in refused(places=places)


def test_one_location_is_refused_unless_time_alone_is_scanned() -> None:
    one, cases = PLACES.head(1), CASES.assign(location="a")
    assert "all locations are at one point" in refused(cases, one, time="retrospective")
    found = scan(cases, one, model="poisson", time="retrospective", purely_temporal=True, replicates=9)
    assert found.parameters["purely_temporal"] is True


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"model": "gamma"}, "unknown model 'gamma': use one of poisson, bernoulli"),
        ({"model": "space-time-permutation"}, "needs time: choose retrospective or prospective"),
        ({"rates": "odd"}, "unknown rates 'odd'"),
        ({"time": "retrospective", "time_unit": "hour"}, "unknown time unit 'hour'"),
        ({"max_population_share": 0}, "the largest share of the population must be above 0"),
        ({"max_population_share": float("nan")}, "the largest share of the population must be above 0"),
        ({"max_radius_km": -1.0}, "the largest radius must be 0 km or more"),
        ({"replicates": -1}, "replicates must be a whole number of 0 or more"),
        ({"seed": -1}, "the seed must be a whole number"),
        ({"time": "retrospective", "min_duration": 5}, "below the shortest (5)"),
        ({"time": "retrospective", "max_duration": 5}, "longer than the study period (4 units of time)"),
        ({"model": "bernoulli", "covariates": ("sex",)}, "cases has no column sex"),
        ({"covariates": ("sex",)}, "cases has no column sex"),
    ],
)
def test_wrong_parameters_are_named(arguments: dict[str, Any], says: str) -> None:
    assert says in refused(**arguments)


def test_positives_above_tested_are_named() -> None:
    says = refused(CASES.assign(tested=[2, 2, 4, 9]), model="bernoulli")
    assert "cases, row 2: count is above tested" in says


def test_a_missing_column_is_named_with_those_that_are_there() -> None:
    assert "cases has no column location (it has count, date)" in refused(CASES[["count", "date"]])
    says = refused(CASES.drop(columns="count").assign(tested=9), model="bernoulli")
    assert "cases has no column count" in says
    assert "the poisson model needs a population" in refused(places=PLACES.drop(columns="population"))
    assert "latitude and longitude" in refused(places=PLACES.drop(columns="x"))


def test_neighbours_must_be_known_and_listed_once() -> None:
    assert "not in the table" in refused(neighbours={"a": ["b", "z"]})
    assert "listed twice" in refused(neighbours={"a": ["b", "b"]})
    assert "neighbours is empty" in refused(neighbours={})


def test_without_a_count_each_row_is_one_case() -> None:
    rows = CASES.loc[CASES.index.repeat(CASES["count"])]
    found = [
        scan(cases, PLACES, model="poisson", replicates=9) for cases in (CASES, rows.drop(columns="count"))
    ]
    assert found[0].clusters.equals(found[1].clusters)
    assert len(found[0].clusters) > 0


def test_days_may_be_texts() -> None:
    asked = {"model": "poisson", "time": "retrospective", "replicates": 9}
    texts = CASES.assign(date=CASES["date"].astype(str).str[:10])
    days = [str(texts["date"].min()), str(texts["date"].max())]
    with_texts = scan(texts, PLACES, start=days[0], end=days[1], **asked)
    with_dates = scan(
        CASES, PLACES, start=date.fromisoformat(days[0]), end=date.fromisoformat(days[1]), **asked
    )
    assert with_texts.clusters.equals(with_dates.clusters)
    assert with_texts.parameters == with_dates.parameters
    assert "start is 'soon': give a day" in refused(time="retrospective", start="soon")
