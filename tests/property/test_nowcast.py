"""Shares that have come, shortest intervals and delays against slow and obvious computations."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.nowcast.delays import delays
from surveillance.nowcast.hazard import reverse_hazard
from surveillance.nowcast.predict import _shortest
from surveillance.nowcast.triangle import triangle_of
from tests.support.examples import examples

_ROWS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 6), st.integers(0, 3), st.integers(0, 9)), max_size=30
)


@settings(max_examples=examples(100), deadline=None)
@given(_ROWS, st.lists(st.lists(st.booleans(), min_size=7, max_size=7), min_size=3, max_size=3))
def test_the_share_that_has_come_is_that_of_a_slow_count(rows, usable):
    """Every record is looked at for every delay."""
    rows = [row for row in rows if row[1] + row[2] < 7]
    parts = np.array(rows, np.int64).reshape(-1, 4).T
    found = reverse_hazard(triangle_of(*parts, senders=3, weeks=7, longest=3, usable=usable))
    share = Fraction(1)
    for delay in (3, 2, 1):
        came = at_risk = 0
        for sender in range(3):
            for week in range(7 - delay):
                if not usable[sender][week + delay]:
                    continue
                own = [row for row in rows if row[:2] == (sender, week)]
                came += sum(row[3] for row in own if row[2] == delay)
                at_risk += sum(row[3] for row in own if row[2] <= delay)
        share *= 1 - Fraction(came, at_risk) if at_risk else 0
        assert abs(found.share[delay - 1] - float(share)) < 1e-12
    assert 0 <= found.alike <= 0.5


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(st.integers(0, 20), min_size=1, max_size=15).filter(any), st.floats(0.05, 0.99))
def test_the_interval_is_the_shortest_one_or_one_that_is_nearer(weights, level):
    masses = np.array(weights, float) / sum(weights)
    first, last = _shortest(masses, level)
    size = last - first + 1
    best = {
        length: max(masses[at : at + length].sum() for at in range(len(masses) - length + 1))
        for length in range(1, len(masses) + 1)
    }
    enough = min(length for length, held in best.items() if held >= level - 1e-9)
    assert size in (enough, enough - 1)
    assert abs(masses[first : last + 1].sum() - best[size]) < 1e-9
    if size < enough:
        assert level - best[size] <= best[enough] - level + 1e-9


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 20)), min_size=5, max_size=60))
def test_quartiles_of_delays_are_those_of_a_slow_product(pairs):
    """Each record has a delay of at most its age."""
    pairs = [(min(delay, age), age) for delay, age in pairs]
    of_delay: dict[int, int] = {}
    of_age: dict[int, int] = {}
    for delay, age in pairs:
        of_delay[delay] = of_delay.get(delay, 0) + 1
        of_age[age] = of_age.get(age, 0) + 1
    found = delays(of_delay, of_age, longest=25)
    shares, share = {25: Fraction(1)}, Fraction(1)
    for day in range(25, 0, -1):
        at_risk = sum(delay <= day <= age for delay, age in pairs)
        came = sum(delay == day for delay, _ in pairs)
        share *= 1 - Fraction(came, at_risk) if at_risk else 1
        shares[day - 1] = share
    for part, told in ((0.25, found.lower), (0.5, found.median), (0.75, found.upper)):
        assert told == min(day for day, held in shares.items() if float(held) >= part - 1e-12)
