"""Numbers, counters, look-alike spellings and messages: each kind at the doors through which files come."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from db.core.urls import parse_url
from db.intake.mappings.row_counters import counts_rows
from db.intake.mappings.suggest import suggest
from db.intake.values.identifiers import in_one_form, is_damaged
from db.maintenance.opening import open_database
from db.tables.records import episode, facility
from surveillance.sameness import letters, same
from surveillance.vocabulary import normalise
from tests.support.command_line import CommandLine
from tests.support.files import record, write_csv, write_xlsx

WOMAN = ("ស្ត្រី", "ស្ដ្រី", "ស្រ្តី", "ស្រ្ដី")


def stored(cli: CommandLine, *names: str) -> list[tuple]:
    database = open_database(parse_url(cli.url))
    with database.reading() as connection:
        rows = connection.execute(
            sa.select(*(episode.c[name] for name in names))
            .where(episode.c.superseded_batch.is_(None))
            .order_by(episode.c.id)
        ).all()
    database.dispose()
    return [tuple(row) for row in rows]


def bring(cli: CommandLine, *arguments) -> dict:
    done = cli("import", *arguments, "--format", "json")
    assert done.code == 0, done.stderr
    return done.one


def unread(receipt: dict) -> list[dict]:
    return [one for one in receipt["notices"] if one["kind"] != "unknown_facility"]


# --- numbers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("101.0", "101"), ("101.00", "101"), ("101,0", "101"), ("១០១.០", "101"), ("007.0", "007"),
        ("007", "007"),
        ("1.000", "1.000"), ("1e+05", "100000"), ("8.5523e+11", "855230000000"), ("1.5e+00", "1.5e+00"),
        ("8.5523E+11", None), ("8,5523E+11", None), ("៨.៥៥E+១១", None), ("1E+05", None), ("1.2E11", None),
        ("1.2345678901234567e+17", None), ("#####", None),
        ("KH.25.0", "KH.25.0"), ("3E10", "3E10"), ("A-1.0", "A-1.0"), ("", ""),
    ],
)  # fmt: skip
def test_a_number_has_one_form_or_is_damaged(text, form):
    assert in_one_form(text) == form
    assert is_damaged(text) is (form is None)


def test_shortened_numbers_identify_neither_records_nor_persons(cli: CommandLine, tmp_path):
    rows = [
        record(
            record_id="8.5523E+11", date_visit=f"2025-03-0{n}", person_id="1.23457E+14", arrival_id="1.2E+09"
        )
        for n in (4, 5, 6)
    ]
    receipt = bring(cli, write_csv(tmp_path / "sci.csv", *rows))
    assert receipt["accepted"] == 3
    noted = {(one["kind"], one["field"]): (one["rows"], one["first_row"]) for one in receipt["notices"]}
    for field in ("record_id", "person_id", "arrival_id"):
        assert noted["damaged_number", field] == (3, 2)
    assert stored(cli, "record_id", "person", "arrival_id") == [(None, None, None)] * 3
    database = open_database(parse_url(cli.url))
    with database.reading() as connection:
        kept = connection.execute(sa.text("SELECT text FROM notice WHERE kind = 'damaged_number'")).scalars()
        assert set(kept) == {""}  # a part of a person's number is not kept
    database.dispose()


def test_as_r_writes_it_a_number_is_that_number(sqlite_cli: CommandLine, tmp_path):
    bring(sqlite_cli, write_csv(tmp_path / "r.csv", record(record_id="1e+05", person_id="1e+05")))
    assert bring(sqlite_cli, write_csv(tmp_path / "s.csv", record(record_id="100000", person_id="100000")))[
        "duplicate"
    ]


def test_a_trailing_zero_is_no_part_of_any_number(cli: CommandLine, tmp_path):
    (tmp_path / "f.csv").write_text("facility_id,province\n101.0,Pailin\n", encoding="utf-8")
    assert "1 added" in cli("facilities", "import", tmp_path / "f.csv").stdout
    (tmp_path / "f.csv").write_text("facility_id,province\n101,Pailin\n", encoding="utf-8")
    assert "1 unchanged" in cli("facilities", "import", tmp_path / "f.csv").stdout
    was = record(
        record_id="7.0", facility_id="101.0", person_id="5.0", person_id_issuer="9.0", arrival_id="3.0"
    )
    now = record(record_id="7", facility_id="101", person_id="5", person_id_issuer="9", arrival_id="3")
    assert bring(cli, write_csv(tmp_path / "a.csv", was))["accepted"] == 1
    assert bring(cli, write_csv(tmp_path / "b.csv", now))["duplicate"] == 1
    covers = ("--covers", "101.0", "2025-03-01", "2025-03-31", "--complete")
    assert bring(cli, write_csv(tmp_path / "c.csv", now | {"sex": "male"}), *covers)["amended"] == 1
    taken = record(record_id="7.0", facility_id="101.0") | {"record_status": "withdrawn"}
    assert bring(cli, write_csv(tmp_path / "d.csv", taken))["withdrawn"] == 1


def test_aggregate_reports_of_one_facility_are_of_one_facility(cli: CommandLine, tmp_path):
    head = "dataElement,period,orgUnit,value\n"
    for name, unit, count in (("a", "101.0", 12), ("b", "101", 14)):
        (tmp_path / f"{name}.csv").write_text(f"{head}MAL_TESTED,202503,{unit},{count}\n", encoding="utf-8")
    assert bring(cli, tmp_path / "a.csv", "--mapping", "dhis2-values")["accepted"] == 1
    assert bring(cli, tmp_path / "b.csv", "--mapping", "dhis2-values")["amended"] == 1
    (tmp_path / "c.csv").write_text(f"{head}MAL_TESTED,202503,1.01E+12,3\n", encoding="utf-8")
    done = cli("import", tmp_path / "c.csv", "--mapping", "dhis2-values")
    assert "its digits are lost" in done.stdout


def test_a_shortened_facility_code_comes_back(sqlite_cli: CommandLine, tmp_path):
    done = sqlite_cli("import", write_csv(tmp_path / "a.csv", record(facility_id="8.55E+11")))
    assert "row 2: facility_id: '8.55E+11' cannot be read; its digits are lost" in done.stdout
    (tmp_path / "f.csv").write_text("facility_id,province\n8.55E+11,Pailin\n", encoding="utf-8")
    done = sqlite_cli("facilities", "import", tmp_path / "f.csv")
    assert "1 rejected" in done.stdout
    taken = record(record_id="8.55E+11") | {"record_status": "withdrawn"}
    done = sqlite_cli("import", write_csv(tmp_path / "b.csv", taken))
    assert "the digits of record_id are lost" in done.stdout


# --- counters ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "values"),
    [
        *((name, ["5", "8", "2"]) for name in ("No", "no.", "N°", "#", "ល.រ", "ល.រ.", "លេខរៀង", "ลำดับ")),
        ("Case ID", ["1", "2", "3"]), ("Case ID", ["1.0", "2.0", "3.0"]), ("case id", ["១", "២", "៣"]),
        ("case id", ["1", "2", "3", "1", "2"]), ("Case ID", ["0", "1", "2"]),
        ("Case number", ["1", "2", "4", "5"]), ("S/N", ["9", "8", "7"]), ("Case ID", ["4", "3", "2", "1"]),
        ("Case ID", ["11", "12", "13", "14"]), ("Case ID", ["1014", "1013", "1012"]),
        ("Case ID", ["4", "2", "1"]), ("Case ID", ["231", "232", "233"]),
    ],
)  # fmt: skip
def test_a_counter_is_no_identity(name, values):
    assert counts_rows(name, values)
    (one,) = suggest([name], [[value] for value in values])
    assert one.field != "record_id"
    assert one.counter or one.field is not None


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("Case ID", ["231", "233", "234"]), ("No", ["TB-1", "TB-2", "TB-3"]), ("Case ID", ["1", "7", "30"]),
        ("tested", ["1", "0", "1", "1", "0"]), ("Case ID", ["3", "1", "2"]),
    ],
)  # fmt: skip
def test_a_number_of_its_own_is_no_counter(name, values):
    assert not counts_rows(name, values)


def test_the_draft_says_why_a_counter_was_left_out(sqlite_cli: CommandLine, tmp_path):
    path = tmp_path / "jan.csv"
    path.write_text(
        "No,Centre,Date,Disease\n1,HC1,05/01/2025,malaria\n2,HC1,16/01/2025,malaria\n", encoding="utf-8"
    )
    done = sqlite_cli("mapping", "suggest", path, "--out", tmp_path / "ours.toml", "--format", "json")
    assert "record_id" not in {row["field"] for row in done.json()}
    text = (tmp_path / "ours.toml").read_text(encoding="utf-8")
    assert '#   "No": counts the rows of the file' in text
    assert "\nrecord_id" not in text


# --- one rule of sameness ----------------------------------------------------------------------------


@pytest.mark.parametrize("spelling", [*WOMAN, "ស្ត្រី\u200b", " ស្ត្រី\n", "ស្\u200bត្រី", "ស្ត្រ ី".replace(" ", "")])
def test_what_looks_the_same_is_the_same(spelling):
    assert letters(spelling) == letters(WOMAN[0])
    assert normalise(spelling) == normalise(WOMAN[0])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ថ្ងៃ ចាប់ផ្ដើមឈឺ", "ថ្ងៃចាប់ផ្តើមឈឺ"), ("ស៊ី", "សុី"), ("កើត", "កេីត"), ("កោះ", "កេាះ"), ("េ" "៣", "េ" "3"),
        ("Caf\u00e9", "Cafe\u0301"), ("a\u00a0b", "A b"), ("៣.៥", "3.5"), ("6\u201112", "6-12"),
    ],
)  # fmt: skip
def test_pairs_that_look_the_same(one, other):
    assert same(one) == same(other)


@pytest.mark.parametrize(
    ("one", "other"), [("ប្រុស", "ស្រី"), ("ទេ", "ទោ"), ("កូ", "កុ"), ("HC 1", "HC1"), ("ត", "ដ")]
)
def test_what_looks_different_stays_different(one, other):
    assert same(one) != same(other)


def test_values_are_read_however_they_are_typed(cli: CommandLine, tmp_path):
    rows = [record(record_id=f"S{n}", sex=word) for n, word in enumerate(WOMAN)]
    assert not unread(bring(cli, write_csv(tmp_path / "sex.csv", *rows)))
    book = write_xlsx(tmp_path / "sex.xlsx", list(rows[0]), [list(row.values()) for row in rows])
    assert bring(cli, book)["duplicate"] == 4
    (tmp_path / "sex.json").write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    assert bring(cli, tmp_path / "sex.json")["duplicate"] == 4
    assert stored(cli, "sex") == [("female",)] * 4


FORM = """_uuid,លេខមណ្ឌលសុខភាព,ថ្ងៃមកពិនិត្យ,ជំងឺ,ភេទ,ថ្ងៃចាប់ផ្{0}ើមឈឺ,បានធ្វើតេស្{0}
{1},HC1,2025-03-04,គ្រុនចាញ់,{2},2025-03-01,បាទ
"""
KHMER_MAPPING = """name = "form"
version = 1
kind = "line-list"
[columns]
record_id = "_uuid"
facility_id = "លេខមណ្ឌលសុខភាព"
disease = "ជំងឺ"
date_visit = "ថ្ងៃមកពិនិត្យ"
date_onset = "ថ្ងៃចាប់ផ្តើមឈឺ"
sex = "ភេទ"
tested = "បានធ្វើតេស្ត"
[values.sex]
"ស្ត្រីម្នាក់" = "female"
"""


def test_columns_and_values_of_a_mapping_are_found_however_they_are_typed(sqlite_cli: CommandLine, tmp_path):
    (tmp_path / "form.toml").write_text(KHMER_MAPPING, encoding="utf-8")
    for number, (letter, woman) in enumerate((("ត", "ស្ត្រីម្នាក់"), ("ដ", "ស្រ្ដីម្នាក់"))):
        path = tmp_path / f"kobo{number}.csv"
        path.write_text(FORM.format(letter, f"u{number}", woman), encoding="utf-8")
        receipt = bring(sqlite_cli, path, "--mapping", tmp_path / "form.toml")
        assert not unread(receipt)
    found = stored(sqlite_cli, "sex", "date_onset", "cascade")
    assert found[0] == found[1]
    assert found[0][0] == "female"
    assert str(found[0][1]) == "2025-03-01"


def test_facility_codes_are_one_however_they_are_typed(cli: CommandLine, tmp_path):
    (tmp_path / "f.csv").write_text("facility_id,province\nស្ត្រី-១,Pailin\n", encoding="utf-8")
    cli("facilities", "import", tmp_path / "f.csv")
    receipt = bring(cli, write_csv(tmp_path / "a.csv", record(record_id="1", facility_id="ស្រ្ដី-1")))
    assert receipt["notices"] == []
    database = open_database(parse_url(cli.url))
    with database.reading() as connection:
        (listed,) = connection.execute(sa.select(facility.c.facility_id)).scalars()
    database.dispose()
    assert listed == "ស្ត្រី-១"  # shown as it was written
    assert stored(cli, "facility", "province_care") == [("ស្ត្រី-១", "KH24")]


def test_an_unknown_place_is_one_text_however_it_is_typed(sqlite_cli: CommandLine, tmp_path):
    rows = [record(record_id=f"P{n}", place_infection=f"ព្រៃ{word}") for n, word in enumerate(WOMAN)]
    bring(sqlite_cli, write_csv(tmp_path / "p.csv", *rows))
    done = sqlite_cli("places", "resolve", f"ព្រៃ{WOMAN[3]}", "KH02", "--format", "json")
    assert done.one["records"] == 4


# --- messages ----------------------------------------------------------------------------------------


def test_a_message_shows_what_is_not_seen(sqlite_cli: CommandLine, tmp_path):
    path = write_csv(
        tmp_path / "breaks.csv",
        record(record_id="n1", disease="mal\nria"),
        record(record_id="n2", disease="malaria\n"),
        record(record_id="n3", disease="mal\naria"),
        record(record_id="n4", disease="malaria", sex="fe\tmale"),
    )
    done = sqlite_cli("import", path)
    assert "disease: 'mal␊ria' cannot be read" in done.stdout
    assert "disease: 'mal␊aria' cannot be read" in done.stdout
    assert "sex 'fe␉male' cannot be read" in done.stdout
    assert stored(sqlite_cli, "record_id") == [("n2",), ("n4",)]
    done = sqlite_cli("import", write_csv(tmp_path / "d.csv", record(date_visit="2025-\u200b03-0x")))
    assert "2025-⟨U+200B⟩03-0x" in done.stdout


# --- a scan's own files ------------------------------------------------------------------------------


def scanned(cli: CommandLine, tmp_path, cases: str, locations: str, *options):
    (tmp_path / "cases.csv").write_text(cases, encoding="utf-8")
    (tmp_path / "places.csv").write_text(locations, encoding="utf-8")
    files = ("--cases", tmp_path / "cases.csv", "--locations", tmp_path / "places.csv")
    return cli("clusters", *files, "--replicates", "99", "--format", "json", *options)


PLACES = "location,latitude,longitude,population\n101,12,103,1000\n102.0,12.1,103.1,1000\n007,13,104,5000\n"


def test_codes_of_locations_are_numbers_without_their_zeros(sqlite_cli: CommandLine, tmp_path):
    cases = "location,count\n101.0,30\n102,1\n007,2\n"
    done = scanned(sqlite_cli, tmp_path, cases, PLACES)
    assert done.code == 0, done.stderr
    assert "101.0" not in done.stdout
    plain = scanned(sqlite_cli, tmp_path, cases.replace(".0", ""), PLACES.replace("102.0", "102"))
    assert json.loads(done.stdout)["clusters"] == json.loads(plain.stdout)["clusters"]
    assert scanned(sqlite_cli, tmp_path, cases.replace("007", "7"), PLACES).code == 2  # 007 stays 007


def test_codes_that_look_the_same_are_one_location(sqlite_cli: CommandLine, tmp_path):
    places = PLACES.replace("007", "ស្ត្រី")
    done = scanned(sqlite_cli, tmp_path, "location,count\n101,30\nស្រ្ដី,2\n", places)
    assert done.code == 0, done.stderr


def test_a_shortened_code_of_a_location_is_refused_with_its_row(sqlite_cli: CommandLine, tmp_path):
    done = scanned(sqlite_cli, tmp_path, "location,count\n101,3\n8.55E+11,2\n", PLACES)
    assert done.code == 3
    assert "cases.csv, row 3: location '8.55E+11'" in done.stderr
