"""Clusters as CSV and as a workbook."""

from __future__ import annotations

import io
import json
import math
from datetime import UTC
from typing import Any

from dashboard.exports.clusters import ClusterExport, Row, cluster_columns, cluster_rows, joined, member_rows
from dashboard.exports.columns import MEMBERS, PARAMETERS, PARAMETERS_CELL
from dashboard.exports.workbook import Sheets
from dashboard.spreadsheet import write_rows


def csv_text(export: ClusterExport) -> str:
    """One row for each cluster; infinite is `Inf`, which R and pandas read as a number."""
    parameters = json.dumps(export.parameters(), ensure_ascii=False, default=str)
    text = io.StringIO()
    rows = ({**row, PARAMETERS_CELL.name: parameters} for row in _written(export))
    names = [column.name for column in (*cluster_columns(export), PARAMETERS_CELL)]
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
        sheet = Sheets(book)
        sheet.write("clusters", cluster_columns(export), _written(export))
        sheet.write("members", MEMBERS, member_rows(export))
        sheet.write("parameters", PARAMETERS, parameters)
    return file.getvalue()
