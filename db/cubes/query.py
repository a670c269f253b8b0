"""Reading the cubes: counts by place, by period and by group. No count is read from anywhere else."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import product
from math import prod
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.engine import Connection, Row

from db.columns.named_numbers import columns
from db.core.scope import Scope
from db.core.stays import Stays
from db.cubes.place_cells import CoverageSums, PlaceCells, PlaceSums, in_districts, several_in_districts
from db.tables import in_scope as within
from db.tables.districts import ALWAYS, NEVER
from db.tables.districts.placed import Districts
from db.tables.records import (
    BORDER,
    DIMENSIONS,
    STRATUM_FIRST,
    cascade_state,
    cube_group,
    cube_stratum,
    cube_total,
    episode,
    facility,
)
from surveillance.diseases import DISEASES
from surveillance.epiweek import day_of_number, time_cells_between
from surveillance.errors import NotPermittedError
from surveillance.strata import CODE, HIDDEN_NUMBER, MASK, NUMBER, SHIFT
from surveillance.vocabulary import HIDDEN, NOT_STORED_AXES, UNKNOWN

#: Kind of place that no cube holds: operational districts are made of the facilities that belong to them.
DISTRICT = "district"
Filters = Mapping[str, tuple[str, ...]]
Condition = sa.ColumnElement[bool]
#: Numbers that a value of any axis can have.
_VALUES = tuple(range(MASK))
#: Values of several axes are compared at once, up to so many combinations of them.
_MOST_COMBINATIONS = 250
#: What each measure has sums of, beside the records.
_PARTS = ("numerator", "denominator", "unknown")
#: PlaceCells are named one by one in a period of so many days at most (twenty years).
_DAYS_BY_NAME = 7_305


@dataclass(frozen=True)
class CubeQuery:
    """What to count: one disease, one kind of place, cells from `first` to `last`, mobility groups.

    `first` and `last` are numbers of cells (surveillance.epiweek.time_cell_number); None leaves the end open.
    """

    disease: str
    dimension: str
    measure: str
    first: int | None = None
    last: int | None = None
    filters: Filters = field(default_factory=dict)
    #: Only what facilities did while they lay in remote areas, or all else.
    stays: Stays | None = None
    #: Of a question by operational district: which facility belongs to which, and when.
    districts: Districts | None = None

    @property
    def held(self) -> CubeQuery:
        """The question as cubes are asked: of the facilities of a district."""
        return replace(self, dimension="facility") if self.dimension == DISTRICT else self

    def parts(self) -> Iterator[tuple[CubeQuery, Districts]]:
        """The question in parts of its period in which no facility moves to another district."""
        districts = self.districts or Districts({})
        first, last = self.first, self.last
        for start, end in districts.parts(
            ALWAYS if first is None else first, NEVER if last is None else last
        ):
            yield replace(self.held, first=start, last=end), districts

    def named(self, place: sa.ColumnElement[str], cell: sa.ColumnElement[int], name: str) -> Condition:
        """Rows of a place."""
        if self.districts is None:
            return place == name
        return self.districts.condition(place, cell, name)

    @property
    def by_records(self) -> bool:
        """Whether records answer, and no cube: places that are the patients', of one group of facilities."""
        return self.stays is not None and self.dimension not in ("care", "facility")


def _cube(query: CubeQuery) -> tuple[sa.FromClause, list[sa.ColumnElement[bool]]]:
    """The smallest cube that can answer, and the conditions of the filters on it."""
    if query.stays is not None:
        cube = _remote(query, query.stays)
        return cube, _by_bits(query, cube)
    if not query.filters:
        return cube_total[query.dimension], []
    if len(query.filters) == 1 and query.dimension != BORDER:
        cube = cube_group[query.dimension]
        axis, codes = next(iter(query.filters.items()))
        return cube, [cube.c.axis == axis, cube.c.value.in_([NUMBER[axis][code] for code in codes])]
    cube = cube_stratum[query.dimension]
    return cube, _kept(query, cube)


