"""Early warning on a person's own counts: no database, no key, and nothing is kept of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from dashboard.services.own_files.counts import Counts, CountsFile
from surveillance.early_warning import ears as ears_methods
from surveillance.early_warning import farrington as farringtons
from surveillance.early_warning import glm_family
from surveillance.early_warning.farrington import Settings
from surveillance.early_warning.glm_family import ModelSettings
from surveillance.early_warning.in_parts import ears_in_parts
from surveillance.early_warning.series import Bounds
from surveillance.errors import StatisticsError, UsageError

EARS = {"ears-c1": "C1", "ears-c2": "C2", "ears-c3": "C3"}
FARRINGTON = ("farrington", "farrington-original")
GLM = {f"glm-{model}": model for model in glm_family.YEARS}
METHODS = (*EARS, *FARRINGTON, *GLM)


@dataclass(frozen=True)
class Question:
    """What is asked of a file of counts.

    `given`: options of the method, of which only those are there that were given. `start`, `end`: the range
    that is judged, as days or numbers of weeks. `changed`: where the baseline changed, written likewise.
    """

    method: str
    given: dict[str, Any] = field(default_factory=dict)
    start: str | None = None
    end: str | None = None
    changed: str | None = None


@dataclass(frozen=True)
class Answer:
    """Rows in the order of places and time, and what has to be said beside them."""

    rows: list[dict[str, Any]]
    said: list[str]


def judge(file: CountsFile, question: Question) -> Answer:
    """Judge every place of a file.

    Raises
    ------
    StatisticsError
        No step of any place can be judged, or an option cannot be.
    UsageError
        The range is not written as the file writes its dates, or holds nothing of it.
    """
    rows: list[dict[str, Any]] = []
    said: list[str] = []
    for counts in file.places:
        first, last = _range(file, counts, question)
        end = len(counts.labels) - 1 if last is None else last
        if end < (first or 0):
            said.append(f"{file.name}: no step{_of(counts)} lies in the range that is to be judged")
            continue
        found, why = _bounds(file, counts, question, first, last)
        rows += _rows(counts, found)
        said += _remarks(file, counts, question, found, why)
        if first is not None and len(found.at) and found.at[0] > first:
            early = int(found.at[0]) - first
            said.append(
                f"{early} steps of the range{_of(counts)} are not judged: {question.method} needs {why} "
                "before them"
            )
    if not rows:
        raise StatisticsError("; ".join(said) or f"{file.name}: nothing of it lies in the range")
    return Answer(rows, _gathered(said))


def _range(file: CountsFile, counts: Counts, question: Question) -> tuple[int | None, int | None]:
    """The steps that are judged; None where the file decides."""
    ends: list[int | None] = []
    for name, text in (("--from", question.start), ("--to", question.end)):
        if text is None:
            ends.append(None)
            continue
        keys = [_key(file, label, "") for label in counts.labels]
        wanted = _key(file, text, name)
        within = [
            place for place, key in enumerate(keys) if (key >= wanted if name == "--from" else key <= wanted)
        ]
        ends.append(
            (within[0] if name == "--from" else within[-1])
            if within
            else (len(keys) if name == "--from" else -1)
        )
    return ends[0], ends[1]


def _key(file: CountsFile, text: str, name: str) -> Any:
    if file.by_number:
        if not text.isdigit():
            raise UsageError(f"{name} is '{text}', and {file.name} numbers its weeks: give the number of one")
        return int(text)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{name} is '{text}', and {file.name} has days: give one as YYYY-MM-DD") from None


def _bounds(
    file: CountsFile, counts: Counts, question: Question, first: int | None, last: int | None
) -> tuple[Bounds, str]:
    """What the method says, and why it says nothing of earlier steps."""
    series, given = counts.series, question.given
    end = len(series) - 1 if last is None else last
    if question.method in EARS:
        method: Any = EARS[question.method]
        needed = ears_methods.history_needed(method, given.get("baseline", 7))
        begin = max(needed, first or 0)
        own = {name: given[name] for name in ("baseline", "alpha", "min_sigma") if name in given}
        if counts.parts is not None:
            return (
                ears_in_parts(series, counts.parts, method, first=begin, last=end, **own),
                f"{needed} steps of its kind",
            )
        found = ears_methods.ears(series, method, first=begin, last=end, **own)
        return found, f"{needed} steps"
    if question.method in GLM:
        model: Any = GLM[question.method]
        settings = ModelSettings(**_known(ModelSettings, given), changed_at=_changed(file, counts, question))
        needed = glm_family.history_needed(series, model, settings)
        return (
            glm_family.glm_bounds(series, model, settings, first=max(needed, first or 0), last=end),
            f"{needed} steps",
        )
    chosen = Settings(**_known(Settings, given))
    if chosen.population_offset and series.population is None:
        of = f" of {counts.place}" if counts.place else ""
        raise StatisticsError(f"--population-offset needs a population above 0 in every row{of}")
    if question.method == "farrington":
        begin = farringtons.first_with_history(series, chosen) if first is None else first
        return (
            farringtons.farrington_flexible(series, chosen, first=begin, last=end),
            f"{chosen.b} years and {chosen.w} steps",
        )
    return farringtons.farrington(series, chosen, first=first, last=end), f"{chosen.b} years"


def _changed(file: CountsFile, counts: Counts, question: Question) -> int | None:
    """The step with which the baseline changed."""
    if question.changed is None:
        return None
    wanted = _key(file, question.changed, "--changed")
    place = next((n for n, label in enumerate(counts.labels) if _key(file, label, "") >= wanted), None)
    if not place:
        raise UsageError(f"--changed {question.changed} lies outside {file.name}")
    return place


def _known(kind: type, given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name in kind.__dataclass_fields__}  # type: ignore[attr-defined]


def _of(counts: Counts) -> str:
    return f" ({counts.place})" if counts.place else ""


def _rows(counts: Counts, found: Bounds) -> list[dict[str, Any]]:
    rows = []
    for place, step in enumerate(found.at.tolist()):
        if counts.labels[step] in counts.left_out:
            continue
        number = counts.series.counts[step]
        rows.append(
            ({"place": counts.place} if counts.place else {})
            | {
                "date": counts.labels[step] if counts.series.dates else int(counts.labels[step]),
                "count": None if np.isnan(number) else int(number),
                "expected": _or_none(found.expected[place]),
                "upper": _or_none(found.upper[place]),
                "alarm": bool(found.alarm[place]),
            }
        )
    return rows


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _remarks(file: CountsFile, counts: Counts, question: Question, found: Bounds, needed: str) -> list[str]:
    """What a reader must know beside the numbers."""
    where = _of(counts)
    said = []
    if not len(found.at):
        said.append(
            f"{file.name}: nothing can be judged{where}: {question.method} needs {needed} before the first "
            "step that it judges"
        )
        return said
    without = int(np.isnan(found.upper).sum())
    if without:
        said.append(
            f"{without} of {len(found.at)} steps have no bound{where}: the history is too short, a count it "
            "needs is not known, or the counts are too few"
        )
    if counts.left_out:
        said.append(f"{len(counts.left_out)} steps are left out{where}: no history, and not judged")
    if counts.series.step == "day" and counts.parts is None:
        said.append(
            "days are taken as they are: weekdays and holidays, when health centres are closed, are not "
            "allowed for"
        )
    if unknown := counts.unknown:
        shown = ", ".join(unknown[:5]) + (f" and {len(unknown) - 5} more" if len(unknown) > 5 else "")
        said.append(f"no count is known{where} of {shown}: taken as not known, not as zero")
    return said


def _gathered(said: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(said))
