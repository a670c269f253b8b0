"""A register as messy as real ones: headers on two rows, merged cells, empty columns, mixed days, sums."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

#: Groups and names of the header; a blank group reaches no column, a blank name is a column that nobody uses.
GROUPS = ("", "", "", "អ្នកជំងឺ", "", "", "តេស្តរកមេរោគ", "", "កំណត់ចំណាំ")
NAMES = ("ល.រ", "មណ្ឌលសុខភាព", "ថ្ងៃមកពិនិត្យ", "ឈ្មោះ", "ភេទ", "អាយុ", "បានធ្វើ", "លទ្ធផល", "")
FACILITY = "DEMO-MRC-POIPET"
#: The field that each column holds, by its place.
FIELDS = {
    0: "record_id",
    1: "facility_id",
    2: "date_visit",
    4: "sex",
    5: "age_years",
    6: "tested",
    7: "positive",
}
#: Rows with days that are written in five ways, and two that cannot be right (the 4th and the 8th).
ROWS: tuple[tuple[Any, ...], ...] = (
    (1, FACILITY, datetime(2025, 4, 7), "", "ប្រុស", 34, "បាទ", "វិជ្ជ", ""),  # noqa: DTZ001 - a sheet knows no time zone
    (2, FACILITY, "08/04/2025", "", "ស្រី", "២៧", "ចាស", "អវិជ្ជ", ""),
    (3, FACILITY, "៩ មេសា ២៥៦៨", "", "ស្រី", "8 ខែ", "បាទ", "អវិជ្ជ", ""),
    (4, FACILITY, "មេសា ២៥៦៨", "", "ប្រុស", 40, "បាទ", "អវិជ្ជ", ""),
    (5, FACILITY, "10-Apr-25", "", "ប្រុស", 19, "ទេ", "", ""),
    (6, FACILITY, 45758, "", "ស្រី", 51, "បាទ", "វិជ្ជ", "ត្រឡប់មកវិញ"),
    (7, FACILITY, "11/04/2025", "", "ប្រុស", 22, "ទេ", "", ""),
    (8, FACILITY, "12/04/2025", "", "ស្រី", 33, "ទេ", "វិជ្ជ", ""),
    (9, FACILITY, "2025-04-11", "", "ស្រី", 61, "បាទ", "អវិជ្ជ", ""),
)
#: What `VALUES` of the column of results mean.
VALUES = {"វិជ្ជ": "yes", "អវិជ្ជ": "no"}
ACCEPTED, REJECTED = 7, 2


def write(path: Path) -> Path:
    """The workbook."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"default_date_format": "dd/mm/yyyy"}) as book:
        sheet = book.add_worksheet("មេសា")
        sheet.merge_range(0, 0, 0, 8, "បញ្ជីអ្នកមកពិនិត្យ មជ្ឈមណ្ឌលទទួល")
        sheet.write(1, 0, "ខែ មេសា ឆ្នាំ ២០២៥")
        for column, name in enumerate(NAMES):
            group = GROUPS[column]
            if column in (0, 1, 2):
                sheet.merge_range(3, column, 4, column, name)
            else:
                sheet.write(4, column, name)
                if group and column != 8:
                    last = 5 if column == 3 else 7
                    sheet.merge_range(3, column, 3, last, group)
        for number, cells in enumerate(ROWS, start=5):
            for column, cell in enumerate(cells):
                sheet.write(number, column, cell)
        sheet.write(5 + len(ROWS), 0, "សរុប")
        sheet.write(5 + len(ROWS), 6, len(ROWS))
        book.add_worksheet("ទំព័រទទេ")
    return path


def corrected(path: Path, out: Path) -> Path:
    """The returned file with its rows put right, as somebody would in a spreadsheet."""
    import xlsxwriter
    from python_calamine import CalamineWorkbook

    lines = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    head = [str(cell) for cell in lines[0]]
    day, tested = (next(i for i, name in enumerate(head) if name.endswith(NAMES[at])) for at in (2, 6))
    with xlsxwriter.Workbook(str(out)) as book:
        sheet = book.add_worksheet("returned")
        for number, line in enumerate(lines):
            cells = list(line)
            if cells[day] == "មេសា ២៥៦៨":
                cells[day] = "2025-02-28"
            if number and cells[tested] == "ទេ":
                cells[tested] = "បាទ"
            for column, cell in enumerate(cells):
                sheet.write(number, column, cell)
    return out
