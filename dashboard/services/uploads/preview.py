"""Rows as they would be stored, for the sender of a file to look at. No person's number is among them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from db.tables.aggregates import VALUE_COLUMNS
from surveillance.coverage.indicators import STEPS, all_states
from surveillance.line_list import RECORD_COLUMNS
from surveillance.strata import CODE, MASK, SHIFT
from surveillance.vocabulary import HIDDEN, UNKNOWN

_HIDDEN = frozenset((
    "identity", "content", "facility_key", "person", "arrival_id", "legal_status", "cascade", "period",
    "start_period", "stratum",
))  # fmt: skip
_STATES = dict(all_states())
_OF_VALUES = ("row_number", "facility_id", "disease", "first_day", "last_day", "item")
_ANSWERS = {True: "yes", False: "no", None: ""}


def preview(columns: Sequence[str], records: Sequence[tuple[Any, ...]]) -> list[dict[str, str]]:
    """Each record of a line list, or value of a report, as field -> value; not what is blank in all of them.

    Parameters
    ----------
    columns
        Those of the records: `RECORD_COLUMNS`, `VALUE_COLUMNS`, or fields of a record of a reception centre.
    """
    if columns == RECORD_COLUMNS:
        return _of_records(records)
    return _of_values(records) if columns == VALUE_COLUMNS else _of_a_centre(columns, records)


def _of_a_centre(columns: Sequence[str], records: Sequence[tuple[Any, ...]]) -> list[dict[str, str]]:
    return _without_blanks(
        [
            {
                name: _ANSWERS[value] if isinstance(value, bool | None) else str(value)
                for name, value in zip(columns, record, strict=True)
            }
            for record in records
        ]
    )


def _of_records(records: Sequence[tuple[Any, ...]]) -> list[dict[str, str]]:
    made = []
    for record in records:
        held = dict(zip(RECORD_COLUMNS, record, strict=True))
        names = [name for name in RECORD_COLUMNS if name not in _HIDDEN]
        row = {name: "" if held[name] is None else str(held[name]) for name in names}
        answers = _STATES[held["cascade"]]
        row |= {step: _ANSWERS[answer] for step, answer in zip(STEPS, answers, strict=True)}
        made.append(row)
    return _without_blanks(made)


def _of_values(values: Sequence[tuple[Any, ...]]) -> list[dict[str, str]]:
    """Each value of a report: whose it is, what it counts, in which days and which group, and how many."""
    made = []
    for value in values:
        held = dict(zip(VALUE_COLUMNS, value, strict=True))
        row = {name: str(held[name]) for name in _OF_VALUES}
        row["counted"] = row.pop("item")
        row |= {axis: CODE[axis][held["stratum"] >> shift & MASK] for axis, shift in SHIFT.items()}
        row["value"] = "" if held["value"] is None else str(held["value"])
        made.append(row)
    return _without_blanks(made)


def _without_blanks(made: list[dict[str, str]]) -> list[dict[str, str]]:
    names = list(made[0]) if made else []
    kept = [name for name in names if any(row[name] not in ("", UNKNOWN, HIDDEN) for row in made)]
    return [{name: "" if row[name] == HIDDEN else row[name] for name in kept} for row in made]
