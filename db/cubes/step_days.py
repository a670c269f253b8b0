"""Records of a disease by their answers and the days of two steps, or by the items of their detail.

No cube knows these: they are counted among the records of the period, as sets, by the index of disease and
period. Records that are kept as sums only have neither days nor items.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.core.scope import Scope
from db.cubes.dated_cells import place_column
from db.cubes.query import DISTRICT, CubeQuery
from db.tables import in_scope
from db.tables.records import BORDER, episode
from surveillance.diseases import DISEASES
from surveillance.errors import NotPermittedError
from surveillance.strata import CODE, MASK, NUMBER, SHIFT
from surveillance.vocabulary import SENSITIVE_AXES

_NEVER = frozenset({"crossing", "facility", BORDER, DISTRICT})


def days(
    connection: Connection, scope: Scope, query: CubeQuery, first: str, second: str, place: str | None = None
) -> list[tuple[int, date | None, date | None, int]]:
    """How many records have the same answers and the same two days.

    Raises
    ------
    NotPermittedError
        HIV or syphilis by crossing, facility, movement or activity; or a kind of place that does not know who
        gave care, for some provinces.
    """
    if query.first is None or query.last is None:
        return []
    keys = (episode.c.cascade, episode.c[first], episode.c[second])
    rows = connection.execute(
        select(*keys, func.count()).where(*_chosen(scope, query, place)).group_by(*keys)
    )
    return [(int(state), one, other, int(people)) for state, one, other, people in rows]


def details(
    connection: Connection, scope: Scope, query: CubeQuery, place: str | None = None
) -> list[tuple[int, Mapping[str, str], str, int]]:
    """How many records have the same answers, the same items of their detail, and the same sex.

    Raises
    ------
    NotPermittedError
        As with :func:`days`.
    """
    if query.first is None or query.last is None:
        return []
    sex = episode.c.stratum.op(">>")(SHIFT["sex"]).op("&")(MASK)
    keys = (episode.c.cascade, episode.c.detail, sex.label("sex"))
    rows = connection.execute(
        select(*keys, func.count()).where(*_chosen(scope, query, place)).group_by(*keys)
    )
    return [
        (int(state), json.loads(detail) if detail else {}, CODE["sex"][number], int(people))
        for state, detail, number, people in rows
    ]


def _chosen(scope: Scope, query: CubeQuery, place: str | None) -> list[sa.ColumnElement[bool]]:
    if DISEASES[query.disease].sensitive and (
        query.dimension in _NEVER or not SENSITIVE_AXES.isdisjoint(query.filters)
    ):
        raise NotPermittedError("HIV and syphilis are never counted by crossing, facility or movement")
    found = [
        episode.c.superseded_batch.is_(None),
        episode.c.disease == query.disease,
        episode.c.period.between(query.first, query.last),
        *in_scope.records(scope, query.dimension),
    ]
    if place is not None:
        found.append(query.named(episode.c[place_column(query.dimension)], episode.c.period, place))
    for axis, codes in query.filters.items():
        bits = [NUMBER[axis][code] << SHIFT[axis] for code in codes]
        found.append(episode.c.stratum.op("&")(MASK << SHIFT[axis]).in_(bits))
    if query.stays is not None:
        found.append(query.stays.condition(episode.c.facility.in_, episode.c.period))
    return found
