"""Counts of records by the day of visit, onset or report, and by group or origin: as known now, or earlier.

No cube knows the day of onset or report, nor the origin of a case: these are counted among the records of the
period, as sets. The index leads to the records of the disease that were seen up to a year before or after.
A day more than a year from the period is taken for a mistake: its record counts as one without the day.
Records that are kept as sums only have no days.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.core.scope import Scope
from db.cubes.query import DISTRICT, CubeQuery
from db.tables import in_scope
from db.tables.records import BORDER, DIMENSIONS, cascade_state, episode
from surveillance.diseases import DISEASES
from surveillance.epiweek import day_of_number, time_cell_last_day, time_cell_number
from surveillance.errors import NotPermittedError
from surveillance.strata import CODE, MASK, NUMBER, SHIFT
from surveillance.vocabulary import SENSITIVE_AXES

#: What a curve is drawn by -> the column of a record.
DATES = {"visit": "date_visit", "onset": "date_onset", "report": "date_report"}
#: How cases were acquired: no axis, and in no cube.
ORIGIN = "origin"
_REACH = timedelta(days=366)
_NEVER = frozenset({"crossing", "facility", BORDER, DISTRICT})
_BY_CARE = frozenset({"care", "facility", BORDER})


class Dated(NamedTuple):
    """Records of one day and one part.

    `day` is None for records seen in the period without the date, or with one more than a year away.
    """

    day: date | None
    part: str
    records: int
    numerator: int
    denominator: int
    unknown: int


def read(
    connection: Connection,
    scope: Scope,
    query: CubeQuery,
    by: str,
    *,
    place: str | None = None,
    part: str | None = None,
    number: int | None = None,
) -> list[Dated]:
    """Counts of the records that are dated from `query.first` to `query.last`.

    Parameters
    ----------
    by : {"visit", "onset", "report"}
    place : str, optional
        One place of the query's kind; by default all together.
    part : str, optional
        An axis, or `ORIGIN`: counts are by its values, too.
    number : int, optional
        As it was known when this batch had come; by default as it is known now.

    Raises
    ------
    NotPermittedError
        HIV or syphilis by crossing, facility, movement, activity or residence; or a kind of place that does
        not know who gave care, for some provinces.
    """
    if query.first is None or query.last is None:
        return []
    keys = [episode.c[DATES[by]], *_part(part)]
    sums = [cascade_state.c[f"{query.measure}_{name}"] for name in ("numerator", "denominator", "unknown")]
    rows = connection.execute(
        select(*keys, func.count(), *(func.sum(column) for column in sums))
        .join(cascade_state, cascade_state.c.state == episode.c.cascade)
        .where(*_chosen(scope, query, by, place, part), held(number))
        .group_by(*keys)
    )
    names = CODE.get(part or "")
    found = []
    first, last = _reach(query)
    for dated, *others in rows:
        day = dated if dated is not None and first <= dated <= last else None
        value: Any = others[0] if part else ""
        counts = (int(count) for count in others[-4:])
        found.append(Dated(day, names[value] if names else value, *counts))
    return found


def _chosen(
    scope: Scope, query: CubeQuery, by: str, place: str | None, part: str | None
) -> list[sa.ColumnElement[bool]]:
    axes = {*query.filters, *filter(None, (part,))}
    if DISEASES[query.disease].sensitive and (
        query.dimension in _NEVER or not SENSITIVE_AXES.isdisjoint(axes)
    ):
        raise NotPermittedError(
            "HIV and syphilis are never counted by crossing, facility, movement or residence"
        )
    first, last = _days(query)
    seen = episode.c.period.between(query.first, query.last)
    column = episode.c[DATES[by]]
    found: list[sa.ColumnElement[bool]] = [episode.c.disease == query.disease]
    if by == "visit":
        found.append(seen)
    else:
        begin, end = _reach(query)
        found.append(episode.c.period.between(time_cell_number(begin), time_cell_number(end)))
        far = sa.or_(column.is_(None), ~column.between(begin, end))
        found.append(sa.or_(column.between(first, last), sa.and_(far, seen)))
    return found + of_question(scope, query, place)[1:]


def of_question(scope: Scope, query: CubeQuery, place: str | None = None) -> list[sa.ColumnElement[bool]]:
    """Conditions on the records of a question, whatever their days: first the disease."""
    found = [episode.c.disease == query.disease]
    if place is not None:
        found.append(query.named(episode.c[place_column(query.dimension)], episode.c.period, place))
    found += in_scope.records(scope, query.dimension)
    if query.stays is not None:
        found.append(query.stays.condition(episode.c.facility.in_, episode.c.period))
    for axis, codes in query.filters.items():
        bits = [NUMBER[axis][code] << SHIFT[axis] for code in codes]
        found.append(episode.c.stratum.op("&")(MASK << SHIFT[axis]).in_(bits))
    return found


def _days(query: CubeQuery) -> tuple[date, date]:
    return day_of_number(query.first or 0), time_cell_last_day(day_of_number(query.last or 0))


def _reach(query: CubeQuery) -> tuple[date, date]:
    """A year around the period."""
    first, last = _days(query)
    return first - _REACH, last + _REACH


def place_column(dimension: str) -> str:
    """The column of a record that names its place of a kind."""
    return DIMENSIONS[{BORDER: "crossing", DISTRICT: "facility"}.get(dimension, dimension)]


def held(number: int | None) -> sa.ColumnElement[bool]:
    """Versions that are current, or were when a batch had come."""
    ended = episode.c.superseded_batch
    if number is None:
        return ended.is_(None)
    return sa.and_(episode.c.batch <= number, sa.or_(ended.is_(None), ended > number))


def _part(part: str | None) -> list[sa.ColumnElement[Any]]:
    if part is None:
        return []
    if part == ORIGIN:
        return [episode.c.origin]
    return [episode.c.stratum.op(">>")(SHIFT[part]).op("&")(MASK).label("part")]
