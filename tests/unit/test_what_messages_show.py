"""Messages that show what is wrong, and days and births that are written in less usual ways."""

from __future__ import annotations

import json

import pytest

from db.intake.values.codes import visible
from db.intake.values.notices import masked
from tests.support.stored import records_of

HEADER = "record_id,facility_id,disease,date_visit"


@pytest.fixture
def bring(sqlite_cli, tmp_path):
    def brought(text: str, *options):
        path = tmp_path / "file.csv"
        path.write_text(text, encoding="utf-8")
        return sqlite_cli("import", path, *options), records_of(sqlite_cli.url)

    return brought


@pytest.mark.parametrize("day", ["2443-01-01", "01/01/2443", "៣១/១២/២៤៤២", "2444-01-01"])
def test_a_placeholder_of_the_buddhist_era_is_no_day(bring, day):
    done, held = bring(f"{HEADER},date_onset,birth_date\n1,HC1,malaria,2025-03-04,{day},{day}\n")
    assert (len(held), held[0]["date_onset"], held[0]["age_years"]) == (1, None, None)
    assert done.stdout.count("stands for a day that is not known") == 2


def test_a_visit_on_a_placeholder_of_the_buddhist_era_says_so(bring):
    done, held = bring(f"{HEADER}\n1,HC1,malaria,2443-01-01\n")
    assert held == []
    assert "'2443-01-01' stands for a day that is not known" in done.stdout


@pytest.mark.parametrize(
    ("born", "age"),
    [
        ("2530", 38),
        ("1987", 38),
        ("២៥៣០", 38),
        ("2530-05", 37),
        ("2530-11", 37),
        ("1987-01", 38),
        ("1987-05-01", 37),
        ("99", None),
    ],
)
def test_a_year_or_month_of_birth_gives_an_age(bring, born, age):
    _, held = bring(f"{HEADER},birth_date\n1,HC1,malaria,2025-03-04,{born}\n")
    assert held[0]["age_years"] == age


def test_the_sex_is_read_with_a_stop(bring):
    rows = [f"{n},HC1,malaria,2025-03-04,{sex}" for n, sex in enumerate(("ช.", "ญ.", "ช", "F."))]
    _, held = bring("\n".join([f"{HEADER},sex", *rows]) + "\n")
    assert [row["sex"] for row in held] == ["male", "female", "male", "female"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1900-01-01 00:00:00", "1900-01-01 00:00:00"),
        ("31/12/1899 00:00", "31/12/1899 00:00"),
        ("9999-12-31T00:00:00", "9999-12-31T00:00:00"),
        ("012-34-5678 9", "#"),
        ("tel 012 345 678", "tel #"),
        ("012345678 1900-01-01 00:00:00", "# 1900-01-01 00:00:00"),
        ("1900-01-01", "1900-01-01"),
    ],
)
def test_a_day_with_its_time_is_nobodys_number(text, shown):
    assert masked(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [("m\u0430laria", "m⟨U+0430⟩laria"), ("малярия", "малярия"), ("µg", "µg"), ("té", "té")],
)
def test_a_letter_of_another_alphabet_that_looks_latin_is_named(text, shown):
    assert visible(text) == shown


def test_a_disease_with_a_letter_of_another_alphabet_shows_it(bring):
    done, held = bring(f"{HEADER}\n1,HC1,m\u0430laria,2025-03-04\n")
    assert held == []
    assert "m⟨U+0430⟩laria" in done.stdout


def test_a_day_that_the_cambodian_year_lacks_says_why(bring, sqlite_cli, tmp_path):
    done, held = bring(f"{HEADER}\n1,HC1,malaria,2568-05-15\n", "--era", "cambodian")
    assert held == []
    assert "is no day of the Cambodian year" in done.stdout
    cases, places = tmp_path / "cases.csv", tmp_path / "places.csv"
    cases.write_text("location,count,date\na,1,2568-05-15\n", encoding="utf-8")
    places.write_text("location,latitude,longitude\na,12,103\nb,12.1,103.1\n", encoding="utf-8")
    scanned = sqlite_cli("clusters", "--cases", cases, "--locations", places, "--era", "cambodian")
    assert scanned.code == 2
    assert "date is no day of the Cambodian year" in scanned.stderr
    assert "('2568-05-15' in row 2)" in scanned.stderr


def test_a_scan_from_a_day_of_the_buddhist_era_is_refused(sqlite_cli, tmp_path):
    done = sqlite_cli("clusters", "--cases", "a.csv", "--locations", "b.csv", "--from", "2568-03-01")
    assert done.code == 2
    assert "'2568-03-01' has a year of the Buddhist era" in done.stderr


LABELS = "លេខកូដ,ឈ្មោះ,ខេត្ត,រយៈទទឹង,រយៈបណ្តោយ"


@pytest.mark.parametrize("second", [LABELS, "Health facility,Khmer name,Province,Lat,Long", "លេខកូដ,,ខេត្ត,,"])
def test_labels_below_the_header_are_no_facility(sqlite_cli, tmp_path, second):
    path = tmp_path / "list.csv"
    text = f"facility_id,name_km,province,latitude,longitude\n{second}\nHX1,One,ប៉ៃលិន,12.85,102.61\n"
    path.write_text(text, encoding="utf-8")
    done = sqlite_cli("facilities", "import", path, "--format", "json")
    assert (done.one["rows"], done.one["added"], done.one["rejected"]) == (1, 1, 0)
    assert "row 2: is a second header; left out" in done.stderr


def test_labels_further_down_are_no_facility_either(sqlite_cli, tmp_path):
    path = tmp_path / "list.csv"
    rows = f"facility_id,name_km,province,latitude,longitude\nHX1,One,ប៉ៃលិន,12.85,102.61\n{LABELS}\n"
    path.write_text(rows, encoding="utf-8")
    done = sqlite_cli("facilities", "import", path, "--format", "json")
    assert (done.one["added"], done.one["rejected"]) == (1, 1)
    assert "name columns; this row is left" in done.stderr


def test_a_position_that_is_no_number_is_shown(sqlite_cli, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("facility_id,province,latitude,longitude\nHX1,Pailin,north,102.61\n", encoding="utf-8")
    done = sqlite_cli("facilities", "import", path)
    assert "'north' and '102.61' are not two numbers" in done.stderr


def test_a_facility_whose_name_is_a_word_for_columns_stays(sqlite_cli, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("facility_id,province\nHX1,Pailin\nBorder crossing,Pailin\n", encoding="utf-8")
    done = sqlite_cli("facilities", "import", path, "--format", "json")
    assert json.loads(done.stdout)[0]["added"] == 2
