"""One area in depth: its value, its change, its trend and its groups."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant, Permission
from dashboard.services.coverage.as_of import reading_of
from dashboard.services.coverage.changes import Changes, changes_of
from dashboard.services.coverage.comparison import Compared, Facts, compare, facts_of
from dashboard.services.coverage.outcomes import Outcomes
from dashboard.services.coverage.periods import Period
from dashboard.services.coverage.source import Reading, followed, out_of_reach
from dashboard.services.coverage.table import table_of
from db.core.engine import Database
from surveillance.coverage.estimates import Change, Counts, Estimate, estimate
from surveillance.coverage.trend_steps import is_scrap, usual_step
from surveillance.epiweek import (
    PeriodKind,
    cells_between,
    day_of_number,
    period_first_day,
    period_label,
    period_last_day,
)
from surveillance.status import Status
from surveillance.vocabulary import AXES


@dataclass(frozen=True)
class TrendPoint:
    """One week, month, quarter or year, cut to the period asked for; `whole` where nothing was cut off."""

    label: str
    start: date
    end: date
    value: Estimate
    whole: bool


@dataclass(frozen=True)
class Reporting:
    """How many facilities were due to report in the period, and how many of them sent any record."""

    due: int
    reported: int


@dataclass(frozen=True)
class Panel:
    """One area (`code` None: the whole table) in depth. `groups`: axis -> (value's code, value).

    `facts`: what it is compared with. `compared` is the value that is compared with `earlier`: `now`, or that
    of whole weeks, or of the facilities that reported in both windows. `earlier` is None where records begin
    (`begins`) only after the earlier window does: part of a window is nothing to compare with.
    """

    code: str | None
    period: Period | None
    now: Estimate
    facts: Facts | None = None
    compared: Estimate | None = None
    earlier: Estimate | None = None
    change: Change | None = None
    begins: date | None = None
    trend: list[TrendPoint] = field(default_factory=list)
    step: PeriodKind = "week"
    groups: dict[str, list[tuple[str, Estimate]]] = field(default_factory=dict)
    reporting: Reporting | None = None
    #: Where the compared facilities hold too few of its people for a change: people compared, and people.
    too_few: tuple[int, int] | None = None
    #: Whether filters are set: the groups are then those of the records they keep.
    filtered: bool = False
    #: Aggregate reports counted in it, in place of line lists.
    reports: int = 0
    #: Of completion, what became of those who started.
    outcomes: Outcomes | None = None


_HIDDEN = estimate([Counts(False, hidden=True)])[0]


def panel(
    database: Database,
    grant: Grant,
    query: CoverageQuery,
    code: str | None,
    today: date,
    kind: PeriodKind | None = None,
) -> Panel:
    """Look at one area, or with `code` None at all of them together.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    """
    grant.check(Permission.SEE_COVERAGE)
    with reading_of(database, grant, query, today) as reading:
        table = table_of(reading)
        return panel_of(reading, code, kind, changes=changes_of(reading, table))


def panel_of(
    reading: Reading,
    code: str | None,
    kind: PeriodKind | None = None,
    known: Estimate | None = None,
    with_what: Compared | None = None,
    changes: Changes | None = None,
) -> Panel:
    """The panel of a question that is allowed and being read.

    `known`: its value, where the table beside the panel has it already. What is hidden there is hidden here.
    `with_what`: what it is compared with, where that is read already.
    `changes`: as the table shows them: that of one area among those of the others.
    """
    used = reading.asked.used
    if not _within_reach(reading, code) or (known is not None and known.status is Status.HIDDEN):
        return Panel(code, None, _HIDDEN)
    if used is None:
        return Panel(code, None, estimate([Counts(False)])[0])
    now = known or estimate([reading.total(code)])[0]
    with_what = with_what or compare(reading)
    facts = with_what.facts_at(code) if with_what else facts_of(reading)
    since = None if with_what is None else with_what.of(code, now)
    changes = changes or Changes()
    return Panel(
        code,
        used,
        now,
        facts,
        since[0] if since else None,
        since[1] if since else None,
        changes.change_of(code),
        reading.begins,
        *_trend(reading, used, kind, code),
        _groups(reading, used, code),
        _reporting(reading, used, code),
        changes.too_few.get(code),
        bool(reading.query.groups),
        reading.reports_of.get(code, 0) if code else sum(reading.reports_of.values()),
        reading.outcomes(code),
    )


def _within_reach(reading: Reading, code: str | None) -> bool:
    if out_of_reach(reading.grant, reading.query):
        return False
    return reading.query.dimension != "care" or code is None or reading.grant.scope.holds(code)


def _trend(
    reading: Reading, used: Period, asked: PeriodKind | None, code: str | None
) -> tuple[list[TrendPoint], PeriodKind]:
    """Every period in order as far as there is data, those without a record included; and the step.

    A first period that is cut to less than half of its step is counted in the one after it.

    `asked`: the step the reader chose; else the finest one whose points have about 30 people or more.
    """
    used, kind = reading.trend(used, asked or "week")
    within = reading.with_data(used)
    if within is None:
        return [], kind
    if asked is None and not reading.query.persons:
        kind = _usual_step(reading, within, code)
    counts: dict[date, Counts] = {}
    for cell, row in reading.by_period(within, code, kind).items():
        start = period_first_day(day_of_number(cell), kind)
        counts[start] = counts.get(start, Counts(False)) + _counts(row, reading.asked.is_due(cell))
    starts = []
    day = period_first_day(within.start, kind)
    while day <= within.end:
        starts.append(day)
        day = period_last_day(day, kind) + timedelta(days=1)
    spans = [(max(start, within.start), min(period_last_day(start, kind), within.end)) for start in starts]
    joined: dict[date, date] = {}
    if len(starts) > 1 and is_scrap(*spans[0], kind):
        joined = {starts[0]: starts[1]}
        if starts[0] in counts:
            counts[starts[1]] = counts.get(starts[1], Counts(False)) + counts.pop(starts[0])
        starts, spans = starts[1:], [(spans[0][0], spans[1][1]), *spans[2:]]
    silent = {
        cell: start
        for start, span in zip(starts, spans, strict=True)
        if start not in counts or not counts[start].reported
        for cell in cells_between(*span)
    }
    for cell in reading.reporting_cells(silent, code):
        counts[silent[cell]] = counts.get(silent[cell], Counts(True)) + Counts(True)
    counts = reading.vans.with_effects(counts, code, kind, joined)
    values = estimate([counts.get(start, Counts(False)) for start in starts])
    points = [
        TrendPoint(period_label(start, kind), *span, value, span == (start, period_last_day(start, kind)))
        for start, span, value in zip(starts, spans, values, strict=True)
    ]
    return points, kind


def _usual_step(reading: Reading, within: Period, code: str | None) -> PeriodKind:
    counted = {
        day_of_number(cell): int(row.denominator)
        for cell, row in reading.by_period(within, code, "year").items()
        if reading.asked.is_due(cell)
    }
    return usual_step(counted, within.start, within.end)


def _counts(row: Any, due: bool) -> Counts:
    """Counts of a cell or group; of a cohort that is not due only how many are in it."""
    if not due:
        return Counts(row.records > 0, int(row.records), not_due=followed(row))
    counts = (int(row.records), int(row.numerator), int(row.denominator), int(row.unknown))
    return Counts(row.records > 0, *counts, not_due=getattr(row, "not_due", 0))


def _groups(reading: Reading, used: Period, code: str | None) -> dict[str, list[tuple[str, Estimate]]]:
    """Values that filters keep of each axis that is stored, in order, those without a record included."""
    rows = reading.by_group(used, code)
    due, reported = reading.asked.due is not None, Counts(reading.reported(code))
    held = {axis for axis, _ in rows}
    groups = {}
    for axis, values in AXES.items():
        if axis not in held:
            continue
        kept = [v.code for v in values if v.code in reading.query.groups.get(axis, (v.code,))]
        counts = [
            reported + (_counts(rows[axis, value], due) if (axis, value) in rows else Counts(False))
            for value in kept
        ]
        effects = (reading.vans.effect(code, c.numerator, c.denominator) for c in counts)
        counts = [replace(c, effect=effect) for c, effect in zip(counts, effects, strict=True)]
        groups[axis] = list(zip(kept, estimate(counts), strict=True))
    return groups


def _reporting(reading: Reading, used: Period, code: str | None) -> Reporting | None:
    """Facilities due and reporting, where the area is one of care."""
    if reading.query.dimension != "care":
        return None
    due = [
        item["facility_id"]
        for item in reading.facilities
        if (code is None or item["province"] == code)
        and (item["reports_from"] is None or item["reports_from"] <= used.end)
        and (item["reports_to"] is None or item["reports_to"] >= used.start)
    ]
    return Reporting(len(due), sum(name in reading.sent for name in due))
