"""Days in a person's own files for a scan: read by the rules of the import, before the engine sees them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from statistics import median

from db.intake.dates.cells import DayReader, Unread
from db.intake.dates.eras import FileEra
from db.intake.dates.order import FileOrder, look_through
from db.intake.dates.parse import EARLIEST_SCANNED, PHNOM_PENH, DateOrder, Either
from db.intake.files.readers import Row
from db.intake.values.codes import visible
from db.intake.values.digits import plain
from surveillance.calendar.buddhist_era import AHEAD, Era
from surveillance.errors import AmbiguousDatesError, AmbiguousEraError, StatisticsError

#: What the engine refuses with its own words: no day.
NO_DAY = "not a day"
_YEAR = re.compile(r"\d{4}")
_MONTH = re.compile(r"(\d{4})[-/](\d{1,2})")
#: Years of the Buddhist era from 1896 to 2090, where a year stands alone.
_BUDDHIST = range(1896 + AHEAD, 2634)
_SHOWN = 5
#: A gap that sets days apart from the others: so many days, and so many times the usual gap between two days.
_FAR, _TIMES_USUAL = 180, 10
#: Most of the rows that days apart from the others may hold, unless they are a single day.
_FEW = 0.1


@dataclass(frozen=True)
class Declared:
    """What is said of how the files write days."""

    order: DateOrder | None = None
    era: Era | None = None
    today: date = field(default_factory=lambda: datetime.now(PHNOM_PENH).date())


def read_days(
    file: str,
    texts: Sequence[str | None],
    rows: Sequence[int],
    declared: Declared,
    *,
    excel_1904: bool,
    thai: bool,
    people: bool,
) -> list[str | None]:
    """A column of days as ISO texts; blank stays None, and what is no day becomes `NO_DAY`.

    Parameters
    ----------
    file : str
        Its name, for messages.
    rows : sequence of int
        Rows of the file, the header being 1.
    excel_1904 : bool
        Whether day numbers count from 1904.
    thai : bool
        Whether the header is written in Thai.
    people : bool
        Whether it is a table of people: there a year or a month may stand alone, and days may lie ahead.

    Raises
    ------
    AmbiguousDatesError
        Days can be read in two orders, and nothing tells which.
    AmbiguousEraError
        Years can be of two reckonings, and nothing tells which.
    StatisticsError
        A day lies after today, stands for none, or is in another order than was declared.
    """
    reader = _reader(file, texts, rows, declared, excel_1904=excel_1904, thai=thai)
    faults: dict[str, list[tuple[int, str]]] = {}
    memo: dict[str, str] = {}
    read: list[str | None] = []
    for text, row in zip(texts, rows, strict=True):
        if text is None:
            read.append(None)
            continue
        if text not in memo:
            memo[text] = _one(file, text, row, reader, people=people)
        if memo[text] in _REMEDIES:
            faults.setdefault(memo[text], []).append((row, text))
        read.append(memo[text])
    for fault, where in faults.items():
        raise StatisticsError(
            f"{file}, {named_rows([row for row, _ in where])}: {fault.format(today=declared.today)} "
            f"('{visible(where[0][1], 40)}' in row {where[0][0]}); {_REMEDIES[fault]}"
        )
    return read


_AFTER_TODAY = "date lies after today ({today})"
_PLACEHOLDER = "date is empty or not a date (it stands for a day that is not known)"
_BOTH_ORDERS = "date can be two days, and the file writes both day first and month first"
_OTHER_ORDER = "date is no day in the order that --dates declares"
_NOT_IN_YEAR = (
    "date is no day of the Cambodian year, which begins after Visak Bochea (in April or May), or is two"
)
_REMEDIES = {
    _NOT_IN_YEAR: "write it as YYYY-MM-DD in the common era",
    _AFTER_TODAY: "correct it, or leave the row out",
    _PLACEHOLDER: "correct it, or leave the row out",
    _BOTH_ORDERS: "write it as YYYY-MM-DD",
    _OTHER_ORDER: "write it as YYYY-MM-DD, or declare the other order",
}


def _reader(
    file: str,
    texts: Sequence[str | None],
    rows: Sequence[int],
    declared: Declared,
    *,
    excel_1904: bool,
    thai: bool,
) -> DayReader:
    cells = [Row(row, [text or ""]) for text, row in zip(texts, rows, strict=True)]
    found = look_through([cells], {"date": 0}, declared.era or "thai")
    found.thai = found.thai or thai
    return DayReader(
        FileOrder(declared.order, lambda: found, file),
        FileEra(declared.era, lambda: found, file),
        declared.today,
        excel_1904=excel_1904,
        earliest=EARLIEST_SCANNED,
    )


def _one(file: str, text: str, row: int, reader: DayReader, *, people: bool) -> str:
    """A day as ISO, `NO_DAY`, or the fault that stops the scan."""
    folded = plain(text)
    if people and _YEAR.fullmatch(folded):
        return str(int(folded) - AHEAD) if int(folded) in _BUDDHIST else folded
    month = _MONTH.fullmatch(folded) if people else None
    try:
        found = reader.read("date", f"{month[1]}-{int(month[2]):02}-15" if month else text, row)
    except AmbiguousDatesError as error:
        raise _which_order(file, error) from error
    except AmbiguousEraError as error:
        raise _which_era(file, error) from error
    if isinstance(found, Either):
        return _BOTH_ORDERS
    if isinstance(found, Unread):
        why = {
            Unread.PLACEHOLDER: _PLACEHOLDER,
            Unread.OTHER_ORDER: _OTHER_ORDER,
            Unread.NOT_IN_YEAR: _NOT_IN_YEAR,
        }
        return why.get(found, NO_DAY)
    if found > reader.today and not people:
        return _AFTER_TODAY
    return found.isoformat()[: 7 if month else 10]


def _which_order(file: str, error: AmbiguousDatesError) -> AmbiguousDatesError:
    written, row, first, second = error.example or ("", 0, None, None)
    return AmbiguousDatesError(
        "{file}, row {row}: '{written}' is {first} day first and {second} month first, and no date of the "
        "file shows which; answer with --dates day-first or --dates month-first",
        error.columns,
        error.example,
        file=file,
        row=row,
        written=written,
        first=first,
        second=second,
    )


def _which_era(file: str, error: AmbiguousEraError) -> AmbiguousEraError:
    written, row, thai, cambodian = error.example or ("", 0, "", "")
    return AmbiguousEraError(
        "{file}, row {row}: '{written}' is {thai} by the Thai reckoning and {cambodian} by the Cambodian "
        "one, whose year begins after Visak Bochea; answer with --era thai or --era cambodian",
        error.where,
        error.example,
        file=file,
        row=row,
        written=visible(written, 40),
        thai=thai or "–",
        cambodian=cambodian or "–",
    )


def far_days(days: Sequence[str | None]) -> list[str]:
    """Days that lie far from all others, as ISO texts in order: perhaps a wrong year.

    Days are set apart where at least 180 days, and ten times the usual (median) gap between two days with
    cases, lie between them and the rest; they are named where they are one day, or hold at most a tenth of
    the rows, and the rest holds more than half of the rows.

    >>> far_days(["2025-03-01", "2025-03-02", "2025-03-04", "2015-03-03"])
    ['2015-03-03']
    """
    given = [date.fromisoformat(day) for day in days if day is not None and day != NO_DAY]
    distinct = sorted(set(given))
    if len(distinct) < 3:  # of two days neither is the odd one
        return []
    usual = median((later - earlier).days for earlier, later in pairwise(distinct))
    limit = max(_FAR, _TIMES_USUAL * usual)
    stretches: list[list[date]] = [[distinct[0]]]
    for earlier, later in pairwise(distinct):
        if (later - earlier).days >= limit:
            stretches.append([])
        stretches[-1].append(later)
    held = [sum(stretch[0] <= day <= stretch[-1] for day in given) for stretch in stretches]
    if max(held) * 2 <= len(given):
        return []
    body = held.index(max(held))
    return [
        day.isoformat()
        for place, stretch in enumerate(stretches)
        if place != body and (len(stretch) == 1 or held[place] <= _FEW * len(given))
        for day in stretch
    ]


def named_rows(rows: Sequence[int]) -> str:
    """'row 3' or 'rows 3, 8 and 2 more'."""
    shown = ", ".join(map(str, rows[:_SHOWN]))
    more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
    return f"row{'s' if len(rows) > 1 else ''} {shown}{more}"