def cubes_of(query: CubeQuery) -> frozenset[tuple[str, str]]:
    """Cubes that may be asked about a question, of any place and period: family and kind of place."""
    query = query.held
    families = {"total"}
    if len(query.filters) < 2:
        families.add("group")
    if query.filters or query.dimension in ("facility", BORDER):
        families.add("stratum")
    kinds = {query.dimension, "care", "crossing"}
    if query.dimension == "care":
        kinds.add("facility")  # the change of a province compares each facility with itself
    if query.stays is not None:
        families, kinds = families | {"stratum"}, kinds | {"facility"}
    return frozenset(product(families, kinds))


def _remote(query: CubeQuery, stays: Stays, *, strata: bool = False) -> sa.FromClause:
    """What facilities did while they lay in remote areas (or all else), in the columns of a cube.

    By province of care and by facility the cubes of facilities tell it. A home, a place of infection and a
    crossing are of the records, which are read.
    """
    if query.dimension in ("care", "facility"):
        cube = (cube_stratum if query.filters or strata else cube_total)["facility"]
        columns = [column for column in cube.c if column.name != "place"]
        where = stays.condition(cube.c.place.in_, cube.c.period)
        if query.dimension == "facility":
            return select(cube.c.place, *columns).where(where).subquery("remote")
        place = func.coalesce(facility.c.province, UNKNOWN).label("place")
        joined = cube.outerjoin(facility, facility.c.facility_id == cube.c.place)
        return select(place, *columns).select_from(joined).where(where).subquery("remote")
    kind = "crossing" if query.dimension == BORDER else query.dimension
    told = [code for code, disease in DISEASES.items() if not disease.sensitive]
    sums = [column for column in cascade_state.c if column.name != "state"]
    return (
        select(
            episode.c.disease,
            episode.c[DIMENSIONS[kind]].label("place"),
            episode.c.province_care.label("care"),
            episode.c.period,
            episode.c.stratum,
            sa.literal(1).label("records"),
            *sums,
        )
        .join(cascade_state, cascade_state.c.state == episode.c.cascade)
        .where(
            episode.c.superseded_batch.is_(None),
            episode.c.disease.in_(told),
            stays.condition(episode.c.facility.in_, episode.c.period),
        )
        .subquery("remote")
    )


def _by_bits(query: CubeQuery, cube: sa.FromClause) -> list[sa.ColumnElement[bool]]:
    """Conditions on the strata that filters keep, axis by axis."""
    return [
        cube.c.stratum.op("&")(MASK << SHIFT[axis]).in_([NUMBER[axis][code] << SHIFT[axis] for code in codes])
        for axis, codes in query.filters.items()
    ]


def _kept(query: CubeQuery, cube: sa.FromClause) -> list[sa.ColumnElement[bool]]:
    """Conditions on the strata that filters keep: by name where the key leads to each, else by their bits."""
    stratum = cube.c.stratum
    if not query.filters:
        return []
    if query.dimension == STRATUM_FIRST:
        return [stratum.in_([sum(values) for values in product(*_every_value(query))])]
    parts = [[NUMBER[axis][code] << SHIFT[axis] for code in codes] for axis, codes in query.filters.items()]
    if prod(map(len, parts)) <= _MOST_COMBINATIONS:
        mask = sum(MASK << SHIFT[axis] for axis in query.filters)
        return [stratum.op("&")(mask).in_([sum(values) for values in product(*parts)])]
    return _by_bits(query, cube)


def _every_value(query: CubeQuery) -> Iterator[list[int]]:
    """Axis by axis the bits that a kept stratum can have."""
    hidden = NOT_STORED_AXES if DISEASES[query.disease].sensitive else frozenset()
    for axis, numbers in NUMBER.items():
        stored = [HIDDEN] if axis in hidden else [code for code in numbers if code != HIDDEN]
        yield [numbers[code] << SHIFT[axis] for code in query.filters.get(axis, stored)]


