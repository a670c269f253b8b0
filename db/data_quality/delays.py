"""Days from one event of a record to another, or to the file that brought it, by level: counted as sets.

Records of HIV and syphilis are left out: they are counted by no facility (decision 6).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.core.days_between import days_between
from db.core.scope import Scope
from db.tables import in_scope
from db.tables.records import episode
from surveillance.diseases import DISEASES
from surveillance.epiweek import time_cell_number

#: Events of a record -> their columns; the arrival is that of the file.
EVENTS = {"onset": "date_onset", "visit": "date_visit", "report": "date_report"}
#: Levels -> the column of a record.
LEVELS = {"country": None, "province": "province_care", "facility": "facility"}
_TOLD = tuple(code for code, disease in DISEASES.items() if not disease.sensitive)


class Waited(NamedTuple):
    """Records of one group. `key`: days from the first event to the second, or the number of the file that
    brought the record first; `age`: days from the first event to the last day."""

    group: str
    key: int
    age: int
    records: int


def waited(
    connection: Connection,
    scope: Scope,
    *,
    begins: str,
    ends: str | None,
    by: str,
    first: date,
    last: date,
    disease: str | None = None,
) -> list[Waited]:
    """Records whose first event lies within some days.

    Parameters
    ----------
    begins, ends : str
        Events; None: the arrival of the file.
    by : {"country", "province", "facility"}
    first, last : date
        Ages are counted back from the last day.
    disease : str, optional
        One of those that are not sensitive; all of them by default.
    """
    start = episode.c[EVENTS[begins]]
    diseases = scope.covered([disease] if disease in _TOLD else _TOLD if disease is None else [])
    near = timedelta(days=366)
    chosen = [
        episode.c.disease.in_(diseases),
        episode.c.period.between(time_cell_number(first - near), time_cell_number(last + near)),
        start.between(first, last),
        *in_scope.records(scope, "facility"),
    ]
    age = days_between(sa.literal(last, sa.Date), start).label("age")
    source: Any = episode
    if ends is None:
        early = (
            select(episode.c.identity, episode.c.occurrence, func.min(episode.c.batch).label("batch"))
            .where(*chosen, episode.c.superseded_batch.is_not(None))
            .group_by(episode.c.identity, episode.c.occurrence)
            .subquery()
        )
        same = (early.c.identity == episode.c.identity) & (early.c.occurrence == episode.c.occurrence)
        source = episode.outerjoin(early, same)
        key = func.coalesce(early.c.batch, episode.c.batch).label("key")
        known: list[sa.ColumnElement[bool]] = []
    else:
        key = days_between(episode.c[EVENTS[ends]], start).label("key")
        known = [episode.c[EVENTS[ends]].is_not(None)]
    column = LEVELS[by]
    groups = [] if column is None else [episode.c[column]]
    rows = connection.execute(
        select(key, age, func.count(), *groups)
        .select_from(source)
        .where(*chosen, *known, episode.c.superseded_batch.is_(None))
        .group_by(key, age, *groups)
    )
    return [
        Waited(more[0] if more else "", int(found), int(days), int(records))
        for found, days, records, *more in rows
    ]
