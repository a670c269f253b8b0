"""CSV that a spreadsheet opens: a name from a facility list must never be taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO, Any

#: What begins a formula, also in full width, and what hides such a beginning.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def text_cell(value: Any) -> Any:
    """A text that no spreadsheet runs: an apostrophe before what begins like a formula. Numbers stay.

    >>> text_cell("=1+1"), text_cell("Poipet"), text_cell(-0.5), text_cell(None)
    ("'=1+1", 'Poipet', -0.5, None)
    """
    if isinstance(value, str) and value.lstrip(" \u00a0").startswith(_FORMULA):
        return f"'{value}"
    return value


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
