"""What a release is made from, counted by hand over the records: every table, place, period and group."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import numpy as np
import pytest

from dashboard.services.releases import build, sums
from dashboard.services.releases.blocks import blocks
from dashboard.services.releases.build import Span
from dashboard.services.releases.sums import ROWS, Sums
from db.core.engine import write_transaction
from db.maintenance.opening import open_database
from db.tables.records import cube_total
from surveillance.coverage.indicators import MEASURES, contribution
from surveillance.disclosure.lattice import COUNTRY, Column, issued_value, issued_values
from surveillance.diseases import DISEASES
from surveillance.errors import UsageError, UserError
from surveillance.vocabulary import AXES, UNKNOWN
from tests.support import cohorts_by_hand, release_data
from tests.support.brute_force import Model, answers_of, groups_of

pytestmark = pytest.mark.sql
WHOLE = Span(release_data.FIRST, release_data.LAST, 0)
LATER = release_data.TODAY


@pytest.fixture(scope="module")
def model():
    found = Model()
    found.list_facilities(release_data.FACILITIES)
    found.import_file("default", "", release_data.rows())
    return found


@pytest.fixture
def filled(prepared, cli, tmp_path, database_url):
    prepared(lambda: release_data.fill(cli, tmp_path), "release data")
    database = open_database(database_url)
    yield database
    database.dispose()


def read(database, days=WHOLE, held=None, today=LATER):
    with database.snapshot() as connection:
        return {one.disease: one for one in build.read(connection, today, days, held or {})}


def numbers_of(row):
    """What one record adds to the numbers of its cell."""
    added = Counter(records=1)
    for code in ("testing", "positivity", "treatment"):
        part = contribution(MEASURES[code], answers_of(row))
        added[f"numerator {code}"] += part.numerator
        added[f"complement {code}"] += part.denominator - part.numerator
        added[f"unknown {code}"] += part.unknown
    return added


def inside(day, column):
    return column.first_day <= day <= column.last_day


def by_hand(model, disease, table, chain):
    """Numbers of every node of a table, from the records alone."""
    found = Counter()
    cohort = cohorts_by_hand.of(model, disease, LATER)
    for row in model.records():
        if row["disease"] != disease:
            continue
        if chain == "cohort":
            day, added = cohorts_by_hand.start(row), of_cohort(row, cohort)
        else:
            day, added = date.fromisoformat(row["date_visit"]), numbers_of(row)
        dimension, _, axis = table.name.partition(":")
        value = issued_value(axis, groups_of(row)[axis]) if axis else ""
        place = model.place(row, dimension) if dimension != "group" else value
        for name in table.columns.names:
            if isinstance(name, Column):
                counts = inside(day, name)
            else:
                counts = day.year == table.year and name in ("", value)
            if counts:
                for one in (COUNTRY, place):
                    for number, count in added.items():
                        found[one, name, number] += count
    return found


def of_cohort(row, cohort):
    kind = cohorts_by_hand.part(row)
    begun = cohorts_by_hand.start(row)
    if kind in (None, "unknown", "moved") or not cohort.due(row, cell_end(begun)):
        return Counter()
    done = kind in ("cured", "completed")
    return Counter({"numerator completion": int(done), "complement completion": int(not done)})


def cell_end(day):
    from surveillance.epiweek import time_cell_last_day

    return time_cell_last_day(day)


def test_every_number_of_every_table_is_what_a_count_by_hand_gives(filled, model):
    seen = Counter()
    for disease, made in read(filled).items():
        for block in blocks(made):
            for table in block.tables:
                object.__setattr__(table, "year", block.year)
                expected = by_hand(model, disease, table, block.chain.code)
                codes = [number.code for number in block.chain.numbers]
                for r, row in enumerate(table.rows.names):
                    for c, column in enumerate(table.columns.names):
                        got = dict(zip(codes, table.totals[r, c].tolist(), strict=True))
                        want = {code: expected[row, column, code] for code in codes}
                        assert got == want, (disease, block.year, table.name, row, column)
                seen[disease, table.name] += int(table.totals.sum())
    for disease, names in {
        "malaria": ("care", "crossing", "home", *(f"group:{axis}" for axis in AXES)),
        "tb": ("care", "crossing", "home", *(f"group:{axis}" for axis in AXES)),
        "hiv": ("care", "home"),
    }.items():
        assert all(seen[disease, name] for name in names), seen
    assert not {name for disease, name in seen if disease == "hiv"} - {"care", "home"}


def test_periods_are_over_inside_the_data_and_past_their_lag(filled):
    with filled.snapshot() as connection:
        assert build.span(connection, LATER, None, None, 30).since <= release_data.FIRST + timedelta(days=7)
        assert build.span(connection, date(2025, 3, 2), None, None, 0).until == date(2025, 3, 1)
        with pytest.raises(UsageError, match="not over yet"):
            build.span(connection, date(2025, 3, 2), None, date(2025, 3, 2), 0)
        with pytest.raises(UsageError, match="after the last day"):
            build.span(connection, LATER, date(2026, 5, 1), None, 0)
        with pytest.raises(UsageError, match="from 0 on"):
            build.span(connection, LATER, None, None, -1)
    held = read(filled, Span(date(2024, 2, 15), date(2025, 7, 30), 30))
    months = [unit.first_day for unit in held["malaria"].units]
    assert (months[0], months[-1]) == (date(2024, 3, 1), date(2025, 6, 1))
    assert [unit.first_day for unit in held["tb"].units][-1] == date(2025, 4, 1)
    assert [unit.first_day.year for unit in held["hiv"].units] == []
    assert [start.first_day for start in held["malaria"].starts][-1] == date(2025, 1, 1)
    assert held["tb"].starts == ()


@pytest.mark.in_turn()  # PostgreSQL: every number of every table
def test_what_was_issued_keeps_its_sums_whatever_came_since(filled, cli, tmp_path):
    first = read(filled, Span(release_data.FIRST, date(2025, 4, 30), 0))
    kept = {disease: sums.unpack(disease, sums.pack(one)) for disease, one in first.items()}
    late = [
        {
            "disease": "malaria",
            "facility_id": "HC1",
            "date_visit": day,
            "sex": "female",
            "movement": "deported",
        }
        for day in ("2025-02-03", "2025-05-05")
    ]
    filled.dispose()
    from tests.support.files import write_csv

    assert cli("import", write_csv(tmp_path / "late.csv", *late)).code == 0
    new = read(filled, WHOLE, kept)
    whole = {disease: sums.joined(kept[disease], one) for disease, one in new.items()}
    again = read(filled)
    malaria, now = whole["malaria"], again["malaria"]
    assert malaria.units == now.units
    before = [number for number, unit in enumerate(malaria.units) if unit.first_day < date(2025, 5, 1)]
    after = [number for number, unit in enumerate(malaria.units) if unit.first_day >= date(2025, 5, 1)]
    records = 0
    of = lambda one: one.places["care"][:, :, records].sum(axis=0)  # noqa: E731 - short
    assert of(malaria)[before].sum() + 1 == of(now)[before].sum()
    assert of(malaria)[after].tolist() == of(now)[after].tolist()
    # Every table of the joined sums still agrees with every other: a quarter is the sum of what was issued.
    for block in blocks(malaria):
        assert block.table("care") is not None


def test_cubes_that_contradict_each_other_are_not_issued(filled):
    cube = cube_total["home"]
    with write_transaction(filled.records) as connection:
        connection.execute(
            cube.update()
            .where(cube.c.disease == "tb", cube.c.place == "KH01")
            .values(records=cube.c.records + 1)
        )
    with pytest.raises(UserError, match="tb: the sums by home differ from those by care"):
        read(filled)


def test_stored_sums_come_back_as_they_were(filled):
    for disease, one in read(filled).items():
        again = sums.unpack(disease, sums.pack(one))
        assert (again.units, again.starts) == (one.units, one.starts)
        for name in one.places:
            assert np.array_equal(again.places[name], one.places[name])
        for axis in one.groups:
            assert np.array_equal(again.groups[axis], one.groups[axis])
        assert np.array_equal(again.cohort, one.cohort)
    assert set(Sums.empty("hiv").places) == {"care", "home"}


def test_no_table_tells_who_was_deported_or_of_the_security_forces():
    told = {value for axis in AXES for value in issued_values(axis)}
    assert not told & {"deported", "returning", "security_forces", "other"} - {"other"}
    assert issued_values("activity").count("security_forces,other") == 1
    assert "other" not in issued_values("activity")
    assert {UNKNOWN} <= set(ROWS["care"]) & set(ROWS["home"]) & set(ROWS["crossing"])
    assert all(Sums.empty(code).groups == {} for code, one in DISEASES.items() if one.sensitive)
