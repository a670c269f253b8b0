"""Files as clinics write them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

Row = Mapping[str, Any]


def record(**values: Any) -> dict[str, Any]:
    """One row of a line list; what is not given is a tuberculosis record of facility HC1."""
    return {"facility_id": "HC1", "disease": "tb", "date_visit": "2025-03-04"} | values


def columns_of(rows: Iterable[Row]) -> list[str]:
    """Every column that any row names, in the order they come."""
    return list(dict.fromkeys(name for row in rows for name in row))


def csv_text(rows: Sequence[Row], *, columns: Sequence[str] | None = None, delimiter: str = ",") -> str:
    """Rows as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns or columns_of(rows), delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def write_csv(path: Path, *rows: Row, columns: Sequence[str] | None = None) -> Path:
    """A CSV file of these rows."""
    path.write_text(csv_text(rows, columns=columns), encoding="utf-8", newline="")
    return path


def read_csv(path: Path | str) -> list[dict[str, str]]:
    """Rows of a CSV file."""
    with Path(path).open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def write_xlsx(path: Path, header: Sequence[str], lines: Sequence[Sequence[Any]]) -> Path:
    """A workbook of one sheet; dates become real date cells."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"default_date_format": "dd/mm/yyyy"}) as book:
        sheet = book.add_worksheet("line list")
        for number, cells in enumerate((header, *lines)):
            for column, cell in enumerate(cells):
                sheet.write(number, column, cell)
    return path


def read_xlsx(path: Path | str) -> list[list[Any]]:
    """Cells of a workbook's first sheet."""
    from python_calamine import CalamineWorkbook

    with Path(path).open("rb") as handle:
        return CalamineWorkbook.from_filelike(handle).get_sheet_by_index(0).to_python(skip_empty_area=False)
