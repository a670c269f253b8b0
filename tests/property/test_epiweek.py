"""Weeks, cells and periods on every day from 1990 to 2050.

The oracle counts days from Monday 1 January 1990 and never asks the calendar which ISO week it is.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import groupby, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.epiweek import (
    PERIOD_KINDS,
    EpiWeek,
    day_number,
    day_of_number,
    epiweek,
    period_first_day,
    period_label,
    period_last_day,
    time_cell_first_day,
    time_cell_last_day,
    time_cell_number,
)

FIRST, LAST = date(1990, 1, 1), date(2050, 12, 31)
DAYS = [FIRST + timedelta(days=i) for i in range((LAST - FIRST).days + 1)]
ONE_DAY = timedelta(days=1)

any_day = st.dates(date(1900, 1, 1), date(2200, 12, 31))


def monday_of(day: date) -> date:
    """The Monday on or before a day, counted in sevens from a day known to be a Monday."""
    return day - timedelta(days=(day - FIRST).days % 7)


def week_by_its_thursday(day: date) -> tuple[int, int]:
    """A week belongs to the year its Thursday lies in; it is that year's n-th Thursday."""
    thursday = monday_of(day) + timedelta(days=3)
    return thursday.year, ((thursday - date(thursday.year, 1, 1)).days) // 7 + 1


def quarter(day: date) -> tuple[int, int]:
    """Quarter of a day, month by month."""
    return day.year, {1: 1, 2: 1, 3: 1, 4: 2, 5: 2, 6: 2, 7: 3, 8: 3, 9: 3, 10: 4, 11: 4, 12: 4}[day.month]


#: kind of period -> what the days of one period have in common.
SAME = {
    "week": week_by_its_thursday,
    "month": lambda day: (day.year, day.month),
    "quarter": quarter,
    "year": lambda day: day.year,
}


def test_every_day_has_the_week_and_year_of_its_thursday():
    for day in DAYS:
        assert tuple(epiweek(day)) == week_by_its_thursday(day), day


@pytest.mark.parametrize("year", range(1990, 2051))
def test_week_one_holds_the_fourth_of_january(year):
    assert epiweek(date(year, 1, 4)) == EpiWeek(year, 1)


def test_the_years_with_a_week_53_are_the_known_ones():
    long_years = {week.year for week in map(epiweek, DAYS) if week.week == 53}
    # 1992 to 2048, as listed for the 400-year cycle of ISO 8601
    assert long_years == {1992, 1998, 2004, 2009, 2015, 2020, 2026, 2032, 2037, 2043, 2048}


@pytest.mark.parametrize(
    ("day", "label"),
    [
        (date(1999, 12, 31), "1999-W52"),
        (date(2000, 1, 2), "1999-W52"),
        (date(2000, 1, 3), "2000-W01"),
        (date(2005, 1, 1), "2004-W53"),
        (date(2009, 12, 31), "2009-W53"),
        (date(2010, 1, 3), "2009-W53"),
        (date(2012, 1, 1), "2011-W52"),
        (date(2014, 6, 13), "2014-W24"),
        (date(2016, 1, 3), "2015-W53"),
        (date(2018, 12, 31), "2019-W01"),
        (date(2020, 12, 31), "2020-W53"),
        (date(2021, 1, 1), "2020-W53"),
        (date(2021, 1, 4), "2021-W01"),
        (date(2024, 12, 30), "2025-W01"),
        (date(2025, 12, 29), "2026-W01"),
        (date(2026, 12, 31), "2026-W53"),
        (date(2027, 1, 1), "2026-W53"),
        (date(2027, 1, 4), "2027-W01"),
    ],
)
def test_days_at_the_turn_of_the_year_are_in_the_week_known_for_them(day, label):
    assert str(epiweek(day)) == period_label(day, "week") == label


def test_a_week_runs_from_monday_to_sunday_and_knows_its_days():
    for day in DAYS:
        week = epiweek(day)
        assert week.first_day == monday_of(day)
        assert week.last_day == monday_of(day) + timedelta(days=6)


def test_weeks_sort_like_their_days_and_so_do_their_names():
    weeks = [epiweek(day) for day in DAYS]
    assert all(a <= b and str(a) <= str(b) for a, b in pairwise(weeks))


@given(any_day)
def test_a_day_number_leads_back_to_its_day(day):
    assert day_of_number(day_number(day)) == day
    assert day_number(day + ONE_DAY) == day_number(day) + 1


