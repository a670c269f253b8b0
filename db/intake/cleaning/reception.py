"""Reading a file of records of a reception centre: each row is an entry of one kind, or goes back."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol

from db.intake.cleaning.delivery import days_of, open_delivery
from db.intake.cleaning.line_list import Rejected
from db.intake.dates.ages import (
    age_of,
    is_number,
    parse_age,
    parse_birth_year,
    parse_months,
    with_day,
    year_alone,
)
from db.intake.dates.cells import DayReader, Unread
from db.intake.dates.eras import FileEra
from db.intake.dates.order import FileOrder
from db.intake.dates.parse import DateOrder
from db.intake.files.limits import DEFAULT, Limits
from db.intake.files.readers import Row, read_table
from db.intake.mappings.model import Mapping
from db.intake.mappings.table import Delivered
from db.intake.values.codes import clean_text, identifier, match_key
from db.intake.values.digits import plain
from db.intake.values.identifiers import is_damaged, shown
from db.intake.values.notices import PLACEHOLDER_DAY, Notices
from db.intake.values.reasons import Reason
from surveillance.calendar.buddhist_era import Era
from surveillance.epiweek import TIME_ZONE
from surveillance.errors import QuestionError, UnreadableFileError, UsageError
from surveillance.line_list import AGE_SOURCES
from surveillance.reception import entries as pure
from surveillance.reception.entries import Entry, Places, is_withdrawn
from surveillance.reception.kinds import KINDS, Field, Kind
from surveillance.texts import N_
from surveillance.vocabulary import AGE_UNIT, UNKNOWN, lookup, normalise, parse_yes_no

_TIME = re.compile(
    r"^(?P<day>.*?\S)[\sT,]+(?P<hour>\d{1,2})[:.h](?P<minute>\d\d)(?::\d\d(?:\.\d+)?)?"
    r"(?:\s?(?P<half>[ap])\.?m\.?)?$",
    re.IGNORECASE,
)
_PARTED, _NUMBERS = re.compile(r"[;,|+]"), re.compile(r"[;,|]")
_UNITS = lookup(AGE_UNIT)
_NOON = 12


class Names(Protocol):
    """What reading asks of the gazetteer."""

    def match_place(self, text: str | None) -> str | None:
        """Code of a province or country."""

    def match_crossing(self, text: str | None) -> str | None:
        """Code of a crossing."""


@dataclass(frozen=True)
class Asked:
    """How a file is to be read: who sends it, its mapping, and what was answered about it."""

    source: str
    mapping: Mapping
    now: datetime
    today: date
    dates: DateOrder | None = None
    era: Era | None = None
    sheet: str | None = None
    limits: Limits = DEFAULT
    #: Whether a number tells records apart; where it does not, each row is a record of its own.
    numbered: bool = True


@dataclass
class Deliveries:
    """What a file holds: entries with their rows, rows that go back, and what was noted."""

    mapping: Mapping
    now: datetime
    delivered: Delivered
    order: FileOrder
    era: FileEra
    notices: Notices
    #: Entries in the order of the rows; several of one record where its number stands more than once.
    entries: list[tuple[Row, Entry]] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    rows: int = 0

    @property
    def last(self) -> list[tuple[Row, Entry]]:
        """The last entry of each record."""
        found: dict[tuple[str, str, str], tuple[Row, Entry]] = {}
        for row, entry in self.entries:
            found.pop(entry.record, None)
            found[entry.record] = row, entry
        return list(found.values())


def read_records(path: Path, asked: Asked, names: Names, places: Places) -> Deliveries:
    """Read a file of one kind through its mapping.

    Raises
    ------
    UnreadableFileError
        The file cannot be read, or lacks the column that tells its records apart.
    AmbiguousDatesError, AmbiguousEraError
        A day can be two, and nothing tells which.
    """
    mapping, kind = asked.mapping, KINDS[asked.mapping.kind]

    def opener(known: frozenset[str], **more: Any) -> Any:
        return read_table(path, known, limits=asked.limits, sheet=asked.sheet, **more)

    table = open_delivery(opener, path.name, mapping)
    lacking = [] if "crossing" in table.header else ["crossing"]
    lacking += [] if {"record_id", "van_id"} & set(table.header) else ["record_id"]
    if lacking:
        raise UnreadableFileError(
            "{file}: the header lacks {columns}: name it, and the fields of {kind} as the data dictionary "
            "does, or say in a mapping which column it is",
            file=path.name,
            columns=", ".join(name + table.missing(name).removeprefix(name) for name in lacking),
            kind=kind.code,
        )
    order, era = days_of(opener, path.name, mapping, asked.dates, table.called, asked.era, _day_alone)
    days = DayReader(order, era, asked.today, excel_1904=table.excel_1904)
    found = Deliveries(mapping, asked.now, table, order, era, Notices())
    reader = _Reader(kind, asked, names, places, table, days, found.notices)
    for chunk in table.chunks:
        found.rows += len(chunk)
        for row in chunk:
            entry, reasons = reader.read(row)
            if entry is None:
                found.rejected.append(Rejected(row, tuple(map(table.in_senders_words, reasons))))
            else:
                found.entries.append((row, entry))
        found.notices.settle({one.row.number for one in found.rejected})
    return found


def _split(text: str) -> tuple[str, str]:
    """Day and time of a moment, by the clock of Phnom Penh; the time is blank where it has none.

    >>> _split("31/05/2025 7:05"), _split("2025-06-01 2:30 PM"), _split("2025-05-31T20:30:00Z")
    (('31/05/2025', 'T07:05'), ('2025-06-01', 'T14:30'), ('2025-06-01', 'T03:30'))
    """
    folded = plain(text)
    found = _TIME.match(folded)
    if found is None:
        return _with_zone(folded) or (text, "")
    hour, half = int(found["hour"]), (found["half"] or "").lower()
    if half:
        if not 1 <= hour <= _NOON:
            return text, ""
        hour = hour % _NOON + (_NOON if half == "p" else 0)
    if hour < 24 and int(found["minute"]) < 60:
        return found["day"], f"T{hour:02}:{found['minute']}"
    return text, ""


def _with_zone(text: str) -> tuple[str, str] | None:
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    day, _, time = moment.astimezone(TIME_ZONE).isoformat(timespec="minutes").partition("T")
    return day, f"T{time[:5]}"


def _day_alone(text: str) -> str:
    return _split(text)[0]


@dataclass
class _Reader:
    kind: Kind
    asked: Asked
    names: Names
    places: Places
    table: Delivered
    days: DayReader
    notices: Notices

    def __post_init__(self) -> None:
        self._at = {name: at for at, name in reversed(list(enumerate(self.table.header))) if name}
        self._lookup = {f.name: lookup(f.values) for f in self.kind.fields if f.values}
        self._items = lookup(self.kind.items)
        self._alike: dict[str, int] = {}
        self._ages = [one for one in AGE_SOURCES if one.name in self._at and "age_years" in self.kind.by_name]

    @property
    def source(self) -> str:
        """Who sends the file."""
        return self.asked.source

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
        unread: list[Reason] = []
        for one in self.kind.fields:
            if one.name in self._at:
                fields[one.name] = self._value(row, one, unread)
        if self._ages:
            fields["age_years"] = self._age(row, fields.get("age_years"), fields.get("arrived_at"), unread)
        if is_withdrawn(fields):  # whatever else the row says
            fields, unread = {"record_status": fields["record_status"]}, []
        elif fields.get("record_status", "") is None:
            fields["record_status"] = "current"
        reasons += unread
        said = json.dumps(fields, sort_keys=True)
        parts = (self.kind.code, subject, item, van, crossing)
        raw = {
            "id": _number(self.source, "entry", *parts, said),
            "made_at": self.asked.now.isoformat(),
            "station": "file",
            "fields": fields,
        } | dict(zip(("kind", "subject", "item", "van", "crossing"), parts, strict=True))
        if reasons:
            return None, reasons
        try:
            return pure.read(raw, self.places), []
        except QuestionError as error:
            return None, [_reason(fault) for fault in error.faults]

    def _own_number(self, row: Row) -> str:
        """The number of a row; of one whose number is no identity, a number of its content."""
        own = self._cell(row, "record_id")
        if self.asked.numbered:
            return own
        text = "\x1f".join(row.cells if row.sent is None else row.sent)
        self._alike[text] = self._alike.get(text, 0) + 1
        return _number("row", text, str(self._alike[text]))

    def _identity(self, row: Row, reasons: list[Reason]) -> tuple[str, str, str]:
        own, van_text = shown(self._own_number(row)), shown(self._cell(row, "van_id"))
        for name, text in (("record_id", own), ("van_id", van_text)):
            if text and is_damaged(text):
                reasons.append(Reason("{field}: its digits are lost; write it in full, as text", field=name))
        own, van_text = identifier(own) or "", identifier(van_text) or ""
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
        except (KeyError, ValueError):
            reasons.append(_advice(asked))
            return None

    def moment(self, asked: Field, text: str, row: Row) -> str | None:
        """A moment; the day alone where it has no time."""
        day, time = _split(text)
        found = self.days.read(asked.name, day, row.number)
        if found is Unread.PLACEHOLDER and not asked.required:
            self.notices.add(PLACEHOLDER_DAY, asked.name, text, row.number)
            return None
        if not isinstance(found, date) or found > self.asked.today:
            raise ValueError
        return found.isoformat() + (time if asked.type == "moment" else "")

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
        parts = [part for part in _PARTED.split(text) if part.strip()]
        if len(parts) == 1 and normalise(text) not in self._lookup[asked.name]:
            parts = text.split()  # as survey tools write several answers
        return [self.code(asked, part, row) for part in parts]

    def people(self, _asked: Field, text: str, _row: Row) -> list[str]:
        """Other records of the file's source, by their numbers."""
        return [
            _number(self.source, "person", match_key(part)) for part in _NUMBERS.split(text) if part.strip()
        ]

    def integer(self, asked: Field, text: str, row: Row) -> int | None:
        """A whole number, or an age as people write it."""
        if asked.name != "age_years":
            return int(plain(text).removesuffix(".0"))
        if normalise(text) == UNKNOWN:
            return None
        unit = self._cell(row, "age_unit")
        if unit and is_number(text):
            if normalise(unit) == UNKNOWN:
                return None
            return parse_age(f"{text} {_UNITS[normalise(unit)]}")
        if "age_unit" in self._at and is_number(text):
            self.notices.add("age_without_unit", asked.name, text, row.number)
            return None
        return parse_age(text)

    def _age(self, row: Row, age: int | None, arrived: str | None, reasons: list[Reason]) -> int | None:
        """The age that is written, else that of a birth on the day of arrival, else that in months."""
        for one in self._ages:
            text = self._cell(row, one.name)
            if age is not None or not text or one.name == "age_unit" or normalise(text) == UNKNOWN:
                continue
            try:
                age = (
                    parse_months(text)
                    if one.name == "age_months"
                    else self._born(one.name, text, arrived, row)
                )
            except ValueError:
                self.notices.add("unread_value", one.name, text, row.number)
            except KeyError:
                reasons.append(Reason("{field}: needs the day of arrival (arrived_at)", field=one.name))
        return age

    def _born(self, name: str, text: str, arrived: str | None, row: Row) -> int | None:
        """The age of a birth; None for a placeholder."""
        if arrived is None:
            raise KeyError(name)
        on = date.fromisoformat(arrived[:10])
        if name == "birth_year" or year_alone(text) is not None:
            return age_of(on, parse_birth_year(text))
        born = self.days.read("birth_date", with_day(text, self.days.era.declared), row.number)
        if born is Unread.PLACEHOLDER:
            self.notices.add(PLACEHOLDER_DAY, name, text, row.number)
            return None
        if not isinstance(born, date):
            raise ValueError(text)  # noqa: TRY004 - a value, not a type
        return age_of(on, born)

    def place(self, _asked: Field, text: str, _row: Row) -> str:
        """A province; every country is `abroad`."""
        found = self.names.match_place(text)
        if found is None:
            raise ValueError
        return found if found in self.places.provinces else "abroad"


def _number(*parts: str) -> str:
    """An identifier of what a sender numbers: the same each time."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


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
    "integer": _Reader.integer,
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
