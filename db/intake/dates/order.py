"""Which of day and month comes first in a file: what was answered, else what the file itself shows.

The file is only looked through when a text is met that can be two days.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from db.intake.dates.parse import EARLIEST, EARLIEST_BIRTH, ORDERS, DateOrder, Either, order_shown, read_day
from db.intake.files.readers import Row
from db.intake.values.codes import visible
from db.intake.values.reasons import Reason
from surveillance.calendar.buddhist_era import Era
from surveillance.errors import AmbiguousDatesError

_SHOWN_COLUMNS = 6
#: Letters and digits of Thai.
THAI = re.compile("[\u0e01-\u0e59]")


@dataclass
class Evidence:
    """What the columns of dates of a file show of their order."""

    #: Order -> a text that proves it.
    shown: dict[DateOrder, str] = field(default_factory=dict)
    #: Column -> (text, row, both readings) of its first date that can be two days.
    either: dict[str, tuple[str, int, Either]] = field(default_factory=dict)
    #: Whether the header, or any date, is written in Thai.
    thai: bool = False


def look_through(chunks: Iterable[list[Row]], columns: Mapping[str, int], era: Era = "thai") -> Evidence:
    """Gather the evidence of a whole file.

    Parameters
    ----------
    chunks
        The file's rows.
    columns : mapping
        Columns of dates -> where in the row they stand.
    era : Era
        The reckoning of the days that a question shows.
    """
    found = Evidence()
    known: set[str] = set()
    for rows in chunks:
        for at in columns.values():
            for text in {row.cells[at] for row in rows if at < len(row.cells)}.difference(known):
                known.add(text)
                found.thai = found.thai or (not text.isascii() and THAI.search(text) is not None)
                order = order_shown(text)
                if order:
                    found.shown.setdefault(order, visible(text, 40))
        for name in [name for name in columns if name not in found.either]:
            _first_either(rows, name, columns[name], found, era)
    return found


def _first_either(rows: list[Row], name: str, at: int, found: Evidence, era: Era) -> None:
    seen: dict[str, Either | None] = {}
    for row in rows:
        text = row.cells[at] if at < len(row.cells) else ""
        if text not in seen:
            seen[text] = _either(text, name, era)
        both = seen[text]
        if both:
            found.either[name] = (visible(text, 40), row.number, both)
            return


def _either(text: str, name: str, era: Era) -> Either | None:
    try:
        day = read_day(text, earliest=EARLIEST_BIRTH if name == "birth_date" else EARLIEST, era=era)
    except ValueError:
        return None
    return day if isinstance(day, Either) else None


class FileOrder:
    """The order of day and month in one file; asked of the file at most once, and only if it matters.

    Parameters
    ----------
    given : DateOrder or None
        What was declared for the file, by an option or the mapping. A declared order is kept: a text that
        shows the other one is no day.
    evidence : callable
        Looks through the file.
    file : str
        Its name, for messages.
    called : mapping
        Field -> column as its sender calls it, for messages.
    by_column : mapping
        Field -> the order that the mapping declares for its column alone; it goes before that of the file.
    """

    def __init__(
        self,
        given: DateOrder | None = None,
        evidence: Callable[[], Evidence] | None = None,
        file: str = "",
        called: Mapping[str, str] | None = None,
        by_column: Mapping[str, DateOrder] | None = None,
    ) -> None:
        self._given, self._evidence, self._file, self._called = given, evidence, file, called or {}
        self._by_column = by_column or {}
        self._decided = self._by_column_used = False
        self._order = given
        self._shown: dict[DateOrder, str] = {}

    @property
    def used(self) -> str | None:
        """The order that dates were read by; None without need.

        `contradictory` where the file shows both orders, `by-column` where columns had their own.
        """
        if not self._decided:
            return "by-column" if self._by_column_used else None
        return self._order or "contradictory"

    def declared(self, name: str) -> DateOrder | None:
        """The order that was declared for a field's column."""
        return self._by_column.get(name, self._given)

    def settle(self, both: Either, name: str = "") -> date | Either | None:
        """The day that is meant, or `both` again where the file writes in both orders.

        Raises
        ------
        AmbiguousDatesError
            Nothing tells the order: it has to be answered.
        """
        if name in self._by_column:
            self._by_column_used = True
            return both.by(self._by_column[name])
        self._decide()
        return both.by(self._order) if self._order else both

    def contradiction(self, name: str, text: str) -> Reason:
        """Why a date of a file that writes in both orders is not read."""
        return Reason(
            "{field}: '{text}' can be two days, and the file writes both day first and month first "
            "({shown}); write it as YYYY-MM-DD",
            field=name,
            text=visible(text, 40),
            shown=", ".join(f"'{self._shown[order]}'" for order in ORDERS if order in self._shown),
        )

    def _decide(self) -> None:
        if self._decided:
            return
        if self._given is None:
            found = self._evidence() if self._evidence else Evidence()
            self._shown = found.shown
            if not found.shown:
                raise self._question(found)
            self._order = next(iter(found.shown)) if len(found.shown) == 1 else None
        self._decided = True

    def _question(self, found: Evidence) -> AmbiguousDatesError:
        first = sorted(found.either, key=lambda name: found.either[name][1])
        columns = [self._called.get(name, name) for name in first]
        named = ", ".join(f"'{name}'" for name in columns[:_SHOWN_COLUMNS])
        if not first:
            return AmbiguousDatesError(
                "{file}: dates can be read in two ways, and no date of the file shows which; answer with "
                "--dates day-first or --dates month-first, or write date_order into the mapping; nothing was "
                "imported",
                columns,
                file=self._file,
            )
        written, row, days = found.either[first[0]]
        return AmbiguousDatesError(
            "{file}: dates can be read in two ways ({names}): '{written}' in row {row} is {day_first} day "
            "first, {month_first} month first; no date of the file shows which; answer with --dates "
            "day-first or --dates month-first, or write date_order into the mapping; nothing was imported",
            columns,
            (written, row, days.day_first, days.month_first),
            file=self._file,
            names=named,
            written=written,
            row=row,
            day_first=days.day_first,
            month_first=days.month_first,
        )
