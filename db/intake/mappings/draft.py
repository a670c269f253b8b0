"""A mapping file drafted from suggestions, to be checked, corrected and kept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import tomlkit
from tomlkit.items import Table

from db.intake.dates.parse import Either, Eras, read_day, read_eras
from db.intake.mappings.event_status import no_visits
from db.intake.mappings.personal_columns import companion_of, holds_persons
from db.intake.mappings.suggest import Suggestion
from db.intake.values.codes import clean_text
from db.intake.values.notices import masked
from surveillance.reception.file_kinds import LINE_LIST, fields_of, needed_of
from surveillance.results import read_result
from surveillance.vocabulary import lookup, normalise, parse_yes_no

#: Suggestions below it stand in the file as a comment.
SURE = 0.5
_MOST_VALUES = 20
_PARTED = re.compile(r"[;,|+]")


def draft(
    name: str, suggestions: Sequence[Suggestion], rows: Sequence[Sequence[str]], kind: str = LINE_LIST
) -> str:
    """The text of a mapping file. What is doubtful stands in it as a comment."""
    document = tomlkit.document()

    def say(*lines: str) -> None:
        for line in lines:
            document.add(tomlkit.comment(line))

    say(
        "Begun by `mapping suggest` from the names and values of one file: guesses, to be looked at.",
        "Lines that begin with # are not read. docs/mappings.md says what else a mapping can hold.",
    )
    document.update({"name": name, "version": 1, "kind": kind, "description": ""})
    if _has_two_readings(rows):
        say('date_order = "day-first"  # 03/04/2025 is 3 April; or "month-first"')
    if _has_two_eras(rows):
        say('era = "thai"  # 2568-06-10 is in 2025; or "cambodian": in 2024')
    counters = [s for s in suggestions if s.counter and s.column.strip()]
    if counters:
        say("Left out of record_id:", *(f"  {_quoted(s.column)}: {_comment(s.why)}" for s in counters))
    offered = [s.column for s in suggestions if s.field]
    ignored = [s.column for s in suggestions if s.field is None and s.column.strip() and not s.counter]
    companions = [(name, other) for name in ignored if (other := companion_of(name, offered))]
    ignored = [name for name in ignored if name not in dict(companions)]
    if companions:
        say("These may change what another column means: the values mean what both say together:")
        say(*(f"  {_quoted(column)}, of {_quoted(other)}" for column, other in companions))
    quiet = [column for column in ignored if not holds_persons(column)]
    if quiet:
        say("Nothing resembles these; a line `ignore = [...]` keeps them off the list at each import:")
        say(*(f"  {_quoted(column)}" for column in quiet))
    persons = [column for column in ignored if holds_persons(column)]
    if persons:
        say("These tell who somebody is and are read by nobody:")
        say(*(f"  {_quoted(column)}" for column in persons))
    document.add(tomlkit.nl())
    document.add("columns", _columns(suggestions, kind))
    constants = tomlkit.table()
    said = 'disease = "malaria"  # where every row of the file is of one disease'
    if kind != LINE_LIST:
        said = 'crossing = "TH01"  # where every row of the file is of one centre'
    constants.add(tomlkit.comment(said))
    constants.add(tomlkit.nl())
    document.add("constants", constants)
    if planned := no_visits([s.column for s in suggestions]):
        document.add("no_visit", no_visit_table(planned))
    if values := _values(suggestions, rows, kind):
        document.add("values", values)
    return document.as_string().rstrip("\n") + "\n"


def no_visit_table(planned: Mapping[str, Sequence[str]]) -> Table:
    """The table of a mapping file that leaves out what did not take place."""
    table = tomlkit.table()
    for name, texts in planned.items():
        table.add(name, list(texts))
    table.add(tomlkit.nl())
    return table


def _quoted(text: str) -> str:
    return tomlkit.string(text).as_string()


def _columns(suggestions: Sequence[Suggestion], kind: str) -> Table:
    table = tomlkit.table()
    found = {s.field: s for s in suggestions if s.field}
    for field in fields_of(kind):
        suggestion = found.get(field)
        if suggestion:
            said = _comment(f"{suggestion.why} ({suggestion.confidence:.0%})")
            if suggestion.confidence >= SURE:
                table.add(field, tomlkit.string(suggestion.column).comment(said))
            else:
                table.add(tomlkit.comment(f"{field} = {_quoted(suggestion.column)}  # {said}"))
        elif field in needed_of(kind):
            needed = "required: the name of its column, or a line in [constants]"
            table.add(tomlkit.comment(f'{field} = ""  # {needed}'))
    table.add(tomlkit.nl())
    return table


def _values(suggestions: Sequence[Suggestion], rows: Sequence[Sequence[str]], kind: str) -> Table:
    """Values of coded columns that would not be understood: with their codes to be filled in."""
    tables = tomlkit.table(is_super_table=True)
    for at, suggestion in enumerate(suggestions):
        schema = fields_of(kind).get(suggestion.field or "")
        if schema is None or not (schema.values or schema.type == "yes_no"):
            continue
        texts = dict.fromkeys(
            masked(clean_text(" ".join(row[at].split()), 40))
            for row in rows
            if at < len(row) and row[at].strip()
        )
        unread = [text for text in texts if not understood(schema.name, text, kind)]
        if unread and len(unread) <= _MOST_VALUES:
            codes = [value.code for value in schema.values] or ["yes", "no"]
            table = tomlkit.table()
            table.comment(f"one of {', '.join(codes)}")
            for text in unread:
                table.add(tomlkit.comment(f'{_quoted(text)} = ""'))
            table.add(tomlkit.nl())
            tables.add(schema.name, table)
    return tables


def understood(field: str, text: str, kind: str = LINE_LIST) -> bool:
    """Whether a text is known as a value of a coded field without a mapping."""
    schema = fields_of(kind)[field]
    if schema.values:
        known = lookup(schema.values)
        several = [part for part in _PARTED.split(text) if part.strip()] or [text]
        return all(normalise(part) in known for part in ([text] if kind == LINE_LIST else several))
    try:
        read_result(text, "tb") if field == "positive" else parse_yes_no(text)
    except ValueError:
        return False
    return True


def _has_two_readings(rows: Sequence[Sequence[str]]) -> bool:
    for text in {cell for row in rows for cell in row if "/" in cell or "-" in cell or "." in cell}:
        try:
            if isinstance(read_day(text), Either):
                return True
        except (ValueError, OverflowError):
            continue
    return False


def _has_two_eras(rows: Sequence[Sequence[str]]) -> bool:
    for text in {cell for row in rows for cell in row if any(map(str.isdigit, cell))}:
        try:
            if isinstance(read_eras(text), Eras):
                return True
        except (ValueError, OverflowError):
            continue
    return False


def _comment(text: str) -> str:
    return " ".join("".join(ch for ch in text if ch.isprintable() or ch.isspace()).split())
