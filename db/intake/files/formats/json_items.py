"""Tables as JSON: each item of a list becomes a row, and what is nested in it columns of its own.

DHIS2 (data value sets, events, query results), KoboToolbox and ODK, GeoJSON, and lists of flat objects.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from db.intake.files.formats.fhir_bundle import OTHER_RESOURCE, is_bundle, rows_of
from db.intake.files.formats.json_values import prepared
from db.intake.files.formats.repeat_groups import NO_ENTRY, ROW_WORD, entries_of, groups_of
from db.intake.files.formats.tracked_entities import (
    LISTS,
    ONE_PAGE,
    events_of,
    holds_events,
    is_tracked,
    page_of,
    side_by_side,
)
from db.intake.files.header import each_once
from db.intake.files.limits import Limits, check_columns
from db.intake.files.rows import Row, Table, in_chunks
from db.intake.files.second_header import SECOND_HEADER, is_tags
from surveillance.errors import UnreadableFileError

#: Where an object keeps its list, the most telling first.
_LISTS = ("dataValues", "events", "instances", "features", "results", "value", "data", "items", "records")
_FIRST = {
    "dataValues": (
        "dataElement", "period", "orgUnit", "categoryOptionCombo", "attributeOptionCombo", "value",
    ),
    "events": (
        "event", "status", "program", "programStage", "orgUnit", "orgUnitName", "occurredAt", "eventDate",
        "enrollment", "trackedEntity",
    ),
}  # fmt: skip
_FIRST["instances"] = _FIRST["events"]
#: Half of a letter, which is no letter and cannot be stored.
_HALF = re.compile("[\ud800-\udfff]")
_WHOLE = re.compile(r"(-?\d+)\.0+")
#: Beyond so many objects and lists, each has 8 characters at least in a list of records. What is said more
#: shortly, as `{},`, becomes forty times as much memory.
_FEW, _LEAST = 100_000, 8

Item = dict[str, Any]


def read_json(path: Path, known: frozenset[str], limits: Limits, repeat: str = "") -> Table:
    """Open a JSON file. Rows are numbered by the position of their item, from 1.

    `repeat`: a group whose entries are the items.

    Raises
    ------
    UnreadableFileError
        It is no JSON, holds no list of objects, or is too large, too wide or too deep.
    """
    loaded = _load(path)
    unread: list[int] = []
    if is_bundle(loaded):
        kind = "fhir"
        items, unread = rows_of(path, loaded)
    else:
        kind, items = _items(path, loaded)
    page = page_of(loaded)
    without: list[int] = []
    if repeat:
        items, without = entries_of(path, items, repeat)
    columns: dict[str, int] = {}
    rows: list[Row] = []
    tags: list[int] = []
    groups: Counter[str] = Counter()
    for number, item in enumerate(items, start=1):
        if not isinstance(item, dict):
            raise UnreadableFileError(
                "{file}: item {number} is no object with names and values; export it anew",
                file=path.name,
                number=number,
            )
        cells: dict[str, str] = {}
        if kind not in ("events", "dataValues", "features", "fhir"):
            groups.update(groups_of(item))
        _flatten(path, prepared(path, number, kind, item, loaded), "", cells, number, limits)
        for name in cells:
            columns.setdefault(name, len(columns))
        check_columns(path, len(columns), limits)
        if is_tags(list(cells.values())):
            tags.append(number)
        elif any(text and not text.isspace() for text in cells.values()):
            rows.append(Row(number, [cells.get(name, "") for name in columns]))
    first = [name for name in _FIRST.get(kind, ()) if name in columns or kind == "dataValues"]
    sent = [*first, *(name for name in columns if name not in first)]
    if not sent:
        raise UnreadableFileError("{file}: the file is empty", file=path.name)
    table = Table(each_once(path, sent, known), iter(()), sent, row_word=ROW_WORD if repeat else "item")
    table.groups = dict(groups)
    table.left_out += [(number, NO_ENTRY) for number in without]
    table.first_row = rows[0].number if rows else 1
    table.left_out += [(number, SECOND_HEADER) for number in tags]
    table.left_out += [(number, OTHER_RESOURCE) for number in unread]
    if page is not None:
        table.left_out.append((page, ONE_PAGE))
    places = [columns.get(name, limits.columns) for name in sent]

    def in_order() -> Iterator[Row]:
        for row in rows:
            width = len(row.cells)
            yield Row(row.number, [row.cells[at] if at < width else "" for at in places])

    table.chunks = in_chunks(path, in_order(), limits)
    return table


def _refuse_hollow(path: Path, text: str) -> None:
    opened = text.count("{") + text.count("[")
    if opened > _FEW and opened * _LEAST > len(text):
        raise UnreadableFileError(
            "{file}: holds {count} lists and objects with next to nothing in them; export it anew",
            file=path.name,
            count=opened,
        )


def _load(path: Path) -> Any:
    try:
        content = path.read_bytes()
        text = content.decode(
            "utf-8-sig" if content[:3] == b"\xef\xbb\xbf" else json.detect_encoding(content)
        )
        if not text.strip():
            raise UnreadableFileError("{file}: the file is empty", file=path.name)
        del content
        _refuse_hollow(path, text)
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=str,
            parse_float=lambda number: _WHOLE.sub(r"\1", number) if _WHOLE.fullmatch(number) else number,
            parse_constant=str,
        )
    except OSError as error:
        raise UnreadableFileError(
            "{file}: cannot be opened ({why})", file=path.name, why=error.strerror
        ) from error
    except json.JSONDecodeError as error:
        raise UnreadableFileError(
            "{file}: line {line}, place {place}: is not JSON ({why}); export it anew",
            file=path.name,
            line=error.lineno,
            place=error.colno,
            why=error.msg,
        ) from error
    except UnicodeDecodeError as error:
        raise UnreadableFileError("{file}: the text is not UTF-8; export it anew", file=path.name) from error
    except _NamedTwiceError as error:
        raise UnreadableFileError(
            "{file}: an object names '{name}' twice; one of its values would be lost",
            file=path.name,
            name=error,
        ) from error
    except RecursionError as error:
        raise UnreadableFileError(
            "{file}: is nested too deeply to be a list of records", file=path.name
        ) from error


class _NamedTwiceError(Exception):
    """An object has a name twice: one of the two values would be lost."""


def _object(pairs: list[tuple[str, Any]]) -> Item:
    names = [_HALF.sub("\ufffd", name) for name, _ in pairs]
    found = dict(zip(names, (value for _, value in pairs), strict=True))
    if len(found) != len(pairs):
        raise _NamedTwiceError(next(name for name in names if names.count(name) > 1)[:60])
    return found


def _items(path: Path, loaded: Any) -> tuple[str, list[Any]]:
    """The list of records in a file, and what kind of list it is."""
    if isinstance(loaded, list):
        if holds_events(loaded):
            return ("events", events_of(loaded))
        events = bool(loaded) and all(isinstance(item, dict) and "dataValues" in item for item in loaded)
        return ("events" if events else "", loaded)
    if isinstance(loaded, dict):
        if isinstance(loaded.get("headers"), list) and isinstance(loaded.get("rows"), list):
            return ("query", _query_items(path, loaded["headers"], loaded["rows"]))
        if is_tracked(loaded):
            return ("events", events_of([loaded]))
        if isinstance(loaded.get("event"), str):
            return ("events", [loaded])
        lists = {name: value for name, value in loaded.items() if isinstance(value, list)}
        if names := side_by_side(lists):
            raise UnreadableFileError(
                "{file}: holds {names} side by side; export one of them, with the others inside it",
                file=path.name,
                names=", ".join(names),
            )
        if found := _list_of(lists):
            return found
    raise UnreadableFileError(
        "{file}: holds no list of records that is known ({names}, or a list of objects); "
        "export it in one of these forms",
        file=path.name,
        names=", ".join(_LISTS[:5]),
    )


def _list_of(lists: dict[str, list[Any]]) -> tuple[str, list[Any]] | None:
    """The one of an object's lists that holds its records, the most telling first."""
    for name in LISTS:
        if name in lists and holds_events(lists[name]):
            return ("events", events_of(lists[name]))
    for name in _LISTS:
        if name in lists:
            return (name, lists[name])
    of_objects = [(name, found) for name, found in lists.items() if found and isinstance(found[0], dict)]
    return of_objects[0] if len(of_objects) == 1 else None