def _where(
    query: CubeQuery,
    cube: sa.FromClause,
    scope: Scope,
    place: str | None = None,
    *,
    diseases: Sequence[str] = (),
) -> list[sa.ColumnElement[bool]]:
    """Conditions of a question on a cube: disease, period, jurisdiction, and one place or all of them.

    `diseases`: these instead of the one of the question, by name: the key then leads to each.
    """
    conditions = [cube.c.disease.in_(diseases) if diseases else cube.c.disease == query.disease]
    if place is not None:
        conditions.append(query.named(cube.c.place, cube.c.period, place))
    by_name = "stratum" in cube.c and query.dimension != STRATUM_FIRST
    if place is not None and by_name and (names := _cells_by_name(query)):
        # The key of the strata then leads to this place's rows, and past all others.
        conditions.append(cube.c.period.in_(names))
    if query.first is not None:
        conditions.append(cube.c.period >= query.first)
    if query.last is not None:
        conditions.append(cube.c.period <= query.last)
    return conditions + in_scope(query, cube, scope)


def _cells_by_name(query: CubeQuery) -> list[int]:
    """Every cell of the period; none where they would be too many."""
    if query.first is None or query.last is None or query.last - query.first > _DAYS_BY_NAME:
        return []
    return time_cells_between(day_of_number(query.first), day_of_number(query.last))


def _everywhere(query: CubeQuery, scope: Scope, *, strata: bool) -> CubeQuery:
    """The same question of all places together, asked of the smallest cubes.

    A record has one place of each kind, so the sum over places is the same. Most name no crossing, which
    keeps those cubes small; they know nothing of who gave care, and nothing of sensitive diseases. The strata
    that filters keep are found at once among those of care.
    """
    if not scope.national:
        whole = {"facility": not (scope.districts or scope.facilities), BORDER: not scope.crossings}
        return replace(query, dimension="care") if whole.get(query.dimension) else query
    care = strata or query.stays is not None or DISEASES[query.disease].sensitive
    return replace(query, dimension="care" if care else "crossing")


def in_scope(query: CubeQuery, cube: sa.FromClause, scope: Scope) -> list[sa.ColumnElement[bool]]:
    """Conditions of a scope. Only cubes that know who gave care can be held to a jurisdiction.

    Raises
    ------
    NotPermittedError
        A jurisdiction asks for another kind of place.
    """
    found = within.programmes(scope, cube.c.disease)
    if scope.provinces is None:
        return found
    if query.dimension == "care":
        return found + within.care(scope, cube.c.place)
    if query.dimension == BORDER:
        return found + within.border(scope, cube.c.care, cube.c.place)
    if query.dimension == "facility":
        by = "facility" if query.districts is None else DISTRICT
        return found + within.named_facilities(scope, cube.c.place, by=by)
    raise NotPermittedError("this view counts people from every province; your account is for some places")


def _sums(query: CubeQuery, cube: sa.FromClause) -> list[sa.ColumnElement]:
    measure = query.measure
    names = ("records", f"{measure}_numerator", f"{measure}_denominator", f"{measure}_unknown")
    labels = ("records", "numerator", "denominator", "unknown")
    return [func.sum(cube.c[name]).label(label) for name, label in zip(names, labels, strict=True)]


@lru_cache(maxsize=128)
def _sums_of_several(cube: sa.FromClause, measures: tuple[str, ...]) -> tuple[sa.ColumnElement[int], ...]:
    """Records once, and three sums of each measure: to write a statement costs more than to ask it."""
    names = ["records", *(f"{one}_{part}" for one in measures for part in _PARTS)]
    return tuple(func.sum(cube.c[name]).label(f"sum_{number}") for number, name in enumerate(names))


def by_place(connection: Connection, scope: Scope, query: CubeQuery) -> Mapping[str, Any]:
    """Counts of each place: `records, numerator, denominator, unknown`."""
    if query.dimension == DISTRICT:
        return in_districts(
            (by_place(connection, scope, part), districts, part.first) for part, districts in query.parts()
        )
    cube, chosen = _cube(query)
    rows = connection.execute(
        select(cube.c.place, *_sums(query, cube))
        .where(*_where(query, cube, scope), *chosen)
        .group_by(cube.c.place)
    )
    return {row.place: row for row in rows}


def by_period(connection: Connection, scope: Scope, query: CubeQuery, place: str | None) -> list[Row]:
    """Counts of each cell, in order, of one place or (`None`) of all places together."""
    query = query.held
    if place is None:
        query = _everywhere(query, scope, strata=len(query.filters) > 1)
    cube, chosen = _cube(query)
    return list(
        connection.execute(
            select(cube.c.period, *_sums(query, cube))
            .where(*_where(query, cube, scope, place), *chosen)
            .group_by(cube.c.period)
            .order_by(cube.c.period)
        )
    )


