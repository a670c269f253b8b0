"""Cascades and curves: how many took each step, how long it took, and how many there were when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashboard.api.answers import Answer
from dashboard.api.asked import Asked
from dashboard.api.resource import Resource
from dashboard.cascade_filters import PROVINCE, CascadeQuery
from dashboard.components.coverage import issued_words
from dashboard.components.curves import words
from dashboard.curve_filters import PARTS, CurveQuery
from dashboard.exports import curves as curve_columns
from dashboard.exports.columns import Column
from dashboard.exports.coverage import described
from dashboard.exports.sheets.cascades import CASCADE, TIMES
from dashboard.services.calendar import entries as calendar
from dashboard.services.cascades.cascade import cascade
from dashboard.services.cascades.models import CascadeAnswer, ShownStep
from dashboard.services.curves import curve as service
from dashboard.services.curves.models import Curve
from dashboard.services.releases import stamps
from dashboard.services.releases.stamps import Release
from surveillance.calendar.entries import EVENT, FESTIVAL, HOLIDAY, Entry, between
from surveillance.rates.cascade import PATHS
from surveillance.rates.waits import SPANS

#: Files end with a note; answers have theirs beside the rows.
_NOTE = "note"
_STEPS = tuple(column for column in CASCADE if column.name != _NOTE)
_TIMES = tuple(column for column in TIMES if column.name != _NOTE)
_OF_STEP = ("disease", "by", "place", "measure", "code")
_OF_CURVE = ("disease", "place", "area")


def steps(asked: Asked, query: CascadeQuery) -> Answer:
    """How many took each step of a disease."""
    found = cascade(asked.database, asked.grant, query, asked.status.last_visit, asked.today, times=False)
    rows = [row | {"name": asked.t(row["name"])} for row in found.records()]
    columns: Sequence[Column] = _STEPS
    if found.release is not None:
        axis = () if query.by in (None, PROVINCE) else (str(query.by),)
        columns = (*_STEPS, *described((*stamps.COLUMNS, *_OF_STEP, *axis)))
        rows = [
            row | _of_step(found, found.release, row["group"], step)
            for row, step in zip(rows, found.in_order, strict=True)
        ]
    said = [found.hidden, *dict.fromkeys(step.reason for step in found.steps)]
    if query.path in PATHS:
        said.append(PATHS[query.path].note)
    notes = [asked.t(line) for line in said if line]
    return Answer(columns, rows, query.parameters(), _facts(found), [*notes, *_instead(asked, found, query)])


def times(asked: Asked, query: CascadeQuery) -> Answer:
    """Days between the steps of a disease."""
    found = cascade(asked.database, asked.grant, query, asked.status.last_visit, asked.today, times=True)
    rows = found.times({code: asked.t(span.name) for code, span in SPANS.items()})
    notes = [asked.t(line) for line in (found.hidden, found.waits_hidden) if line]
    return Answer(_TIMES, rows, query.parameters(), _facts(found), notes)


def curve(asked: Asked, query: CurveQuery) -> Answer:
    """How many cases or patients there were, step by step."""
    found = service.curve(asked.database, asked.grant, query, asked.status.last_visit, asked.today)
    entries = calendar.entries(asked.database, asked.grant)
    found, left = words.without_left_out(found, entries)
    shut = calendar.closures(entries, query.area) if query.place == "crossing" else []
    closed = words.closed_steps(found, shut, asked.t)
    said_of = words.marks_on(found, words.marks(_held(found, entries), asked.language))
    rows = words.records(found, said_of, closed, asked.t)
    columns = [one for one in curve_columns.columns(query.group, found.groups) if one.name != _NOTE]
    if (release := found.release) is not None:
        question = {name: query.parameters().get(name) or getattr(query, name) for name in _OF_CURVE}
        groups = {axis: ",".join(codes) for axis, codes in query.groups.items()}
        columns += described([*stamps.COLUMNS, *_OF_CURVE, *groups])
        rows = [
            row | release.columns(issued=True, said=f"{found.step}:{row['from']}") | question | groups
            for row in rows
        ]
    notes = [asked.t(found.hidden) if found.hidden else words.total_words(found, asked.t)]
    notes += [*words.notes(found, asked.t), words.left_out(left, asked.language, asked.t)]
    period = found.period
    facts = {
        "period": {"from": period.start, "to": period.end} if period else {},
        "step": found.step,
        "release": dict(release.facts()) if release is not None else {},
        "total": {"count": found.total.count, "status": found.total.status} if found.total else None,
    }
    return Answer(columns, rows, query.parameters(), facts, [one for one in notes if one])


def _held(found: Curve, entries: Sequence[Entry]) -> list[Entry]:
    """What the calendar says of the days of a curve."""
    kinds = (FESTIVAL, EVENT, HOLIDAY) if found.step == "week" else (FESTIVAL, EVENT)
    points = found.points
    return between(entries, points[0].first, points[-1].last, kinds) if points else []


def _of_step(found: CascadeAnswer, release: Release, group: str, step: ShownStep) -> dict[str, Any]:
    """What a row of issued figures says of its question, so that it can be checked."""
    query = found.query
    asked = query.coverage(step.measure or "testing")
    by_province = query.by == PROVINCE
    said = release.columns(issued=True, said=step.said) | {
        "disease": query.disease,
        "by": asked.by,
        "place": asked.place,
        "measure": step.measure,
        "code": group if by_province and group else query.area,
    }
    return said if query.by is None or by_province else said | {query.by: group}


def _facts(found: CascadeAnswer) -> dict[str, Any]:
    period, release = found.period, found.release
    return {
        "period": {"from": period.start, "to": period.end} if period else {},
        "single_records_from": found.known_from,
        "release": dict(release.facts()) if release is not None else {},
    }


def _instead(asked: Asked, found: CascadeAnswer, query: CascadeQuery) -> list[str]:
    if found.release is None:
        return []
    said = issued_words.shown_instead(found.period, (query.start, query.end), asked.t)
    return [said] if said else []


_GROUPS = tuple(dict.fromkeys(PARTS))
RESOURCES = (
    Resource(
        "cascades",
        "/cascades",
        "How many took each step of a disease",
        CascadeQuery,
        (*_STEPS, *described((*stamps.COLUMNS, *_OF_STEP, *_GROUPS))),
        steps,
        "Without days, all days that are held count.",
    ),
    Resource(
        "cascades/times",
        "/cascades/times",
        "Days between the steps of a disease",
        CascadeQuery,
        _TIMES,
        times,
        "Times rest on single records: of issued figures there are none.",
    ),
    Resource(
        "curves",
        "/curves",
        "How many cases or patients there were, step by step",
        CurveQuery,
        (
            *(one for one in curve_columns.columns(None, ()) if one.name != _NOTE),
            *described((*stamps.COLUMNS, *_OF_CURVE, *_GROUPS)),
        ),
        curve,
        "Divided by a group, each row has a column for each of its values, such as `sex_male`.",
        more={"type": ["integer", "null"]},
    ),
)
