"""The audit of a release: what somebody can work out who knows only what is published."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.spatial import ConvexHull

from surveillance.coverage.indicators import MEASURES, all_states, contradiction, contribution
from surveillance.disclosure.audit import BLANK, HIDDEN, VISITS, Numbers, Row, What, audit
from surveillance.disclosure.audit.cells import PARTS, cells_of, facets
from surveillance.disclosure.audit.certify import Targets, certify
from surveillance.disclosure.audit.exchanges import kinds_of_people, reach
from surveillance.disclosure.audit.judge import true_values, wanted
from surveillance.disclosure.audit.programme import pieces
from surveillance.disclosure.audit.propagate import propagate
from surveillance.disclosure.audit.solver import Programme
from tests.support.release_cubes import ACUTE, CHRONIC, Country, issued, primary, told, truth_of, year_of

YEAR = date(2024, 1, 1)
SMALL = Country(provinces=2, crossings=2, homes=3, axes={"sex": (0.5, 0.4, 0.1)}, steep=0.5)


def records(place: str, number: int, status: int = 0, kind: str = "year", first: date = YEAR) -> Row:
    return Row("tb", "records", "care", place, "", "", kind, first, number, status=status)


def row_of_tested(place: str, numerator: int, denominator: int, unknown: int = 0, status: int = 0) -> Row:
    return Row("tb", "testing", "care", place, "", "", "year", YEAR, numerator, denominator, unknown, status)


def found(rows: list[Row], truth: list[Row] | None = None, **more) -> list[tuple]:
    whole = None if truth is None else Numbers.of(truth)
    report = audit([Numbers.of(rows)], 5, truth=whole, **more)
    return [(one.what, one.key.place, one.part, one.lowest, one.highest) for one in report.findings]


def hidden(place: str) -> Row:
    return records(place, BLANK, HIDDEN)


def test_the_facets_are_those_of_every_record_that_can_be():
    vectors = {
        (1, *(number for name in VISITS[1:] for number in _family(name, answers)))
        for _, answers in all_states()
        for basis in (False, True)
        if not contradiction(answers, basis)
    }
    assert {tuple(row) for row in kinds_of_people(VISITS)} == vectors
    own = np.array(sorted(vectors))
    rows = facets(VISITS)
    assert (own @ rows.T <= 0).all()
    free = [i for i, part in enumerate(PARTS[VISITS]) if part.name not in ("denominator", "records")]
    for equation in ConvexHull(own[:, free].astype(float)).equations:  # each facet follows from ours
        cost = np.zeros(own.shape[1])
        cost[free], cost[0] = -equation[:-1], -equation[-1]
        least = linprog(cost, A_ub=rows, b_ub=np.zeros(len(rows)), bounds=(0, 1), method="highs")
        assert least.fun == pytest.approx(0, abs=1e-7)


def _family(name: str, answers: tuple) -> tuple[int, int, int, int]:
    numerator, denominator, unknown = contribution(MEASURES[name], answers)
    return numerator, denominator - numerator, denominator, unknown


def test_one_hidden_part_is_worked_out():
    rows = [records("", 20), records("A", 17), hidden("B")]
    truth = [records("", 20), records("A", 17), records("B", 3)]
    assert (What.NARROW, "B", "records", 3, 3) in found(rows, truth)
    assert (What.NARROW, "B", "records", 3, 3) in found(rows)


def test_two_hidden_parts_of_enough_people_are_safe():
    rows = [records("", 30), records("A", 17), hidden("B"), hidden("C")]
    truth = [records("", 30), records("A", 17), records("B", 3), records("C", 10)]
    assert found(rows, truth) == []


def test_two_hidden_parts_that_leave_too_few_are_told_too_closely():
    rows = [records("", 20), records("A", 17), hidden("B"), hidden("C")]
    truth = [records("", 20), records("A", 17), records("B", 2), records("C", 1)]
    kinds = {one[0] for one in found(rows, truth)}
    assert kinds == {What.NARROW, What.DIFFERENCE}


def test_exactly_k_less_one_left_is_found_by_the_difference_alone():
    rows = [records("", 21), records("A", 17), hidden("B"), hidden("C")]
    truth = [records("", 21), records("A", 17), records("B", 2), records("C", 2)]
    assert found(rows, truth) == [(What.DIFFERENCE, "", "records", 4, 4)]


def test_the_difference_of_two_sums_is_found():
    quarters = [date(2024, month, 1) for month in (1, 4, 7, 10)]
    whole = [records("", 40), *(records("", 10, kind="quarter", first=day) for day in quarters)]
    rows = whole + [records(place, BLANK, HIDDEN, "quarter", day) for place, day in product("AB", quarters)]
    rows += [records("A", 24), records("B", 16)]
    assert found(rows) == []  # each quarter leaves 10, each province 16 or more
    first = [
        row
        for row in rows
        if not (row.place == "A" and row.first_day == quarters[0] and row.kind == "quarter")
    ]
    shown = [records("A", 6, kind="quarter", first=quarters[0])]
    assert (What.NARROW, "B", "records", 4, 4) in found(first + shown)


def test_small_numbers_that_are_shown_are_found():
    assert (What.SHOWN, "A", "rest", 3, 3) in found(
        [row_of_tested("", 50, 60), row_of_tested("A", 17, 20), row_of_tested("B", 33, 40)]
    )


def test_months_tell_what_a_quarter_hides():
    months = [records("A", 10, kind="month", first=date(2024, m, 1)) for m in (1, 2)]
    rows = [*months, records("A", BLANK, HIDDEN, "month", date(2024, 3, 1)), records("A", 23, kind="quarter")]
    assert (What.NARROW, "A", "records", 3, 3) in found(rows)


def test_a_cascade_tells_of_the_next_measure():
    rows = [
        row_of_tested("A", 20, 30),
        Row("tb", "positivity", "care", "A", "", "", "year", YEAR, BLANK, BLANK, BLANK, HIDDEN),
        Row("tb", "treatment", "care", "A", "", "", "year", YEAR, 0, 17, 0),
    ]
    # Twenty were tested, and seventeen were positive or not known to be: so three were not.
    assert (What.NARROW, "A", "rest", 3, 3) in found(rows)


def test_a_blank_unknown_says_that_it_is_small():
    rows = [Row("tb", "records", "care", "A", "", "", "year", YEAR, 24), row_of_tested("A", 12, 20, BLANK)]
    cells = cells_of([Numbers.of(rows)], "tb", 2024, VISITS, 5)
    propagate(cells)
    unknown = next(i for i, part in enumerate(cells.parts) if part[:2] == ("testing", "unknown"))
    assert (cells.least[0, unknown], cells.most[0, unknown]) == (1, 4)


def test_zeros_beside_a_small_number_are_findings_unless_a_total_tells_them():
    def family(place: str, numerator: int, denominator: int, status: int = 0) -> Row:
        told_ = (numerator, denominator, 0) if not status else (BLANK, BLANK, BLANK)
        return Row("tb", "completion", "care", place, "", "", "year", YEAR, *told_, status)

    truth = [family("", 7, 40), family("A", 7, 20), family("B", 0, 3), family("C", 0, 17)]
    rows = [family("", 7, 40), family("A", 7, 20), family("B", 0, 3, HIDDEN), family("C", 0, 17, HIDDEN)]
    assert (What.ZERO, "B", "numerator", 0, 0) in found(rows, truth)
    truth = [family("", 0, 40), family("A", 0, 20), family("B", 0, 3), family("C", 0, 17)]
    rows = [family("", 0, 40), family("A", 0, 20), family("B", 0, 3, HIDDEN), family("C", 0, 17, HIDDEN)]
    assert found(rows, truth) == []


def test_home_and_care_have_one_total():
    rows = [records("", BLANK, HIDDEN), records("A", BLANK, HIDDEN), records("B", BLANK, HIDDEN)]
    home = [row._replace(dimension="home", numerator=4, status=0) for row in rows[:1]]
    assert any(one[0] is What.SHOWN for one in found(rows + home))


def test_records_without_a_crossing_are_protected():
    crossing = [
        records(place, n)._replace(dimension="crossing") for place, n in (("", 27), ("X", 20), ("Y", 7))
    ]
    rows = [records("", 30), *crossing]
    assert any(one[0] is What.NARROW and one[3:] == (3, 3) for one in found(rows))


def test_a_revision_that_differs_by_a_few_is_a_finding():
    before = Numbers.of([records("", 40), records("A", 20), records("B", 20)])
    after = Numbers.of([records("", 43), records("A", 23), records("B", 20)])
    report = audit([before, after], 5)
    assert {(one.what, one.lowest) for one in report.findings} == {(What.REVISION, 3)}
    hidden_both = [Numbers.of([records("", n), hidden("A"), records("B", 20), hidden("C")]) for n in (60, 63)]
    assert {one.what for one in audit(hidden_both, 5).findings} == {What.REVISION}


def test_an_earlier_release_is_not_forgotten():
    before = Numbers.of([records("", 40), records("A", 17), records("B", 6), hidden("C"), hidden("D")])
    now = Numbers.of([records("", 40), records("A", 17), hidden("B"), records("C", 14), hidden("D")])
    assert [one.what for one in audit([now], 5).findings] == []
    assert (What.NARROW, 3) in [(one.what, one.lowest) for one in audit([before, now], 5).findings]


def test_an_insider_is_counted_and_not_refused():
    rows = [records("", 30), records("A", 17), hidden("B"), hidden("C")]
    truth = Numbers.of([records("", 30), records("A", 17), records("B", 3), records("C", 10)])
    report = audit([Numbers.of(rows)], 5, truth=truth, known=Numbers.of([records("C", 10)]))
    assert not report.refused
    assert report.figures["insider"] == 1


def test_what_was_proved_is_not_proved_again():
    rng = np.random.default_rng(3)
    whole = truth_of("tb", 2024, 12, year_of(SMALL, 80, CHRONIC, 12, rng))
    release = told(issued(whole), primary(issued(whole), 5), 5)
    kept: dict = {}
    first = audit([release], 5, truth=whole, certificates=kept)
    again = audit([release], 5, truth=whole, certificates=kept)
    assert first.figures["hidden"] > 0
    assert again.figures == first.figures | {"kept": 1}
    assert again.findings == first.findings
    assert audit([release], 11, truth=whole, certificates=kept).figures.get("kept") is None
    json.dumps(kept)


def test_contradictions_are_said():
    first = audit([Numbers.of([records("", 5), records("A", 17), records("B", 20)])], 5).findings[0]
    assert first.what is What.CONTRADICTION


@pytest.mark.parametrize(("seed", "lattice", "months"), [(0, ACUTE, 12), (1, CHRONIC, 12), (2, ACUTE, 7)])
@pytest.mark.slow
def test_what_exchanges_show_is_possible(seed: int, lattice: dict, months: int):
    """Every bound that exchanges reach lies within the exact ones, which linear programmes compute."""
    rng = np.random.default_rng(seed)
    whole = truth_of("malaria", 2024, months, year_of(SMALL, 40 + 30 * seed, lattice, months, rng))
    rows = issued(whole)
    people = np.where(rows.measure == "records", rows.numerator, rows.denominator)
    hide = primary(rows, 5) | (people > 0) & (rng.random(len(rows)) < 0.5)
    cells = cells_of([told(rows, hide, 5)], "malaria", 2024, VISITS, 5)
    propagate(cells)
    truth = true_values(cells, whole)
    assert (cells.least <= truth).all()
    assert (truth <= cells.most).all()
    asked = wanted(cells, truth, 5)
    reached = reach(cells, truth, 5, asked)
    assert (cells.least <= reached.least).all()
    assert (reached.most <= cells.most).all()
    assert (asked.small & (reached.least <= 1) & (reached.most >= 4)).any()
    random = np.random.default_rng(seed)
    for piece in pieces(cells):
        place = {int(number): at for at, number in enumerate(piece.number)}
        moved = [n for n in place if reached.least.flat[n] < reached.most.flat[n]]
        for number in random.permutation(moved)[:8].tolist():
            own = np.array([place[number]])
            ends = Targets(own, -own - 1, *np.zeros((1, 1)), *_ends(reached, number), np.zeros(1, bool))
            ends.second[:] = -1
            certify(piece, ends)
            assert not (ends.not_down.any() or ends.not_up.any())


def _ends(reached, number: int) -> tuple[np.ndarray, np.ndarray]:
    return np.array([float(reached.least.flat[number])]), np.array([float(reached.most.flat[number])])


def test_the_solver_says_the_same_with_and_without_its_last_answer():
    from scipy import sparse

    matrix = sparse.csc_array(np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0]]))
    for going_on in (True, False):
        programme = Programme(
            matrix, np.array([2.0, 1.0]), np.array([5.0, 1.0]), np.zeros(3), np.full(3, 9.0), going_on
        )
        assert programme.lowest(np.array([1.0, 0, 0]))[0] == pytest.approx(1)
        assert programme.lowest(np.array([-1.0, 0, 0]))[0] == pytest.approx(5)


def test_columns_of_several_lengths_are_refused():
    numbers = Numbers.of([records("", 5)])
    with pytest.raises(ValueError, match="one length"):
        replace(numbers, numerator=np.zeros(2, np.int64))
