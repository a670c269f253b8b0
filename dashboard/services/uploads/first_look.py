"""The first look at a file that came through the browser: header, first rows, guesses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashboard.services.imports import saved_mappings
from dashboard.services.imports.receipts import file_limits
from dashboard.services.uploads.folder import Folder
from dashboard.settings import Settings
from db.intake.files.readers import Limits, Row, Table, read_table
from db.intake.mappings.aggregates import AggregateMapping
from db.intake.mappings.model import Mapping, column_key
from db.intake.mappings.personal_columns import holds_persons
from db.intake.mappings.suggest import suggest, synonyms
from db.intake.mappings.table import known_columns
from db.intake.values.codes import clean_text, visible
from db.intake.values.notices import masked
from db.operations.uploads import Upload
from geodata.gazetteer import gazetteer
from surveillance.errors import UnreadableFileError
from surveillance.reception.file_kinds import fields_of

#: Rows that are shown, rows that guesses are made from, and different values of a column that are offered.
SHOWN, SAMPLE, MOST_VALUES = 6, 500, 20
_CELL = 60


def look(folder: Folder, settings: Settings, upload: Upload) -> dict[str, Any]:
    """What a file holds, for its sender to look at.

    Raises
    ------
    UnreadableFileError
        The file cannot be read as a table.
    """
    path = folder.file(upload.id, upload.ending)
    limits = file_limits(settings)
    fields = fields_of(upload.kind)
    names = {mapping.name: _known(mapping) for mapping in saved_mappings.fitting(upload.kind)}
    wide = frozenset().union(fields, synonyms(upload.kind), *names.values())
    table = _read(path, wide, frozenset(fields), limits)
    chunk = next(iter(table.chunks), [])
    header = list(table.sent_header) or list(table.header)
    sample = [row.cells for row in chunk[:SAMPLE]]
    places = gazetteer()
    guesses = {code: suggest(header, sample, code, places, upload.kind) for code in ("en", "km")}
    keys = {column_key(name) for name in table.header if name}
    return {
        "rows": [[row.number, [visible(cell, _CELL) for cell in row.cells]] for row in chunk[:SHOWN]],
        "form": table.form,
        "above": sum(why == "above_header" for _, why in table.left_out),
        "other_sheets": table.other_sheets,
        "fits": {name: [len(keys & set(map(column_key, known))), len(keys)] for name, known in names.items()},
        "columns": [
            {
                "sent": clean_text(header[at], 120),
                "name": _written_as(table, header, at),
                "person": holds_persons(header[at]),
                "guess": _guess(guesses, at),
                "counter": {code: said[at].why for code, said in guesses.items()}
                if guesses["en"][at].counter
                else None,
                "values": _values(chunk, at),
            }
            for at in range(len(header))
        ],
    }


def _known(mapping: Mapping | AggregateMapping) -> frozenset[str]:
    if isinstance(mapping, AggregateMapping):
        return frozenset(name for names in mapping.columns.values() for name in names)
    return known_columns(mapping)


def _read(path: Any, wide: frozenset[str], fields: frozenset[str], limits: Limits) -> Table:
    """With every name we know; a name of these that stands twice is nothing to refuse a file for now."""
    for known in (wide, fields):
        try:
            return read_table(path, known, limits=limits)
        except UnreadableFileError as error:
            if "stands twice" not in str(error):
                raise
    return read_table(path, frozenset(), limits=limits)


def _written_as(table: Table, header: Sequence[str], at: int) -> str:
    """The name under which a mapping finds the column; blank where it has none."""
    folded = table.header[at] if at < len(table.header) else ""
    alike = sum(column_key(name) == column_key(header[at]) for name in header)
    return header[at].strip() if folded and alike == 1 else folded


def _guess(guesses: dict[str, list], at: int) -> dict[str, Any] | None:
    found = guesses["en"][at]
    if found.field is None:
        return None
    why = {code: said[at].why for code, said in guesses.items()}
    return {"field": found.field, "confidence": found.confidence, "why": why}


def _values(chunk: Sequence[Row], at: int) -> list[str]:
    """The different values of a column, where they are few enough to be codes."""
    found: dict[str, None] = {}
    for row in chunk:
        text = row.cells[at].strip() if at < len(row.cells) else ""
        if text:
            found[text] = None
            if len(found) > MOST_VALUES:
                return []
    return [text for text in found if masked(text) == text and len(text) <= _CELL]
