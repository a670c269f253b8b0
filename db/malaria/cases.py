"""Confirmed cases of malaria as they stand now: those of some weeks one by one, those of villages as sums."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.clusters.case_counts import FOUND
from db.core.scope import Scope
from db.tables import in_scope
from db.tables.records import episode
from surveillance.coverage.indicators import STEPS, all_states
from surveillance.malaria.foci import VillageCases

DISEASE = "malaria"
_ANSWERS = dict(all_states())
#: The day of the diagnosis: of the result, else of the test, else of the visit.
DIAGNOSED: sa.ColumnElement[date] = func.coalesce(
    episode.c.date_result, episode.c.date_tested, episode.c.date_visit
)
_COLUMNS = (
    "facility", "province_care", "date_visit", "date_treated", "origin", "province_infection",
    "commune_infection", "crossing", "date_notified", "date_investigated", "date_responded", "focus",
    "cascade", "detail",
)  # fmt: skip


class Listed(NamedTuple):
    """One case. `treated`, `completed`: answers of its cascade. `items`: those of `detail`."""

    facility: str
    province: str
    diagnosed: date
    began: date | None
    origin: str
    infection: str
    commune: str | None
    crossing: str
    notified: date | None
    investigated: date | None
    responded: date | None
    village: str | None
    treated: bool | None
    completed: bool | None
    items: dict[str, str]


def listed(connection: Connection, scope: Scope, since: date, until: date) -> Iterator[Listed]:
    """Cases that were diagnosed from one day to another, the newest first."""
    query = (
        select(DIAGNOSED.label("diagnosed"), *(episode.c[name] for name in _COLUMNS))
        .where(*_confirmed(scope), DIAGNOSED.between(since, until))
        .order_by(DIAGNOSED.desc(), episode.c.id.desc())
    )
    for row in connection.execute(query).mappings():
        yield _listed(row)


def by_village(connection: Connection, scope: Scope, until: date) -> list[VillageCases]:
    """Cases by village of the focus and origin, up to a day: of records that name a village."""
    rows = connection.execute(
        select(episode.c.focus, episode.c.origin, func.count(), func.max(DIAGNOSED))
        .where(*_confirmed(scope), episode.c.focus.is_not(None), DIAGNOSED.between(date.min, until))
        .group_by(episode.c.focus, episode.c.origin)
    )
    return [VillageCases(village, origin, int(cases), _day(last)) for village, origin, cases, last in rows]


def without_village(connection: Connection, scope: Scope, since: date, until: date) -> int:
    """How many cases that may be local name no village: they stand in no register."""
    brought = ("imported", "relapsing", "induced")
    query = (
        select(func.count())
        .select_from(episode)
        .where(
            *_confirmed(scope),
            episode.c.focus.is_(None),
            episode.c.origin.not_in(brought),
            DIAGNOSED.between(since, until),
        )
    )
    return int(connection.execute(query).scalar_one())


def _confirmed(scope: Scope) -> list[sa.ColumnElement[bool]]:
    return [
        episode.c.superseded_batch.is_(None),
        episode.c.disease == DISEASE,
        episode.c.cascade.in_(FOUND),
        *in_scope.records(scope, "care"),
    ]


def _listed(row: sa.RowMapping) -> Listed:
    answers = dict(zip(STEPS, _ANSWERS[row["cascade"]], strict=True))
    items: dict[str, Any] = json.loads(row["detail"]) if row["detail"] else {}
    return Listed(
        row["facility"],
        row["province_care"],
        _day(row["diagnosed"]),
        row["date_treated"],
        row["origin"],
        row["province_infection"],
        row["commune_infection"],
        row["crossing"],
        row["date_notified"],
        row["date_investigated"],
        row["date_responded"],
        row["focus"],
        answers["treated"],
        answers["completed"],
        {name: str(value) for name, value in items.items()},
    )


def _day(value: date | str) -> date:
    """A day that an expression gave: SQLite gives its text."""
    return date.fromisoformat(value) if isinstance(value, str) else value
