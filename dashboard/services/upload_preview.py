"""Records as they would be stored, for whoever brings a file to look at. No person's number is among them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from db.schema import RECORD_COLUMNS
from surveillance.indicators import STEPS, all_states
from surveillance.vocabulary import UNKNOWN

_HIDDEN = frozenset((
    "identity", "content", "facility_key", "person", "arrival_id", "legal_status", "cascade", "period",
    "start_period", "stratum",
))  # fmt: skip
_STATES = dict(all_states())
_ANSWERS = {True: "yes", False: "no", None: ""}


def preview(records: Sequence[tuple[Any, ...]]) -> list[dict[str, str]]:
    """Each record as field -> value, without fields that are blank in all of them."""
    made = []
    for record in records:
        held = dict(zip(RECORD_COLUMNS, record, strict=True))
        names = [name for name in RECORD_COLUMNS if name not in _HIDDEN]
        row = {name: "" if held[name] is None else str(held[name]) for name in names}
        answers = _STATES[held["cascade"]]
        row |= {step: _ANSWERS[answer] for step, answer in zip(STEPS, answers, strict=True)}
        made.append(row)
    names = list(made[0]) if made else []
    kept = [name for name in names if any(row[name] not in ("", UNKNOWN) for row in made)]
    return [{name: row[name] for name in kept} for row in made]
