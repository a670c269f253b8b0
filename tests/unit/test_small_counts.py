"""The doors: what an account is shown that is not entitled to small counts; and the box of counts."""

from __future__ import annotations

import copy
import pickle
from datetime import date
from itertools import product

import pytest

from dashboard.cluster_filters import ClusterQuery
from dashboard.filters import BY, COUNTS, CoverageQuery
from dashboard.permissions import GRANTED, THRESHOLD, Grant, Permission
from dashboard.services.disclosure import changes as change_door
from dashboard.services.disclosure import clusters as cluster_door
from dashboard.services.disclosure import rules
from dashboard.services.disclosure import values as disclosed
from dashboard.services.disclosure.changes import Windows
from dashboard.services.disclosure.undisclosed import Undisclosed
from db.clusters.results import Found
from db.core.scope import Scope
from surveillance.coverage.estimates import Counts
from surveillance.coverage.indicators import MEASURES
from surveillance.coverage.paired import Paired
from surveillance.coverage.paired_change import Group, unpaired
from surveillance.diseases import DISEASES
from surveillance.status import Status
from surveillance.vocabulary import PLACES

ENTITLED = {role for role, may in GRANTED.items() if Permission.SEE_SMALL_COUNTS in may}
#: And a role that nobody has.
OTHERS = [*sorted(set(GRANTED) - ENTITLED), "somebody"]
DAY = date(2025, 3, 3)


def grant(role, *provinces):
    """An account in a role."""
    return Grant(f"{role}@example.org", role, Scope.of(*provinces) if provinces else Scope.everything())


def counts(numerator, denominator, unknown=0):
    """Of people seen somewhere."""
    return Counts(True, denominator + unknown, numerator, denominator, unknown)


def issued(held):
    """A box of a release."""
    return Undisclosed(held, issued=True)


MANY = [counts(40, 90), counts(3, 50), counts(0, 70, 30), counts(0, 0, 4)]
BOTH = Windows(unpaired(Group(40, 90), Group(30, 90)))
FOUND = Found([{"rank": 1, "observed": 40}], [{"rank": 1, "location": "KH01"}], [], [])


def test_who_is_entitled_is_told_everything():
    assert {"official", "data_manager", "epidemiologist", "custodian"} == ENTITLED
    for role in ENTITLED:
        told = disclosed.apart(grant(role), Undisclosed(MANY))
        assert [(v.numerator, v.denominator, v.unknown) for v in told] == [
            (c.numerator, c.denominator, c.unknown) for c in MANY
        ]
        assert not any(value.few or value.issued for value in told)


#: Each door with what it is given: of any other account it tells nothing that is not issued.
DOORS = {
    "apart": lambda who, box: disclosed.apart(who, box(MANY)) == [disclosed.HIDDEN] * 4,
    "one": lambda who, box: disclosed.one(who, box(MANY[0])) == disclosed.HIDDEN,
    "parts": lambda who, box: disclosed.parts(who, box(MANY), box(MANY[0]), [False] * 4)
    == ([disclosed.HIDDEN] * 4, disclosed.HIDDEN),
    "of a total": lambda who, box: disclosed.of_total(who, box(MANY), disclosed.NOTHING)
    == [disclosed.HIDDEN] * 4,
    "numbers": lambda who, box: disclosed.numbers_of(who, box({"KH01": 40})) == {"KH01": None},
    "outcomes": lambda who, box: disclosed.all_or_none(who, box((40, 50))) is None,
    "step": lambda who, box: disclosed.step(who, box({DAY: 900}), DAY, DAY) == "year",
    "changes": lambda who, box: change_door.changes(who, box([BOTH]), box(BOTH))
    == change_door.Told([None], None, [None, None], [True, True]),
    "windows": lambda who, box: change_door.windows(who, disclosed.NOTHING, box(MANY[0]), box(MANY[0]))
    == (disclosed.HIDDEN, disclosed.HIDDEN),
    "counts of two windows": lambda who, box: change_door.counts(who, box(Paired()), (28, 28)) == (None, 0),
    "clusters": lambda who, box: not cluster_door.found(who, box(FOUND)).clusters,
    "members": lambda who, box: not cluster_door.found(who, box(FOUND)).members,
    "curves of clusters": lambda who, box: cluster_door.curve(who, box({"inside": [40]})) == {},
    "cases of a run": lambda who, box: cluster_door.parameters(who, box({"cases": 40}))["cases"] is None,
    "groups of a cluster": lambda who, box: cluster_door.groups(who, "tb", box([("sex", "male", 40, 50)]))
    == ((), True),
}  # fmt: skip


