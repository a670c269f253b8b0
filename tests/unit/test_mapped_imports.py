"""`import --mapping`: foreign files as messy as real ones, every row accounted for, and back corrected."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.support.command_line import OUTCOMES
from tests.support.files import read_csv, write_csv
from tests.support.foreign import FILES
from tests.support.stored import batches_of, records_of


@pytest.fixture
def bring(sqlite_cli):
    """Imports one file with a mapping; gives its receipt."""
    return sqlite_cli.mapped


def counts(receipt) -> dict[str, int]:
    """What became of rows, without the zeros."""
    return {outcome: receipt[outcome] for outcome in OUTCOMES if receipt[outcome]}


@pytest.mark.parametrize("name", FILES)
def test_a_foreign_file_becomes_records(name, bring, sqlite_cli, tmp_path):
    file = FILES[name]
    receipt = bring(file.write(tmp_path), file.mapping)
    assert receipt["mapping"]["name"] == file.mapping
    stored = {row["record_id"]: row for row in records_of(sqlite_cli.url)}
    assert set(stored) == set(file.means)
    for record_id, meant in file.means.items():
        found = {field: str(stored[record_id][field]) for field in meant}
        assert found == {field: str(value) for field, value in meant.items()}, record_id
    assert receipt["rejected"] == len(file.returned)


@pytest.mark.parametrize("name", FILES)
def test_returned_rows_are_the_senders_own_and_come_in_once_corrected(name, bring, sqlite_cli, tmp_path):
    file = FILES[name]
    receipt = bring(file.write(tmp_path), file.mapping)
    with Path(receipt["returned_file"]).open(encoding="utf-8-sig", newline="") as handle:
        header, *lines = csv.reader(handle)
    assert header[2:] == list(file.header)
    assert [line[2:] for line in lines] == [list(line) for line in file.returned]
    for line, reason in zip(lines, file.wrong, strict=True):
        assert reason in line[1]
    corrected = tmp_path / "corrected.csv"
    with corrected.open("w", encoding="utf-8-sig", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(header)
        writer.writerows(
            [file.corrections.get(cell, cell) if i > 1 else cell for i, cell in enumerate(line)]
            for line in lines
        )
    again = bring(corrected, file.mapping)
    assert counts(again) == {"accepted": len(file.returned)}
    assert len(records_of(sqlite_cli.url)) == len(file.means) + len(file.returned)


def test_names_and_telephone_numbers_reach_neither_database_nor_screen(sqlite_cli, tmp_path):
    file = FILES["malaria system"]
    path = file.write(tmp_path)
    done = sqlite_cli("import", path, "--mapping", file.mapping)
    assert done.code == 0
    stored = str(records_of(sqlite_cli.url)) + done.stdout + done.stderr
    for secret in ("សុខ ដារ៉ា", "012345678"):
        assert secret not in stored


def test_the_batch_keeps_what_read_it(bring, sqlite_cli, tmp_path):
    receipt = bring(
        write_csv(tmp_path / "a.csv", {"facility_id": "1", "disease": "tb", "date_visit": "3/3/2025"}),
        "schema",
    )
    assert receipt["mapping"]["name"] == "schema"
    assert receipt["mapping"]["version"] == "1"
    (held,) = batches_of(sqlite_cli.url)
    assert held["mapping"] == "schema"
    assert held["mapping_version"] == f"1 ({receipt['mapping']['fingerprint']})"
    assert held["date_order"] is None


OWN = """
name = "our-register"
version = "2026-01"
kind = "line-list"
date_order = "day-first"
[columns]
facility_id = ["HC", "Centre"]
date_visit = "Seen on"
sex = "S"
person_id = "Card"
[constants]
disease = "tb"
person_id_issuer = "the card office"
[values.sex]
1 = "male"
2 = "female"
[rules]
record_id = { join = ["Year", "No"], with = "/" }
tested = { filled = ["Smear", "Xpert"], blank = ["-"], otherwise = "no" }
positive = { columns = ["Smear", "Xpert"], yes = ["+", "++", "MTB"], no = ["neg", "no MTB"], blank = ["-"] }
treated = { column = "Rx", yes = ["x", "✓"], no = ["o"] }
detail.xpert = { column = "Xpert", values = { MTB = "positive", "no MTB" = "negative" }, blank = ["-"] }
"""


def test_a_mapping_of_ones_own_joins_counts_and_translates(bring, sqlite_cli, tmp_path):
    mapping = tmp_path / "ours.toml"
    mapping.write_text(OWN, encoding="utf-8")
    rows = [
        {
            "Year": "2025",
            "No": "1",
            "Centre": "7",
            "Seen on": "3/4/2025",
            "S": "1",
            "Card": "A1",
            "Smear": "++",
            "Xpert": "-",
            "Rx": "x",
        },
        {
            "Year": "2025",
            "No": "2",
            "Centre": "7",
            "Seen on": "3/4/68",
            "S": "2",
            "Smear": "neg",
            "Xpert": "MTB",
            "Rx": "✓",
        },
        {
            "Year": "2025",
            "No": "3",
            "Centre": "7",
            "Seen on": "3/4/2568",
            "S": "3",
            "Smear": "-",
            "Xpert": "",
            "Rx": "",
        },
        {
            "Year": "2025",
            "No": "",
            "Centre": "7",
            "Seen on": "5/4/2025",
            "S": "F",
            "Smear": "neg",
            "Xpert": "no MTB",
            "Rx": "o",
        },
    ]
    receipt = bring(write_csv(tmp_path / "register.csv", *rows), mapping)
    assert counts(receipt) == {"accepted": 4}
    stored = records_of(sqlite_cli.url)
    assert [row["record_id"] for row in stored] == [None, "2025/1", "2025/2", "2025/3"]
    assert [row["sex"] for row in stored] == ["female", "male", "female", "unknown"]
    assert {str(row["date_visit"]) for row in stored} == {"2025-04-03", "2025-04-05"}
    assert stored[0]["detail"] == '{"xpert":"negative"}'
    assert receipt["mapping"]["date_order"] == "day-first"


def test_what_a_mapping_does_not_read_is_listed(sqlite_cli, tmp_path):
    mapping = tmp_path / "ours.toml"
    mapping.write_text(OWN, encoding="utf-8")
    path = write_csv(tmp_path / "r.csv", {"HC": "7", "Seen on": "2025-04-03", "S": "?", "Colour": "red"})
    said = sqlite_cli("import", path, "--mapping", mapping).stdout
    assert "column 'Colour' is not of the schema" in said
    assert "sex '?' cannot be read" in said
    assert "mapping our-register, version 2026-01" in said


def test_a_file_without_the_columns_says_where_they_were_looked_for(sqlite_cli, tmp_path):
    path = write_csv(tmp_path / "r.csv", {"Date": "2025-04-03", "ID": "1"})
    done = sqlite_cli("import", path, "--mapping", "malaria-mis")
    assert done.code == 3
    assert "date_visit (looked for datecase)" in done.stderr
    plain = sqlite_cli("import", path)
    assert "mapping suggest" in plain.stderr


def test_two_questions_of_the_same_name_are_not_chosen_between(sqlite_cli, tmp_path):
    row = {"a/date_visit": "2025-04-03", "b/date_visit": "2025-04-03", "facility_id": "1", "disease": "tb"}
    done = sqlite_cli("import", write_csv(tmp_path / "r.csv", row), "--mapping", "kobo")
    assert done.code == 3
    assert "each of 'a/date_visit', 'b/date_visit' could be date_visit" in done.stderr


def test_an_unknown_mapping_lists_those_there_are(sqlite_cli, tmp_path):
    done = sqlite_cli("import", write_csv(tmp_path / "r.csv", {"a": "1"}), "--mapping", "excel")
    assert done.code == 2
    for name in ("schema", "malaria-mis", "dhis2-events", "dhis2-values", "kobo", "odk"):
        assert name in done.stderr


def test_a_row_with_a_cell_too_many_is_counted_in_the_senders_columns(bring, tmp_path):
    path = tmp_path / "r.csv"
    path.write_text("ID,DateCase,Sex\n1,2025-03-04,M,12\n1,2025-03-04,M,,\n", encoding="utf-8")
    receipt = bring(path, "malaria-mis")
    assert counts(receipt) == {"accepted": 1, "rejected": 1}
    (row,) = read_csv(receipt["returned_file"])
    assert "4 cells and the header 3" in row["chhlang_reason"]


def test_the_page_of_data_names_the_mapping_and_the_order_of_days(sqlite_cli, tmp_path):
    from tests.support.web import served, signed_in

    path = FILES["malaria system"].write(tmp_path)
    sqlite_cli("import", path, "--mapping", "malaria-mis")
    with served(sqlite_cli.url) as server:
        page = signed_in(server, "official").get("/data").get_data(as_text=True)
    assert "malaria-mis 2 (" in page
    assert "day first" in page
