"""Reading the cube of persons: by place, by year and by group."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.core.scope import Scope
from db.cubes.query import CubeQuery, in_scope
from db.tables.persons import EVERYBODY, cube_person
from surveillance.strata import CODE, NUMBER, SHIFT

_EVERYWHERE = "care"


class PersonSums(NamedTuple):
    """What a place, a year or a group adds up to: persons, and records without a known person."""

    records: int
    numerator: int
    denominator: int
    unknown: int
    unnumbered: int


def by_place(connection: Connection, scope: Scope, query: CubeQuery, year: int) -> dict[str, PersonSums]:
    """Counts of each place in a calendar year."""
    found = _read(connection, scope, query, cube_person.c.place, _in(year))
    return {str(place): sums for place, sums in found}


def by_year(
    connection: Connection, scope: Scope, query: CubeQuery, place: str | None
) -> dict[int, PersonSums]:
    """Counts of each calendar year, of one place or (`None`) of all. Years do not add up to persons."""
    query, conditions = _of(query, place)
    found = _read(connection, scope, query, cube_person.c.year, *conditions)
    return {int(str(year)): sums for year, sums in found}


def by_group(
    connection: Connection, scope: Scope, query: CubeQuery, place: str | None, year: int
) -> dict[tuple[str, str], PersonSums]:
    """Counts of each (axis, value)."""
    query, conditions = _of(query, place)
    found = {}
    for axis in SHIFT:
        of_axis = _sums(query).where(cube_person.c.axis == axis, _in(year), *conditions)
        rows = connection.execute(
            of_axis.where(*_common(query, scope))
            .add_columns(cube_person.c.value)
            .group_by(cube_person.c.value)
        )
        for *sums, value in rows:
            found[axis, CODE[axis][value]] = PersonSums(*map(int, sums))
    return found


def years(connection: Connection, scope: Scope, disease: str) -> tuple[int, int] | None:
    """First and last year with anything in it; None if absent."""
    query = CubeQuery(disease, _EVERYWHERE, "testing")
    ends = select(func.min(cube_person.c.year), func.max(cube_person.c.year)).where(
        *_common(query, scope), cube_person.c.axis == EVERYBODY
    )
    first, last = connection.execute(ends).one()
    return None if first is None else (int(first), int(last))


def _in(year: int) -> sa.ColumnElement[bool]:
    return cube_person.c.year == year


def _of(query: CubeQuery, place: str | None) -> tuple[CubeQuery, list[sa.ColumnElement[bool]]]:
    """Of one place; or of all together: every disease has places of care, and any kind adds up to all."""
    if place is not None:
        return query, [cube_person.c.place == place]
    return CubeQuery(query.disease, _EVERYWHERE, query.measure, filters=query.filters), []


def _common(query: CubeQuery, scope: Scope) -> list[sa.ColumnElement[bool]]:
    conditions = [cube_person.c.disease == query.disease, cube_person.c.dimension == query.dimension]
    return conditions + in_scope(query, cube_person, scope)


def _sums(query: CubeQuery) -> sa.Select:
    measure = query.measure
    names = ("records", f"{measure}_numerator", f"{measure}_denominator", f"{measure}_unknown", "unnumbered")
    return select(*(func.sum(cube_person.c[name]) for name in names))


def _read(
    connection: Connection,
    scope: Scope,
    query: CubeQuery,
    by: sa.ColumnElement,
    *conditions: sa.ColumnElement[bool],
) -> list[tuple[object, PersonSums]]:
    """Sums by one column, of everybody or of the values of one axis that the filters keep."""
    axis, codes = next(iter(query.filters.items()), (EVERYBODY, ()))
    kept = [cube_person.c.axis == axis, *conditions]
    if codes:
        kept.append(cube_person.c.value.in_([NUMBER[axis][code] for code in codes]))
    rows = connection.execute(_sums(query).where(*_common(query, scope), *kept).add_columns(by).group_by(by))
    return [(key, PersonSums(*map(int, sums))) for *sums, key in rows]
