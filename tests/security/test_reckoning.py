"""What the attack on issued figures works out: as much as a programme for each number, and what leaks."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog

from tests.security.attacks.issued import Cell, Period, Told
from tests.security.attacks.reckoning import Attack, reckoned
from tests.security.attacks.sums import ContradictionError, Row, Sums
from tests.support.examples import examples

K = 5
MONTHS = [date(2025, month, 1) for month in range(1, 7)]
PERIODS: list[Period] = [
    *(("month", first) for first in MONTHS),
    *(("quarter", first) for first in MONTHS[::3]),
]
PLACES = {"care": ["KH01", "KH02", "KH12"], "home": ["KH01", "KH12", "TH"], "crossing": ["TH01", "VN01"]}


def plainly(size: int, rows: Sequence[Row], question: Sequence[int]) -> tuple[float, float]:
    """Two programmes for one question, of all rows as they are."""
    matrix, cost = np.zeros((len(rows), size)), np.zeros(size)
    for line, (plus, minus, _) in enumerate(rows):
        matrix[line, list(plus)], matrix[line, list(minus)] = 1.0, -1.0
    cost[list(question)] = 1.0
    right = [value for *_, value in rows]
    low, high = (linprog(way * cost, A_eq=matrix, b_eq=right, method="highs") for way in (1, -1))
    assert low.status == 0, low.message
    return low.fun, -high.fun if high.status == 0 else np.inf


@pytest.mark.parametrize("seed", range(examples(60)))
def test_bounds_are_those_of_a_programme_for_each_question(seed):
    chance = random.Random(seed)
    size = chance.randrange(3, 12)
    true = [chance.choice((0, 0, 1, 2, 3, 7, 20)) for _ in range(size)]
    rows = []
    for _ in range(chance.randrange(1, 9)):
        plus = chance.sample(range(size), chance.randrange(1, size))
        minus = [one for one in range(size) if one not in plus and chance.random() < 0.2]
        rows.append((plus, minus, sum(true[one] for one in plus) - sum(true[one] for one in minus)))
    questions = [chance.sample(range(size), chance.randrange(1, 4)) for _ in range(8)]
    bounds = Sums(size, rows).bounds(questions, K)
    for question, (least, greatest) in zip(questions, bounds, strict=True):
        low, high = plainly(size, rows, question)
        assert low <= least + 1e-6 and greatest <= high + 1e-6
        if low > 1 + 1e-6 or high < K - 1 - 1e-6:
            assert (least, min(greatest, 1e6)) == pytest.approx((low, min(high, 1e6)), abs=1e-6)
        else:
            assert least <= 1 + 1e-6 and greatest >= K - 1 - 1e-6


def test_numbers_that_cannot_all_be_true_are_a_contradiction():
    by_arithmetic = [((0, 1), (), 3), ((0,), (), 4)]
    by_programme = [((0, 1), (), 4), ((1, 2), (), 4), ((0, 2), (), 4), ((0, 1, 2), (), 7)]
    for rows in (by_arithmetic, by_programme):
        with pytest.raises(ContradictionError):
            Sums(3, rows).bounds([[2]], K)


# --- a country of six months -------------------------------------------------------------------


def counted(seed: int) -> list[Told]:
    """Every number of a small country, by care, home and crossing."""
    chance = random.Random(seed)
    people = [
        (
            chance.choices(PLACES["care"], (9, 5, 1))[0],
            chance.choices(PLACES["home"], (8, 3, 1))[0],
            chance.choice([*PLACES["crossing"], ""]),
            chance.choice(MONTHS),
            chance.random() < 0.3,
        )
        for _ in range(chance.randrange(40, 160))
    ]
    return [one for at, kind in enumerate(PLACES) for one in _of(people, at, kind)]


def _of(people: Sequence[tuple], at: int, kind: str) -> Iterator[Told]:
    for place, (length, first) in product((*PLACES[kind], ""), PERIODS):
        months = MONTHS[MONTHS.index(first) :][: 1 if length == "month" else 3]
        mine = [one for one in people if place in ("", one[at]) and one[3] in months]
        numbers = {"numerator": sum(one[4] for one in mine), "denominator": len(mine)}
        yield Told("/map", Cell("malaria", "positivity", kind, place), ((length, first),), numbers)


def hiding(every: Sequence[Told], seed: int) -> list[Told]:
    """What is told where small numbers are hidden, and others by chance; the whole country is told."""
    chance = random.Random(seed)

    def small(one: Told) -> bool:
        few, people = one.numbers["numerator"], one.numbers["denominator"]
        return any(0 < number < K for number in (few, people, people - few))

    return [one for one in every if not one.cell.place or not (small(one) or chance.random() < 0.3)]


@pytest.mark.parametrize("seed", range(examples(24)))
def test_what_follows_is_left_out_and_nothing_else(seed):
    """Months, quarters and their unions of all places: as two programmes for each number find them."""
    every = counted(seed)
    told = hiding(every, seed)
    found = Attack(told, [], every, K).narrowed()
    places = [(kind, place) for kind, held in PLACES.items() for place in held] + [("crossing", "-")]
    leaf = list(product(("numerator", "rest"), places, MONTHS))

    def leaves(part: str, cell: Cell, periods: Sequence[Period]) -> list[int]:
        ((length, first),) = periods
        months = MONTHS[MONTHS.index(first) :][: 1 if length == "month" else 3]
        return [
            number
            for number, (own, (kind, place), month) in enumerate(leaf)
            if own == part and kind == cell.dimension and cell.place in ("", place) and month in months
        ]

    rows: list[Row] = []
    for one in told:
        rest = one.numbers["denominator"] - one.numbers["numerator"]
        for part, number in (("numerator", one.numbers["numerator"]), ("rest", rest)):
            rows += [(leaves(part, one.cell, one.periods), [], number)]
    for part, kind, month in product(("numerator", "rest"), ("home", "crossing"), MONTHS):
        one, other = (leaves(part, Cell("", "", of, ""), (("month", month),)) for of in ("care", kind))
        rows.append((one, other, 0))
    targets = Attack(told, [], every, K).targets
    assert found.attacked == len(targets) > 50
    for cell, periods, part, value in random.Random(seed).sample(targets, 25):
        parts = ("numerator", "rest") if part == "denominator" else (part,)
        low, high = plainly(len(leaf), rows, [one for own in parts for one in leaves(own, cell, periods)])
        said = f"{cell} {periods}: {part} {value} in {low + 1e-9:.2f}–{high + 1e-9:.2f}"
        assert (said in found.found) == (low > 1 + 1e-6 or high < K - 1 - 1e-6), said


# --- leaks that are planted --------------------------------------------------------------------


def of(place: str, numerator: int, periods: Sequence[Period] = PERIODS[:1], kind: str = "care") -> Told:
    """Some cases among eleven times as many people."""
    cell = Cell("malaria", "positivity", kind, place)
    return Told("/map", cell, tuple(periods), {"numerator": numerator, "denominator": 11 * numerator})


HIDDEN = [of("KH01", 3), of("KH02", 2), of("KH12", 4)]
TOTAL = of("", 29)


def test_hidden_numbers_that_keep_each_other_safe_are_not_found():
    done = reckoned([TOTAL, of("KH16", 20)], HIDDEN, K)
    assert done.found == [] and done.attacked == 3


def test_the_complement_of_a_hidden_number_tells_it():
    shown = [TOTAL, of("KH16", 20), of("KH02", 2), of("KH12", 4)]
    done = reckoned(shown, HIDDEN[:1], K)
    assert (done.narrow, done.exact) == (1, 1) and "numerator 3 in 3.00–3.00" in done.found[-1]


def test_so_does_its_complement_by_another_kind_of_place():
    by_home = [of("KH01", 26, kind="home"), of("TH", 3, kind="home")]
    others = [of("KH16", 20), of("KH02", 2), of("KH12", 4)]
    targets = [HIDDEN[0], by_home[1]]
    assert reckoned([by_home[0], *others], targets, K).found == []
    assert reckoned([*by_home, *others], targets, K).exact == 2


def test_a_quarter_less_the_months_that_were_asked_together_tells_the_third():
    quarter, both = of("KH01", 23, PERIODS[6:7]), of("KH01", 20, PERIODS[:2])
    third = of("KH01", 3, PERIODS[2:3])
    assert reckoned([quarter], [third], K).found == []
    done = reckoned([quarter, both], [third], K)
    assert done.exact == 1 and any("23 less 20" in one for one in done.found)


def test_a_number_between_bounds_that_leave_another_small_one_out_is_too_narrow():
    shown = [of("", 9), of("KH16", 6)]
    done = reckoned(shown, [of("KH01", 1), of("KH02", 2)], K)
    assert (done.narrow, done.exact) == (2, 0) and "in 0.00–3.00" in done.found[-1]


def test_what_an_official_knows_of_her_province_narrows_the_others():
    told, hidden = [of("", 9), of("KH16", 3)], [of("KH01", 2), of("KH12", 4)]
    assert reckoned(told, hidden, K).found == []
    assert reckoned(told, hidden, K, known=hidden[1:]).exact == 1


def test_two_numbers_of_the_same_people_that_differ_are_told():
    assert "numerator 29, and 30" in reckoned([of("", 30), TOTAL], HIDDEN, K).found[0]
