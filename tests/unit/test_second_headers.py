"""A second row of headers is no data, at whatever door the file comes in: it is left out, and named."""

from __future__ import annotations

import json

import pytest

from tests.support.files import write_xlsx
from tests.support.stored import records_of

NAMES = ["facility_id", "name_en", "province", "latitude", "longitude"]
TAGS = ["#loc+code", "#loc+name", "#adm1+name", "#geo+lat", "#geo+lon"]
LIST = [NAMES, TAGS, ["HX1", "One", "Pailin", "12.85", "102.61"]]
LINE_LIST = [["facility_id", "disease", "date_visit", "sex"], ["HC1", "tb", "2025-03-04", "F"]]


def _csv(path, lines):
    path.write_text("".join(",".join(cells) + "\n" for cells in lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_tags_below_the_header_are_no_facility(sqlite_cli, tmp_path, form):
    path = tmp_path / f"list.{form}"
    _csv(path, LIST) if form == "csv" else write_xlsx(path, LIST[0], LIST[1:])
    done = sqlite_cli("facilities", "import", path, "--format", "json")
    assert done.code == 0, done.stderr
    assert (done.one["rows"], done.one["added"], done.one["rejected"]) == (1, 1, 0)
    assert "row 2: is a second header; left out" in done.stderr


@pytest.mark.parametrize(
    "second",
    [
        ["Facility code", "Name en", "Province", "Latitude", "Longitude"],
        ["(code)", "(text)", "(name)", "(degrees)", "(degrees)"],
        ["text", "text", "list", "decimal", "decimal"],
        ["#loc+code", "", "#adm1 +name", "", ""],
    ],
)
def test_labels_and_kinds_below_the_header_are_no_facility(sqlite_cli, tmp_path, second):
    done = sqlite_cli("facilities", "import", _csv(tmp_path / "list.csv", [NAMES, second, LIST[2]]))
    assert "1 added" in done.stdout
    assert "second header" in done.stderr


def test_a_facility_that_is_called_like_a_column_is_kept(sqlite_cli, tmp_path):
    done = sqlite_cli(
        "facilities", "import", _csv(tmp_path / "list.csv", [NAMES, ["HX1", "Name", "Pailin", "", ""]])
    )
    assert "1 added" in done.stdout


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
def test_tags_in_a_line_list_are_left_out_and_named(sqlite_cli, tmp_path, form):
    tags = ["#loc+code", "#cause", "#date+visit", "#sex"]
    header, row = LINE_LIST
    path = tmp_path / f"list.{form}"
    if form == "csv":
        _csv(path, [header, tags, row])
    elif form == "xlsx":
        write_xlsx(path, header, [tags, row])
    else:
        path.write_text(json.dumps([dict(zip(header, cells, strict=True)) for cells in (tags, row)]), "utf-8")
    done = sqlite_cli("import", path)
    assert done.code == 0, done.stderr
    assert len(records_of(sqlite_cli.url)) == 1
    assert f"row {1 if form == 'json' else 2} is a second header and was left out" in done.stdout


def test_tags_in_the_files_of_a_scan_are_refused_with_their_row(sqlite_cli, tmp_path):
    cases = _csv(tmp_path / "cases.csv", [["location", "count"], ["a", "3"]])
    places = _csv(
        tmp_path / "places.csv",
        [["location", "latitude", "longitude"], ["#loc", "#geo+lat", "#geo+lon"], ["a", "12", "103"]],
    )
    done = sqlite_cli("clusters", "--cases", cases, "--locations", places, "--model", "poisson")
    assert done.code == 3
    assert "places.csv, row 2: is a second header; take it out of the file" in done.stderr
