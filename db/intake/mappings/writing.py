"""Writing a mapping file from what somebody has chosen: which column is which field, and what values mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from db.intake.mappings.draft import no_visit_lines, quoted
from surveillance.line_list import READ


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


def written(choices: Choices, version: int) -> str:
    """The text of the mapping file; :func:`db.intake.mappings.file.parse` says whether it can be used."""
    lines = [
        "# Made in the browser by matching columns. docs/mappings.md says what else a mapping can hold.",
        f"name = {quoted(choices.name)}",
        f"version = {version}",
        'kind = "line-list"',
    ]
    if choices.ignore:
        lines.append(f"ignore = [{', '.join(map(quoted, choices.ignore))}]")
    lines += ["", "[columns]"]
    lines += [f"{name} = {quoted(choices.columns[name])}" for name in READ if name in choices.columns]
    lines += no_visit_lines(choices.no_visit)
    if choices.constants:
        lines += ["", "[constants]"]
        lines += [f"{name} = {quoted(value)}" for name, value in choices.constants.items()]
    for name, table in choices.values.items():
        if table:
            lines += ["", f"[values.{name}]"]
            lines += [f"{quoted(text)} = {quoted(code)}" for text, code in table.items()]
    return "\n".join([*lines, ""])
