"""Coverage: of every area, over time, and by groups of people; as the map and the command have it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic.dataclasses import dataclass

from dashboard.api.answers import Answer
from dashboard.api.asked import Asked
from dashboard.api.resource import Resource
from dashboard.components.coverage import issued_words
from dashboard.components.coverage.widening import widened
from dashboard.components.coverage.words import before_records, notes
from dashboard.exports import coverage as exports
from dashboard.exports.columns import Column
from dashboard.exports.coverage import described
from dashboard.filters import CoverageQuery
from dashboard.parameters import OneOf, Text
from dashboard.questions import STRICT
from dashboard.services.coverage import changes, view
from dashboard.services.coverage.as_of import status_at
from dashboard.services.coverage.panel import Panel
from dashboard.services.coverage.table import CoverageTable
from dashboard.services.disclosure import rules
from dashboard.services.releases import stamps
from dashboard.services.releases.stamps import Release
from surveillance.coverage.estimates import Estimate
from surveillance.epiweek import PERIOD_KINDS, PeriodKind
from surveillance.errors import NotPermittedError, UsageError
from surveillance.texts import N_

_VALUE = ("numerator", "denominator", "unknown", "coverage", "lower", "upper")
NO_AREA = N_("area: there is no area '{given}' here")
TREND = (
    Column("period", "text", "name of the period"),
    Column("from", "date", "its first day that was counted"),
    Column("to", "date", "its last day that was counted"),
    Column("whole", "text", "`no` where days of it were cut off"),
)
GROUPS = (
    Column("axis", "text", "by what people are grouped"),
    Column("code", "text", "code of the group"),
)


@dataclass(frozen=True, config=STRICT)
class OfArea(CoverageQuery):
    """Coverage of one area, or of all together where none is given."""

    area: Annotated[str, Text(help="code of one area; all of them together, if not given")] = ""


@dataclass(frozen=True, config=STRICT)
class OverTime(OfArea):
    """The same in steps of time."""

    step: Annotated[
        PeriodKind | None, OneOf(PERIOD_KINDS, help="length of a step; by the numbers, if not given")
    ] = None


def by_area(asked: Asked, query: CoverageQuery) -> Answer:
    """Coverage of every area; with `compare` how each changed."""
    _refuse(asked, query)
    rows: list[dict[str, Any]]
    told: list[str] = []
    names: tuple[str, ...] = ()
    if query.compare is None:
        table = view.table(asked.database, asked.grant, query, asked.today)
        rows = table.records(asked.language)
    else:
        table, shift = view.compared(asked.database, asked.grant, query, asked.today)
        names = changes.COLUMNS
        rows = [row | shift.columns(row["code"]) for row in table.records(asked.language)]
        told = before_records(shift, asked.t) or notes(shift.facts, asked.t)
    due = table.due_of()
    rows = [row | due[row["code"]] for row in rows]
    columns = described([*table.columns, *table.due_columns, *names])
    said = [*_notes(asked, query, table), *filter(None, told)]
    return Answer(
        columns,
        rows,
        query.parameters(),
        {**_facts(table.release, table.period), "total": _value(table.total)},
        said,
        _until(asked, query),
    )


def over_time(asked: Asked, query: OverTime) -> Answer:
    """Coverage of one area in steps of time."""
    table, panel = _panel(asked, query, query.step)
    release, step = panel.release, panel.step
    rows = [
        {
            "period": point.label,
            "from": point.start,
            "to": point.end,
            "whole": "yes" if point.whole else "no",
        }
        | _value(point.value)
        | (release.columns(issued=True, said=f"{step}:{point.start.isoformat()}") if release else {})
        for point in panel.trend
    ]
    columns = [*TREND, *described([*_VALUE, "status", *(stamps.COLUMNS if release else ())])]
    facts = {**_facts(release, panel.period), "step": step, "total": _value(panel.now)}
    return Answer(columns, rows, query.parameters(), facts, _notes(asked, query, table), _until(asked, query))


def by_group(asked: Asked, query: OfArea) -> Answer:
    """Coverage of the groups of people in one area."""
    table, panel = _panel(asked, query, None)
    release = panel.release
    rows = [
        {"axis": axis, "code": code}
        | _value(value)
        | (release.columns(issued=True, said=panel.groups_said) if release else {})
        for axis, values in panel.groups.items()
        for code, value in values
    ]
    columns = [*GROUPS, *described([*_VALUE, "status", *(stamps.COLUMNS if release else ())])]
    facts = {**_facts(release, panel.groups_of or panel.period), "total": _value(panel.now)}
    return Answer(columns, rows, query.parameters(), facts, _notes(asked, query, table), _until(asked, query))


def _panel(asked: Asked, query: OfArea, step: PeriodKind | None) -> tuple[CoverageTable, Panel]:
    plain = CoverageQuery.read(query.parameters(CoverageQuery))
    _refuse(asked, plain)
    area = query.area or None
    table, panel, _ = view.view(asked.database, asked.grant, plain, area, asked.today, step)
    if panel.code != area:
        raise UsageError(NO_AREA, "area", given=query.area[:40])
    return table, panel


def _refuse(asked: Asked, query: CoverageQuery) -> None:
    if refused := rules.refusal(asked.grant, query):
        raise NotPermittedError(refused)


def _value(value: Estimate) -> dict[str, Any]:
    return {name: getattr(value, name) for name in _VALUE} | {"status": value.status}


def _facts(release: Release | None, period: Any) -> Mapping[str, Any]:
    days = {"from": period.start, "to": period.end} if period else {}
    return {"period": days, "release": dict(release.facts()) if release else {}}


def _notes(asked: Asked, query: CoverageQuery, table: CoverageTable) -> list[str]:
    reason = table.reason or rules.reason_hidden(asked.grant, query)
    said = [widened(table, (query.start, query.end), asked.t), *issued_words.of_table(table, asked.t)]
    return [asked.t(reason), *filter(None, said)] if reason else [*filter(None, said)]


def _until(asked: Asked, query: CoverageQuery) -> str | None:
    if query.as_of is None:
        return None
    last = status_at(asked.database, asked.status, query.as_of, asked.today).last_visit
    return last.isoformat() if last else ""


_AS_ASKED = (
    "Without days, all days that are held count. Days are widened to whole parts of weeks. An account that "
    "is shown issued figures is answered with the release in force, whose periods each row names."
)
RESOURCES = (
    Resource(
        "coverage",
        "/coverage",
        "Coverage of every province, crossing or facility",
        CoverageQuery,
        exports.COLUMNS,
        by_area,
        _AS_ASKED,
        needs=("disease",),
    ),
    Resource(
        "coverage/trend",
        "/coverage/trend",
        "Coverage of one area over time",
        OverTime,
        (*TREND, *described([*_VALUE, "status", *stamps.COLUMNS])),
        over_time,
        _AS_ASKED,
        needs=("disease",),
    ),
    Resource(
        "coverage/groups",
        "/coverage/groups",
        "Coverage of groups of people in one area",
        OfArea,
        (*GROUPS, *described([*_VALUE, "status", *stamps.COLUMNS])),
        by_group,
        _AS_ASKED,
        needs=("disease",),
    ),
)
