"""Of facilities without a silence less than one in a hundred is said to have one; a true silence is found."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from surveillance.clusters.completeness import silences

MONDAY = date(2021, 7, 5)


def weekly(weeks, days=1):
    """Facility A reports on some days of each week, from Monday on."""
    return [("A", MONDAY + timedelta(weeks=week, days=day)) for week in weeks for day in range(days)]


def last_of(weeks):
    """Last day of a period of so many weeks."""
    return MONDAY + timedelta(weeks=weeks, days=-1)


def found(reports, weeks, due=(None, None)):
    """First week and number of weeks of each silence of facility A."""
    return [
        (-(-(first - MONDAY).days // 7), ((last - MONDAY).days + 1) // 7 - -(-(first - MONDAY).days // 7))
        for _, first, last in silences(reports, {"A": due}, MONDAY, last_of(weeks))
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("weeks", "rate"),
    [
        pytest.param(weeks, rate, marks=() if kept else pytest.mark.full)
        for weeks, rate, kept in (
            (260, 0.3, False),
            (260, 1.0, True),
            (260, 3.0, False),
            (104, 0.2, True),
            (52, 0.5, True),
            (52, 1.0, False),
            (26, 2.0, True),
        )
    ],
)
def test_less_than_one_steady_facility_in_a_hundred_is_said_to_fall_silent(weeks, rate):
    draw = np.random.default_rng(round(1_000 * rate) + weeks)
    reported = draw.random((1_500, 7 * weeks)) < 1 - np.exp(-rate / 7)
    reports = [
        (str(name), MONDAY + timedelta(days=int(day)))
        for name, day in zip(*np.nonzero(reported), strict=True)
    ]
    due = {str(name): (MONDAY, None) for name in range(1_500)}
    silent = {name for name, *_ in silences(reports, due, MONDAY, last_of(weeks))}
    assert len(silent) / 1_500 < 0.01


def test_a_gap_that_five_years_bring_by_chance_is_no_silence():
    """About one report a week: exp(-8) is below 0.01, but five years hold many such chances."""
    reports = weekly([week for week in range(260) if week % 3 == 0 and week not in range(99, 103)], days=3)
    assert found(reports, 260) == []  # eight empty weeks
    longer = weekly([week for week in range(260) if week % 3 == 0 and week not in range(99, 115)], days=3)
    assert found(longer, 260) == [(97, 20)]


def test_a_facility_that_reports_each_week_is_silent_in_three_weeks_without_a_report():
    weeks = [week for week in range(260) if week not in (80, 81, 82)]
    assert found(weekly(weeks), 260) == [(80, 3)]
    one = [week for week in range(260) if week != 80]
    assert found(weekly(one), 260) == []
    assert found(weekly(one, days=7), 260) == [(80, 1)]


def test_the_study_period_does_not_change_what_is_silence():
    reports = weekly([week for week in range(260) if week not in range(200, 206)])
    whole = silences(reports, {"A": (None, None)}, MONDAY, last_of(260))
    first, last = MONDAY + timedelta(weeks=203), MONDAY + timedelta(weeks=230)
    assert silences(reports, {"A": (None, None)}, first, last) == [("A", first, whole[0][2])]
    assert silences(reports, {"A": (None, None)}, MONDAY, last_of(150)) == []


def test_a_rate_that_falls_over_the_years_is_no_silence():
    """Two reports a week in the first year, one in eight weeks in the fourth: the late gaps are the rate."""
    late = [week for week in range(156, 208) if week % 9 == 0]
    assert found(weekly(range(52), days=2) + weekly(range(52, 156, 4)) + weekly(late), 208) == []


def test_a_facility_that_never_reported_is_not_said_to_fall_silent():
    assert found([], 52, due=(MONDAY, None)) == []
    assert found([("B", last_of(52))], 52, due=(MONDAY, None)) == []


def test_a_facility_that_stops_is_silent_to_the_end():
    assert found([*weekly(range(100)), ("B", last_of(120))], 120) == [(100, 20)]
