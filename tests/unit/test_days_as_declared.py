"""Declared orders, placeholders, births and day numbers: what a day column may hold, at the import."""

from __future__ import annotations

import zipfile
from datetime import date, datetime

import pytest

from db.intake.dates.placeholders import stands_for_no_day
from db.intake.files.formats.date_system import counts_from_1904
from tests.support.files import read_csv, record, write_csv
from tests.support.matrix import every_value
from tests.support.stored import records_of
from tests.support.workbooks import write_xls

BORN = ("2530-05-01", "01/05/2530", "2530/05/01", "2540-05-01", "1 May 2530")


def write_xlsx_of(path, lines, *, from_1904=False):
    """A workbook with real date cells, of either date system."""
    import xlsxwriter

    options = {"default_date_format": "dd/mm/yyyy", "date_1904": from_1904}
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet("list")
        for number, line in enumerate(lines):
            sheet.write_row(number, 0, line)
    return path


def stored(cli, name):
    """One column of the records, in the order of their numbers."""
    rows = sorted(records_of(cli.url), key=lambda row: str(row["record_id"]))
    return [row[name] if name == "age_years" else str(row[name]) for row in rows]


def bring(cli, path, *options):
    """Import a file; returns the outcome as people read it."""
    return cli("import", path, *options)


def test_a_birth_of_the_buddhist_era_is_read_however_it_is_written(sqlite_cli, tmp_path):
    rows = [record(record_id=f"BE{n}", date_visit="2568-03-04", birth_date=day) for n, day in enumerate(BORN)]
    done = bring(sqlite_cli, write_csv(tmp_path / "births.csv", *rows), "--dates", "day-first")
    assert done.code == 0, done.stderr
    assert stored(sqlite_cli, "age_years") == [37, 37, 37, 27, 37]


def test_a_birth_of_the_buddhist_era_is_read_from_a_date_cell(sqlite_cli, tmp_path):
    lines = [
        ["record_id", "facility_id", "disease", "date_visit", "birth_date"],
        ["1", "HC1", "tb", datetime(2568, 3, 4), datetime(2530, 5, 1)],  # noqa: DTZ001 - a sheet has no zone
    ]
    done = bring(sqlite_cli, write_xlsx_of(tmp_path / "births.xlsx", lines))
    assert done.code == 0, done.stderr
    assert (stored(sqlite_cli, "age_years"), stored(sqlite_cli, "date_visit")) == ([37], ["2025-03-04"])


def test_a_birth_that_is_not_read_is_shown_as_it_stood(sqlite_cli, tmp_path):
    rows = [
        record(record_id="1", date_visit="2020-05-16", birth_date="02/03/25", date_onset="13/05/20"),
        record(record_id="2", date_visit="2020-05-16", birth_year="2024"),
    ]
    done = bring(sqlite_cli, write_csv(tmp_path / "short.csv", *rows))
    assert "birth_date '02/03/25' cannot be read: unknown in row 2" in done.stdout
    assert "birth_year '2024' cannot be read" in done.stdout
    assert "''" not in done.stdout


PLACEHOLDERS = [
    "1900-01-01", "01/01/1900", "1899-12-30", "1899-12-31", "1901-01-01", "1904-01-01", "9999-12-31",
    "31/12/9999", "9999-12-31T23:59:59Z", "0001-01-01", "0000-00-00", "00/00/0000", "1900-01-00", "99991231",
    "2099-12-31", "១៩០០-០១-០១", "1 January 1900",
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "name"), every_value(PLACEHOLDERS, ["birth_date", "date_onset", "date_outcome"])
)
def test_a_placeholder_is_unknown_and_noted(text, name, sqlite_cli, tmp_path):
    path = write_csv(tmp_path / "list.csv", record(record_id="1", **{name: text}))
    done = bring(sqlite_cli, path, "--dates", "day-first")
    assert "rejected           0" in done.stdout
    (row,) = records_of(sqlite_cli.url)
    assert row["age_years"] is None
    assert name == "birth_date" or row[name] is None
    assert f"{name} '" in done.stdout
    assert "unknown in row 2" in done.stdout


@pytest.mark.parametrize("text", ["1900-01", "2443-01", "1899-12", "2958465"])
def test_a_month_or_day_number_of_a_placeholder_is_no_birth(text, sqlite_cli, tmp_path):
    done = bring(sqlite_cli, write_csv(tmp_path / "list.csv", record(birth_date=text)))
    assert stored(sqlite_cli, "age_years") == [None]
    assert "unknown in row 2" in done.stdout


def test_a_visit_on_a_placeholder_goes_back_with_the_reason(sqlite_cli, tmp_path):
    path = write_csv(tmp_path / "list.csv", record(date_visit="9999-12-31"), record(date_visit="1900-01-01"))
    one = sqlite_cli("import", path, "--format", "json").one
    assert one["rejected"] == 2
    for row in read_csv(one["returned_file"]):
        assert "stands for a day that is not known" in row["chhlang_reason"]


