"""Blocks at the edge, resolution, and the lattice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from surveillance.disclosure.audit import What, audit
from surveillance.disclosure.audited import numbers_of as record_of
from surveillance.disclosure.audited import truth_of
from surveillance.disclosure.lattice import (
    Column,
    columns_between,
    issued_value,
    issued_values,
    kind_of,
    lattice_of,
)
from surveillance.disclosure.model import COHORT, VISITS, Block, State, Table, Tree, cohort_numbers, star
from surveillance.disclosure.published import BLANK, published
from surveillance.disclosure.resolution import resolution
from surveillance.disclosure.suppress import suppress
from surveillance.disclosure.witnesses import witnesses
from surveillance.diseases import DISEASES
from surveillance.vocabulary import AXES
from tests.support.small_counts import cohort_block, numbers_of, random_block, time_tree

LEVELS = len(VISITS.levels)


def visits_block(people: np.ndarray, quarters: int = 1, months: int = 2, whole: bool = True) -> Block:
    """One table of places; people by place, month and channel."""
    names = tuple(f"p{one}" for one in range(people.shape[0]))
    table = Table(
        "care", star("country", names), time_tree(quarters, months, whole), numbers_of(VISITS, people)
    )
    return Block("malaria", VISITS, 2025, (table,))


def everybody(places: int, months: int, people: int) -> np.ndarray:
    return np.full((places, months, 8), people)


def test_nobody_is_shown_as_zero() -> None:
    block = visits_block(everybody(3, 2, 0))
    pattern = suppress(block, 5)
    assert (pattern.states["care"] == State.SHOWN).all()
    assert (published(block, pattern).tables[0].values == 0).all()


def test_many_people_are_all_shown() -> None:
    assert (suppress(visits_block(everybody(3, 2, 20)), 5).states["care"] == State.SHOWN).all()


@pytest.mark.parametrize("places", [1, 2, 4])
@pytest.mark.parametrize("k", [3, 5, 11])
def test_few_people_everywhere(places: int, k: int) -> None:
    """One person in each channel: whatever is decided, what is hidden has its witnesses."""
    block = visits_block(everybody(places, 4, 1), quarters=2)
    pattern = suppress(block, k)
    assert witnesses(block, pattern, k)[1] == []


def test_one_place_is_the_country() -> None:
    """Nothing can be hidden in one row: what is small there is small in the country, and not issued."""
    people = everybody(1, 2, 30)
    people[0, 0, 7] = 2
    pattern = suppress(visits_block(people), 5)
    months = pattern.states["care"][3, :, 2:]
    assert (months == State.NOT_ISSUED).all()
    assert (pattern.states["care"][:3] == State.SHOWN).all()


def test_a_single_small_number_hides_another() -> None:
    pattern = suppress(cohort_block([2, 40, 60], [20, 30, 44]), 5)
    assert pattern.states["care"][0, :, 0].tolist() == [0, 1, 1, 0]


def test_the_fewest_people_are_hidden() -> None:
    pattern = suppress(cohort_block([2, 400, 600, 25], [20, 300, 440, 25]), 5)
    assert pattern.states["care"][0, :, 0].tolist() == [0, 1, 0, 0, 1]


def test_a_small_number_hides_all_deeper_levels() -> None:
    people = everybody(4, 2, 30)
    people[0, 0, 2] = 1  # untested
    states = suppress(visits_block(people), 5).states["care"]
    assert states[0, 1, 2] == State.SHOWN
    assert (states[1:, 1, 2] == State.HIDDEN).all()


def test_all_of_a_small_group_are_hidden_too() -> None:
    """All of three were completed: that says it of each of them."""
    states = suppress(cohort_block([3, 40, 60], [0, 30, 44]), 5).states["care"]
    assert states[0, 1, 0] == State.HIDDEN


def test_all_of_a_large_group_are_shown() -> None:
    states = suppress(cohort_block([30, 40, 60], [0, 30, 44]), 5).states["care"]
    assert (states == State.SHOWN).all()


def test_a_threshold_leaves_room_for_doubt() -> None:
    with pytest.raises(ValueError, match="3 or more"):
        suppress(cohort_block([3], [3]), 2)


def test_unknown_is_told_where_it_is_none_or_many() -> None:
    people = everybody(3, 2, 30)
    people[0, 0, 1], people[1, 0, 1] = 2, 0
    block = visits_block(people)
    told = published(block, suppress(block, 5)).tables[0]
    unknown = told.numbers.index("unknown testing")
    assert told.values[unknown, 1:3, 2].tolist() == [BLANK, 0]
    assert told.values[unknown, 3, 2] == 30


def test_a_small_month_of_the_country_coarsens_its_quarter_alone() -> None:
    people = everybody(3, 4, 30)
    people[:, 0, 7] = 1
    flags = resolution(visits_block(people, quarters=2), 5)["care"]
    names = time_tree(2, 2).names
    assert dict(zip(names, flags[3].tolist(), strict=True)) == {
        "year": True,
        "q0": True,
        "q1": True,
        "m00": False,
        "m01": False,
        "m10": True,
        "m11": True,
    }
    assert flags[:3].all()


def test_a_small_quarter_of_the_country_leaves_the_year() -> None:
    people = everybody(3, 4, 30)
    people[:, :2, 7] = 0
    people[0, 0, 7] = 3
    flags = resolution(visits_block(people, quarters=2), 5)["care"]
    assert flags[3].tolist() == [True] + [False] * 6


def test_a_small_quarter_of_an_unfinished_year_is_left_out_alone() -> None:
    people = everybody(3, 4, 30)
    people[:, :2, 7] = 0
    people[0, 0, 7] = 3
    flags = resolution(visits_block(people, quarters=2, whole=False), 5)["care"]
    assert flags[3].tolist() == [False, True, False, False, True, True]


def test_a_small_year_is_not_issued() -> None:
    people = everybody(3, 4, 30)
    people[..., 7] = 0
    people[0, 0, 7] = 3
    flags = resolution(visits_block(people, quarters=2), 5)["care"]
    assert not flags[3].any()
    assert flags[:3].all()


def test_a_sum_whose_rest_would_be_small_is_not_issued() -> None:
    """Two months were issued; the third is small, and the quarter would tell it."""
    people = everybody(3, 3, 30)
    people[:, 2, 7] = 1
    first = Block("malaria", VISITS, 2025, (_months_alone(people[:, :2]),))
    issued = suppress(first, 5)
    block = visits_block(people, months=3, whole=False)
    pattern = suppress(block, 5, issued=issued)
    assert pattern.states["care"][3, 0].tolist() == [
        State.NOT_ISSUED,
        State.SHOWN,
        State.SHOWN,
        State.NOT_ISSUED,
    ]
    assert witnesses(block, pattern, 5)[1] == []


def _months_alone(people: np.ndarray) -> Table:
    names = tuple(f"p{one}" for one in range(people.shape[0]))
    columns = Tree(("m00", "m01"), (-1, -1))
    return Table("care", star("country", names), columns, numbers_of(VISITS, people))


def test_a_row_that_is_never_shown_is_protected_too() -> None:
    """Records without a crossing are what the country has beyond all crossings."""
    block = random_block(3, 300)
    pattern = suppress(block, 5)
    states = pattern.states["crossing"]
    assert (states[:, 2] == State.NOT_ISSUED).all()
    assert witnesses(block, pattern, 5)[1] == []


def test_a_hidden_year_hides_the_groups_of_the_place() -> None:
    found = 0
    for seed in range(6):
        block = random_block(seed, 120, places=4)
        pattern = suppress(block, 5)
        care, both = pattern.states["care"], pattern.states["care:sex"]
        for level in range(LEVELS):
            for row in np.flatnonzero(care[level, :, 0] == State.HIDDEN):
                assert (both[level, row, 1:] != State.SHOWN).all()
                found += 1
    assert found


def test_tables_must_agree() -> None:
    one, other = (cohort_block([number, 9], [3, 3]).tables[0] for number in (5, 6))
    home = Table("home", other.rows, other.columns, other.sums)
    with pytest.raises(ValueError, match="tables care and home differ"):
        Block("tb", COHORT, 2025, (one, home))


def test_a_table_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="sums of shape"):
        Table(
            "care",
            star("country", ["p0"]),
            star("year", ()),
            cohort_numbers(np.ones((2, 1)), np.ones((2, 1))),
        )


@pytest.mark.parametrize("disease", list(DISEASES))
def test_the_lattice_of_each_disease(disease: str) -> None:
    tables = {table.name: table.kinds for table in lattice_of(disease)}
    if DISEASES[disease].sensitive:
        assert tables == {"care": ("year",), "home": ("year",)}
    else:
        assert tables["care"] == tables["crossing"]
        assert {name for name in tables if ":" in name} == {f"group:{axis}" for axis in AXES}
        assert ("month" in tables["care"]) == (kind_of(disease) == "acute")
    assert all("week" not in kinds for kinds in tables.values())


def test_every_value_is_issued_once() -> None:
    for axis, values in AXES.items():
        issued = issued_values(axis)
        parts = [part for code in issued for part in code.split(",")]
        assert sorted(parts) == sorted(value.code for value in values)
        assert {issued_value(axis, value.code) for value in values} == set(issued)
    assert "deported" not in issued_values("movement")
    assert "security_forces" not in issued_values("activity")


def test_only_whole_periods_are_columns() -> None:
    columns = columns_between(date(2025, 2, 10), date(2025, 9, 29), ("month", "quarter", "year"))
    assert columns[0] == Column("quarter", date(2025, 4, 1))
    assert [column.first_day.month for column in columns if column.kind == "month"] == [3, 4, 5, 6, 7, 8]
    assert len(columns) == 7


def test_a_level_above_that_leaves_no_room_is_not_issued_either() -> None:
    """Of 5 people of a month 4 were tested, of 205 of the quarter all but one: 4 or 5 of the month were."""
    people = np.zeros((1, 2, 8), np.int64)
    people[0, 0, [0, 7]] = 1, 4
    people[0, 1, 7] = 200
    flags = resolution(visits_block(people), 5)["care"]
    assert flags[1].tolist() == [True, True, False, False]
    assert flags[0].tolist() == [True, True, False, False]
    people[0, 1, 0] = 50
    flags = resolution(visits_block(people), 5)["care"]
    assert flags[0].tolist() == [True, True, True, True]
    assert flags[1].tolist() == [True, True, False, False]


def test_what_stands_beside_a_small_number_cannot_be_worked_out() -> None:
    """Two of a quarter completed treatment, 20 did not: of the other province everybody did, all year."""
    completed = np.array([[2, 30, 30, 30], [30, 30, 30, 30]])
    others = np.array([[20, 25, 25, 25], [0, 0, 0, 0]])
    quarters = [Column("quarter", date(2024, month, 1)) for month in (1, 4, 7, 10)]
    care = Table(
        "care",
        star("country", ["KH01", "KH02"]),
        star(Column("year", date(2024, 1, 1)), quarters),
        cohort_numbers(completed, completed + others),
    )
    block = Block("tb", COHORT, 2024, (care,))
    pattern = suppress(block, 5)
    truth = truth_of([block])
    assert audit([record_of([published(block, pattern)])], 5, truth=truth).findings == ()
    assert witnesses(block, pattern, 5)[1] == []
    told = replace(pattern, states={"care": pattern.states["care"].copy()})
    told.states["care"][0, :, 0] = State.SHOWN  # with the year, a zero of KH02 is known, and 20 of KH01
    (found,) = audit([record_of([published(block, told)])], 5, truth=truth).findings
    assert (found.what, found.key.place, found.lowest) == (What.EXACT, "KH01", 20)
    assert [one.number for one in witnesses(block, told, 5)[1]] == ["complement completion"]