@pytest.mark.parametrize("door", DOORS)
def test_a_door_tells_who_is_not_entitled_nothing_that_is_not_issued(door):
    for role in OTHERS:
        assert DOORS[door](grant(role), Undisclosed), role
    for role in ENTITLED:
        assert not DOORS[door](grant(role), Undisclosed), role


@pytest.mark.parametrize("door", DOORS)
def test_a_door_opens_what_is_issued(door):
    for role in OTHERS:
        assert not DOORS[door](grant(role), issued), role


@pytest.mark.parametrize("role", GRANTED)
def test_what_a_release_hides_is_hidden_from_whoever_reads_it(role):
    held = [counts(40, 90), Counts(False, hidden=True), Counts(True, 80, 30, 70, untold=True)]
    shown, hidden, partly = disclosed.apart(grant(role), issued(held))
    assert (shown.numerator, shown.denominator, shown.issued) == (40, 90, True)
    assert hidden == disclosed.FEW and hidden.few and hidden.issued
    assert {hidden.numerator, hidden.denominator, hidden.unknown, hidden.coverage, hidden.lower} == {None}
    assert (partly.numerator, partly.denominator, partly.unknown, partly.few) == (30, 70, None, True)
    assert (partly.unknown_share, partly.lowest, partly.highest, partly.mostly_unknown) == (None,) * 3 + (
        False,
    )
    told = change_door.changes(grant(role), issued([BOTH, Windows(None, hidden=True)]), issued(BOTH))
    assert [one is not None for one in told.areas] == [True, False] and told.few == [False, True, False]


def test_nobody_and_an_untold_number_of_unknown_look_different():
    nobody, unknown = disclosed.apart(grant("viewer"), issued([counts(0, 0), Counts(True, 3, untold=True)]))
    assert (nobody.status, unknown.status) == (Status.NOBODY, Status.UNKNOWN)


def test_parts_of_what_is_hidden_are_hidden_unless_they_are_issued():
    assert disclosed.of_total(grant("official"), Undisclosed(MANY[:1]), disclosed.HIDDEN) == [
        disclosed.HIDDEN
    ]
    (value,) = disclosed.of_total(grant("viewer"), issued(MANY[:1]), disclosed.FEW)
    assert value.numerator == 40


def test_a_box_is_issued_only_where_all_that_went_into_it_is():
    own, other = Undisclosed(3), issued(4)
    assert issued(3).map(str).issued and issued(3).with_(other).issued
    assert not own.map(str).issued
    assert not own.with_(other).issued and not other.with_(own).issued
    assert disclosed.all_or_none(grant("viewer"), other.with_(own)) is None


def test_an_interval_that_is_wider_than_its_value_is_marked_and_shown():
    wide, firm = disclosed.apart(grant("viewer"), issued([counts(6, 400), counts(200, 400)]))
    assert wide.wider_than_value and wide.numerator == 6
    assert not firm.wider_than_value
    assert not disclosed.one(grant("viewer"), issued(counts(0, 400))).wider_than_value


@pytest.mark.parametrize(
    ("role", "cases", "size"),
    [
        ("viewer", 4, None),
        ("viewer", 5, (5, 19)),
        ("viewer", 19, (5, 19)),
        ("viewer", 20, (20, 99)),
        ("viewer", 100, (100, None)),
        ("partner", 10, None),
        ("partner", 11, (11, 21)),
        ("official", 4, None),
    ],
)
def test_a_signal_has_a_size_in_wide_steps_and_none_below_the_threshold(role, cases, size):
    assert cluster_door.size(grant(role), Undisclosed(cases)) == size


