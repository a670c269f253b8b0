"""Writing tables to standard output: for people, as CSV, as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from dashboard.spreadsheet import write_rows


def write(rows: Sequence[dict[str, Any]], columns: Sequence[str], style: str) -> None:
    """Write rows in one of the styles `table`, `csv`, `json`."""
    if style == "json":
        write_json(rows)
    elif style == "csv":
        write_csv(rows, columns)
    else:
        write_table(rows, columns)


def write_json(rows: Iterable[dict[str, Any]]) -> None:
    """One JSON array and nothing else; numbers unrounded, null where empty."""
    print(json.dumps(list(rows), ensure_ascii=False, allow_nan=False, default=str))


def write_csv(rows: Iterable[dict[str, Any]], columns: Sequence[str]) -> None:
    """CSV with a header; empty where empty."""
    write_rows(sys.stdout, rows, columns)


def write_table(rows: Iterable[dict[str, Any]], columns: Sequence[str]) -> None:
    """Columns in line for reading; proportions to four digits."""
    lines = [[_shown(row[name]) for name in columns] for row in rows]
    widths = [max(map(len, cells)) for cells in zip(columns, *lines, strict=True)]
    for line in (list(columns), *lines):
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def say(text: str) -> None:
    """A line for people, beside the data: on standard error."""
    print(text, file=sys.stderr)
