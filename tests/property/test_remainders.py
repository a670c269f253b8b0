"""What shown sums leave for their hidden parts together is never 1 to k - 1 people."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from surveillance.disclosure.model import VISITS, Block, Pattern, State, Table, star
from surveillance.disclosure.resolution import capped
from surveillance.disclosure.search import protected_numbers
from surveillance.disclosure.suppress import suppress
from tests.support.examples import examples
from tests.support.small_counts import cohort_block, numbers_of, random_block, until


def left_over(block: Block, pattern: Pattern, k: int) -> list[tuple[object, ...]]:
    """Sums that leave 1 to k - 1 people in two hidden parts or more, by counting alone."""
    found = []
    for table in block.tables:
        for level in range(len(block.chain.levels)):
            states = pattern.states[table.name][level]
            for positions in protected_numbers(block.chain, level):
                value = table.totals[..., list(positions)].sum(axis=-1)
                for tree, shown, numbers in (
                    (table.rows, states, value),
                    (table.columns, states.T, value.T),
                ):
                    found += [
                        (table.name, level, positions, tree.names[node], other, int(left))
                        for node in range(len(tree.names))
                        for other, left in _left(tree, shown, numbers, node)
                        if 1 <= left < k
                    ]
    return found


def _left(tree, states, numbers, node):
    parts = [part for part, above in enumerate(tree.above) if above == node]
    for other in range(states.shape[1]):
        if parts and states[node, other] == State.SHOWN:
            hidden = [part for part in parts if states[part, other] != State.SHOWN]
            if hidden:
                yield other, sum(numbers[part, other] for part in hidden)


@pytest.mark.parametrize("k", [5, 11])
@pytest.mark.parametrize("people", [60, 150, 400])
def test_no_sum_leaves_a_small_number(people: int, k: int) -> None:
    for seed in range(examples(8)):
        block = random_block(seed, people, places=5, grouped=False)
        assert left_over(block, suppress(block, k), k) == []


def test_nor_after_a_second_release() -> None:
    for seed in range(examples(8)):
        block = random_block(seed, 150, places=5, quarters=3, grouped=False)
        first = suppress(until(block, 2, 2, whole=False), 5)
        pattern = suppress(block, 5, issued=first)
        assert left_over(block, pattern, 5) == []


def test_four_people_of_two_places_hide_a_third() -> None:
    """2 and 2 of 4: each might be 1 to 4, but that both are 4 together is told by the country."""
    states = suppress(cohort_block([2, 2, 60, 25], [20, 20, 44, 25]), 5).states["care"][0, :, 0]
    hidden = np.flatnonzero(states == State.HIDDEN)
    assert set(hidden) >= {1, 2}
    assert len(hidden) == 3


def test_a_hidden_sum_is_taken_apart() -> None:
    """A hidden quarter with a shown month leaves its other months beside the other hidden quarters."""
    for seed, k in ((s, 5) for s in range(examples(12))):
        block = random_block(seed, 200, places=4, quarters=2, months=3, grouped=False)
        states = suppress(block, k).states["care"]
        table = block.table("care")
        assert table is not None
        names = table.columns.names
        quarters = [names.index(f"q{one}") for one in range(2)]
        for level in range(len(block.chain.levels)):
            for positions in protected_numbers(block.chain, level):
                value = table.totals[..., list(positions)].sum(axis=-1)
                for row in range(1, len(table.rows.names)):
                    if states[level, row, 0] == State.SHOWN:
                        told, open_ = 0, 0
                        for one, quarter in enumerate(quarters):
                            if states[level, row, quarter] == State.SHOWN:
                                told += value[row, quarter]
                                continue
                            months = [names.index(f"m{one}{month}") for month in range(3)]
                            shown = [m for m in months if states[level, row, m] == State.SHOWN]
                            told += sum(value[row, m] for m in shown)
                            open_ += 1
                        if open_:
                            left = value[row, 0] - told
                            assert left == 0 or left >= k


def test_nobody_tested_leaves_room_for_those_whose_answers_are_blank() -> None:
    """Of 7 records 6 were not tested: at most one has a result. No positivity is issued, but one has."""
    people = np.zeros((5, 1, 8), np.int64)
    people[:, 0, 2] = 6
    people[1:4, 0, 2] = 30, 20, 20
    people[1:4, 0, 6] = 6, 6, 6
    numbers = numbers_of(VISITS, people)
    numbers[0, 0] = 7, 0, 6, 1, 1, 0, 0, 0, 0, 1
    country = numbers.sum(axis=0)
    assert capped(VISITS, numbers[:, 0], 1, 5).tolist() == [3, 0, 0, 0, 0]
    assert all(capped(VISITS, country, 1, 5) == 0)
    table = Table("care", star("country", [f"p{one}" for one in range(5)]), star("2025", []), numbers)
    block = Block("tb", VISITS, 2025, (table,))
    states = suppress(block, 5).states["care"]
    assert states[0, 1, 0] == State.SHOWN
    assert states[1, 1, 0] == State.HIDDEN


def test_combinations_of_places_are_what_is_meant() -> None:
    """The check above would find it: two hidden parts of 4 people, nothing else."""
    block = cohort_block([2, 2, 60, 25], [20, 20, 44, 25])
    for hidden in combinations(range(1, 5), 2):
        states = np.zeros((1, 5, 1), np.int8)
        states[0, list(hidden), 0] = State.HIDDEN
        assert bool(left_over(block, Pattern(5, {"care": states}), 5)) == (hidden == (1, 2))
