"""The data of a scan of an indicator: its own numbers by place and step of time, as every page has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pandas as pd

from dashboard.cluster_filters import ClusterQuery
from dashboard.permissions import SYSTEM, Grant
from dashboard.services.clusters.data import (
    NOBODY_COUNTED,
    ClusterData,
    check_size,
    data_version,
    why_not_scanned,
    with_position,
)
from dashboard.services.clusters.locations import Place, places
from dashboard.services.clusters.models import NO_SHARE
from dashboard.services.clusters.shares.asked import own_homes
from dashboard.services.indicators.engine import indicator_table
from dashboard.services.reception.counts import prevention_version
from db.core.engine import Database
from db.core.scope import Scope
from surveillance.epiweek import PeriodKind, period_first_day, period_last_day
from surveillance.errors import StatisticsError
from surveillance.indicators.values import Value
from surveillance.status import SHOWN, Status
from surveillance.texts import N_

#: Who reads for a run: its scope says what, and its reader's own role what is shown of it.
_ROLE = "official"
#: How often records that change meanwhile are read again.
_TRIES = 3
MOVED = N_("records came in while this was counted: ask again")
#: Columns of counts by location and day, as scans of cases have them.
_COLUMNS = ("location", "date", "records", "count", "tested", "positive", "of", "arrivals", "arrivals_found")


@dataclass
class _Read:
    """What was read: a row by place and step; places of which anything is known; what was left out."""

    rows: list[tuple[str, date, int, int]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    #: People of whom the numerator is not known, and places and steps whose share is not known.
    unknown: int = 0
    odd: int = 0


@dataclass(frozen=True)
class Shares:
    """What is scanned, and of which data: `data_version` is the newest batch of records in it."""

    data: ClusterData
    data_version: int
    parameters: Mapping[str, Any]


def gather(database: Database, scope: Scope, query: ClusterQuery, day: date) -> Shares:
    """Read what a resolved question of an indicator asks for. `day`: on which it was asked.

    Raises
    ------
    NotPermittedError
        The scope does not hold this programme, or kind of place.
    StatisticsError
        There is nothing to scan, or too much; says what to do.
    """
    grant = Grant(SYSTEM, _ROLE, scope)
    for _ in range(_TRIES):
        before = _state(database, query)
        start, end = _period(database, grant, query, day)
        found = _read(database, grant, query, start, end, day)
        if _state(database, query) == before:
            break
    else:
        raise StatisticsError(MOVED)
    with database.reading() as connection:
        known = places(connection, scope, query.dimension)
    return Shares(_data(query, found, known, start, end), before[0], _said(found))


def _state(database: Database, query: ClusterQuery) -> tuple[int, str]:
    with database.reading() as connection:
        version = data_version(connection)
    return version, prevention_version(database) if own_homes(query) else ""


def _step(query: ClusterQuery) -> PeriodKind:
    """The step in which numbers are read: months, but for a scan by the week."""
    return "week" if query.time != "none" and query.time_unit == "week" else "month"


def _period(database: Database, grant: Grant, query: ClusterQuery, day: date) -> tuple[date, date]:
    """Whole steps that hold the days asked for; without these, all there is."""
    start, end = query.start, query.end
    if start is None or end is None:
        found = indicator_table(
            database,
            grant,
            str(query.indicator),
            by=query.by,
            first=start,
            last=end,
            today=day,
            reports=False,
        ).period
        if found is None:
            raise StatisticsError(NO_SHARE)
        start, end = start or found.start, end or found.end
    step = _step(query)
    return period_first_day(start, step), period_last_day(end, step)


def _read(database: Database, grant: Grant, query: ClusterQuery, start: date, end: date, day: date) -> _Read:
    """The numbers of every place in each step: those of the indicator's own table."""
    found, step, first = _Read(), _step(query), start
    while first <= end:
        last = period_last_day(first, step)
        table = indicator_table(
            database, grant, str(query.indicator), by=query.by, first=first, last=last, today=day,
            reports=False,
        )  # fmt: skip
        for row in table.rows:
            if not row.issued:  # what a release tells of provinces outside the scope
                _add(found, row.area.code, first, row.value)
        first = last + timedelta(days=1)
    return found


def _add(found: _Read, code: str, day: date, value: Value) -> None:
    found.unknown += value.unknown or 0
    if value.status not in SHOWN:
        found.odd += value.status is Status.UNKNOWN
        return
    if value.denominator:
        found.seen.add(code)
        found.rows.append((code, day, value.numerator or 0, int(value.denominator)))


def _said(found: _Read) -> dict[str, Any]:
    return {"unknown": found.unknown, "unknown_shares": found.odd}


def _data(
    query: ClusterQuery, found: _Read, known: Mapping[str, Place], start: date, end: date
) -> ClusterData:
    rows = [
        (code, pd.Timestamp(day), many, share, many, share, many, 0, 0)
        for code, day, share, many in found.rows
    ]
    daily = pd.DataFrame(rows, columns=list(_COLUMNS))
    daily["date"] = pd.to_datetime(daily["date"])
    located = with_position(known, None)
    located = located[located["location"].isin(found.seen)].reset_index(drop=True)
    inside = daily["location"].isin(located["location"])
    if not daily.loc[inside, "of"].sum():
        raise StatisticsError(NO_SHARE)
    check_size(query, daily[inside & (daily["count"] > 0)], len(located), start, end)
    cases = daily.loc[inside, ["location", "count", "of", "date"]].rename(columns={"of": "tested"})
    if query.time == "none":
        cases = cases.drop(columns="date")
    return ClusterData(
        daily=daily,
        cases=cases.reset_index(drop=True),
        locations=located,
        not_scanned=[*why_not_scanned(daily[~inside], known), *_nobody(found, known)],
        start=start,
        end=end,
        first_seen=start,
        last_complete=None,
        reports=[],
        facilities_of={},
        silent=pd.DataFrame(columns=["location", "start", "end"]),
        placed=[code for code, place in known.items() if place.placed],
    )


def _nobody(found: _Read, known: Mapping[str, Place]) -> list[dict[str, Any]]:
    """Places where nobody was counted: they are in no circle."""
    empty = {"reason": NOBODY_COUNTED, "records": 0, "cases": 0, "tested": 0}
    return [
        {"location": code} | empty for code, place in known.items() if place.placed and code not in found.seen
    ]
