"""The allowance of chance alarms: how many chance brings, how they are shared, how many replicates show."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.alerts.allowance import Asked, allot, chance_alarms, replicates_for
from surveillance.errors import StatisticsError

ASKED = st.lists(
    st.builds(
        Asked,
        st.text("abcdef", min_size=1, max_size=3),
        st.integers(0, 500),
        st.sampled_from((1.0, 7.0, 30.0)),
        st.floats(0.1, 10),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda one: one.key,
)


@pytest.mark.parametrize(("days", "alarms"), [(100, 15.6), (365, 4.3), (1_825, 0.9)])
def test_fifty_two_questions_bring_so_many_chance_alarms_a_month(days, alarms):
    assert round(chance_alarms(52, days), 1) == alarms


@settings(max_examples=60)
@given(ASKED, st.floats(0.05, 20))
def test_what_is_allotted_sums_to_the_allowance_and_comes_back_from_the_intervals(asked, expected):
    found = allot(asked, expected)
    questions = [one for one in asked if one.questions]
    if not questions:
        assert all(one.p == 0 and math.isinf(one.recurrence) for one in found.values())
        return
    assert sum(one.expected for one in found.values()) == pytest.approx(expected)
    for one in questions:
        own = found[one.key]
        assert chance_alarms(one.questions, own.recurrence) == pytest.approx(own.expected)
        assert own.p == pytest.approx(min(one.unit_days / own.recurrence, 1))
        share = one.weight / sum(other.weight for other in questions)
        assert own.expected == pytest.approx(expected * share)


def test_more_replicates_are_drawn_where_fewer_cannot_show_the_interval():
    assert [replicates_for(days, 1) for days in (365, 1_000, 1_825, 37_000)] == [999, 999, 1_999, 49_999]
    assert replicates_for(1_825, 7) == 999
    assert replicates_for(1e9, 1) == 99_999


def test_an_allowance_of_nothing_is_refused():
    with pytest.raises(StatisticsError):
        allot([Asked("a", 1, 1.0)], 0)
    with pytest.raises(StatisticsError):
        chance_alarms(1, 0)
