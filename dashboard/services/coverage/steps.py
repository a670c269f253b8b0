"""Undisclosed counts of one area: step by step through the period, and by group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from typing import Any

from dashboard.services.coverage.periods import Period
from dashboard.services.coverage.source import Reading, followed
from dashboard.services.disclosure import values as disclosed
from dashboard.services.disclosure.undisclosed import Undisclosed
from surveillance.coverage.estimates import Counts
from surveillance.coverage.trend_steps import is_scrap
from surveillance.epiweek import (
    PeriodKind,
    day_of_number,
    period_first_day,
    period_last_day,
    time_cells_between,
)
from surveillance.vocabulary import AXES, shown_values


@dataclass(frozen=True)
class Steps:
    """The steps of a trend: the first day of each whole one, its days in the period, and its counts."""

    kind: PeriodKind
    starts: Sequence[date] = ()
    spans: Sequence[tuple[date, date]] = ()
    counts: Undisclosed[Sequence[Counts]] = field(default_factory=lambda: Undisclosed(()))


def steps(reading: Reading, used: Period, asked: PeriodKind | None, code: str | None) -> Steps:
    """Every step in order as far as there is data, those without a record included.

    A first period that is cut to less than half of its step is counted in the one after it.

    `asked`: the step the reader chose; else the finest one whose points have about 30 people or more.
    """
    own: Steps | None = reading.own_steps(asked, code)
    if own is not None:
        return own
    used, kind = reading.trend(used, asked or "week")
    within = reading.with_data(used)
    if within is None:
        return Steps(kind)
    if reading.yearly:
        within, kind = within.whole_years, "year"
    elif asked is None and not reading.query.persons:
        kind = _usual_step(reading, within, code)
    starts = []
    day = period_first_day(within.start, kind)
    while day <= within.end:
        starts.append(day)
        day = period_last_day(day, kind) + timedelta(days=1)
    spans = [(max(start, within.start), min(period_last_day(start, kind), within.end)) for start in starts]
    joined: dict[date, date] = {}
    if len(starts) > 1 and is_scrap(*spans[0], kind):
        joined = {starts[0]: starts[1]}
        starts, spans = starts[1:], [(spans[0][0], spans[1][1]), *spans[2:]]

    def counted(rows: Mapping[int, Any]) -> list[Counts]:
        counts: dict[date, Counts] = {}
        for cell, row in rows.items():
            start = period_first_day(day_of_number(cell), kind)
            start = joined.get(start, start)
            counts[start] = counts.get(start, Counts(False)) + _counts(row, reading.is_due(cell))
        silent = {
            cell: start
            for start, span in zip(starts, spans, strict=True)
            if start not in counts or not counts[start].reported
            for cell in time_cells_between(*span)
        }
        for cell in reading.reporting_cells(silent, code):
            counts[silent[cell]] = counts.get(silent[cell], Counts(True)) + Counts(True)
        counts = reading.vans.with_effects(counts, code, kind, joined)
        return [counts.get(start, Counts(False)) for start in starts]

    return Steps(kind, starts, spans, reading.rows_by_cell(within, code, kind).map(counted))


def _usual_step(reading: Reading, within: Period, code: str | None) -> PeriodKind:
    def people(rows: Mapping[int, Any]) -> dict[date, int]:
        due = reading.is_due
        return {day_of_number(cell): int(row.denominator) for cell, row in rows.items() if due(cell)}

    counted = reading.rows_by_cell(within, code, "year").map(people)
    return disclosed.step(reading.grant, counted, within.start, within.end)


def _counts(row: Any, due: bool) -> Counts:
    """Counts of a cell or group; of a cohort that is not due only how many are in it."""
    if not due:
        return Counts(row.records > 0, int(row.records), not_due=followed(row))
    counts = (int(row.records), int(row.numerator), int(row.denominator), int(row.unknown))
    return Counts(row.records > 0, *counts, not_due=getattr(row, "not_due", 0))


@dataclass(frozen=True)
class Groups:
    """Values of each axis in order, and their counts."""

    values: Mapping[str, Sequence[str]]
    counts: Mapping[str, Undisclosed[Sequence[Counts]]]


def groups(reading: Reading, used: Period, code: str | None) -> Groups:
    """Values that filters keep of each axis that is stored, in order, those without a record included."""
    own: Groups | None = reading.own_groups(code)
    if own is not None:
        return own
    rows = reading.rows_by_group(used, code)
    due, reported = reading.period is not None, Counts(reading.reported(code))
    kept = {
        axis: [
            value.code
            for value in shown_values(axis)
            if axis not in reading.query.groups
            or not set(reading.query.groups[axis]).isdisjoint(value.code.split(","))
        ]
        for axis in AXES
        if disclosed.holds(rows, reading.query.disease, axis)
    }

    def counted(axis: str, held: Mapping[tuple[str, str], Any]) -> list[Counts]:
        found = [
            sum(
                (_counts(held[axis, part], due) for part in value.split(",") if (axis, part) in held),
                reported,
            )
            for value in kept[axis]
        ]
        return [replace(c, effect=reading.vans.effect(code, c.numerator, c.denominator)) for c in found]

    return Groups(kept, {axis: rows.map(partial(counted, axis)) for axis in kept})
