"""1-3-7, foci and the radical cure: by a slow oracle, at their edges, and where nothing is written."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.epiweek import TIME_ZONE
from surveillance.malaria import foci, radical_cure
from surveillance.malaria.foci import VillageCases
from surveillance.malaria.one_three_seven import WITHIN, Case, most_urgent, tasks

DAY = date(2026, 6, 10)
DAYS = st.dates(date(2019, 1, 1), date(2026, 12, 31))
NOON = datetime(2026, 6, 11, 12, tzinfo=TIME_ZONE)
EARLIEST, LATEST = (datetime(year, 1, 1) for year in (2019, 2027))  # noqa: DTZ001 - drawn without a zone


def states(case, now):
    return {task.step: task.state for task in tasks(case, now)}


@pytest.mark.parametrize(("step", "days"), [(step, days) for step, days in WITHIN.items()], ids=list(WITHIN))
def test_a_step_is_in_time_until_its_last_day_is_over(step, days):
    last = DAY + timedelta(days=days)
    ended = datetime(last.year, last.month, last.day, 23, 59, tzinfo=TIME_ZONE)
    assert states(Case(DAY), ended)[step] == "due"
    assert states(Case(DAY), ended + timedelta(minutes=1))[step] == "overdue"
    name = {"notify": "notified", "investigate": "investigated", "respond": "responded"}[step]
    much_later = datetime(2026, 12, 1, tzinfo=TIME_ZONE)
    assert states(Case(DAY, **{name: last}), much_later)[step] == "done"
    assert states(Case(DAY, **{name: last + timedelta(days=1)}), much_later)[step] == "late"
    assert states(Case(DAY, said={step: True}), much_later)[step] == "done"  # without a day
    assert states(Case(DAY, said={step: False}), much_later)[step] == "overdue"


@given(diagnosed=DAYS, done=st.none() | DAYS, moment=st.datetimes(EARLIEST, LATEST))
def test_states_and_hours_are_those_of_counting(diagnosed, done, moment):
    now = moment.replace(tzinfo=TIME_ZONE)
    for task in tasks(Case(diagnosed, done, done, done, "indigenous"), now):
        end = datetime(diagnosed.year, diagnosed.month, diagnosed.day, tzinfo=TIME_ZONE)
        for _ in range(WITHIN[task.step] + 1):
            end += timedelta(days=1)
        if done is None:
            hours, at = 0, now
            while at + timedelta(hours=1) <= end and hours < 400:
                hours, at = hours + 1, at + timedelta(hours=1)
            assert task.open
            assert task.state == ("due" if now < end else "overdue")
            if now < end and hours < 400:
                assert task.hours_left == hours
            if now >= end:
                assert task.hours_left <= 0
        elif done < diagnosed or done > now.date():
            assert task.state == "unknown"  # neither in time nor late: one of the days is wrong
        else:
            assert task.state == ("done" if (done - diagnosed).days <= WITHIN[task.step] else "late")


@pytest.mark.parametrize("origin", ["imported", "relapsing", "induced"])
def test_no_response_is_asked_for_where_the_infection_was_brought_along(origin):
    found = states(Case(DAY, origin=origin), NOON)
    assert found == {"notify": "due", "investigate": "due", "respond": "not_needed"}
    assert states(Case(DAY, origin="unknown"), NOON)["respond"] == "due"  # it may be local


def test_the_most_urgent_is_the_open_step_whose_time_is_over_first():
    assert most_urgent(tasks(Case(DAY, investigated=DAY), NOON)).step == "notify"
    assert most_urgent(tasks(Case(DAY, DAY, DAY, DAY), NOON)) is None


@given(last=DAYS, days=st.integers(0, 1_500))
def test_a_focus_is_what_counting_months_says(last, days):
    today = last + timedelta(days=days)
    months, at = 0, last
    while at < today:  # the same day of each following month; the last one where a month is shorter
        months += 1
        year, month = divmod(last.year * 12 + last.month - 1 + months, 12)
        at = date(year, month + 1, min(last.day, monthrange(year, month + 1)[1]))
    expected = "active" if months <= 12 else "residual" if months <= 36 else "cleared"
    assert foci.status_of(last, today) == expected


def test_a_case_in_the_future_has_no_status():
    with pytest.raises(ValueError, match="future"):
        foci.status_of(DAY, DAY - timedelta(days=1))


def test_the_register_holds_villages_with_a_local_case_and_tells_the_others_apart():
    counted = [
        VillageCases("01020301", "indigenous", 2, DAY),
        VillageCases("01020301", "unknown", 1, DAY + timedelta(days=3)),
        VillageCases("01020301", "imported", 4, DAY),
        VillageCases("01020302", "introduced", 1, date(2024, 1, 1)),
        VillageCases("01020303", "imported", 9, DAY),
        VillageCases("01020304", "unknown", 1, DAY),
    ]
    found = foci.register(counted, date(2026, 6, 30))
    assert [(one.village, one.status, one.local, one.brought, one.unclassified) for one in found] == [
        ("01020301", "active", 2, 4, 1),
        ("01020302", "residual", 1, 0, 0),
    ]
    assert found[0].last_unclassified == DAY + timedelta(days=3)
    assert [row.village for row in foci.unclassified(counted)] == ["01020304"]
    assert foci.register([], DAY) == []


def cure(**said):
    known = {"species": "pv", "g6pd": "normal", "primaquine": None, "began": None, "completed": None}
    return radical_cure.cure(**(known | said), today=DAY)


@pytest.mark.parametrize("species", ["pf", "pm", None])
def test_other_species_have_no_radical_cure(species):
    assert cure(species=species) is None


@pytest.mark.parametrize(
    ("g6pd", "state"),
    [("normal", "waiting"), ("deficient", "not_eligible"), ("not_tested", "testing"), (None, "testing")],
)
@pytest.mark.parametrize("primaquine", [None, "no", "single_dose"])
def test_before_a_course_it_stands_where_g6pd_says(g6pd, state, primaquine):
    assert cure(g6pd=g6pd, primaquine=primaquine).state == state


@pytest.mark.parametrize(("primaquine", "days"), radical_cure.COURSE_DAYS.items())
def test_a_course_is_under_way_until_its_last_day(primaquine, days):
    began = DAY - timedelta(days=days - 1)
    last = cure(primaquine=primaquine, began=began)
    assert (last.state, last.day, last.of, last.last_day) == ("on_course", days, days, DAY)
    over = cure(primaquine=primaquine, began=began - timedelta(days=1))
    assert (over.state, over.day) == ("ended", None)
    assert cure(primaquine=primaquine, began=began, completed=True).state == "completed"
    assert cure(primaquine=primaquine, began=began, completed=False).state == "stopped"
    assert cure(primaquine=primaquine).day is None  # nobody wrote when it began


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        ("2026-06-02T22:59", 1), ("2026-06-02T23:01", 0), ("2026-06-03T00:59", 0),
        ("2026-06-04T22:59", -46), ("2026-06-04T23:59", -47), ("2026-06-05T00:00", -48),
    ],
)  # fmt: skip
def test_hours_are_whole_ones_before_and_after_the_last_day(now, hours):
    """A step 47 hours and 59 minutes overdue is not two days overdue yet."""
    assert tasks(Case(date(2026, 6, 1)), datetime.fromisoformat(now))[0].hours_left == hours
