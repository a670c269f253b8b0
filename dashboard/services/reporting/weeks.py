"""Facility by week: what became of each report that is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from dashboard.services.reporting.read import Judged
from surveillance.reporting.evidence import UNDATED

#: What a report may be: not due yet, on time, late, came (nobody knows when), missing; and came and names no
#: person, in time or late.
AWAITED, ON_TIME, LATE, UNDATED_REPORT, SILENT = "awaited", "on_time", "late", "undated", "silent"
ZERO, ZERO_LATE = "zero", "zero_late"


@dataclass(frozen=True)
class Cell:
    """One report of a facility, in the week in which its period ends. `came`: None: never, or not known."""

    state: str
    first: date
    last: date
    deadline: date
    came: date | None
    #: Whether it came by its deadline; None where that is not known, or it has not come.
    in_time: bool | None


@dataclass(frozen=True)
class Weeks:
    """Mondays, and of each facility by its position: a cell for each week, None where no report ends."""

    mondays: Sequence[date]
    rows: Sequence[Sequence[Cell | None]]


def weeks_of(found: Judged, first: date, last: date) -> Weeks:
    """Place each report in the week in which its period ends.

    A report that has not come and whose deadline has not passed is awaited. Where the account may not be told
    which reports name no person, none is said to.
    """
    monday = first - timedelta(days=first.weekday())
    many = (last - monday).days // 7 + 1
    rows: list[list[Cell | None]] = [[None] * many for _ in found.facilities]
    reports = found.reports
    columns = (reports.last - monday.toordinal()) // 7
    arrays = (
        reports.facility, columns, reports.first, reports.last, reports.deadline, reports.came,
        reports.zero, reports.due, reports.received,
    )  # fmt: skip
    listed = (np.asarray(array).tolist() for array in arrays)
    for at, column, begins, ends, until, came, zero, due, received in zip(*listed, strict=True):
        known = received and came != UNDATED
        in_time = came <= until if known else None
        state = SILENT if due else AWAITED
        if received:
            state = UNDATED_REPORT if in_time is None else ON_TIME if in_time else LATE
            if zero and found.zeros:
                state = ZERO_LATE if state == LATE else ZERO
        rows[at][column] = Cell(
            state,
            date.fromordinal(begins),
            date.fromordinal(ends),
            date.fromordinal(until),
            date.fromordinal(came) if known else None,
            in_time,
        )
    return Weeks([monday + timedelta(weeks=number) for number in range(many)], rows)
