"""Days written as two small numbers: the file's own evidence decides, else somebody has to say."""

from __future__ import annotations

from datetime import date
from unittest import mock

import pytest

from tests.support.files import read_csv, record, write_csv, write_xlsx
from tests.support.stored import records_of

OUTCOMES = ("accepted", "amended", "withdrawn", "duplicate", "rejected")


@pytest.fixture
def bring(sqlite_cli, tmp_path):
    """Import rows; returns the outcome."""

    def brought(*rows, name="list.csv", options=()):
        path = write_csv(tmp_path / name, *rows)
        return sqlite_cli("import", path, *options, "--format", "json")

    return brought


def visits(cli) -> list[str]:
    """Days of the visits that are stored."""
    return sorted(str(row["date_visit"]) for row in records_of(cli.url))


def listed(*days):
    """One record for each day."""
    return [record(record_id=number, date_visit=day) for number, day in enumerate(days)]


@pytest.mark.parametrize(
    ("evidence", "read"),
    [("25/03/2025", "2025-04-03"), ("3/25/2025", "2025-03-04"), ("25.3.2568", "2025-04-03")],
)
def test_one_number_above_twelve_in_any_column_decides_for_the_file(evidence, read, bring, sqlite_cli):
    rows = listed("03/04/2025", "2025-01-01")
    rows[1]["date_onset"] = evidence
    done = bring(*rows)
    assert done.code == 0, done.stderr
    assert read in visits(sqlite_cli)
    order = "month-first" if read == "2025-03-04" else "day-first"
    assert done.one["mapping"]["date_order"] == order


def test_the_evidence_may_stand_in_the_last_row_of_a_long_file(bring, sqlite_cli):
    days = ["03/04/2025"] * 20_500 + ["31/01/2025"]
    done = bring(*listed(*days))
    assert done.one["accepted"] == len(days)
    assert set(visits(sqlite_cli)) == {"2025-04-03", "2025-01-31"}


@pytest.mark.parametrize("dry", [(), ("--dry-run",)], ids=["import", "dry run"])
def test_without_evidence_nothing_is_stored_and_the_question_is_asked_once(dry, bring, sqlite_cli):
    rows = listed("2025-01-01", "03/04/2025", "05/06/2025")
    rows[2]["date_onset"] = "1/2/2025"
    done = bring(*rows, options=dry)
    assert done.code == 3
    assert done.json() == []
    assert done.stderr.count("can be read in two ways") == 1
    for part in ("'date_visit'", "'date_onset'", "'03/04/2025' in row 3", "2025-04-03 day first",
                 "2025-03-04 month first", "--dates day-first", "date_order"):  # fmt: skip
        assert part in done.stderr
    assert visits(sqlite_cli) == []


@pytest.mark.parametrize(("answer", "read"), [("day-first", "2025-04-03"), ("month-first", "2025-03-04")])
def test_the_answer_is_taken_and_kept_with_the_receipt(answer, read, bring, sqlite_cli):
    done = bring(*listed("03/04/2025"), options=("--dates", answer))
    assert done.one["mapping"]["date_order"] == answer
    assert visits(sqlite_cli) == [read]


def test_an_answer_holds_for_numbers_and_changes_no_other_form_of_a_day(bring, sqlite_cli):
    days = ("25/03/2025", "03/25/2025", "2025-04-03", "26 March 2025")
    done = bring(*listed(*days), options=("--dates", "month-first"))
    assert (done.one["accepted"], done.one["rejected"]) == (3, 1)
    assert visits(sqlite_cli) == ["2025-03-25", "2025-03-26", "2025-04-03"]


def test_a_file_that_writes_both_ways_gets_its_doubtful_rows_back(bring, sqlite_cli):
    rows = listed("25/03/2025", "03/25/2025", "03/04/2025", "04/04/2025", "2025-01-01")
    rows[4]["date_onset"] = "01/02/2025"
    done = bring(*rows)
    assert {name: done.one[name] for name in OUTCOMES if done.one[name]} == {"accepted": 3, "rejected": 2}
    assert done.one["mapping"]["date_order"] == "contradictory"
    first, second = read_csv(done.one["returned_file"])
    assert "date_visit: '03/04/2025' can be two days" in first["chhlang_reason"]
    assert "('25/03/2025', '03/25/2025')" in first["chhlang_reason"]
    assert "date_onset: '01/02/2025' can be two days" in second["chhlang_reason"]


def test_a_file_that_asks_no_question_is_read_once(bring):
    from dashboard.services.imports import pipeline as imports

    with mock.patch.object(imports, "read_table", wraps=imports.read_table) as read:
        bring(*listed("2025-03-04", "25/03/2025", "4 March 2025", "45720", "03/03/2025"))
        assert read.call_count == 1
        bring(*listed("03/04/2025", "25/03/2025"), name="other.csv")
        assert read.call_count == 3


def test_days_of_a_sheet_are_no_question(sqlite_cli, tmp_path):
    header = ["facility_id", "disease", "date_visit", "date_onset"]
    lines = [["HC1", "tb", date(2025, 4, 3), 45720], ["HC1", "tb", 45720.5, "4 មីនា ២៥៦៨"]]
    done = sqlite_cli("import", write_xlsx(tmp_path / "list.xlsx", header, lines), "--format", "json")
    assert done.one["accepted"] == 2
    assert visits(sqlite_cli) == ["2025-03-04", "2025-04-03"]


def test_births_are_read_in_the_files_order_and_never_stored(bring, sqlite_cli):
    done = bring(
        record(record_id=1, birth_date="05/03/1991", date_visit="25/03/2025"),
        record(record_id=2, birth_date="ឧសភា ៣ ១៩៩១"),
        record(record_id=3, birth_year="2534"),
        record(record_id=4, age_months="30"),
        record(record_id=5, age_years="7", birth_year="1950", age_months="1"),
        record(record_id=6, birth_date="2030-01-01"),
        record(record_id=7),
    )
    assert done.one["accepted"] == 7, done.stderr
    rows = sorted(records_of(sqlite_cli.url), key=lambda row: row["record_id"])
    assert [row["age_years"] for row in rows] == [34, 33, 34, 2, 7, None, None]
    assert "1991" not in str(rows)
    said = sqlite_cli("import", done.one["file"], "--dry-run").stdout
    assert "birth_date '2030-01-01' cannot be read: unknown in row " in said


def test_the_question_can_be_put_by_a_page_too(sqlite_cli, tmp_path):
    from dashboard.permissions import Grant
    from dashboard.services import store
    from dashboard.services.imports import pipeline as imports
    from dashboard.settings import Settings
    from surveillance.errors import AmbiguousDatesError

    settings = Settings.read(sqlite_cli.environment())
    database = store.open_store(settings)
    path = write_csv(tmp_path / "list.csv", *listed("03/04/2025"))
    with pytest.raises(AmbiguousDatesError) as asked:
        imports.import_file(database, Grant.custodian(), settings, path)
    database.dispose()
    assert asked.value.columns == ("date_visit",)
    assert asked.value.example == ("03/04/2025", 2, date(2025, 4, 3), date(2025, 3, 4))
