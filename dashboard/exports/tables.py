"""Clusters as CSV and as a workbook."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterable, Sequence
from datetime import UTC
from typing import Any

from dashboard.exports.clusters import ClusterExport, Row, cluster_rows, joined, member_rows
from dashboard.exports.columns import CLUSTERS, MEMBERS, PARAMETERS, PARAMETERS_CELL, Column
from dashboard.spreadsheet import write_rows

_WIDEST = 60
#: Most characters that a cell of a workbook may hold, and what stands at the end of a longer text.
_LONGEST = 32_767
_CUT = " … (cut: the sheet members has them all)"


def csv_text(export: ClusterExport) -> str:
    """One row for each cluster; infinite is `Inf`, which R and pandas read as a number."""
    parameters = json.dumps(export.parameters(), ensure_ascii=False, default=str)
    text = io.StringIO()
    rows = ({**row, PARAMETERS_CELL.name: parameters} for row in _written(export))
    names = [column.name for column in (*CLUSTERS, PARAMETERS_CELL)]
    write_rows(text, ({name: _csv_value(row[name]) for name in names} for row in rows), names)
    return text.getvalue()


def csv_bytes(export: ClusterExport) -> bytes:
    """The same as a file: UTF-8 with a byte order mark, without which Excel shows Khmer as rubbish."""
    return csv_text(export).encode("utf-8-sig")


def _written(export: ClusterExport) -> list[Row]:
    return [row | {"locations": joined(row["locations"])} for row in cluster_rows(export)]


def _csv_value(value: Any) -> Any:
    return "Inf" if value == math.inf else value


def xlsx_bytes(export: ClusterExport) -> bytes:
    """A workbook with the sheets `clusters`, `members` and `parameters`.

    Texts are stored as texts, whatever they begin with: a spreadsheet does not run them.
    """
    import xlsxwriter  # noqa: PLC0415 - CSV does not need it

    file = io.BytesIO()
    parameters = [{"parameter": name, "value": value} for name, value in export.flat_parameters().items()]
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        made = export.run.made_at
        book.set_properties(
            {
                "title": f"Chhlang clusters, run {export.run.id}",
                "comments": export.note,
                "created": made.astimezone(UTC).replace(tzinfo=None) if made.tzinfo else made,
            }
        )
        sheet = _Sheet(book)
        sheet.write("clusters", CLUSTERS, _written(export))
        sheet.write("members", MEMBERS, member_rows(export))
        sheet.write("parameters", PARAMETERS, parameters)
    return file.getvalue()


class _Sheet:
    """Writes tables into a workbook, each on a sheet of its own."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._header = book.add_format({"bold": True, "bottom": 1})
        self._formats = {
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
            "number": book.add_format({"num_format": "General"}),
        }

    def write(self, name: str, columns: Sequence[Column], rows: Iterable[Row]) -> None:
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
            sheet.write_datetime(number, place, value, self._formats["date"])
            return value.isoformat()
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            sheet.write_number(number, place, value, self._formats["number"])
            return f"{value:.12g}"
        text = "infinity" if value == math.inf else str(value)
        if len(text) > _LONGEST:
            text = text[: _LONGEST - len(_CUT)].rpartition(" ")[0] + _CUT
        sheet.write_string(number, place, text)
        return text
