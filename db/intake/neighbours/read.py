"""Reading a file of a neighbour (areas, populations, counts): each row is an entry, or goes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from db.intake.cleaning.facility_list import day_reader
from db.intake.cleaning.line_list import Rejected
from db.intake.cleaning.versioned_rows import STATUS, entries_of, ignored, known_names, places_of
from db.intake.dates.parse import DateOrder
from db.intake.files.limits import DEFAULT, Limits
from db.intake.files.readers import Row, Table, read_table
from db.intake.neighbours.columns import AREAS, COUNTS, NAMES, REQUIRED, kind_of, names_of
from db.intake.neighbours.periods import PeriodReader
from db.intake.neighbours.rows import AreaRow, CountRow, Entry, Given, PopulationRow
from db.intake.values.reasons import Reason
from surveillance.calendar.buddhist_era import Era
from surveillance.errors import UnreadableFileError
from surveillance.texts import N_

_ROWS = {"areas": AreaRow, "population": PopulationRow, "counts": CountRow}
_SAME = {
    "areas": N_("row {row} of this file says something else of the same area: keep one of them"),
    "population": N_(
        "row {row} of this file says something else of the same area and year: keep one of them"
    ),
    "counts": N_(
        "row {row} of this file says something else of the same area, disease and period: keep one of them"
    ),
}


@dataclass(frozen=True)
class Known:
    """Areas that are held: code -> level; `used`: codes that districts, populations or counts name."""

    levels: Mapping[str, str] = field(default_factory=dict)
    used: frozenset[str] = frozenset()


@dataclass
class Entries:
    """What a file holds."""

    table: Table
    kind: str
    entries: list[Entry] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    rows: int = 0
    #: Columns that were not read, as their sender wrote them.
    ignored: list[str] = field(default_factory=list)
    #: Rows without a source.
    without_source: list[int] = field(default_factory=list)
    #: Rows whose year was of the Buddhist era: how many, and the first.
    buddhist: list[int] = field(default_factory=list)


def read_neighbours(
    path: Path,
    known: Known,
    today: date,
    *,
    given: Given,
    dates: DateOrder | None = None,
    era: Era | None = None,
    limits: Limits = DEFAULT,
    sheet: str | None = None,
) -> Entries:
    """Read a CSV or workbook of areas, of populations (population) or of counts (cases).

    Parameters
    ----------
    known : Known
        Areas that are held: populations and counts of others go back.
    today : date
        Day of the import in Phnom Penh: a period that begins later is refused.
    given : Given
        What is said of rows that do not say it.
    dates, era
        How the file writes days and years, where it does not show it.

    Raises
    ------
    UnreadableFileError
        The file cannot be read, or lacks a column.
    AmbiguousDatesError, AmbiguousEraError
        A day or year can be two, and nothing tells which.
    """
    table = read_table(path, known_names(NAMES), limits=limits, sheet=sheet)
    kind = kind_of(places_of(table.header, NAMES))
    places = places_of(table.header, names_of(kind))
    _check_header(path, kind, places)
    found = Entries(table, kind, ignored=ignored(table, places))
    rows = [row for chunk in table.chunks for row in chunk]
    found.rows = len(rows)
    levels = dict(known.levels)
    if kind == AREAS:  # a province may stand in the same file as its districts, above or below them
        rows_first = [AreaRow(row, places, given.source, given, levels, known.used, today) for row in rows]
        levels |= {code: level for code, level in (one.named() for one in rows_first) if code and level}
    more: dict[str, Any] = {}
    if kind == COUNTS:
        columns = {"period": places["period"]}
        days = day_reader(path.name, table, rows, columns, today, dates, era)
        more["periods"] = PeriodReader.of(days, rows, places["period"])
    buddhist = set()

    def read(row: Row) -> tuple[Entry | None, list[Reason]]:
        reader = _ROWS[kind](row, places, given.source, given, levels, known.used, today, **more)
        entry = reader.entry()
        if reader.buddhist:
            buddhist.add(row.number)
        return entry, reader.reasons

    found.entries = entries_of(found, rows, read, _SAME[kind])
    found.buddhist = [one.row.number for one in found.entries if one.row.number in buddhist]
    return found


def _check_header(path: Path, kind: str, places: Mapping[str, int]) -> None:
    needed = [name for name in REQUIRED[kind] if STATUS not in places or name in ("area", "year", "period")]
    if missing := [name for name in needed if name not in places]:
        raise UnreadableFileError(
            "{file}: the header lacks {columns}: name the columns area, level and name_en (areas), area, "
            "year and population (populations), or area, disease, period and cases (counts)",
            file=path.name,
            columns=", ".join(missing),
        )
