"""What the values of a column look like: days, ages, sexes, yes and no, places, diseases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, partial

from db.intake.dates.ages import parse_age, parse_birth_year
from db.intake.dates.parse import EARLIEST_BIRTH, read_day
from db.intake.mappings.check import KnownPlaces
from db.intake.values.digits import plain
from surveillance.line_list import Field
from surveillance.reception.file_kinds import LINE_LIST, fields_of
from surveillance.results import read_result
from surveillance.vocabulary import UNKNOWN, lookup, normalise, parse_yes_no

_ENOUGH = 0.8
#: Values that tell a field by themselves, and how far; a sex in one letter could be much else.
_TELLING = {"disease": 0.6, "sex": 0.6, "movement": 0.5, "activity": 0.5, "residence": 0.5, "outcome": 0.45,
            "test_method": 0.45, "case_status": 0.5, "origin": 0.45, "legal_status": 0.5, "item": 0.5,
            "partner": 0.5, "danger_signs": 0.5, "symptoms": 0.5}  # fmt: skip
_CROSSINGS, _PROVINCES = 0.5, 0.4
_AGES = ("age_years", "age_months")
#: The most different values that a column of codes has.
_MOST = 40


@dataclass(frozen=True)
class Seen:
    """What a column's values look like.

    `kinds`: types of fields that they can be; `fields`: coded fields and places they are, and how surely;
    `coded`: share of the values that each coded field knows.
    """

    kinds: frozenset[str]
    fields: dict[str, float] = field(default_factory=dict)
    coded: dict[str, float] = field(default_factory=dict)
    blank: bool = False
    kind: str = LINE_LIST

    def agrees(self, name: str) -> bool | None:
        """Whether the values can be those of a field; None where they do not tell."""
        schema = fields_of(self.kind)[name]
        if self.blank or schema.type in ("text", "detail"):
            return None
        if schema.values:
            # a code of the sender's own (1 and 2 for the sexes) is translated by the mapping
            return True if self.coded.get(name, 0) >= _ENOUGH else (False if "date" in self.kinds else None)
        return self._of_type(schema)

    def _of_type(self, schema: Field) -> bool | None:
        if schema.type == "place":
            return True if "place" in self.kinds else (False if "date" in self.kinds else None)
        if schema.type == "date":
            return "birth" in self.kinds if schema.name == "birth_date" else "date" in self.kinds
        if schema.name == "birth_year":
            return "year" in self.kinds
        kind = {"positive": "result"}.get(schema.name, "yes_no" if schema.type == "yes_no" else "number")
        if kind == "number" and (self.kind == LINE_LIST or schema.name in _AGES):
            return "age" in self.kinds
        return True if kind in self.kinds else (False if "date" in self.kinds else None)


@cache
def _coded(kind: str) -> dict[str, dict[str, str]]:
    return {name: lookup(schema.values) for name, schema in fields_of(kind).items() if schema.values}


def look_at(texts: Sequence[str], places: KnownPlaces | None, kind: str = LINE_LIST) -> Seen:
    """See what the values of a column can be; blank ones are left out by the caller."""
    if not texts:
        return Seen(frozenset(), blank=True, kind=kind)
    distinct = {text: texts.count(text) for text in dict.fromkeys(texts)}

    def share(reads: Callable[[str], object]) -> float:
        return sum(count for text, count in distinct.items() if _is_read(reads, text)) / len(texts)

    kinds = {kind for kind, reads in _KINDS.items() if share(reads) >= _ENOUGH}
    few = _coded(kind) if len(distinct) <= _MOST else {}
    coded = {name: share(partial(_code, table)) for name, table in few.items()}
    fields = {name: _TELLING[name] for name, part in coded.items() if part >= _ENOUGH and name in _TELLING}
    if places is not None and not kinds & {"age", "date"}:
        if share(lambda text: _place(places.match_crossing(text))) >= _ENOUGH:
            fields["crossing"] = _CROSSINGS
            kinds.add("place")
        if share(lambda text: _place(places.match_place(text))) >= _ENOUGH:
            if "province_home" in fields_of(kind):
                fields["province_home"] = _PROVINCES
            kinds.add("place")
    return Seen(frozenset(kinds), fields, coded, kind=kind)


def _is_read(reads: Callable[[str], object], text: str) -> bool:
    try:
        reads(text)
    except (ValueError, OverflowError):
        return False
    return True


def _code(table: dict[str, str], text: str) -> str:
    code = table.get(normalise(text), UNKNOWN)
    if code == UNKNOWN:
        raise ValueError(text)
    return code


def _place(code: str | None) -> str:
    if code in (None, UNKNOWN):
        raise ValueError("no place")
    return str(code)


_KINDS: dict[str, Callable[[str], object]] = {
    "date": read_day,
    "birth": lambda text: read_day(text, earliest=EARLIEST_BIRTH),
    "age": parse_age,
    "year": parse_birth_year,
    "yes_no": parse_yes_no,
    "result": lambda text: read_result(text, "tb"),
    "number": lambda text: int(plain(text).removesuffix(".0")),
}
