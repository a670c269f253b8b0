"""What a record counts as in its cohort, when it is due, and until when it shows that outcomes were known."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from surveillance.coverage.cohorts import (
    OUTCOMES,
    PARTS,
    day_of_change,
    follow_up_days,
    known_day,
    last_whole_week,
    longest_follow_up,
    part_of,
)
from surveillance.coverage.indicators import all_states, state_number
from surveillance.diseases import DISEASES
from surveillance.vocabulary import OUTCOME

STARTED = state_number((True, True, True, True, None))
DONE = state_number((True, True, True, True, True))
NOT_DONE = state_number((True, True, True, True, False))
NEGATIVE = state_number((True, True, False, None, None))
BLANK = state_number((True, True, True, None, None))
START = date(2025, 3, 3)


@pytest.mark.parametrize(
    ("cascade", "outcome", "part"),
    [
        (STARTED, "cured", "cured"),
        (STARTED, "recovered", "cured"),
        (STARTED, "completed", "completed"),
        (STARTED, "died", "died"),
        (STARTED, "failed", "failed"),
        (STARTED, "lost_to_follow_up", "lost"),
        (STARTED, "second_line", "moved"),
        (STARTED, "unknown", "not_evaluated"),
        (STARTED, "not_evaluated", "not_evaluated"),
        (STARTED, "on_treatment", "not_evaluated"),
        (STARTED, "transferred", "not_evaluated"),
        (DONE, "transferred", "completed"),  # what the receiving unit has said
        (DONE, "unknown", "completed"),
        (DONE, "died", "died"),  # what is said of the outcome decides
        (NOT_DONE, "cured", "cured"),
        (NOT_DONE, "recovered", "not_evaluated"),  # from the illness, not by the course
        (NOT_DONE, "unknown", "not_evaluated"),  # what happened instead is not said
        (BLANK, "cured", "unknown"),
        (NEGATIVE, "recovered", None),
    ],
)
def test_each_record_counts_as_one_outcome(cascade, outcome, part):
    assert part_of(cascade, outcome) == part


def test_every_answer_and_every_outcome_counts_as_one_part_or_none():
    for state, _ in all_states():
        for value in OUTCOME:
            assert part_of(state, value.code) in {*PARTS, None}
    assert set(OUTCOMES) == set(PARTS) - {"moved", "unknown"}


def test_weekly_primaquine_is_due_after_eight_weeks_and_the_daily_course_after_four():
    for regimen in ("weekly", "8_weeks"):
        assert follow_up_days("malaria", regimen) == 56
        assert follow_up_days("tb", regimen) == 365
    for regimen in (None, "yes", "no", "single_dose", "7_days", "14_days"):
        assert follow_up_days("malaria", regimen) == 28
    assert longest_follow_up("malaria") == 56
    assert all(
        longest_follow_up(code) == DISEASES[code].follow_up_days for code in DISEASES if code != "malaria"
    )


@pytest.mark.parametrize(
    ("cascade", "outcome", "day"),
    [
        (DONE, "unknown", START + timedelta(days=28)),
        (STARTED, "cured", START + timedelta(days=28)),
        (NOT_DONE, "unknown", START + timedelta(days=28)),
        (STARTED, "not_evaluated", START + timedelta(days=28)),
        (STARTED, "died", START),
        (DONE, "died", START),
        (STARTED, "transferred", START),
        (STARTED, "unknown", None),
        (STARTED, "on_treatment", None),
        (NEGATIVE, "recovered", None),
    ],
)
def test_an_outcome_without_a_day_is_put_where_the_course_was_due_or_where_it_began(cascade, outcome, day):
    given = {"cascade": cascade, "outcome": outcome, "start": START, "days": 28}
    assert known_day(**given, date_outcome=None) == day
    assert known_day(**given, date_outcome=date(2025, 3, 9)) == date(2025, 3, 9)


def test_a_file_with_visits_speaks_of_them_and_one_of_corrections_of_its_own_day():
    came = date(2026, 11, 3)
    assert day_of_change(came, accepted=3, last_visit=date(2025, 3, 31)) == date(2025, 3, 31)
    assert day_of_change(came, accepted=0, last_visit=date(2025, 3, 31)) == came
    assert day_of_change(came, accepted=3, last_visit=None) == came


def test_the_last_whole_week_ends_on_a_sunday():
    for number in range(14):
        day = date(2024, 12, 25) + timedelta(days=number)
        found = last_whole_week(day)
        assert found.isoweekday() == 7
        assert found <= day < found + timedelta(days=7)