def test_what_is_a_day_is_no_placeholder():
    for text in ("1970-01-01", "2025-01-01", "1991-01-01", "0000", "2000-01-01", "01/01/2000", "x"):
        assert not stands_for_no_day(text)


def test_ages_that_stand_for_none_are_unknown_and_noted_and_a_real_one_is_read(sqlite_cli, tmp_path):
    ages = ("999", "-99", "-9", "9999", "99")
    rows = [record(record_id=n, age_years=age) for n, age in enumerate(ages)]
    done = bring(sqlite_cli, write_csv(tmp_path / "list.csv", *rows))
    assert stored(sqlite_cli, "age_years") == [None, None, None, None, 99]
    for age in ages[:4]:
        assert f"age_years '{age}' cannot be read" in done.stdout


@pytest.mark.parametrize("year", ["1900", "9999", "0001", "1899"])
def test_a_year_of_birth_that_stands_for_none_is_unknown_and_noted(year, sqlite_cli, tmp_path):
    done = bring(sqlite_cli, write_csv(tmp_path / "list.csv", record(birth_year=year)))
    assert stored(sqlite_cli, "age_years") == [None]
    assert f"birth_year '{year}' cannot be read" in done.stdout


SORMAS = (
    "disease;person.sex;person.birthdateDD;person.birthdateMM;person.birthdateYYYY;epidNumber;reportDate;"
    """healthFacility
MALARIA;MALE;29;2;1991;E1;21/04/2021;HC1
MALARIA;FEMALE;31;2;1991;E2;21/04/2021;HC1
MALARIA;MALE;10;15;1991;E3;21/04/2021;HC1
MALARIA;FEMALE;29;2;1992;E4;21/04/2021;HC1
MALARIA;MALE;;;1990;E5;21/04/2021;HC1
MALARIA;MALE;;;;E6;21/04/2021;HC1
"""
)
SORMAS_MAPPING = """name = "sormas-line"
version = 1
kind = "line-list"
date_order = "day-first"
[columns]
facility_id = "healthFacility"
disease = "disease"
sex = "person.sex"
record_id = "epidNumber"
date_visit = "reportDate"
birth_year = "person.birthdateYYYY"
[rules]
birth_date = { join = ["person.birthdateDD", "person.birthdateMM", "person.birthdateYYYY"], with = "/" }
"""


def test_a_declared_order_is_kept_and_month_15_is_unreadable(sqlite_cli, tmp_path):
    path, mapping = tmp_path / "sormas.csv", tmp_path / "sormas.toml"
    path.write_text(SORMAS, encoding="utf-8")
    mapping.write_text(SORMAS_MAPPING.replace('birth_year = "person.birthdateYYYY"\n', ""), encoding="utf-8")
    done = bring(sqlite_cli, path, "--mapping", mapping)
    assert done.code == 0, done.stderr
    assert stored(sqlite_cli, "age_years") == [None, None, None, 29, None, None]
    for text in ("29/2/1991", "31/2/1991", "10/15/1991"):
        assert f"birth_date '{text}' cannot be read: unknown in row " in done.stdout


def test_where_the_day_of_birth_is_unreadable_the_year_still_tells_the_age(sqlite_cli, tmp_path):
    path, mapping = tmp_path / "sormas.csv", tmp_path / "sormas.toml"
    path.write_text(SORMAS, encoding="utf-8")
    mapping.write_text(SORMAS_MAPPING, encoding="utf-8")
    bring(sqlite_cli, path, "--mapping", mapping)
    assert stored(sqlite_cli, "age_years") == [30, 30, 30, 29, 31, None]


@pytest.mark.parametrize(("order", "good"), [("day-first", "15/10/2021"), ("month-first", "10/15/2021")])
def test_a_required_day_in_the_other_order_goes_back(order, good, sqlite_cli, tmp_path):
    rows = [record(record_id=n, date_visit=day) for n, day in enumerate(("15/10/2021", "10/15/2021"))]
    one = sqlite_cli(
        "import", write_csv(tmp_path / "list.csv", *rows), "--dates", order, "--format", "json"
    ).one
    (returned,) = read_csv(one["returned_file"])
    assert returned["date_visit"] != good
    words = order.replace("-", " ")
    assert f"is no day in the order that was declared ({words})" in returned["chhlang_reason"]
    assert stored(sqlite_cli, "date_visit") == ["2021-10-15"]


BY_COLUMN = """name = "ours"
version = 1
kind = "line-list"
own_names = true
[columns.date_onset]
date_order = "month-first"
[columns.date_tested]
column = "Tested on"
date_order = "month-first"
[rules]
birth_date = { join = ["D", "M", "Y"], with = "/", date_order = "day-first" }
"""


