"""Whatever files come, in whatever order, cohorts are the sum of the current records."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from db.cohorts import update as cohorts
from db.tables.cohorts import HELD
from surveillance.coverage.cohorts import PARTS
from surveillance.epiweek import day_number, time_cell_last_day, time_cell_number
from surveillance.strata import stratum
from tests.property.test_cubes_equal_records import AGAIN, DAYS, FACILITY_LISTS, machine, one_of, rows
from tests.support import cohorts_by_hand as by_hand
from tests.support.brute_force import Model, groups_of
from tests.support.examples import examples

pytestmark = pytest.mark.sql

OUTCOMES = ("cured", "completed", "recovered", "died", "lost_to_follow_up", "transferred", "second_line")


@st.composite
def courses(draw: st.DrawFn) -> dict[str, str]:
    """A record that often says how its treatment ended."""
    row = draw(rows())
    if draw(st.booleans()):
        row |= {"eligible": "", "tested": "", "positive": "yes", "treated": "yes"}
    return row | {
        "outcome": draw(one_of(*OUTCOMES)),
        "date_outcome": draw(st.sampled_from(("", "", "2025-03-01", "2025-03-30", "2025-03-31"))),
        "detail": draw(st.sampled_from(("", '{"primaquine":"weekly"}'))),
        "date_visit": draw(DAYS),
    }


LINE_LISTS = st.tuples(
    st.just("import"),
    st.sampled_from(("default", "default", "other")),
    st.lists(courses(), min_size=1, max_size=8),
)
STEPS = st.lists(st.one_of(LINE_LISTS, LINE_LISTS, FACILITY_LISTS, AGAIN), min_size=2, max_size=6)


def expected(model: Model) -> dict[tuple, Counter]:
    """The cohorts that the model's records make, by hand."""
    found: dict[tuple, Counter] = {}
    for row in model.records():
        part = by_hand.part(row)
        if part is None:
            continue
        sensitive, start = by_hand.sensitive(row), by_hand.start(row)
        whole = sensitive or part == "unknown"
        due = (time_cell_last_day(start) if whole else start) + timedelta(days=by_hand.follow_up(row))
        key = row["facility_id"].casefold()
        kinds = ("care", "home", "infection") if sensitive else ("facility", "home", "infection", "crossing")
        for kind in kinds:
            place = "" if kind == "facility" else model.place(row, kind)
            knows = key if kind in ("facility", "crossing") or not whole else ""
            cell = (row["disease"], kind, time_cell_number(start), place, knows, day_number(due))
            cell += (stratum(row["disease"], groups_of(row)),)
            found.setdefault(cell, Counter())[part] += 1
    return found


def held(database) -> tuple[dict[tuple, dict[str, int]], list[tuple]]:
    """Both tables as they are kept."""
    with database.reading() as connection:
        cohort, days = (connection.execute(sa.select(table)).all() for table in HELD)
    keys = len(HELD.cohort.primary_key.columns)
    sums = {
        tuple(row[:keys]): {name: n for name, n in zip(PARTS, row[keys:], strict=True) if n} for row in cohort
    }
    return sums, sorted(map(tuple, days))


@settings(
    max_examples=examples(4),
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking a failure would take minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_after_any_files_in_any_order_every_cohort_is_the_sum_of_the_current_records(
    new_database, tmp_path, steps
):
    with machine(new_database, tmp_path) as both:
        for step in steps:
            both.take(*step)
            assert held(both.database)[0] == {key: dict(sums) for key, sums in expected(both.model).items()}
        before = held(both.database)
        with both.database.writing() as connection:
            cohorts.rebuild(connection)
        assert held(both.database) == before
