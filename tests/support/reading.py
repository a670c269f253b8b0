"""A file read as a table, all at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from db.intake.files.readers import Table, read_table
from surveillance.line_list import BY_NAME

NAMES = frozenset(BY_NAME)


@dataclass
class Read:
    """A table, its rows by number, and the rows left out."""

    table: Table
    rows: dict[int, list[str]]

    @property
    def header(self) -> list[str]:
        """Names of the columns."""
        return self.table.header

    @property
    def left_out(self) -> list[tuple[int, str]]:
        """Rows that are no data."""
        return self.table.left_out

    def named(self) -> list[dict[str, str]]:
        """Rows by column name, without blanks."""
        return [
            {name: cell for name, cell in zip(self.header, cells, strict=False) if cell and name}
            for cells in self.rows.values()
        ]


def read(path: Path, known: frozenset[str] = NAMES, **options: Any) -> Read:
    """Read a whole file."""
    table = read_table(path, known, **options)
    rows: dict[int, list[str]] = {}
    for chunk in table.chunks:
        for row in chunk:
            assert row.number not in rows
            rows[row.number] = row.cells
    return Read(table, rows)


def read_bytes(folder: Path, content: bytes | str, name: str = "list.csv", **options: Any) -> Read:
    """Read a file of these bytes."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read(path, **options)
