"""The time slider: parts of the period that the map looks at one by one."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.messages import translator
from dashboard.pages.explorer.question import read, resolved
from dashboard.pages.explorer.time_parts import part_of, parts_of, within
from dashboard.services.imports.data_status import DataStatus
from surveillance.windows import Window

STATUS = DataStatus(False, 1, "2025-07-01T00:00:00", date(2023, 1, 2), date(2025, 6, 29))
TODAY = date(2025, 7, 10)
DAYS = st.dates(date(1995, 1, 1), date(2090, 1, 1))


@given(DAYS, st.integers(0, 2000), st.booleans())
def test_parts_follow_each_other_and_leave_out_less_than_half_of_one_at_either_end(first, length, quarterly):
    window = Window(first, first + timedelta(days=length))
    parts = [within(window, name) for name in parts_of(window, quarterly=quarterly)]
    if not parts:
        return
    days = [
        part.first + timedelta(days=n) for part in parts for n in range((part.last - part.first).days + 1)
    ]
    assert days == [days[0] + timedelta(days=n) for n in range(len(days))]
    whole = 92 if "Q" in parts_of(window, quarterly=quarterly)[0] else 31
    assert 0 <= 2 * (days[0] - first).days < whole
    assert 0 <= 2 * (window.last - days[-1]).days < whole


@pytest.mark.parametrize(
    "text", ["2025-13", "2025-Q5", "2025", "1989-01", "2101-01", "2025-1", "٢٠٢٥-01", "", "2025-W03"]
)
def test_what_is_no_part_is_none(text):
    assert part_of(text) is None


def test_the_map_asks_of_the_part_and_its_controls_keep_the_period():
    search = "?disease=malaria&from=2025-01-01&to=2025-05-31&at=2025-03"
    question = read(search, STATUS, TODAY)
    assert not question.problems
    assert (question.start, question.end) == (date(2025, 3, 1), date(2025, 3, 31))
    assert question.span == (date(2025, 1, 1), date(2025, 5, 31))
    state = resolved(question, search, None, TODAY, translator("en"))
    assert (state["controls"]["from"], state["controls"]["to"]) == ("2025-01-01", "2025-05-31")
    assert state["parts"] == [f"2025-0{month}" for month in range(1, 6)]
    assert state["at"] == "2025-03"


def test_the_usual_period_has_parts_too_and_its_ends_are_cut():
    question = read("?disease=malaria&at=2025-06", STATUS, TODAY)
    assert (question.start, question.end) == (date(2025, 6, 1), date(2025, 6, 29))
    assert question.span == (date(2024, 7, 1), date(2025, 6, 29))


def test_slow_diseases_are_stepped_through_by_the_quarter():
    question = read("?disease=tb&from=2024-07-01&to=2025-06-30&at=2025-Q2", STATUS, TODAY)
    assert (question.start, question.end) == (date(2025, 4, 1), date(2025, 6, 30))
    state = resolved(question, "", None, TODAY, translator("en"))
    assert state["parts"] == ["2024-Q3", "2024-Q4", "2025-Q1", "2025-Q2"]


@pytest.mark.parametrize(
    "search",
    [
        "?disease=malaria&at=2019-01",
        "?disease=malaria&at=soon",
        "?disease=malaria&count=persons&at=2025-03",
    ],
)
def test_a_part_that_is_none_is_named_and_left_out(search):
    question = read(search, STATUS, TODAY)
    assert [error.parameter for error in question.problems] == ["at"]
    assert question.at is None
    assert (question.start, question.end) == question.span
