"""Sums over the records of a reception centre: changed by the difference, and made anew to compare."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple, Protocol

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.engine import Connection

from db.tables.reception.records import CUBES
from surveillance.reception import steps
from surveillance.reception.flows import FLOWS, flows
from surveillance.reception.lasting import COURSES, LASTING, course, lasted


class Placed(Protocol):
    """What is summed of a record."""

    @property
    def key(self) -> tuple[str, str, str]: ...
    @property
    def group(self) -> str: ...
    @property
    def day(self) -> date: ...
    @property
    def crossing(self) -> str: ...
    @property
    def fields(self) -> str: ...


class Sums(NamedTuple):
    """People by cell and step; vans; households and outreach; how long steps took; referrals; flows."""

    people: Counter[tuple[Any, str]]
    vans: Counter[tuple[Any, str]]
    prevention: Counter[tuple[Any, str]]
    lasting: Counter[tuple[Any, str]]
    courses: Counter[tuple[Any, str]]
    flows: Counter[tuple[Any, str]]

    @classmethod
    def none(cls) -> Sums:
        """Of nothing."""
        return cls(*(Counter() for _ in cls._fields))

    def add(self, other: Sums) -> None:
        """Add others to these."""
        for mine, theirs in zip(self, other, strict=True):
            mine.update(theirs)


#: Rows that are asked for by their keys.
_FEW = 200
#: Names of the numbers of each table of sums.
NUMBERS = (steps.STEPS, steps.TALLIES, steps.PREVENTION, LASTING, COURSES, FLOWS)


def of(records: Iterable[Placed]) -> Sums:
    """The sums of some records: those of a van have to be all there."""
    groups: dict[str, list[Placed]] = {}
    for one in records:
        groups.setdefault(one.group, []).append(one)
    found = Sums.none()
    for group in groups.values():
        fields = {one.key: json.loads(one.fields) for one in group}
        days = {one.key[1]: (one.day, one.crossing) for one in group if one.key[0] == "arrival"}
        found.people.update(steps.sums(steps.people(fields, days)))
        found.lasting.update(lasted(fields, days))
        found.flows.update(flows(fields, days))
        for one in group:
            if one.key[0] == "van":
                said = steps.tally(fields[one.key])
                found.vans.update({((one.day, one.crossing), name): n for name, n in said.items()})
            elif one.key[0] == "session" and steps.is_held(fields[one.key]):
                found.vans[(one.day, one.crossing), "sessions"] += 1
            elif one.key[0] in ("household", "outreach"):
                place, said = steps.prevention(one.key[0], fields[one.key], one.day)
                found.prevention.update({(place, name): n for name, n in said.items()})
            elif one.key[0] == "referral" and (came := course(fields[one.key], one.day, one.crossing)):
                found.courses[came, COURSES[0]] += 1
    return found


def change(connection: Connection, before: Sums, after: Sums, tables: Sequence[sa.Table] = CUBES) -> None:
    """Take what was from the stored sums, and add what is."""
    for table, names, old, new in zip(tables, NUMBERS, before, after, strict=True):
        _change(connection, table, names, _difference(old, new))


def stored(connection: Connection, tables: Sequence[sa.Table] = CUBES) -> Sums:
    """Every stored sum, under plain keys."""
    return Sums(
        *(
            Counter(
                {
                    (key, name): value
                    for key, values in _read(connection, table, names, ()).items()
                    for name, value in zip(names, values, strict=True)
                    if value
                }
            )
            for table, names in zip(tables, NUMBERS, strict=True)
        )
    )


def _difference(before: Counter[Any], after: Counter[Any]) -> dict[Any, dict[str, int]]:
    found: dict[Any, dict[str, int]] = {}
    for cell, name in before.keys() | after.keys():
        if more := after[cell, name] - before[cell, name]:
            found.setdefault(tuple(cell), {})[name] = more
    return found


def _change(
    connection: Connection, table: sa.Table, names: tuple[str, ...], more: dict[Any, dict[str, int]]
) -> None:
    if not more:
        return
    days = sorted({cell[0] for cell in more})
    keys = [column for column in table.c if column.primary_key]
    wanted: sa.ColumnElement[bool] = table.c.day.between(days[0], days[-1])
    if len(more) <= _FEW:  # an entry of a desk changes some rows of a day's thousands
        wanted = sa.and_(wanted, sa.tuple_(*keys).in_(list(more)))
    held = _read(connection, table, names, (wanted,))
    gone: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    for cell, differences in more.items():
        before = held.get(cell)
        values = {
            name: (before[at] if before else 0) + differences.get(name, 0) for at, name in enumerate(names)
        }
        if before:
            gone.append({f"old_{column.name}": part for column, part in zip(keys, cell, strict=True)})
        if any(values.values()):
            rows.append({column.name: part for column, part in zip(keys, cell, strict=True)} | values)
    if gone:
        same = [column == sa.bindparam(f"old_{column.name}") for column in keys]
        connection.execute(table.delete().where(*same), gone)
    if rows:
        connection.execute(table.insert(), rows)


def _read(
    connection: Connection,
    table: sa.Table,
    names: tuple[str, ...],
    conditions: tuple[sa.ColumnElement[bool], ...],
) -> dict[tuple[Any, ...], tuple[int, ...]]:
    width = len(table.c) - len(names)
    rows = connection.execute(select(*table.c).where(*conditions))
    return {tuple(row[:width]): tuple(row[width:]) for row in rows}
