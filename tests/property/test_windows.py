"""Windows of time: whole weeks or whole months, always as long as the window they are compared with."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.epiweek import day_number, epiweek
from surveillance.windows import (
    COMPARISONS,
    Window,
    compared,
    in_weeks,
    last_months,
    last_quarters,
    last_weeks,
    slots_of,
    whole_months,
    whole_weeks,
)

DAYS = st.dates(date(1991, 1, 1), date(2099, 12, 31))
WINDOWS = st.tuples(DAYS, DAYS).map(lambda days: Window(min(days), max(days)))
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("window", "comparison", "now", "earlier"),
    [
        # Four whole weeks against the four before, not 30 days against the 31 of May.
        ("2026-06-01 2026-06-28", "before", "2026-06-01 2026-06-28", "2026-05-04 2026-05-31"),
        ("2026-06-01 2026-06-28", "year", "2026-06-01 2026-06-28", "2025-06-02 2025-06-29"),
        # One week.
        ("2026-06-22 2026-06-28", "before", "2026-06-22 2026-06-28", "2026-06-15 2026-06-21"),
        # 2026-W53, of which 2025 has none, and over New Year.
        ("2026-12-28 2027-01-03", "year", "2026-12-28 2027-01-03", "2025-12-29 2026-01-04"),
        ("2025-12-29 2026-01-04", "before", "2025-12-29 2026-01-04", "2025-12-22 2025-12-28"),
        # 52 weeks: both comparisons are the same weeks.
        ("2025-06-30 2026-06-28", "before", "2025-06-30 2026-06-28", "2024-07-01 2025-06-29"),
        ("2025-06-30 2026-06-28", "year", "2025-06-30 2026-06-28", "2024-07-01 2025-06-29"),
        # Months, quarters and years keep to the calendar.
        ("2026-07-01 2026-09-30", "year", "2026-07-01 2026-09-30", "2025-07-01 2025-09-30"),
        ("2026-07-01 2026-09-30", "before", "2026-07-01 2026-09-30", "2026-04-01 2026-06-30"),
        ("2024-02-01 2024-02-29", "year", "2024-02-01 2024-02-29", "2023-02-01 2023-02-28"),
        ("2025-02-01 2025-02-28", "year", "2025-02-01 2025-02-28", "2024-02-01 2024-02-29"),
        ("2025-01-01 2025-12-31", "before", "2025-01-01 2025-12-31", "2024-01-01 2024-12-31"),
        # Longer than a year: the year before would overlap it.
        ("2025-01-01 2026-01-31", "year", "2025-01-01 2026-01-31", "2023-12-01 2024-12-31"),
        ("2025-06-23 2026-06-28", "year", "2025-06-23 2026-06-28", "2024-06-17 2025-06-22"),
        # Neither: compared in whole weeks on both sides.
        ("2026-05-01 2026-06-14", "before", "2026-04-27 2026-06-14", "2026-03-09 2026-04-26"),
    ],
)
def test_a_window_is_compared_with_one_of_the_same_length(window, comparison, now, earlier):
    first, last = (date.fromisoformat(day) for day in window.split())
    pair = compared(Window(first, last), comparison)
    written = [" ".join(day.isoformat() for day in part) for part in (pair.now, pair.earlier)]
    assert written == [now, earlier]


@given(WINDOWS, st.sampled_from(COMPARISONS))
def test_both_windows_have_as_many_whole_weeks_or_months_and_hold_the_question(window, comparison):
    pair = compared(window, comparison)
    assert pair.now.first <= window.first <= window.last <= pair.now.last
    measured = whole_months if pair.unit == "month" else whole_weeks
    assert measured(pair.now) == measured(pair.earlier) > 0
    longer = whole_months(pair.now) > 12 if pair.unit == "month" else whole_weeks(pair.now) > 52
    assert pair.comparison == ("before" if longer else comparison)
    assert pair.earlier.last < pair.now.first
    if pair.comparison == "before":
        assert pair.earlier.last + DAY == pair.now.first
    elif pair.unit == "week":
        assert pair.now.first - pair.earlier.first == timedelta(days=364)
        assert pair.now.first.weekday() == pair.earlier.first.weekday() == 0
    else:
        assert (pair.earlier.first.year, pair.earlier.first.month) == (
            pair.now.first.year - 1,
            pair.now.first.month,
        )


@given(WINDOWS)
def test_weeks_that_end_within_a_window_hold_no_day_after_it(window):
    weeks = in_weeks(window, ends_within=True)
    if weeks is None:
        assert (window.last - window.first).days < 13
        return
    assert weeks.last <= window.last < weeks.last + timedelta(days=7)
    assert whole_weeks(weeks) > 0


@given(WINDOWS.filter(lambda w: (w.last - w.first).days < 400), st.sampled_from(COMPARISONS))
def test_every_day_of_one_window_has_its_week_or_month_in_the_other(window, comparison):
    pair = compared(window, comparison)
    now, earlier = slots_of(pair)

    def slots(number, window):
        return number(np.arange(day_number(window.first), day_number(window.last) + 1)).tolist()

    found, then = slots(now, pair.now), slots(earlier, pair.earlier)
    assert sorted(set(found)) == sorted(set(then)) == list(range(max(found) + 1))
    outside = [day_number(pair.now.first - DAY), day_number(pair.now.last + DAY)]
    assert now(np.array(outside)).tolist() == [-1, -1]
    if pair.unit == "week":
        assert found == then
        assert {found.count(slot) for slot in found} == {7}


@given(DAYS, st.integers(1, 60))
def test_the_last_weeks_months_and_quarters_had_ended_and_no_later_one_had(last, number):
    weeks, months, quarters = last_weeks(last, number), last_months(last, number), last_quarters(last, number)
    assert (whole_weeks(weeks), whole_months(months), whole_months(quarters)) == (number, number, 3 * number)
    assert last - timedelta(days=7) < weeks.last <= last
    assert months.last <= last < (months.last + DAY).replace(day=28) + timedelta(days=4)
    assert quarters.last <= last
    assert quarters.last.month in (3, 6, 9, 12)
    assert last_quarters(quarters.last + timedelta(days=89), 1).last == quarters.last


def test_the_last_complete_windows_of_data_that_end_on_a_tuesday():
    last = date(2026, 6, 30)
    assert last_weeks(last, 4) == (date(2026, 6, 1), date(2026, 6, 28))
    assert last_weeks(date(2026, 6, 28), 1) == (date(2026, 6, 22), date(2026, 6, 28))
    assert last_quarters(last, 1) == (date(2026, 4, 1), last)
    assert last_quarters(date(2026, 6, 29), 4) == (date(2025, 4, 1), date(2026, 3, 31))
    assert str(epiweek(date(2026, 12, 31))) == "2026-W53"
    assert str(epiweek(date(2025, 12, 28))) == "2025-W52"
