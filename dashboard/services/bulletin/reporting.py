"""Who reported on the period: of an edition for passing on, provinces alone; else silent facilities, too."""

from __future__ import annotations

from dashboard.permissions import Grant, Scope
from dashboard.services.bulletin.models import AreaReports, ReportingPart, Silent
from dashboard.services.bulletin.source import Source
from dashboard.services.places import areas
from dashboard.services.reporting.read import Judged, judged
from dashboard.services.reporting.table import ReportingRow, rows_of


def reporting_of(source: Source) -> ReportingPart:
    """Completeness and timeliness of the reports of the period, judged by the day of the edition.

    The numbers are of facilities, and the same whoever asks: of the whole country, or of the province.
    """
    period, province = source.edition.period, source.edition.province
    grant = source.grant if source.edition.own else _of_everybody(source.asking)
    found = judged(
        source.database,
        grant,
        disease=None,
        first=period.first,
        last=period.last,
        today=source.edition.as_of,
        as_of=source.past,
    )
    areas_of = [_area(row) for row in rows_of(found, "province")]
    if province is not None:
        areas_of = [row for row in areas_of if row.code == province]
        total = next(iter(areas_of), None)
    else:
        total = next((_area(row) for row in rows_of(found, "country")), None)
    return ReportingPart(
        total if total is not None and total.due else None,
        tuple(row for row in areas_of if row.due),
        _silent(found) if source.edition.own else (),
        found.assumed,
    )


def _of_everybody(asking: Grant) -> Grant:
    """Who asks of every province: completeness is told to all who may see who reported."""
    return Grant(asking.actor, "viewer", Scope(None))


def _area(row: ReportingRow) -> AreaReports:
    known = row.due and row.timeliness is not None
    return AreaReports(row.code, row.due, row.received, row.on_time if known else None)


def _silent(found: Judged) -> tuple[Silent, ...]:
    """Facilities of which nothing came of what was due."""
    listed = {area.code: area for area in areas.facilities(map(dict, found.facilities))}
    made = [
        Silent(
            row.code,
            listed[row.code].name_en,
            listed[row.code].name_km,
            listed[row.code].province or "",
            row.last_report,
        )
        for row in rows_of(found, "facility")
        if row.silent
    ]
    return tuple(sorted(made, key=lambda one: (one.province, one.code)))
