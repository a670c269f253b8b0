"""CSV that a spreadsheet opens: a name from a facility list must never be taken for a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO, Any

#: What begins a formula, also in full width and small.
_SIGNS = "=+\\-@＝＋－＠﹦﹢﹣﹫"
#: What is not seen before it: blanks, controls, marks without a width.
_UNSEEN = "\\s\x00-\x1f\x7f-\xa0\u00ad\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
_FORMULA = re.compile(f"[{_UNSEEN}]*[{_SIGNS}]|[\t\r\n]")
#: The same where a spreadsheet takes a semicolon or a tab for the comma, and so no quote for one.
_NEXT_CELL = re.compile(f'(?<=[;\t\r\n])(?=[{_UNSEEN}"]*[{_SIGNS}])')


def text_cell(value: Any) -> Any:
    """A text that no spreadsheet runs: an apostrophe before what begins like a formula. Numbers stay.

    >>> text_cell("=1+1"), text_cell("Poipet"), text_cell(-0.5), text_cell(None)
    ("'=1+1", 'Poipet', -0.5, None)
    >>> text_cell("a;=1+1;b")
    "a;'=1+1;b"
    """
    if not isinstance(value, str):
        return value
    value = _NEXT_CELL.sub("'", value)
    return f"'{value}" if _FORMULA.match(value) else value


def write_rows(
    file: IO[str], rows: Iterable[Mapping[str, Any]], columns: Sequence[str], ending: str = "\n"
) -> None:
    """Header and rows; empty where empty."""
    writer = csv.DictWriter(file, columns, lineterminator=ending)
    writer.writeheader()
    writer.writerows({name: text_cell(value) for name, value in row.items()} for row in rows)


def in_parts(
    rows: Iterable[Mapping[str, Any]], columns: Sequence[str], size: int, ending: str = "\r\n"
) -> Iterator[bytes]:
    """The same as UTF-8 with its mark, `size` rows at a time: nothing is held whole."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator=ending)
    writer.writeheader()
    yield "\ufeff".encode()
    for number, row in enumerate(rows, start=1):
        writer.writerow({name: text_cell(value) for name, value in row.items()})
        if number % size == 0:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()
