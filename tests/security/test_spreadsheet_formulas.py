"""A facility list names a facility `=cmd|...`: no file that Chhlang writes lets a spreadsheet run it."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest

import dashboard
from dashboard.spreadsheet import text_cell
from tests.support.files import record, write_csv
from tests.support.web import served, signed_in
from tests.torture import formulas

FORMULAS = ("=1+1", "+1+1", "-2+3", "@SUM(1)", "=HYPERLINK(1)", "＝1+1", "＋1", "－1", "＠x", " =1+1")
ROWS = [
    {"facility_id": f"{formula[:3]} {number}", "name_en": formula, "name_km": formula, "province": "KH01"}
    for number, formula in enumerate(FORMULAS)
]


def beginnings(text: str) -> set[str]:
    """First characters of every cell that is not a number."""
    cells = [cell.lstrip() for row in csv.reader(io.StringIO(text)) for cell in row]
    return {cell[0] for cell in cells if cell and not re.fullmatch(r"-?[\d.]+(e-?\d+)?", cell)}


@pytest.fixture
def listed(sqlite_cli, tmp_path):
    """A database with those facilities, and a record of each."""
    assert sqlite_cli("facilities", "import", write_csv(tmp_path / "f.csv", *ROWS)).code == 0
    seen = [record(facility_id=row["facility_id"], eligible="yes", tested="yes") for row in ROWS]
    assert sqlite_cli("import", write_csv(tmp_path / "a.csv", *seen)).code == 0
    return sqlite_cli


def test_the_command_lines_csv_has_no_cell_that_begins_like_a_formula(listed):
    done = listed("coverage", "--disease", "tb", "--by", "facility", "--format", "csv")
    assert done.stdout.count("'") == 2 * len(FORMULAS)  # code and name
    assert not beginnings(done.stdout) & set("=+-@\t＝＋－＠")


def test_json_keeps_names_as_they_are(listed):
    rows = listed("coverage", "--disease", "tb", "--by", "facility", "--format", "json").json()
    assert {row["name"] for row in rows} >= {formula.strip() for formula in FORMULAS}


def test_the_downloaded_table_has_no_cell_that_begins_like_a_formula(listed):
    with served(listed.url) as server:
        answer = signed_in(server, "official").get("/export/coverage.csv?disease=tb&by=facility")
    text = answer.data.decode("utf-8-sig")
    assert text.count("'") == 2 * len(FORMULAS)
    assert not beginnings(text) & set("=+-@\t＝＋－＠")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["denominator"] for row in rows if row["code"] != "unknown"} == {"1"}


@pytest.mark.parametrize("number", [-0.25, -3, 0, 1.5, None, True])
def test_numbers_are_never_changed(number):
    assert text_cell(number) is number


@pytest.mark.parametrize("text", ["\t1", "\r1", "\n1", "\u00a0=1", *FORMULAS])
def test_whatever_begins_like_a_formula_stands_behind_an_apostrophe(text):
    assert text_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["\u200b=1", "\ufeff=1", "\u3000＝1", "\x00@x", "﹦1"])
def test_whatever_is_not_seen_before_it_hides_no_formula(text):
    assert text_cell(text) == f"'{text}"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a;=1+1;b", "a;'=1+1;b"),
        ("a\t @x", "a\t' @x"),
        ("\t=1", "'\t'=1"),
        ("a\n=1", "a\n'=1"),
        ('a;"=1', "a;'\"=1"),
        ("a; b", "a; b"),
    ],
)
def test_no_formula_begins_where_a_semicolon_is_taken_for_the_comma(text, written):
    assert text_cell(text) == written


def test_texts_at_random_run_in_no_file():
    """A hundred thousand of them: `python -m tests.torture formulas`."""
    assert formulas.run(1, 400) == {"texts": 400, "wrong": 0}


@pytest.mark.parametrize("text", ["", "Poipet", "TH-01", "a=b", "ប៉ោយប៉ែត", "'=1"])
def test_other_texts_stay_as_they_are(text):
    assert text_cell(text) == text


def test_only_the_shared_writer_and_the_senders_own_rows_write_csv_themselves():
    """A new export that writes CSV by itself would forget the apostrophe."""
    folder = Path(dashboard.__file__).parent
    using = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.py")
        if re.search(r"csv\.(Dict)?[Ww]riter|to_csv", path.read_text(encoding="utf-8"))
    }
    shared = {"spreadsheet.py", "services/imports/returned_rows.py", "services/upkeep/demo.py"}
    # What is pulled of another system becomes a file that is imported, and that nobody opens.
    assert using == {*shared, "services/systems/pulling.py"}
