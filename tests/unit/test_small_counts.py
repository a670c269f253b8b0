"""What is hidden since a count is small, what goes with it, and the box that counts come in."""

from __future__ import annotations

import copy
import pickle
import random
from datetime import date
from itertools import product

import pytest

from dashboard.cluster_filters import ClusterQuery
from dashboard.filters import BY, COUNTS, CoverageQuery
from dashboard.permissions import GRANTED, Grant
from dashboard.services.disclosure import rules
from dashboard.services.disclosure import values as disclosed
from dashboard.services.disclosure.small_counts import hidden_parts, is_few
from dashboard.services.disclosure.undisclosed import Undisclosed
from db.core.scope import Scope
from surveillance.coverage.estimates import Counts
from surveillance.coverage.indicators import MEASURES
from surveillance.diseases import DISEASES
from surveillance.status import Status
from surveillance.vocabulary import PLACES

FIVE = 5


def grant(role, *provinces):
    """An account in a role."""
    return Grant(f"{role}@example.org", role, Scope.of(*provinces) if provinces else Scope.everything())


@pytest.mark.parametrize(
    ("parts", "hidden"),
    [
        ([(9,), (40,)], ""),
        ([(0,), (40,)], ""),  # nobody is nobody
        ([(3,), (40,), (7,), (90,)], "AC"),  # one alone would be the total less the others
        ([(3,), (4,), (7,), (90,)], "AB"),  # two of them: seven, and no more is known
        ([(1,), (2,), (7,), (90,)], "ABC"),  # two of them: three
        ([(3,), (0,), (90,)], "AC"),  # a part of nobody hides nothing
        ([(50, 2), (50, 60), (9, 9)], "AC"),  # the complement
    ],
)
def test_what_is_small_goes_with_as_much_as_keeps_it_from_being_subtracted(parts, hidden):
    found = hidden_parts(parts, FIVE, beside_total=True)
    assert "".join(name for name, gone in zip("ABCD", found, strict=False) if gone) == hidden
    alone = hidden_parts(parts, FIVE, beside_total=False)
    assert alone == [is_few(numbers, FIVE) for numbers in parts]


def test_of_any_parts_no_small_number_is_left_over_from_the_total():
    draw = random.Random(3)
    for _ in range(3_000):
        many = draw.randint(1, 9)
        parts = [tuple(draw.choice((0, 0, 1, 2, 4, 5, 6, 30)) for _ in range(2)) for _ in range(many)]
        whole = tuple(map(sum, zip(*parts, strict=True)))
        if is_few(whole, FIVE):
            continue
        hidden = hidden_parts(parts, FIVE, beside_total=True)
        shown = [numbers for numbers, gone in zip(parts, hidden, strict=True) if not gone]
        assert not any(is_few(numbers, FIVE) for numbers in shown)
        left = [total - sum(column) for total, column in zip(whole, zip(*shown, strict=True), strict=False)]
        assert not is_few(tuple(left), FIVE), (parts, hidden)


def test_what_no_part_holds_is_not_left_over_either():
    """Reports of no group, or of no week: three people of the total who are in none of the parts."""
    parts = [(40, 50), (30, 9), (60, 60)]
    assert hidden_parts(parts, FIVE, beside_total=True, rest=(3, 0)) == [False, True, False]
    assert hidden_parts(parts, FIVE, beside_total=True, rest=(-2, 0)) == [False, True, False]
    assert hidden_parts(parts, FIVE, beside_total=True, rest=(6, 0)) == [False] * 3
    assert hidden_parts(parts, FIVE, beside_total=False, rest=(3, 0)) == [False] * 3
    whole = disclosed.one(grant("viewer"), Undisclosed(counts(133, 252)))
    held = Undisclosed([counts(40, 90), counts(30, 39), counts(60, 120)])
    shown = disclosed.of_total(grant("viewer"), held, whole)
    assert [value.status for value in shown] == [Status.VALUE, Status.HIDDEN, Status.VALUE]


def counts(numerator, denominator, unknown=0):
    """Of people seen somewhere."""
    return Counts(True, denominator + unknown, numerator, denominator, unknown)


def test_a_viewer_is_shown_no_small_count_and_everybody_else_what_there_is():
    held = [counts(40, 90), counts(3, 50), counts(48, 50), counts(0, 3), counts(60, 80, 2), counts(0, 70, 30),
            counts(0, 0), counts(0, 0, 4)]  # fmt: skip
    shown = disclosed.apart(grant("viewer"), Undisclosed(held))
    assert [value.status for value in shown] == [
        Status.VALUE, Status.HIDDEN, Status.HIDDEN, Status.HIDDEN, Status.VALUE, Status.ZERO, Status.NOBODY,
        Status.UNKNOWN,
    ]  # fmt: skip
    assert [value.few for value in shown] == [False, True, True, True, True, False, False, True]
    assert (shown[0].numerator, shown[0].denominator, shown[0].unknown) == (40, 90, 0)
    hidden = shown[1]
    assert {hidden.numerator, hidden.denominator, hidden.unknown, hidden.coverage, hidden.lower} == {None}
    partly = shown[4]  # the share is shown, and nothing that tells how many are unknown
    assert (partly.numerator, partly.denominator, partly.unknown) == (60, 80, None)
    assert (partly.unknown_share, partly.lowest, partly.highest, partly.mostly_unknown) == (None,) * 3 + (
        False,
    )
    assert (shown[7].numerator, shown[7].denominator, shown[7].unknown) == (0, 0, None)
    for role in set(GRANTED) - {"viewer"}:
        told = disclosed.apart(grant(role), Undisclosed(held))
        assert [(v.numerator, v.denominator, v.unknown) for v in told] == [
            (c.numerator, c.denominator, c.unknown) for c in held
        ]
    assert all(v.few for v in disclosed.apart(grant("somebody"), Undisclosed(held[1:4])))  # no role of ours


