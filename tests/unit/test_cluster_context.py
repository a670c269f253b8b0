"""What moved beside a cluster, what became of it, up to when data are complete: worked by hand."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from surveillance.clusters.changes import Change, Extent, compare
from surveillance.clusters.completeness import last_complete_day, silences
from surveillance.clusters.context import Count, baseline_shifts, earlier, selected

MONDAY = date(2025, 3, 3)


def count(records, tested=None, arrivals=0, facilities=10, cases=0, positive=None):
    """A count, of which `cases` are cases."""
    tested = records if tested is None else tested
    positive = cases if positive is None else positive
    return Count(records, cases, tested, positive, arrivals, 0, facilities)


def context(**parts):
    """Counts of the four sides and spans; steady unless given."""
    usual = {"inside_during": 100, "inside_before": 100, "outside_during": 1000, "outside_before": 1000}
    found = {}
    for name, records in usual.items():
        side, span = name.split("_")
        found[side, span] = parts.get(name, count(records))
    return found


def test_nothing_moved_where_both_sides_are_steady():
    assert baseline_shifts(context()) == []


def test_nothing_moved_where_both_sides_moved_alike():
    assert baseline_shifts(context(inside_during=count(200), outside_during=count(2000))) == []


def test_an_outbreak_alone_moves_nothing_beside_it():
    assert baseline_shifts(context(inside_during=count(160, cases=60))) == []


def test_a_screening_drive_is_named():
    (found,) = baseline_shifts(
        context(inside_before=count(100, tested=40), inside_during=count(100, tested=90))
    )
    assert found.measure == "tested"
    assert (found.inside, found.outside, found.factor) == pytest.approx((2.25, 1.0, 2.25))


def test_a_mass_return_is_named_also_from_nothing():
    found = baseline_shifts(context(inside_during=count(300, tested=100, arrivals=200)))
    assert [(item.measure, item.inside, item.factor) for item in found] == [
        ("records", 3.0, 3.0),
        ("arrivals", None, None),
    ]


def test_facilities_that_fall_silent_are_named_inside_and_outside():
    (inside,) = baseline_shifts(context(inside_during=count(100, facilities=7)))
    assert (inside.measure, inside.factor) == ("facilities_reporting", pytest.approx(0.7))
    (outside,) = baseline_shifts(context(outside_during=count(1000, facilities=6)))
    assert (outside.measure, outside.factor) == ("facilities_reporting", pytest.approx(10 / 6))


@pytest.mark.parametrize("people", [9, 10])
def test_less_than_ten_people_do_not_count_as_moving(people):
    small = {"inside_before": count(8), "inside_during": count(8 + people)}
    assert [item.measure for item in baseline_shifts(context(**small))] == (
        ["records", "tested"] if people == 10 else []
    )


def test_what_is_not_counted_for_a_disease_cannot_move():
    hidden = {key: Count(100, 0, 100, 0, None, None, None) for key in context()}
    assert baseline_shifts(hidden) == []


def test_without_a_time_before_nothing_is_said():
    parts = context(inside_during=count(500))
    del parts["inside", "before"]
    assert baseline_shifts(parts) == []


def test_the_rows_of_a_span_are_those_of_its_days_on_each_side():
    days = np.array([MONDAY + timedelta(days=n) for n in range(4)], dtype="datetime64[D]")
    found = selected(np.array([True, False, True, False]), days, MONDAY, MONDAY + timedelta(days=2))
    assert found["inside"].tolist() == [True, False, True, False]
    assert found["outside"].tolist() == [False, True, False, False]
    assert earlier(MONDAY, MONDAY) == (MONDAY - timedelta(days=1), MONDAY - timedelta(days=1))


def extent(rank, locations, start=MONDAY, days=10, observed=10, rate="high", expected=5.0):
    """A cluster."""
    end = None if start is None else start + timedelta(days=days - 1)
    return Extent(rank, rate, frozenset(locations), start, end, observed, expected)


@pytest.mark.parametrize(
    ("observed", "change"), [(11, "growing"), (9, "shrinking"), (10, "unchanged")], ids=str
)
def test_a_cluster_grows_and_shrinks_by_its_cases(observed, change):
    changes, gone = compare([extent(1, "AB", observed=observed)], [extent(4, "AB")])
    assert changes == [Change(1, change, 4)]
    assert gone == []


def test_a_cluster_of_few_cases_grows_by_those_that_are_missing():
    now = extent(1, "AB", observed=2, expected=20.0, rate="low")
    before = extent(1, "AB", observed=5, expected=20.0, rate="low")
    assert compare([now], [before])[0] == [Change(1, "growing", 1)]
    assert compare([now], [extent(1, "AB")]) == ([Change(1, "new", None)], [1])  # low is not high


@pytest.mark.parametrize(
    ("before", "same"),
    [
        (extent(1, "AB", start=MONDAY - timedelta(days=20)), False),  # other days
        (extent(1, "CD"), False),  # other places
        (extent(1, "ABCDEFGH", days=12), True),  # wholly within its days and holds its places
        (extent(1, "BC", start=MONDAY + timedelta(days=5)), False),  # 5 of 20 in common
        (extent(1, "B", start=MONDAY + timedelta(days=9), days=2), True),  # half of the smaller one
        (extent(1, "A", start=None), True),  # a scan without time
    ],
    ids=range(6),
)
def test_two_clusters_are_one_where_half_of_the_smaller_is_shared(before, same):
    changes, gone = compare([extent(1, "AB")], [before])
    assert (changes[0].before == 1) is same
    assert gone == ([] if same else [1])


@pytest.mark.parametrize(
    ("now", "before", "change"),
    [
        (extent(1, "ABCDEFG", observed=3_807), extent(2, "AB", observed=900), "extent"),
        (extent(1, "AB", observed=900), extent(2, "ABCDEFG", observed=3_807), "extent"),
        (extent(1, "AB", days=4, observed=5), extent(2, "AB", days=10, observed=10), "extent"),
        (extent(1, "ABC", observed=12), extent(2, "AB", observed=10), "growing"),
        (extent(1, "AB", days=14, observed=12), extent(2, "AB", days=9, observed=10), "growing"),
    ],
    ids=range(5),
)
def test_a_cluster_of_a_much_larger_one_does_not_grow_or_shrink(now, before, change):
    assert compare([now], [before]) == ([Change(1, change, 2)], [])


def test_a_cluster_goes_on_in_the_one_most_like_it():
    now = [extent(1, "ABCDEF"), extent(2, "AB")]
    changes, gone = compare(now, [extent(1, "AB"), extent(2, "XY")])
    assert changes == [Change(1, "new", None), Change(2, "unchanged", 1)]
    assert gone == [2]


def test_a_day_is_complete_when_facilities_with_four_fifths_of_the_records_have_reached_it():
    reports = [("big", MONDAY, 79), ("small", MONDAY - timedelta(days=3), 1), ("late", date(2025, 1, 1), 20)]
    assert last_complete_day(reports) == MONDAY - timedelta(days=3)
    assert last_complete_day([*reports, ("late", MONDAY, 1)]) == MONDAY
    assert last_complete_day([]) is None


def test_a_facility_that_closed_long_ago_holds_nothing_up():
    reports = [("open", MONDAY, 10), ("closed", MONDAY - timedelta(weeks=30), 1_000)]
    assert last_complete_day(reports) == MONDAY
    assert last_complete_day(reports, weeks=40) == MONDAY - timedelta(weeks=30)


def weekly(name, weeks, days=5):
    """A report on some days of each week, from Monday on."""
    return [(name, MONDAY + timedelta(weeks=n, days=day)) for n in weeks for day in range(days)]


def test_an_empty_week_of_a_facility_that_reports_every_day_is_silence_from_report_to_report():
    reports = weekly("A", [0, 1, 3, 4])
    end = MONDAY + timedelta(weeks=5, days=-1)
    gap = (MONDAY + timedelta(weeks=1, days=5), MONDAY + timedelta(weeks=3, days=-1))
    assert silences(reports, {"A": (None, None)}, MONDAY, end) == [("A", *gap)]


def test_an_empty_week_of_a_small_facility_is_none_but_many_in_a_row_are():
    end = MONDAY + timedelta(weeks=20, days=-1)
    small = weekly("A", [n for n in range(20) if n != 5], days=1)
    assert silences(small, {"A": (None, None)}, MONDAY, end) == []
    reports = weekly("A", [n for n in range(20) if n not in range(5, 12)], days=1)
    ((_, first, last),) = silences(reports, {"A": (None, None)}, MONDAY, end)
    assert (first, last) == (
        MONDAY + timedelta(weeks=4, days=1),
        MONDAY + timedelta(weeks=12, days=-1),
    )


def test_a_facility_that_stops_is_silent_to_the_end_of_the_period_or_of_its_duty():
    reports = weekly("A", [0, 1, 2])
    end = MONDAY + timedelta(weeks=6, days=3)
    ((_, first, last),) = silences(reports, {"A": (None, None)}, MONDAY, end)
    assert (first, last) == (MONDAY + timedelta(weeks=2, days=5), end)
    closed = MONDAY + timedelta(weeks=3, days=-1)
    assert silences(reports, {"A": (None, closed)}, MONDAY, end) == []


def test_weeks_before_a_facility_was_due_are_no_silence():
    reports = weekly("A", [2, 3])
    end = MONDAY + timedelta(weeks=4, days=-1)
    assert silences(reports, {"A": (None, None)}, MONDAY, end) == []
    assert silences(reports, {"A": (MONDAY, None)}, MONDAY, end) == [
        ("A", MONDAY, MONDAY + timedelta(weeks=2, days=-1))
    ]
    assert silences([], {"A": (None, None)}, MONDAY, end) == []
    assert silences(reports, {"A": (None, None)}, MONDAY, MONDAY) == []
