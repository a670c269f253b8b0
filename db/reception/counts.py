"""Counts of the reception centre by crossing and days, from the stored sums, and the records behind times."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.reception.store import Record, records_where
from db.tables.reception.records import (
    cube_arrival_vans,
    cube_arrivals,
    cube_prevention,
    reception_record,
)
from surveillance.reception.steps import PREVENTION, STEPS, TALLIES, Cell, Place

#: Kinds of record whose moments say how long a step took. Handovers of children are none of them.
_TIMED = ("van", "arrival", "assessment", "service", "session", "referral")


def arrivals(
    connection: Connection, crossings: Iterable[str], since: date, until: date
) -> dict[Cell, dict[str, int]]:
    """People who reached each step, by cell."""
    table = cube_arrivals.c
    query = select(*table).where(table.day.between(since, until), table.crossing.in_(sorted(crossings)))
    width = len(cube_arrivals.c) - len(STEPS)
    return {
        Cell(*row[:width]): dict(zip(STEPS, row[width:], strict=True)) for row in connection.execute(query)
    }


def homes(
    connection: Connection, crossings: Iterable[str], since: date, until: date
) -> dict[tuple[date, str], int]:
    """Arrivals by day and home."""
    table = cube_arrivals.c
    query = (
        select(table.day, table.province_home, func.sum(table.arrived))
        .where(table.day.between(since, until), table.crossing.in_(sorted(crossings)))
        .group_by(table.day, table.province_home)
    )
    return {(day, home): int(people) for day, home, people in connection.execute(query) if people}


def vans(
    connection: Connection, crossings: Iterable[str], since: date, until: date
) -> dict[tuple[date, str], dict[str, int]]:
    """What vans say of themselves, by day and crossing."""
    table = cube_arrival_vans.c
    query = select(*table).where(table.day.between(since, until), table.crossing.in_(sorted(crossings)))
    return {(row[0], row[1]): dict(zip(TALLIES, row[2:], strict=True)) for row in connection.execute(query)}


def last_day(connection: Connection, crossings: Iterable[str]) -> date | None:
    """The last day of which an arrival or a van is held."""
    gates = sorted(crossings)
    days = [
        connection.scalar(select(func.max(table.c.day)).where(table.c.crossing.in_(gates)))
        for table in (cube_arrivals, cube_arrival_vans)
    ]
    return max((day for day in days if day is not None), default=None)


def prevention(connection: Connection, since: date, until: date) -> dict[Place, dict[str, int]]:
    """What households and days of outreach say of themselves."""
    table = cube_prevention.c
    query = select(*table).where(table.day.between(since, until))
    width = len(cube_prevention.c) - len(PREVENTION)
    return {
        Place(*row[:width]): dict(zip(PREVENTION, row[width:], strict=True))
        for row in connection.execute(query)
    }


def last_prevention(connection: Connection) -> date | None:
    """The last day of a household or a day of outreach."""
    return connection.scalar(select(func.max(cube_prevention.c.day)))


def first_day(connection: Connection, crossings: Iterable[str]) -> date | None:
    """The first day of which people were entered."""
    table = cube_arrivals.c
    return connection.scalar(select(func.min(table.day)).where(table.crossing.in_(sorted(crossings))))


def timed(connection: Connection, crossings: Iterable[str], since: date, until: date) -> list[Record]:
    """Records that stand of some days, whose moments say how long steps took."""
    table = reception_record.c
    return records_where(
        connection,
        table.kind.in_(_TIMED),
        table.day.between(since, until),
        table.crossing.in_(sorted(crossings)),
        ~table.withdrawn,
    )
