"""Finding, reading and checking mapping files."""

from __future__ import annotations

import re
import tomllib
from hashlib import sha256
from pathlib import Path
from typing import Any

from db.intake.dates.parse import ORDERS
from db.intake.mappings.aggregates import AggregateMapping, aggregate
from db.intake.mappings.check import KnownPlaces, Problems
from db.intake.mappings.model import PLACE_SYSTEMS, SAME_NUMBERS, Mapping, column_key, value_key
from db.intake.mappings.rules import date_orders, plain_columns, rules
from surveillance.calendar.buddhist_era import ERAS
from surveillance.errors import MappingError
from surveillance.reception.file_kinds import LINE_LIST, OF_A_CENTRE, fields_of

FOLDER = Path(__file__).with_name("shipped")
DEFAULT = "schema"
_LARGEST = 1_000_000
_KINDS = (LINE_LIST, "aggregate", *OF_A_CENTRE)
_COMMON = ("name", "version", "kind", "description")
_KEYS = (
    *_COMMON, "columns", "own_names", "group_separators", "values", "constants", "rules", "ignore",
    "no_visit", "repeat", "date_order", "same_numbers", "era", "place_system",
)  # fmt: skip
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")


def shipped() -> dict[str, Path]:
    """Names of the mappings that come with Chhlang, and their files."""
    return {path.stem: path for path in sorted(FOLDER.glob("*.toml"))}


def find(name_or_file: str) -> Path:
    """The file of a mapping that is named by its name or its path.

    Raises
    ------
    MappingError
        There is neither.
    """
    known = shipped()
    if name_or_file in known:
        return known[name_or_file]
    path = Path(name_or_file)
    if path.is_file():
        return path
    raise MappingError(f"there is no mapping '{name_or_file}'; name a file, or one of {', '.join(known)}")


def load(name_or_file: str, places: KnownPlaces | None = None) -> Mapping | AggregateMapping:
    """Read and check a mapping.

    Raises
    ------
    MappingError
        It is missing or wrong; the message holds everything that is wrong with it.
    """
    path = find(name_or_file)
    try:
        with path.open("rb") as handle:
            raw = handle.read(_LARGEST + 1)
    except OSError as error:
        raise MappingError(f"{path.name}: cannot be opened ({error.strerror})") from error
    if len(raw) > _LARGEST:
        raise MappingError(f"{path.name}: is too large for a mapping")
    return parse(raw, path.name, places)


def load_line_list(name_or_file: str, places: KnownPlaces | None = None) -> Mapping:
    """Read a mapping of line lists.

    Raises
    ------
    MappingError
        As :func:`load`, or the mapping is one of aggregate reports.
    """
    found = load(name_or_file, places)
    if isinstance(found, AggregateMapping):
        raise MappingError(f"{found.name}: maps aggregate reports, not a line list; name another mapping")
    if found.kind != LINE_LIST:
        raise MappingError(
            f"{found.name}: maps files of kind {found.kind}, not a line list; name another mapping"
        )
    return found


def plain(kind: str) -> Mapping:
    """The mapping of files whose columns are named as the fields of a kind."""
    fingerprint = sha256("\n".join(fields_of(kind)).encode()).hexdigest()[:12]
    return Mapping(DEFAULT, "1", "", fingerprint, kind, own_names=True)


def of_kind(found: Mapping | AggregateMapping, kind: str) -> Mapping:
    """A mapping, where it reads files of this kind; the one that names fields as they are reads every kind.

    Raises
    ------
    MappingError
        It reads other files.
    """
    if isinstance(found, Mapping) and found.kind == kind:
        return found
    if found.name == DEFAULT:
        return plain(kind)
    raise MappingError(
        "{name}: maps files of kind {other}, not of kind {kind}; name another mapping",
        name=found.name,
        other=found.kind,
        kind=kind,
    )


def parse(raw: bytes, file: str, places: KnownPlaces | None = None) -> Mapping | AggregateMapping:
    """Check the text of a mapping file.

    Raises
    ------
    MappingError
        The text is wrong; the message holds everything that is wrong with it.
    """
    try:
        given = tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise MappingError(f"{file}: the text is not UTF-8") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise MappingError(f"{file}: is not TOML ({error})") from error
    separators = given.get("group_separators", [])
    kind = given["kind"] if given.get("kind") in OF_A_CENTRE else LINE_LIST
    problems = Problems(tuple(separators) if _all_texts(separators) else (), places, kind)
    facts = _facts(given, raw, problems)
    if given.get("kind") == "aggregate":
        found: Mapping | AggregateMapping = aggregate(given, facts, problems)
    else:
        problems.keys("the file", given, _KEYS)
        found = _line_list(given, facts, problems)
    if problems.found:
        raise MappingError(
            f"{file}: the mapping cannot be used:" + "".join(f"\n  - {p}" for p in problems.found)
        )
    return found


