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
    held = episode.c
    positive = case((held.cascade.in_(POSITIVE), 1), (held.cascade.in_(TESTED), 0), else_=-1)
    infected = held.province_infection
    place = {"facility": held.facility, "crossing": held.crossing, "infection": infected}[by]
    known = func.coalesce(held.date_report, held.date_visit) if reported else held.date_visit
    keys = [
        place.label("place"),
        (held.province_care if by == "facility" else sa.literal("")).label("province_care"),
        held.date_visit,
        known.label("known"),
        held.case_status,
        held.test_method,
        positive.label("positive"),
        held.origin,
        _flag(sa.and_(infected != UNKNOWN, infected.not_like(_HERE))).label("abroad"),
        _flag(held.outcome == "died").label("died"),
        _flag(func.coalesce(held.detail, "").like('%"dehydration":"severe"%')).label("severe"),
        _flag(func.coalesce(held.age_years, -1) >= _FROM_2).label("from_2"),
        _flag(func.coalesce(held.age_years, -1) >= _FROM_5).label("from_5"),
    ]
    rows = connection.execute(
        select(*keys, func.count().label("records"))
        .where(
            held.superseded_batch.is_(None),
            held.disease == disease,
            held.date_visit.between(since, until),
            *in_scope.records(scope, by),
        )
        .group_by(*keys)
    )
    return [_tally(disease, row) for row in rows]


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
