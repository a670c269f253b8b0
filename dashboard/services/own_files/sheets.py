"""One of a person's own files as columns of texts, its days and numbers read by the rules of the import."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from dashboard.services.own_files.days import Declared, read_days
from dashboard.services.own_files.numbers import NUMBERS, read_numbers
from db.intake.dates.eras import is_thai
from db.intake.files.readers import Row, Table, read_table, sha256_of
from surveillance.errors import UnreadableFileError


@dataclass(frozen=True)
class Sheet:
    """One file as a frame of texts, empty cells as None. `numbers`: rows of the file, the header being 1.

    `written`: its columns as they were sent, for messages.
    """

    path: Path
    frame: pd.DataFrame
    numbers: list[int]
    sha256: str
    written: Mapping[str, list[str | None]]

    def has(self, *columns: str) -> bool:
        """Whether all these columns are there."""
        return set(columns) <= set(self.frame.columns)


def read_sheet(
    path: Path,
    columns: Sequence[str],
    declared: Declared | None = None,
    *,
    texts: Sequence[str] = (),
    people: bool = False,
    days: Sequence[str] = ("date",),
) -> Sheet:
    """Read CSV (UTF-8; comma, semicolon, tab or bar), a workbook or JSON.

    Parameters
    ----------
    columns
        Those by which the file is recognised. Columns of numbers are read as numbers.
    declared
        What is said of how it writes days.
    texts
        Further columns, whose cells stay as they are.
    people
        Whether it is a table of people: there a year or a month may stand alone, and days may lie ahead.
    days
        Columns that are read as days.

    Raises
    ------
    UnreadableFileError
        The file cannot be read, or a row has more cells than the header; or its days can be read in two ways.
    StatisticsError
        A day lies after today, stands for none, or is not in the order that was declared.
    """
    table = read_table(path, frozenset((*columns, *texts)))
    rows = list(_checked(path, table))
    places = [(column, place) for place, column in enumerate(table.header) if column]
    cells = {
        column: [row.cells[place].strip() or None if place < len(row.cells) else None for row in rows]
        for column, place in places
    }
    numbers = [row.number for row in rows]
    written = dict(cells)
    for column in filter(lambda name: name in cells and name in columns, days):
        cells[column] = read_days(
            path.name,
            cells[column],
            numbers,
            declared or Declared(),
            excel_1904=table.excel_1904,
            thai=any(map(is_thai, table.sent_header)),
            people=people,
        )
    for column in cells.keys() & NUMBERS - set(texts):
        cells[column] = read_numbers(column, cells[column], path.name, numbers)
    frame = pd.DataFrame(cells, columns=[column for column, _ in places], dtype=object)
    return Sheet(path, frame, numbers, sha256_of(path), written)


def _checked(path: Path, table: Table) -> Iterator[Row]:
    """Rows that do not go beyond the header: more cells mean that they stand under the wrong names."""
    width = len(table.header)
    for chunk in table.chunks:
        for row in chunk:
            if any(cell.strip() for cell in row.cells[width:]):
                raise UnreadableFileError(
                    f"{path.name}, row {row.number}: {len(row.cells)} cells, but the header has {width}; "
                    "put a text that holds the separator in double quotes"
                )
            yield row
    if table.left_out:
        number, why = table.left_out[0]
        what = {
            "totals_row": "is a sum of others",
            "repeated_header": "repeats the header",
            "second_header": "is a second header",
        }.get(why)
        raise UnreadableFileError(
            f"{path.name}, row {number}: {what or 'stands above the header'}; take it out of the file"
        )
