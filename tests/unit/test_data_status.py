"""What pages say of the data as a whole: up to when they go, and what in them was not understood."""

from __future__ import annotations

from datetime import date

import pytest

from dashboard.components.controls import open_periods
from dashboard.permissions import Grant
from dashboard.services.imports import data_status as service
from db.maintenance.opening import open_database
from tests.support.files import record, write_csv

GRANT = Grant.custodian()


@pytest.fixture
def held(cli, database_url, tmp_path):
    """Imports files of rows, one after the other, and gives the database."""
    opened = []

    def imported(*files):
        for number, rows in enumerate(files):
            path = write_csv(tmp_path / f"{number}.csv", *rows)
            done = cli("import", path, "--same-numbers", "amend")
            assert done.code == 0, done.stderr
        opened.append(open_database(database_url))
        return opened[-1]

    yield imported
    for database in opened:
        database.dispose()


def span(database):
    """First and last visit."""
    status = service.data_status(database)
    return status.first_visit, status.last_visit


def listed(database):
    """What was not understood: (kind, field, text) -> rows."""
    rows = service.not_understood(database, GRANT)
    return {(row["kind"], row["field"], row["text"]): row["rows"] for row in rows}


# --- up to when --------------------------------------------------------------------------------


def test_without_records_there_is_no_first_and_no_last_day(database):
    assert span(database) == (None, None)


def test_the_data_go_from_the_first_visit_to_the_last(held):
    database = held([record(date_visit="2025-03-05"), record(date_visit="2025-03-20")])
    assert span(database) == (date(2025, 3, 5), date(2025, 3, 20))


def test_a_date_that_was_corrected_is_no_longer_the_last(held):
    wrong = [record(record_id="1", date_visit="2025-03-05"), record(record_id="2", date_visit="2026-03-20")]
    database = held(wrong, [record(record_id="2", date_visit="2025-03-20")])
    assert span(database) == (date(2025, 3, 5), date(2025, 3, 20))


def test_a_date_that_was_corrected_is_no_longer_the_first(held):
    wrong = [record(record_id="1", date_visit="1995-03-05"), record(record_id="2", date_visit="2025-03-20")]
    database = held(wrong, [record(record_id="1", date_visit="2025-03-06")])
    assert span(database) == (date(2025, 3, 6), date(2025, 3, 20))


def test_where_no_file_names_the_day_any_more_the_end_of_its_cell_is_said(held):
    wrong = [
        record(record_id="1", date_visit="1995-03-05"),
        record(record_id="2", date_visit="2025-03-05"),
        record(record_id="3", date_visit="2026-03-20"),
    ]
    right = [record(record_id="1", date_visit="2025-03-06"), record(record_id="3", date_visit="2025-03-04")]
    assert span(held(wrong, right)) == (date(2025, 3, 4), date(2025, 3, 6))
    later = [record(record_id="1", date_visit="2025-03-05"), record(record_id="3", date_visit="2025-03-05")]
    first, last = span(held(wrong, right, later))
    assert date(2025, 3, 3) <= first <= date(2025, 3, 5) <= last <= date(2025, 3, 9)


def test_a_treatment_outside_the_visits_moves_neither_end(held):
    treated = record(
        disease="tb", date_visit="2025-03-05", positive="yes", treated="yes", date_treated="2015-04-05"
    )
    assert span(held([treated])) == (date(2025, 3, 5), date(2025, 3, 5))


