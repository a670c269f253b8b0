"""What a mapping may say of a field: everything wrong with it is gathered, not only the first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from db.intake.dates.ages import parse_age, parse_birth_year
from db.intake.dates.parse import EARLIEST_BIRTH, Either, read_day
from db.intake.mappings.model import column_key
from db.intake.mappings.personal_columns import holds_persons
from surveillance.line_list import DETAIL_ITEMS, Field
from surveillance.reception.file_kinds import LINE_LIST, fields_of
from surveillance.vocabulary import UNKNOWN, lookup, normalise, parse_yes_no

DETAIL = "detail."


class KnownPlaces(Protocol):
    """What checking a mapping asks of the gazetteer."""

    def match_place(self, text: str) -> str | None:
        """Code of a province or country."""

    def match_crossing(self, text: str) -> str | None:
        """Code of a crossing."""


@dataclass
class Problems:
    """Sentences on what is wrong, in the order of the file."""

    separators: tuple[str, ...] = ()
    places: KnownPlaces | None = None
    #: What each row of the files is.
    kind: str = LINE_LIST
    found: list[str] = field(default_factory=list)

    @property
    def fields(self) -> Mapping[str, Field]:
        """Fields that a mapping of this kind may name."""
        return fields_of(self.kind)

    def add(self, sentence: str) -> None:
        """Note one problem."""
        self.found.append(sentence)

    def field(self, where: str, name: str) -> bool:
        """Whether `name` is a field, or an item of `detail`; otherwise it is noted."""
        if name in self.fields:
            return True
        if self.kind != LINE_LIST:
            self.add(
                f"{where}: '{name}' is no field of a file of kind {self.kind}; see docs/data_dictionary.md"
            )
            return False
        if name.startswith(DETAIL) and name.removeprefix(DETAIL) in DETAIL_ITEMS:
            return True
        items = ", ".join(DETAIL_ITEMS) if name.startswith(DETAIL) else ""
        known = f"the items of detail are {items}" if items else "see docs/data_dictionary.md"
        self.add(f"{where}: '{name}' is no field of the line list; {known}")
        return False

    def columns(self, where: str, given: Any) -> tuple[str, ...]:
        """Names of columns: one text, or a list of them."""
        names = [given] if isinstance(given, str) else given
        if (
            not isinstance(names, list)
            or not names
            or not all(isinstance(n, str) and n.strip() for n in names)
        ):
            self.add(f"{where}: needs the name of a column, or a list of names")
            return ()
        for name in names:
            if holds_persons(name, ("/", *self.separators)):
                self.add(
                    f"{where}: '{name}' tells who somebody is; names, numbers to call and homes are not read"
                )
        keys = [column_key(name) for name in names]
        for name in {name for name, key in zip(names, keys, strict=True) if keys.count(key) > 1}:
            self.add(f"{where}: column '{name}' stands twice")
        return tuple(dict.fromkeys(keys))

    def meaning(self, where: str, name: str, given: Any) -> str:
        """What a value means, in the code of the field."""
        if isinstance(given, bool):
            given = "yes" if given else "no"
        text = str(given).strip() if isinstance(given, str | int | float) else ""
        try:
            return self._code(name, text)
        except ValueError as error:
            self.add(f"{where}: '{text or given}' is {error}")
            return ""

    def _code(self, name: str, text: str) -> str:
        if name.startswith(DETAIL):
            values = DETAIL_ITEMS[name.removeprefix(DETAIL)][0]
            return _one_of({normalise(value): value for value in values}, text)
        schema = self.fields[name]
        if text == "":
            return ""
        if schema.values:
            return _one_of(lookup(schema.values), text)
        if schema.type == "yes_no":
            return _one_of({"yes": "yes", "no": "no"}, "yes" if _answer(text) else "no")
        if schema.type == "place" and self.places is not None:
            match = self.places.match_crossing if name == "crossing" else self.places.match_place
            if match(text) is None and normalise(text) != UNKNOWN:
                raise ValueError("no known place")
        check = _CHECKS.get(name) or (_day if schema.type == "date" else None)
        if check is not None:
            check(text)
        return text

    def texts(self, where: str, given: Any) -> list[str]:
        """A list of texts; numbers and truth values as they would be written."""
        listed = given if isinstance(given, list) else [given]
        if not all(isinstance(item, str | int | float) for item in listed):
            self.add(f"{where}: needs a text, or a list of texts")
            return []
        return [str(item) for item in listed]

    def keys(self, where: str, given: dict[str, Any], known: Iterable[str]) -> None:
        """Note keys that nothing reads."""
        allowed = list(known)
        for key in given.keys() - set(allowed):
            self.add(f"{where}: '{key}' is not understood; known are {', '.join(allowed)}")


def _one_of(known: dict[str, str], text: str) -> str:
    code = known.get(normalise(text))
    if code is None:
        raise ValueError(f"none of {', '.join(dict.fromkeys(known.values()))}")
    return code


def _answer(text: str) -> bool:
    try:
        return bool(parse_yes_no(text))
    except ValueError:
        raise ValueError("neither yes nor no") from None


def _day(text: str, **limits: Any) -> None:
    try:
        day = read_day(text, **limits)
    except ValueError:
        raise ValueError("no day as YYYY-MM-DD") from None
    if isinstance(day, Either):
        raise ValueError("no day as YYYY-MM-DD")  # noqa: TRY004 - a value, not a type


def _number(parse: Callable[[str], int]) -> Callable[[str], None]:
    def check(text: str) -> None:
        try:
            parse(text)
        except ValueError:
            raise ValueError("no age or year") from None

    return check


_CHECKS: dict[str, Callable[[str], None]] = {
    "age_years": _number(parse_age),
    "birth_year": _number(parse_birth_year),
    "birth_date": lambda text: _day(text, earliest=EARLIEST_BIRTH),
}
