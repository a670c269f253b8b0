"""Workbooks: XLSX, XLS and ODS, by calamine. It parses files of strangers: run it in a child process."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Any

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from db.intake.files.formats.archive import check_archive, unpacked_size
from db.intake.files.formats.date_system import counts_from_1904
from db.intake.files.formats.error_cells import Errors, errors_of
from db.intake.files.formats.repeat_groups import PARENT, joined, parent_of, sheet_of
from db.intake.files.header import SEARCHED, Header, Merged, best_header, find_header
from db.intake.files.limits import Limits, check_columns, check_spread
from db.intake.files.rows import Row, Table, fold, in_chunks, is_blank
from db.intake.files.sieve import Sieve
from surveillance.errors import UnreadableFileError

_LAST_ROW = 1_048_576
#: Known names that make a sheet one of the same kind as the one that is read.
_SIMILAR = 2
_ODS_DURATION = re.compile(r"PT(\d+)H(\d\d)M(\d\d)S")


@dataclass
class _Sheet:
    """A sheet that was looked at: its first rows with content, and the header they suggest."""

    name: str
    visible: bool
    cells: CalamineSheet
    head: list[Row]
    merged: Merged
    header: Header | None

    @property
    def known(self) -> int:
        """How many known names its header has; fewer than none where there is nothing at all."""
        return self.header.known if self.header else -1


def read_workbook(
    path: Path, known: frozenset[str], limits: Limits, sheet: str | None = None, repeat: str = ""
) -> Table:
    """Open a workbook, at the sheet named or at the one whose header knows most names.

    `repeat`: a group with a sheet of its own, whose rows are read with what their forms say.

    Raises
    ------
    UnreadableFileError
        It is damaged, too large, protected, empty, or has no such sheet.
    """
    try:
        with path.open("rb") as handle:
            is_archive = handle.read(4) == b"PK\x03\x04"
            has_errors = is_archive and check_archive(path, limits)
            handle.seek(0)
            with CalamineWorkbook.from_filelike(handle) as book:
                if repeat:
                    return _read_entries(path, book, known, limits, repeat, has_errors=has_errors)
                return _read(path, book, known, limits, sheet, has_errors=has_errors)
    except PasswordError as error:
        raise UnreadableFileError(
            "{file}: is protected with a password; save it without one", file=path.name
        ) from error
    except CalamineError as error:
        raise UnreadableFileError(
            "{file}: is damaged or not a workbook ({why})", file=path.name, why=error
        ) from error
    except OSError as error:
        raise UnreadableFileError(
            "{file}: is damaged or cannot be read ({why})", file=path.name, why=error.strerror or error
        ) from error


def _read(
    path: Path,
    book: CalamineWorkbook,
    known: frozenset[str],
    limits: Limits,
    sheet: str | None,
    *,
    has_errors: bool,
) -> Table:
    names = _names(path, book, sheet)
    best: _Sheet | None = None
    most = limits.cells(unpacked_size(path, limits))
    similar: dict[str, int] = {}
    groups: dict[str, int] = {}
    for name, visible in names.items():
        found = _look(path, book, name, visible, known, limits, most)
        if visible and found.header and len(found.head) > found.header.length:
            similar[name] = found.known
        groups[name] = _entries(found) if sheet is None else 0
        if best is None or _rank(found) > _rank(best):
            best = found
    if best is None or not best.head:
        raise UnreadableFileError("{file}: the workbook is empty", file=path.name)
    header = find_header(path, best.head, known, limits, best.merged)
    table = Table(header.names, iter(()), header.sent)
    after = best.head[header.length :]
    last = best.head[header.length - 1].number
    table.excel_1904 = counts_from_1904(path)
    table.first_row = after[0].number if after else last + 1
    table.left_out.extend((number, "above_header") for number in header.above)
    table.other_sheets = [
        name
        for name, count in similar.items()
        if name != best.name and count >= _SIMILAR and count >= best.known - 1
    ]
    table.groups = {name: count for name, count in groups.items() if count and name != best.name}
    errors = errors_of(path, best.name) if has_errors else {}
    rows = (row for row in _filled(_rows(path, best.cells, limits, errors), best.cells) if row.number > last)
    sieve = Sieve(table, header)
    table.chunks = (kept for chunk in in_chunks(path, rows, limits) if (kept := sieve(chunk)))
    return table


def _read_entries(
    path: Path,
    book: CalamineWorkbook,
    known: frozenset[str],
    limits: Limits,
    repeat: str,
    *,
    has_errors: bool,
) -> Table:
    """The sheet of a repeat group, each row with the columns of its form."""
    names = list(_names(path, book, None))
    own = sheet_of(names, repeat)
    if own is None or len(names) < 2:
        raise UnreadableFileError(
            "{file}: there is no sheet of the group '{group}' that the mapping names; there are {names}",
            file=path.name,
            group=repeat,
            names=", ".join(map(repr, names[:10])),
        )
    tied = known | {"_index", "_parent_index"}
    entries = _read(path, book, tied, limits, own, has_errors=has_errors)
    rows = list(chain.from_iterable(entries.chunks))
    parent = parent_of(entries, rows, names, own)
    forms = _read(path, book, tied, limits, parent, has_errors=has_errors)
    return joined(path, forms, list(chain.from_iterable(forms.chunks)), entries, rows)


def _names(path: Path, book: CalamineWorkbook, sheet: str | None) -> dict[str, bool]:
    """Sheets with cells, and whether each is shown."""
    names = {
        found.name: found.visible == SheetVisibleEnum.Visible
        for found in book.sheets_metadata
        if found.typ == SheetTypeEnum.WorkSheet
    }
    if sheet is None:
        return names
    chosen = [name for name in names if name.strip().casefold() == sheet.strip().casefold()]
    if not chosen:
        raise UnreadableFileError(
            "{file}: there is no sheet '{sheet}'; there are {names}",
            file=path.name,
            sheet=sheet,
            names=", ".join(map(repr, list(names)[:10])),
        )
    return {chosen[0]: True}


def _look(
    path: Path,
    book: CalamineWorkbook,
    name: str,
    visible: bool,
    known: frozenset[str],
    limits: Limits,
    most: int,
) -> _Sheet:
    cells = book.get_sheet_by_name(name)
    if cells.end is not None:
        if cells.end[0] >= _LAST_ROW:
            raise UnreadableFileError(
                "{file}: has a row {row}, which no spreadsheet has; save it anew as XLSX",
                file=path.name,
                row=f"{cells.end[0] + 1:,}",
            )
        width = cells.end[1] - (cells.start or (0, 0))[1] + 1
        check_columns(path, width, limits)
        check_spread(path, width * (cells.end[0] + 1), most)
    head = list(islice(_rows(path, cells, limits), SEARCHED))
    merged: dict[int, list[tuple[int, int]]] = {}
    for (top, left), (_, right) in cells.merged_cell_ranges or ():
        if right > left:
            merged.setdefault(top + 1, []).append((left, right))
    return _Sheet(name, visible, cells, head, merged, best_header(head, known, merged) if head else None)


def _entries(sheet: _Sheet) -> int:
    """How many rows the sheet of a repeat group has; 0 where it is no such sheet."""
    top = next((row.number for row in sheet.head if any(fold(cell) == PARENT for cell in row.cells)), None)
    return 0 if top is None or sheet.cells.end is None else sheet.cells.end[0] + 1 - top


def _rank(sheet: _Sheet) -> tuple[bool, int, bool]:
    """Sheets that are shown come before hidden ones, but not where only a hidden one knows a name."""
    return (sheet.visible and sheet.known > 0, sheet.known, sheet.visible)


def _rows(path: Path, cells: CalamineSheet, limits: Limits, errors: Errors | None = None) -> Iterator[Row]:
    """Rows with content, as text; an error that a cell shows is its text."""
    before = [""] * (cells.start or (0, 0))[1]
    for number, line in _lines(path, cells):
        texts = before + [text_of(cell) for cell in line]
        for place, shown in errors.get(number, ()) if errors else ():
            texts.extend([""] * (place + 1 - len(texts)))
            texts[place] = texts[place] or shown
        if is_blank(texts):
            continue
        if max(map(len, texts)) > limits.cell:
            raise UnreadableFileError(
                "{file}: row {number} has a cell of more than {most} characters; shorten it",
                file=path.name,
                number=number,
                most=f"{limits.cell:,}",
            )
        yield Row(number, texts)


def _lines(path: Path, cells: CalamineSheet) -> Iterator[tuple[int, list[Any]]]:
    """The rows of a sheet, numbered from 1."""
    number, lines = 1, iter(cells.iter_rows())
    while True:
        try:
            line = next(lines, None)
        except OverflowError as error:  # a length of time of more days than Python counts
            raise UnreadableFileError(
                "{file}: row {number} has a date or a length of time that is too long to be one; correct it, "
                "or save the file anew as XLSX",
                file=path.name,
                number=number,
            ) from error
        if line is None:
            return
        yield number, line
        number += 1


def _filled(rows: Iterator[Row], cells: CalamineSheet) -> Iterator[Row]:
    """Rows in which a cell that was merged downwards stands in every row that it covers."""
    covered: dict[int, tuple[int, int]] = {}
    starts: dict[int, list[tuple[int, int]]] = {}
    for (top, left), (bottom, _) in cells.merged_cell_ranges or ():
        if bottom > top:
            starts.setdefault(top + 1, []).append((left, bottom + 1))
    if not starts:
        yield from rows
        return
    texts: dict[int, str] = {}
    waiting = sorted(starts, reverse=True)
    for row in rows:
        while waiting and waiting[-1] <= row.number:
            top = waiting.pop()
            for place, bottom in starts[top]:
                covered[place] = (top, bottom)
                texts[place] = row.cells[place] if top == row.number and place < len(row.cells) else ""
        for place, (top, bottom) in covered.items():
            if top < row.number <= bottom and place < len(row.cells) and not row.cells[place]:
                row.cells[place] = texts[place]
        yield row


def text_of(cell: Any) -> str:
    """A cell as text: whole numbers without a decimal point, days and times as ISO, durations as H:MM:SS."""
    if isinstance(cell, str):
        duration = _ODS_DURATION.fullmatch(cell) if cell.startswith("PT") else None
        return f"{int(duration[1])}:{duration[2]}:{duration[3]}" if duration else cell
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, (date, time, timedelta)):
        return _moment(cell)
    return "" if cell is None else str(cell)


def _moment(cell: date | time | timedelta) -> str:
    if isinstance(cell, timedelta):
        seconds = round(cell.total_seconds())
        sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
        return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ")
    return cell.isoformat()
