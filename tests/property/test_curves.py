"""Curves: steps against a slow oracle, the year before, and steps that few reported."""

from __future__ import annotations

from datetime import date, timedelta
from statistics import median

from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.curves import Step, in_steps, incomplete, reporters, steps_between, year_before
from surveillance.epiweek import PERIOD_KINDS, period_first_day, period_last_day
from tests.support.examples import examples

DAYS = st.dates(date(2015, 1, 1), date(2027, 12, 31))
KINDS = st.sampled_from(PERIOD_KINDS)
DAY = timedelta(days=1)


@settings(max_examples=examples(80))
@given(DAYS, st.integers(0, 500), KINDS)
def test_steps_hold_every_day_of_a_period_once(first, days, kind):
    last = first + days * DAY
    steps = steps_between(first, last, kind)
    held = [one.first + n * DAY for one in steps for n in range((one.last - one.first).days + 1)]
    assert held == [first + n * DAY for n in range(days + 1)]
    assert all(one.begins == period_first_day(one.first, kind) for one in steps)
    assert all(period_last_day(one.first, kind) == period_last_day(one.last, kind) for one in steps)


@settings(max_examples=examples(60))
@given(DAYS, st.integers(0, 200), KINDS, st.lists(st.tuples(st.integers(-30, 230), st.integers(0, 9))))
def test_what_is_dated_stands_in_the_step_of_its_day(first, days, kind, rows):
    steps = steps_between(first, first + days * DAY, kind)
    dated = [(first + offset * DAY, count) for offset, count in rows]
    by_hand = []
    for step in steps:
        inside = [count for day, count in dated if step.first <= day <= step.last]
        by_hand.append(sum(inside) if inside else None)
    assert in_steps(dated, steps, int.__add__) == by_hand


@settings(max_examples=examples(60))
@given(DAYS, KINDS)
def test_the_year_before_is_the_same_weekday_or_the_same_day_of_the_month(day, kind):
    before = year_before(day, kind)
    if kind == "week":
        assert day - before == 52 * 7 * DAY
    else:
        assert (before.year, before.month) == (day.year - 1, day.month)
        assert before.day == day.day or (before.day, day.day, day.month) == (28, 29, 2)
    begins = period_first_day(day, kind)
    assert year_before(begins, kind) == period_first_day(year_before(begins, kind), kind)


@settings(max_examples=examples(60))
@given(st.lists(st.integers(0, 50), max_size=30))
def test_a_step_is_incomplete_where_fewer_than_usual_reported(counts):
    found = incomplete(counts)
    for at, said in enumerate(found):
        earlier = counts[:at][-8:]
        assert said is (len(earlier) >= 2 and counts[at] < 0.8 * median(earlier))
    assert len(found) == len(counts)


@settings(max_examples=examples(40))
@given(
    st.dictionaries(st.integers(0, 9), st.frozensets(st.sampled_from("abcd"))),
    st.lists(st.lists(st.integers(0, 9))),
)
def test_a_facility_counts_once_in_each_step(cells, steps):
    by_hand = [len({name for cell in step for name in cells.get(cell, ())}) for step in steps]
    assert [len(one) for one in reporters(cells, steps)] == by_hand


def test_nothing_is_added_where_there_are_no_steps():
    assert in_steps([(date(2026, 1, 1), 1)], [], int.__add__) == []
    assert in_steps([], [Step(*(date(2026, 1, 1),) * 3)], int.__add__) == [None]
