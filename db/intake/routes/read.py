"""Reading a file of roads or of flows: each row is a way between two places, or goes back with reasons."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from db.intake.cleaning.facility_list import day_reader
from db.intake.cleaning.line_list import Rejected
from db.intake.dates.cells import DayReader, Unread
from db.intake.dates.parse import DateOrder
from db.intake.files.limits import DEFAULT, Limits
from db.intake.files.readers import Row, Table, read_table
from db.intake.files.rows import fold
from db.intake.values.codes import clean_text, visible
from db.intake.values.digits import plain
from db.intake.values.reasons import Reason
from surveillance.calendar.buddhist_era import Era
from surveillance.errors import UnreadableFileError
from surveillance.line_list import BY_NAME, CURRENT, RETURNED_COLUMNS, WITHDRAWN
from surveillance.sameness import same
from surveillance.texts import N_
from surveillance.vocabulary import lookup, normalise

ROADS, FLOWS = "roads", "flows"
#: The column that says how far, or how many; it tells what a file is of.
AMOUNT = {ROADS: "distance", FLOWS: "people"}
STATUS = "record_status"
#: No road between two places is longer, in km; no flow holds more people.
LONGEST, MOST = 3_000.0, 1e8
#: Further names of each column, the likeliest first.
_NAMES: dict[str, tuple[str, ...]] = {
    "from": ("origin", "from place", "start", "ពី"),
    "to": ("destination", "to place", "end", "ទៅ"),
    "distance": ("distance km", "distance_km", "km", "length", "length km", "ចម្ងាយ", "ចម្ងាយ គម"),
    "people": ("persons", "travellers", "trips", "movements", "count", "ចំនួនមនុស្ស"),
    "since": ("valid_from", "valid from", "from date", "date", "ចាប់ពី"),
    "source": ("reference", "ប្រភព"),
    STATUS: ("status", "ស្ថានភាព"),
}  # fmt: skip
_KNOWN = frozenset(fold(name) for column, names in _NAMES.items() for name in (column, *names))
_STATUS = lookup(BY_NAME[STATUS].values)
_CLOSED = frozenset(map(same, ("closed", "shut", "impassable", "បិទ")))
_SHOWN, _LONGEST_SOURCE = 40, 300
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_GROUPED = re.compile(r"\d{1,3}(?:[ ,]\d{3})+(?:\.\d+)?")


@dataclass(frozen=True)
class Place:
    """One end of a way: its level and its code."""

    level: str
    code: str


#: The place that a text names; else why it names none.
FindPlace = Callable[[str], Place | Reason]


@dataclass(frozen=True)
class Entry:
    """One row as it will be stored; `since` empty: always. `amount`: km or people; none: a closed road."""

    row: Row
    kind: str
    start: Place
    end: Place
    since: str
    amount: float | None
    source: str
    withdrawn: bool = False

    @property
    def key(self) -> tuple[str, ...]:
        """What tells it from other entries."""
        return (
            self.kind, self.start.level, self.start.code, self.end.level, self.end.code, self.since,
        )  # fmt: skip

    @property
    def content(self) -> tuple[float | None, str]:
        """What it says."""
        return self.amount, self.source


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


def read_routes(
    path: Path,
    find: FindPlace,
    today: date,
    *,
    source: str = "",
    dates: DateOrder | None = None,
    era: Era | None = None,
    limits: Limits = DEFAULT,
    sheet: str | None = None,
) -> Entries:
    """Read a CSV or workbook of roads (from, to, distance) or of flows (from, to, people).

    A road is the same in both directions; of flows each direction is its own.

    Parameters
    ----------
    find : callable
        The place that a text names.
    today : date
        Day of the import in Phnom Penh: what holds only later is refused.
    source : str
        Who says so, of rows that do not name it.
    dates, era
        How the file writes days, where it does not show it.

    Raises
    ------
    UnreadableFileError
        The file cannot be read, lacks a column, or has both distance and people.
    AmbiguousDatesError, AmbiguousEraError
        A day can be two, and nothing tells which.
    """
    table = read_table(path, _KNOWN, limits=limits, sheet=sheet)
    places = _places_of(table.header)
    kind = _kind(path, places)
    found = Entries(table, kind)
    read = set(places.values())
    found.ignored = [
        name
        for at, name in enumerate(table.sent_header or table.header)
        if at not in read and name.strip() and name.strip().casefold() not in RETURNED_COLUMNS
    ]
    rows = [row for chunk in table.chunks for row in chunk]
    found.rows = len(rows)
    columns = {"since": places["since"]} if "since" in places else {}
    days = day_reader(path.name, table, rows, columns, today, dates, era)
    seen: dict[tuple[str, ...], Entry] = {}
    for row in rows:
        reader = _RowReader(row, places, kind, find, today, days, source)
        entry = reader.entry()
        if entry is None:
            found.rejected.append(Rejected(row, tuple(reader.reasons)))
            continue
        first = seen.setdefault(entry.key, entry)
        if (first.content, first.withdrawn) != (entry.content, entry.withdrawn):
            said = Reason(
                "row {row} of this file says something else of the same way and day: keep one of them",
                row=first.row.number,
            )
            found.rejected.append(Rejected(row, (said,)))
            continue
        found.entries.append(entry)
        if not entry.source and not entry.withdrawn:
            found.without_source.append(row.number)
    return found


def _kind(path: Path, places: dict[str, int]) -> str:
    kinds = [kind for kind, column in AMOUNT.items() if column in places]
    if missing := [name for name in ("from", "to") if name not in places]:
        raise UnreadableFileError(
            "{file}: the header lacks {columns}: name the columns from, to and distance (roads), or from, to "
            "and people (flows)",
            file=path.name,
            columns=", ".join(missing),
        )
    if len(kinds) != 1:
        raise UnreadableFileError(
            "{file}: the header needs distance (roads, in km) or people (flows), and not both",
            file=path.name,
        )
    return kinds[0]


def _places_of(header: list[str]) -> dict[str, int]:
    found = {}
    for column, names in _NAMES.items():
        at = next((header.index(name) for name in map(fold, (column, *names)) if name in header), None)
        if at is not None:
            found[column] = at
    return found


@dataclass
class _RowReader:
    """Reads one row; `reasons` holds everything that is wrong with it."""

    row: Row
    places: dict[str, int]
    kind: str
    find: FindPlace
    today: date
    days: DayReader
    default_source: str
    reasons: list[Reason] = field(default_factory=list)

    def entry(self) -> Entry | None:
        """The entry; None where something is wrong."""
        withdrawn, since = self._withdrawn(), self._since()
        start, end = self._place("from"), self._place("to")
        amount = None if withdrawn else self._amount()
        if start is not None and start == end:
            self._say(N_("{field}: the way leads from a place to itself"), "to")
        if self.reasons or start is None or end is None or since is None:
            return None
        if self.kind == ROADS and (end.level, end.code) < (start.level, start.code):
            start, end = end, start
        source = clean_text(self._cell("source"), _LONGEST_SOURCE) or self.default_source
        return Entry(self.row, self.kind, start, end, since, amount, source, withdrawn)

    def _cell(self, name: str) -> str:
        at = self.places.get(name)
        return self.row.cells[at].strip() if at is not None and at < len(self.row.cells) else ""

    def _say(self, said: str, name: str, /, **values: object) -> None:
        self.reasons.append(Reason(said, field=name, **values))

    def _place(self, name: str) -> Place | None:
        text = self._cell(name)
        if not text:
            self._say(N_("{field}: is blank"), name)
            return None
        found = self.find(text)
        if isinstance(found, Place):
            return found
        self._say(
            N_("{field}: '{text}' is no known place; {advice}"),
            name,
            text=visible(text, _SHOWN),
            advice=found,
        )
        return None

    def _amount(self) -> float | None:
        """Kilometres, or people; None where it is wrong, or the road is closed."""
        name = AMOUNT[self.kind]
        text = self._cell(name)
        seen, folded = visible(text, _SHOWN), plain(text)
        if not text:
            self._say(N_("{field}: is blank"), name)
            return None
        if self.kind == ROADS and same(text) in _CLOSED:
            return None
        if _GROUPED.fullmatch(folded):
            folded = re.sub(r"[ ,]", "", folded)
        if not _NUMBER.fullmatch(folded):
            said = N_("{field}: '{text}' is no number of 0 or more")
            if self.kind == ROADS:
                said = N_("{field}: '{text}' is no number of km; write 12.5, or closed")
            self._say(said, name, text=seen)
            return None
        value = float(folded)
        if value > (LONGEST if self.kind == ROADS else MOST):
            self._say(N_("{field}: '{text}' is more than there can be"), name, text=seen)
        return value

    def _since(self) -> str | None:
        text = self._cell("since")
        day = self.days.read("since", text, self.row.number) if "since" in self.places else Unread.BLANK
        if day is Unread.BLANK:
            return ""
        seen = visible(text, _SHOWN)
        if not isinstance(day, date):
            self._say(N_("{field}: '{text}' is no day; write it as YYYY-MM-DD"), "since", text=seen)
        elif day > self.today:
            self._say(N_("{field}: {text} has not come yet; import it when it has"), "since", text=seen)
        else:
            return day.isoformat()
        return None

    def _withdrawn(self) -> bool:
        text = self._cell(STATUS)
        status = _STATUS.get(normalise(text)) if text else CURRENT
        if status is not None:
            return status == WITHDRAWN
        advice = Reason("write {word}, or leave it blank", word=WITHDRAWN)
        self._say(
            N_("{field}: '{text}' cannot be read; {advice}"),
            STATUS,
            text=visible(text, _SHOWN),
            advice=advice,
        )
        return False
