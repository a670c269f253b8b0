"""How every area of a table changed since the period of the same length before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from dashboard.permissions import Grant, Permission
from dashboard.services.coverage import CoverageTable
from dashboard.services.moment import reading_of
from dashboard.services.periods import Period
from dashboard.services.reading import Reading, out_of_reach
from db.engine import Database
from surveillance.estimates import Change, Counts, estimate
from surveillance.estimates import changes as differences

#: Columns of the change, as exports write them after those of the table.
COLUMNS = ("change", "change_lower", "change_upper", "earlier_from", "earlier_to")


@dataclass(frozen=True)
class Changes:
    """The period compared with, and the change of each area that has a value in both."""

    period: Period | None = None
    of: Mapping[str, Change] = field(default_factory=dict)
    total: Change | None = None

    def columns(self, code: str) -> dict[str, object]:
        """One area's `COLUMNS`; None where there is nothing to compare."""
        found = self.of.get(code)
        numbers = (found.difference, found.lower, found.upper) if found else (None, None, None)
        days = (self.period.start, self.period.end) if found and self.period else (None, None)
        return dict(zip(COLUMNS, (*numbers, *days), strict=True))


def changes(database: Database, grant: Grant, table: CoverageTable, today: date) -> Changes:
    """Compare a table with the period before it, by one more question to the cubes.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    """
    grant.check(Permission.SEE_COVERAGE)
    with reading_of(database, grant, table.query, today) as reading:
        return changes_of(reading, table)


def changes_of(reading: Reading, table: CoverageTable) -> Changes:
    """The changes of a table from the reading it came from."""
    if table.period is None or out_of_reach(reading.grant, reading.query):
        return Changes()
    before = reading.before(table.period)
    if reading.begins is None or reading.begins > before.start:
        return Changes()  # part of a period is nothing to compare with
    then = reading.of(replace(reading.query, start=before.start, end=before.end))
    if then.asked.due is None:
        return Changes()
    counts = {
        place: Counts(True, int(row.records), int(row.numerator), int(row.denominator), int(row.unknown))
        for place, row in then.by_place(then.asked.due).items()
    }
    hidden = {row.area.code for row in table.rows if row.value.denominator is None}
    total = sum((c for place, c in counts.items() if place not in hidden), Counts(False))
    # What is hidden now has no denominator, and so no change either.
    now = [*(row.value for row in table.rows), table.total]
    earlier = estimate([*(counts.get(row.area.code, Counts(False)) for row in table.rows), total])
    *shifts, whole = differences(now, earlier)
    codes = [row.area.code for row in table.rows]
    return Changes(then.asked.due, {c: s for c, s in zip(codes, shifts, strict=True) if s is not None}, whole)
