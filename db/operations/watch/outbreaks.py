"""Known outbreaks: made of alerts, entered because no alert told of them, or brought by a file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.engine import Connection

from db.core.engine import Database, write_transaction
from db.core.scope import Scope
from db.operations import audit
from db.operations.lease_queue import moment
from db.tables.watch.alerts import alert, outbreak, outbreak_last

#: Where an outbreak came from.
OF_ALERT, MISSED, FILE = "alert", "missed", "file"
#: The days of 7-1-7, in order.
DATES = ("emerged", "detected", "notified", "responded")


@dataclass(frozen=True)
class Outbreak:
    """One known outbreak; see `db.tables.watch.alerts`."""

    id: int
    name: str
    disease: str
    level: str
    place: str
    province: str | None
    district: str | None
    facility: str | None
    first: date
    last: date | None
    cases: int | None
    source: str
    reference: str | None
    emerged: date | None
    detected: date | None
    notified: date | None
    responded: date | None
    made_at: str
    made_by: str


def spans(database: Database) -> dict[str, list[tuple[str, str, date, date]]]:
    """Kind of place, place, first and last day of each outbreak, by disease; one that goes on has no end."""
    query = select(outbreak).order_by(outbreak.c.id)
    found: dict[str, list[tuple[str, str, date, date]]] = defaultdict(list)
    with database.operations.connect() as connection:
        for row in connection.execute(query):
            found[row.disease].append((row.level, row.place, row.first, row.last or date.max))
    return found


def listed(
    database: Database, scope: Scope, disease: str | None = None, *, before: str | None = None
) -> list[Outbreak]:
    """Known outbreaks of a scope, the newest first. `before`: as known before a moment (UTC, ISO)."""
    query = select(outbreak).where(*within(scope)).order_by(outbreak.c.first.desc(), outbreak.c.id.desc())
    if disease is not None:
        query = query.where(outbreak.c.disease == disease)
    if before is not None:
        query = query.where(outbreak.c.made_at < before)
    with database.operations.connect() as connection:
        found = [Outbreak(**row._mapping) for row in connection.execute(query)]
        if before is None:
            return found
        rows = connection.execute(
            select(outbreak_last).where(outbreak_last.c.at < before).order_by(outbreak_last.c.id)
        )
        then = {row.outbreak: row.last for row in rows}
    return [replace(one, last=then[one.id]) if one.id in then else one for one in found]


def one(database: Database, scope: Scope, number: int) -> Outbreak | None:
    """One outbreak; None where the scope holds no such one."""
    query = select(outbreak).where(outbreak.c.id == number, *within(scope))
    with database.operations.connect() as connection:
        row = connection.execute(query).first()
    return None if row is None else Outbreak(**row._mapping)


def add(database: Database, actor: str, row: Mapping[str, Any], now: datetime) -> int | None:
    """Write an outbreak down; None where one with this reference is held."""
    with write_transaction(database.operations) as connection:
        return _add(connection, actor, row, now)


def add_all(database: Database, actor: str, rows: list[Mapping[str, Any]], now: datetime) -> list[int | None]:
    """Write all outbreaks of a file down in one transaction; None for each that is held."""
    with write_transaction(database.operations) as connection:
        return [_add(connection, actor, row, now) for row in rows]


def _add(connection: Connection, actor: str, row: Mapping[str, Any], now: datetime) -> int | None:
    if connection.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
        connection.exec_driver_sql("LOCK TABLE outbreak IN SHARE ROW EXCLUSIVE MODE")
    reference = row.get("reference")
    if reference:
        held = select(outbreak.c.id).where(outbreak.c.reference == reference)
        if connection.execute(held).first() is not None:
            return None
    made = connection.execute(outbreak.insert().values(dict(row, made_at=moment(now), made_by=actor)))
    number = int(made.inserted_primary_key[0])  # type: ignore[index]
    audit.write(connection, actor, "outbreak noted", {"outbreak": number, "source": row["source"]})
    return number


def of_event(connection: Connection, actor: str, row: Mapping[str, Any], now: datetime) -> int:
    """The number of the outbreak of this name and disease, which is made where there is none."""
    same = select(outbreak.c.id).where(outbreak.c.name == row["name"], outbreak.c.disease == row["disease"])
    held = connection.execute(same.order_by(outbreak.c.id)).first()
    if held is not None:
        return int(held.id)
    number = _add(connection, actor, row, now)
    assert number is not None  # noqa: S101 - it has no reference
    return number


def change(database: Database, scope: Scope, number: int, actor: str, changed: Mapping[str, Any]) -> bool:
    """Change days of an outbreak; whether the scope holds it."""
    with write_transaction(database.operations) as connection:
        if "last" in changed:
            _note_last(connection, scope, number, changed["last"])
        mine = outbreak.update().where(outbreak.c.id == number, *within(scope))
        values = {outbreak.c[name]: value for name, value in changed.items()}
        if not connection.execute(mine.values(values)).rowcount:
            return False
        audit.write(connection, actor, "outbreak changed", {"outbreak": number, "what": sorted(changed)})
        return True


def _note_last(connection: Connection, scope: Scope, number: int, last: date | None) -> None:
    """Write down what the last day is said to be from now on; before the first change what it was."""
    held = connection.execute(select(outbreak).where(outbreak.c.id == number, *within(scope))).first()
    if held is None or held.last == last:
        return
    noted = connection.execute(
        select(outbreak_last.c.id).where(outbreak_last.c.outbreak == number).limit(1)
    ).first()
    rows = [] if noted else [{"outbreak": number, "at": held.made_at, "last": held.last}]
    rows.append({"outbreak": number, "at": moment(datetime.now(UTC)), "last": last})
    connection.execute(outbreak_last.insert(), rows)


def alerts_of(database: Database, scope: Scope, number: int) -> list[int]:
    """Numbers of the alerts that belong to an outbreak."""
    query = select(alert.c.id).where(alert.c.outbreak == number).order_by(alert.c.id)
    with database.operations.connect() as connection:
        if (
            connection.execute(select(outbreak.c.id).where(outbreak.c.id == number, *within(scope))).first()
            is None
        ):
            return []
        return [int(found) for found in connection.execute(query).scalars()]


def within(scope: Scope) -> list[sa.ColumnElement[bool]]:
    """Outbreaks of a scope's places and programmes; those of the whole country are for national accounts."""
    found: list[sa.ColumnElement[bool]] = []
    if scope.diseases is not None:
        found.append(outbreak.c.disease.in_(sorted(scope.diseases)))
    if scope.provinces is not None:
        found.append(
            sa.or_(
                outbreak.c.province.in_(sorted(scope.provinces)),
                sa.and_(outbreak.c.level != "province", outbreak.c.district.in_(sorted(scope.districts))),
                outbreak.c.facility.in_(sorted(scope.facilities)),
            )
        )
    return found
