"""Counts of the reception centre by crossing and days, from the stored sums, and the records behind times."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.reception.store import Record, records_where
from db.tables.reception.records import cube_arrival_vans, cube_arrivals, reception_record
from surveillance.reception.steps import STEPS, TALLIES, Cell

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
