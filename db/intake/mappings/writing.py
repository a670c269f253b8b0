"""Write a mapping file from a user's choices: which column is which field, and what values mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import tomlkit
from tomlkit.items import Table

from db.intake.mappings.draft import no_visit_table
from surveillance.reception.file_kinds import LINE_LIST, fields_of


@dataclass(frozen=True)
class Choices:
    """What was chosen. `columns`: field -> column; `values`: field -> text -> code."""

    name: str
    columns: Mapping[str, str]
    constants: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: Columns that hold nothing for us; they also tell the reader where the header is.
    ignore: Sequence[str] = ()
    #: Column -> texts with which a row is no visit.
    no_visit: Mapping[str, Sequence[str]] = field(default_factory=dict)
    #: What each row is.
    kind: str = LINE_LIST


def written(choices: Choices, version: int) -> str:
    """The text of the mapping file; :func:`db.intake.mappings.file.parse` says whether it can be used."""
    document = tomlkit.document()
    said = "Made in the browser by matching columns. docs/mappings.md says what else a mapping can hold."
    document.add(tomlkit.comment(said))
    document.update({"name": choices.name, "version": version, "kind": choices.kind})
    if choices.ignore:
        document.add("ignore", list(choices.ignore))
    document.add(tomlkit.nl())
    document.add(
        "columns",
        _table({name: choices.columns[name] for name in fields_of(choices.kind) if name in choices.columns}),
    )
    if choices.no_visit:
        document.add("no_visit", no_visit_table(choices.no_visit))
    if choices.constants:
        document.add("constants", _table(choices.constants))
    tables = tomlkit.table(is_super_table=True)
    for name, values in choices.values.items():
        if values:
            tables.add(name, _table(values))
    if tables:
        document.add("values", tables)
    return document.as_string().rstrip("\n") + "\n"


def _table(entries: Mapping[str, str]) -> Table:
    table = tomlkit.table()
    table.update(entries)
    table.add(tomlkit.nl())
    return table
