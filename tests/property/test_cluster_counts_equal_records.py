"""What a scan counts by place and day is what the records say, as of any import, within any scope."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest

from db.clusters import case_counts
from db.clusters.case_counts import LINE_COLUMNS, CaseQuery
from db.clusters.usual_reports import usual_reports
from db.core.scope import Scope
from db.maintenance.opening import open_database
from surveillance.clusters.completeness import complete_day, last_complete_day
from surveillance.coverage.indicators import MEASURES, contribution, resolve
from surveillance.diseases import DISEASES
from surveillance.errors import NotPermittedError
from surveillance.strata import CODE, MASK, SHIFT
from tests.support import messy
from tests.support.brute_force import DIMENSIONS, Model, answers_of, groups_of
from tests.support.files import csv_text, write_csv

pytestmark = pytest.mark.sql

DISEASE_CODES = ("tb", "malaria", "hiv", "syphilis")
PERIODS = ((None, None), (date(2023, 12, 30), date(2024, 12, 29)))
SCOPES = (Scope.everything(), Scope.of("KH01"), Scope.of())


@pytest.fixture
def imports(cli, database_url, tmp_path, prepared):
    """A database after three files, the second of which amends half of the first; models as of each batch."""
    first, model = messy.rows(150, seed=3), Model()
    model.list_facilities(messy.FACILITIES)
    files = [first, messy.rows(75, seed=4), [(row | {"record_id": ""},) * 2 for _, row in first[:20]]]
    known = {}
    for number, rows in enumerate(files, start=1):
        written = [row for row, _ in rows]
        model.import_file("default", csv_text(written), [meant for _, meant in rows])
        known[number] = Model(
            dict(model.facilities),
            dict(model.numbered),
            {key: list(held) for key, held in model.plain.items()},
        )

    def fill():
        assert cli("facilities", "import", write_csv(tmp_path / "f.csv", *messy.FACILITIES)).code == 0
        for number, rows in enumerate(files, start=1):
            path = write_csv(tmp_path / f"{number}.csv", *(row for row, _ in rows))
            assert cli("import", path, "--same-numbers", "amend").code == 0

    prepared(fill)
    database = open_database(database_url)
    yield database, known
    database.dispose()


def within(model, row, scope, period):
    """Whether a record is of the scope and the period."""
    day = date.fromisoformat(row["date_visit"])
    start, end = period
    return scope.holds(model.place(row, "care")) and (start or day) <= day <= (end or day)


def by_hand(model, disease, dimension, scope, period, axes=()):
    """Counts by location, day and axes."""
    counts = {}
    for row in model.records():
        if row["disease"] != disease or not within(model, row, scope, period):
            continue
        groups = groups_of(row)
        key = (
            model.place(row, dimension),
            date.fromisoformat(row["date_visit"]),
            *(groups[axis] for axis in axes),
        )
        answers = answers_of(row)
        found = contribution(MEASURES["yield"], answers).numerator
        positivity = contribution(MEASURES["positivity"], answers)
        arrived = int(row.get("movement") in ("returning", "deported"))
        assert found == int(resolve(answers)[2] is True)
        counts.setdefault(key, Counter()).update(
            records=1, found=found, tested=positivity.denominator, positive=positivity.numerator,
            arrivals=arrived, arrivals_found=arrived * found,
        )  # fmt: skip
    return counts


def counted(columns, axes=()):
    """The same from the database."""
    names = ("records", "found", "tested", "positive", "arrivals", "arrivals_found")
    keys = zip(*(columns[name] for name in ("location", "date", *axes)), strict=True)
    values = zip(*(columns[name] for name in names), strict=True)
    return {key: dict(zip(names, row, strict=True)) for key, row in zip(keys, values, strict=True)}


@pytest.mark.in_turn("dimension")
@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_daily_counts_are_those_of_the_records(dimension, imports):
    database, known = imports
    with database.reading() as connection:
        for batch, model in known.items():
            for disease in DISEASE_CODES:
                for scope in SCOPES:
                    for period in PERIODS:
                        query = CaseQuery(disease, dimension, batch, *period)
                        reached = scope.national or dimension in ("care", "facility", "crossing")
                        if (query.sensitive and dimension in ("crossing", "facility")) or not reached:
                            with pytest.raises(NotPermittedError):
                                case_counts.daily(connection, scope, query)
                            continue
                        held = counted(case_counts.daily(connection, scope, query))
                        right = by_hand(model, disease, dimension, scope, period)
                        if query.sensitive:
                            right = {
                                key: row | {"arrivals": None, "arrivals_found": None}
                                for key, row in right.items()
                            }
                        assert held == {key: dict(row) for key, row in right.items()}
                        days = [day for _, day in right]
                        span = (min(days), max(days)) if days else None
                        assert case_counts.span(connection, scope, query) == span


@pytest.mark.parametrize("axes", [("sex",), ("age", "residence"), ("activity", "movement")], ids=str)
def test_daily_counts_by_axis_are_those_of_the_records(axes, imports):
    database, known = imports
    everything = Scope.everything()
    with database.reading() as connection:
        for disease in DISEASE_CODES:
            query = CaseQuery(disease, "care", 3)
            if DISEASES[disease].sensitive and {"movement", "residence"} & set(axes):
                with pytest.raises(NotPermittedError):
                    case_counts.daily(connection, everything, query, axes)
                continue
            held = counted(case_counts.daily(connection, everything, query, axes), axes)
            right = by_hand(known[3], disease, "care", everything, (None, None), axes)
            assert {key: row["records"] for key, row in held.items()} == {
                key: row["records"] for key, row in right.items()
            }


@pytest.mark.parametrize("scope", SCOPES, ids=str)
def test_groups_and_lines_are_those_of_the_records(scope, imports):
    database, known = imports
    model, places = known[3], ("HC1", "POST")
    with database.reading() as connection:
        query = CaseQuery("tb", "facility", 3)
        rows = case_counts.by_stratum(connection, scope, query, places, case_counts.FOUND)
        held = Counter()
        for inside, stratum, count in rows:
            for axis, shift in SHIFT.items():
                held[inside, axis, CODE[axis][(stratum >> shift) & MASK]] += count
        right, lines = Counter(), 0
        for row in model.records():
            positive = contribution(MEASURES["yield"], answers_of(row)).numerator
            if row["disease"] == "tb" and positive and within(model, row, scope, (None, None)):
                inside = model.place(row, "facility") in places
                lines += inside
                right.update((inside, axis, value) for axis, value in groups_of(row).items())
        assert held == right
        listed = case_counts.lines(connection, scope, query, places, case_counts.FOUND, 10_000)
        assert len(listed) == lines
        assert all(tuple(row) == LINE_COLUMNS and row["facility"] in places for row in listed)
        assert len(case_counts.lines(connection, scope, query, places, None, 2)) == (2 if lines else 0)


@pytest.mark.parametrize("scope", SCOPES, ids=str)
def test_reports_are_the_days_of_the_listed_facilities_whatever_the_disease_but_hiv_and_syphilis(
    scope, imports
):
    database, known = imports
    with database.reading() as connection:
        for batch, model in known.items():
            right = Counter(
                (model.place(row, "facility"), date.fromisoformat(row["date_visit"]))
                for row in model.records()
                if within(model, row, scope, (None, None))
                and model.place(row, "facility") != "unknown"
                and not DISEASES[row["disease"]].sensitive
            )
            held = case_counts.reports(connection, scope, batch, None, None)
            assert {(name, day): records for name, day, records in held} == right


@pytest.mark.parametrize("scope", SCOPES, ids=str)
def test_the_last_complete_day_of_the_cubes_is_that_of_every_days_reports(scope, imports):
    database, known = imports
    with database.reading() as connection:
        listed = case_counts.reports(connection, scope, max(known), None, None)
        days = sorted({day for _, day, _ in listed}) or [date(2024, 6, 1)]
        for start in days[:: max(1, len(days) // 20)]:
            for weeks in (1, 3, 10, 26):
                rows = case_counts.reports(connection, scope, max(known), start, None)
                last, usual = usual_reports(connection, scope, start, weeks)
                assert last == {name: max(day for n, day, _ in rows if n == name) for name, _, _ in rows}
                since = max(last.values(), default=start) - timedelta(weeks=weeks)
                right = Counter()
                for name, day, records in rows:
                    if day > since:
                        right[name] += records
                assert usual == right
                for share in (0.1, 0.8, 1.0):
                    assert complete_day(last, usual, share) == last_complete_day(rows, share, weeks)


def test_where_people_of_a_place_were_seen_is_told_of_no_sensitive_disease(imports):
    database, known = imports
    with database.reading() as connection:
        for disease in DISEASE_CODES:
            query = CaseQuery(disease, "home", 3)
            held = set(case_counts.seen_by(connection, Scope.everything(), query))
            right = {
                (known[3].place(row, "home"), known[3].place(row, "facility"))
                for row in known[3].records()
                if row["disease"] == disease
            }
            assert held == (set() if DISEASES[disease].sensitive else right)


@pytest.mark.parametrize("disease", ["hiv", "syphilis"])
def test_there_are_no_lines_of_hiv_and_syphilis(disease, imports):
    database, _ = imports
    for dimension in DIMENSIONS:
        with database.reading() as connection, pytest.raises(NotPermittedError):
            query = CaseQuery(disease, dimension, 3)
            case_counts.lines(connection, Scope.everything(), query, ("KH01",), None, 10)