def test_day_zero_is_the_first_of_january_1970():
    assert day_number(date(1970, 1, 1)) == 0
    assert day_number(date(1969, 12, 31)) == -1
    assert day_number(date(2000, 1, 1)) == 10957
    assert day_of_number(20_000) == date(2024, 10, 4)


def test_cells_cut_the_days_wherever_the_week_or_the_month_changes():
    """One pass over 61 years: equal neighbours share a cell, different ones do not."""
    for today, tomorrow in pairwise(DAYS):
        same = (SAME["week"](today), SAME["month"](today)) == (
            SAME["week"](tomorrow),
            SAME["month"](tomorrow),
        )
        assert (time_cell_number(today) == time_cell_number(tomorrow)) is same, today


def test_a_cell_is_exactly_the_days_from_its_first_to_its_last():
    for number, members in groupby(DAYS, key=time_cell_number):
        cell = list(members)
        assert {time_cell_first_day(day) for day in cell} == {cell[0]}
        assert {time_cell_last_day(day) for day in cell} == {cell[-1]}
        assert day_of_number(number) == cell[0]
        assert 1 <= len(cell) <= 7


@given(any_day)
def test_a_cell_lies_in_one_week_and_one_month(day):
    first, last = time_cell_first_day(day), time_cell_last_day(day)
    assert first <= day <= last
    assert week_by_its_thursday(first) == week_by_its_thursday(day) == week_by_its_thursday(last)
    assert (first.year, first.month) == (day.year, day.month) == (last.year, last.month)


@pytest.mark.parametrize("kind", PERIOD_KINDS)
def test_a_period_is_exactly_the_days_from_its_first_to_its_last(kind):
    for _, members in groupby(DAYS, key=SAME[kind]):
        period = list(members)
        inside = [day for day in (period[0] - ONE_DAY, period[-1] + ONE_DAY) if FIRST <= day <= LAST]
        for day in period:
            first, last = period_first_day(day, kind), period_last_day(day, kind)
            assert first == period[0]
            assert last == period[-1] or period[-1] == LAST  # the last week runs on into 2051
            assert SAME[kind](last) == SAME[kind](day) != SAME[kind](last + ONE_DAY)
        assert all(SAME[kind](day) != SAME[kind](period[0]) for day in inside)


@pytest.mark.parametrize("kind", PERIOD_KINDS)
def test_two_days_have_one_label_exactly_when_they_are_in_one_period(kind):
    labels: dict[str, object] = {}
    for day in DAYS:
        assert labels.setdefault(period_label(day, kind), SAME[kind](day)) == SAME[kind](day)
    assert len(labels) == len({SAME[kind](day) for day in DAYS})


@pytest.mark.parametrize("kind", PERIOD_KINDS)
def test_sums_over_cells_are_the_sums_over_days(kind):
    """Every day counts a different number, so that a cell in the wrong period shows."""
    amount = {day: 1 + i % 97 for i, day in enumerate(DAYS)}
    by_cell: dict[int, int] = {}
    for day, n in amount.items():
        by_cell[time_cell_number(day)] = by_cell.get(time_cell_number(day), 0) + n
    from_cells: dict[str, int] = {}
    for number, n in by_cell.items():
        label = period_label(day_of_number(number), kind)
        from_cells[label] = from_cells.get(label, 0) + n
    sums = [sum(amount[day] for day in members) for _, members in groupby(DAYS, key=SAME[kind])]
    assert list(from_cells.values()) == sums


@pytest.mark.parametrize(
    ("day", "labels"),
    [
        (date(2021, 1, 1), ["2020-W53", "2021-01", "2021-Q1", "2021"]),
        (date(2025, 3, 31), ["2025-W14", "2025-03", "2025-Q1", "2025"]),
        (date(2025, 4, 1), ["2025-W14", "2025-04", "2025-Q2", "2025"]),
        (date(2025, 8, 20), ["2025-W34", "2025-08", "2025-Q3", "2025"]),
        (date(2025, 12, 31), ["2026-W01", "2025-12", "2025-Q4", "2025"]),
    ],
)
def test_a_period_is_named_as_agreed(day, labels):
    assert [period_label(day, kind) for kind in PERIOD_KINDS] == labels


def test_the_kinds_of_period_are_named_once():
    assert PERIOD_KINDS == ("week", "month", "quarter", "year")
