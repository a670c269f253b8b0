"""Whether records are what their entries say, and sums what the records say; mending both."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.engine import Connection

from db.core.bulk import insert_rows
from db.reception import sums
from db.reception.store import Record, entries_of, made_from, placed_in_time, records_where, storable
from db.tables.reception.records import (
    CUBES,
    SEALED,
    cube_arrival_flows,
    cube_arrival_times,
    reception_entry,
    reception_record,
)

#: Vans, or people without one, that are looked at together; differences that are named.
_AT_ONCE, _NAMED = 200, 5
_T = reception_record.c
_GROUP = sa.case((_T.van == "", _T.subject), else_=_T.van)


class Difference(NamedTuple):
    """A table that does not hold what it should: how many rows, and the keys of some."""

    table: str
    rows: int
    examples: tuple[tuple[Any, ...], ...]


def check(connection: Connection, *, rebuild: bool) -> list[Difference]:
    """Compare everything with the entries; with `rebuild`, write what it should be."""
    expected = sums.stored(connection, SEALED)
    wrong: list[tuple[Any, ...]] = []
    mended: list[Record] = []
    for held in _groups(connection):
        made = placed_in_time(made_from(entries_of(connection, {one.subject for one in held})))
        before = {one.key: one for one in held}
        wrong += [key for key in before.keys() | made.keys() if before.get(key) != made.get(key)]
        expected.add(sums.of(made.values()))
        if rebuild:
            mended += made.values()
    wrong += _lost(connection)
    found = [Difference(reception_record.name, len(wrong), tuple(sorted(wrong)[:_NAMED]))] if wrong else []
    found += _sums_differ(connection, expected)
    if rebuild and found:
        _mend(connection, mended, expected)
    return found


def fill_times_if_empty(connection: Connection) -> None:
    """Sum how long steps took, of records that were held before these sums were."""
    if connection.execute(select(cube_arrival_times.c.day).limit(1)).first() is not None:
        return
    for held in _groups(connection):
        of_times = sums.Sums.none()
        of_times.lasting.update(sums.of(held).lasting)
        sums.change(connection, sums.Sums.none(), of_times)


def fill_flows_if_empty(connection: Connection) -> None:
    """Sum where people come from and go to, of arrivals that were held before these sums were."""
    if connection.execute(select(cube_arrival_flows.c.day).limit(1)).first() is not None:
        return
    for held in _groups(connection):
        of_flows = sums.Sums.none()
        of_flows.flows.update(sums.of(held).flows)
        sums.change(connection, sums.Sums.none(), of_flows)


def _groups(connection: Connection) -> Iterator[list[Record]]:
    """Records, some vans at a time: all of a van are together."""
    groups = [row[0] for row in connection.execute(select(_GROUP).distinct().order_by(_GROUP))]
    for start in range(0, len(groups), _AT_ONCE):
        yield records_where(connection, _GROUP.in_(groups[start : start + _AT_ONCE]))


def _lost(connection: Connection) -> list[tuple[Any, ...]]:
    """Subjects with entries and no record at all."""
    t = reception_entry.c
    there = sa.exists().where(_T.subject == t.subject)
    rows = connection.execute(select(t.kind, t.subject, t.item).where(~there).distinct())
    return [tuple(row) for row in rows]


def _sums_differ(connection: Connection, expected: sums.Sums) -> list[Difference]:
    found = []
    for table, one, other in zip(CUBES, sums.stored(connection), expected, strict=True):
        keys = sorted({tuple(key[0]) for key in one.keys() | other.keys() if one[key] != other[key]})
        if keys:
            found.append(Difference(table.name, len(keys), tuple(keys[:_NAMED])))
    return found


def _mend(connection: Connection, records: list[Record], expected: sums.Sums) -> None:
    lost = {subject for _, subject, _ in _lost(connection)}
    if lost:
        # Some of their vans are among the records: everything is put together anew.
        records = list(
            placed_in_time(made_from(entries_of(connection, lost)) | {r.key: r for r in records}).values()
        )
        expected = sums.stored(connection, SEALED)
        expected.add(sums.of(records))
    connection.execute(reception_record.delete())
    insert_rows(connection, reception_record, [storable(connection, one) for one in records])
    for table in CUBES:
        connection.execute(table.delete())
    sums.change(connection, sums.Sums.none(), expected)
