"""Reading the cubes: counts by place, by period and by group. No count is read from anywhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.engine import Connection, Row

from db.schema import cube_group, cube_stratum, cube_total, episode, facility
from db.scope import Scope
from surveillance.errors import NotPermittedError
from surveillance.strata import CODE, MASK, NUMBER, SHIFT

Filters = Mapping[str, tuple[str, ...]]
#: Numbers that a value of any axis can have.
_VALUES = tuple(range(MASK))


@dataclass(frozen=True)
class CubeQuery:
    """What to count: one disease, one kind of place, cells from `first` to `last`, mobility groups.

    `first` and `last` are numbers of cells (surveillance.epiweek.cell_number); None leaves the end open.
    """

    disease: str
    dimension: str
    measure: str
    first: int | None = None
    last: int | None = None
    filters: Filters = field(default_factory=dict)


def _cube(query: CubeQuery, filters: Filters) -> tuple[sa.Table, list[sa.ColumnElement[bool]]]:
    """The smallest cube that can answer, and the conditions on it."""
    if not filters:
        return cube_total[query.dimension], []
    if len(filters) == 1:
        cube = cube_group[query.dimension]
        axis, codes = next(iter(filters.items()))
        return cube, [cube.c.axis == axis, cube.c.value.in_([NUMBER[axis][code] for code in codes])]
    cube = cube_stratum[query.dimension]
    parts: list[sa.ColumnElement[bool]] = [
        cube.c.stratum.op(">>")(SHIFT[axis]).op("&")(MASK).in_([NUMBER[axis][code] for code in codes])
        for axis, codes in filters.items()
    ]
    return cube, parts


def _where(query: CubeQuery, cube: sa.Table, scope: Scope) -> list[sa.ColumnElement[bool]]:
    conditions = [cube.c.disease == query.disease]
    if query.first is not None:
        conditions.append(cube.c.period >= query.first)
    if query.last is not None:
        conditions.append(cube.c.period <= query.last)
    if scope.provinces is not None:
        conditions.append(_in_scope(query, cube, scope))
    return conditions


def _in_scope(query: CubeQuery, cube: sa.Table, scope: Scope) -> sa.ColumnElement[bool]:
    """Only places of care can be held to a jurisdiction: the other cubes do not know who gave care.

    Raises
    ------
    NotPermittedError
        A jurisdiction asks for another kind of place.
    """
    provinces = scope.provinces or frozenset()
    if query.dimension == "care":
        return cube.c.place.in_(provinces)
    if query.dimension == "facility":
        return cube.c.place.in_(select(facility.c.facility_id).where(facility.c.province.in_(provinces)))
    raise NotPermittedError("this view counts people from every province; your account covers some provinces")


def _sums(query: CubeQuery, cube: sa.Table) -> list[sa.ColumnElement]:
    measure = query.measure
    names = ("records", f"{measure}_numerator", f"{measure}_denominator", f"{measure}_unknown")
    labels = ("records", "numerator", "denominator", "unknown")
    return [func.sum(cube.c[name]).label(label) for name, label in zip(names, labels, strict=True)]


def by_place(connection: Connection, scope: Scope, query: CubeQuery) -> dict[str, Row]:
    """Counts of each place: `records, numerator, denominator, unknown`."""
    cube, chosen = _cube(query, query.filters)
    rows = connection.execute(
        select(cube.c.place, *_sums(query, cube))
        .where(*_where(query, cube, scope), *chosen)
        .group_by(cube.c.place)
    )
    return {row.place: row for row in rows}


def by_period(connection: Connection, scope: Scope, query: CubeQuery, place: str | None) -> list[Row]:
    """Counts of each cell, in order, of one place or (`None`) of all places together."""
    cube, chosen = _cube(query, query.filters)
    if place is not None:
        chosen.append(cube.c.place == place)
    return list(
        connection.execute(
            select(cube.c.period, *_sums(query, cube))
            .where(*_where(query, cube, scope), *chosen)
            .group_by(cube.c.period)
            .order_by(cube.c.period)
        )
    )


def by_group(connection: Connection, scope: Scope, query: CubeQuery, place: str | None) -> list[dict]:
    """Counts of each value of each axis, of one place or of all: `axis, value, records, numerator, ...`.

    Filters are not applied: the groups are those of the whole place.
    """
    cube = cube_group[query.dimension]
    # Every axis and value by name: the key then leads to each of them, and to nothing outside the period.
    named = [cube.c.axis.in_(tuple(SHIFT)), cube.c.value.in_(_VALUES)]
    conditions = [*_where(query, cube, scope), *named]
    if place is not None:
        conditions.append(cube.c.place == place)
    rows = connection.execute(
        select(cube.c.axis, cube.c.value, *_sums(query, cube))
        .where(*conditions)
        .group_by(cube.c.axis, cube.c.value)
    ).mappings()
    return [{**row, "value": CODE[row["axis"]][row["value"]]} for row in rows]


def span(connection: Connection, scope: Scope, query: CubeQuery) -> tuple[int, int] | None:
    """First and last cell with anything in them; None where there is nothing."""
    cube = cube_total[query.dimension]
    row = connection.execute(
        select(func.min(cube.c.period), func.max(cube.c.period)).where(*_where(query, cube, scope))
    ).one()
    return None if row[0] is None else (int(row[0]), int(row[1]))


def facilities_reporting(connection: Connection, scope: Scope, first: int, last: int) -> frozenset[str]:
    """Facilities of the list that sent a record of any disease in a period.

    Asked of the records: no cube holds a sensitive disease by facility, and whoever sent nothing else has
    reported too. The index answers facility by facility, in one step, however many records there are.
    """
    sent = (
        select(episode.c.id)
        .where(
            episode.c.facility_key == facility.c.facility_key,
            episode.c.period.between(first, last),
            episode.c.superseded_batch.is_(None),
        )
        .exists()
    )
    query = select(facility.c.facility_id).where(sent)
    if scope.provinces is not None:
        query = query.where(facility.c.province.in_(scope.provinces))
    return frozenset(connection.execute(query).scalars())
