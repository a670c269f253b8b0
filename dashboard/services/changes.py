"""How every area of a table changed since the window that it is compared with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from dashboard.permissions import Grant, Permission
from dashboard.services.comparison import Compared, Facts, compare
from dashboard.services.coverage import CoverageTable
from dashboard.services.moment import reading_of
from dashboard.services.reading import Reading
from db.engine import Database
from surveillance.estimates import Change, Counts, Estimate, estimate
from surveillance.estimates import changes as differences
from surveillance.status import Status

#: Columns of the change, as exports write them after those of the table.
COLUMNS = (
    "change",
    "change_lower",
    "change_upper",
    "earlier_from",
    "earlier_to",
    "compared_with",
    "earlier_known_on",
    "paired_by",
    "paired",
    "left_out",
)


@dataclass(frozen=True)
class Changes:
    """How two windows were compared, and the change of each area that has a value in both."""

    facts: Facts | None = None
    of: Mapping[str, Change] = field(default_factory=dict)
    total: Change | None = None

    def columns(self, code: str) -> dict[str, object]:
        """One area's `COLUMNS`; None where there is nothing to compare."""
        found = self.of.get(code)
        numbers = (found.difference, found.lower, found.upper) if found else (None, None, None)
        facts = self.facts if found else None
        if facts is None:
            return dict.fromkeys(COLUMNS)
        days = (facts.earlier.start, facts.earlier.end, facts.known_on)
        first, last, known = (day.isoformat() if day else None for day in days)
        about = (first, last, facts.kind, known)
        pairing = (facts.unit or None, facts.kept, facts.left_out)
        return dict(zip(COLUMNS, (*numbers, *about, *pairing), strict=True))


def changes(database: Database, grant: Grant, table: CoverageTable, today: date) -> Changes:
    """Compare a table with its earlier window.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    """
    grant.check(Permission.SEE_COVERAGE)
    with reading_of(database, grant, table.query, today) as reading:
        return changes_of(reading, table)


def changes_of(reading: Reading, table: CoverageTable, with_what: Compared | None = None) -> Changes:
    """The changes of a table from the reading it came from. `with_what`: where it is read already."""
    with_what = with_what or compare(reading)
    if table.period is None or with_what is None:
        return Changes()
    shown = [row for row in table.rows if row.value.status is not Status.HIDDEN]
    codes = [row.area.code for row in shown]

    def values(counts: Mapping[str, Counts]) -> list[Estimate]:
        total = sum((counts[code] for code in codes if code in counts), Counts(False))
        return estimate([*(counts.get(code, Counts(False)) for code in codes), total])

    of_now = [*(row.value for row in shown), table.total] if with_what.now is None else values(with_what.now)
    *shifts, whole = differences(of_now, values(with_what.earlier))
    found = {code: shift for code, shift in zip(codes, shifts, strict=True) if shift is not None}
    return Changes(with_what.facts, found, whole)
