"""Reading the sums over vans, and the correlations estimated from them."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.core.scope import Scope
from db.cubes.query import CubeQuery
from db.tables import in_scope
from db.tables.persons import BY_FACILITY_KEY
from db.tables.records import facility
from db.tables.vans import VAN_SUMS, cube_correlation, cube_van
from surveillance.coverage.design_effect import VanSums
from surveillance.errors import NotPermittedError
from surveillance.vocabulary import UNKNOWN

#: Kind of place -> what the facility list says of a facility.
LISTED = {"care": facility.c.province, "facility": facility.c.facility_id}


def pooled(connection: Connection, disease: str, measure: str) -> float | None:
    """The intra-van correlation of a disease and measure over all areas; None where it is not known."""
    held = cube_correlation.c
    query = select(held.correlation).where(held.disease == disease, held.measure == measure)
    found = connection.execute(query).scalar()
    return None if found is None else float(found)


def by_place(connection: Connection, scope: Scope, query: CubeQuery) -> Mapping[str, list[VanSums]]:
    """Sums over the vans of each place in a period; of provinces of care one for each facility.

    Raises
    ------
    NotPermittedError
        A jurisdiction asks for places that do not know who gave care.
    """
    return {place: list(parts.values()) for place, parts in _read(connection, scope, query, "part").items()}


def everywhere(connection: Connection, scope: Scope, query: CubeQuery) -> list[VanSums]:
    """Sums over whole vans in a period, whatever their passengers' places: one for each facility."""
    query = query if query.dimension in LISTED else CubeQuery(
        query.disease, "care", query.measure, query.first, query.last
    )  # fmt: skip
    return [sums for parts in by_place(connection, scope, query).values() for sums in parts]


def by_cell(
    connection: Connection, scope: Scope, query: CubeQuery, place: str | None
) -> Mapping[int, dict[str, VanSums]]:
    """Sums over vans in each cell of a period, of one place or (`None`) of whole vans everywhere.

    The sums of a cell are kept by their part of the place, which is a facility where that is known.
    """
    if place is None and query.dimension not in LISTED:
        query = CubeQuery(query.disease, "care", query.measure, query.first, query.last)
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
    listed = query.dimension in LISTED
    dimension = BY_FACILITY_KEY if listed else query.dimension
    named = func.coalesce(LISTED[query.dimension], UNKNOWN) if listed else own.place
    keys: list[sa.ColumnElement] = [named, own.place]
    if by == "cell":
        keys.append(own.period)
    asked = select(*keys, *(func.sum(own[name]) for name in VAN_SUMS)).where(
        own.disease == query.disease, own.measure == query.measure, own.dimension == dimension
    )
    if listed:
        asked = asked.select_from(cube_van.outerjoin(facility, facility.c.facility_key == own.place))
    if query.first is not None:
        asked = asked.where(own.period >= query.first)
    if query.last is not None:
        asked = asked.where(own.period <= query.last)
    if place is not None:
        asked = asked.where(named == place)
    if scope.provinces is not None:
        if not listed:
            raise NotPermittedError(
                "this view counts people from every province; your account is for some places"
            )
        asked = asked.where(*in_scope.facilities(scope, by=query.dimension))
    asked = asked.where(*in_scope.programmes(scope, own.disease))
    found: dict[str, dict] = {}
    for name, part, *rest in connection.execute(asked.group_by(*keys)):
        key = (int(rest[0]), part) if by == "cell" else part
        found.setdefault(name, {})[key] = VanSums(*map(int, rest[-len(VAN_SUMS) :]))
    return found
