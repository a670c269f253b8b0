"""What every form becomes: a header, and chunks of numbered rows of text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from db.intake.files.limits import Limits, check_rows
from surveillance.sameness import same

#: Rows, and about how many characters, that are held at a time.
CHUNK = 5000
CHUNK_CHARACTERS = 16_000_000
#: What a file is said to be read as that is in the Thai encoding of old.
THAI_ENCODING = "Windows-874 (Thai)"


@dataclass(slots=True)
class Row:
    """One row as it came: its number where the sender looks, and its cells.

    `sent` holds the cells as they were sent, where a mapping has changed them.
    """

    number: int
    cells: list[str]
    sent: list[str] | None = None


@dataclass
class Table:
    """A header and the rows below it.

    Parameters
    ----------
    header : list of str
        Column names in one form (`fold`), each once; blank where a column has no name.
    chunks : iterator of list of Row
        The data rows.
    sent_header : list of str
        Column names as the sender wrote them.
    first_row : int
        Number of the first row below the header.
    left_out : list of (int, str)
        Rows that are no data, and what they are: `above_header`, `second_header`, `repeated_header`,
        `totals_row`. Filled while `chunks` is read.
    other_sheets : list of str
        Sheets that look like tables of the same kind, and were not read.
    form : str
        How the file was read where that was not plain: an encoding other than UTF-8.
    row_word : str
        What a row is called where the file comes from: `row`, or `item` in JSON.
    excel_1904 : bool
        Whether the file's day numbers count from 1904; its cells that are formatted as days are right.
    groups : dict
        Repeat groups of a survey that were not read, and how many entries each holds.
    """

    header: list[str]
    chunks: Iterator[list[Row]]
    sent_header: list[str] = field(default_factory=list)
    first_row: int = 2
    left_out: list[tuple[int, str]] = field(default_factory=list)
    other_sheets: list[str] = field(default_factory=list)
    form: str = ""
    row_word: str = "row"
    excel_1904: bool = False
    groups: dict[str, int] = field(default_factory=dict)


def fold(name: str) -> str:
    """A column name in the form in which names are compared.

    One form of each letter, no case, no space around it, one space where there are several, nothing unseen.

    >>> fold(" Date \\n of\\u200b visit ")
    'date of visit'
    """
    return same(name)


def is_blank(cells: list[str]) -> bool:
    """Whether a row holds nothing."""
    return not any(cells) or all(not cell or cell.isspace() for cell in cells)


def in_chunks(path: Path, rows: Iterator[Row], limits: Limits) -> Iterator[list[Row]]:
    """Rows in chunks that are bounded in rows and in characters.

    Raises
    ------
    UnreadableFileError
        There are more rows than `limits` allow.
    """
    chunk: list[Row] = []
    size = count = 0
    for row in rows:
        chunk.append(row)
        size += sum(map(len, row.cells))
        if len(chunk) == CHUNK or size > CHUNK_CHARACTERS:
            count += len(chunk)
            check_rows(path, count, limits)
            yield chunk
            chunk, size = [], 0
    if chunk:
        check_rows(path, count + len(chunk), limits)
        yield chunk
