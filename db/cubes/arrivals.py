"""When records became known: by week of the event, facility, and the file or report that brought them first.

Counted among the records of the disease, as sets; the index leads to those that were seen near the weeks. A
record counts from the first of its versions that counted in these weeks: a case that was a suspect before
became known as a case with the version that says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.core.days_between import days_between
from db.core.scope import Scope
from db.cubes.dated_cells import DATES, of_question, place_column
from db.cubes.query import CubeQuery
from db.tables.records import batch, cascade_state, episode
from surveillance.diseases import DISEASES
from surveillance.epiweek import TIME_ZONE, time_cell_number
from surveillance.errors import NotPermittedError

#: Symptoms begin at most so long before the visit.
_REACH = timedelta(days=366)
_WEEK = 7


class Arrived(NamedTuple):
    """Records of one week and facility that became known together.

    `weeks_back`: of the event, before the last week. `key`: the number of the batch, or how many weeks before
    the last day the report was made; None where the day of report is blank. `place`: of the query's kind,
    blank where places are not told apart.
    """

    weeks_back: int
    place: str
    facility: str
    key: int | None
    records: int


def read(
    connection: Connection,
    scope: Scope,
    query: CubeQuery,
    by: str,
    *,
    last_sunday: date,
    weeks: int,
    as_of: date | None = None,
    cases: bool,
    place: str | None = None,
    by_place: bool = False,
) -> list[Arrived]:
    """Records of some weeks by the file that brought them first, or by the week of their report.

    Parameters
    ----------
    by : {"visit", "onset"}
        What puts a record into a week.
    last_sunday : date
        Last day of the last week.
    weeks : int
        How many weeks are read.
    as_of : date, optional
        Weeks of report are counted back from this day; by default it is the file that is told.
    cases : bool
        Whether those found positive are counted, or all.
    place : str, optional
        One place of the query's kind.
    by_place : bool
        Whether places are told apart.

    Raises
    ------
    NotPermittedError
        HIV or syphilis, which are counted by no facility (decision 6); or a kind of place that does not know
        who gave care, for some provinces.
    """
    if DISEASES[query.disease].sensitive:
        raise NotPermittedError("HIV and syphilis are never counted by facility")
    first = last_sunday - timedelta(days=_WEEK * weeks - 1)
    column = episode.c[DATES[by]]
    back = _weeks_before(last_sunday, column).label("back")
    chosen = [
        *of_question(scope, query, place),
        column.between(first, last_sunday),
        episode.c.period.between(
            time_cell_number(first if by == "visit" else first - _REACH),
            time_cell_number(last_sunday if by == "visit" else last_sunday + _REACH),
        ),
    ]
    weight = _weight(query, cases)
    if as_of is None:
        early = (
            select(episode.c.identity, episode.c.occurrence, func.min(episode.c.batch).label("batch"))
            .join(cascade_state, cascade_state.c.state == episode.c.cascade)
            .where(*chosen, episode.c.superseded_batch.is_not(None), weight > 0)
            .group_by(episode.c.identity, episode.c.occurrence)
            .subquery()
        )
        key: Any = func.coalesce(early.c.batch, episode.c.batch).label("key")
        source = episode.join(cascade_state, cascade_state.c.state == episode.c.cascade).outerjoin(
            early,
            sa.and_(early.c.identity == episode.c.identity, early.c.occurrence == episode.c.occurrence),
        )
    else:
        key = _weeks_before(as_of, episode.c.date_report).label("key")
        source = episode.join(cascade_state, cascade_state.c.state == episode.c.cascade)
    places = [episode.c[place_column(query.dimension)]] if by_place else []
    keys = [back, episode.c.facility, key, *places]
    rows = connection.execute(
        select(*keys, func.sum(weight))
        .select_from(source)
        .where(*chosen, episode.c.superseded_batch.is_(None), weight > 0)
        .group_by(*keys)
    )
    found = []
    for weeks_back, facility, known, *more in rows:
        where, count = more if by_place else ("", *more)
        found.append(
            Arrived(int(weeks_back), where, facility, None if known is None else int(known), int(count))
        )
    return found


def received(connection: Connection) -> Mapping[int, date]:
    """The day in Phnom Penh on which each batch came."""
    rows = connection.execute(select(batch.c.id, batch.c.received_at))
    return {int(number): datetime.fromisoformat(at).astimezone(TIME_ZONE).date() for number, at in rows}


def _weeks_before(day: date, column: sa.ColumnElement[date]) -> sa.ColumnElement[int]:
    """Whole weeks from the day of a column to a day; a later day counts as none."""
    return days_between(sa.literal(day, sa.Date), column).op("/")(sa.literal_column(str(_WEEK)))


def _weight(query: CubeQuery, cases: bool) -> sa.ColumnElement[int]:
    """What a record adds: to the cases, or to all patients."""
    if cases and query.measure == "yield":
        return cascade_state.c[f"{query.measure}_numerator"]
    return cascade_state.c[f"{query.measure}_denominator"] + cascade_state.c[f"{query.measure}_unknown"]
