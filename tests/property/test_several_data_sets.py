"""Several data sets together equal the slow, obvious scan: sums of the ratios of each set."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from surveillance.scan.clusters import select
from surveillance.scan.oracle import Oracle
from surveillance.scan.problem.arrays import make_problem
from surveillance.scan.search import Search, make_zones, reported_zones
from surveillance.scan.settings import Settings
from surveillance.scan.several import SeveralSearch, limited_by_all, seed_of
from tests.property.test_scan_against_oracle import MODELS, ends_by_hand, problems, zones_by_hand
from tests.support.examples import examples

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class SeveralOracle(Oracle):
    """As the oracle of one set; a window's ratio is the sum over the sets on the same side."""

    others: tuple[Oracle, ...] = ()

    def ratio(self, zone, first, after, total, size):
        up = down = 0.0
        seen = meant = of_all = 0.0
        for one in (self, *self.others):
            c = sum(one.cases[place][unit] for place in zone for unit in range(first, after))
            m = sum(one.sizes[place][unit] for place in zone for unit in range(first, after))
            total, size = sum(map(sum, one.cases)), sum(map(sum, one.sizes))
            if one.within:
                total = size = sum(row[unit] for row in one.cases for unit in range(first, after))
            if total == 0 or m <= 0 or m >= size * (1 - 1e-12):
                continue
            free = Oracle(
                one.cases, one.sizes, one.zones, one.at_place, one.time, one.shortest, one.ends,
                one.bernoulli, high=True, low=True, least=0, within=one.within,
            )  # fmt: skip
            value = free.ratio(zone, first, after, total, size)
            if c / m > total / size:
                up, seen, meant, of_all = up + value, seen + c, meant + m * total / size, of_all + total
            else:
                down += value
        if seen < self.least or not self.high:
            up = 0.0
        if up and self.risk:
            outside = (of_all - seen) / (of_all - meant) if self.against_rest else 1.0
            if outside > 0 and seen / meant / outside < self.risk * (1 - 1e-12):
                up = 0.0
        return max(up, down if self.low else 0.0)

    def tie(self):
        return sum(Oracle.tie(one) for one in (self, *self.others))


def _oracle(of: Any, search: SeveralSearch, tables: list, *, data: bool) -> SeveralOracle:
    first = of[0]
    chosen = first.settings
    asked = [
        (
            table.tolist(), one.sizes.full().tolist(), zones_by_hand(first, reported=data),
            np.bincount(first.place_of).tolist(), chosen.time, search.shortest,
            ends_by_hand(first, search.longest, data=data), chosen.model == "bernoulli",
            chosen.high, chosen.low, chosen.min_cases, chosen.min_relative_risk or 0.0,
            chosen.model != "space-time-permutation", chosen.trend == "stratified",
        )
        for one, table in zip(of, tables, strict=True)
    ]  # fmt: skip
    return SeveralOracle(*asked[0], others=tuple(Oracle(*one) for one in asked[1:]))


@st.composite
def several(draw: Any, model: str, time: str) -> Any:
    """Two sets: the second has the cases of the first in other places."""
    first = draw(problems(model, time))
    order = list(draw(st.permutations(range(first.places))))
    cases, sizes = first.cases[order], first.sizes
    if first.settings.model != "poisson" or first.settings.trend or sizes.cells is not None:
        cells = None if sizes.cells is None else sizes.cells[order]
        sizes = type(sizes)(sizes.weights[order], sizes.share, cells)
    assume(not ((cases.sum(axis=1) > 0) & (sizes.weights <= 0)).any())
    return limited_by_all([first, replace(first, cases=cases, sizes=sizes)])


@pytest.mark.parametrize(("model", "time"), [pair for pair in MODELS if pair[0] != "space-time-permutation"])
def test_sums_of_ratios_are_the_oracles(model: str, time: str) -> None:
    @settings(max_examples=examples(8), deadline=None)
    @given(of=several(model, time))
    def check(of: Any) -> None:
        chosen = of[0].settings
        lengths = chosen.lengths(len(of[0].units)) if chosen.time != "none" else (1, 1)
        search = SeveralSearch(of, make_zones(of[0]), *lengths, chosen.earlier_analyses)
        search.prepare()
        told = SeveralSearch(of, reported_zones(of[0], search.zones), *lengths)
        fast = select(of[0], told.zones, told.candidates(0.0), told.tie)
        slow = _oracle(of, search, [one.cases for one in of], data=True).clusters()
        assert [round(item.window.ratio, 8) for item in fast] == [round(window[0], 8) for window in slow]
        for item, window in zip(fast, slow, strict=True):
            places = set(of[0].place_of[item.locations].tolist())
            assert (places, item.window.start, item.window.stop) == (set(window[1]), window[2], window[3])
        maxima = search.maxima(0, 2)
        for index in range(2):
            tables = [
                dealer.deal(seed_of(chosen.seed, number), index)
                for number, dealer in enumerate(search.dealers)
            ]
            assert maxima[index] == pytest.approx(_oracle(of, search, tables, data=False).maximum(), abs=1e-9)

    check()


def test_where_nearly_everybody_was_reached_the_few_who_were_not_are_found_in_two_sets_as_in_one() -> None:
    # The bound of a block of zones once took a large zone's fewest cases for those of the small ones in it.
    drawn = np.random.default_rng(0)
    for _ in range(60):
        many = int(drawn.integers(2, 7))
        names = [f"L{place}" for place in range(many)]
        tested = drawn.integers(1, 4, many)
        reached = np.maximum(tested - (drawn.random(many) < 0.3), 0)
        if reached.sum() in (0, tested.sum()):
            continue
        share = float(drawn.choice([0.5, 1.0]))
        asked = Settings("bernoulli", rates="low", max_population_share=share)
        table = pd.DataFrame({"location": names, "tested": tested, "count": reached})
        places = pd.DataFrame({"location": names, "x": range(many), "y": 0})
        one = make_problem(table, places, asked)
        zones = make_zones(one)
        alone = Search(one, zones, 1, 1).candidates(0.0)
        both = SeveralSearch((one, one), zones, 1, 1).candidates(0.0)
        best = {found.centre: found.ratio for found in alone}
        assert {found.centre: found.ratio for found in both} == pytest.approx(
            {centre: 2 * ratio for centre, ratio in best.items()}
        )
