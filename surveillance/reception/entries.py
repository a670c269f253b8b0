"""Reading one entry of a station: what it writes of which record, or everything that is wrong with it.

An entry writes some fields of one record. A record is what its entries say, field by field: of two that write
one field, the later made one counts, in whatever order they come. So two stations of a van never overwrite
each other, and entries may come twice or late.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from surveillance.errors import QuestionError, UsageError
from surveillance.line_list import WITHDRAWN
from surveillance.reception.kinds import KINDS, Field, Kind
from surveillance.reception.vocabulary import STATIONS
from surveillance.texts import N_

_ID = re.compile(r"[0-9a-f]{32}")
#: The time is left out where it is not known.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_LETTERS = re.compile(r"[A-Z]{1,3}")
#: Letters and digits that cannot be taken for each other.
SLIP_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_SLIP = re.compile(f"[{SLIP_LETTERS}]{{6,12}}")
#: People that one entry may leave out of a van.
_MOST_PEOPLE = 2_000
_STATIONS = frozenset(value.code for value in STATIONS)
_PARTS = frozenset({"id", "kind", "subject", "item", "van", "crossing", "station", "made_at", "fields"})
#: Value of a field.
Value = Any


@dataclass(frozen=True)
class Places:
    """Codes that a place may have."""

    provinces: Collection[str]
    crossings: Collection[str]
    districts: Collection[str] = ()


@dataclass(frozen=True)
class Entry:
    """What one station wrote at one moment of one record. `van`: blank for those who came without one.

    `fields`: None for a value that is taken back.
    """

    id: str
    kind: str
    subject: str
    item: str
    van: str
    crossing: str
    station: str
    made_at: datetime
    fields: Mapping[str, Value] = field(default_factory=dict)

    @property
    def record(self) -> tuple[str, str, str]:
        """Which record it writes."""
        return self.kind, self.subject, self.item


def is_id(value: object) -> bool:
    """Return whether a value is an identifier made on a device.

    Parameters
    ----------
    value : object

    Returns
    -------
    bool
        True for 32 lower-case hexadecimal digits.

    Examples
    --------
    >>> is_id("0" * 32), is_id("B-17")
    (True, False)
    """
    return isinstance(value, str) and bool(_ID.fullmatch(value))


def read(raw: object, places: Places) -> Entry:
    """Read an entry as a device sends it.

    Parameters
    ----------
    raw : object
        A mapping of `id`, `kind`, `subject`, `item`, `van`, `crossing`, `station`, `made_at`, `fields`.
    places : Places

    Returns
    -------
    Entry

    Raises
    ------
    QuestionError
        Something is wrong with it; says everything that is. No value is named.

    Examples
    --------
    >>> raw = {"id": "1" * 32, "kind": "van", "subject": "2" * 32, "van": "2" * 32, "crossing": "TH01",
    ...        "station": "desk", "made_at": "2025-06-01T01:02:03Z", "fields": {"men": 20}}
    >>> read(raw, Places({"KH01"}, {"TH01"})).fields["men"]
    20
    """
    if not isinstance(raw, Mapping):
        raise _all([UsageError("an entry is not made of named parts; send it again from the desk")])
    faults: list[UsageError] = []
    given = {name: raw.get(name, "") for name in _PARTS}
    if strange := sorted(str(name)[:40] for name in raw if name not in _PARTS):
        faults.append(UsageError("an entry has no part '{name}'", name=strange[0]))
    if not is_id(given["id"]):
        faults.append(UsageError("id: an entry needs one of 32 hexadecimal digits", "id"))
    if not is_id(given["subject"]):
        faults.append(UsageError("subject: an entry needs one of 32 hexadecimal digits", "subject"))
    if given["van"] and not is_id(given["van"]):
        faults.append(UsageError("van: give its 32 hexadecimal digits, or nothing", "van"))
    if not isinstance(given["crossing"], str) or given["crossing"] not in places.crossings:
        faults.append(UsageError("crossing: choose one of the list", "crossing"))
    if not isinstance(given["station"], str) or given["station"] not in _STATIONS:
        faults.append(UsageError("station: choose one of the list", "station"))
    made_at = _made_at(given["made_at"], faults)
    kind = KINDS.get(given["kind"]) if isinstance(given["kind"], str) else None
    if kind is None:
        faults.append(UsageError("kind: choose one of the list", "kind"))
        raise _all(faults)
    _check_subject(kind, given, faults)
    fields = read_fields(kind, given["fields"], places, faults)
    if faults:
        raise _all(faults)
    words = {name: str(given[name]) for name in ("id", "subject", "item", "van", "crossing", "station")}
    return Entry(kind=kind.code, made_at=made_at, fields=fields, **words)


def read_fields(kind: Kind, raw: object, places: Places, faults: list[UsageError]) -> dict[str, Value]:
    """Read the fields that an entry writes; what is wrong is added to `faults`.

    Parameters
    ----------
    kind : Kind
    raw : object
        A mapping of names to values; None takes a value back.
    places : Places
    faults : list of UsageError
        Is added to.

    Returns
    -------
    dict of str to value
        Those that can be stored.

    Examples
    --------
    >>> faults = []
    >>> read_fields(KINDS["arrival"], {"age_years": 31, "sex": "x"}, Places((), ()), faults)
    {'age_years': 31}
    >>> str(faults[0])
    'sex: choose one of the list'
    """
    if not isinstance(raw, Mapping) or not raw:
        faults.append(UsageError("fields: an entry has to write at least one field", "fields"))
        return {}
    known = kind.by_name
    found: dict[str, Any] = {}
    for name, value in raw.items():
        if name not in known:
            faults.append(UsageError("a record of this kind has no field '{name}'", name=str(name)[:40]))
        elif value is None:
            if known[name].required:
                faults.append(UsageError("{name}: this is needed", name, name=name))
            else:
                found[name] = None
        elif (wrong := _wrong(known[name], value, places)) is not None:
            faults.append(wrong)
        else:
            found[name] = sorted(set(value)) if known[name].type in ("codes", "people") else value
    return found


def merge(entries: Iterable[Entry]) -> dict[str, Value]:
    """Return the current fields of a record: of each, what the entry that was made last says.

    Parameters
    ----------
    entries : iterable of Entry
        Of one record, in any order.

    Returns
    -------
    dict of str to value
        Without those that were taken back, in the order of their names.

    Examples
    --------
    >>> from dataclasses import replace
    >>> old = datetime(2025, 6, 1, tzinfo=UTC)
    >>> one = Entry("1" * 32, "arrival", "2" * 32, "", "", "TH01", "desk", old, {"sex": "male", "number": 3})
    >>> two = replace(one, id="3" * 32, made_at=old.replace(day=2), fields={"sex": "female"})
    >>> merge([two, one])
    {'number': 3, 'sex': 'female'}
    """
    found: dict[str, Any] = {}
    for entry in sorted(entries, key=lambda one: (one.made_at, one.id)):
        found.update(entry.fields)
    return {name: found[name] for name in sorted(found) if found[name] is not None}


def is_withdrawn(fields: Mapping[str, Value]) -> bool:
    """Return whether a record was made in error.

    Parameters
    ----------
    fields : mapping
        Current fields of a record.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_withdrawn({"record_status": "withdrawn"}), is_withdrawn({})
    (True, False)
    """
    return fields.get("record_status") == WITHDRAWN


def _all(faults: list[UsageError]) -> QuestionError:
    return QuestionError(faults)


def _made_at(value: object, faults: list[UsageError]) -> datetime:
    if isinstance(value, str) and len(value) <= 40:
        moment: datetime | None
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
        if moment is not None and moment.tzinfo is not None:
            return moment.astimezone(UTC)
    faults.append(UsageError("made_at: give a day and time with its zone", "made_at"))
    return datetime(1970, 1, 1, tzinfo=UTC)


def _check_subject(kind: Kind, given: Mapping[str, Any], faults: list[UsageError]) -> None:
    item = given["item"]
    if kind.items:
        if not isinstance(item, str) or item not in {value.code for value in kind.items}:
            faults.append(UsageError("item: choose one of the list", "item"))
    elif kind.many:
        if not is_id(item):
            faults.append(UsageError("item: a record of this kind needs 32 hexadecimal digits", "item"))
    elif item:
        faults.append(UsageError("item: a record of this kind has none", "item"))
    if kind.subject == "van" and given["subject"] != given["van"]:
        faults.append(UsageError("subject: a van is its own subject", "subject"))
    if kind.subject == "person" and given["subject"] == given["van"]:
        faults.append(UsageError("subject: give a person, not the van", "subject"))
    if kind.subject == "own" and given["van"]:
        faults.append(UsageError("van: a record of this kind has none", "van"))


def _wrong(asked: Field, value: Value, places: Places) -> UsageError | None:
    """Say what is wrong with a value."""
    if asked.type == "integer":
        if isinstance(value, int) and not isinstance(value, bool) and asked.least <= value <= asked.most:
            return None
        text = N_("{name}: give a whole number from {least} to {most}")
        return UsageError(text, asked.name, name=asked.name, least=asked.least, most=asked.most)
    if _FITS[asked.type](asked, value, places):
        return None
    return UsageError(_SAYS[asked.type], asked.name, name=asked.name)


def _is_day(pattern: re.Pattern[str], value: Value) -> bool:
    if not isinstance(value, str) or not pattern.fullmatch(value) or value < "2000":
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _place(asked: Field, value: Value, places: Places) -> bool:
    held = places.crossings if asked.places == "crossing" else places.provinces
    return isinstance(value, str) and value in held


def _codes(asked: Field, value: Value) -> bool:
    codes = {one.code for one in asked.values}
    return isinstance(value, list | tuple) and all(isinstance(one, str) and one in codes for one in value)


_FITS: dict[str, Callable[[Field, Value, Places], bool]] = {
    "moment": lambda _asked, value, _places: _is_day(_MOMENT, value),
    "date": lambda _asked, value, _places: _is_day(_DATE, value),
    "yes_no": lambda _asked, value, _places: isinstance(value, bool),
    "code": lambda asked, value, _places: _codes(asked, [value]),
    "codes": lambda asked, value, _places: _codes(asked, value),
    "people": lambda _asked, value, _places: (
        isinstance(value, list | tuple) and len(value) <= _MOST_PEOPLE and all(map(is_id, value))
    ),
    "place": _place,
    "letters": lambda _asked, value, _places: isinstance(value, str) and bool(_LETTERS.fullmatch(value)),
    "slip": lambda _asked, value, _places: isinstance(value, str) and bool(_SLIP.fullmatch(value)),
    "district": lambda _asked, value, places: isinstance(value, str) and value in places.districts,
}
_SAYS: dict[str, str] = {
    "moment": N_("{name}: give a day and time, to the minute"),
    "date": N_("{name}: give a day"),
    "yes_no": N_("{name}: say yes or no"),
    "code": N_("{name}: choose one of the list"),
    "codes": N_("{name}: choose some of the list"),
    "people": N_("{name}: choose people of the van"),
    "place": N_("{name}: choose one of the list"),
    "district": N_("{name}: choose one of the list"),
    "letters": N_("{name}: give one to three letters, A to Z"),
    "slip": N_("{name}: this is not the code of a slip"),
}


def day_of(kind: str, fields: Mapping[str, Value], van: Mapping[str, Value], entered: date) -> date:
    """Return the day on which a record counts.

    Parameters
    ----------
    kind : str
    fields : mapping
        Current fields of the record.
    van : mapping
        Current fields of its van; empty where it has none.
    entered : date
        When the record was first entered, by the clock of Phnom Penh.

    Returns
    -------
    date
        Of its own first moment, else the day of the van, else the one on which it was entered.

    Examples
    --------
    >>> day_of("arrival", {}, {"arrived_at": "2025-06-01T23:50"}, date(2025, 6, 2))
    datetime.date(2025, 6, 1)
    """
    named = (one.name for one in KINDS[kind].fields if one.type in ("moment", "date"))
    text = next((str(fields[name]) for name in named if fields.get(name)), None) or van.get("arrived_at")
    return date.fromisoformat(text[:10]) if text else entered
