"""Files made by hand, for each form that comes in, as messy as real ones. Everybody in them is invented."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from tests.support import foreign
from tests.support.workbooks import write_ods, write_xls

Cells = Sequence[Any]


@dataclass(frozen=True)
class Messy:
    """A file, how it is read, and what becomes of its rows.

    Parameters
    ----------
    mapping
        Name of a mapping that is shipped; None where one is made by matching the columns.
    matched
        Column by its place -> the field that it holds, where they are matched.
    returned
        Parts of the reasons with which rows come back, in order.
    left_out
        What the page says of what is no data.
    """

    name: str
    write: Callable[[Path], object]
    mapping: str | None
    accepted: int
    returned: Sequence[str]
    left_out: Sequence[str] = ()
    matched: Mapping[int, str] = field(default_factory=dict)
    asks_for_dates: bool = False


#: A register of a spreadsheet: a title, two rows of header, an empty column, mixed days, a total.
_TITLE: Cells = ("បញ្ជីអ្នកមកពិនិត្យ មជ្ឈមណ្ឌលទទួល ខែឧសភា", "", "", "", "", "", "")
_GROUPS: Cells = ("", "", "", "អ្នកជំងឺ", "", "", "")
_NAMES: Cells = ("ល.រ", "មណ្ឌលសុខភាព", "ថ្ងៃមកពិនិត្យ", "ភេទ", "អាយុ", "", "បានធ្វើតេស្ត")
_MATCHED = {0: "record_id", 1: "facility_id", 2: "date_visit", 3: "sex", 4: "age_years", 6: "tested"}


def _register(second: Any) -> list[Cells]:
    """Rows of the register; `second`: the 3rd of May, as the form writes it."""
    return [
        ("១", "DEMO-MRC-POIPET", "០២/០៥/២៥៦៨", "ស្រី", "៣៤", "", "បាទ"),
        (2, "DEMO-MRC-POIPET", second, "ប្រុស", "8 ខែ", "", "ចាស"),
        ("3", "demo-mrc-poipet ", "៤ ឧសភា ២០២៥", "ប", 51, "", "ទេ"),
        ("", "", "", "", "", "", ""),
        ("4", "DEMO-MRC-POIPET", "25-May-2025", "F", "1990", "", ""),
        ("5", "DEMO-MRC-POIPET", "ម្សិលមិញ", "ស្រី", 20, "", "yes"),
        ("6", "", "06/05/2025", "ស្រី", 20, "", "1"),
        ("សរុប", "", "", "", "", "", 3),
    ]


_RETURNED = ("ម្សិលមិញ", "is blank")
_LEFT_OUT = ("above the header", "is a sum")


def _sheet(second: Any) -> list[Cells]:
    return [_TITLE, ("",) * 7, _GROUPS, _NAMES, *_register(second)]


def _xls(path: Path) -> None:
    merged = [(0, 0, 0, 6), (2, 2, 3, 4), *((2, 3, place, place) for place in (0, 1, 2, 6))]
    lines = _sheet(datetime(2025, 5, 3))  # noqa: DTZ001 - a sheet knows no time zone
    lines[2] = (*_NAMES[:3], *_GROUPS[3:6], _NAMES[6])
    lines[3] = ("", "", "", *_NAMES[3:6], "")
    write_xls(path, {"ឧសភា": lines, "Sheet2": []}, merged=merged)


def _ods(path: Path) -> None:
    lines = _sheet(date(2025, 5, 3))
    lines[0] = ((_TITLE[0], 7),)
    lines[2] = ("", "", "", ("អ្នកជំងឺ", 2), "", "")
    write_ods(path, {"ឧសភា": lines})


def _text(delimiter: str, encoding: str, lines: Callable[[], Sequence[Cells]]) -> Callable[[Path], object]:
    def write(path: Path) -> None:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=delimiter).writerows(lines())
        path.write_bytes(text.getvalue().encode(encoding))

    return write


def _plain() -> list[Cells]:
    """The register as text, with its names in one row and repeated on the second page."""
    first, *rows = _register("3/5/25")
    return [_TITLE, _NAMES, first, _NAMES, *rows]


def _workbook_of(one: foreign.ForeignFile) -> Callable[[Path], object]:
    """An export that somebody opened, headed, summed up and saved as a workbook."""

    def write(path: Path) -> None:
        import xlsxwriter

        width = len(one.header)
        with xlsxwriter.Workbook(str(path)) as book:
            book.add_worksheet("Cover").write(0, 0, "Monthly export")
            sheet = book.add_worksheet("export")
            sheet.merge_range(0, 0, 0, width - 1, "Export of the month, checked")
            sheet.write_row(2, 0, one.header)
            for number, line in enumerate(one.lines, start=3):
                sheet.write_row(number, 0, line)
            sheet.write(3 + len(one.lines), 0, "Total")
            sheet.write(3 + len(one.lines), 6, len(one.lines))  # under no disease, facility or day

    return write


def _export_of(one: foreign.ForeignFile) -> Callable[[Path], object]:
    lines = [one.header, *one.lines, [""] * len(one.header)]
    return _text(one.delimiter, "utf-16", lambda: lines)


def _json(content: Any) -> Callable[[Path], object]:
    text = json.dumps(content, ensure_ascii=False, indent=1)
    return lambda path: path.write_text("\ufeff" + text, encoding="utf-8")


def _event(name: str, disease: str | None, **said: object) -> dict[str, Any]:
    told = {"disease": disease, "sex": "ស្រី", "tested": "true", **said}
    return {
        "event": name,
        "program": "p",
        "programStage": "s",
        "orgUnit": "ou1",
        "orgUnitName": "Poipet",
        "occurredAt": "2025-03-04T00:00:00.000",
        "status": "COMPLETED",
        "trackedEntity": None,
        "dataValues": [{"dataElement": key, "value": value} for key, value in told.items()],
    }


_EVENTS = {
    "pager": {"page": 1, "pageCount": 1},
    "events": [
        _event("ev1", "TB", age_months="30"),
        _event("ev2", "ជំងឺគ្រុនចាញ់", extra="x"),
        _event("ev3", "plague"),
        _event("ev4", None),
    ],
}

_VALUES = {
    "dataSet": "monthly",
    "completeDate": "2025-04-02",
    "period": "202503",
    "orgUnit": "DEMO-MRC-POIPET",
    "dataValues": [
        {"dataElement": "Malaria tested", "categoryOptionCombo": "Male", "value": "4"},
        {"dataElement": "malaria_tested", "categoryOptionCombo": "ស្រី", "value": "៣១"},
        {"dataElement": "Malaria tested", "period": "2025Q2", "value": 12, "comment": None},
        {"dataElement": "Malaria tested", "orgUnit": "HC 2", "value": "about ten"},
    ],
}


def _values() -> list[Cells]:
    head = ("dataelement", "period", "orgunit", "categoryoptioncombo", "value", "storedby", "")
    return [
        head,
        ("TB tested", "202503", "HC1", "default", "12", "x", ""),
        ("TB positive", "202503", "HC1", "", "3", "x", ""),
        ("", "", "", "", "", "", ""),
        ("TB tested", "202513", "HC1", "default", "12", "x", ""),
    ]


FILES: dict[str, Messy] = {
    "old workbook": Messy("ឧសភា.xls", _xls, None, 4, _RETURNED, _LEFT_OUT, _MATCHED),
    "open workbook": Messy("ឧសភា.ods", _ods, None, 4, _RETURNED, _LEFT_OUT, _MATCHED),
    "text with semicolons": Messy(
        "register.csv", _text(";", "utf-8-sig", _plain), None, 4, _RETURNED,
        (*_LEFT_OUT, "repeats the header"), _MATCHED,
    ),
    "text with tabs": Messy(
        "register.tsv", _text("\t", "utf-16", _plain), None, 4, _RETURNED,
        (*_LEFT_OUT, "repeats the header"), _MATCHED,
    ),
    **{
        f"{name}, as a workbook": Messy(
            "export.xlsx", _workbook_of(one), one.mapping, len(one.means), one.wrong, _LEFT_OUT
        )
        for name, one in foreign.FILES.items()
    },
    **{
        f"{name}, as it is exported": Messy(
            one.name, _export_of(one), one.mapping, len(one.means), one.wrong
        )
        for name, one in foreign.FILES.items()
    },
    "DHIS2 events in JSON": Messy(
        "events.json", _json(_EVENTS), "dhis2-events", 2, ("plague", "disease"), ()
    ),
    "DHIS2 data values in JSON": Messy("values.json", _json(_VALUES), "dhis2-values", 3, ("about ten",), ()),
    "DHIS2 data values as text": Messy(
        "values.csv", _text(",", "utf-8", _values), "dhis2-values", 2, ("202513",), ()
    ),
}  # fmt: skip
