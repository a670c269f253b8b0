"""From rows of text to records: every row becomes a record or is rejected with all its reasons.

Work is done a column at a time, and each distinct text of a column is read once.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from typing import Any, Protocol

from db.intake.pseudonym import Pseudonymiser
from db.intake.readers import Row
from db.intake.values import clean_text, match_key, parse_age, parse_date, parse_detail
from db.schema import RECORD_COLUMNS
from surveillance import vocabulary as v
from surveillance.epiweek import cell_number
from surveillance.indicators import STEPS, contradiction, state_number
from surveillance.line_list import BY_NAME, EXCUSING_BASES, FIELDS, REQUIRED, RETURNED_COLUMNS
from surveillance.strata import stratum


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


class Notices:
    """What was accepted and could not be understood: counted, listed, never silent."""

    def __init__(self) -> None:
        self.rows: Counter[tuple[str, str, str]] = Counter()
        self.first: dict[tuple[str, str, str], int] = {}

    def add(self, kind: str, field_name: str, text: str, row_number: int) -> None:
        """Count one row for which `text` in `field_name` was not understood."""
        shown = (
            re.sub(r"\d{6,}", "#", clean_text(text, 60)) if kind != "unknown_facility" else clean_text(text)
        )
        key = (kind, field_name, shown)
        self.rows[key] += 1
        self.first.setdefault(key, row_number)


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
        self._cells: dict[str, int] = {}
        self._cascades: dict[tuple[Any, ...], tuple[int, str | None]] = {}
        self._strata: dict[tuple[str, ...], int] = {}

    def missing_required(self) -> list[str]:
        """Required columns that the header lacks."""
        return [name for name in REQUIRED if name not in self._position]

    def ignored_columns(self) -> list[str]:
        """Columns that the schema does not know: read by nobody, stored nowhere."""
        known = {*BY_NAME, *RETURNED_COLUMNS, ""}
        return [name for name in self.header if name not in known]

    def clean(self, rows: list[Row]) -> Cleaned:
        """Clean one chunk."""
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
        read["details"] = self._read_details(columns["detail"], numbers)
        read["cascade"] = self._read_cascades(read, reasons)
        good = [i for i in range(len(rows)) if i not in reasons]
        self._read_places(columns, numbers, good, read)
        records = self._records(columns, numbers, read, good)
        rejected = [Rejected(rows[i], tuple(reasons[i])) for i in sorted(reasons)]
        return Cleaned(records, rejected)

    # --- columns -------------------------------------------------------------------------------

    def _columns(self, rows: list[Row], reasons: dict[int, list[str]]) -> dict[str, list[str]]:
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
        blank = [""] * len(rows)
        return {
            f.name: [row.cells[at] for row in rows]
            if (at := self._position.get(f.name)) is not None
            else blank
            for f in FIELDS
        }

    def _read(
        self, name: str, column: list[str], numbers: list[int], parse: Callable[[str], Any], otherwise: Any
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
            return [memo[text] for text in column]
        for text, number in zip(column, numbers, strict=True):
            if text in unread:
                self.notices.add("unread_value", name, text, number)
        return [otherwise if text in unread else memo[text] for text in column]

    def _read_codes(self, name: str, column: list[str], numbers: list[int]) -> list[str]:
        table = self._lookup[name]

        def parse(text: str) -> str:
            code = table.get(v.normalise(text))
            if code is None:
                raise ValueError(text)
            return code

        return self._read(name, column, numbers, parse, v.UNKNOWN)

    def _read_dates(
        self, name: str, column: list[str], numbers: list[int], reasons: dict[int, list[str]]
    ) -> list[date | None]:
        required = BY_NAME[name].required
        days: list[date | None] = (
            self._read_required_dates(name, column, reasons)
            if required
            else self._read(name, column, numbers, parse_date, None)
        )
        today = self.today
        for i, day in enumerate(days):
            if day is not None and day > today:
                reasons.setdefault(i, []).append(
                    f"{name}: {day.isoformat()} lies after the day of import ({today.isoformat()})"
                )
        return days

    def _read_required_dates(
        self, name: str, column: list[str], reasons: dict[int, list[str]]
    ) -> list[date | None]:
        memo = self._memo[name]
        for text in set(column).difference(memo):
            try:
                memo[text] = parse_date(text)
            except ValueError:
                memo[text] = None
        for i, text in enumerate(column):
            if memo[text] is None:
                reasons.setdefault(i, []).append(
                    _required(name, text, "write it as YYYY-MM-DD, from 1990 on")
                )
        return [memo[text] for text in column]

    def _read_disease(self, column: list[str], reasons: dict[int, list[str]]) -> list[str | None]:
        table = self._lookup["disease"]
        codes = [table.get(v.normalise(text)) for text in column]
        for i, code in enumerate(codes):
            if code is None:
                known = ", ".join(v.DISEASES)
                reasons.setdefault(i, []).append(_required("disease", column[i], f"use one of {known}"))
        return codes

    def _read_facilities(self, column: list[str], reasons: dict[int, list[str]]) -> list[tuple[str, str]]:
        memo = self._memo["facility_id"]
        for text in set(column).difference(memo):
            memo[text] = (clean_text(text), match_key(text))
        for i, text in enumerate(column):
            if not memo[text][1]:
                reasons.setdefault(i, []).append(
                    _required("facility_id", text, "write the facility's number")
                )
        return [memo[text] for text in column]

    def _read_details(self, column: list[str], numbers: list[int]) -> list[str | None]:
        memo = self._memo["detail"]
        for text in set(column).difference(memo):
            memo[text] = parse_detail(text)
        for text, number in zip(column, numbers, strict=True):
            if memo[text][1]:
                self.notices.add("unread_value", "detail", "", number)
        return [memo[text][0] for text in column]

    def _read_cascades(self, read: dict[str, list[Any]], reasons: dict[int, list[str]]) -> list[int]:
        states = []
        parts = zip(
            *(read[step] for step in STEPS),
            read["test_method"],
            read["case_status"],
            read["details"],
            strict=True,
        )
        for i, (*answers, method, status, detail) in enumerate(parts):
            basis = method == "clinical" or status in ("suspected", "probable") or _states_basis(detail)
            key = (*answers, basis)
            if key not in self._cascades:
                self._cascades[key] = _cascade(tuple(answers), basis)
            state, reason = self._cascades[key]
            if reason:
                reasons.setdefault(i, []).append(reason)
            states.append(state)
        return states

    def _read_places(
        self, columns: dict[str, list[str]], numbers: list[int], good: list[int], read: dict[str, list[Any]]
    ) -> None:
        """Match places; an unmatched one is accepted under unknown and listed."""
        for name, match in (
            ("province_home", self.places.match_place),
            ("place_infection", self.places.match_place),
            ("crossing", self.places.match_crossing),
        ):
            column, memo = columns[name], self._memo[name]
            for text in set(column).difference(memo):
                memo[text] = match(text) if text.strip() else v.UNKNOWN
            read[name] = [memo[text] or v.UNKNOWN for text in column]
            for i in good:
                if memo[column[i]] is None and v.normalise(column[i]) != v.UNKNOWN:
                    self.notices.add("unmatched_place", name, column[i], numbers[i])

    # --- records -------------------------------------------------------------------------------

    def _records(
        self, columns: dict[str, list[str]], numbers: list[int], read: dict[str, list[Any]], good: list[int]
    ) -> list[tuple[Any, ...]]:
        keyed = {name: i for i, name in enumerate(RECORD_COLUMNS)}
        assembled = [self._assemble(name, columns, read, good) for name in RECORD_COLUMNS[3:]]
        lines = zip(*assembled, strict=True)
        facility, number = keyed["facility_key"] - 3, keyed["record_id"] - 3
        records = []
        for i, line in zip(good, lines, strict=True):
            text = "\x1f".join(["" if value is None else str(value) for value in line])
            content = blake2b(text.encode(), digest_size=16).digest()
            name = f"id\x1f{line[number]}" if line[number] else text
            key = f"{self.source}\x1f{line[facility]}\x1f{name}"
            records.append((blake2b(key.encode(), digest_size=16).digest(), content, numbers[i], *line))
        return records

    def _assemble(
        self, name: str, columns: dict[str, list[str]], read: dict[str, list[Any]], good: list[int]
    ) -> Iterable[Any]:
        """One stored column, for the accepted rows."""
        makers: dict[str, Callable[[], Iterable[Any]]] = {
            "record_id": lambda: (clean_text(columns["record_id"][i]) or None for i in good),
            "arrival_id": lambda: (clean_text(columns["arrival_id"][i]) or None for i in good),
            "facility_id": lambda: (read["facility_id"][i][0] for i in good),
            "facility_key": lambda: (read["facility_id"][i][1] for i in good),
            "person": lambda: self._persons(columns, read, good),
            "province_infection": lambda: (read["place_infection"][i] for i in good),
            "commune_infection": lambda: self._communes(columns["place_infection"], good),
            "legal_status": lambda: self._legal_status(columns["legal_status"], good),
            "detail": lambda: (read["details"][i] for i in good),
            "period": lambda: (self._cell(read["date_visit"][i]) for i in good),
            "start_period": lambda: (
                self._cell(read["date_treated"][i] or read["date_visit"][i]) for i in good
            ),
            "stratum": lambda: self._stratum_of(read, good),
        }
        if name in makers:
            return makers[name]()
        values = read[name]
        if name.startswith("date_"):
            return ((day.isoformat() if (day := values[i]) is not None else None) for i in good)
        return (values[i] for i in good)

    def _cell(self, day: date) -> int:
        text = day.isoformat()
        if text not in self._cells:
            self._cells[text] = cell_number(day)
        return self._cells[text]

    def _persons(
        self, columns: dict[str, list[str]], read: dict[str, list[Any]], good: list[int]
    ) -> Iterable[str | None]:
        for i in good:
            number = match_key(columns["person_id"][i])
            if not number:
                yield None
                continue
            issuer = match_key(columns["person_id_issuer"][i])
            yield self.pseudonymise(issuer or f"facility:{read['facility_id'][i][1]}", number)

    def _communes(self, column: list[str], good: list[int]) -> Iterable[str | None]:
        memo: dict[str, str | None] = {}
        for i in good:
            text = column[i]
            if text not in memo:
                memo[text] = self.places.match_commune(text) if text.strip() else None
            yield memo[text]

    def _legal_status(self, column: list[str], good: list[int]) -> Iterable[str | None]:
        if not self.keep_legal_status:
            return (None for _ in good)
        table = self._lookup["legal_status"]
        return (table.get(v.normalise(column[i]), v.UNKNOWN) for i in good)

    def _stratum_of(self, read: dict[str, list[Any]], good: list[int]) -> Iterable[int]:
        axes = tuple(v.AXES)
        for i in good:
            age = v.age_band(read["age_years"][i])
            values = (*(age if axis == "age" else read[axis][i] for axis in axes), read["disease"][i])
            if values not in self._strata:
                self._strata[values] = stratum(values[-1], dict(zip(axes, values[:-1], strict=True)))
            yield self._strata[values]


@dataclass(frozen=True)
class _Unread:
    otherwise: Any


def _age(text: str) -> int | None:
    return None if v.normalise(text) == v.UNKNOWN else parse_age(text)


def _required(name: str, text: str, advice: str) -> str:
    shown = clean_text(text, 40)
    return f"{name}: '{shown}' cannot be read; {advice}" if shown else f"{name}: is blank; {advice}"


def _states_basis(detail: str | None) -> bool:
    if detail is None or "treatment_basis" not in detail:
        return False
    return json.loads(detail).get("treatment_basis") in EXCUSING_BASES


def _cascade(answers: tuple[Any, ...], basis: bool) -> tuple[int, str | None]:
    found = contradiction(answers, basis)
    if found is None:
        return state_number(answers), None
    earlier, later = found
    advice = "correct one of the two, or leave blank what is not known"
    if later == "treated":
        advice += "; treatment without a positive test needs its basis, as treatment_basis=clinical in detail"
    return 0, f"{later}: is yes after an explicit no ({earlier} = no); {advice}"


def _yes_no(text: str) -> bool | None:
    return None if v.normalise(text) == v.UNKNOWN else v.parse_yes_no(text)
