"""Records of a disease grouped by what rules of alerts look at: facility, day, and facts of a case."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy import case, func, select
from sqlalchemy.engine import Connection

from db.clusters.case_counts import POSITIVE, TESTED
from db.core.scope import Scope
from db.tables import in_scope
from db.tables.records import episode
from surveillance.alerts.counted import By, Facts, Tally
from surveillance.diseases import DISEASES
from surveillance.errors import NotPermittedError
from surveillance.vocabulary import UNKNOWN

#: How the infection's place begins where it was in this country.
_HERE = "KH%"
_FROM_2, _FROM_5 = 2, 5


def tallies(
    connection: Connection,
    scope: Scope,
    disease: str,
    since: date,
    until: date,
    *,
    by: By = "facility",
    reported: bool = False,
) -> list[Tally]:
    """Group current records seen from one day to another; `reported`: by the day of report, too.

    Raises
    ------
    NotPermittedError
        HIV or syphilis, which are never counted by facility; or the scope knows no such places.
    """
    if DISEASES[disease].sensitive:
        raise NotPermittedError("HIV and syphilis are never counted by facility")
    column = episode.c
    positive = case((column.cascade.in_(POSITIVE), 1), (column.cascade.in_(TESTED), 0), else_=-1)
    infected = column.province_infection
    place = {"facility": column.facility, "crossing": column.crossing, "infection": infected}[by]
    known = func.coalesce(column.date_report, column.date_visit) if reported else column.date_visit
    keys = [
        place.label("place"),
        (column.province_care if by == "facility" else sa.literal("")).label("province_care"),
        column.date_visit,
        known.label("known"),
        column.case_status,
        column.test_method,
        positive.label("positive"),
        column.origin,
        _flag(sa.and_(infected != UNKNOWN, infected.not_like(_HERE))).label("abroad"),
        _flag(column.outcome == "died").label("died"),
        _flag(func.coalesce(column.detail, "").like('%"dehydration":"severe"%')).label("severe"),
        _flag(func.coalesce(column.age_years, -1) >= _FROM_2).label("from_2"),
        _flag(func.coalesce(column.age_years, -1) >= _FROM_5).label("from_5"),
    ]
    rows = connection.execute(
        select(*keys, func.count().label("records"))
        .where(
            column.superseded_batch.is_(None),
            column.disease == disease,
            column.date_visit.between(since, until),
            *in_scope.records(scope, by),
        )
        .group_by(*keys)
    )
    return [_tally(disease, row) for row in rows]


def held(connection: Connection, disease: str) -> int:
    """How many current records of a disease there are."""
    query = select(func.count()).where(episode.c.superseded_batch.is_(None), episode.c.disease == disease)
    return int(connection.execute(query).scalar_one())


def _flag(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return case((condition, 1), else_=0)


def _tally(disease: str, row: sa.Row) -> Tally:
    facts = Facts(
        disease,
        row.case_status if row.case_status != UNKNOWN else None,
        row.test_method if row.test_method != UNKNOWN else None,
        {1: True, 0: False}.get(row.positive),
        row.origin if row.origin != UNKNOWN else None,
        bool(row.abroad),
        bool(row.died),
        bool(row.severe),
        bool(row.from_2),
        bool(row.from_5),
    )
    return Tally(row.place, row.province_care, row.date_visit, facts, int(row.records), row.known)
