"""From rows of text to records: every row becomes a record or is rejected with all its reasons.

Work is done a column at a time, and each distinct text of a column is read once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import compress
from typing import Any, Protocol

from db.intake.assembly import Assembler
from db.intake.cascades import CascadeReader
from db.intake.notices import Notices
from db.intake.pseudonym import Pseudonymiser
from db.intake.readers import Row
from db.intake.values import clean_text, match_key, parse_age, parse_date, parse_detail
from surveillance import vocabulary as v
from surveillance.indicators import STEPS
from surveillance.line_list import BY_NAME, FIELDS, REQUIRED, RETURNED_COLUMNS


class Places(Protocol):
    """What cleaning asks of the gazetteer (geodata gives it; db does not import geodata)."""

    def match_place(self, text: str) -> str | None:
        """Code of a province or country."""

    def match_commune(self, text: str) -> str | None:
        """Official code of a commune, where the text is one."""

    def match_crossing(self, text: str) -> str | None:
        """Code of a crossing."""


@dataclass(frozen=True)
class Rejected:
    """A row that contradicts itself or cannot be read, as it came."""

    row: Row
    reasons: tuple[str, ...]


@dataclass
class Cleaned:
    """One chunk after cleaning. `records` are tuples in the order of `RECORD_COLUMNS`."""

    records: list[tuple[Any, ...]]
    rejected: list[Rejected]


_DATES = tuple(f.name for f in FIELDS if f.type == "date")
_CODES = tuple(f.name for f in FIELDS if f.type == "code" and f.name not in ("disease", "legal_status"))


@dataclass
class Cleaner:
    """Cleans the chunks of one file.

    Parameters
    ----------
    header : list of str
        Column names of the file, folded to lower case.
    source : str
        Who delivers: part of a record's identity.
    today : date
        Day of the import in Phnom Penh; no date may lie after it.
    places, pseudonymise
        The gazetteer, and the keyed replacement of person numbers.
    keep_legal_status : bool
        Whether the programme has switched legal status on.
    """

    header: list[str]
    source: str
    today: date
    places: Places
    pseudonymise: Pseudonymiser
    keep_legal_status: bool = False
    notices: Notices = field(default_factory=Notices)

    def __post_init__(self) -> None:
        self._position = {name: i for i, name in enumerate(self.header) if name in BY_NAME}
        self._lookup = {f.name: v.lookup(f.values) for f in FIELDS if f.values}
        self._memo: dict[str, dict[str, Any]] = {f.name: {} for f in FIELDS}
        self._cascades = CascadeReader()
        self._assembler = Assembler(self.source, self.pseudonymise)

    def missing_required(self) -> list[str]:
        """Required columns that the header lacks."""
        return [name for name in REQUIRED if name not in self._position]

    def ignored_columns(self) -> list[str]:
        """Columns that the schema does not know: read by nobody, stored nowhere."""
        known = {*BY_NAME, *RETURNED_COLUMNS, ""}
        return [name for name in self.header if name not in known]

    def clean(self, rows: list[Row]) -> Cleaned:
        """Clean one chunk. Its notices wait until it is known which rows go back (`Notices.settle`)."""
        reasons: dict[int, list[str]] = {}
        columns = self._columns(rows, reasons)
        numbers = [row.number for row in rows]
        read: dict[str, list[Any]] = {}
        for name in _DATES:
            read[name] = self._read_dates(name, columns[name], numbers, reasons)
        read["disease"] = self._read_disease(columns["disease"], reasons)
        read["facility_id"] = self._read_facilities(columns["facility_id"], reasons)
        for name in _CODES:
            read[name] = self._read_codes(name, columns[name], numbers)
        for step in STEPS:
            read[step] = self._read(step, columns[step], numbers, _yes_no, None)
        read["age_years"] = self._read("age_years", columns["age_years"], numbers, _age, None)
        read["detail"] = self._read_details(columns["detail"], numbers)
        read["cascade"] = self._cascades.states(read, reasons)
        if reasons:
            accepted = [i not in reasons for i in range(len(rows))]
            numbers = list(compress(numbers, accepted))
            columns = {name: list(compress(column, accepted)) for name, column in columns.items()}
            read = {name: list(compress(column, accepted)) for name, column in read.items()}
        self._read_places(columns, numbers, read)
        read["legal_status"] = self._read_legal_status(columns["legal_status"])
        rejected = [Rejected(rows[i], tuple(reasons[i])) for i in sorted(reasons)]
        return Cleaned(self._assembler.records(columns, numbers, read), rejected)

    # --- columns -------------------------------------------------------------------------------

    def _columns(self, rows: list[Row], reasons: dict[int, list[str]]) -> dict[str, Sequence[str]]:
        """The cells of every field, blank where the file has no such column."""
        width = len(self.header)
        for i, row in enumerate(rows):
            cells = row.cells
            if len(cells) > width and any(cell.strip() for cell in cells[width:]):
                reasons.setdefault(i, []).append(
                    f"the row has {len(cells)} cells and the header {width}: a separator too many?"
                )
            if len(cells) < width:
                cells.extend([""] * (width - len(cells)))
        columns = list(zip(*(row.cells for row in rows), strict=False))  # longer rows end at the shortest
        blank = ("",) * len(rows)
        return {
            f.name: columns[at] if rows and (at := self._position.get(f.name)) is not None else blank
            for f in FIELDS
        }

    def _read(
        self,
        name: str,
        column: Sequence[str],
        numbers: list[int],
        parse: Callable[[str], Any],
        otherwise: Any,
    ) -> list[Any]:
        """Read an optional column: blank is `otherwise`, and so is what cannot be read, with a notice."""
        memo = self._memo[name]
        unread = set()
        for text in set(column):
            if text not in memo:
                try:
                    memo[text] = parse(text) if text.strip() else otherwise
                except ValueError:
                    memo[text] = _Unread(otherwise)
            if isinstance(memo[text], _Unread):
                unread.add(text)
        if not unread:
            return list(map(memo.__getitem__, column))
        for text, number in zip(column, numbers, strict=True):
            if text in unread:
                self.notices.add("unread_value", name, text, number)
        return [otherwise if text in unread else memo[text] for text in column]

    def _read_codes(self, name: str, column: Sequence[str], numbers: list[int]) -> list[str]:
        table = self._lookup[name]

        def parse(text: str) -> str:
            code = table.get(v.normalise(text))
            if code is None:
                raise ValueError(text)
            return code

        return self._read(name, column, numbers, parse, v.UNKNOWN)

    def _read_dates(
        self, name: str, column: Sequence[str], numbers: list[int], reasons: dict[int, list[str]]
    ) -> list[date | None]:
        required = BY_NAME[name].required
        days: list[date | None] = (
            self._read_required_dates(name, column, reasons)
            if required
            else self._read(name, column, numbers, parse_date, None)
        )
        today = self.today
        late = {day for day in set(days) if day is not None and day > today}
        for i, day in enumerate(days if late else ()):
            if day is not None and day in late:
                reasons.setdefault(i, []).append(
                    f"{name}: {day.isoformat()} lies after the day of import ({today.isoformat()})"
                )
        return days

    def _read_required_dates(
        self, name: str, column: Sequence[str], reasons: dict[int, list[str]]
    ) -> list[date | None]:
        memo = self._memo[name]
        for text in set(column).difference(memo):
            try:
                memo[text] = parse_date(text)
            except ValueError:
                memo[text] = None
        days = list(map(memo.__getitem__, column))
        for i, day in enumerate(days):
            if day is None:
                reasons.setdefault(i, []).append(
                    _required(name, column[i], "write it as YYYY-MM-DD, from 1990 on")
                )
        return days

    def _read_disease(self, column: Sequence[str], reasons: dict[int, list[str]]) -> list[str | None]:
        memo, table = self._memo["disease"], self._lookup["disease"]
        for text in set(column).difference(memo):
            memo[text] = table.get(v.normalise(text))
        codes = list(map(memo.__getitem__, column))
        for i, code in enumerate(codes):
            if code is None:
                known = ", ".join(v.DISEASES)
                reasons.setdefault(i, []).append(_required("disease", column[i], f"use one of {known}"))
        return codes

    def _read_facilities(self, column: Sequence[str], reasons: dict[int, list[str]]) -> list[tuple[str, str]]:
        memo = self._memo["facility_id"]
        for text in set(column).difference(memo):
            memo[text] = (clean_text(text), match_key(text))
        facilities = list(map(memo.__getitem__, column))
        for i, (_, key) in enumerate(facilities):
            if not key:
                reasons.setdefault(i, []).append(
                    _required("facility_id", column[i], "write the facility's number")
                )
        return facilities

    def _read_details(self, column: Sequence[str], numbers: list[int]) -> list[str | None]:
        memo = self._memo["detail"]
        for text in set(column).difference(memo):
            memo[text] = parse_detail(text)
        details = list(map(memo.__getitem__, column))
        for (_, left_out), number in zip(details, numbers, strict=True):
            if left_out:
                self.notices.add("unread_value", "detail", "", number)
        return [kept for kept, _ in details]

    def _read_places(
        self, columns: dict[str, Sequence[str]], numbers: list[int], read: dict[str, list[Any]]
    ) -> None:
        """Match places; an unmatched one is accepted under unknown and listed."""
        for name, stored, match in (
            ("province_home", "province_home", self.places.match_place),
            ("place_infection", "province_infection", self.places.match_place),
            ("crossing", "crossing", self.places.match_crossing),
        ):
            column, memo = columns[name], self._memo[name]
            for text in set(column).difference(memo):
                memo[text] = match(text) if text.strip() else v.UNKNOWN
            read[stored] = [memo[text] or v.UNKNOWN for text in column]
            unmatched = {t for t in set(column) if memo[t] is None and v.normalise(t) != v.UNKNOWN}
            for text, number in zip(column, numbers, strict=True) if unmatched else ():
                if text in unmatched:
                    self.notices.add("unmatched_place", name, text, number)
        communes = {t: self.places.match_commune(t) for t in set(columns["place_infection"]) if t.strip()}
        read["commune_infection"] = list(map(communes.get, columns["place_infection"]))

    def _read_legal_status(self, column: Sequence[str]) -> list[str | None]:
        """Dropped before anything is stored, unless the programme has switched it on."""
        if not self.keep_legal_status:
            return [None] * len(column)
        table = self._lookup["legal_status"]
        return [table.get(v.normalise(text), v.UNKNOWN) for text in column]


@dataclass(frozen=True)
class _Unread:
    otherwise: Any


def _age(text: str) -> int | None:
    return None if v.normalise(text) == v.UNKNOWN else parse_age(text)


def _required(name: str, text: str, advice: str) -> str:
    shown = clean_text(text, 40)
    return f"{name}: '{shown}' cannot be read; {advice}" if shown else f"{name}: is blank; {advice}"


def _yes_no(text: str) -> bool | None:
    return None if v.normalise(text) == v.UNKNOWN else v.parse_yes_no(text)
