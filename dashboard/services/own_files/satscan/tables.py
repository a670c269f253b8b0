"""Reading SaTScan's tables: cells parted by spaces, tabs or commas, no header, quotes around spaces."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from dashboard.services.own_files.days import named_rows
from dashboard.services.own_files.satscan.days import GENERIC, first_day, generic, parts
from dashboard.services.own_files.sheets import Sheet
from db.intake.files.encoding import find_encoding
from db.intake.files.limits import DEFAULT, check_rows, check_size
from db.intake.files.readers import sha256_of
from db.intake.values.codes import visible
from surveillance.errors import StatisticsError, UnreadableFileError

_CELL = re.compile(r'"([^"]*)"|([^\s,"]+)')
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
#: What stands for a date of a population that is always the same.
_UNSPECIFIED = "unspecified"
_PARTS_OF = {"year": 1, "month": 2, "day": 3}


@dataclass(frozen=True)
class Lines:
    """A table as cells, with the number of each line."""

    path: Path
    cells: list[list[str]]
    numbers: list[int]

    def refuse(self, at: Sequence[int], what: str, remedy: str) -> None:
        """Raise, naming lines, where there are any.

        Raises
        ------
        StatisticsError
            There are.
        """
        if at:
            raise StatisticsError(
                f"{self.path.name}, {named_rows([self.numbers[n] for n in at])}: {what}; {remedy}"
            )

    def sheet(self, columns: dict[str, list[str | None]]) -> Sheet:
        """The same with names for columns."""
        frame = pd.DataFrame(columns, dtype=object)
        return Sheet(self.path, frame, list(self.numbers), sha256_of(self.path), columns)


def read_lines(path: Path, least: int, most: int | None, what: str) -> Lines:
    """Read a table.

    Raises
    ------
    UnreadableFileError
        The file is missing, too large or in no encoding.
    StatisticsError
        It is empty, or a line has too few or too many cells.
    """
    check_size(path, DEFAULT)
    codec = find_encoding(path, DEFAULT).codec
    cells, numbers = [], []
    with path.open(encoding=codec, newline=None) as handle:
        for number, line in enumerate(handle, 1):
            found = [quoted or plain for quoted, plain in _CELL.findall(line)]
            if line.count('"') % 2:
                raise UnreadableFileError(f'{path.name}, row {number}: a quote (") is not closed')
            if found:
                cells.append(found)
                numbers.append(number)
    check_rows(path, len(cells), DEFAULT)
    lines = Lines(path, cells, numbers)
    if not cells:
        raise StatisticsError(f"{path.name}: is empty; it holds {what}")
    lines.refuse([n for n, row in enumerate(cells) if len(row) < least], f"fewer than {least} cells", what)
    if most is not None:
        lines.refuse([n for n, row in enumerate(cells) if len(row) > most], f"more than {most} cells", what)
    return lines


def numbers_of(lines: Lines, at: int, name: str, *, whole: bool = False) -> list[str | None]:
    """A column of numbers.

    Raises
    ------
    StatisticsError
        A cell is no number; names the lines.
    """
    texts = [row[at] for row in lines.cells]
    kind = re.compile(r"\d+") if whole else _NUMBER
    wrong = [n for n, text in enumerate(texts) if not kind.fullmatch(text)]
    shown = f" ('{visible(texts[wrong[0]], 40)}')" if wrong else ""
    what = "a whole number of 0 or more" if whole else "a number"
    lines.refuse(wrong, f"{name} is not {what}{shown}", "correct it, or leave the row out")
    return list(texts)


def days_of(lines: Lines, at: int, precision: str, today: date) -> list[str | None]:
    """A column of days of cases, as ISO texts.

    Raises
    ------
    StatisticsError
        A cell is no day, is not written as precisely as the parameter file says, or lies after today.
    """
    texts = [row[at] for row in lines.cells]
    read: dict[str, date | None] = {}
    vague: set[str] = set()
    for text in set(texts):
        try:
            read[text] = first_day(text, precision)
            known = 0 if precision == GENERIC else sum(part is not None for part in parts(text))
            if precision != GENERIC and known < _PARTS_OF[precision]:
                vague.add(text)
        except ValueError:
            read[text] = None
    wrong = [n for n, text in enumerate(texts) if read[text] is None]
    shown = f" ('{visible(texts[wrong[0]], 40)}')" if wrong else ""
    form = (
        "a whole number" if precision == GENERIC else "2024, 2024/3 or 2024/3/5, in years of the common era"
    )
    lines.refuse(wrong, f"date is not a date{shown}", f"write it as {form}")
    few = [n for n, text in enumerate(texts) if text in vague]
    lines.refuse(few, f"the date is less precise than a {precision}", "write it in full")
    days = [read[text] for text in texts]
    if precision != GENERIC:
        late = [n for n, day in enumerate(days) if day is not None and day > today]
        lines.refuse(late, f"date lies after today ({today})", "correct it, or leave the row out")
    return [day.isoformat() if day else None for day in days]


def population_days(lines: Lines, at: int, precision: str) -> list[str | None] | None:
    """Days of a population as the engine takes them; None where it is said that there is none.

    Raises
    ------
    StatisticsError
        A cell is no day, or only some are unspecified.
    """
    texts = [row[at] for row in lines.cells]
    without = [text.casefold() == _UNSPECIFIED for text in texts]
    if all(without):
        return None
    wrong, found = [], []
    for n, text in enumerate(texts):
        try:
            if precision == GENERIC:
                found.append(generic(text).isoformat())
                continue
            year, month, day = parts(text)
        except ValueError:
            wrong.append(n)
            continue
        written = f"{year:04d}" + (f"-{month:02d}" if month else "") + (f"-{day:02d}" if day else "")
        found.append(written)
    shown = f" ('{visible(texts[wrong[0]], 40)}')" if wrong else ""
    lines.refuse(wrong, f"date is not a date{shown}", "write it as 2024, 2024/3 or 2024/3/5, common era")
    return list(found)