def records_by_place_and_cell(
    connection: Connection, scope: Scope, query: CubeQuery, diseases: Collection[str]
) -> dict[tuple[str, int], int]:
    """Records of some diseases together, of each place and cell; of the query its places and cells count."""
    if query.dimension == DISTRICT:
        found: dict[tuple[str, int], int] = {}
        of = query.districts or Districts({})
        held = records_by_place_and_cell(connection, scope, query.held, diseases)
        for (name, cell), records in held.items():
            key = of.at(name, cell), cell
            found[key] = found.get(key, 0) + records
        return found
    cube = cube_total[query.dimension]
    conditions: list[sa.ColumnElement[bool]] = [
        cube.c.disease.in_(sorted(diseases)),
        cube.c.period.between(query.first, query.last),
    ]
    conditions += in_scope(query, cube, scope)
    keys = (cube.c.place, cube.c.period)
    rows = connection.execute(select(*keys, func.sum(cube.c.records)).where(*conditions).group_by(*keys))
    return {(place, int(cell)): int(records) for place, cell, records in rows}


def total(connection: Connection, scope: Scope, query: CubeQuery, place: str | None) -> Row | None:
    """Counts of one place or (`None`) of all places together; None where there is nothing."""
    query = query.held
    if place is None:
        query = _everywhere(query, scope, strata=len(query.filters) > 1)
    cube, chosen = _cube(query)
    row = connection.execute(
        select(*_sums(query, cube)).where(*_where(query, cube, scope, place), *chosen)
    ).one()
    return None if row.records is None else row


def totals(
    connection: Connection, scope: Scope, query: CubeQuery, place: str, measures: Sequence[str]
) -> dict[str, dict[str, CoverageSums]]:
    """Counts of one place, of every disease that has any and of several measures, in one step.

    Of the query its kind of place, its cells and its filters count.
    """
    query = query.held
    cube, chosen = _cube(query)
    rows = connection.execute(
        select(cube.c.disease, *_sums_of_several(cube, tuple(measures)))
        .where(*_where(query, cube, scope, place, diseases=tuple(DISEASES)), *chosen)
        .group_by(cube.c.disease)
    )
    return {
        disease: {
            measure: CoverageSums(int(records), *map(int, parts[3 * number : 3 * number + 3]))
            for number, measure in enumerate(measures)
        }
        for disease, records, *parts in rows
    }


def by_disease_and_place(
    connection: Connection, scope: Scope, query: CubeQuery, measures: Sequence[str]
) -> dict[str, dict[str, PlaceSums]]:
    """Counts of each place, of every disease that has any and of several measures, in one step.

    Of the query its kind of place, its cells and its filters count.
    """
    if query.dimension == DISTRICT:
        return several_in_districts(
            (by_disease_and_place(connection, scope, part, measures), districts, part.first)
            for part, districts in query.parts()
        )
    cube, chosen = _cube(query)
    rows = connection.execute(
        select(cube.c.disease, cube.c.place, *_sums_of_several(cube, tuple(measures)))
        .where(*_where(query, cube, scope, diseases=tuple(DISEASES)), *chosen)
        .group_by(cube.c.disease, cube.c.place)
    )
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row)
    return {disease: dict(_of_measures(held, measures)) for disease, held in found.items()}


def _of_measures(rows: Sequence[Row], measures: Sequence[str]) -> Iterator[tuple[str, PlaceSums]]:
    places = [row[1] for row in rows]
    numbers = np.array([[int(number) for number in row[2:]] for row in rows], np.int64)
    for at, measure in enumerate(measures):
        yield measure, PlaceSums(places, numbers[:, [0, *range(1 + 3 * at, 4 + 3 * at)]])


