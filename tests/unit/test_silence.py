"""How long a facility is silent, beside a count that looks at each week, month or quarter in turn."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.coverage.silence import UNITS, Expected, silence
from surveillance.epiweek import period_first_day, period_last_day

FIRST, LAST = date(2025, 1, 6), date(2026, 6, 30)
DAYS = st.dates(FIRST, LAST)


def by_hand(expected, last_report, first, last):
    """Periods that had ended by the deadline, from the newest back to the first with a report."""
    unit = UNITS[expected.frequency]
    begin = max(first, expected.begins or first)
    ended, day = [], period_first_day(first, unit)
    while period_last_day(day, unit) + timedelta(days=expected.deadline_days) <= last:
        ended.append((day, period_last_day(day, unit)))
        day = period_last_day(day, unit) + timedelta(days=1)
    if not ended or ended[-1][1] < begin or (expected.ends and expected.ends < ended[-1][0]):
        return None
    silent = 0
    for start, end in reversed(ended):
        if end < begin or (last_report is not None and last_report >= start):
            break
        silent += 1
    return silent


@given(
    st.sampled_from(list(UNITS)),
    st.integers(0, 40),
    st.none() | DAYS,
    st.none() | DAYS,
    st.none() | DAYS,
)
def test_it_is_what_counting_by_hand_gives(frequency, deadline, begins, ends, last_report):
    expected = Expected(frequency, deadline, begins, ends)
    found = silence(expected, last_report, FIRST, LAST)
    assert (None if found is None else found.periods) == by_hand(expected, last_report, FIRST, LAST)


@pytest.mark.parametrize(
    ("expected", "last_report", "periods", "due"),
    [
        (Expected(), date(2026, 6, 22), 0, date(2026, 6, 28)),  # in the last complete week
        (Expected(), date(2026, 6, 29), 0, date(2026, 6, 28)),  # after it
        (Expected(), date(2026, 6, 21), 1, date(2026, 6, 28)),
        (Expected("weekly", 7), date(2026, 6, 14), 1, date(2026, 6, 21)),  # a week's grace
        (Expected("monthly"), date(2026, 3, 31), 3, date(2026, 6, 30)),
        (Expected("quarterly"), date(2026, 3, 31), 1, date(2026, 6, 30)),
        (Expected(begins=date(2026, 6, 1)), None, 4, date(2026, 6, 28)),  # never, since it opened
        (Expected(ends=date(2026, 6, 24)), date(2026, 6, 1), 3, date(2026, 6, 28)),  # open into that week
    ],
)
def test_periods_and_what_is_due(expected, last_report, periods, due):
    found = silence(expected, last_report, FIRST, LAST)
    assert (found.periods, found.due) == (periods, due)


@pytest.mark.parametrize(
    "expected",
    [Expected(begins=date(2026, 6, 29)), Expected(ends=date(2026, 6, 21)), Expected("quarterly", 600)],
)
def test_nothing_is_due_of_what_opens_later_or_is_closed(expected):
    assert silence(expected, None, FIRST, LAST) is None


def test_data_of_one_day_have_no_week():
    assert silence(Expected(), None, LAST, LAST) is None
