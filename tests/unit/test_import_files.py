"""`import`: files as they are really saved, what cannot be read, and the file of returned rows."""

from __future__ import annotations

import codecs
from datetime import date, datetime

import pytest

from tests.support.files import csv_text, read_csv, read_xlsx, record, write_csv, write_xlsx
from tests.support.matrix import some

OUTCOMES = ["accepted", "amended", "withdrawn", "duplicate", "rejected"]
GOOD = "facility_id,disease,date_visit,sex\nHC1,tb,2025-03-04,female\n"


@pytest.fixture
def bring(sqlite_cli):
    """Import one file; returns its receipt."""

    def brought(path, *options):
        done = sqlite_cli("import", path, *options, "--format", "json")
        assert done.code == 0, done.stderr
        assert done.one["rows"] == sum(done.one[outcome] for outcome in OUTCOMES)
        return done.one

    return brought


def counts(receipt) -> dict[str, int]:
    """What became of rows, without the zeros."""
    return {outcome: receipt[outcome] for outcome in OUTCOMES if receipt[outcome]}


def file(tmp_path, text, name="list.csv", encoding="utf-8"):
    """A file of this text."""
    path = tmp_path / name
    path.write_bytes(text.encode(encoding) if isinstance(text, str) else text)
    return path


FORMS = {
    "a byte-order mark": GOOD.encode("utf-8-sig"),
    "Windows line ends": GOOD.replace("\n", "\r\n").encode(),
    "no last line end": GOOD.rstrip().encode(),
    "semicolons": GOOD.replace(",", ";").encode(),
    "tabs": GOOD.replace(",", "\t").encode(),
    "bars": GOOD.replace(",", "|").encode(),
    "everything quoted": "\n".join(
        ",".join(f'"{cell}"' for cell in line.split(",")) for line in GOOD.splitlines()
    ).encode("utf-8-sig"),
    "capitals and spaces in the header": GOOD.replace("disease", " Disease ").encode(),
    "UTF-16 with a mark": codecs.BOM_UTF16_LE + GOOD.encode("utf-16-le"),
    "UTF-16 without a mark": GOOD.encode("utf-16-be"),
    "line ends of an old Mac": GOOD.replace("\n", "\r").encode(),
    "the separator named above": b"sep=;\r\n" + GOOD.replace(",", ";").encode(),
    "stray NUL bytes": GOOD.replace("tb", "t\0b").encode() + b"\0\0\n",
    "blank lines before the header": ("\n\n" + GOOD.replace(",", ";")).encode(),
    "separators before the header": (";;;\n" + GOOD.replace(",", ";")).encode(),
}


@pytest.mark.parametrize("content", FORMS.values(), ids=FORMS)
def test_a_csv_is_read_in_whatever_form_a_spreadsheet_saves_it(content, bring, tmp_path):
    assert counts(bring(file(tmp_path, GOOD, "plain.csv"))) == {"accepted": 1}
    assert counts(bring(file(tmp_path, content))) == {"duplicate": 1}


def test_row_numbers_are_those_of_the_sheet_past_blank_lines_and_quoted_line_ends(bring, tmp_path):
    text = (
        "facility_id,disease,date_visit,remark\n"
        'HC1,tb,2025-03-04,"two\nlines"\n'
        "\n"
        " ,,,\n"
        'HC1,plague,2025-03-04,"three\n\nlines"\n'
        "HC1,tb,never,\n"
    )
    receipt = bring(file(tmp_path, text))
    assert counts(receipt) == {"accepted": 1, "rejected": 2}
    returned = read_csv(receipt["returned_file"])
    assert [row["chhlang_row"] for row in returned] == ["5", "6"]
    assert returned[0]["remark"] == "three\n\nlines"


