"""Tables as text: any usual encoding and separator, nothing replaced, bounded memory."""

from __future__ import annotations

import codecs
import csv

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.intake.files.readers import Limits, read_table
from surveillance.errors import UnreadableFileError
from tests.support.examples import examples
from tests.support.reading import NAMES, read, read_bytes

KHMER = "facility_id,disease,date_visit,province_home\nHC1,tb,2025-03-04,ភ្នំពេញ\nHC2,tb,2025-03-05,កំពង់ចាម\n"
_HEAD = "facility_id,disease,date_visit,remark\n"
THAI = _HEAD + "HC1,tb,2025-03-04,กรุงเทพมหานคร\nHC2,tb,2025-03-05,เชียงใหม่ อำเภอเมือง\n"
FRENCH = _HEAD + "HC1,tb,2025-03-04,Hôpital Calmette\nHC2,tb,2025-03-05,décédé – “à Angkor”\n"


@pytest.mark.parametrize(
    ("text", "codec", "form"),
    [
        (KHMER, "utf-8", ""),
        (KHMER, "utf-8-sig", ""),
        (KHMER, "utf-16", "UTF-16"),
        (KHMER, "utf-16-le", "UTF-16-LE"),
        (KHMER, "utf-16-be", "UTF-16-BE"),
        (KHMER, "utf-32", "UTF-32"),
        (FRENCH, "cp1252", "Windows-1252"),
        (THAI, "cp874", "Windows-874 (Thai)"),
        (THAI, "tis-620", "Windows-874 (Thai)"),
        (THAI, "utf-8", ""),
        (THAI, "utf-16-le", "UTF-16-LE"),
    ],
)
def test_text_is_the_same_in_every_encoding_and_the_table_says_which_it_was(text, codec, form, tmp_path):
    found = read_bytes(tmp_path, text.encode(codec))
    assert [found.table.sent_header, *found.rows.values()] == [line.split(",") for line in text.splitlines()]
    assert list(found.rows) == [2, 3]
    assert found.table.form == form


def test_utf_16_with_a_mark_may_be_of_either_order(tmp_path):
    for mark, codec in ((codecs.BOM_UTF16_BE, "utf-16-be"), (codecs.BOM_UTF16_LE, "utf-16-le")):
        assert read_bytes(tmp_path, mark + KHMER.encode(codec)).rows[2][3] == "ភ្នំពេញ"


def test_a_header_in_khmer_alone_is_read_from_utf_16_without_a_mark(tmp_path):
    text = "មន្ទីរ,ជំងឺ,ថ្ងៃ\nមណ្ឌល,របេង,ថ្ងៃនេះ\n"
    found = read_bytes(tmp_path, text.encode("utf-16-le"), known=frozenset({"ជំងឺ"}))
    assert found.header == ["មន្ទីរ", "ជំងឺ", "ថ្ងៃ"]


@pytest.mark.parametrize(
    ("content", "row"),
    [
        (KHMER.encode() + b"HC3,tb,2025-03-06,\xe1\x9e\n", 4),
        (KHMER.encode() * 20_000 + b"HC3,tb,2025-03-06,\xff\n", 60_001),
        (("\ufeff" + KHMER).encode("utf-16-le") + b"\x00\xd8\n\x00", 4),
        ((KHMER.splitlines()[0] + "\n" + 'HC1,tb,,"a\n\nb"\n').encode() + b"HC3,tb,2025-03-06,\x81\n", 3),
    ],
    ids=["half a letter", "far below", "half a pair", "below a quoted line end"],
)
def test_what_does_not_decode_is_an_error_that_names_the_row(content, row, tmp_path):
    with pytest.raises(UnreadableFileError, match=rf"list\.csv: row {row} holds a character that is not"):
        read_bytes(tmp_path, content)


def test_unicode_with_a_fault_is_not_taken_for_an_old_encoding(tmp_path):
    french = FRENCH.encode() * 3 + b"HC3,tb,2025-03-06,d\xe9c\xe9d\xe9\n"
    with pytest.raises(UnreadableFileError, match="row 10 holds a character that is not UTF-8"):
        read_bytes(tmp_path, french)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-16"])
@pytest.mark.parametrize("name", ["list.csv", "list.tsv", "list.txt", "LIST.CSV"])
def test_the_separator_is_the_one_under_which_the_header_is_known(separator, codec, name, tmp_path):
    lines = ["facility_id,disease,date_visit,remark", 'HC1,tb,2025-03-04,"a, b; c|\td"']
    text = "\r\n".join([lines[0].replace(",", separator), separator.join(lines[1].split(",", 3))])
    assert read_bytes(tmp_path, text.encode(codec), name).rows == {
        2: ["HC1", "tb", "2025-03-04", "a, b; c|\td"]
    }


def test_the_separator_of_unknown_names_is_the_one_that_makes_columns(tmp_path):
    found = read_bytes(tmp_path, "a b;c, d;e\n1;2,5;3\n4;5,5;6\n", known=frozenset({"zzz"}))
    assert found.header == ["a b", "c, d", "e"]


def test_a_first_line_may_name_the_separator_and_is_no_row(tmp_path):
    found = read_bytes(tmp_path, "sep=|\nfacility_id|disease|date_visit\nHC1|tb|2025-03-04\n")
    assert (found.header[0], list(found.rows)) == ("facility_id", [2])


