"""What the values of a column look like: days, ages, sexes, yes and no, places, diseases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from db.intake.dates.ages import parse_age, parse_birth_year
from db.intake.dates.parse import EARLIEST_BIRTH, read_day
from db.intake.mappings.check import KnownPlaces
from surveillance.line_list import READ, Field
from surveillance.results import read_result
from surveillance.vocabulary import UNKNOWN, lookup, normalise, parse_yes_no

_ENOUGH = 0.8
#: Values that tell a field by themselves, and how far; a sex in one letter could be much else.
_TELLING = {"disease": 0.6, "sex": 0.6, "movement": 0.5, "activity": 0.5, "residence": 0.5, "outcome": 0.45,
            "test_method": 0.45, "case_status": 0.5, "origin": 0.45, "legal_status": 0.5}  # fmt: skip
_CROSSINGS, _PROVINCES = 0.5, 0.4
_CODED = {name: lookup(schema.values) for name, schema in READ.items() if schema.values}
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

    def agrees(self, name: str) -> bool | None:
        """Whether the values can be those of a field; None where they do not tell."""
        schema = READ[name]
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
        if schema.name == "positive":
            return True if "result" in self.kinds else (False if "date" in self.kinds else None)
        if schema.type == "yes_no":
            return True if "yes_no" in self.kinds else (False if "date" in self.kinds else None)
        return "year" in self.kinds if schema.name == "birth_year" else "age" in self.kinds


def look_at(texts: Sequence[str], places: KnownPlaces | None) -> Seen:
    """See what the values of a column can be; blank ones are left out by the caller."""
    if not texts:
        return Seen(frozenset(), blank=True)
    distinct = {text: texts.count(text) for text in dict.fromkeys(texts)}

    def share(reads: Callable[[str], object]) -> float:
        return sum(count for text, count in distinct.items() if _is_read(reads, text)) / len(texts)

    kinds = {kind for kind, reads in _KINDS.items() if share(reads) >= _ENOUGH}
    few = _CODED if len(distinct) <= _MOST else {}
    coded = {name: share(partial(_code, table)) for name, table in few.items()}
    fields = {name: _TELLING[name] for name, part in coded.items() if part >= _ENOUGH and name in _TELLING}
    if places is not None and not kinds & {"age", "date"}:
        if share(lambda text: _place(places.match_crossing(text))) >= _ENOUGH:
            fields["crossing"] = _CROSSINGS
            kinds.add("place")
        if share(lambda text: _place(places.match_place(text))) >= _ENOUGH:
            fields["province_home"] = _PROVINCES
            kinds.add("place")
    return Seen(frozenset(kinds), fields, coded)


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
}
