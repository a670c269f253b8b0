"""Counts by day, week or month in a person's own file, as series for early warning."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dashboard.services.own_files.days import NO_DAY, Declared, named_rows
from dashboard.services.own_files.sheets import Sheet, read_sheet
from db.intake.values.codes import visible
from db.intake.values.digits import plain
from db.intake.values.identifiers import in_one_form, shown
from surveillance.early_warning.series import Series, Step
from surveillance.errors import StatisticsError

#: Columns by which a file of counts is recognised.
COLUMNS = ("date", "count", "place", "population")
_WHOLE = re.compile(r"\d+(?:\.0+)?")
_NUMBER = re.compile(r"\d{1,4}")
#: A column of whole numbers below this holds numbers of weeks: years begin higher.
_YEARS_BEGIN = 1_800
_WEEK, _SHORTEST_MONTH = 7, 28
#: Most steps that one series may hold between its first and its last.
_MOST_STEPS = 20_000


@dataclass(frozen=True)
class Counts:
    """The counts of one place.

    `place`: blank where the file has no places. `labels`: the day, or the number of the week, of each step.
    `parts`: steps that EARS compares with each other alone. `left_out`: labels of steps that are no history.
    """

    place: str
    labels: tuple[str, ...]
    series: Series
    parts: NDArray[np.int64] | None = None
    left_out: frozenset[str] = frozenset()

    @property
    def unknown(self) -> list[str]:
        """Steps whose count is not known, by their labels."""
        steps = np.flatnonzero(np.isnan(self.series.counts))
        return [self.labels[step] for step in steps if self.labels[step] not in self.left_out]


@dataclass(frozen=True)
class CountsFile:
    """A file of counts, read."""

    name: str
    places: tuple[Counts, ...]
    by_number: bool
    has_population: bool


def read_counts(path: Path, declared: Declared | None = None) -> CountsFile:
    """Read `date,count[,place][,population]`.

    A date is a day, or the number of a week where every cell is a small whole number. A step of time without
    a row is not known: it is not taken for zero.

    Raises
    ------
    UnreadableFileError
        The file cannot be read, or its days can be read in two ways.
    StatisticsError
        A column is missing, a cell is no day or no count, two rows tell of one step, or days do not stand in
        equal steps.
    """
    by_number = _is_numbered(path)
    columns = tuple(name for name in COLUMNS if not (by_number and name == "date"))
    sheet = read_sheet(path, columns, declared, texts=("date",) if by_number else ())
    for column in ("date", "count"):
        if not sheet.has(column):
            raise StatisticsError(
                f"{path.name} has no column {column}; its columns are date, count and, if wanted, place and "
                "population"
            )
    if sheet.frame.empty:
        raise StatisticsError(f"{path.name} has no rows")
    keys = _numbers_of_weeks(sheet) if by_number else _days(sheet)
    counts = _numbers(sheet, "count", _count)
    people = _numbers(sheet, "population", _people) if sheet.has("population") else None
    held: dict[str, list[int]] = {}
    for row, place in enumerate(_places(sheet)):
        held.setdefault(place, []).append(row)
    made = tuple(
        _series(sheet, place, rows, keys, counts, people, by_number=by_number)
        for place, rows in sorted(held.items())
    )
    return CountsFile(path.name, made, by_number, people is not None)


def _is_numbered(path: Path) -> bool:
    """Whether the column of dates holds numbers of weeks."""
    raw = read_sheet(path, ("count", "place", "population"), texts=("date",))
    if not raw.has("date"):
        return False
    texts = [plain(text) for text in raw.frame["date"] if text]
    return bool(texts) and all(_NUMBER.fullmatch(text) and int(text) < _YEARS_BEGIN for text in texts)


def _numbers_of_weeks(sheet: Sheet) -> list[int]:
    keys = []
    for text, row in zip(sheet.frame["date"], sheet.numbers, strict=True):
        if text is None:
            raise StatisticsError(f"{sheet.path.name}, row {row}: date is empty")
        keys.append(int(plain(text)))
    return keys


def _days(sheet: Sheet) -> list[int]:
    """Ordinals of the days."""
    keys = []
    for place, (text, row) in enumerate(zip(sheet.frame["date"], sheet.numbers, strict=True)):
        if text is None or text == NO_DAY:
            given = visible(sheet.written["date"][place] or "", 40)
            fault = f"'{given}' is not a day" if given else "is empty"
            raise StatisticsError(
                f"{sheet.path.name}, row {row}: date {fault}; write it as YYYY-MM-DD, or number the weeks"
            )
        keys.append(date.fromisoformat(text).toordinal())
    return keys


def _count(text: str) -> float | None:
    return float(text) if _WHOLE.fullmatch(text) else None


def _people(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 < number < float("inf") else None


_FORMS = {"count": "a whole number of cases", "population": "a number above 0"}


def _numbers(sheet: Sheet, column: str, read: Callable[[str], float | None]) -> list[float]:
    """A column as numbers; NaN where a cell is blank."""
    found: list[float] = []
    for text, row in zip(sheet.frame[column], sheet.numbers, strict=True):
        value = float("nan") if text is None else read(text)
        if value is None:
            raise StatisticsError(
                f"{sheet.path.name}, row {row}: {column} '{visible(text, 40)}' is not {_FORMS[column]}"
            )
        found.append(value)
    return found


def _places(sheet: Sheet) -> list[str]:
    """Each row's place, texts that look alike written as the first is."""
    if not sheet.has("place"):
        return [""] * len(sheet.numbers)
    spelled: dict[str, str] = {}
    places = []
    for text, row in zip(sheet.frame["place"], sheet.numbers, strict=True):
        if text is None:
            raise StatisticsError(f"{sheet.path.name}, row {row}: place is empty")
        places.append(spelled.setdefault(in_one_form(text) or text, shown(text)))
    return places