def _query_items(path: Path, headers: list[Any], rows: list[Any]) -> list[Item]:
    """Rows of a DHIS2 query, each a list below one list of headers."""
    names = [str(head.get("name", "")) if isinstance(head, dict) else str(head) for head in headers]
    if len(set(names)) != len(names):
        raise UnreadableFileError("{file}: a column stands twice in the headers", file=path.name)
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, list) or len(row) != len(names):
            raise UnreadableFileError(
                "{file}: item {number} has not as many values as there are headers",
                file=path.name,
                number=number,
            )
    return [dict(zip(names, row, strict=True)) for row in rows]


def _flatten(path: Path, value: Any, name: str, cells: dict[str, str], number: int, limits: Limits) -> None:
    """Nested objects as `group/name`, in the manner of KoboToolbox and ODK."""
    for key, inner in value.items():
        full = f"{name}/{key}" if name else key
        if full.count("/") > limits.depth:
            raise _too_deep(path, number)
        if isinstance(inner, dict):
            _flatten(path, inner, full, cells, number, limits)
            continue
        if _is_deeper(inner, limits.depth):
            raise _too_deep(path, number)
        text = _text(inner)
        if len(text) > limits.cell:
            raise UnreadableFileError(
                "{file}: item {number} holds more than {most} characters in one value; shorten it",
                file=path.name,
                number=number,
                most=f"{limits.cell:,}",
            )
        if cells.get(full, "") and text:
            raise UnreadableFileError(
                "{file}: item {number} gives '{name}' twice; one of its values would be lost",
                file=path.name,
                number=number,
                name=full[:60],
            )
        cells[full] = text or cells.get(full, "")


def _too_deep(path: Path, number: int) -> UnreadableFileError:
    return UnreadableFileError("{file}: item {number} is nested too deeply", file=path.name, number=number)


def _is_deeper(value: Any, most: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return most < 0 or any(_is_deeper(part, most - 1) for part in inner)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return _HALF.sub("\ufffd", value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if all(not isinstance(part, (dict, list)) for part in value):
        return " ".join(_text(part) for part in value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
