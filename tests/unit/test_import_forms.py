"""`import` of files in many forms: the receipt counts rows of data, and names what was left out."""

from __future__ import annotations

import json

import pytest

from tests.unit.test_readers_workbook import WRITERS

HEAD = ["Facility_ID", "disease", "date_visit", "sex", "tested"]
LINES = [
    ["Line list of the health centre", "", "", "", ""],
    ["", "", "", "", ""],
    HEAD,
    ["HC1", "tb", "2025-03-04", "ស្រី", "yes"],
    ["HC1", "tb", "2025-03-05", "M", "no"],
    HEAD,
    ["HC1", "malaria", "2025-03-06", "F", ""],
    ["HC1", "plague", "2025-03-06", "F", ""],
    ["សរុប", "", "", "", 2],
]


@pytest.mark.parametrize("ending", WRITERS)
def test_a_messy_workbook_is_imported_and_nothing_is_silent(ending, sqlite_cli, tmp_path):
    path = WRITERS[ending](tmp_path / f"list.{ending}", {"cover": [["a"]], "list": LINES})
    done = sqlite_cli("import", path)
    assert done.code == 0, done.stderr
    assert f"{path}: 4 rows" in done.stdout
    for said in (
        "1 row above the header is no data and was left out (row 1)",
        "row 6 repeats the header and was left out",
        "row 9 is a sum of others and was left out",
        "row 8: disease: 'plague' cannot be read",
    ):
        assert said in done.stdout


def test_the_same_records_in_every_form_are_the_same(sqlite_cli, tmp_path):
    lines = [HEAD, *LINES[3:5]]
    objects = [dict(zip(HEAD, line, strict=True)) for line in lines[1:]]
    text = "".join(";".join(line) + "\n" for line in lines)
    (tmp_path / "a.csv").write_text(text, encoding="utf-16")
    (tmp_path / "b.json").write_text(json.dumps(objects), encoding="utf-8")
    (tmp_path / "c.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": [{"properties": one} for one in objects]}),
        encoding="utf-8",
    )
    paths = [tmp_path / name for name in ("a.csv", "b.json", "c.geojson")]
    paths += [write(tmp_path / f"list.{ending}", {"a": lines}) for ending, write in WRITERS.items()]
    done = sqlite_cli("import", *paths, "--format", "json")
    assert done.code == 0, done.stderr
    outcomes = [(receipt["accepted"], receipt["duplicate"]) for receipt in done.json()]
    assert outcomes == [(2, 0), *[(0, 2)] * 5]


def test_an_old_encoding_and_other_sheets_are_said(sqlite_cli, tmp_path):
    path = tmp_path / "old.csv"
    path.write_bytes(
        "facility_id,disease,date_visit,place_infection\nHC1,tb,2025-03-04,Café\n".encode("cp1252")
    )
    assert "the text is read as Windows-1252" in sqlite_cli("import", path).stdout
    book = WRITERS["xlsx"](
        tmp_path / "list.xlsx", {"May": [HEAD, LINES[3]], "June": [HEAD, LINES[4], LINES[6]]}
    )
    done = sqlite_cli("import", book)
    assert "sheet 'June' was not read" in done.stdout
    assert f"{book}: 2 rows" in sqlite_cli("import", book, "--sheet", "june").stdout


def test_a_row_of_a_facility_list_that_is_left_out_is_said(sqlite_cli, tmp_path):
    path = tmp_path / "facilities.csv"
    path.write_text("Facilities,\nfacility_id,province,name_en\nHC1,KH01,\nTotal,,1\n", encoding="utf-8")
    done = sqlite_cli("facilities", "import", path)
    assert "row 4: is a sum of other rows; left out" in done.stdout + done.stderr
    assert "row 1: stands above the header; left out" in done.stdout + done.stderr


def test_settings_bound_what_is_read(sqlite_cli, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("facility_id,disease,date_visit\n" + "HC1,tb,2025-03-04\n" * 3, encoding="utf-8")
    done = sqlite_cli("import", path, env={"CHHLANG_MAX_ROWS": "2"})
    assert (done.code, done.stdout) == (3, "")
    assert "more than 2 rows" in done.stderr
