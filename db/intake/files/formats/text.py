"""Tables as text: comma, semicolon, tab or bar between cells, in any usual encoding, read as a stream."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from db.intake.files.encoding import Encoding, find_encoding
from db.intake.files.formats.event_rows import holds_data_values, one_row_for_each_event
from db.intake.files.header import SEARCHED, Header, best_header, find_header
from db.intake.files.limits import Limits, check_rows
from db.intake.files.rows import CHUNK, CHUNK_CHARACTERS, Row, Table, is_blank
from db.intake.files.sieve import Sieve
from surveillance.errors import UnreadableFileError

_SEPARATORS = (",", ";", "\t", "|")
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\r?\n?', re.IGNORECASE)
_SAMPLE = 1 << 18


@dataclass(frozen=True)
class _Form:
    """How a text is a table. Where a first line names the separator, spreadsheets do not show it as a row."""

    encoding: Encoding
    separator: str = ","
    skips_line: bool = False


def read_text(path: Path, known: frozenset[str], limits: Limits) -> Table:
    """Open a table that is text.

    Parameters
    ----------
    path : Path
        The file.
    known : frozenset of str
        Folded names to look for: they decide the separator and the header.
    limits : Limits
        How large it may be.

    Raises
    ------
    UnreadableFileError
        It is empty, too large, in no encoding, or no table.
    """
    form = _form(path, known, limits)
    head: list[Row] = []
    blocks = _blocks(path, form, limits)
    waiting: list[list[Row]] = []
    for block in blocks:
        waiting.append(block)
        head.extend(islice(block, SEARCHED - len(head)))
        if len(head) >= SEARCHED:
            break
    header = find_header(path, head, known, limits)
    table = Table(header.names, iter(()), header.sent, form=form.encoding.name)
    after = head[header.length :]
    table.first_row = after[0].number if after else head[-1].number + 1
    table.left_out.extend((number, "above_header") for number in header.above)
    below = _below(waiting, blocks, header)
    sieve = Sieve(table, header)
    table.chunks = _sifted(path, below, sieve, limits)
    if holds_data_values(table.header):
        return one_row_for_each_event(path, table, lambda: _again(path, form, header, limits), limits)
    return table


def _again(path: Path, form: _Form, header: Header, limits: Limits) -> Iterator[list[Row]]:
    """The rows below the header from the start."""
    return _below([], _blocks(path, form, limits), header)


def _below(waiting: list[list[Row]], blocks: Iterator[list[Row]], header: Header) -> Iterator[list[Row]]:
    """Blocks without the rows above the header and the header itself."""
    left = header.length
    for source in (waiting, blocks):
        for block in source:
            if left < len(block):
                yield block[left:] if left else block
            left = max(0, left - len(block))


def _sifted(path: Path, blocks: Iterator[list[Row]], sieve: Sieve, limits: Limits) -> Iterator[list[Row]]:
    count = 0
    for block in blocks:
        count += len(block)
        check_rows(path, count, limits)
        if chunk := sieve(block):
            yield chunk


def _form(path: Path, known: frozenset[str], limits: Limits) -> _Form:
    """Encoding and separator: the one a first line names, or under which the header knows most names."""
    encoding = find_encoding(path, limits)
    with path.open(encoding=encoding.codec, newline="") as handle:
        lines = handle.read(_SAMPLE).replace("\0", "").splitlines(keepends=True)
    named = _SEPARATOR_LINE.fullmatch(lines[0]) if lines else None
    if named:
        return _Form(encoding, named[1], skips_line=True)

    def quality(separator: str) -> tuple[int, int, int]:
        rows = _sampled(lines, separator)
        if not rows:
            return (0, 0, 0)
        widths = [len(row.cells) for row in rows if len(row.cells) > 1]
        usual = max(((widths.count(width), width) for width in set(widths)), default=(0, 0))
        return (best_header(rows, known, {}).known, *usual)

    return _Form(encoding, max(_SEPARATORS, key=quality))


def _sampled(lines: list[str], separator: str) -> list[Row]:
    """The first rows with content, as they would be under one separator."""
    rows: list[Row] = []
    try:
        for number, cells in enumerate(csv.reader(lines, delimiter=separator), start=1):
            if any(cell.strip(" ,;|\t") for cell in cells):
                rows.append(Row(number, cells))
            if len(rows) == SEARCHED:
                break
    except csv.Error:  # a quote that is not closed: what came before it tells enough
        pass
    return rows


def _blocks(path: Path, form: _Form, limits: Limits) -> Iterator[list[Row]]:
    """Rows with content, numbered as a spreadsheet shows them, bounded in rows and characters.

    A row may reach over several lines. The text is counted as lines are drawn: a row that draws without end
    is refused before it fills the memory. Cells are measured here: the csv module's own limit is of the whole
    process, and a reading that stops half-way or beside another would leave it changed for everybody.
    """
    most = CHUNK_CHARACTERS + 2 * limits.line
    begun = drawn = 0  # characters drawn before this row, and up to its end
    number = 0
    block: list[Row] = []
    try:
        with path.open(encoding=form.encoding.codec, newline="") as handle:
            if form.skips_line:
                handle.readline()

            def lines() -> Iterator[str]:
                nonlocal drawn
                for line in handle:
                    drawn += len(line)
                    if drawn > most:
                        _refuse_endless()
                    yield line

            source = (line.replace("\0", "") for line in lines()) if form.encoding.has_nul else lines()
            for number, cells in enumerate(csv.reader(source, delimiter=form.separator), start=1):
                if drawn - begun > limits.cell and max(map(len, cells), default=0) > limits.cell:
                    raise _long_cell(path, number, limits)
                begun = drawn
                if cells and (((first := cells[0]) and not first.isspace()) or not is_blank(cells)):
                    block.append(Row(number, cells))
                if drawn > CHUNK_CHARACTERS or len(block) == CHUNK:
                    begun = drawn = 0
                    if block:
                        yield block
                        block = []
        if block:
            yield block
    except csv.Error as error:
        raise _bad_row(path, number + 1, error, limits) from error
    except (UnicodeError, OSError) as error:  # it was whole a moment ago
        raise UnreadableFileError(
            "{file}: changed or cannot be read any more ({why})", file=path.name, why=error
        ) from error


def _refuse_endless() -> None:
    raise csv.Error("it does not end")


def _long_cell(path: Path, number: int, limits: Limits) -> UnreadableFileError:
    return UnreadableFileError(
        "{file}: row {number} has a cell of more than {most} characters; is a double quote not closed?",
        file=path.name,
        number=number,
        most=f"{limits.cell:,}",
    )


def _bad_row(path: Path, number: int, error: csv.Error, limits: Limits) -> UnreadableFileError:
    if "field limit" in str(error) or "does not end" in str(error):
        return _long_cell(path, number, limits)
    return UnreadableFileError(
        "{file}: row {number} cannot be read as CSV ({why})", file=path.name, number=number, why=error
    )
