"""A table and the panel of one of its areas, from one reading: they cannot contradict each other."""

from __future__ import annotations

from datetime import date

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant, Permission
from dashboard.services.coverage import CoverageTable, table_of
from dashboard.services.panel import Panel, panel_of
from dashboard.services.reading import Reading
from db.engine import Database
from surveillance.epiweek import PeriodKind


def view(
    database: Database,
    grant: Grant,
    query: CoverageQuery,
    area: str | None,
    today: date,
    kind: PeriodKind = "week",
) -> tuple[CoverageTable, Panel]:
    """Coverage of every area, and one of them in depth: all together where the table has no such area.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    """
    grant.check(Permission.SEE_COVERAGE)
    with database.reading() as connection:
        reading = Reading(connection, grant, query, today)
        table = table_of(reading)
        value = next((row.value for row in table.rows if row.area.code == area), None)
        if value is None:
            return table, panel_of(reading, None, kind, table.total)
        return table, panel_of(reading, area, kind, value)
