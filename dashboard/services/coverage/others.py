"""Provinces outside an account's own beside them: issued figures, marked as such."""

from __future__ import annotations

from dataclasses import replace

from dashboard.services.coverage.issued.reading import IssuedReading
from dashboard.services.coverage.source import Reading
from dashboard.services.coverage.table import CoverageTable, table_of
from dashboard.services.disclosure import rules
from dashboard.services.releases.in_force import figures_for
from db.core.engine import Database


def others_of(database: Database, reading: Reading) -> Reading | None:
    """The same question of the release in force, for an account that is entitled to some provinces.

    None for every other account, for other kinds of place, and where no release answers.
    """
    grant, query = reading.grant, reading.query
    if reading.release is not None or grant.scope.national or not grant.scope.provinces:
        return None
    if query.dimension != "care" or not rules.entitled(grant) or reading.out_of_reach:
        return None
    figures = figures_for(database, rules.as_reader(grant))
    found = IssuedReading(reading.connection, grant, query, reading.today, figures)
    return None if found.out_of_reach else found


def with_others(
    database: Database, reading: Reading, table: CoverageTable
) -> tuple[CoverageTable, Reading | None]:
    """A table with a row for each other province, and the reading these come from; else as it is.

    The total stays that of the own provinces. All provinces together stand beside it as they were issued.
    """
    others = others_of(database, reading)
    if others is None:
        return table, None
    issued = table_of(others)
    own = {row.area.code for row in table.rows}
    rows = [*table.rows, *(row for row in issued.rows if row.area.code not in own)]
    return replace(table, rows=rows, release=issued.release, country=issued.total), others
