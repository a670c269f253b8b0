"""The fast scan equals the slow, obvious one, on small cases of every model with every kind of trouble."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from surveillance.errors import StatisticsError
from surveillance.scan.clusters import select
from surveillance.scan.oracle import Oracle
from surveillance.scan.problem.arrays import Problem, make_problem
from surveillance.scan.search import Search, make_zones, reported_zones
from surveillance.scan.settings import Settings
from tests.support.examples import examples

pytestmark = pytest.mark.slow

_FIRST = date(2024, 1, 1)
MODELS = [
    ("poisson", "none"),
    ("bernoulli", "none"),
    ("poisson", "retrospective"),
    ("bernoulli", "retrospective"),
    ("space-time-permutation", "retrospective"),
    ("poisson", "prospective"),
    ("bernoulli", "prospective"),
    ("space-time-permutation", "prospective"),
]


@st.composite
def problems(draw: Any, model: str, time: str) -> Problem:
    """A few places on a small grid (equal distances, several at a point), a few units, small counts."""
    many = draw(st.integers(2, 7))
    units = draw(st.integers(1, 6)) if time != "none" else 1
    coordinate = st.integers(0, 3)
    locations = pd.DataFrame(
        {
            "location": [f"L{n}" for n in range(many)],
            "x": draw(st.lists(coordinate, min_size=many, max_size=many)),
            "y": draw(st.lists(coordinate, min_size=many, max_size=many)),
            "population": draw(st.lists(st.integers(1, 30), min_size=many, max_size=many)),
        }
    )
    strata = draw(st.integers(1, 2)) if model == "space-time-permutation" else 1
    cells = [
        (place, unit, stratum) for place in range(many) for unit in range(units) for stratum in range(strata)
    ]
    counts = draw(st.lists(st.integers(0, 4), min_size=len(cells), max_size=len(cells)))
    more = draw(st.lists(st.integers(0, 5), min_size=len(cells), max_size=len(cells)))
    cases = pd.DataFrame(
        {
            "location": [f"L{place}" for place, _, _ in cells],
            "date": [_FIRST + timedelta(days=unit) for _, unit, _ in cells],
            "group": [f"g{stratum}" for _, _, stratum in cells],
            "count": counts,
            "tested": np.array(counts) + np.array(more),
        }
    )
    shortest = draw(st.integers(1, units))
    scanned = draw(st.sampled_from([0.3, 0.5, 0.8, 1.0]))
    earlier = draw(st.integers(0, units - shortest)) if time == "prospective" else 0
    limit = draw(st.sampled_from([None, "population"]))
    if earlier and limit is None:
        scanned = 1.0
    longest = st.integers(shortest, units)
    if time != "none" and shortest <= int(0.7 * units):
        longest |= st.sampled_from([share for share in (0.5, 0.7) if shortest <= int(share * units)])
    chosen = Settings(
        model=model,
        time=time,
        start=_FIRST,
        end=_FIRST + timedelta(days=units - 1),
        min_duration=shortest,
        max_duration=draw(longest),
        max_population_share=scanned,
        rates=draw(st.sampled_from(["high", "low", "both"])),
        min_cases=draw(st.integers(0, 3)),
        covariates=("group",) if strata > 1 else (),
        replicates=4,
        seed=draw(st.integers(0, 2**63 - 1)),
        max_reported_share=draw(
            st.sampled_from([None, 0.1, 0.3, scanned]).filter(lambda s: (s or 0) <= scanned)
        ),
        report_single_places=draw(st.booleans()),
        earlier_analyses=earlier,
        limit_by=limit,
    )
    if chosen.high:
        chosen = replace(chosen, min_relative_risk=draw(st.sampled_from([None, 1.0, 1.5, 3.0])))
    risks = None
    if model == "poisson":
        if time != "none":
            chosen = replace(chosen, trend=draw(st.sampled_from([None, "stratified"])))
        risks = draw(known_risks(many, units))
    try:
        return make_problem(cases, locations, chosen, relative_risks=risks)
    except StatisticsError:
        assume(False)
        raise


@st.composite
def known_risks(draw: Any, many: int, units: int) -> pd.DataFrame | None:
    """None, or a few relative risks of locations and times."""
    rows = draw(st.integers(0, 3))
    if not rows:
        return None
    begins = draw(st.lists(st.integers(0, units - 1), min_size=rows, max_size=rows))
    days = [(_FIRST + timedelta(days=begin)).isoformat() for begin in begins]
    place = st.sampled_from(["all", *(f"L{n}" for n in range(many))])
    return pd.DataFrame(
        {
            "location": draw(st.lists(place, min_size=rows, max_size=rows)),
            "from": [draw(st.sampled_from([None, day])) for day in days],
            "to": [draw(st.sampled_from([None, day])) for day in days],
            "relative_risk": draw(st.lists(st.sampled_from([0.5, 1, 3]), min_size=rows, max_size=rows)),
        }
    )


def zones_by_hand(problem: Problem, *, reported: bool = False) -> list[list[list[int]]]:
    """Zones of each centre, sorted in plain Python; those that may be reported, or all."""
    points = problem.points.tolist()
    population = problem.limits.tolist()
    chosen = problem.settings
    cap = chosen.max_population_share * sum(population) + 1e-9
    told = cap
    if reported and chosen.max_reported_share is not None:
        told = chosen.max_reported_share * sum(population) + 1e-9
    single = chosen.report_single_places
    found = []
    for centre in points:
        order = sorted(
            range(len(points)),
            key=lambda n: (sum((a - b) ** 2 for a, b in zip(points[n], centre, strict=True)), n),
        )
        zones = [order[: k + 1] for k in range(len(order))]
        held = [(zone, sum(population[n] for n in zone)) for zone in zones]
        small = [
            zone for zone, people in held if people <= cap and (people <= told or (single and len(zone) == 1))
        ]
        found.append(small)
    return found


def ends_by_hand(problem: Problem, longest: int, *, data: bool) -> dict[int, int]:
    """The unit after the last of a window, and the longest window there."""
    chosen = problem.settings
    units = problem.cases.shape[1]
    if chosen.time == "retrospective":
        return dict.fromkeys(range(1, units + 1), longest)
    first = units if data else units - chosen.earlier_analyses
    share = chosen.max_duration if isinstance(chosen.max_duration, float) else None
    return {
        after: longest if share is None else max(math.floor(share * after + 1e-9), 1 if after == 1 else 0)
        for after in range(first, units + 1)
    }


def oracle(
    problem: Problem, search: Search, cases: np.ndarray, sizes: np.ndarray, *, data: bool = False
) -> Oracle:
    """The same problem in plain lists: of the data, or of a replicate with its earlier analyses."""
    chosen = problem.settings
    return Oracle(
        cases.tolist(),
        sizes.tolist(),
        zones_by_hand(problem, reported=data),
        np.bincount(problem.place_of).tolist(),
        chosen.time,
        search.shortest,
        ends_by_hand(problem, search.longest, data=data),
        chosen.model == "bernoulli",
        chosen.high,
        chosen.low,
        chosen.min_cases,
        chosen.min_relative_risk or 0.0,
        chosen.model != "space-time-permutation",
        within=chosen.trend == "stratified",
    )


def ready(problem: Problem) -> Search:
    """The fast scan of a problem."""
    lengths = problem.settings.lengths(len(problem.units)) if problem.settings.time != "none" else (1, 1)
    search = Search(problem, make_zones(problem), *lengths, problem.settings.earlier_analyses)
    search.prepare()
    return search


@pytest.mark.parametrize(("model", "time"), MODELS)
def test_every_cluster_is_the_oracles(model: str, time: str) -> None:
    @settings(max_examples=examples(12), deadline=None)
    @given(problem=problems(model, time))
    def check(problem: Problem) -> None:
        search = ready(problem)
        told = Search(problem, reported_zones(problem, search.zones), search.shortest, search.longest)
        fast = select(problem, told.zones, told.candidates(0.0))
        slow = oracle(problem, search, problem.cases, problem.sizes.full(), data=True).clusters()
        assert [round(item.window.ratio, 8) for item in fast] == [round(window[0], 8) for window in slow]
        for item, window in zip(fast, slow, strict=True):
            places = set(problem.place_of[item.locations].tolist())
            assert (places, item.window.start, item.window.stop) == (set(window[1]), window[2], window[3])

    check()


@pytest.mark.parametrize(("model", "time"), MODELS)
def test_every_replicates_maximum_is_the_oracles(model: str, time: str) -> None:
    @settings(max_examples=examples(5), deadline=None)
    @given(problem=problems(model, time))
    def check(problem: Problem) -> None:
        search = ready(problem)
        many, seed = problem.settings.replicates, problem.settings.seed
        step = search.at_once
        fast = np.concatenate([search.maxima(a, min(a + step, many)) for a in range(0, many, step)])
        sizes = problem.sizes.full()
        for index in range(many):
            table = search.dealer.deal(seed, index)
            whole = np.zeros(sizes.shape, int)
            late = sizes.shape[1] - (table.shape[1] - 1)
            whole[:, late:] = table[:, 1:]
            # Cases before every window are one unit, or are not dealt out to places at all.
            whole[:, 0] += table[:, 0]
            whole[0, 0] += problem.total - whole.sum()
            slow = oracle(problem, search, whole, sizes).maximum()
            assert fast[index] == pytest.approx(slow, abs=1e-9)

    check()
