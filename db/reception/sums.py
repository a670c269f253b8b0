"""Sums over the records of a reception centre: changed by the difference, and made anew to compare."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple, Protocol

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.engine import Connection

from db.tables.reception.records import cube_arrival_vans, cube_arrivals
from surveillance.reception import steps


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
    """People by cell and step; what vans say, by day, crossing and tally."""

    people: Counter[tuple[steps.Cell, str]]
    vans: Counter[tuple[tuple[date, str], str]]


def of(records: Iterable[Placed]) -> Sums:
    """The sums of some records: those of a van have to be all there."""
    groups: dict[str, list[Placed]] = {}
    for one in records:
        groups.setdefault(one.group, []).append(one)
    found = Sums(Counter(), Counter())
    for group in groups.values():
        fields = {one.key: json.loads(one.fields) for one in group}
        days = {one.key[1]: (one.day, one.crossing) for one in group if one.key[0] == "arrival"}
        found.people.update(steps.sums(steps.people(fields, days)))
        for one in group:
            if one.key[0] == "van":
                said = steps.tally(fields[one.key])
                found.vans.update({((one.day, one.crossing), name): n for name, n in said.items()})
    return found


def change(connection: Connection, before: Sums, after: Sums) -> None:
    """Take what was from the stored sums, and add what is."""
    _change(connection, cube_arrivals, steps.STEPS, _difference(before.people, after.people))
    _change(connection, cube_arrival_vans, steps.TALLIES, _difference(before.vans, after.vans))


def stored(connection: Connection) -> Sums:
    """Every stored sum."""
    people, vans = (
        Counter(
            {
                (key, name): value
                for key, values in _read(connection, table, names, ()).items()
                for name, value in zip(names, values, strict=True)
                if value
            }
        )
        for table, names in ((cube_arrivals, steps.STEPS), (cube_arrival_vans, steps.TALLIES))
    )
    return Sums(Counter({(steps.Cell(*cell), step): n for (cell, step), n in people.items()}), vans)


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
    held = _read(connection, table, names, (table.c.day.between(days[0], days[-1]),))
    keys = [column for column in table.c if column.primary_key]
    gone, rows = [], []
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
