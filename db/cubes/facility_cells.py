"""Counts and reports of each facility in each cell of time: as known now, or when a batch had come.

What came later is looked up among the records of one period, which is much quicker than to step a whole cube
back (db/history/as_of.py). No cube knows a facility and a home, a place of infection or a crossing together:
these are counted among the records of the period, too. Sensitive diseases have no facilities (decision 6).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.core.scope import Scope
from db.cubes.query import CoverageSums, CubeQuery, cells
from db.tables.aggregates import aggregate_facility
from db.tables.deliveries import declared_cell
from db.tables.records import BORDER, DIMENSIONS, batch, cascade_state, cube_total, episode, facility
from surveillance.diseases import DISEASES
from surveillance.epiweek import day_of_number, time_cell_last_day, time_cells_between
from surveillance.strata import MASK, NUMBER, SHIFT

#: Facility and cell.
Place = tuple[str, int]
#: Place of the patient, facility and cell.
Part = tuple[str, str, int]
#: Kinds of place that are the patient's and not the facility's -> the column of `episode` that names them.
PART = {kind: DIMENSIONS[kind] for kind in ("home", "infection", "crossing")} | {
    BORDER: DIMENSIONS["crossing"]
}
_TOLD = tuple(code for code, disease in DISEASES.items() if not disease.sensitive)


@dataclass(frozen=True)
class FacilityCells:
    """`counts`: of a question, by facility and cell; `reported`: facilities and cells with a record or report
    of any disease but HIV and syphilis, or a declaration.

    `parts`: counts by home, place of infection or crossing too, where that is asked. An aggregate report
    knows no such place: `reported` then leaves it out.
    """

    counts: Mapping[Place, CoverageSums]
    reported: frozenset[Place]
    parts: Mapping[Part, CoverageSums] = field(default_factory=dict)


def read(
    connection: Connection, scope: Scope, query: CubeQuery, named: Collection[str], number: int | None = None
) -> FacilityCells:
    """Counts and reports of facilities in the cells from `query.first` to `query.last`.

    Parameters
    ----------
    query : CubeQuery
        Its kind of place is that of `parts`; by province of care and by facility there are none. Its measure
        counts in the period of the visit.
    named : collection of str
        Facilities of the list, as far as the reader may see them.
    number : int, optional
        As it was known when this batch had come; by default as it is known now.
    """
    if query.first is None or query.last is None or not named:
        return FacilityCells({}, frozenset())
    column = PART.get(query.dimension)
    parts: dict[Part, CoverageSums] = {}
    if column is not None:
        parts = _of_records(connection, query, column, number)
        parts = {part: sums for part, sums in parts.items() if part[1] in named}
        counts = _of_facilities(parts)
    else:
        counts = _of_cube(connection, scope, query, named, number)
    records = _records(connection, query, named)
    if number is not None:
        told = [episode.c.disease.in_(_TOLD)]
        for (name, cell), sums in _since(connection, query, number, told, episode.c.facility).items():
            records[name, cell] += sums.records
    reported = {place for place, count in records.items() if count > 0}
    reported |= _declared(connection, query, number)
    if column is None:
        reported |= _reports(connection, query)
    return FacilityCells(counts, frozenset(place for place in reported if place[0] in named), parts)


def _of_cube(
    connection: Connection, scope: Scope, query: CubeQuery, named: Collection[str], number: int | None
) -> dict[Place, CoverageSums]:
    found = cells(connection, scope, replace(query, dimension="facility"))
    counts = {
        (found.names[place], int(period)): CoverageSums(*row)
        for place, period, row in zip(
            found.place.tolist(), found.period.tolist(), found.counts.tolist(), strict=True
        )
        if found.names[place] in named
    }
    if number is not None:
        since = _since(connection, query, number, _of_question(query), episode.c.facility)
        _add(counts, {place: sums for place, sums in since.items() if place[0] in named})
    return counts


def _of_records(
    connection: Connection, query: CubeQuery, column: str, number: int | None
) -> dict[Part, CoverageSums]:
    """Counts by place of the patient, facility and cell."""
    keys = (episode.c[column], episode.c.facility)
    chosen = _of_question(query)
    counts: dict[Part, CoverageSums] = _summed(
        connection, query, keys, [episode.c.superseded_batch.is_(None), *chosen]
    )
    if number is not None:
        _add(counts, _since(connection, query, number, chosen, *keys))
    return counts


def _of_facilities(parts: Mapping[Part, CoverageSums]) -> dict[Place, CoverageSums]:
    found: dict[Place, CoverageSums] = {}
    for (_, name, cell), sums in parts.items():
        _add(found, {(name, cell): sums})
    return found


def _add(counts: dict[Any, CoverageSums], more: Mapping[Any, CoverageSums]) -> None:
    for key, sums in more.items():
        held = counts.get(key, CoverageSums(0, 0, 0, 0))
        counts[key] = CoverageSums(*(a + b for a, b in zip(held, sums, strict=True)))


def _records(connection: Connection, query: CubeQuery, named: Collection[str]) -> Counter[Place]:
    """Records of any disease that tells who reported; the key leads to each facility's cells."""
    cube = cube_total["facility"]
    rows = connection.execute(
        select(cube.c.place, cube.c.period, func.sum(cube.c.records))
        .where(
            cube.c.disease.in_(_TOLD),
            cube.c.place.in_(sorted(named)),
            cube.c.period.between(query.first, query.last),
        )
        .group_by(cube.c.place, cube.c.period)
    )
    return Counter({(place, int(period)): int(count) for place, period, count in rows})


