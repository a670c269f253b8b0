"""One area in depth: its value, its change, its trend and its groups."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant, Permission
from dashboard.services.coverage import Asked, ask, count_places, out_of_reach
from dashboard.services.periods import Period
from db import batches, cube_queries, facilities
from db.engine import Connection, Database
from surveillance.epiweek import (
    PeriodKind,
    cell_last_day,
    day_of_number,
    period_first_day,
    period_label,
    period_last_day,
)
from surveillance.estimates import Change, Counts, Estimate, change, estimate
from surveillance.vocabulary import AXES


@dataclass(frozen=True)
class TrendPoint:
    """One week, month, quarter or year, cut to the period asked for."""

    label: str
    start: date
    end: date
    value: Estimate


@dataclass(frozen=True)
class Reporting:
    """How many facilities were due to report in the period, and how many of them sent any record."""

    due: int
    reported: int


@dataclass(frozen=True)
class Panel:
    """One area (`code` None: the whole table) in depth. `groups`: axis -> (value's code, value)."""

    code: str | None
    period: Period | None
    now: Estimate
    earlier_period: Period | None
    earlier: Estimate | None
    change: Change | None
    trend: list[TrendPoint]
    groups: dict[str, list[tuple[str, Estimate]]]
    reporting: Reporting | None


_HIDDEN = Counts(False, hidden=True)


def panel(
    database: Database,
    grant: Grant,
    query: CoverageQuery,
    code: str | None,
    today: date,
    kind: PeriodKind = "week",
    known: Estimate | None = None,
) -> Panel:
    """Look at one area, or with `code` None at all of them together.

    `known`: its value, where the table beside the panel has it already.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    """
    grant.check(Permission.SEE_COVERAGE)
    if not _within_reach(grant, query, code):
        return Panel(code, None, estimate([_HIDDEN])[0], None, None, None, [], {}, None)
    with database.reading() as connection:
        asked = ask(connection, grant, query, today)
        used = asked.used
        if used is None:
            return Panel(code, None, estimate([Counts(False)])[0], None, None, None, [], {}, None)
        now = known or estimate([_whole(connection, grant, asked, code)])[0]
        before = used.before()
        earlier_query = replace(query, start=before.start, end=before.end)
        earlier = _whole(connection, grant, ask(connection, grant, earlier_query, today), code)
        trend = _trend(connection, grant, asked, used, code, kind)
        groups = _groups(connection, grant, asked, used, code)
        reporting = _reporting(connection, grant, query, used, code)
    then = estimate([earlier])[0]
    return Panel(code, used, now, before, then, change(now, then), trend, groups, reporting)


def _within_reach(grant: Grant, query: CoverageQuery, code: str | None) -> bool:
    if out_of_reach(grant, query):
        return False
    return query.dimension != "care" or code is None or grant.scope.holds(code)


def _whole(connection: Connection, grant: Grant, asked: Asked, code: str | None) -> Counts:
    places = count_places(connection, grant, asked)
    if code is not None:
        return places.of(code)
    return sum((places.of(place) for place in places.everyone), Counts(False))


def _trend(
    connection: Connection, grant: Grant, asked: Asked, used: Period, code: str | None, kind: PeriodKind
) -> list[TrendPoint]:
    """Every period in order as far as there is data, those without a record included."""
    cube = replace(asked.cube, first=used.first_cell, last=used.last_cell)
    cells = cube_queries.by_period(connection, grant.scope, cube, code)
    everyone = cells
    if asked.query.groups:
        everyone = cube_queries.by_period(connection, grant.scope, replace(cube, filters={}), code)
    reported = {period_first_day(day_of_number(row.period), kind) for row in everyone if row.records}
    counts: dict[date, Counts] = {}
    for row in cells:
        start = period_first_day(day_of_number(row.period), kind)
        counts[start] = counts.get(start, Counts(start in reported)) + _counts(row)
    within = _with_data(connection, grant, asked, used)
    starts = []
    day = period_first_day(within.start, kind) if within else date.max
    while within and day <= within.end:
        starts.append(day)
        day = period_last_day(day, kind) + timedelta(days=1)
    values = estimate([counts.get(start, Counts(start in reported)) for start in starts])
    return [
        TrendPoint(
            period_label(start, kind),
            max(start, used.start),
            min(period_last_day(start, kind), used.end),
            value,
        )
        for start, value in zip(starts, values, strict=True)
    ]


def _with_data(connection: Connection, grant: Grant, asked: Asked, used: Period) -> Period | None:
    """The part of a period in which there is data of any disease: a century of empty weeks helps nobody."""
    _, _, _, first, last = batches.summary(connection)
    cells = cube_queries.span(connection, grant.scope, replace(asked.cube, first=None, last=None, filters={}))
    days = [day for day in (first, last) if day is not None]
    if cells is not None:  # treatments may begin outside the days of the visits
        days += [day_of_number(cells[0]), cell_last_day(day_of_number(cells[1]))]
    if not days or max(days) < used.start or min(days) > used.end:
        return None
    return Period(max(used.start, min(days)), min(used.end, max(days)))


def _counts(row: Any) -> Counts:
    return Counts(
        row.records > 0, int(row.records), int(row.numerator), int(row.denominator), int(row.unknown)
    )


def _groups(
    connection: Connection, grant: Grant, asked: Asked, used: Period, code: str | None
) -> dict[str, list[tuple[str, Estimate]]]:
    """Each value of each axis that is stored, in the vocabulary's order, those without a record included."""
    cube = replace(asked.cube, first=used.first_cell, last=used.last_cell)
    rows = cube_queries.by_group(connection, grant.scope, cube, code)
    found: dict[tuple[str, str], Any] = {(row["axis"], row["value"]): row for row in rows}
    held = {axis for axis, _ in found}
    groups = {}
    for axis, values in AXES.items():
        if axis not in held:
            continue
        counts = [
            Counts(
                True,
                **(
                    {name: int(row[name]) for name in ("records", "numerator", "denominator", "unknown")}
                    if (row := found.get((axis, value.code)))
                    else {}
                ),
            )
            for value in values
        ]
        groups[axis] = list(zip((value.code for value in values), estimate(counts), strict=True))
    return groups


def _reporting(
    connection: Connection, grant: Grant, query: CoverageQuery, used: Period, code: str | None
) -> Reporting | None:
    """Facilities due and reporting, where the area is one of care."""
    if query.dimension != "care":
        return None
    due = [
        item["facility_id"]
        for item in facilities.listed(connection, grant.scope)
        if (code is None or item["province"] == code)
        and (item["reports_from"] is None or item["reports_from"] <= used.end)
        and (item["reports_to"] is None or item["reports_to"] >= used.start)
    ]
    sent = cube_queries.facilities_reporting(connection, grant.scope, used.first_cell, used.last_cell)
    return Reporting(len(due), sum(name in sent for name in due))
