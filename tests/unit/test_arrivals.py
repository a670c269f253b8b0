"""When a record became known: with the first of its versions that counted, by file and by week of report."""

from __future__ import annotations

from datetime import date

import pytest

from db.core.scope import Scope
from db.cubes import arrivals
from db.cubes.query import CubeQuery
from db.maintenance.opening import open_database
from surveillance.errors import NotPermittedError
from tests.support.files import record, write_csv

SUNDAY = date(2026, 6, 21)


@pytest.fixture
def database(cli, database_url, tmp_path, prepared):
    """One person is seen, found positive by a second file, and corrected by a third; another is only seen."""

    def fill():
        assert cli("facilities", "import", write_csv(tmp_path / "f.csv", LISTED)).code == 0
        seen = {
            "disease": "dengue",
            "date_visit": "2026-06-09",
            "date_report": "2026-06-10",
            "eligible": "yes",
        }
        first = record(record_id="1") | seen
        other = record(record_id="2") | seen | {"date_visit": "2026-06-16", "date_report": ""}
        positive = first | {"tested": "yes", "positive": "yes"}
        for name, rows in (
            ("a", (first, other)),
            ("b", (positive, other | {"date_report": "2026-06-25"})),
            ("c", (positive | {"sex": "female"},)),
        ):
            done = cli("import", write_csv(tmp_path / f"{name}.csv", *rows))
            assert done.code == 0, done.stderr

    prepared(fill)
    opened = open_database(database_url)
    yield opened
    opened.dispose()


LISTED = {"facility_id": "HC1", "province": "KH01"}


def read(database, scope=None, disease="dengue", **more):
    query = CubeQuery(disease, "care", "yield")
    with database.reading() as connection:
        found = arrivals.read(
            connection, scope or Scope.everything(), query, "visit", last_sunday=SUNDAY, weeks=4, **more
        )
    return sorted((row.weeks_back, row.place, row.key, row.records) for row in found)


@pytest.mark.in_turn()  # PostgreSQL: weeks of report are counted back
@pytest.mark.sql
def test_a_case_became_known_with_the_file_that_called_it_one(database):
    with database.reading() as connection:
        first, second, third = sorted(arrivals.received(connection))
    assert third > second > first
    assert read(database, cases=False) == [(0, "", first, 1), (1, "", first, 1)]
    assert read(database, cases=True) == [(1, "", second, 1)]
    assert read(database, cases=True, by_place=True) == [(1, "KH01", second, 1)]


@pytest.mark.sql
def test_weeks_of_report_are_counted_back_and_later_days_are_the_last_week(database):
    held = read(database, cases=False, as_of=date(2026, 6, 24))
    assert held == [(0, "", 0, 1), (1, "", 2, 1)]


def test_a_scope_and_a_place_keep_theirs_and_hiv_has_none(database):
    assert read(database, Scope.of("KH02"), cases=False) == []
    assert read(database, cases=False, place="KH02") == []
    with pytest.raises(NotPermittedError):
        read(database, disease="hiv", cases=True)