def _facts(given: dict[str, Any], raw: bytes, problems: Problems) -> dict[str, str]:
    name, version = given.get("name", ""), given.get("version", "")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        problems.add("name: needs small letters, digits, dots and hyphens, at most 40")
    if isinstance(version, bool) or not isinstance(version, str | int) or not 1 <= len(str(version)) <= 20:
        problems.add("version: needs a number or a short text")
    if given.get("kind") not in _KINDS:
        problems.add(f"kind: needs one of {', '.join(_KINDS)}")
    description = given.get("description", "")
    if not isinstance(description, str):
        problems.add("description: needs a text")
    # line ends may change on their way through an editor or a mail; what the file says does not
    fingerprint = sha256(raw.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")).hexdigest()[:12]
    named = {"name": name, "version": version, "description": description, "fingerprint": fingerprint}
    return {key: str(value) for key, value in named.items()}


def _line_list(given: dict[str, Any], facts: dict[str, str], problems: Problems) -> Mapping:
    made = Mapping(
        facts["name"],
        facts["version"],
        facts["description"],
        facts["fingerprint"],
        problems.kind,
        columns=_columns(plain_columns(given.get("columns", {})), problems),
        own_names=_flag(given, "own_names", problems),
        group_separators=problems.separators,
        values=_values(given.get("values", {}), problems),
        constants=_constants(given.get("constants", {}), problems),
        rules=rules(given.get("rules", {}), problems),
        ignore=tuple(map(column_key, problems.texts("ignore", given.get("ignore", [])))),
        no_visit=_no_visit(given.get("no_visit", {}), problems),
        repeat=_repeat(given.get("repeat", ""), problems),
        date_order=_one_of(given, "date_order", ORDERS, None, problems),
        same_numbers=_one_of(given, "same_numbers", SAME_NUMBERS, None, problems),
        date_orders=date_orders(given.get("columns"), given.get("rules"), problems),
        era=_one_of(given, "era", ERAS, None, problems),
        place_system=_one_of(given, "place_system", PLACE_SYSTEMS, "gazetteer", problems),
    )
    if not _all_texts(given.get("group_separators", [])):
        problems.add("group_separators: needs a list of texts")
    for name in made.columns.keys() & made.rules.keys():
        problems.add(f"{name}: stands in [columns] and in [rules]; keep one of them")
    if not (made.own_names or made.columns or made.rules):
        problems.add("columns: nothing is mapped")
    return made


def _columns(given: Any, problems: Problems) -> dict[str, tuple[str, ...]]:
    if not isinstance(given, dict):
        problems.add('[columns]: needs `field = "column"`')
        return {}
    made: dict[str, tuple[str, ...]] = {}
    owner: dict[str, str] = {}
    for name, columns in given.items():
        if problems.field(f"[columns] {name}", name):
            made[name] = problems.columns(f"[columns] {name}", columns)
            for column in made[name]:
                if owner.setdefault(column, name) != name:
                    problems.add(f"[columns]: column '{column}' is given to {owner[column]} and to {name}")
    return made


def _values(given: Any, problems: Problems) -> dict[str, dict[str, str]]:
    if not isinstance(given, dict) or not all(isinstance(table, dict) for table in given.values()):
        problems.add('[values]: needs a table for each field, `[values.sex]`, with `"as written" = "code"`')
        return {}
    made: dict[str, dict[str, str]] = {}
    for name, table in given.items():
        if not problems.field(f"[values.{name}]", name) or name not in problems.fields:
            continue
        type_ = problems.fields[name].type
        if type_ in ("date", "integer", "detail"):
            problems.add(f"[values.{name}]: a {type_} has no values to name")
            continue
        made[name] = {}
        for text, meant in table.items():
            code = problems.meaning(f"[values.{name}] '{text}'", name, meant)
            if made[name].setdefault(value_key(text), code) != code:
                problems.add(f"[values.{name}]: '{text}' is given two meanings")
    return made


def _no_visit(given: Any, problems: Problems) -> dict[str, frozenset[str]]:
    if not isinstance(given, dict):
        problems.add('[no_visit]: needs `column = ["as written"]`')
        return {}
    return {
        column_key(column): frozenset(map(value_key, problems.texts(f"[no_visit] {column}", texts)))
        for column, texts in given.items()
    }


def _repeat(given: Any, problems: Problems) -> str:
    if not isinstance(given, str) or (given and not column_key(given)):
        problems.add('repeat: needs the name of a group, as "household/members"')
        return ""
    return given.strip().strip("/")


def _constants(given: Any, problems: Problems) -> dict[str, str]:
    if not isinstance(given, dict):
        problems.add('[constants]: needs `field = "value"`')
        return {}
    return {
        name: problems.meaning(f"[constants] {name}", name, value)
        for name, value in given.items()
        if problems.field(f"[constants] {name}", name)
    }


def _one_of(given: dict[str, Any], key: str, allowed: tuple, otherwise: Any, problems: Problems) -> Any:
    value = given.get(key, otherwise)
    if value != otherwise and value not in allowed:
        problems.add(f"{key}: needs one of {', '.join(allowed)}")
    return value


def _flag(given: dict[str, Any], key: str, problems: Problems) -> bool:
    value = given.get(key, False)
    if not isinstance(value, bool):
        problems.add(f"{key}: needs true or false")
    return value is True


def _all_texts(given: Any) -> bool:
    return isinstance(given, list) and all(isinstance(item, str) and item for item in given)
