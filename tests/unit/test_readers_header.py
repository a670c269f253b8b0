"""Where the header stands, and which rows are no data."""

from __future__ import annotations

import pytest

from db.intake.files.readers import fold
from surveillance.errors import UnreadableFileError
from tests.support.reading import read_bytes

HEAD = "facility_id,disease,date_visit,sex\n"
ROW = "HC1,tb,2025-03-04,F\n"


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        (" Date_Visit ", "date_visit"),
        ("\ufeffsex\u200b", "sex"),
        ("Date of\r\n  visit\xa0", "date of visit"),
        ("Cafe\u0301", "café"),
        ("ភេទ\u200b ", "ភេទ"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("\u200b", ""),
    ],
)
def test_names_have_one_form(written, folded):
    assert fold(written) == folded


def test_a_table_below_titles_is_read_and_the_rows_above_it_are_named(tmp_path):
    text = "Report of March,,,\n\nHealth centre 1,,,\nPrinted: 4 March,,,\n" + HEAD + ROW
    found = read_bytes(tmp_path, text)
    assert found.header == ["facility_id", "disease", "date_visit", "sex"]
    assert found.rows == {6: ["HC1", "tb", "2025-03-04", "F"]}
    assert found.left_out == [(1, "above_header"), (3, "above_header"), (4, "above_header")]
    assert found.table.first_row == 6


def test_the_header_has_the_most_known_names_though_a_row_above_has_one(tmp_path):
    found = read_bytes(tmp_path, "sex,,,\n" + HEAD + ROW)
    assert found.header[0] == "facility_id"


def test_the_header_is_looked_for_among_the_first_thirty_rows_alone(tmp_path):
    assert read_bytes(tmp_path, "x,y\n" * 29 + HEAD).header[0] == "facility_id"
    assert read_bytes(tmp_path, "x,y\n" * 30 + HEAD).header == ["x", "y"]


def test_without_any_known_name_the_first_row_is_the_header(tmp_path):
    found = read_bytes(tmp_path, "\na,b\nsex 1,2\n")
    assert (found.header, found.rows, found.left_out) == (["a", "b"], {3: ["sex 1", "2"]}, [])


def test_known_names_may_be_khmer_and_in_any_case(tmp_path):
    text = "របាយការណ៍\nភេទ\u200b,Ageyears\nស្រី,3\n"
    found = read_bytes(tmp_path, text, known=frozenset({" ភេទ", "AgeYears"}))
    assert (found.header, found.table.sent_header) == (["ភេទ", "ageyears"], ["ភេទ\u200b", "Ageyears"])


def test_a_row_of_groups_joins_the_names_below_it(tmp_path):
    text = "Facility,,Test,,Other\nfacility_id,disease,done,date_visit,a\n" + "HC1,tb,yes,2025-03-04,1\n"
    found = read_bytes(tmp_path, text)
    assert found.header == ["facility_id", "disease", "test/done", "date_visit", "other/a"]
    assert found.table.sent_header[2] == "Test/done"
    assert (list(found.rows), found.left_out) == ([3], [])


def test_a_joined_name_that_is_known_wins_over_the_name_alone(tmp_path):
    known = frozenset({"TB/tested", "HIV/tested", "facility"})
    found = read_bytes(tmp_path, ",TB,,HIV\nfacility,tested,x,tested\nHC1,1,2,3\n", known=known)
    assert found.header == ["facility", "tb/tested", "tb/x", "hiv/tested"]


def test_names_that_reach_over_both_rows_and_names_below_groups_make_one_header(tmp_path):
    text = "facility_id,disease,date_visit,Cascade,\n,,,eligible,tested\nHC1,tb,2025-03-04,yes,no\n"
    found = read_bytes(tmp_path, text)
    assert found.header == ["facility_id", "disease", "date_visit", "eligible", "tested"]
    assert found.rows == {3: ["HC1", "tb", "2025-03-04", "yes", "no"]}


def test_a_first_row_of_data_is_never_a_second_row_of_the_header(tmp_path):
    found = read_bytes(tmp_path, HEAD + ",,sex,\n" + ROW)
    assert list(found.rows) == [2, 3]


def test_the_header_repeated_at_a_page_break_is_left_out_and_named(tmp_path):
    text = "Facility,,Visit,\n" + HEAD + ROW + "Facility,,Visit\n" + HEAD.upper() + ROW * 2 + HEAD
    found = read_bytes(tmp_path, text)
    assert list(found.rows) == [3, 6, 7]
    assert found.left_out == [(4, "repeated_header"), (5, "repeated_header"), (8, "repeated_header")]


@pytest.mark.parametrize(
    "row",
    ["Total,,,12", ",Grand total:,,12", "  TOTAL ,,,", "សរុប,,,១២", "សរុបរួម៖,,,12", "Sub-total for March,,,1.5",
     "Sum,,,-", "ผลรวม,,,3", "Total,,,50 %"],
)  # fmt: skip
def test_a_row_of_sums_is_left_out_and_named(row, tmp_path):
    found = read_bytes(tmp_path, HEAD + ROW + row + "\n" + ROW)
    assert list(found.rows) == [2, 4]
    assert found.left_out == [(3, "totals_row")]


@pytest.mark.parametrize(
    "row",
    ["Total,tb,2025-03-04,F", "Total,,2025-03-04,", "Total,tb,,", "Total,,,F", "Totally new post,,,x",
     "HC1,,,Total", "Summit clinic,,,", "Total 12 of a very long name of a place which is none,,,3"],
)  # fmt: skip
def test_a_row_that_says_anything_else_is_data(row, tmp_path):
    found = read_bytes(tmp_path, HEAD + row + "\n")
    assert (list(found.rows), found.left_out) == ([2], [])


def test_a_row_of_numbers_alone_without_a_blank_is_data(tmp_path):
    found = read_bytes(tmp_path, "name,population\nTotal,120\n", known=frozenset({"population"}))
    assert found.left_out == []


def test_a_known_column_twice_is_an_error_and_others_are_numbered(tmp_path):
    found = read_bytes(tmp_path, "facility_id,Remark,remark,,,remark (2)\nHC1,a,b,c,d,e\n")
    assert found.header == ["facility_id", "remark", "remark (3)", "", "", "remark (2)"]
    with pytest.raises(UnreadableFileError, match="column 'sex' stands twice"):
        read_bytes(tmp_path, "facility_id,Sex,sex\n")


def test_blank_columns_keep_their_place(tmp_path):
    found = read_bytes(tmp_path, ",facility_id,,disease,\n,HC1,,tb,\n")
    assert found.named() == [{"facility_id": "HC1", "disease": "tb"}]
