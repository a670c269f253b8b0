"""Counts of the reception centre by crossing and days, from the stored sums; and records that wait."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.engine import Connection

from db.tables.reception.records import (
    cube_arrival_times,
    cube_arrival_vans,
    cube_arrivals,
    cube_prevention,
    cube_referrals,
    reception_record,
    sum_gap,
)
from surveillance.reception.lasting import Course
from surveillance.reception.steps import PREVENTION, STEPS, TALLIES, Cell, Place
from surveillance.reception.vocabulary import SERVICES, tested_disease

_R = reception_record.c


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
    people, vans = cube_arrivals.c, cube_arrival_vans.c
    days = [
        connection.scalar(select(func.max(people.day)).where(people.crossing.in_(gates))),
        connection.scalar(select(func.max(vans.day)).where(vans.crossing.in_(gates), vans.vans > 0)),
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


def arrivals_by(
    connection: Connection, crossings: Iterable[str], since: date, until: date, by: Collection[str]
) -> dict[Cell, dict[str, int]]:
    """People who reached each step, by day, crossing and the keys that are wanted; the others are blank."""
    table = cube_arrivals.c
    keys = ("day", "crossing", *(name for name in Cell._fields[2:] if name in by))
    query = (
        select(*(table[name] for name in keys), *(func.sum(table[step]) for step in STEPS))
        .where(table.day.between(since, until), table.crossing.in_(sorted(crossings)))
        .group_by(*(table[name] for name in keys))
    )
    found = {}
    for row in connection.execute(query):
        parts = dict.fromkeys(Cell._fields, "") | dict(zip(keys, row, strict=False))
        found[Cell(**parts)] = dict(zip(STEPS, map(int, row[len(keys) :]), strict=True))
    return found


def lasting(
    connection: Connection, crossings: Iterable[str], since: date, until: date
) -> dict[str, dict[int, int]]:
    """How many people each step took so many minutes."""
    table = cube_arrival_times.c
    query = (
        select(table.step, table.minutes, func.sum(table.people))
        .where(table.day.between(since, until), table.crossing.in_(sorted(crossings)))
        .group_by(table.step, table.minutes)
    )
    found: dict[str, dict[int, int]] = {}
    for step, minutes, people in connection.execute(query):
        found.setdefault(step, {})[minutes] = int(people)
    return found


def waiting(connection: Connection, crossings: Iterable[str], since: date, until: date) -> dict[str, int]:
    """Who arrived on some days and waits: for the nurse, with an urgent need, for a result."""
    assessment = reception_record.alias("assessment")
    seen = select(assessment.c.subject).where(
        assessment.c.subject == _R.subject, assessment.c.kind == "assessment", ~assessment.c.withdrawn
    )
    some = (*_standing(crossings, since, until),)
    tests = [code for code in (value.code for value in SERVICES) if tested_disease(code)]
    asked = {
        "assessment": (_R.kind == "arrival", ~seen.exists()),
        "urgent": (_R.kind == "assessment", _says('"danger_signs":["'), ~_says('"urgent_met_at":')),
        "result": (_R.kind == "service", _R.item.in_(tests), _says('"done":true'), ~_says('"result":')),
    }
    return {name: _number(connection, *some, *conditions) for name, conditions in asked.items()}


def courses(connection: Connection, crossings: Iterable[str], since: date, until: date) -> dict[Course, int]:
    """How many referrals of some days went each way."""
    table = cube_referrals.c
    query = select(*table).where(table.day.between(since, until), table.crossing.in_(sorted(crossings)))
    return {Course(*row[:-1]): row[-1] for row in connection.execute(query)}


def lost(connection: Connection, crossings: Iterable[str], since: date, until: date, sent_by: date) -> int:
    """How many referrals of some days were sent by a day, and have not arrived."""
    table = cube_referrals.c
    where = (table.day.between(since, until), table.crossing.in_(sorted(crossings)))
    query = select(func.sum(table.referrals)).where(*where, table.sent <= sent_by, table.arrived == "")
    return int(connection.scalar(query) or 0)


def gaps(connection: Connection, crossings: Iterable[str], since: date) -> dict[str, date]:
    """What old sums do not say of some day since then, and up to which day."""
    table = sum_gap.c
    query = (
        select(table.what, func.max(table.until))
        .where(table.crossing.in_(sorted(crossings)), table.until >= since)
        .group_by(table.what)
    )
    return {row.what: row[1] for row in connection.execute(query)}


def _standing(
    crossings: Iterable[str], since: date, until: date
) -> tuple[ColumnElement[bool], ColumnElement[bool], ColumnElement[bool]]:
    return _R.day.between(since, until), _R.crossing.in_(sorted(crossings)), ~_R.withdrawn


def _says(text: str) -> ColumnElement[bool]:
    """Whether a record's fields hold a text: they are JSON without blanks, of codes and numbers alone."""
    return _R.fields.contains(text, autoescape=True)


def _number(connection: Connection, *conditions: ColumnElement[bool]) -> int:
    return int(connection.scalar(select(func.count()).select_from(reception_record).where(*conditions)) or 0)
