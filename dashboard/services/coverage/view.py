"""A table, the panel of one area and the changes of all, from one reading: none contradicts another.

Beside an account's own provinces the others stand with issued figures, marked as such.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant, Permission
from dashboard.services.coverage.as_of import reading_of
from dashboard.services.coverage.changes import Changes, changes_of
from dashboard.services.coverage.comparison import compare
from dashboard.services.coverage.issued.reading import IssuedReading
from dashboard.services.coverage.panel import Panel, panel_of
from dashboard.services.coverage.source import Reading
from dashboard.services.coverage.table import CoverageTable, table_of
from dashboard.services.disclosure import rules
from dashboard.services.kept import Kept
from dashboard.services.places.remote_group import key_of
from dashboard.services.releases.in_force import figures_for
from db.core.engine import Database
from surveillance.epiweek import PeriodKind

#: Of 300 facilities an answer holds some 300 kB.
_MOST = 48
_COMPARED: Kept[tuple[CoverageTable, Changes]] = Kept(_MOST)
_VIEWS: Kept[tuple[CoverageTable, Panel, Changes]] = Kept(_MOST)


def table(database: Database, grant: Grant, query: CoverageQuery, today: date) -> CoverageTable:
    """Coverage of every area; of provinces outside the account's own as it was issued.

    Raises
    ------
    NotPermittedError, UsageError
        As with :func:`dashboard.services.coverage.table.coverage`.
    """
    grant.check(Permission.SEE_COVERAGE)
    with reading_of(database, grant, query, today) as reading:
        return with_others(database, reading, table_of(reading))[0]


def counts(
    database: Database, grant: Grant, queries: Sequence[CoverageQuery], today: date
) -> list[CoverageTable]:
    """Answers to several questions of the same kind of place, in order: of one moment, read together.

    For counts alone: vans do not widen intervals, and values do not say how many reports came. None asks of
    an earlier day or of persons.

    Raises
    ------
    NotPermittedError, UsageError
        As with :func:`dashboard.services.coverage.table.coverage`.
    """
    grant.check(Permission.SEE_COVERAGE)
    with reading_of(database, grant, queries[0], today) as first:
        first.without_reports()
        readings = [first, *(first.of(query) for query in queries[1:])]
        return [with_others(database, one, table_of(one.counting()))[0] for one in readings]


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
    return _COMPARED.get(
        database, grant, (key_of(database, query), today), lambda: _compared(database, grant, query, today)
    )


def _compared(
    database: Database, grant: Grant, query: CoverageQuery, today: date
) -> tuple[CoverageTable, Changes]:
    with reading_of(database, grant, query, today) as reading:
        table = table_of(reading)
        return with_others(database, reading, table)[0], changes_of(reading, table)


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
    asked = (key_of(database, query), area, today, kind)
    return _VIEWS.get(database, grant, asked, lambda: _view(database, grant, query, area, today, kind))


def _view(
    database: Database,
    grant: Grant,
    query: CoverageQuery,
    area: str | None,
    today: date,
    kind: PeriodKind | None,
) -> tuple[CoverageTable, Panel, Changes]:
    with reading_of(database, grant, query, today) as reading:
        table = table_of(reading)
        with_what = compare(reading)
        shifts = changes_of(reading, table, with_what)
        code = area if any(row.area.code == area for row in table.rows) else None
        whole, others = with_others(database, reading, table)
        if others is not None and code is None and area in {row.area.code for row in whole.rows}:
            theirs = table_of(others)
            shown = panel_of(others, area, kind, theirs, changes=changes_of(others, theirs))
        else:
            shown = panel_of(reading, code, kind, table, with_what, shifts)
        return whole, shown, shifts


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
