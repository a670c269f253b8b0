"""Areas across the border, their populations and counts: every version, and those that are in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.intake.neighbours.rows import Entry
from db.tables.neighbours import (
    AREAS,
    CONTENTS,
    COUNTS,
    FILES,
    KEYS,
    KINDS,
    POPULATION,
    TABLES,
    area,
    count,
    population,
)
from db.versions.store import Decided, Versions

VERSIONS = {
    kind: Versions(FILES[kind], TABLES[kind], KEYS[kind], CONTENTS[kind], f"{kind} of neighbours")
    for kind in KINDS
}


def store(
    connection: Connection,
    entries: Sequence[Entry],
    decided: Decided,
    *,
    kind: str,
    file_name: str,
    sha256: str,
    actor: str,
    counts: Mapping[str, int],
) -> int:
    """Write a file's receipt and its versions, in the caller's transaction; the batch's number.

    Parameters
    ----------
    kind : {"areas", "population", "counts"}
        What the file is of.
    """
    versions = VERSIONS[kind]
    number = versions.receive(
        connection, decided, file_name=file_name, sha256=sha256, actor=actor, counts=counts
    )
    new = [
        {"batch": number, "row_number": entry.row.number, **versions.row_of(entry)}
        for entry in decided.told(entries)
    ]
    if new:
        connection.execute(versions.table.insert(), new)
    return number


def decide(connection: Connection, entries: Sequence[Entry], sha256: str, *, kind: str) -> Decided:
    """Compare each entry with what is held (:meth:`db.versions.store.Versions.decide`)."""
    among = None
    if kind == COUNTS:
        among = count.c.disease.in_(sorted({entry.key[1] for entry in entries}))
    return VERSIONS[kind].decide(connection, entries, sha256, among)


def areas(connection: Connection, until: int | None = None) -> dict[str, dict[str, Any]]:
    """Areas in force, by their codes in order. `until`: as it was after this file of areas."""
    return {row["code"]: row for row in VERSIONS[AREAS].listed(connection, until=until)}


def levels(connection: Connection) -> dict[str, str]:
    """The level of each area in force."""
    query = select(area.c.code, area.c.level).where(VERSIONS[AREAS].current)
    return {row.code: row.level for row in connection.execute(query)}


def used(connection: Connection) -> frozenset[str]:
    """Codes of areas that districts, populations or counts in force name."""
    asked = (
        select(area.c.parent).where(VERSIONS[AREAS].current),
        select(population.c.area).where(VERSIONS[POPULATION].current),
        select(count.c.area).where(VERSIONS[COUNTS].current),
    )
    return frozenset(
        code for query in asked for code in connection.execute(query.distinct()).scalars() if code
    )


def counts(
    connection: Connection,
    disease: str,
    step: str,
    *,
    first: date | None = None,
    last: date | None = None,
    only: Sequence[str] | None = None,
    until: int | None = None,
) -> list[dict[str, Any]]:
    """Counts in force of a disease by week or month, with the file that brought each, by area and time.

    Parameters
    ----------
    step : {"week", "month"}
    first, last : date, optional
        First days of the earliest and the latest step; all, if not given.
    only : sequence of str, optional
        Of these areas.
    until : int, optional
        As it was after this file of counts.
    """
    c = count.c
    where: list[sa.ColumnElement[bool]] = [c.disease == disease, c.step == step]
    if first is not None:
        where.append(c.starts >= first.isoformat())
    if last is not None:
        where.append(c.starts <= last.isoformat())
    if only is not None:
        where.append(c.area.in_(list(only)))
    return VERSIONS[COUNTS].listed(connection, until=until, where=where)


def steps_held(connection: Connection, disease: str) -> dict[str, tuple[str, ...]]:
    """The areas that have counts of a disease in force, each with its steps."""
    c = count.c
    query = select(c.area, c.step).where(VERSIONS[COUNTS].current, c.disease == disease).distinct()
    found: dict[str, list[str]] = {}
    for row in connection.execute(query.order_by(c.area, c.step)):
        found.setdefault(row.area, []).append(row.step)
    return {code: tuple(steps) for code, steps in found.items()}


def people(connection: Connection, until: int | None = None) -> dict[str, dict[int, int]]:
    """Populations in force: area -> year -> people. `until`: as it was after this file of populations."""
    found: dict[str, dict[int, int]] = {}
    for row in VERSIONS[POPULATION].listed(connection, until=until):
        found.setdefault(row["area"], {})[int(row["year"])] = int(row["people"])
    return found


def newest(connection: Connection) -> tuple[int, ...]:
    """The newest file of areas, of populations and of counts: what changes when anything does."""
    return tuple(VERSIONS[kind].newest(connection) for kind in KINDS)


def problems(connection: Connection) -> list[str]:
    """What does not fit together: receipts with versions, and entries of areas that are not held."""
    found = [problem for kind in KINDS for problem in VERSIONS[kind].problems(connection)]
    held = select(area.c.code).where(VERSIONS[AREAS].current)
    for kind, column in ((POPULATION, population.c.area), (COUNTS, count.c.area), (AREAS, area.c.parent)):
        lost = select(func.count()).where(VERSIONS[kind].current, column != "", column.not_in(held))
        if number := connection.execute(lost).scalar_one():
            found.append(f"{number} {kind} of neighbours are of an area that is not held")
    wrong = sa.or_(count.c.cases < 0, count.c.reported < 0, count.c.reported > 1)
    if number := connection.execute(select(func.count()).select_from(count).where(wrong)).scalar_one():
        found.append(f"{number} counts of neighbours are below zero, or of more than all who report")
    return found
