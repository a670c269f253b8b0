"""A mapping file begun from suggestions, for somebody to look at, correct and keep."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from db.intake.dates.parse import Either, Eras, read_day, read_eras
from db.intake.mappings.event_status import no_visits
from db.intake.mappings.personal_columns import companion_of, holds_persons
from db.intake.mappings.suggest import Suggestion
from db.intake.values.codes import clean_text
from db.intake.values.notices import masked
from surveillance.line_list import READ, REQUIRED
from surveillance.results import read_result
from surveillance.vocabulary import lookup, normalise, parse_yes_no

#: Suggestions below it stand in the file as a comment.
SURE = 0.5
_MOST_VALUES = 20


def draft(name: str, suggestions: Sequence[Suggestion], rows: Sequence[Sequence[str]]) -> str:
    """The text of a mapping file. What is doubtful stands in it as a comment."""
    head = [
        "# Begun by `mapping suggest` from the names and values of one file: guesses, to be looked at.",
        "# Lines that begin with # are not read. docs/mappings.md says what else a mapping can hold.",
        f"name = {quoted(name)}",
        "version = 1",
        'kind = "line-list"',
        'description = ""',
    ]
    if _has_two_readings(rows):
        head.append('# date_order = "day-first"  # 03/04/2025 is 3 April; or "month-first"')
    if _has_two_eras(rows):
        head.append('# era = "thai"  # 2568-06-10 is in 2025; or "cambodian": in 2024')
    counters = [s for s in suggestions if s.counter and s.column.strip()]
    if counters:
        head.append("# Left out of record_id:")
        head += [f"#   {quoted(s.column)}: {_comment(s.why)}" for s in counters]
    offered = [s.column for s in suggestions if s.field]
    ignored = [s.column for s in suggestions if s.field is None and s.column.strip() and not s.counter]
    companions = [(name, other) for name in ignored if (other := companion_of(name, offered))]
    ignored = [name for name in ignored if name not in dict(companions)]
    if companions:
        head.append("# These may change what another column means: the values mean what both say together:")
        head += [f"#   {quoted(column)}, of {quoted(other)}" for column, other in companions]
    quiet = [column for column in ignored if not holds_persons(column)]
    if quiet:
        head.append(
            "# Nothing resembles these; a line `ignore = [...]` keeps them off the list at each import:"
        )
        head += [f"#   {quoted(column)}" for column in quiet]
    persons = [column for column in ignored if holds_persons(column)]
    if persons:
        head.append("# These tell who somebody is and are read by nobody:")
        head += [f"#   {quoted(column)}" for column in persons]
    planned = no_visits([s.column for s in suggestions])
    return "\n".join(
        [*head, "", *_columns(suggestions), *no_visit_lines(planned), *_values(suggestions, rows), ""]
    )


def no_visit_lines(planned: Mapping[str, Sequence[str]]) -> list[str]:
    """The lines of a mapping file that leave out what did not take place."""
    if not planned:
        return []
    lines = [f"{_key(name)} = [{', '.join(map(quoted, texts))}]" for name, texts in planned.items()]
    return ["", "[no_visit]", *lines]


def _key(name: str) -> str:
    return name if name.isascii() and name.replace("_", "").isalnum() else quoted(name)


def _columns(suggestions: Sequence[Suggestion]) -> list[str]:
    lines = ["[columns]"]
    found = {s.field: s for s in suggestions if s.field}
    for field in READ:
        suggestion = found.get(field)
        if suggestion:
            mark = "" if suggestion.confidence >= SURE else "# "
            said = f"{suggestion.why} ({suggestion.confidence:.0%})"
            lines.append(f"{mark}{field} = {quoted(suggestion.column)}  # {_comment(said)}")
        elif field in REQUIRED:
            lines.append(f'# {field} = ""  # required: the name of its column, or a line in [constants]')
    lines += ["", "[constants]", '# disease = "malaria"  # where every row of the file is of one disease']
    return lines


def _values(suggestions: Sequence[Suggestion], rows: Sequence[Sequence[str]]) -> list[str]:
    """Values of coded columns that would not be understood: with their codes to be filled in."""
    lines: list[str] = []
    for at, suggestion in enumerate(suggestions):
        schema = READ.get(suggestion.field or "")
        if schema is None or not (schema.values or schema.type == "yes_no"):
            continue
        texts = dict.fromkeys(
            masked(clean_text(" ".join(row[at].split()), 40))
            for row in rows
            if at < len(row) and row[at].strip()
        )
        unread = [text for text in texts if not understood(schema.name, text)]
        if unread and len(unread) <= _MOST_VALUES:
            codes = [value.code for value in schema.values] or ["yes", "no"]
            lines += ["", f"[values.{schema.name}]  # one of {', '.join(codes)}"]
            lines += [f'# {quoted(text)} = ""' for text in unread]
    return lines


def understood(field: str, text: str) -> bool:
    """Whether a text is known as a value of a coded field without a mapping."""
    schema = READ[field]
    if schema.values:
        return normalise(text) in lookup(schema.values)
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


def quoted(text: str) -> str:
    """A text as TOML writes it: as JSON does, with every control character escaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(text: str) -> str:
    return " ".join("".join(ch for ch in text if ch.isprintable() or ch.isspace()).split())
