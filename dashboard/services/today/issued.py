"""The first page of accounts that are shown issued figures: the last issued month, quarter and year."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant, Permission
from dashboard.services.coverage.as_of import reading_of
from dashboard.services.coverage.changes import Changes, changes_of
from dashboard.services.coverage.panel import Panel, panel_of
from dashboard.services.coverage.source import Reading
from dashboard.services.coverage.table import CoverageTable, table_of
from dashboard.services.disclosure import rules
from dashboard.services.disclosure import values as disclosed
from dashboard.services.imports.data_status import DataStatus
from dashboard.services.kept import Kept
from dashboard.services.releases.figures import Figures
from dashboard.services.releases.in_force import figures_for
from dashboard.services.releases.periods import Kind, moved
from dashboard.services.releases.stamps import Release
from dashboard.services.today import overview as live
from dashboard.services.today.overview import MEASURES_SHOWN, QUARTERLY, Asked, Overview
from db.core.engine import Database
from surveillance.diseases import DISEASES
from surveillance.epiweek import period_last_day
from surveillance.vocabulary import RETURNING
from surveillance.windows import Window

_KEPT: Kept[Overview] = Kept(64)
#: What the map of the page shows, as :func:`dashboard.services.today.overview.mapped`.
_MAPPED = "tb"
#: Months of a curve.
_MONTHS = 12


def overview_of(database: Database, grant: Grant, status: DataStatus, today: date) -> Overview:
    """The first page, of the cubes or of the release in force, as the account may see it.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    """
    grant.check(Permission.SEE_COVERAGE)
    if rules.entitled(grant):
        return live.overview(database, grant, status, today)
    return _KEPT.get(database, grant, today, lambda: _read(database, grant, today))


def _read(database: Database, grant: Grant, today: date) -> Overview:
    figures = figures_for(database, grant)
    if figures is None:
        return Overview(None, None, None, release=Release(None, role=grant.role))
    asked = [
        CoverageQuery(
            code, "province", measure=measure, start=window.first, end=window.last, compare="before"
        )
        for code in grant.scope.covered(DISEASES)
        for measure in MEASURES_SHOWN
        if (window := _last(figures, code, measure)) is not None
    ]
    if not asked:
        return Overview(None, None, None, release=Release(figures.stamp, role=grant.role))
    area = own_province(grant)
    with reading_of(database, grant, asked[0], today) as reading:
        answers = tuple(_ask(reading.of(query), area) for query in asked)
        mapped = _mapped(reading, figures)
    quick, slow = (
        _latest(one for one in asked if (one.disease in QUARTERLY) is late) for late in (False, True)
    )
    whole = quick or slow
    return Overview(
        whole,
        whole,
        slow or whole,
        answers,
        mapped,
        release=Release(figures.stamp, role=grant.role),
    )


def _latest(asked: Iterable[CoverageQuery]) -> Window | None:
    """The latest of the periods that are shown, the shortest of those that end on the same day."""
    held = [Window(one.start, one.end) for one in asked if one.start and one.end]
    return max(held, default=None, key=lambda one: (one.last, one.first))


def own_province(grant: Grant) -> str | None:
    """The province of a first page of one province; None: it is of the country."""
    held = grant.scope.provinces
    return next(iter(held)) if held is not None and len(held) == 1 else None


def _last(figures: Figures, disease: str, measure: str) -> Window | None:
    """The last issued month of a disease, quarter of a slow one, or year of HIV and syphilis."""
    kinds: tuple[Kind, ...] = ("quarter", "year") if disease in QUARTERLY else ("month", "quarter", "year")
    for kind in kinds:
        if held := figures.periods(disease, "care", kind, measure=measure):
            return Window(held[-1], period_last_day(held[-1], kind))
    return None


def _ask(reading: Reading, area: str | None) -> Asked:
    table = table_of(reading)
    changes = changes_of(reading, table)
    curve = _curve(reading, area)
    if area is None:
        return Asked(reading.query, table, changes, curve)
    own = next((row.value for row in table.rows if row.area.code == area), disclosed.HIDDEN)
    told = replace(changes, total=changes.of.get(area), of={})
    return Asked(reading.query, replace(table, rows=[], total=own), told, curve, area=area)


def _curve(reading: Reading, area: str | None) -> Panel | None:
    """People found positive by the issued months of a year; none of slow diseases."""
    query = reading.query
    if query.disease in QUARTERLY or query.measure != "positivity" or query.end is None:
        return None
    year = reading.of(replace(query, start=moved(query.end.replace(day=1), 1 - _MONTHS)))
    return panel_of(year, area, "month", table_of(year))


def _mapped(any_reading: Reading, figures: Figures) -> Asked | None:
    """The map: returning migrants tested for TB in the last issued year, by province of care; everybody where
    nobody is recorded as returning, or groups are not issued."""
    for groups in ({"movement": RETURNING}, {}):
        axis, place = ("movement", "KH01") if groups else ("", None)
        years = figures.periods(_MAPPED, "care", "year", axis, measure="testing", place=place)
        if not years:
            continue
        first = years[-1]
        query = CoverageQuery(
            _MAPPED, "province", start=first, end=period_last_day(first, "year"), groups=groups
        )
        table: CoverageTable = table_of(any_reading.of(query))
        if table.total.denominator:
            return Asked(query, table, Changes())
    return None
