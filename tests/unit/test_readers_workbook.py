"""Workbooks of every kind: typed cells, merged cells, hidden and several sheets."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from db.intake.files.readers import Limits
from surveillance.errors import UnreadableFileError
from tests.support.reading import read
from tests.support.workbooks import write_ods, write_xls

pytestmark = pytest.mark.process

HEAD = ["facility_id", "disease", "date_visit", "age_years", "tested", "remark"]
DAY = datetime(2025, 3, 4)  # noqa: DTZ001 - a sheet knows no time zone
LINES = [
    HEAD,
    ["HC1", "tb", DAY, 34.0, True, timedelta(hours=26, minutes=5)],
    [],
    ["000123", "ជំងឺ", DAY.replace(hour=10, minute=30), 0.5, False, 855123456789],
]
ROWS = {
    2: ["HC1", "tb", "2025-03-04", "34", "yes", "26:05:00"],
    4: ["000123", "ជំងឺ", "2025-03-04 10:30:00", "0.5", "no", "855123456789"],
}


def write(path, sheets, *, merged=(), hidden=(), from_1904=False, errors=()):
    """An XLSX with real types."""
    import xlsxwriter

    with xlsxwriter.Workbook(
        str(path), {"default_date_format": "dd/mm/yyyy", "date_1904": from_1904}
    ) as book:
        duration = book.add_format({"num_format": "[h]:mm:ss"})
        clock = book.add_format({"num_format": "hh:mm"})
        for name, lines in sheets.items():
            sheet = book.add_worksheet(name)
            if name in hidden:
                sheet.hide()
            for row, line in enumerate(lines):
                for column, cell in enumerate(line):
                    form = (
                        duration if isinstance(cell, timedelta) else clock if isinstance(cell, time) else None
                    )
                    sheet.write(row, column, cell, form)
            for first, last, left, right in merged:
                sheet.merge_range(first, left, last, right, lines[first][left])
            for row, column, text in errors:
                sheet.write_formula(row, column, "=NA()", None, text)
    return path


WRITERS = {"xlsx": write, "xls": write_xls, "ods": write_ods}


@pytest.mark.parametrize("ending", WRITERS)
def test_typed_cells_are_the_same_text_from_every_workbook(ending, tmp_path):
    found = read(WRITERS[ending](tmp_path / f"list.{ending}", {"list": LINES}))
    assert found.header == HEAD
    assert found.rows == ROWS


@pytest.mark.parametrize("writer", [write, write_xls])
def test_days_count_from_1904_where_the_workbook_says_so(writer, tmp_path):
    ending = "xls" if writer is write_xls else "xlsx"
    found = read(writer(tmp_path / f"list.{ending}", {"list": LINES}, from_1904=True))
    assert found.rows[2][2] == "2025-03-04"


@pytest.mark.parametrize("writer", [write, write_xls])
def test_times_of_day_are_text(writer, tmp_path):
    ending = "xls" if writer is write_xls else "xlsx"
    found = read(writer(tmp_path / f"list.{ending}", {"list": [HEAD, ["HC1", "", "", "", "", time(10, 30)]]}))
    assert found.rows[2][5] == "10:30:00"


GROUPED = [
    ["Line list of March", "", "", "", ""],
    ["facility_id", "disease", "date_visit", "Cascade", ""],
    ["", "", "", "eligible", "tested"],
    ["HC1", "tb", DAY, "yes", "no"],
    ["", "malaria", DAY, "yes", ""],
    ["HC2", "tb", DAY, "", ""],
]
MERGES = [(0, 0, 0, 4), (1, 1, 3, 4), (1, 2, 0, 0), (1, 2, 1, 1), (1, 2, 2, 2), (3, 4, 0, 0)]


@pytest.mark.parametrize("writer", [write, write_xls])
def test_merged_cells_of_a_header_and_of_data_stand_in_all_that_they_cover(writer, tmp_path):
    ending = "xls" if writer is write_xls else "xlsx"
    found = read(writer(tmp_path / f"list.{ending}", {"list": GROUPED}, merged=MERGES))
    assert found.header == ["facility_id", "disease", "date_visit", "eligible", "tested"]
    assert [row[:2] for row in found.rows.values()] == [["HC1", "tb"], ["HC1", "malaria"], ["HC2", "tb"]]
    assert list(found.rows) == [4, 5, 6]
    assert found.left_out == [(1, "above_header")]


def test_groups_of_an_ods_reach_to_the_next_group(tmp_path):
    lines = [[("Who", 2), ("When", 2)], ["facility_id", "a", "date_visit", "b"], ["HC1", "1", DAY, "2"]]
    found = read(write_ods(tmp_path / "list.ods", {"list": lines}))
    assert found.header == ["facility_id", "who/a", "date_visit", "when/b"]


def test_a_group_reaches_over_its_merged_cells_and_no_further(tmp_path):
    lines = [["", "Test", "", ""], ["facility_id", "a", "b", "c"], ["HC1", 1, 2, 3]]
    found = read(write(tmp_path / "list.xlsx", {"list": lines}, merged=[(0, 0, 1, 2)]))
    assert found.header == ["facility_id", "test/a", "test/b", "c"]


def test_a_table_that_begins_in_the_middle_of_a_sheet_keeps_its_row_numbers(tmp_path):
    found = read(
        write(tmp_path / "list.xlsx", {"list": [[], [], ["", "", *HEAD], [], ["", "", "HC1", "tb", DAY]]})
    )
    assert (found.header[:3], found.rows[5][2:5]) == (["", "", "facility_id"], ["HC1", "tb", "2025-03-04"])


class TestSheets:
    """Several sheets."""

    def test_the_sheet_that_knows_most_is_read_and_those_like_it_are_named(self, tmp_path):
        sheets = {
            "cover": [["Report"]],
            "March": LINES,
            "April": LINES,
            "codes": [["disease", "x"], ["tb", 1]],
        }
        found = read(write(tmp_path / "list.xlsx", sheets))
        assert found.rows == ROWS
        assert found.table.other_sheets == ["April"]

    @pytest.mark.parametrize("ending", WRITERS)
    def test_a_sheet_is_chosen_by_name(self, ending, tmp_path):
        path = WRITERS[ending](tmp_path / f"list.{ending}", {"March": LINES, "ឧសភា": [["a"], ["1"]]})
        found = read(path, sheet=" ឧសភា")
        assert (found.header, found.rows) == (["a"], {2: ["1"]})
        with pytest.raises(UnreadableFileError, match="there is no sheet 'May'; there are 'March', 'ឧសភា'"):
            read(path, sheet="May")

    @pytest.mark.parametrize("writer", [write, write_xls])
    def test_a_hidden_sheet_is_read_only_where_no_other_knows_a_name(self, writer, tmp_path):
        path = tmp_path / ("list.xls" if writer is write_xls else "list.xlsx")
        sheets = {"shown": [["disease"], ["tb"]], "hidden": LINES}
        assert read(writer(path, sheets, hidden=["hidden"])).header == ["disease"]
        sheets["shown"] = [["x"], ["1"]]
        assert read(writer(path, sheets, hidden=["hidden"])).header == HEAD


def test_a_wrong_ending_is_forgiven_where_the_file_says_what_it_is(tmp_path):
    for name in ("list.csv", "list.xls", "list.ods"):
        assert read(write(tmp_path / name, {"list": LINES})).rows == ROWS


def test_an_empty_workbook_is_said_to_be_empty(tmp_path):
    with pytest.raises(UnreadableFileError, match="the workbook is empty"):
        read(write(tmp_path / "list.xlsx", {"one": [], "two": []}))


def test_too_many_rows_or_columns_are_refused(tmp_path):
    path = write(tmp_path / "list.xlsx", {"list": [["facility_id", "x", "y"], *([["HC1"]] * 9)]})
    with pytest.raises(UnreadableFileError, match="more than 8 rows"):
        read(path, limits=Limits(rows=8))
    with pytest.raises(UnreadableFileError, match="has 3 columns, and 2 is the most"):
        read(path, limits=Limits(columns=2))
    assert len(read(path, limits=Limits(rows=9, columns=3)).rows) == 9


@pytest.mark.parametrize("name", ["list", "May & “June”"])
def test_a_cell_that_shows_an_error_is_that_error_and_not_blank(name, tmp_path):
    lines = [HEAD, *[["HC1", "tb", DAY, n, "", "x"] for n in range(3_000)]]
    errors = [(1, 4, "#N/A"), (2_999, 1, "#DIV/0!"), (3_000, 7, "#REF!")]
    path = write(tmp_path / "list.xlsx", {"first": [["x"]], name: lines}, errors=[])
    assert read(path).rows[2][4] == ""
    path = write(tmp_path / "list.xlsx", {name: lines}, errors=errors)
    found = read(path)
    assert (found.rows[2][4], found.rows[3_000][1], found.rows[3_001][7]) == ("#N/A", "#DIV/0!", "#REF!")
    assert found.rows[3_000][2:4] == ["2025-03-04", "2998"]


def test_an_error_of_an_ods_is_its_text(tmp_path):
    found = read(write_ods(tmp_path / "list.ods", {"a": [HEAD, ["HC1", "#N/A"]]}))
    assert found.rows[2][:2] == ["HC1", "#N/A"]


def test_days_without_a_time_and_days_as_days_are_one(tmp_path):
    found = read(write(tmp_path / "list.xlsx", {"list": [HEAD, ["HC1", "tb", date(2025, 3, 4)]]}))
    assert found.rows[2][2] == "2025-03-04"


def test_a_length_of_time_that_is_too_long_names_its_row(tmp_path):
    import xlsxwriter

    path = tmp_path / "list.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEAD)
        sheet.write_row(1, 0, ["HC1", "tb", 45_720])
        sheet.write(2, 5, 2_147_483_647, book.add_format({"num_format": "[h]:mm:ss"}))
    with pytest.raises(UnreadableFileError, match=r"row 3 has a date or a length of time that is too long"):
        read(path)
