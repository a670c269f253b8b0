"""Rows of a table that are no data: a second header, the header again at a page break, sums at the bottom."""

from __future__ import annotations

import re

from db.intake.files.header import Header
from db.intake.files.rows import Row, Table, fold
from db.intake.files.second_header import SECOND_HEADER, is_second_header, is_tags

_TOTAL = re.compile(
    r"(?:grand|sub|overall)?[\s-]*totals?\b.*|sum|សរុប.*|ผลรวม|รวม(?:ทั้งหมด)?|tổng(?: cộng)?", re.IGNORECASE
)
_TOTAL_LONGEST = 40
#: What a first cell of a total, of a blank or of a repeated header may begin with; others are not looked at.
_BEGINNINGS = ("", *"#tTgGsSoOសผរ \t\n\r\xa0\u200b\ufeff")
_NUMBER = re.compile(r"\s*[-+]?[\d០-៩][\d០-៩\s.,']*%?\s*|[-–—\s]*")
#: What a row of data has and a row of sums has not, in the schema and in the forms of others.
_TELLING = frozenset(
    {"facility_id", "date_visit", "disease", "period", "orgunit", "event", "location", "centre", "date"}
)


class Sieve:
    """Takes rows that are no data out of chunks, and notes each in `table.left_out`."""

    def __init__(self, table: Table, header: Header) -> None:
        self._table = table
        self._names = table.header
        self._begun = False
        self._repeats = [self._form(row) for row in header.rows]
        self._labels = {next(filter(None, form), "") for form in self._repeats}
        firsts = {next((cell for cell in row if cell.strip()), "") for row in header.rows}
        self._beginnings = frozenset((*_BEGINNINGS, *(first[:1] for first in firsts)))

    @staticmethod
    def _form(cells: list[str]) -> tuple[str, ...]:
        names = [fold(cell) for cell in cells]
        while names and not names[-1]:
            names.pop()
        return tuple(names)

    def __call__(self, chunk: list[Row]) -> list[Row]:
        """The rows of a chunk that are data."""
        beginnings = self._beginnings
        suspects = [row for row in chunk if row.cells[0][:1] in beginnings]
        left_out = {row.number: why for row in suspects if (why := self._why(row))}
        if not self._begun and chunk:
            self._begun = True
            if is_second_header(self._names, chunk[0].cells):
                left_out.setdefault(chunk[0].number, SECOND_HEADER)
        if not left_out:
            return chunk
        self._table.left_out.extend(left_out.items())
        return [row for row in chunk if row.number not in left_out]

    def _why(self, row: Row) -> str | None:
        first = next((place for place, cell in enumerate(row.cells) if cell and not cell.isspace()), 0)
        label = row.cells[first]
        if fold(label) in self._labels and self._form(row.cells) in self._repeats:
            return "repeated_header"
        if label.lstrip()[:1] == "#" and is_tags(row.cells):
            return SECOND_HEADER
        return "totals_row" if self._is_total(row.cells, first, label) else None

    def _is_total(self, cells: list[str], first: int, label: str) -> bool:
        """A word for a sum, nothing but numbers after it, and blank where a row of data never is."""
        if len(label) > _TOTAL_LONGEST or not _TOTAL.fullmatch(fold(label).rstrip(" :៖")):
            return False
        blank = 0
        for place, name in enumerate(self._names):
            cell = cells[place] if place < len(cells) else ""
            if place == first or not name:
                continue
            if not cell.strip():
                blank += 1
            elif name in _TELLING or not _NUMBER.fullmatch(cell):
                return False
        return blank > 0
