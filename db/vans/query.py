"""Reading the sums over vans, and the correlations estimated from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.core.scope import Scope
from db.cubes.query import DISTRICT, CubeQuery
from db.tables import in_scope
from db.tables.districts import placed
from db.tables.persons import BY_FACILITY_KEY
from db.tables.records import facility
from db.tables.vans import VAN_SUMS, cube_correlation, cube_van
from surveillance.coverage.design_effect import VanSums
from surveillance.diseases import DISEASES
from surveillance.errors import NotPermittedError
from surveillance.vocabulary import UNKNOWN

#: Kind of place -> what the facility list says of a facility; a district follows the dated table, too.
LISTED = {
    "care": facility.c.province,
    "facility": facility.c.facility_id,
    DISTRICT: facility.c.operational_district,
}


def correlations(connection: Connection) -> Mapping[tuple[str, str], float]:
    """The intra-van correlation over all areas of each disease and measure of which it is known."""
    held = cube_correlation.c
    rows = connection.execute(select(held.disease, held.measure, held.correlation))
    return {(disease, measure): float(found) for disease, measure, found in rows if found is not None}


def by_place(connection: Connection, scope: Scope, query: CubeQuery) -> Mapping[str, list[VanSums]]:
    """Sums over the vans of each place in a period; of provinces of care one for each facility.

    Raises
    ------
    NotPermittedError
        A jurisdiction asks for places that do not know who gave care.
    """
    return {place: list(parts.values()) for place, parts in _read(connection, scope, query, "part").items()}


def of_several(
    connection: Connection, scope: Scope, query: CubeQuery, measures: Sequence[str]
) -> Mapping[tuple[str, str], Mapping[str, list[VanSums]]]:
    """What :func:`by_place` says of each disease and of several measures, read at once.

    Of the query its kind of place and its cells count.
    """
    own = cube_van.c
    named, asked = _asked(scope, query, [own.disease, own.measure])
    chosen = asked.where(own.disease.in_(tuple(DISEASES)), own.measure.in_(tuple(measures)))
    found: dict[tuple[str, str], dict[str, list[VanSums]]] = {}
    keys = (own.disease, own.measure, named, own.place)
    for disease, measure, name, _, *sums in connection.execute(chosen.group_by(*keys)):
        found.setdefault((disease, measure), {}).setdefault(name, []).append(VanSums(*map(int, sums)))
    return found


def whole(query: CubeQuery) -> CubeQuery:
    """The question by whose places whole vans are summed, whatever their passengers' places: by facility."""
    if query.dimension in LISTED:
        return query
    return CubeQuery(query.disease, "care", query.measure, query.first, query.last)


def by_cell(
    connection: Connection, scope: Scope, query: CubeQuery, place: str | None
) -> Mapping[int, dict[str, VanSums]]:
    """Sums over vans in each cell of a period, of one place or (`None`) of whole vans everywhere.

    The sums of a cell are kept by their part of the place, which is a facility where that is known.
    """
    if place is None:
        query = whole(query)
    found: dict[int, dict[str, VanSums]] = {}
    for name, cells in _read(connection, scope, query, "cell", place).items():
        _add_cells(found, name, cells)
    return found


def by_place_and_cell(
    connection: Connection, scope: Scope, query: CubeQuery
) -> Mapping[str, Mapping[int, dict[str, VanSums]]]:
    """What :func:`by_cell` says of each place, read at once."""
    found: dict[str, dict[int, dict[str, VanSums]]] = {}
    for name, cells in _read(connection, scope, query, "cell").items():
        _add_cells(found.setdefault(name, {}), name, cells)
    return found


def _add_cells(
    found: dict[int, dict[str, VanSums]], name: str, cells: Mapping[tuple[int, str], VanSums]
) -> None:
    for (cell, part), sums in cells.items():
        found.setdefault(cell, {})[f"{name} {part}"] = sums


def _read(
    connection: Connection, scope: Scope, query: CubeQuery, by: str, place: str | None = None
) -> dict[str, dict]:
    """Sums by place, then by part, or by cell and part."""
    own = cube_van.c
    further = [own.period] if by == "cell" else []
    named, asked = _asked(scope, query, [], further)
    asked = asked.where(own.disease == query.disease, own.measure == query.measure)
    if place is not None:
        asked = asked.where(named == place)
    found: dict[str, dict] = {}
    for name, part, *rest in connection.execute(asked.group_by(named, own.place, *further)):
        key = (int(rest[0]), part) if by == "cell" else part
        found.setdefault(name, {})[key] = VanSums(*map(int, rest[-len(VAN_SUMS) :]))
    return found


def _asked(
    scope: Scope,
    query: CubeQuery,
    before: Sequence[sa.ColumnElement],
    further: Sequence[sa.ColumnElement] = (),
) -> tuple[sa.ColumnElement, sa.Select]:
    """The column that names the place, and the sums of a period: some columns, place, part, others, sums.

    Raises
    ------
    NotPermittedError
        A jurisdiction asks for places that do not know who gave care.
    """
    own = cube_van.c
    listed = query.dimension in LISTED
    dimension = BY_FACILITY_KEY if listed else query.dimension
    named: sa.ColumnElement[str] = own.place
    if listed:
        named = func.coalesce(LISTED[query.dimension], UNKNOWN)
    table: sa.FromClause = cube_van.outerjoin(facility, facility.c.facility_key == own.place)
    if query.dimension == DISTRICT:
        spans = placed.spans()
        table = table.outerjoin(spans, placed.holding(spans, own.place, own.period))
        named = placed.district(spans)
    sums = [func.sum(own[name]) for name in VAN_SUMS]
    asked = select(*before, named, own.place, *further, *sums).where(own.dimension == dimension)
    if listed:
        asked = asked.select_from(table)
    if query.first is not None:
        asked = asked.where(own.period >= query.first)
    if query.last is not None:
        asked = asked.where(own.period <= query.last)
    if scope.provinces is not None:
        if not listed:
            raise NotPermittedError(
                "this view counts people from every province; your account is for some places"
            )
        asked = asked.where(*in_scope.facilities(scope, by=query.dimension))
    return named, asked.where(*in_scope.programmes(scope, own.disease))