def test_a_partner_reads_a_higher_threshold_than_everybody_else():
    assert {role: grant(role).threshold for role in GRANTED if grant(role).threshold != THRESHOLD} == {
        "partner": 11
    }


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
            for groups in ({}, {"sex": ("female",)}, {"movement": ("none",)}, {"residence": ("mobile",)}):
                yield CoverageQuery(disease, by, place, measure, groups=groups, count=count)


def test_the_table_agrees_with_what_the_filters_know_of_a_question():
    official = grant("official")
    for query in questions():
        assert rules.out_of_reach(official, query) is (query.never_shown or query.unanswerable)
        if query.never_shown:
            assert rules.reason_hidden(official, query) == rules.NEVER_SHOWN
        assert rules.refusal(official, query) == ""
    for disease, by in product(DISEASES, BY):
        for covariates in ((), ("sex",), ("movement",), ("residence",)):
            clusters = ClusterQuery(disease, by=by, covariates=covariates)
            never = any(
                rule.reason == rules.NEVER_SHOWN and rule.holds(official, clusters) for rule in rules.RULES
            )
            assert never is clusters.never_shown


@pytest.mark.parametrize("role", OTHERS)
def test_what_is_not_issued_is_answered_in_words(role):
    for query in questions():
        if query.never_shown or query.unanswerable:
            continue
        sensitive = DISEASES[query.disease].sensitive
        issued_at_all = (
            query.dimension in ("care", "home", "crossing")
            and query.measure in ("testing", "positivity", "treatment", "completion")
            and not query.persons
            and not query.groups
        )
        assert bool(rules.reason_hidden(grant(role), query)) is not issued_at_all, query
        assert rules.by_year_only(grant(role), query.disease) is sensitive
    for query, reason in (
        (CoverageQuery("hiv", as_of=DAY), rules.BY_YEAR_ONLY),
        (CoverageQuery("tb", as_of=DAY), rules.NOT_EARLIER),
        (CoverageQuery("tb", by="facility"), rules.NOT_BY_FACILITY),
        (CoverageQuery("tb", place="infection", measure="treatment"), rules.NOT_BY_INFECTION),
        (CoverageQuery("tb", count="persons"), rules.NOT_PERSONS),
        (CoverageQuery("tb", measure="yield"), rules.NOT_MEASURED),
        (CoverageQuery("tb", groups={"sex": ("male",), "age": ("0-4",)}), rules.NOT_TWO_GROUPS),
        (CoverageQuery("tb", place="home", groups={"sex": ("male",)}), rules.NOT_GROUPED),
        (CoverageQuery("tb", groups={"movement": ("deported",)}), rules.NOT_APART),
        (CoverageQuery("tb", groups={"activity": ("security_forces",)}), rules.NOT_APART),
        (CoverageQuery("tb", groups={"movement": ("returning", "deported")}), rules.NOT_GROUPED),
        (CoverageQuery("hiv", place="home"), ""),
    ):
        assert rules.reason_hidden(grant(role), query) == reason


def test_an_account_of_some_provinces_reads_a_release_by_home_and_nothing_more_of_it():
    own = grant("official", "KH01")
    assert rules.reads_release(own, CoverageQuery("tb", place="home"))
    assert not rules.reads_release(own, CoverageQuery("tb"))
    assert not rules.reads_release(grant("official"), CoverageQuery("tb", place="home"))
    assert rules.reason_hidden(own, CoverageQuery("tb", place="home", count="persons")) == rules.NOT_PERSONS
    reader = rules.as_reader(own)
    assert not rules.entitled(reader) and reader.scope.national
    assert rules.as_reader(grant("partner")).threshold == 11


def test_every_rule_has_its_reason():
    for rule in rules.RULES:
        assert rule.what and rule.reason
        assert rule.kind in ("never stored", "never shown", "out of reach", "hidden", "not issued")
    assert len({rule.what for rule in rules.RULES}) == len(rules.RULES)
