"""A mapping made in the browser: columns matched with fields, values with codes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dashboard.field_names import field_name
from dashboard.messages import Translate, translator
from dashboard.permissions import Grant
from dashboard.services.imports import saved_mappings
from dashboard.services.uploads import files as uploads
from dashboard.services.uploads.folder import Folder
from dashboard.settings import Settings
from db.core.engine import Database
from db.intake.cleaning.withdrawals import FIELD as STATUS
from db.intake.cleaning.withdrawals import NEEDED
from db.intake.mappings import file as mapping_file
from db.intake.mappings.draft import understood
from db.intake.mappings.event_status import no_visits
from db.intake.mappings.model import column_key
from db.intake.mappings.writing import Choices, written
from db.operations.uploads import Upload
from surveillance.errors import MappingError, UsageError
from surveillance.line_list import RETURNED_COLUMNS
from surveillance.reception.file_kinds import LINE_LIST, fields_of, needed_of
from surveillance.reception.kinds import KINDS

_NAME = re.compile(r"[^a-z0-9._-]+")
#: Fields of a line list that may be the same in every row.
_CONSTANTS = ("facility_id", "disease")


#: What a row needs that withdraws a record of a reception centre.
_IDENTITY = ("record_id", "item", "crossing")


def name_of(text: str) -> str:
    """A mapping's name as it is written in its file.

    >>> name_of(" Our register, 2025 ")
    'our-register-2025'
    """
    return _NAME.sub("-", text.casefold()).strip("-._")[:40]


def constants_of(kind: str) -> tuple[str, ...]:
    """Fields of a kind of file that may be the same in every row."""
    if kind == LINE_LIST:
        return _CONSTANTS
    return ("crossing", *(["item"] if KINDS[kind].items else []))


def codes(field: str, kind: str = LINE_LIST) -> list[str]:
    """Codes of a field whose values can be matched; none for others."""
    schema = fields_of(kind)[field]
    if schema.type == "yes_no":
        return ["yes", "no"]
    return [value.code for value in schema.values]


def fields(kind: str = LINE_LIST) -> list[str]:
    """Fields that a column can be matched with, in the order of the schema."""
    return list(fields_of(kind))


def match(
    database: Database, grant: Grant, settings: Settings, upload: Upload, given: Mapping[str, str]
) -> None:
    """Make a mapping of what a form says, and try the file with it.

    Parameters
    ----------
    given : mapping
        `name`; `field-N`: a field for column N; `use-N`: the ticked guess for it; `constant-FIELD`.

    Raises
    ------
    UsageError
        A field is given to two columns, a needed one to none, nothing is matched, or the file does not ask.
    MappingError
        The mapping cannot be used.
    """
    uploads.check(grant)
    seen = uploads.noted(settings, upload, "look")
    if seen is None:
        raise UsageError("the preview of this file is gone; upload it again")
    name = name_of(given.get("name", ""))
    if not name:
        raise UsageError("give the mapping a name, in small letters and digits")
    columns: dict[str, int] = {}
    for at, column in enumerate(seen["columns"]):
        field = given.get(f"field-{at}") or given.get(f"use-{at}") or ""
        if not field or not column["name"]:
            continue
        if field not in fields_of(upload.kind):
            raise UsageError("'{field}' is no field of such a file", field=field[:40])
        if field in columns:
            raise UsageError("two columns are given to {field}; keep one of them", field=field)
        columns[field] = at
    if not columns:
        raise UsageError("match at least one column with a field")
    constants = {
        field: text[:80]
        for field in constants_of(upload.kind)
        if field not in columns and (text := given.get(f"constant-{field}", "").strip())
    }
    before = uploads.noted(settings, upload, "match") or {"values": {}, "columns": {}}
    kept = {
        field: table
        for field, table in before["values"].items()
        if columns.get(field) == before["columns"].get(field)
    }
    chosen = {"name": name, "columns": columns, "constants": constants, "values": kept}
    _try(database, grant, settings, upload, seen, chosen)


def _check_required(
    columns: Mapping[str, int], constants: Mapping[str, str], t: Translate, kind: str
) -> None:
    """Refuse a mapping under which no row could be read.

    Raises
    ------
    UsageError
        Names the fields that no column and no constant gives.
    """
    needed = needed_of(kind)
    if STATUS in columns:
        needed = NEEDED if kind == LINE_LIST else tuple(name for name in needed if name in _IDENTITY)
    if missing := [field_name(name, t) for name in needed if name not in columns and name not in constants]:
        raise UsageError(
            "{fields}: needed, and no column is matched; match one, or fill in what every row says",
            fields=", ".join(missing),
        )


def match_values(
    database: Database, grant: Grant, settings: Settings, upload: Upload, given: Mapping[str, str]
) -> None:
    """Say what values mean that are not understood by themselves, and try the file again.

    Parameters
    ----------
    given : mapping
        `value-FIELD-N`: the code of the N-th value of :func:`to_match`.

    Raises
    ------
    UsageError
        As :func:`match`.
    """
    uploads.check(grant)
    seen, chosen = uploads.noted(settings, upload, "look"), uploads.noted(settings, upload, "match")
    if seen is None or chosen is None:
        raise UsageError("match the columns first")
    for field, texts in to_match(seen, chosen, upload.kind).items():
        table = {}
        for at, text in enumerate(texts):
            code = given.get(f"value-{field}-{at}", "")
            if code in codes(field, upload.kind):
                table[text] = code
        chosen["values"][field] = table
    _try(database, grant, settings, upload, seen, chosen)


def to_match(
    seen: Mapping[str, Any], chosen: Mapping[str, Any], kind: str = LINE_LIST
) -> dict[str, list[str]]:
    """Field -> values of its column that need an explanation."""
    found = {}
    for field, at in chosen["columns"].items():
        if codes(field, kind) and field != "legal_status":
            texts = [text for text in seen["columns"][at]["values"] if not understood(field, text, kind)]
            if texts:
                found[field] = texts
    return found


def _try(
    database: Database,
    grant: Grant,
    settings: Settings,
    upload: Upload,
    seen: Mapping[str, Any],
    chosen: Mapping[str, Any],
) -> None:
    names = {field: seen["columns"][at]["name"] for field, at in chosen["columns"].items()}
    used = {column_key(name) for name in names.values()} | set(RETURNED_COLUMNS)
    others = [column["name"] for column in seen["columns"] if column["name"]]
    ignore = [name for name in dict.fromkeys(others) if column_key(name) not in used]
    choices = Choices(
        chosen["name"], names, chosen["constants"], chosen["values"], ignore, no_visits(others), upload.kind
    )
    version = saved_mappings.next_version(database, chosen["name"])
    text = written(choices, version)
    try:
        mapping_file.parse(text.encode(), chosen["name"])
    except MappingError as error:
        raise UsageError(str(error)) from error
    _check_required(chosen["columns"], chosen["constants"], translator(upload.language), upload.kind)
    folder = Folder.of(settings)
    folder.note(upload.id, "match", chosen)
    folder.forget(upload.id, "tried")
    uploads.retry(database, grant, upload, chosen["name"], text)
