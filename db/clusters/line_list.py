"""The records that a question counts, one by one, as they stand now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.clusters.case_counts import DISTRICT, LINE_COLUMNS, axis_value, shown_line
from db.core.scope import Scope
from db.core.stays import Stays
from db.tables import in_scope
from db.tables.districts import placed
from db.tables.records import DIMENSIONS, episode
from surveillance.diseases import DISEASES
from surveillance.errors import NotPermittedError
from surveillance.strata import NUMBER


@dataclass(frozen=True)
class RecordQuery:
    """Which records: of one disease, seen from `start` to `end`, of one area of one kind of place.

    `by_start`: the days are those on which treatment began. `groups`: axis -> codes that are kept. `stays`:
    only those of facilities while they lay in remote areas, or all else.
    """

    disease: str
    dimension: str
    start: date
    end: date
    area: str | None = None
    by_start: bool = False
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)
    stays: Stays | None = None


def count(connection: Connection, scope: Scope, query: RecordQuery) -> int:
    """How many there are.

    Raises
    ------
    NotPermittedError
        As with :func:`lines`.
    """
    found = select(func.count()).select_from(episode).where(*_conditions(scope, query))
    return int(connection.execute(found).scalar_one())


def lines(connection: Connection, scope: Scope, query: RecordQuery) -> Iterator[dict[str, Any]]:
    """The records by day, columns `LINE_COLUMNS`: none that names a person, an arrival, a legal status, or a
    record.

    Raises
    ------
    NotPermittedError
        The disease is HIV or syphilis, or a limited scope asks by home or place of infection.
    """
    columns = [episode.c[name] for name in LINE_COLUMNS]
    listed = select(*columns).where(*_conditions(scope, query)).order_by(episode.c.date_visit, episode.c.id)
    for row in connection.execute(listed).mappings():
        yield shown_line(dict(row))


def _conditions(scope: Scope, query: RecordQuery) -> list[sa.ColumnElement[bool]]:
    if DISEASES[query.disease].sensitive:
        raise NotPermittedError("HIV and syphilis have no line list")
    day: sa.ColumnElement[date] = episode.c.date_visit
    conditions = [episode.c.superseded_batch.is_(None), episode.c.disease == query.disease]
    if query.by_start:
        day = func.coalesce(episode.c.date_treated, episode.c.date_visit)
        conditions.append(episode.c.start_period.is_not(None))
    conditions += [day >= query.start, day <= query.end]
    conditions += in_scope.records(scope, query.dimension)
    if query.area is not None and query.dimension == DISTRICT:
        cell = episode.c.start_period if query.by_start else episode.c.period
        conditions.append(placed.of_record(cell) == query.area)
    elif query.area is not None:
        conditions.append(episode.c[DIMENSIONS[query.dimension]] == query.area)
    for axis, codes in query.groups.items():
        conditions.append(axis_value(axis).in_([NUMBER[axis][code] for code in codes]))
    if query.stays is not None:
        cell = episode.c.start_period if query.by_start else episode.c.period
        conditions.append(query.stays.condition(episode.c.facility.in_, cell))
    return conditions