def test_a_total_beside_one_hidden_row_does_not_give_it_back():
    held = [counts(40, 90, 20), counts(3, 50, 20), counts(30, 60, 20), counts(70, 100, 20)]
    whole = Undisclosed(sum(held, Counts(False)))
    rows, total = disclosed.parts(grant("viewer"), Undisclosed(held), whole, [False] * 4)
    assert [row.status for row in rows] == [Status.VALUE, Status.HIDDEN, Status.HIDDEN, Status.VALUE]
    assert (total.numerator, total.denominator, total.unknown) == (143, 300, 80)
    rows, total = disclosed.parts(grant("official"), Undisclosed(held), whole, [False, False, False, True])
    assert [row.status for row in rows] == [Status.VALUE] * 3 + [Status.HIDDEN]
    assert not rows[3].few


def test_what_is_hidden_of_the_unknown_is_not_left_over_from_the_total():
    held = [counts(40, 90, 2), counts(30, 50, 20), counts(30, 60, 0)]
    whole = Undisclosed(sum(held, Counts(False)))
    rows, total = disclosed.parts(grant("viewer"), Undisclosed(held), whole, [False] * 3)
    assert [row.unknown for row in rows] == [None, None, 0]
    assert [row.numerator for row in rows] == [40, 30, 30]
    assert total.unknown == 22


def test_a_total_that_is_small_is_hidden_itself():
    held = [counts(0, 50), counts(3, 50)]
    whole = Undisclosed(sum(held, Counts(False)))
    rows, total = disclosed.parts(grant("viewer"), Undisclosed(held), whole, [False] * 2)
    assert [row.status for row in rows] == [Status.ZERO, Status.HIDDEN]
    assert total.status is Status.HIDDEN and total.few


def test_parts_of_what_is_hidden_are_hidden():
    held = Undisclosed([counts(40, 90)])
    assert disclosed.of_total(grant("viewer"), held, disclosed.FEW) == [disclosed.FEW]
    partly = disclosed.one(grant("viewer"), Undisclosed(counts(90, 180, 3)))
    both = Undisclosed([counts(40, 90, 20), counts(50, 90, 7)])
    for parts in (
        disclosed.of_total(grant("viewer"), both, partly),
        disclosed.apart(grant("viewer"), both, partly),
    ):
        assert [(value.numerator, value.unknown) for value in parts] == [(40, None), (50, None)]
    assert [value.unknown for value in disclosed.of_total(grant("official"), both, partly)] == [20, 7]


def test_a_box_tells_nothing_of_what_it_holds():
    box = Undisclosed(counts(3, 7))
    assert "3" not in f"{box} {box!r} {[box]}"
    assert not hasattr(box, "__dict__") and not hasattr(box, "numerator")
    for act in (
        lambda: box == box, lambda: box != box, lambda: hash(box), lambda: bool(box), lambda: len(box),
        lambda: list(box), lambda: int(box), lambda: float(box), lambda: box + box, lambda: sum([box]),
        lambda: box < box, lambda: box[0], lambda: 3 in box, lambda: pickle.dumps(box),
        lambda: copy.copy(box), lambda: copy.deepcopy(box), lambda: f"{box:d}", lambda: box.held,
    ):  # fmt: skip
        with pytest.raises((TypeError, AttributeError)):
            act()
    assert isinstance(box.map(lambda held: held.numerator), Undisclosed)
    assert isinstance(box.with_(box), Undisclosed)


def questions():
    """Every question of coverage, but for days and single groups."""
    for disease, by, place, measure, count in product(DISEASES, BY, PLACES, MEASURES, COUNTS):
        if by == "province" or place == "care":
            for groups in ({}, {"sex": ("female",)}, {"movement": ("none",)}, {"activity": ("forest",)}):
                yield CoverageQuery(disease, by, place, measure, groups=groups, count=count)


def test_the_table_agrees_with_what_the_filters_know_of_a_question():
    official = grant("official")
    for query in questions():
        assert rules.out_of_reach(official, query) is (query.never_stored or query.unanswerable)
        if query.never_stored:
            assert rules.reason_hidden(official, query) == rules.NEVER_STORED
        assert rules.refusal(official, query) == ""
    for disease, by in product(DISEASES, BY):
        for covariates in ((), ("sex",), ("movement",)):
            clusters = ClusterQuery(disease, by=by, covariates=covariates)
            never = any(
                rule.kind == "never stored" and rule.holds(official, clusters) for rule in rules.RULES
            )
            assert never is clusters.never_stored


@pytest.mark.parametrize("role", ["viewer", "reception", "administrator", "somebody"])
def test_hiv_and_syphilis_are_by_province_and_year_for_who_does_not_analyse(role):
    for query in questions():
        sensitive = DISEASES[query.disease].sensitive
        fine = sensitive and (query.dimension != "care" or query.groups)
        if not query.never_stored and not query.unanswerable:
            assert rules.out_of_reach(grant(role), query) is bool(fine)
        assert rules.by_year_only(grant(role), query.disease) is sensitive
    past = CoverageQuery("hiv", as_of=date(2025, 1, 1))
    assert rules.reason_hidden(grant(role), past) == rules.BY_YEAR_ONLY
    assert rules.reason_hidden(grant(role), CoverageQuery("hiv")) == ""
    assert rules.reason_hidden(grant(role), CoverageQuery("tb", place="home")) == ""


def test_every_rule_has_its_reason():
    for rule in rules.RULES:
        assert rule.what and rule.reason
        assert rule.kind in ("never stored", "never shown", "out of reach", "hidden")
    assert len({rule.what for rule in rules.RULES}) == len(rules.RULES)
