"""Undisclosed counts of a curve: in steps, by part, of the year before, and who reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from dashboard.curve_filters import CASES, VISIT, CurveQuery
from dashboard.services.coverage.comparison import same_delay
from dashboard.services.coverage.periods import Period
from dashboard.services.coverage.source import Reading
from dashboard.services.coverage.steps import steps
from dashboard.services.disclosure.undisclosed import Undisclosed
from db.clusters import case_facts
from db.clusters.case_facts import Around
from db.core.engine import Connection
from db.cubes import archived_sums, dated_cells, facility_cells
from db.cubes.dated_cells import Dated
from db.history import as_of as past
from surveillance.coverage.estimates import Counts
from surveillance.curves import Step, in_steps, reporters, steps_between, year_before
from surveillance.epiweek import PeriodKind, time_cells_between

Parts = Undisclosed[Mapping[str, Sequence[Counts]]]


@dataclass(frozen=True)
class Counted:
    """Counts of each step, of all together, and of those without the day (None: every record has it)."""

    steps: Sequence[Step]
    counts: Undisclosed[Sequence[Counts]]
    undated: Undisclosed[Counts] | None = None


@dataclass(frozen=True)
class Before:
    """The year before: counts of each step, how many of the first steps lie before the records begin, and the
    day as of which it is known (None: as now)."""

    counts: Undisclosed[Sequence[Counts]] = field(default_factory=lambda: Undisclosed(()))
    missing: int = 0
    known_on: date | None = None
    #: Facilities that reported on each step then, as far as is known now.
    reporting: Sequence[frozenset[str]] = ()


def counted(reading: Reading, query: CurveQuery, within: Period, code: str | None) -> Counted:
    """Counts of each step of a period: by the visit from the cubes, by another day from the records."""
    if query.by == VISIT:
        found = steps(reading, within, _step(reading, query), code)
        steps_of = [Step(start, *span) for start, span in zip(found.starts, found.spans, strict=True)]
        return Counted(steps_of, found.counts)
    steps_of = steps_between(within.start, within.end, query.step)
    rows = _dated(reading, query, within, code)

    def undated(held: Sequence[Dated]) -> Counts:
        return sum((_counts(row) for row in held if row.day is None), Counts(True))

    return Counted(steps_of, rows.map(lambda held: _placed(held, steps_of)), rows.map(undated))


def parts(
    reading: Reading,
    query: CurveQuery,
    within: Period,
    steps_of: Sequence[Step],
    code: str | None,
    values: Sequence[str],
) -> Parts:
    """Counts of each value of the curve's group in each step; of single records alone."""
    rows = _dated(reading, query, within, code, part=query.group)

    def divided(held: Sequence[Dated]) -> dict[str, Sequence[Counts]]:
        return {
            value: _placed(
                [row for row in held if row.part in value.split(",") and row.day is not None], steps_of
            )
            for value in values
        }

    return rows.map(divided)


def before(
    reading: Reading, query: CurveQuery, steps_of: Sequence[Step], code: str | None, kind: PeriodKind
) -> Before | None:
    """The same steps of the year before, as they were known after the same delay; None where no record is
    held of any of them."""
    if not steps_of or reading.begins is None:
        return None
    moved = [Step(*(year_before(day, kind) for day in step)) for step in steps_of]
    missing = sum(step.first < reading.begins for step in moved)
    if missing == len(moved):
        return None
    earlier = Period.covering(moved[0].first, moved[-1].last)
    number, known_on = same_delay(reading, steps_of[-1].last - moved[-1].last, earlier.start)
    held = archived_sums.held_from(reading.connection)
    if held is not None and held > earlier.start:
        if query.by != VISIT:
            return None
        number, known_on = None, None
    then = reading.of(replace(query.coverage, start=earlier.start, end=earlier.end))
    reported = reporting(then, earlier, moved, code)
    if number is None and query.by == VISIT:
        found = steps(then, earlier, kind, code)
        rows = found.counts.map(lambda counts: list(zip(found.starts, counts, strict=True)))
        return Before(rows.map(lambda one: _nearest(dict(one), moved)), missing, reporting=reported)
    dated = _dated(then, query, earlier, code, number=number)
    return Before(dated.map(lambda one: _placed(one, moved)), missing, known_on, reported)


def reporting(
    reading: Reading, within: Period, steps_of: Sequence[Step], code: str | None
) -> list[frozenset[str]]:
    """Facilities that reported on each step: those of an area of care, else all that the reader may see."""
    named = [
        item["facility_id"]
        for item in reading.facilities
        if code is None
        or (reading.query.dimension == "care" and item["province"] == code)
        or (reading.query.dimension == "facility" and item["facility_id"] == code)
        or (reading.by_district and code in reading.districts.ever(item["facility_id"]))
        or reading.query.dimension in facility_cells.PART
    ]
    positions, cells = facility_cells.reports(reading.connection, reading.cube_of(within), named)
    names = sorted(named)
    of_cell = {
        int(cell): frozenset(names[at] for at in np.unique(positions[cells == cell]))
        for cell in np.unique(cells)
    }
    if reading.by_district and code is not None:
        at = reading.districts.at
        of_cell = {
            cell: frozenset(name for name in held if at(name, cell) == code) for cell, held in of_cell.items()
        }
    return reporters(of_cell, [time_cells_between(step.first, step.last) for step in steps_of])


def in_outbreaks(
    reading: Reading,
    query: CurveQuery,
    within: Period,
    outbreaks: Sequence[tuple[str, str, date, date]],
    as_of: date | None = None,
) -> Undisclosed[tuple[int, list[int]]]:
    """Of the records of a curve those in any known outbreak, and those in each.

    `outbreaks`: kind of place, place, first and last day. `as_of`: records as known at the end of that day.
    """
    return Undisclosed(
        case_facts.in_outbreaks(
            reading.connection,
            reading.grant.scope,
            reading.cube_of(within),
            query.by,
            [Around(*one) for one in outbreaks],
            place=query.area or None,
            cases=query.what == CASES,
            number=None if as_of is None else past.batch_at(reading.connection, as_of),
        )
    )


def held_from(reading: Reading) -> date | None:
    """First day from which single records are held; None where all are."""
    return held_since(reading.connection)


def held_since(connection: Connection) -> date | None:
    """The same, of a connection."""
    return archived_sums.held_from(connection)


def _step(reading: Reading, query: CurveQuery) -> PeriodKind:
    return "year" if reading.yearly else query.step


def _dated(
    reading: Reading,
    query: CurveQuery,
    within: Period,
    code: str | None,
    *,
    part: str | None = None,
    number: int | None = None,
) -> Undisclosed[list[Dated]]:
    cube = reading.cube_of(within)
    return Undisclosed(
        dated_cells.read(
            reading.connection, reading.grant.scope, cube, query.by, place=code, part=part, number=number
        )
    )


def _counts(row: Dated) -> Counts:
    return Counts(True, row.records, row.numerator, row.denominator, row.unknown)


def _placed(rows: Sequence[Dated], steps_of: Sequence[Step]) -> list[Counts]:
    dated = [(row.day, _counts(row)) for row in rows if row.day is not None]
    return [found or Counts(True) for found in in_steps(dated, steps_of, Counts.__add__)]


def _nearest(found: Mapping[date, Counts], steps_of: Sequence[Step]) -> list[Counts]:
    """What was counted in the steps that begin on the same days."""
    return [found.get(step.begins, Counts(False)) for step in steps_of]
