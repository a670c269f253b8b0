"""Workbooks: tables, each on a sheet of its own. Texts are stored as texts: a spreadsheet runs none."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from dashboard.exports.about import About
from dashboard.exports.columns import Column

#: Media type of XLSX.
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Name of the sheet that says what the others are.
ABOUT = "About"
_WIDEST = 60
#: Most characters that a cell may hold, and what stands at the end of a longer text.
_LONGEST = 32_767
_CUT = " … (cut: the sheet members has them all)"
_FACTS = (Column("what", "text", "which fact"), Column("is", "text", "what it is"))


def table_bytes(
    name: str, columns: Sequence[Column], rows: Iterable[Mapping[str, Any]], about: About
) -> bytes:
    """A workbook of one table, and a second sheet that says what it is."""
    import xlsxwriter  # noqa: PLC0415 - other files do not need it

    file = io.BytesIO()
    # No cell is ever a formula or a link, whatever its text begins with.
    plain = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, plain) as book:
        book.set_properties({"title": about.title, "comments": about.question})
        sheets = Sheets(book)
        sheets.write(name, columns, rows)
        facts = [{"what": what, "is": said} for what, said in about.rows()]
        sheets.write(ABOUT, _FACTS, facts)
    return file.getvalue()


class Sheets:
    """Writes tables into a workbook, each on a sheet of its own."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._header = book.add_format({"bold": True, "bottom": 1})
        self._formats = {
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
            "number": book.add_format({"num_format": "General"}),
        }

    def write(self, name: str, columns: Sequence[Column], rows: Iterable[Mapping[str, Any]]) -> None:
        """One table, its header frozen, its columns as wide as what is in them."""
        sheet = self._book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        widths = [len(column.name) for column in columns]
        for place, column in enumerate(columns):
            sheet.write_string(0, place, column.name, self._header)
        for number, row in enumerate(rows, start=1):
            for place, column in enumerate(columns):
                shown = self._cell(sheet, number, place, column, row[column.name])
                widths[place] = max(widths[place], len(shown))
        for place, width in enumerate(widths):
            sheet.set_column(place, place, min(width, _WIDEST) + 2)

    def _cell(self, sheet: Any, number: int, place: int, column: Column, value: Any) -> str:
        """Write one cell; the text it shows, about."""
        if value is None or value == "":
            return ""
        if column.kind == "date":
            day = date.fromisoformat(value) if isinstance(value, str) else value
            sheet.write_datetime(number, place, day, self._formats["date"])
            return day.isoformat()
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            sheet.write_number(number, place, value, self._formats["number"])
            return f"{value:.12g}"
        text = "infinity" if value == math.inf else str(value)
        if len(text) > _LONGEST:
            text = text[: _LONGEST - len(_CUT)].rpartition(" ")[0] + _CUT
        sheet.write_string(number, place, text)
        return text