def cells(connection: Connection, scope: Scope, query: CubeQuery) -> PlaceCells:
    """Counts of each place in each cell. With several filters it costs what either sum alone would."""
    if query.dimension == DISTRICT:
        return cells(connection, scope, query.held).in_districts(query.districts)
    cube, chosen = _cube(query)
    found = columns(
        connection,
        select(cube.c.place, cube.c.period, *_sums(query, cube))
        .where(*_where(query, cube, scope), *chosen)
        .group_by(cube.c.period, cube.c.place),
    )
    return PlaceCells(found.names, found.name, found.numbers[:, 0], found.numbers[:, 1:])


def cells_of_measures(
    connection: Connection, scope: Scope, query: CubeQuery, measures: Sequence[str]
) -> dict[str, PlaceCells]:
    """What :func:`cells` says of several measures, read at once."""
    if query.dimension == DISTRICT:
        several = cells_of_measures(connection, scope, query.held, measures)
        return {measure: found.in_districts(query.districts) for measure, found in several.items()}
    cube, chosen = _cube(query)
    found = columns(
        connection,
        select(cube.c.place, cube.c.period, *_sums_of_several(cube, tuple(measures)))
        .where(*_where(query, cube, scope), *chosen)
        .group_by(cube.c.period, cube.c.place),
    )
    period, records = found.numbers[:, 0], found.numbers[:, 1:2]
    return {
        measure: PlaceCells(
            found.names,
            found.name,
            period,
            np.concatenate([records, found.numbers[:, 2 + 3 * at : 5 + 3 * at]], axis=1),
        )
        for at, measure in enumerate(measures)
    }


def by_group(
    connection: Connection, scope: Scope, query: CubeQuery, place: str | None
) -> dict[tuple[str, str], CoverageSums]:
    """Counts of each (axis, value) among those whom the filters keep, of one place or (`None`) of all.

    One axis at a time has its own cubes; under filters, for a single facility, and by crossing within some
    provinces the strata answer.
    """
    query = query.held
    single = query.dimension == BORDER or (place is not None and query.dimension == "facility")
    if place is None:
        query = _everywhere(query, scope, strata=bool(query.filters))
    if query.filters or single or query.stays is not None:
        cube = (
            cube_stratum[query.dimension] if query.stays is None else _remote(query, query.stays, strata=True)
        )
        kept = _kept(query, cube) if query.stays is None else _by_bits(query, cube)
        rows = connection.execute(
            select(cube.c.stratum, *_sums(query, cube))
            .where(*_where(query, cube, scope, place), *kept)
            .group_by(cube.c.stratum)
        )
        return _by_axis(rows)
    cube = cube_group[query.dimension]
    # Every axis and value by name: the key then leads to each of them, and to nothing outside the period.
    named = [cube.c.axis.in_(tuple(SHIFT)), cube.c.value.in_(_VALUES)]
    rows = connection.execute(
        select(cube.c.axis, cube.c.value, *_sums(query, cube))
        .where(*_where(query, cube, scope, place), *named)
        .group_by(cube.c.axis, cube.c.value)
    )
    return {(axis, CODE[axis][value]): CoverageSums(*map(int, counts)) for axis, value, *counts in rows}


def _by_axis(rows: Iterable[Row]) -> dict[tuple[str, str], CoverageSums]:
    """Sums of each value of each axis, from the sums of each stratum."""
    found = np.array([[int(number) for number in row] for row in rows], np.int64).reshape(-1, 5)
    groups = {}
    for axis, shift in SHIFT.items():
        values = (found[:, 0] >> shift) & MASK
        summed = np.zeros((MASK + 1, found.shape[1] - 1), np.int64)
        np.add.at(summed, values, found[:, 1:])
        for value in set(values.tolist()) - {HIDDEN_NUMBER}:
            groups[axis, CODE[axis][value]] = CoverageSums(*summed[value].tolist())
    return groups


def span(connection: Connection, scope: Scope, query: CubeQuery) -> tuple[int, int] | None:
    """First and last cell with anything in them; None where there is nothing."""
    query = query.held
    query = _everywhere(query, scope, strata=False)
    cube = cube_total[query.dimension] if query.stays is None else _remote(query, query.stays)
    row = connection.execute(
        select(func.min(cube.c.period), func.max(cube.c.period)).where(*_where(query, cube, scope))
    ).one()
    return None if row[0] is None else (int(row[0]), int(row[1]))
