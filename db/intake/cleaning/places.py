"""Reading places: what the gazetteer matches, and what stays unknown and gets a token."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from db.intake.values.codes import clean_text
from db.intake.values.notices import FEWEST, Notices, masked
from db.intake.values.place_tokens import PlaceTokens
from surveillance import vocabulary as v

#: Field of a line list -> column of a record.
COLUMN_OF = {
    "province_home": "province_home",
    "place_infection": "province_infection",
    "crossing": "crossing",
}
_SHOWN = 60


class Places(Protocol):
    """What reading asks of the gazetteer (geodata gives it; db does not import geodata)."""

    def match_place(self, text: str) -> str | None:
        """Code of a province or country."""

    def match_commune(self, text: str) -> str | None:
        """Official code of a commune, where the text is one."""

    def match_crossing(self, text: str) -> str | None:
        """Code of a crossing."""

    def match_district(self, text: str, province: str | None = None) -> str | None:
        """Official number of a district, by its number or name; `province`: where it is looked for."""


#: Field and column of a district -> the column of its province.
DISTRICTS = {"district_home": "province_home", "district_infection": "province_infection"}


@dataclass
class ReadPlaces:
    """Columns of a chunk: values, and for each field with unmatched texts the mark of each row."""

    values: dict[str, list[Any]]
    marks: dict[str, list[str | None]]

    def rows(self, numbers: Sequence[int]) -> list[tuple[int, str, str]]:
        """Row number, field and mark, wherever there is one."""
        return [
            (number, name, mark)
            for name, marks in self.marks.items()
            for number, mark in zip(numbers, marks, strict=True)
            if mark is not None
        ]


@dataclass
class PlaceTexts:
    """How often a file says each unmatched text; `unmarked`: rows of texts that no key could mark."""

    rows: Counter[tuple[str, str]] = field(default_factory=Counter)
    unmarked: list[int] = field(default_factory=list)
    _texts: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, name: str, mark: str | None, text: str, number: int) -> None:
        """Count one row."""
        if mark is None:
            self.unmarked.append(number)
            return
        self.rows[name, mark] += 1
        if (name, mark) not in self._texts:
            self._texts[name, mark] = masked(clean_text(text, _SHOWN))

    def stored(self) -> dict[tuple[str, str], str | None]:
        """Every mark with its text; None where too few rows agree on it: it may be a person's name."""
        return {key: self._texts[key] if rows >= FEWEST else None for key, rows in self.rows.items()}


class PlaceReader:
    """Reads the places of one file; each distinct text once."""

    def __init__(self, places: Places, place_tokens: PlaceTokens, notices: Notices) -> None:
        self._places, self._place_tokens, self._notices = places, place_tokens, notices
        self._memo: dict[str, dict[str, str | None]] = {name: {} for name in COLUMN_OF}
        self._marks: dict[str, str | None] = {}
        self._districts: dict[tuple[str, str | None], str | None] = {}
        self.texts = PlaceTexts()

    def read(self, columns: Mapping[str, Sequence[str]], numbers: Sequence[int]) -> ReadPlaces:
        """Match places; an unmatched one is accepted under unknown, marked and listed."""
        found = ReadPlaces({}, {})
        for name, stored in COLUMN_OF.items():
            column, memo = columns[name], self._memo[name]
            match = self._places.match_crossing if name == "crossing" else self._places.match_place
            texts = set(column)
            for text in texts.difference(memo):
                memo[text] = match(text) if text.strip() else v.UNKNOWN
            found.values[stored] = [memo[text] or v.UNKNOWN for text in column]
            unmatched = {t for t in texts if memo[t] is None and v.normalise(t) != v.UNKNOWN}
            if unmatched:
                found.marks[name] = self._mark(name, column, numbers, unmatched)
        communes = {t: self._places.match_commune(t) for t in set(columns["place_infection"]) if t.strip()}
        found.values["commune_infection"] = list(map(communes.get, columns["place_infection"]))
        for name, province in DISTRICTS.items():
            said = "province_home" if name == "district_home" else "place_infection"
            self._read_districts(name, found.values[province], columns[name], columns[said], numbers, found)
        return found

    def _read_districts(
        self,
        name: str,
        provinces: list[Any],
        column: Sequence[str],
        said: Sequence[str],
        numbers: Sequence[int],
        found: ReadPlaces,
    ) -> None:
        """Districts that lie in the province of their row; where it names none, the district says which."""
        districts: list[str | None] = [None] * len(column)
        found.values[name] = districts
        if not any(column):
            return
        for at, text in enumerate(column):
            if not text.strip() or v.normalise(text) == v.UNKNOWN:
                continue
            blank = not said[at].strip()
            code = self._district(text, None if blank else provinces[at])
            if code is None:
                other = None if blank else self._district(text, None)
                kind = "unread_value" if other is None else "other_province"
                self._notices.add(kind, name, text, numbers[at])
                continue
            districts[at] = code
            if blank:
                provinces[at] = f"KH{code[:2]}"

    def _district(self, text: str, province: str | None) -> str | None:
        """A district; of a province that is known, one of it."""
        key = (text, province)
        if key not in self._districts:
            code = self._places.match_district(text, province)
            if code is not None and province is not None and province != f"KH{code[:2]}":
                code = None
            self._districts[key] = code
        return self._districts[key]

    def _mark(
        self, name: str, column: Sequence[str], numbers: Sequence[int], unmatched: set[str]
    ) -> list[str | None]:
        marks: list[str | None] = [None] * len(column)
        for at, (text, number) in enumerate(zip(column, numbers, strict=True)):
            if text not in unmatched:
                continue
            if text not in self._marks:
                self._marks[text] = self._place_tokens(text)
            mark = marks[at] = self._marks[text]
            if not self._place_tokens.is_resolved(name, mark):
                self._notices.add("unmatched_place", name, text, number)
            self.texts.add(name, mark, text, number)
        return marks
