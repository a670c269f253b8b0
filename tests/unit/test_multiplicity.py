"""False discovery and false coverage: against statsmodels, and by the rule itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from surveillance.coverage.area_changes import changes
from surveillance.coverage.multiplicity import family
from surveillance.coverage.paired_change import Group, difference_limits, p_values, paired, unpaired
from surveillance.errors import StatisticsError
from tests.support.examples import examples

ONE_P = st.one_of(st.floats(0, 1), st.sampled_from((0.0, 0.002, 0.05, 0.01, 1.0)))
P = st.lists(ONE_P, min_size=1, max_size=40)
GROUP = st.tuples(st.integers(0, 60), st.integers(1, 60), st.floats(1, 4)).map(
    lambda g: Group(min(g[0], g[1]), g[1], g[2])
)
FACILITIES = st.dictionaries(st.sampled_from("abcdefg"), GROUP, max_size=6)


@given(P)
@settings(max_examples=examples(300), deadline=None)
def test_adjusted_p_values_are_those_of_statsmodels(p):
    marked, adjusted, *_ = multipletests(p, alpha=0.05, method="fdr_bh")
    found = family(p)
    assert found.adjusted == pytest.approx(adjusted)
    assert found.marked.tolist() == (found.adjusted <= 0.05).tolist()
    near = np.isclose(adjusted, 0.05)
    assert (found.marked == marked)[~near].all()


def test_the_example_of_benjamini_and_hochberg():
    """Fifteen p values of their paper (1995, section 4.1), of which four are rejected at .05."""
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719]
    p += [0.6528, 0.7590, 1.0000]
    found = family(p)
    assert found.marked.sum() == 4
    assert found.confidence[:9] == pytest.approx(1 - 4 * 0.05 / 15)
    assert found.confidence[9:] == pytest.approx(0.95)


def test_where_nothing_is_marked_no_interval_that_was_close_excludes_zero():
    assert family([0.04, 0.03, 0.5]).confidence == pytest.approx([1 - 0.05 / 3, 1 - 0.05 / 3, 0.95])
    assert family([0.04]).marked.all()
    assert family([0.04]).confidence == pytest.approx(0.95)
    assert len(family([]).marked) == 0


@pytest.mark.parametrize(("p", "rate"), [([-0.1], 0.05), ([1.1], 0.05), ([float("nan")], 0.05), ([0.5], 0.0)])
def test_what_is_no_p_value_is_refused(p, rate):
    with pytest.raises(StatisticsError):
        family(p, rate)


@given(st.lists(st.one_of(st.none(), st.tuples(GROUP, GROUP)), max_size=25))
@settings(max_examples=examples(200), deadline=None)
def test_an_area_is_marked_where_and_only_where_its_interval_excludes_zero(pairs):
    found = changes([None if pair is None else unpaired(*pair) for pair in pairs])
    assert [change is None for change in found] == [pair is None for pair in pairs]
    for change in (c for c in found if c is not None):
        # On the very end of an interval rounding decides.
        if abs(change.p_adjusted - 0.05) > 1e-9 and min(abs(change.lower), abs(change.upper)) > 1e-9:
            assert change.marked == (not change.lower <= 0 <= change.upper)
        assert change.lower <= change.difference <= change.upper
        assert change.p <= change.p_adjusted <= 1
        assert change.family == sum(pair is not None for pair in pairs)


def by_halves(now, earlier):
    """The p value of one comparison, by trying confidence levels."""
    inside, outside = 0.0, 1.0
    for _ in range(60):
        confidence = (inside + outside) / 2
        lower, upper = difference_limits([unpaired(now, earlier)], min(max(confidence, 1e-15), 1 - 1e-15))
        if lower[0] <= 0 <= upper[0]:
            outside = confidence
        else:
            inside = confidence
    return 1 - inside


@given(GROUP, GROUP)
@settings(max_examples=examples(100), deadline=None)
def test_the_p_value_belongs_to_the_interval(now, earlier):
    (p,) = p_values([unpaired(now, earlier)])
    assert p == pytest.approx(by_halves(now, earlier), abs=1e-9)


@given(GROUP, GROUP)
@settings(max_examples=examples(100), deadline=None)
def test_one_facility_compared_with_itself_is_the_two_values_compared(now, earlier):
    one, same = paired({"a": now}, {"a": earlier}), unpaired(now, earlier)
    assert (one.now, one.earlier) == (same.now, same.earlier)
    assert (one.now_size, one.earlier_size) == pytest.approx((same.now_size, same.earlier_size))


@given(FACILITIES, FACILITIES)
@settings(max_examples=examples(300), deadline=None)
def test_facilities_are_weighted_as_mantel_and_haenszel_do_and_those_of_one_period_are_counted(now, earlier):
    both = sorted(set(now) & set(earlier))
    found = paired(now, earlier)
    if not both:
        assert found is None
        return
    weight = {f: now[f].size * earlier[f].size / (now[f].size + earlier[f].size) for f in both}
    shares = [
        {f: side[f].numerator / side[f].denominator for f in both} for side in (now, earlier)
    ]  # fmt: skip
    difference = sum(weight[f] * (shares[0][f] - shares[1][f]) for f in both) / sum(weight.values())
    assert found.now - found.earlier == pytest.approx(difference, abs=1e-12)
    variance = sum(weight[f] ** 2 / now[f].size for f in both) / sum(weight.values()) ** 2
    assert found.now_size == pytest.approx(1 / variance)
    alone = [*(now[f] for f in now if f not in both), *(earlier[f] for f in earlier if f not in both)]
    assert (found.paired, found.left_out) == (len(both), len(alone))
    assert found.people_left_out == sum(group.denominator for group in alone)


def test_where_no_facility_changed_there_is_no_change_though_some_opened_and_others_grew():
    now = {"high": Group(90, 100), "low": Group(300, 1000), "new": Group(0, 500)}
    earlier = {"high": Group(900, 1000), "low": Group(30, 100), "closed": Group(70, 70)}
    found = paired(now, earlier)
    assert found.now == pytest.approx(found.earlier)
    assert (found.paired, found.left_out, found.people_left_out) == (2, 2, 570)
    assert p_values([found]) == pytest.approx([1.0], abs=1e-9)
    crude = unpaired(Group(390, 1600), Group(1000, 1170))
    assert p_values([crude])[0] < 1e-10


def test_facilities_are_fixed_and_their_differences_do_not_widen_the_interval():
    """Twenty facilities between 5% and 95%, each the same in both periods, then each five points lower."""
    earlier = {str(k): Group(100 * k // 2, 1000) for k in range(1, 20)}
    now = {name: Group(max(0, g.numerator - 50), 1000) for name, g in earlier.items()}
    (change,) = changes([paired(now, earlier)])
    assert change.difference == pytest.approx(-0.05, abs=0.001)
    assert change.upper - change.lower == pytest.approx(0.02, abs=0.003)
    assert change.marked


def test_groups_without_people_are_not_compared():
    assert unpaired(Group(0, 0), Group(1, 2)) is None
    assert paired({}, {}) is None
    assert paired({"a": Group(0, 0)}, {"a": Group(1, 2)}) is None
    assert changes([None, None]) == [None, None]