def test_a_workbook_with_real_dates_whole_numbers_and_truth_values_is_the_same_as_its_csv(bring, tmp_path):
    header = [
        "record_id",
        "facility_id",
        "disease",
        "date_visit",
        "age_years",
        "eligible",
        "tested",
        "date_onset",
    ]
    day = datetime(2025, 3, 4)  # noqa: DTZ001 - a sheet knows no time zone
    lines = [
        [7, "HC1", "tb", day, 34, True, False, date(2025, 3, 1)],
        [8, "HC1", "tb", day.replace(hour=10, minute=30), 34.0, "yes", "no", None],
        ["", "HC1", "plague", day, "", "", "", ""],
    ]
    receipt = bring(write_xlsx(tmp_path / "list.xlsx", header, lines))
    assert counts(receipt) == {"accepted": 2, "rejected": 1}
    same = [
        record(record_id=7, age_years=34, eligible="yes", tested="no", date_onset="2025-03-01"),
        record(record_id=8, age_years=34, eligible="yes", tested="no"),
    ]
    assert counts(bring(write_csv(tmp_path / "list.csv", *same))) == {"duplicate": 2}
    titles, row = read_xlsx(receipt["returned_file"])
    assert titles == ["chhlang_row", "chhlang_reason", *header]
    assert (row[0], row[3:6]) == ("4", ["HC1", "plague", "2025-03-04"])


def test_the_sheet_with_the_columns_is_read_wherever_it_stands(bring, tmp_path):
    import xlsxwriter

    path = tmp_path / "list.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("cover").write_row(0, 0, ["Report of March"])
        sheet = book.add_worksheet("data")
        sheet.write_row(0, 0, ["facility_id", "disease", "date_visit"])
        sheet.write_row(2, 0, ["HC1", "tb", "2025-03-04"])
        sheet.write_row(4, 0, ["HC1", "tb", "soon"])
    receipt = bring(path)
    assert counts(receipt) == {"accepted": 1, "rejected": 1}
    assert read_xlsx(receipt["returned_file"])[1][0] == "5"


def test_rejected_rows_come_back_beside_the_input_as_they_came_with_every_reason(bring, tmp_path):
    wrong = {
        "remark": ' as "it", came ',
        "facility_id": " ",
        "disease": "Plague",
        "date_visit": "31/13/2024",
        "tested": "N",
        "positive": "Y",
        "date_onset": "2999-01-01",
    }
    receipt = bring(write_csv(tmp_path / "march.csv", record(), wrong, columns=list(wrong)))
    assert receipt["returned_file"] == str(tmp_path / "march.returned-1.csv")
    (row,) = read_csv(receipt["returned_file"])
    reasons = row.pop("chhlang_reason")
    assert row.pop("chhlang_row") == "3"
    assert row == wrong
    for part in (
        "facility_id: is blank",
        "disease: 'Plague'",
        "date_visit: '31/13/2024'",
        "date_onset: 2999",
    ):
        assert part in reasons
    assert "positive: is yes after an explicit no (tested = no)" in reasons
    assert bring(tmp_path / "march.csv")["returned_file"] == str(tmp_path / "march.returned-2.csv")


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
@pytest.mark.parametrize("order", ["as it was", "reasons last"])
def test_a_returned_file_is_corrected_and_comes_in_again(ending, order, bring, tmp_path):
    header, line = ["facility_id", "disease", "date_visit", "name"], ["HC1", "plague", "2025-03-04", "x"]
    path = tmp_path / f"list.{ending}"
    if ending == "xlsx":
        write_xlsx(path, header, [line])
    else:
        write_csv(path, dict(zip(header, line, strict=True)))
    returned = bring(path)["returned_file"]
    (row,) = read_csv(returned) if ending == "csv" else [dict(zip(*read_xlsx(returned), strict=True))]
    assert list(row) == ["chhlang_row", "chhlang_reason", *header]
    if order == "reasons last":
        row = {name: row[name] for name in (*header, "chhlang_row", "chhlang_reason")}

    def save(name):
        if ending == "csv":
            return write_csv(tmp_path / name, row)
        return write_xlsx(tmp_path / name, list(row), [list(row.values())])

    still = bring(save(f"still-wrong.{ending}"))["returned_file"]
    again = read_csv(still) if ending == "csv" else [dict(zip(*read_xlsx(still), strict=True))]
    assert again == [{name: "2" if name == "chhlang_row" else str(row[name]) for name in again[0]}]
    row["disease"] = "tb"
    assert counts(bring(save(f"corrected.{ending}"))) == {"accepted": 1}


def test_a_row_with_more_cells_than_the_header_is_returned_and_not_guessed(bring, tmp_path):
    text = "facility_id,disease,date_visit\nHC1,tb,2025-03-04,too many\nHC1,tb,2025-03-05,,\nHC1,tb\n"
    receipt = bring(file(tmp_path, text))
    assert counts(receipt) == {"accepted": 1, "rejected": 2}
    text = (tmp_path / "list.returned-1.csv").read_text(encoding="utf-8-sig")
    assert "HC1,tb,2025-03-04,too many" in text
    assert "date_visit: is blank" in text


