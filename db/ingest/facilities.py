"""The list of facilities; records already held are placed anew when it changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.aggregates import update as aggregates
from db.cohorts import update as cohorts
from db.core.engine import Database
from db.core.scope import Scope
from db.cubes import update as cubes
from db.indicators import update as indicators
from db.persons import update as persons
from db.retention import persons as archived_persons
from db.retention import places as archived_places
from db.tables import in_scope
from db.tables.records import episode, facility
from surveillance.vocabulary import UNKNOWN

_touched = sa.Table(
    "touched_facility",
    sa.MetaData(),
    sa.Column("facility_key", sa.String(80), primary_key=True),
    prefixes=["TEMPORARY"],
)
#: Columns that decide where a facility's records are counted.
_PLACING = ("facility_id", "province")
#: Columns of its records that follow them.
_PLACED = ("facility", "province_care")


@dataclass(frozen=True)
class FacilityCounts:
    """What became of a list: rows = added + changed + unchanged + rejected."""

    added: int
    changed: int
    unchanged: int


def store(
    database: Database,
    facilities: list[dict[str, Any]],
    note: Callable[[Connection, FacilityCounts], None] = lambda _connection, _counts: None,
) -> FacilityCounts:
    """Add and change facilities, and place their records anew, in one transaction.

    A facility that the list does not name stays as it is, and so does what an item does not hold.

    Parameters
    ----------
    note : callable
        Called at the end of the transaction with what became of the list.
    """
    with database.writing() as connection:
        held = {row["facility_key"]: dict(row) for row in connection.execute(select(facility)).mappings()}
        columns = dict.fromkeys(name for item in facilities for name in item)
        new = [columns | item for item in facilities if item["facility_key"] not in held]
        changed = [
            item
            for item in facilities
            if (old := held.get(item["facility_key"])) and any(old[name] != item[name] for name in item)
        ]
        moved = [item for item in changed if _moves(held[item["facility_key"]], item)]
        keys = [item["facility_key"] for item in (*new, *moved)]
        _touch(connection, keys)
        theirs = sa.and_(
            episode.c.facility_key.in_(select(_touched.c.facility_key)), episode.c.superseded_batch.is_(None)
        )
        with (
            cubes.moved(connection, theirs, _PLACED),
            cohorts.moved(connection, theirs),
            persons.recounted(connection, theirs),
            indicators.listed_elsewhere(connection, theirs),
        ):
            archived_places.add(connection, keys, -1)
            archived_persons.add_places(connection, keys, -1)
            if new:
                connection.execute(facility.insert(), new)
            for item in changed:
                connection.execute(
                    facility.update().where(facility.c.facility_key == item["facility_key"]).values(item)
                )
            _place(connection)
        archived_places.add(connection, keys, 1)
        archived_persons.add_places(connection, keys, 1)
        aggregates.refresh_touched(connection, select(_touched.c.facility_key))
        _touched.drop(connection)
        counts = FacilityCounts(len(new), len(changed), len(facilities) - len(new) - len(changed))
        note(connection, counts)
    return counts


def _moves(old: dict[str, Any], new: dict[str, Any]) -> bool:
    return any(old[name] != new.get(name, old[name]) for name in _PLACING)


def _touch(connection: Connection, keys: list[str]) -> None:
    _touched.create(connection)
    if keys:
        connection.execute(_touched.insert(), [{"facility_key": key} for key in keys])


def _place(connection: Connection) -> None:
    """Write facility and province of care into every version of the touched facilities' records."""

    def of(column: sa.Column) -> sa.ScalarSelect:
        return select(column).where(facility.c.facility_key == episode.c.facility_key).scalar_subquery()

    connection.execute(
        episode.update()
        .where(episode.c.facility_key.in_(select(_touched.c.facility_key)))
        .values(
            facility=func.coalesce(of(facility.c.facility_id), UNKNOWN),
            province_care=func.coalesce(of(facility.c.province), UNKNOWN),
        )
    )


def listed(connection: Connection, scope: Scope) -> list[dict[str, Any]]:
    """Facilities in scope, by number."""
    query = select(facility).order_by(facility.c.facility_id)
    return [dict(row) for row in connection.execute(query.where(*in_scope.facilities(scope))).mappings()]