@pytest.mark.parametrize(
    ("last", "complete", "sunday"),
    [
        (date(2026, 6, 30), None, date(2026, 6, 28)),
        (date(2026, 6, 30), date(2026, 6, 24), date(2026, 6, 21)),
        (date(2026, 6, 28), date(2026, 6, 28), date(2026, 6, 28)),
    ],
)
def test_recent_periods_of_a_scan_are_whole_weeks_and_not_shorter_than_they_say(last, complete, sunday):
    offered = {name: value for value, name in open_periods(date(2020, 1, 1), last, complete, str)}
    for weeks in (52, 13, 4):
        (value,) = (value for name, value in offered.items() if name.startswith(f"Last {weeks} weeks, from "))
        first = date.fromisoformat(value.removesuffix(".."))
        assert first.weekday() == 0
        assert (sunday - first).days + 1 == 7 * weeks
    assert offered["All"] == "2020-01-01.."
    assert offered["2026 so far"] == "2026-01-01.."
    assert offered["2025"] == "2025-01-01..2025-12-31"


def test_a_scan_is_offered_no_weeks_that_the_data_do_not_have():
    offered = open_periods(date(2026, 6, 3), date(2026, 6, 30), None, str)
    assert [name for _, name in offered] == ["Last 4 weeks, from 2026-06-01 on", "2026 so far", "All"]
    assert open_periods(None, None, None, str) == []


# --- what was not understood -------------------------------------------------------------------


def test_unlisted_facilities_are_counted_among_the_records_as_they_are_now(held, cli, tmp_path):
    rows = [record(record_id=str(n), facility_id="HC9") for n in range(4)]
    moved = record(record_id="5", facility_id="HC1")
    again = [*rows[:3], record(record_id="3", facility_id="hc9", sex="male")]
    database = held([*rows, moved], again)
    assert listed(database)["unknown_facility", "facility_id", "HC9"] == 4
    assert cli(
        "facilities", "import", write_csv(tmp_path / "f.csv", {"facility_id": "HC9", "province": "KH01"})
    )
    found = listed(database)
    assert ("unknown_facility", "facility_id", "HC9") not in found
    assert sum(rows for (kind, _, _), rows in found.items() if kind == "unknown_facility") == 1


def test_a_facility_of_one_row_is_counted_without_its_name(held):
    database = held([record(facility_id="Sok Dara 012 345 678")])
    assert listed(database)["unknown_facility", "facility_id", ""] == 1


def test_texts_of_rejected_rows_are_not_listed(held):
    strange = {"province_home": "Nowhere", "sex": "q", "date_onset": "yesterday"}
    fine = record(record_id="1") | strange
    rejected = [record(record_id=str(n), date_visit="") | strange for n in range(2, 6)]
    found = listed(held([fine, *rejected]))
    assert {rows for (kind, _, _), rows in found.items() if kind != "unknown_facility"} == {1}
    assert {field for kind, field, _ in found if kind == "unread_value"} == {"sex", "date_onset"}


def test_rows_that_were_held_before_are_not_listed_again(held):
    rows = [record(record_id=str(n), province_home="Nowhere", sex="q") for n in range(4)]
    new = record(record_id="9", province_home="Nowhere", sex="q")
    found = listed(held(rows, rows, [*rows, new]))
    assert found["unmatched_place", "province_home", "Nowhere"] == 5
    assert found["unread_value", "sex", ""] == 5


# --- rows that no correction can find ----------------------------------------------------------


def test_the_receipt_says_how_many_new_rows_have_no_record_id(cli, tmp_path):
    rows = [record(record_id="1"), record(record_id=" "), record(record_id="", sex="male")]
    path = write_csv(tmp_path / "a.csv", *rows)
    note = "note: 2 rows have no record_id: a correction of them will be counted as a new record"
    assert note in cli("import", "--dry-run", path).stdout
    assert note in cli("import", path).stdout
    assert "record_id" not in cli("import", path).stdout  # the same rows again are nothing new


def test_a_file_whose_rows_all_have_a_record_id_has_no_such_note(cli, tmp_path):
    done = cli("import", write_csv(tmp_path / "a.csv", record(record_id="1")))
    assert "record_id" not in done.stdout


def test_the_page_counts_the_rows_without_a_record_id(held):
    assert listed(held([record(), record(sex="male")]))["no_record_id", "record_id", ""] == 2
