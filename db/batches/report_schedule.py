"""How often and by when facilities report on one disease: kept beside the facility list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from db.core.scope import Scope
from db.tables import in_scope
from db.tables.deliveries import report_schedule
from db.tables.records import facility

COLUMNS: tuple[str, ...] = tuple(column.name for column in report_schedule.columns)


def unlisted(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Of some keys those of no facility of the list."""
    return set(keys) - set(connection.execute(select(facility.c.facility_key)).scalars())


def put(connection: Connection, rows: Sequence[dict[str, Any]]) -> tuple[int, int]:
    """Keep rows, each by facility and disease; how many are new, and how many changed."""
    own = report_schedule.c
    held = {
        (row["facility_key"], row["disease"]): dict(row)
        for row in connection.execute(select(report_schedule)).mappings()
    }
    new = [row for row in rows if (row["facility_key"], row["disease"]) not in held]
    changed = [row for row in rows if row not in new and held[row["facility_key"], row["disease"]] != row]
    if new:
        connection.execute(report_schedule.insert(), new)
    for row in changed:
        mine = (own.facility_key == row["facility_key"], own.disease == row["disease"])
        connection.execute(report_schedule.update().where(*mine).values(row))
    return len(new), len(changed)


def of_disease(connection: Connection, scope: Scope, disease: str) -> dict[str, dict[str, Any]]:
    """Facilities of the list with a schedule of their own for a disease."""
    query = (
        select(facility.c.facility_id, report_schedule)
        .join(report_schedule, report_schedule.c.facility_key == facility.c.facility_key)
        .where(report_schedule.c.disease == disease, *in_scope.facilities(scope))
    )
    return {row["facility_id"]: dict(row) for row in connection.execute(query).mappings()}