def test_a_mapping_may_give_each_column_its_own_order(sqlite_cli, tmp_path):
    mapping = tmp_path / "ours.toml"
    mapping.write_text(BY_COLUMN, encoding="utf-8")
    row = record(record_id="1", date_visit="03/04/2025", date_onset="03/04/2025")
    row |= {"Tested on": "03/05/2025", "D": "4", "M": "3", "Y": "1991"}
    other = record(record_id="2", date_visit="25/03/2025", date_onset="25/03/2025")
    path = write_csv(tmp_path / "list.csv", row, other)
    done = sqlite_cli("import", path, "--mapping", mapping, "--format", "json")
    assert done.code == 0, done.stderr
    assert stored(sqlite_cli, "date_visit") == ["2025-04-03", "2025-03-25"]
    assert stored(sqlite_cli, "date_onset") == ["2025-03-04", "None"]
    assert stored(sqlite_cli, "date_tested")[0] == "2025-03-05"
    assert stored(sqlite_cli, "age_years") == [34, None]
    assert sqlite_cli("mapping", "check", mapping).code == 0


def test_an_order_of_a_column_answers_no_question_of_the_others(sqlite_cli, tmp_path):
    mapping = tmp_path / "ours.toml"
    mapping.write_text(BY_COLUMN, encoding="utf-8")
    rows = [record(date_visit="03/04/2025", date_onset="03/25/2025")]
    done = sqlite_cli("import", write_csv(tmp_path / "list.csv", *rows), "--mapping", mapping)
    assert done.code == 3
    assert "can be read in two ways ('date_visit')" in done.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[columns.sex]\ncolumn = "S"\ndate_order = "day-first"\n', "said of days, and sex holds none"),
        ('[columns.date_visit]\ncolumn = "S"\ndate_order = "day"\n', "date_order needs one of day-first"),
        ('[columns.date_visit]\ncolumn = "S"\ncolour = 1\n', "'colour' is not understood"),
        ('[rules]\ndate_visit = { column = "S", date_order = "x" }\n', "date_order needs one of day-first"),
    ],
)
def test_what_is_wrong_with_an_order_of_a_column_is_said(text, said, sqlite_cli, tmp_path):
    mapping = tmp_path / "ours.toml"
    mapping.write_text(
        'name = "ours"\nversion = 1\nkind = "line-list"\nown_names = true\n' + text, encoding="utf-8"
    )
    done = sqlite_cli("mapping", "check", mapping)
    assert done.code == 2
    assert said in done.stderr


LINES_1904 = [
    ["record_id", "facility_id", "disease", "date_visit", "date_onset", "birth_date"],
    ["1", "HC1", "tb", 44264, datetime(2025, 3, 9), 31900],  # noqa: DTZ001 - a sheet has no zone
]


@pytest.mark.parametrize("ending", ["xlsx", "xls"])
@pytest.mark.parametrize(("from_1904", "visit"), [(True, "2025-03-10"), (False, "2021-03-09")])
def test_bare_day_numbers_count_from_where_the_workbook_says(ending, from_1904, visit, sqlite_cli, tmp_path):
    path = tmp_path / f"list.{ending}"
    if ending == "xls":
        write_xls(path, {"list": LINES_1904}, from_1904=from_1904)
    else:
        write_xlsx_of(path, LINES_1904, from_1904=from_1904)
    done = bring(sqlite_cli, path)
    assert done.code == 0, done.stderr
    assert stored(sqlite_cli, "date_visit") == [visit]
    assert stored(sqlite_cli, "date_onset") == ["2025-03-09"]
    born = date(1991, 5, 4) if from_1904 else date(1987, 5, 3)
    seen = date.fromisoformat(visit)
    assert stored(sqlite_cli, "age_years") == [seen.year - born.year - (seen.month < 5)]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        (
            "content.xml",
            b'<table:calculation-settings><table:null-date table:date-value="1904-01-01"/>',
            True,
        ),
        (
            "content.xml",
            b'<table:calculation-settings><table:null-date table:date-value="1899-12-30"/>',
            False,
        ),
        ("content.xml", b"<office:body/>", False),
        ("xl/workbook.xml", b'<workbook><workbookPr defaultThemeVersion="1" date1904="true"/>', True),
        ("xl/workbook.xml", b'<workbook><workbookPr date1904="0"/>', False),
        ("xl/workbook.bin", b"\x83\x01\x00\x80\x01\x02\x99\x01\x99\x01\x04\x01\x00\x00\x00", True),
        ("xl/workbook.bin", b"\x83\x01\x00\x80\x01\x02\x99\x01\x99\x01\x04\x20\x00\x00\x00", False),
        ("other", b"", False),
    ],
)
def test_the_date_system_is_found_in_every_form_of_a_workbook(name, content, says, tmp_path):
    path = tmp_path / "book.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, content)
    assert counts_from_1904(path) is says
