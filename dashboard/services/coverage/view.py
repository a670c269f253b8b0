"""A table, the panel of one area and the changes of all, from one reading: none contradicts another."""

from __future__ import annotations

from datetime import date

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant, Permission
from dashboard.services.coverage.as_of import reading_of
from dashboard.services.coverage.changes import Changes, changes_of
from dashboard.services.coverage.comparison import compare
from dashboard.services.coverage.panel import Panel, panel_of
from dashboard.services.coverage.table import CoverageTable, table_of
from db.core.engine import Database
from surveillance.epiweek import PeriodKind


def compared(
    database: Database, grant: Grant, query: CoverageQuery, today: date
) -> tuple[CoverageTable, Changes]:
    """Coverage of every area, and how each changed.

    Raises
    ------
    NotPermittedError, UsageError
        As with :func:`dashboard.services.coverage.table.coverage`.
    """
    grant.check(Permission.SEE_COVERAGE)
    with reading_of(database, grant, query, today) as reading:
        table = table_of(reading)
        return table, changes_of(reading, table)


def view(
    database: Database,
    grant: Grant,
    query: CoverageQuery,
    area: str | None,
    today: date,
    kind: PeriodKind | None = None,
) -> tuple[CoverageTable, Panel, Changes]:
    """Coverage of every area, one of them in depth (all together where the table has no such area), and how
    every area changed.

    Raises
    ------
    NotPermittedError, UsageError
        As with :func:`dashboard.services.coverage.table.coverage`.
    """
    grant.check(Permission.SEE_COVERAGE)
    with reading_of(database, grant, query, today) as reading:
        table = table_of(reading)
        with_what = compare(reading)
        shifts = changes_of(reading, table, with_what)
        code = area if any(row.area.code == area for row in table.rows) else None
        shown = panel_of(reading, code, kind, table, with_what, shifts)
        return table, shown, shifts