def _series(
    sheet: Sheet,
    place: str,
    rows: Sequence[int],
    keys: Sequence[int],
    counts: Sequence[float],
    people: Sequence[float] | None,
    *,
    by_number: bool,
) -> Counts:
    held: dict[int, int] = {}
    for row in rows:
        if keys[row] in held:
            both = named_rows([sheet.numbers[held[keys[row]]], sheet.numbers[row]])
            where = f" at {place}" if place else ""
            raise StatisticsError(
                f"{sheet.path.name}, {both}: two rows tell of {sheet.written['date'][row]}{where}; add them "
                "up, or take one out"
            )
        held[keys[row]] = row
    ordered = sorted(held)
    step: Step = "week"
    if by_number:
        steps = _each(ordered[0], ordered[-1], 1)
    else:
        step, steps = _steps(sheet.path.name, ordered)
    if len(steps) > _MOST_STEPS:
        raise StatisticsError(
            f"{sheet.path.name}: from the first to the last row there are {len(steps):,} steps of time, and "
            f"{_MOST_STEPS:,} is the most; one of the dates may be wrong"
        )
    number = np.array([counts[held[key]] if key in held else np.nan for key in steps])
    population = None
    if people is not None:
        population = np.array([people[held[key]] if key in held else np.nan for key in steps])
        population = population if np.all(population > 0) else None
    dates = None if by_number else tuple(map(date.fromordinal, steps))
    labels = tuple(map(str, steps)) if dates is None else tuple(day.isoformat() for day in dates)
    return Counts(place, labels, Series(number, dates, step, population))


def _each(first: int, last: int, by: int) -> list[int]:
    return list(range(first, last + 1, by))


def _steps(name: str, days: Sequence[int]) -> tuple[Step, list[int]]:
    """How far days lie apart, and every step from the first to the last."""
    gaps = {later - earlier for earlier, later in pairwise(days)}
    first, last = days[0], days[-1]
    if not gaps or all(gap % _WEEK == 0 for gap in gaps):
        return "week", _each(first, last, _WEEK)
    given = [date.fromordinal(day) for day in days]
    if len({day.day for day in given}) == 1 and given[0].day <= _SHORTEST_MONTH <= min(gaps):
        begun, ended = (day.year * 12 + day.month - 1 for day in (given[0], given[-1]))
        months = [date(number // 12, number % 12 + 1, given[0].day) for number in range(begun, ended + 1)]
        return "month", [month.toordinal() for month in months]
    if min(gaps) == 1:
        return "day", _each(first, last, 1)
    odd = next((a, b) for a, b in pairwise(given) if (b - a) % timedelta(days=_WEEK))
    raise StatisticsError(
        f"{name}: {odd[0]} and {odd[1]} are {(odd[1] - odd[0]).days} days apart, and days stand in steps "
        "of a day, a week or a month; write the first day of each"
    )