UNREADABLE = {
    "is in no encoding": ("list.csv", GOOD.encode() + b"HC1,tb,2025-03-04,\x81\x8d\n", "row 3 holds"),
    "is UTF-16 with half a letter": (
        "list.csv",
        codecs.BOM_UTF16_LE + GOOD.encode("utf-16-le")[:-1],
        "UTF-16",
    ),
    "turns from UTF-8 far below": (
        "list.csv",
        (GOOD * 40_000).encode() + b"HC1,tb,\xff\xfe,\n",
        "row 80001 holds a character that is not UTF-8",
    ),
    "is empty": ("list.csv", b"", "empty"),
    "holds only blank lines": ("list.csv", b"\n \n,,\n", "empty"),
    "lacks required columns": ("list.csv", b"record_id,disease\n1,tb\n", "lacks facility_id, date_visit"),
    "has a column twice": ("list.csv", b"disease,facility_id,date_visit,Disease\n", "stands twice"),
    "is no workbook": ("list.xlsx", b"not a workbook at all", "damaged"),
    "is half a workbook": ("list.xlsx", b"PK\x03\x04" + b"\0" * 200, "damaged"),
    "is of another kind": ("list.pdf", b"%PDF-1.7", "not read"),
    "has no ending": ("list", GOOD.encode(), "not read"),
}


@pytest.mark.parametrize(("name", "content", "why"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_cannot_be_read_ends_with_3_and_stores_nothing(name, content, why, sqlite_cli, tmp_path):
    path = file(tmp_path, content, name)
    done = sqlite_cli("import", path, "--format", "json")
    assert (done.code, done.json()) == (3, [])
    assert path.name in done.stderr
    assert why in done.stderr
    assert list(tmp_path.iterdir()) == [path]
    rows = sqlite_cli("coverage", "--disease", "tb", "--by", "province", "--format", "json").json()
    assert {row["status"] for row in rows} == {"not reported"}


@pytest.mark.parametrize("bad", some(["missing.csv", "folder.csv", "missing.xlsx"], ["missing.csv"]))
def test_a_missing_file_ends_with_3_while_the_files_around_it_are_imported(bad, cli, tmp_path):
    (tmp_path / "folder.csv").mkdir()
    one = write_csv(tmp_path / "one.csv", record(record_id="1"))
    two = write_csv(tmp_path / "two.csv", record(record_id="2"), record(record_id="1"))
    done = cli("import", one, tmp_path / bad, two, "--format", "json")
    assert done.code == 3
    assert [receipt["file"] for receipt in done.json()] == [str(one), str(two)]
    assert [counts(receipt) for receipt in done.json()] == [{"accepted": 1}, {"accepted": 1, "duplicate": 1}]
    assert bad in done.stderr
    assert "Traceback" not in done.stderr


def test_a_truncated_workbook_ends_with_3(sqlite_cli, tmp_path):
    whole = write_xlsx(
        tmp_path / "whole.xlsx", ["facility_id", "disease", "date_visit"], [["HC1", "tb", "x"]]
    )
    content = whole.read_bytes()
    for part in (len(content) // 4, len(content) // 2, len(content) - 30):
        assert sqlite_cli("import", file(tmp_path, content[:part], "part.xlsx")).code == 3


@pytest.mark.parametrize(
    "options",
    [(), ("--nonsense", "a.csv"), ("a.csv", "--format", "xml"), ("a.csv", "--source")],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2(options, sqlite_cli):
    done = sqlite_cli("import", *options)
    assert (done.code, done.stdout) == (2, "")


def test_the_text_receipt_says_the_same_as_the_json_one(sqlite_cli, tmp_path):
    path = file(tmp_path, csv_text([record(), record(disease="plague"), record(name="x")]))
    done = sqlite_cli("import", path)
    assert done.code == 0
    shown = {words[0]: words[1] for line in done.stdout.splitlines() if len(words := line.split()) == 2}
    assert {name: int(shown[name]) for name in OUTCOMES} == dict.fromkeys(OUTCOMES, 0) | {
        "accepted": 2,
        "rejected": 1,
    }
    assert "row 3: disease: 'plague' cannot be read" in done.stdout
    assert "column 'name' is not of the schema" in done.stdout
    assert str(tmp_path / "list.returned-1.csv") in done.stdout
