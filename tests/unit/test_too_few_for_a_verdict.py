"""What stands beside a cluster is judged from ten people or more, never from 0 over 0."""

from __future__ import annotations

import pytest

from dashboard.components.clusters.words import moved as said
from dashboard.services.clusters.export import _moved as written
from dashboard.services.clusters.models import BaselineShift as Shown
from surveillance.clusters.context import MEASURES, BaselineShift, Count, baseline_shifts


def count(records, cases=0, tested=None, positive=None, arrivals=0, arrivals_cases=0, facilities=10):
    """A count; those tested are all, and the positive of them the cases, unless given."""
    tested = records if tested is None else tested
    positive = cases if positive is None else positive
    return Count(records, cases, tested, positive, arrivals, arrivals_cases, facilities)


def context(inside_before, inside_during, outside_before, outside_during):
    """The four sides and spans."""
    return {
        ("inside", "before"): inside_before,
        ("inside", "during"): inside_during,
        ("outside", "before"): outside_before,
        ("outside", "during"): outside_during,
    }


def test_an_outbreak_of_which_all_who_were_tested_are_cases_is_not_talked_down():
    """0 to 35 cases of measles, no negative result inside; elsewhere testing doubles."""
    outbreak = context(count(0), count(35, cases=35), count(20), count(45, cases=3))
    assert baseline_shifts(outbreak) == []


@pytest.mark.parametrize("before", [0, 12, 200])
def test_where_all_inside_are_cases_nothing_is_said_of_people_whatever_there_was_before(before):
    steady = count(1_000)
    during = count(35, cases=35, arrivals=35, arrivals_cases=35)
    assert baseline_shifts(context(count(before, arrivals=before), during, steady, steady)) == []


@pytest.mark.parametrize("measure", ["records", "tested", "arrivals"])
def test_nothing_is_said_of_fewer_than_ten_people_inside(measure):
    """3 to 4 people inside, while their number triples outside: a factor of 0.44 from seven people."""

    def people(number):
        parts = {"records": 0, "tested": 0, "arrivals": 0} | {measure: number}
        return Count(parts["records"], 0, parts["tested"], 0, parts["arrivals"], 0, 10)

    assert baseline_shifts(context(people(3), people(4), people(100), people(300))) == []
    assert baseline_shifts(context(people(0), people(0), people(100), people(300))) == []
    (found,) = baseline_shifts(context(people(10), people(10), people(100), people(300)))
    assert (found.measure, found.inside, found.outside) == (measure, 1.0, 3.0)


def test_nothing_is_said_where_there_was_nothing_on_either_side_before():
    assert baseline_shifts(context(count(0), count(60), count(0), count(600))) == []


def test_no_facility_over_no_facility_is_no_factor():
    def with_facilities(number):
        return count(100, facilities=number)

    silent = context(with_facilities(0), with_facilities(0), with_facilities(20), with_facilities(8))
    assert baseline_shifts(silent) == []
    one = context(with_facilities(1), with_facilities(1), with_facilities(20), with_facilities(8))
    (found,) = baseline_shifts(one)
    assert (found.measure, found.inside, found.factor) == ("facilities_reporting", 1.0, pytest.approx(2.5))


def test_too_few_outside_are_named_and_no_factor_of_theirs_is():
    few = context(count(40), count(160), count(0), count(3))
    found = baseline_shifts(few)
    assert found == [BaselineShift(name, 4.0, None, 4.0, outside_few=True) for name in ("records", "tested")]
    shown = Shown("records", 4.0, None, 4.0, outside_few=True)
    assert "inside 4.0 times as many as before, outside too few to say" in said(shown, str)
    assert written(shown) == "records inside times 4.00, outside too few to say"
    assert Shown(measure="records", inside=4.0, outside=None, factor=None).outside_few is False


def test_a_part_of_the_cases_is_judged_from_ten_cases_or_more():
    def every(records, tested, arrivals=0):
        return Count(records, 0, tested, 0, arrivals, 0, 10)

    steady = every(1_000, 500)
    assert baseline_shifts(context(every(2, 0), every(100, 60), steady, steady), every_record=True) == []
    assert baseline_shifts(context(every(0, 0), every(35, 35), steady, steady), every_record=True) == []
    found = baseline_shifts(context(every(50, 10), every(100, 60), steady, steady), every_record=True)
    assert [item.measure for item in found] == ["cases_tested"]


def test_enough_people_still_move():
    drive = context(
        count(100, tested=40), count(160, cases=20, tested=140, positive=20), count(900), count(900)
    )
    assert [item.measure for item in baseline_shifts(drive)] == ["tested"]
    assert set(MEASURES) == {"records", "tested", "arrivals", "facilities_reporting"}
