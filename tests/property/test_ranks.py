"""Ranks against a slow computation, and against what they promise."""

from __future__ import annotations

import math
from itertools import permutations
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.coverage.ranks import ranks
from tests.support.examples import examples

PROPORTIONS = st.lists(
    st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=1, max_size=7
)


def wilson(x, n, level):
    """The roots of Wilson's equation, by its own formula."""
    z = NormalDist().inv_cdf(0.5 + level / 2)
    middle, half = (x + z * z / 2) / (n + z * z), z * math.sqrt(x * (n - x) / n + z * z / 4) / (n + z * z)
    return middle - half, middle + half


@settings(max_examples=examples(60), deadline=None)
@given(PROPORTIONS)
def test_ranks_are_those_of_every_order_that_the_joint_intervals_allow(counts):
    """Oracle: an order is allowed where no interval lies wholly above one that stands before it."""
    found = ranks([x for x, _ in counts], [n for _, n in counts])
    limits = [wilson(x, n, 0.95 ** (1 / len(counts))) for x, n in counts]
    allowed = [set() for _ in counts]
    for order in permutations(range(len(counts))):
        if any(
            limits[after][0] > limits[before][1] + 1e-12
            for at, before in enumerate(order)
            for after in order[at + 1 :]
        ):
            continue
        for place, number in enumerate(order):
            allowed[number].add(place + 1)
    for one, places, (x, n) in zip(found, allowed, counts, strict=True):
        assert (one.first, one.last) == (min(places), max(places))
        assert one.rank == 1 + sum(a * n > x * b for a, b in counts)
        assert one.first <= one.rank <= one.last


@settings(max_examples=examples(40), deadline=None)
@given(PROPORTIONS)
def test_two_are_apart_exactly_where_their_limits_of_ranks_never_cross(counts):
    found = ranks([x for x, _ in counts], [n for _, n in counts])
    for one in found:
        for other in found:
            assert one.apart(other) == other.apart(one)
            if one.apart(other):
                assert one.rank != other.rank
    wide = ranks([x for x, _ in counts], [n for _, n in counts], [3.0] * len(counts))
    assert all(a.first >= b.first and a.last <= b.last for a, b in zip(found, wide, strict=True))


def test_all_true_ranks_lie_within_their_limits_as_often_as_promised():
    """Simulated: of 25 provinces all ranks at once, in 95 of 100 draws (less the error of drawing)."""
    random = np.random.default_rng(20260630)
    true = np.linspace(0.5, 0.8, 25)
    people = random.integers(40, 900, 25)
    draws, held = 400, 0
    for _ in range(draws):
        seen = random.binomial(people, true)
        found = ranks(seen.tolist(), people.tolist())
        held += all(one.first <= 25 - number <= one.last for number, one in enumerate(found))
    assert held / draws > 0.95 - 2 * math.sqrt(0.95 * 0.05 / draws)


def test_one_alone_and_none_and_nobody():
    assert ranks([], []) == []
    (alone,) = ranks([3], [7])
    assert (alone.rank, alone.first, alone.last) == (1, 1, 1)
    with pytest.raises(ValueError, match="nobody"):
        ranks([0, 1], [0, 2])
