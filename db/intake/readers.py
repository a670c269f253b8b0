"""Reading a delivered file as rows of text, with the row numbers its sender sees.

Row 1 is the header. Rows without any content are passed over: they hold nothing to account for.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from surveillance.errors import UnreadableFileError

CHUNK = 20_000
_DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True)
class Row:
    """One row as it came."""

    number: int
    cells: list[str]
    #: What the sender wrote, where `cells` is something made of it.
    sent: list[str] | None = None


@dataclass
class Table:
    """A header and the rows below it, in chunks."""

    header: list[str]
    chunks: Iterator[list[Row]]
    #: The header as the sender wrote it.
    sent_header: list[str] = field(default_factory=list)


def sha256_of(path: Path) -> str:
    """Fingerprint of a file's bytes."""
    try:
        with path.open("rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()
    except OSError as error:
        raise UnreadableFileError(f"{path.name}: cannot be opened ({error.strerror})") from error


def read_table(path: Path, known: frozenset[str]) -> Table:
    """Open a CSV or XLSX file.

    Parameters
    ----------
    path : Path
        Known by its ending: `.csv`, `.txt`, `.tsv`, or `.xlsx`.
    known : frozenset of str
        Column names to look for: they decide the separator, and the sheet of a workbook.

    Raises
    ------
    UnreadableFileError
        The file is missing, empty, of another kind, damaged, or not UTF-8.
    """
    ending = path.suffix.lower()
    if ending in (".csv", ".txt", ".tsv"):
        return _read_csv(path, known)
    if ending == ".xlsx":
        return _read_xlsx(path, known)
    raise UnreadableFileError(f"{path.name}: files ending in '{ending}' are not read; save it as CSV or XLSX")


def _normal_header(cells: list[str]) -> list[str]:
    return [cell.strip().casefold() for cell in cells]


def _check_header(path: Path, header: list[str]) -> None:
    named = [name for name in header if name]
    if not named:
        raise UnreadableFileError(f"{path.name}: the first row holds no column names")
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        raise UnreadableFileError(
            f"{path.name}: column '{twice[0]}' stands twice in the header; keep one of them"
        )


def _read_csv(path: Path, known: frozenset[str]) -> Table:
    delimiter = _delimiter(path, known)
    rows = _csv_rows(path, delimiter)
    first = next(rows, None)
    if first is None:
        raise UnreadableFileError(f"{path.name}: the file is empty")
    header = _normal_header(first.cells)
    _check_header(path, header)
    return Table(header, _in_chunks(rows), first.cells)


def _delimiter(path: Path, known: frozenset[str]) -> str:
    """The separator under which the header holds most known names; a comma where none does."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            line = handle.readline(1_000_000)
            while line and not line.strip(' ,;|"\t\r\n'):  # the header may stand below blank lines
                line = handle.readline(1_000_000)
    except UnicodeDecodeError as error:
        raise _not_utf8(path) from error
    except OSError as error:
        raise UnreadableFileError(f"{path.name}: cannot be opened ({error.strerror})") from error

    def found(delimiter: str) -> int:
        return sum(cell.strip(' "\r\n').casefold() in known for cell in line.split(delimiter))

    return max(_DELIMITERS, key=found)


def _not_utf8(path: Path) -> UnreadableFileError:
    return UnreadableFileError(f"{path.name}: the text is not UTF-8; save it as 'CSV UTF-8' or XLSX")


def _csv_rows(path: Path, delimiter: str) -> Iterator[Row]:
    csv.field_size_limit(10_000_000)
    number = 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            for number, cells in enumerate(csv.reader(handle, delimiter=delimiter), start=1):
                if any(cells) and not all(not cell or cell.isspace() for cell in cells):
                    yield Row(number, cells)
    except UnicodeDecodeError as error:
        raise _not_utf8(path) from error
    except csv.Error as error:
        raise UnreadableFileError(f"{path.name}: row {number + 1} cannot be read as CSV ({error})") from error
    except OSError as error:
        raise UnreadableFileError(f"{path.name}: cannot be read ({error.strerror})") from error


def _in_chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    chunk: list[Row] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _read_xlsx(path: Path, known: frozenset[str]) -> Table:
    from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415 - CSV does not need it

    try:
        with path.open("rb") as handle:
            workbook = CalamineWorkbook.from_filelike(handle)
            sheets = {
                name: workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
                for name in workbook.sheet_names
            }
    except OSError as error:
        raise UnreadableFileError(f"{path.name}: cannot be opened ({error.strerror})") from error
    except CalamineError as error:
        raise UnreadableFileError(f"{path.name}: is damaged or not a workbook ({error})") from error
    best: tuple[int, list[list[Any]]] = (-1, [])
    for cells in sheets.values():
        found = sum(_text(cell).strip().casefold() in known for cell in cells[0]) if cells else -1
        if found > best[0]:
            best = (found, cells)
    if not best[1]:
        raise UnreadableFileError(f"{path.name}: the workbook is empty")
    sent = [_text(cell) for cell in best[1][0]]
    header = _normal_header(sent)
    _check_header(path, header)
    return Table(header, _in_chunks(_xlsx_rows(best[1])), sent)


def _xlsx_rows(cells: list[list[Any]]) -> Iterator[Row]:
    for number, line in enumerate(cells[1:], start=2):
        texts = [_text(cell) for cell in line]
        if any(text and not text.isspace() for text in texts):
            yield Row(number, texts)


def _text(cell: Any) -> str:
    """A cell as text: whole numbers without a decimal point, dates as ISO."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ")
    if isinstance(cell, date):
        return cell.isoformat()
    return "" if cell is None else str(cell)
