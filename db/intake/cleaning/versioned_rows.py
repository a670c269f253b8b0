"""What files of tables that keep every version have in common: columns, and how a row of them is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol, TypeVar

from db.intake.cleaning.line_list import Rejected
from db.intake.dates.cells import DayReader, Unread
from db.intake.files.readers import Row, Table
from db.intake.files.rows import fold
from db.intake.values.codes import clean_text, visible
from db.intake.values.reasons import Reason
from surveillance.line_list import BY_NAME, CURRENT, RETURNED_COLUMNS, WITHDRAWN
from surveillance.texts import N_
from surveillance.vocabulary import lookup, normalise

#: The column that takes an entry back.
STATUS = "record_status"
#: Characters of a cell that a message shows, and of a source.
SHOWN, LONGEST_SOURCE = 40, 300
#: Column -> its further names, the likeliest first.
Names = Mapping[str, tuple[str, ...]]
_STATUS = lookup(BY_NAME[STATUS].values)
#: The sign that our own files put before what a spreadsheet would take for a formula.
_QUOTED = re.compile(r"'(?=\s*[=+\-@])")


def unquoted(text: str) -> str:
    """A text as it was before a file of ours kept a spreadsheet from taking it for a formula.

    >>> unquoted("'=Ministry"), unquoted("'s-Gravenhage")
    ('=Ministry', "'s-Gravenhage")
    """
    return _QUOTED.sub("", text)


def known_names(names: Names) -> frozenset[str]:
    """Every name that a header may hold.

    >>> sorted(known_names({"year": ("yr",)}))
    ['year', 'yr']
    """
    return frozenset(fold(name) for column, others in names.items() for name in (column, *others))


def places_of(header: list[str], names: Names) -> dict[str, int]:
    """Where each column stands: under its own name, else under the likeliest other one.

    >>> places_of(["yr", "value", "year"], {"year": ("yr",), "people": ("persons", "value")})
    {'year': 2, 'people': 1}
    """
    found = {}
    for column, others in names.items():
        at = next((header.index(name) for name in map(fold, (column, *others)) if name in header), None)
        if at is not None:
            found[column] = at
    return found


def ignored(table: Table, places: Mapping[str, int]) -> list[str]:
    """Columns that are not read, as their sender wrote them."""
    read = set(places.values())
    return [
        name
        for at, name in enumerate(table.sent_header or table.header)
        if at not in read and name.strip() and name.strip().casefold() not in RETURNED_COLUMNS
    ]


@dataclass
class RowReader:
    """Reads one row; `reasons` holds everything that is wrong with it."""

    row: Row
    places: Mapping[str, int]
    default_source: str
    reasons: list[Reason] = field(default_factory=list, kw_only=True)

    def cell(self, name: str) -> str:
        """What stands in a column; blank where there is no such column."""
        at = self.places.get(name)
        return self.row.cells[at].strip() if at is not None and at < len(self.row.cells) else ""

    def seen(self, name: str) -> str:
        """The same as a message shows it."""
        return visible(self.cell(name), SHOWN)

    def say(self, said: str, name: str, /, **values: object) -> None:
        """Note what is wrong with a column."""
        self.reasons.append(Reason(said, field=name, **values))

    def source(self) -> str:
        """Who says so."""
        return clean_text(unquoted(self.cell("source")), LONGEST_SOURCE) or self.default_source

    def withdrawn(self) -> bool:
        """Whether the row takes an entry back."""
        text = self.cell(STATUS)
        status = _STATUS.get(normalise(text)) if text else CURRENT
        if status is not None:
            return status == WITHDRAWN
        advice = Reason("write {word}, or leave it blank", word=WITHDRAWN)
        self.say(
            N_("{field}: '{text}' cannot be read; {advice}"), STATUS, text=self.seen(STATUS), advice=advice
        )
        return False

    def since(self, name: str, days: DayReader, today: date, not_yet: str) -> str | None:
        """The day from which an entry holds, as ISO 8601; blank: always; None where it is wrong.

        Parameters
        ----------
        not_yet : str
            What is said of a day after `today`.
        """
        if name not in self.places:
            return ""
        day = days.read(name, self.cell(name), self.row.number)
        if day is Unread.BLANK:
            return ""
        if not isinstance(day, date):
            self.say(N_("{field}: '{text}' is no day; write it as YYYY-MM-DD"), name, text=self.seen(name))
        elif day > today:
            self.say(not_yet, name, text=self.seen(name))
        else:
            return day.isoformat()
        return None


class Entry(Protocol):
    """One row as it will be stored."""

    @property
    def row(self) -> Row:
        """Where it stands."""

    @property
    def key(self) -> tuple[Any, ...]:
        """What tells it from other entries."""

    @property
    def content(self) -> tuple[Any, ...]:
        """What it says."""

    @property
    def source(self) -> str:
        """Who says so."""

    @property
    def withdrawn(self) -> bool:
        """Whether it is taken back."""


class Found(Protocol):
    """What a file holds: rows that go back, and numbers of rows without a source."""

    rejected: list[Rejected]
    without_source: list[int]


Kept = TypeVar("Kept", bound=Entry)


def entries_of(
    found: Found,
    rows: Iterable[Row],
    read: Callable[[Row], tuple[Kept | None, Sequence[Reason]]],
    same: str,
) -> list[Kept]:
    """Make each row an entry, or send it back; of two that say different things of the same the second.

    Parameters
    ----------
    found : Found
        Is given the rows that go back, and those without a source.
    read : callable
        Reads one row: an entry, or None and what is wrong.
    same : str
        What is said of the second of two rows; `{row}` is the first one.
    """
    kept: list[Kept] = []
    seen: dict[tuple[Any, ...], Kept] = {}
    for row in rows:
        entry, reasons = read(row)
        if entry is None or reasons:
            found.rejected.append(Rejected(row, tuple(reasons)))
            continue
        first = seen.setdefault(entry.key, entry)
        if (first.content, first.withdrawn) != (entry.content, entry.withdrawn):
            found.rejected.append(Rejected(row, (Reason(same, row=first.row.number),)))
            continue
        kept.append(entry)
        if not entry.source and not entry.withdrawn:
            found.without_source.append(row.number)
    return kept