def _of_question(query: CubeQuery) -> list[sa.ColumnElement[bool]]:
    kept = [
        episode.c.stratum.op("&")(MASK << SHIFT[axis]).in_(
            [NUMBER[axis][code] << SHIFT[axis] for code in codes]
        )
        for axis, codes in query.filters.items()
    ]
    return [episode.c.disease == query.disease, *kept]


def _since(
    connection: Connection,
    query: CubeQuery,
    number: int,
    chosen: Collection[sa.ColumnElement[bool]],
    *keys: sa.ColumnElement[str],
) -> dict[Any, CoverageSums]:
    """What to add to the present to have it as it was when batch `number` had come, by `keys` and cell.

    Records that came later are taken away, and versions that ended later are added. Only files that name a
    visit of the period can have brought one of its records.
    """
    first, last = day_of_number(query.first or 0), time_cell_last_day(day_of_number(query.last or 0))
    later = select(batch.c.id).where(
        batch.c.id > number, batch.c.first_visit <= last, batch.c.last_visit >= first
    )
    came = sa.and_(episode.c.batch.in_(later), episode.c.superseded_batch.is_(None))
    ended = sa.and_(episode.c.superseded_batch > number, episode.c.batch <= number)
    found: dict[Any, CoverageSums] = {}
    for sign, which in ((-1, came), (1, ended)):
        counted = _summed(connection, query, keys, [which, *chosen])
        _add(found, {key: CoverageSums(*(sign * count for count in sums)) for key, sums in counted.items()})
    return found


def _summed(
    connection: Connection,
    query: CubeQuery,
    keys: Sequence[sa.ColumnElement[str]],
    chosen: Collection[sa.ColumnElement[bool]],
) -> dict[Any, CoverageSums]:
    """Counts of some records of the period, by `keys` and cell."""
    columns = [cascade_state.c[f"{query.measure}_{part}"] for part in ("numerator", "denominator", "unknown")]
    rows = connection.execute(
        select(*keys, episode.c.period, func.count(), *(func.sum(part) for part in columns))
        .join(cascade_state, cascade_state.c.state == episode.c.cascade)
        .where(*chosen, episode.c.period.between(query.first, query.last))
        .group_by(*keys, episode.c.period)
    )
    return {
        (*row[: len(keys)], int(row[len(keys)])): CoverageSums(*map(int, row[len(keys) + 1 :]))
        for row in rows
    }


def _declared(connection: Connection, query: CubeQuery, number: int | None) -> set[Place]:
    rows = select(facility.c.facility_id, declared_cell.c.cell).where(
        facility.c.facility_key == declared_cell.c.facility_key,
        declared_cell.c.cell.between(query.first, query.last),
    )
    if number is not None:
        rows = rows.where(declared_cell.c.batch <= number)
    return {(name, int(cell)) for name, cell in connection.execute(rows)}


def _reports(connection: Connection, query: CubeQuery) -> set[Place]:
    """Every cell of the aggregate reports whose whole period is asked for."""
    own = aggregate_facility.c
    rows = connection.execute(
        select(facility.c.facility_id, own.first_cell, own.last_cell)
        .where(
            facility.c.facility_key == own.facility_key,
            own.first_cell >= query.first,
            own.last_cell <= query.last,
            own.reports > 0,
        )
        .distinct()
    )
    return {
        (name, cell)
        for name, first, last in rows
        for cell in time_cells_between(day_of_number(first), day_of_number(last))
    }
