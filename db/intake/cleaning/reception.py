"""Reading a file of records of a reception centre: each row is an entry of one kind, or goes back."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol

from db.intake.cleaning.line_list import Rejected
from db.intake.dates.cells import DayReader
from db.intake.dates.eras import FileEra
from db.intake.dates.order import FileOrder, look_through
from db.intake.dates.parse import DateOrder
from db.intake.files.limits import DEFAULT, Limits
from db.intake.files.readers import Row, Table, read_table
from db.intake.values.codes import clean_text, match_key
from db.intake.values.digits import plain
from db.intake.values.identifiers import is_damaged, shown
from db.intake.values.reasons import Reason
from surveillance.buddhist_era import Era
from surveillance.errors import QuestionError, UnreadableFileError, UsageError
from surveillance.line_list import RETURNED_COLUMNS
from surveillance.reception import entries as pure
from surveillance.reception.entries import Entry, Places, is_withdrawn
from surveillance.reception.kinds import Field, Kind
from surveillance.texts import N_
from surveillance.vocabulary import lookup, normalise, parse_yes_no

#: Columns beside the fields: the sender's numbers, the crossing, and what a service or session was.
IDENTITY = ("record_id", "van_id", "item", "crossing")
_TIME = re.compile(
    r"^(?P<day>.*?\S)[\sT,]+(?P<hour>\d{1,2})[:.h](?P<minute>\d\d)(?::\d\d(?:\.\d+)?)?$", re.IGNORECASE
)
_PARTED = re.compile(r"[;,|]")
#: Moments, and days.
_DAYS = ("moment", "date")


class Names(Protocol):
    """What reading asks of the gazetteer."""

    def match_place(self, text: str | None) -> str | None:
        """Code of a province or country."""

    def match_crossing(self, text: str | None) -> str | None:
        """Code of a crossing."""


@dataclass
class Deliveries:
    """What a file holds: entries with their rows, rows that go back, and columns that say nothing here."""

    header: list[str] = field(default_factory=list)
    entries: list[tuple[Row, Entry]] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    rows: int = 0
    #: Rows whose record a later row of the file says anew.
    repeated: int = 0
    ignored: list[str] = field(default_factory=list)
    left_out: list[tuple[int, str]] = field(default_factory=list)


def read_records(
    path: Path,
    kind: Kind,
    source: str,
    names: Names,
    places: Places,
    now: datetime,
    today: date,
    *,
    dates: DateOrder | None = None,
    era: Era | None = None,
    sheet: str | None = None,
    limits: Limits = DEFAULT,
) -> Deliveries:
    """Read a file of one kind; its last row about a record counts.

    Raises
    ------
    UnreadableFileError
        The file cannot be read, or lacks the column that tells its records apart.
    AmbiguousDatesError, AmbiguousEraError
        A day can be two, and nothing tells which.
    """
    columns = frozenset((*IDENTITY, *kind.by_name, *RETURNED_COLUMNS))
    table = read_table(path, columns, sheet=sheet, limits=limits)
    if not {"record_id", "van_id"} & set(table.header) or "crossing" not in table.header:
        raise UnreadableFileError(
            "{file}: the header lacks record_id or crossing: name them, and the fields of {kind} as the data "
            "dictionary does",
            file=path.name,
            kind=kind.code,
        )
    rows = [row for chunk in table.chunks for row in chunk]
    found = Deliveries(table.sent_header, rows=len(rows), left_out=table.left_out)
    found.ignored = [name for name in table.header if name and name not in columns]
    reader = _Reader(
        kind, source, names, places, now, today, table, _days(path.name, table, rows, kind, today, dates, era)
    )
    by_record: dict[tuple[str, str, str], tuple[Row, Entry]] = {}
    for row in rows:
        entry, reasons = reader.read(row)
        if entry is None:
            found.rejected.append(Rejected(row, tuple(reasons)))
            continue
        found.repeated += by_record.pop(entry.record, None) is not None
        by_record[entry.record] = (row, entry)
    found.entries = list(by_record.values())
    return found


def _days(
    file: str,
    table: Table,
    rows: list[Row],
    kind: Kind,
    today: date,
    dates: DateOrder | None,
    era: Era | None,
) -> DayReader:
    columns = {
        f.name: table.header.index(f.name) for f in kind.fields if f.type in _DAYS and f.name in table.header
    }

    def alone() -> Iterator[list[Row]]:
        """The same rows, their moments without the time."""
        yield [
            Row(row.number, [_split(cell)[0] if at in wanted else cell for at, cell in enumerate(row.cells)])
            for row in rows
        ]

    wanted = frozenset(columns.values())
    found = look_through(alone(), columns, era or "thai")
    order, reckoning = FileOrder(dates, lambda: found, file), FileEra(era, lambda: found, file)
    return DayReader(order, reckoning, today, excel_1904=table.excel_1904)


def _split(text: str) -> tuple[str, str]:
    """Day and time of a moment; the time is blank where it has none."""
    folded = plain(text)
    found = _TIME.match(folded)
    if found and int(found["hour"]) < 24 and int(found["minute"]) < 60:
        return found["day"], f"T{int(found['hour']):02}:{found['minute']}"
    return text, ""


@dataclass
class _Reader:
    kind: Kind
    source: str
    names: Names
    places: Places
    now: datetime
    today: date
    table: Table
    days: DayReader

    def __post_init__(self) -> None:
        self._at = {name: at for at, name in enumerate(self.table.header) if name}
        self._lookup = {f.name: lookup(f.values) for f in self.kind.fields if f.values}
        self._items = lookup(self.kind.items)

    def _cell(self, row: Row, name: str) -> str:
        at = self._at.get(name)
        return clean_text(row.cells[at]) if at is not None and at < len(row.cells) else ""

    def read(self, row: Row) -> tuple[Entry | None, list[Reason]]:
        """The entry of a row; None with every reason why it has none."""
        reasons: list[Reason] = []
        subject, van, item = self._identity(row, reasons)
        crossing = self.names.match_crossing(self._cell(row, "crossing")) or ""
        if not crossing:
            reasons.append(Reason("{field}: is blank or no known crossing", field="crossing"))
        fields: dict[str, Any] = {}
        for one in self.kind.fields:
            if one.name in self._at:
                fields[one.name] = self._value(row, one, reasons)
        if is_withdrawn(fields):
            fields = {"record_status": fields["record_status"]}
        elif fields.get("record_status", "") is None:
            fields["record_status"] = "current"
        said = json.dumps(fields, sort_keys=True)
        parts = (self.kind.code, subject, item, van, crossing)
        raw = {
            "id": _number(self.source, "entry", *parts, said),
            "made_at": self.now.isoformat(),
            "station": "file",
            "fields": fields,
        } | dict(zip(("kind", "subject", "item", "van", "crossing"), parts, strict=True))
        if reasons:
            return None, reasons
        try:
            return pure.read(raw, self.places), []
        except QuestionError as error:
            return None, [_reason(fault) for fault in error.faults]

    def _identity(self, row: Row, reasons: list[Reason]) -> tuple[str, str, str]:
        own, van_text = (shown(self._cell(row, name)) for name in ("record_id", "van_id"))
        for name, text in (("record_id", own), ("van_id", van_text)):
            if text and is_damaged(text):
                reasons.append(Reason("{field}: its digits are lost; write it in full, as text", field=name))
        if self.kind.subject == "van":
            van = _number(self.source, "van", match_key(own or van_text))
            if not (own or van_text):
                reasons.append(Reason("{field}: is blank; it tells records apart", field="record_id"))
            return van, van, ""
        van = _number(self.source, "van", match_key(van_text)) if van_text else ""
        word = self.kind.code if self.kind.subject == "own" else "person"
        subject = _number(self.source, word, match_key(own))
        if not own and van and self.kind.subject == "van or person":
            subject = van
        elif not own:
            reasons.append(Reason("{field}: is blank; it tells records apart", field="record_id"))
        text = self._cell(row, "item")
        if self.kind.many:
            return subject, van, _number(self.source, self.kind.code, subject, match_key(text))
        if not self.kind.items:
            return subject, "" if self.kind.subject == "own" else van, ""
        item = self._items.get(normalise(text), "")
        if not item:
            codes = ", ".join(value.code for value in self.kind.items)
            reasons.append(Reason("{field}: use one of {codes}", field="item", codes=codes))
        return subject, van, item

    def _value(self, row: Row, asked: Field, reasons: list[Reason]) -> Any:
        text = self._cell(row, asked.name)
        if not text:
            return None
        try:
            return _READ[asked.type](self, asked, text, row)
        except ValueError:
            reasons.append(_advice(asked))
            return None

    def moment(self, asked: Field, text: str, row: Row) -> str:
        """A moment; the day alone where it has no time."""
        day, time = _split(text) if asked.type == "moment" else (text, "")
        found = self.days.read(asked.name, day, row.number)
        if not isinstance(found, date) or found > self.today:
            raise ValueError
        return found.isoformat() + time

    def code(self, asked: Field, text: str, _row: Row) -> str:
        """One of the codes."""
        found = self._lookup[asked.name].get(normalise(text))
        if found is None:
            raise ValueError
        return found

    def codes(self, asked: Field, text: str, row: Row) -> list[str]:
        """Some of the codes; a no is none of them."""
        if normalise(text) in ("none", "no", "ទេ", "គ្មាន"):
            return []
        return [self.code(asked, part, row) for part in _PARTED.split(text) if part.strip()]

    def people(self, _asked: Field, text: str, _row: Row) -> list[str]:
        """Other records of the file's source, by their numbers."""
        return [
            _number(self.source, "person", match_key(part)) for part in _PARTED.split(text) if part.strip()
        ]

    def place(self, _asked: Field, text: str, _row: Row) -> str:
        """A province; every country is `abroad`."""
        found = self.names.match_place(text)
        if found is None:
            raise ValueError
        return found if found in self.places.provinces else "abroad"


