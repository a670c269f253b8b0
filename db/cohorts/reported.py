"""Reading what aggregate reports add to completion: each is judged by its own facility."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.cohorts.limits import Limits
from db.core.scope import Scope
from db.cubes.query import DISTRICT, CubeQuery
from db.cubes.reported import KNOWN, Reports
from db.tables import in_scope
from db.tables.aggregates import aggregate_care, aggregate_facility
from db.tables.cohorts import NO_FACILITY
from db.tables.records import facility
from surveillance.coverage.cohorts import longest_follow_up
from surveillance.diseases import DISEASES
from surveillance.epiweek import day_number, day_of_number, time_cell_last_day
from surveillance.strata import MASK, NUMBER, SHIFT
from surveillance.vocabulary import UNKNOWN


def reports(connection: Connection, scope: Scope, query: CubeQuery, known: Limits) -> tuple[Reports, Reports]:
    """What aggregate reports add to completion: those whose whole period is due, and the others."""
    sensitive = DISEASES[query.disease].sensitive
    if query.dimension == DISTRICT:
        due, waiting = reports(connection, scope, query.held, known)
        return due.in_districts(query.districts), waiting.in_districts(query.districts)
    if query.dimension not in KNOWN or (query.dimension == "facility" and sensitive):
        return Reports.none(), Reports.none()
    rows = connection.execute(_reports_of(query, scope, sensitive=sensitive)).all()
    days = longest_follow_up(query.disease)
    over: list[tuple[Any, ...]] = []
    later: list[tuple[Any, ...]] = []
    for place, key, first, last, *sums in rows:
        end = day_number(time_cell_last_day(day_of_number(last))) + days
        # Where nothing was said of who completed, no later outcome is waited for.
        limit = known.due(key) if sums[-2] or sums[-3] else known.today
        (over if end <= limit else later).append((place, first, last, *sums))
    return Reports.of_rows(over), Reports.of_rows(later)


def _reports_of(query: CubeQuery, scope: Scope, *, sensitive: bool) -> sa.Select[Any]:
    table = aggregate_care if sensitive else aggregate_facility
    c = table.c
    place: sa.ColumnElement[str]
    province: sa.ColumnElement[str]
    if sensitive:
        place = province = c.place
        key: sa.ColumnElement[str] = sa.literal(NO_FACILITY)
    else:
        province = func.coalesce(facility.c.province, UNKNOWN)
        place = province if query.dimension == "care" else func.coalesce(facility.c.facility_id, UNKNOWN)
        key = c.facility_key
    numbers = [c.stratum, c.reports, c.records]
    sums = [c[f"completion_{part}"] for part in ("numerator", "denominator", "unknown")]
    rows = select(place, key, c.first_cell, c.last_cell, *numbers, *sums).where(c.disease == query.disease)
    if not sensitive:
        rows = rows.select_from(table.outerjoin(facility, facility.c.facility_key == c.facility_key))
    for axis, codes in query.filters.items():
        bits = [NUMBER[axis][code] << SHIFT[axis] for code in codes]
        rows = rows.where(c.stratum.op("&")(MASK << SHIFT[axis]).in_(bits))
    if query.first is not None:
        rows = rows.where(c.first_cell >= query.first)
    if query.last is not None:
        rows = rows.where(c.last_cell <= query.last)
    if query.stays is not None and not sensitive:
        named = func.coalesce(facility.c.facility_id, UNKNOWN)
        rows = rows.where(query.stays.condition(named.in_, c.first_cell, c.last_cell))
    rows = rows.where(*in_scope.programmes(scope, c.disease))
    if sensitive:
        return rows.where(*in_scope.care(scope, province))
    by = query.dimension if query.districts is None else DISTRICT
    return rows.where(*in_scope.facilities(scope, by=by))