def test_nul_bytes_in_a_text_are_no_text(tmp_path):
    found = read_bytes(tmp_path, b"facility_id,dis\0ease,date_visit\n\0HC1,t\0b,2025-03-04\0\n\0\0\n")
    assert (found.header[1], found.rows) == ("disease", {2: ["HC1", "tb", "2025-03-04"]})


def test_ragged_rows_keep_their_cells(tmp_path):
    found = read_bytes(tmp_path, "facility_id,disease,date_visit\nHC1\nHC1,tb,2025-03-04,more,\n\n,,\n")
    assert found.rows == {2: ["HC1"], 3: ["HC1", "tb", "2025-03-04", "more", ""]}


def test_what_another_programme_calls_xls_and_is_text_is_read_as_text(tmp_path):
    text = "facility_id\tdisease\tdate_visit\nHC1\ttb\t2025-03-04\n"
    assert read_bytes(tmp_path, text, "list.xls").rows == {2: ["HC1", "tb", "2025-03-04"]}
    with pytest.raises(UnreadableFileError, match="is a web page"):
        read_bytes(tmp_path, "<html><table></table>", "list.xls")


def test_a_quote_that_is_not_closed_is_named_by_its_row(tmp_path):
    text = 'facility_id,disease,date_visit\nHC1,tb,"2025-03-04\n' + "HC1,tb,2025-03-04\n" * 5_000
    with pytest.raises(
        UnreadableFileError, match=r"row 2 has a cell of more than 32,767 .* quote not closed"
    ):
        read_bytes(tmp_path, text)


@pytest.mark.parametrize(
    ("content", "limits", "why"),
    [
        (b"a,b\n" + b"x" * 5_000, Limits(line=1_000), "a line has more than 1,000 characters"),
        (b"a,b\n" * 11, Limits(rows=9), "more than 9 rows"),
        (b"a," * 30 + b"\n1", Limits(columns=30), "has 31 columns, and 30 is the most"),
        (b"a,b\n" * 600, Limits(file=2_048), "has 2 KB, and 2 KB is the most"),
        (b"a,b\n1,2345678901", Limits(cell=9), "row 2 has a cell of more than 9"),
    ],
    ids=["line", "rows", "columns", "file", "cell"],
)
def test_each_limit_says_which_it_is(content, limits, why, tmp_path):
    with pytest.raises(UnreadableFileError, match=why):
        read_bytes(tmp_path, content, limits=limits)


def test_a_row_over_lines_without_end_is_refused_before_it_fills_the_memory(tmp_path):
    content = b"facility_id,disease\n" + b'"a\n",' * 3_500_000
    with pytest.raises(UnreadableFileError, match="row 2"):
        read_bytes(tmp_path, content, limits=Limits(line=100))


def test_chunks_are_bounded_in_characters_as_well(tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text("facility_id,disease\n" + ("HC1," + "x" * 30_000 + "\n") * 3_000, encoding="utf-8")
    chunks = [len(chunk) for chunk in read_table(path, NAMES).chunks]
    assert (sum(chunks), len(chunks)) == (3_000, 6)


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)


@settings(
    max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=6),
    codec=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    separator=st.sampled_from(",;\t|"),
    ends=st.sampled_from(["\n", "\r\n"]),
)
def test_what_a_spreadsheet_writes_is_read_back(rows, codec, separator, ends, tmp_path):
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator=ends, quoting=csv.QUOTE_ALL)
    writer.writerows([["facility_id", "disease"], *(["x" + row[0], row[1]] for row in rows)])
    found = read_bytes(tmp_path, text.getvalue().encode(codec))
    assert list(found.rows.values()) == [["x" + row[0], row[1]] for row in rows]


def test_a_table_of_a_header_alone_has_no_rows(tmp_path):
    found = read_bytes(tmp_path, "facility_id,disease,date_visit\n")
    assert (found.rows, found.table.first_row) == ({}, 2)


@pytest.mark.process
def test_a_sheet_of_a_text_is_a_mistake(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("a,b\n", encoding="utf-8")
    with pytest.raises(UnreadableFileError, match="has no sheets"):
        read(path, sheet="May")


def test_a_reading_that_stops_half_way_leaves_the_limit_on_cells_of_the_process(tmp_path):
    before = csv.field_size_limit()
    path = tmp_path / "list.csv"
    path.write_text("facility_id,disease\n" + "HC1,tb\n" * 20_000, encoding="utf-8")
    chunks = read_table(path, NAMES).chunks
    next(iter(chunks))
    assert csv.field_size_limit() == before


@pytest.mark.parametrize("over", [0, 1])
@pytest.mark.parametrize("row", [1, 7_000])
def test_a_cell_is_as_long_as_its_limit_and_no_longer(over, row, tmp_path):
    lines = ["HC1,tb\n"] * row + ["HC1," + "x" * (Limits().cell + over) + "\n", "HC2,tb\n"]
    if over:
        with pytest.raises(
            UnreadableFileError, match=f"row {row + 2} has a cell of more than 32,767 characters"
        ):
            read_bytes(tmp_path, ("facility_id,disease\n" + "".join(lines)).encode())
    else:
        assert len(read_bytes(tmp_path, ("facility_id,disease\n" + "".join(lines)).encode()).rows) == row + 2