def _number(*parts: str) -> str:
    """An identifier of what a sender numbers: the same each time."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


def _whole(text: str) -> int:
    return int(plain(text).removesuffix(".0"))


def _yes_no(text: str) -> bool:
    found = parse_yes_no(text)
    if found is None:
        raise ValueError
    return found


_READ: dict[str, Callable[[_Reader, Field, str, Row], Any]] = {
    "moment": _Reader.moment,
    "date": _Reader.moment,
    "code": _Reader.code,
    "codes": _Reader.codes,
    "people": _Reader.people,
    "place": _Reader.place,
    "integer": lambda _reader, _field, text, _row: _whole(text),
    "yes_no": lambda _reader, _field, text, _row: _yes_no(text),
    "letters": lambda _reader, _field, text, _row: text.upper(),
    "slip": lambda _reader, _field, text, _row: text.upper().replace("-", ""),
}


def _advice(asked: Field) -> Reason:
    """What to write in a cell that cannot be read. No text of it is repeated: it may name somebody."""
    if asked.values:
        codes = ", ".join(value.code for value in asked.values)
        return Reason("{field}: use one of {codes}", field=asked.name, codes=codes)
    said = {
        "moment": N_("{field}: is no day and time up to today; write it as YYYY-MM-DD HH:MM"),
        "date": N_("{field}: is no day up to today; write it as YYYY-MM-DD"),
        "yes_no": N_("{field}: write yes or no, or leave it blank"),
        "place": N_("{field}: is no known province or country"),
    }
    return Reason(said.get(asked.type, N_("{field}: is no whole number")), field=asked.name)


def _reason(fault: UsageError) -> Reason:
    return Reason(fault.text, **fault.values)
