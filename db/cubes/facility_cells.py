"""Counts and reports of each facility in each cell of time: as known now, or when a batch had come.

What came later is looked up among the records of one period, which is much quicker than to step a whole cube
back (db/history/as_of.py). No cube knows a facility and a home, a place of infection or a crossing together:
these are counted among the records of the period, too. Sensitive diseases have no facilities (decision 6).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.engine import Connection, Row

from db.columns.named_numbers import columns
from db.core.scope import Scope
from db.cubes.place_cells import PlaceCells
from db.cubes.query import CubeQuery, cells
from db.tables.aggregates import aggregate_facility
from db.tables.deliveries import declared_cell
from db.tables.records import BORDER, DIMENSIONS, batch, cascade_state, cube_total, episode, facility
from surveillance.diseases import DISEASES
from surveillance.epiweek import day_of_number, time_cell_last_day, time_cells_between
from surveillance.strata import MASK, NUMBER, SHIFT

#: Kinds of place that are the patient's and not the facility's -> the column of `episode` that names them.
PART = {kind: DIMENSIONS[kind] for kind in ("home", "infection", "crossing")} | {
    BORDER: DIMENSIONS["crossing"]
}
_SUMMED = ("numerator", "denominator", "unknown")
_TOLD = tuple(code for code, disease in DISEASES.items() if not disease.sensitive)


_Numbers = NDArray[np.int64]
#: The patients' place, facility, cell, and records, numerator, denominator and unknown.
Part = tuple[Any, ...]
#: Columns of a row of :func:`_summed` by facility alone: facility, cell, four sums.
_WITHOUT_PLACE = 6


class Rows(NamedTuple):
    """Counts, a row for each: position of the facility, cell, sums, and the position of the patients' place.

    Several rows of the same facility, cell and place are to be added. `place` is empty where none is asked.
    """

    facility: _Numbers
    cell: _Numbers
    sums: _Numbers
    place: _Numbers


@dataclass(frozen=True)
class FacilityCells:
    """Counts of a question by facility and cell.

    `names`: facilities, sorted. Rows are by home, place of infection or crossing too, one of `places`, where
    that is asked.
    """

    names: Sequence[str]
    places: Sequence[str]
    rows: Rows


_NO_ROWS = Rows(*(np.empty(0, np.int64),) * 2, np.empty((0, 4), np.int64), np.empty(0, np.int64))


def read(
    connection: Connection,
    scope: Scope,
    query: CubeQuery,
    named: Collection[str],
    number: int | None = None,
    read_cells: Callable[[CubeQuery], PlaceCells] | None = None,
    read_parts: Callable[[CubeQuery], Sequence[Part]] | None = None,
) -> FacilityCells:
    """Counts of facilities in the cells from `query.first` to `query.last`.

    Parameters
    ----------
    query : CubeQuery
        Its kind of place is that of `places`; by province of care and by facility there are none. Its measure
        counts in the period of the visit.
    named : collection of str
        Facilities of the list, as far as the reader may see them.
    number : int, optional
        As it was known when this batch had come; by default as it is known now.
    read_cells : callable, optional
        Reads the cube, as :func:`db.cubes.query.cells` does in this scope.
    read_parts : callable, optional
        Reads the records of the patients' places, as :func:`parts` does.
    """
    names = sorted(named)
    if query.first is None or query.last is None or not names:
        return FacilityCells(names, (), _NO_ROWS)
    position = {name: at for at, name in enumerate(names)}
    column = PART.get(query.dimension)
    keys = [episode.c.facility] if column is None else [episode.c[column], episode.c.facility]
    places: dict[str, int] = {}
    if column is not None:
        now = read_parts(query) if read_parts else parts(connection, query, [query.measure])[query.measure]
        read_in = [_rows(now, position, places)]
    else:
        by_facility = replace(query, dimension="facility")
        found = read_cells(by_facility) if read_cells else cells(connection, scope, by_facility)
        read_in = [_of_cube(found, position)]
    if number is not None:
        since = _since(connection, query, number, _of_question(query), *keys)
        read_in += [_rows(rows, position, places, sign) for sign, rows in since]
    joined = Rows(*(np.concatenate(part) for part in zip(*read_in, strict=True)))
    return FacilityCells(names, list(places), joined)


def parts(connection: Connection, query: CubeQuery, measures: Sequence[str]) -> dict[str, Sequence[Part]]:
    """Counts of several measures by the patients' place, facility and cell, as known now.

    The records are read once for all of them.
    """
    keys = (episode.c[PART[query.dimension]], episode.c.facility)
    chosen = [episode.c.superseded_batch.is_(None), *_of_question(query)]
    found = _summed(connection, query, keys, chosen, measures)
    return {
        measure: [(*row[:4], *row[4 + 3 * at : 7 + 3 * at]) for row in found]
        for at, measure in enumerate(measures)
    }


def by_visit_alone(query: CubeQuery) -> bool:
    """Whether a kind of place is the patient's: aggregate reports do not know it."""
    return query.dimension in PART


def reports(
    connection: Connection, query: CubeQuery, named: Collection[str], number: int | None = None
) -> tuple[_Numbers, _Numbers]:
    """Positions of facilities among the sorted `named`, and cells: a record or report of any disease but HIV
    and syphilis, or a declaration.

    They are the same for every disease and measure. Of the query only its cells count, and whether its kind
    of place is the patient's (:func:`by_visit_alone`), which an aggregate report does not know.
    """
    names = sorted(named)
    if query.first is None or query.last is None or not names:
        return _NO_ROWS.facility, _NO_ROWS.cell
    position = {name: at for at, name in enumerate(names)}
    records = _records(connection, query, names, position)
    if number is not None:
        told = [episode.c.disease.in_(_TOLD)]
        for sign, rows in _since(connection, query, number, told, episode.c.facility):
            records.append(_rows(rows, position, {}, sign))
    found = [_with_records(records), _declared(connection, query, number, position)]
    if not by_visit_alone(query):
        found.append(_reports(connection, query, position))
    return np.concatenate([one[0] for one in found]), np.concatenate([one[1] for one in found])


def _of_cube(found: PlaceCells, position: Mapping[str, int]) -> Rows:
    facility_of = _positions(found.names, position)[found.place]
    kept = facility_of >= 0
    return Rows(facility_of[kept], found.period[kept], found.counts[kept], np.empty(0, np.int64))


def _positions(names: Sequence[str], position: Mapping[str, int]) -> _Numbers:
    """Where each name stands; -1 for one that is not among them."""
    return np.array([position.get(name, -1) for name in names], np.int64)


def _rows(
    found: Sequence[Row | Part], position: Mapping[str, int], places: dict[str, int], sign: int = 1
) -> Rows:
    """Rows of :func:`_summed`; a place that is new to `places` is added to them."""
    kept = [row for row in found if row[-6] in position]
    of_places = bool(kept) and len(kept[0]) > _WITHOUT_PLACE
    return Rows(
        np.array([position[row[-6]] for row in kept], np.int64),
        np.array([row[-5] for row in kept], np.int64),
        sign * np.array([[int(part) for part in row[-4:]] for row in kept], np.int64).reshape(-1, 4),
        np.array([places.setdefault(row[0], len(places)) for row in kept] if of_places else [], np.int64),
    )


def _records(
    connection: Connection, query: CubeQuery, names: Sequence[str], position: Mapping[str, int]
) -> list[Rows]:
    """Records of any disease that tells who reported; the key leads to each facility's cells."""
    cube = cube_total["facility"]
    rows = (
        select(cube.c.place, cube.c.period, func.sum(cube.c.records).label("records"))
        .where(
            cube.c.disease.in_(_TOLD),
            cube.c.place.in_(names),
            cube.c.period.between(query.first, query.last),
        )
        .group_by(cube.c.place, cube.c.period)
    )
    found = columns(connection, rows)
    sums = np.zeros((len(found.numbers), 4), np.int64)
    sums[:, 0] = found.numbers[:, 1]
    facility_of = _positions(found.names, position)[found.name]
    return [Rows(facility_of, found.numbers[:, 0], sums, np.empty(0, np.int64))]


def _with_records(parts: Sequence[Rows]) -> tuple[_Numbers, _Numbers]:
    """Facilities and cells that have a record when all parts are added."""
    places = np.stack(
        [np.concatenate([part.facility for part in parts]), np.concatenate([part.cell for part in parts])]
    )
    if len(parts) == 1:
        kept = parts[0].sums[:, 0] > 0
        return places[0][kept], places[1][kept]
    found, at = np.unique(places, axis=1, return_inverse=True)
    sums = np.zeros(found.shape[1], np.int64)
    np.add.at(sums, at.ravel(), np.concatenate([part.sums[:, 0] for part in parts]))
    return found[0][sums > 0], found[1][sums > 0]


def _of_question(query: CubeQuery) -> list[sa.ColumnElement[bool]]:
    kept: list[sa.ColumnElement[bool]] = [
        episode.c.stratum.op("&")(MASK << SHIFT[axis]).in_(
            [NUMBER[axis][code] << SHIFT[axis] for code in codes]
        )
        for axis, codes in query.filters.items()
    ]
    if query.stays is not None:
        kept.append(query.stays.condition(episode.c.facility.in_, episode.c.period))
    return [episode.c.disease == query.disease, *kept]


def _since(
    connection: Connection,
    query: CubeQuery,
    number: int,
    chosen: Collection[sa.ColumnElement[bool]],
    *keys: sa.ColumnElement[str],
) -> list[tuple[int, Sequence[Row]]]:
    """What to add to the present (with a sign) to have it as it was when batch `number` had come.

    Records that came later are taken away, and versions that ended later are added. Only files that name a
    visit of the period can have brought one of its records.
    """
    first, last = day_of_number(query.first or 0), time_cell_last_day(day_of_number(query.last or 0))
    later = select(batch.c.id).where(
        batch.c.id > number, batch.c.first_visit <= last, batch.c.last_visit >= first
    )
    came = sa.and_(episode.c.batch.in_(later), episode.c.superseded_batch.is_(None))
    ended = sa.and_(episode.c.superseded_batch > number, episode.c.batch <= number)
    return [
        (sign, _summed(connection, query, keys, [which, *chosen])) for sign, which in ((-1, came), (1, ended))
    ]


def _summed(
    connection: Connection,
    query: CubeQuery,
    keys: Sequence[sa.ColumnElement[str]],
    chosen: Collection[sa.ColumnElement[bool]],
    measures: Sequence[str] = (),
) -> Sequence[Row]:
    """Counts of some records of the period, by `keys` and cell: of its measure, or of several."""
    names = [f"{one}_{part}" for one in measures or [query.measure] for part in _SUMMED]
    columns = [cascade_state.c[name] for name in names]
    return connection.execute(
        select(*keys, episode.c.period, func.count(), *(func.sum(part) for part in columns))
        .join(cascade_state, cascade_state.c.state == episode.c.cascade)
        .where(*chosen, episode.c.period.between(query.first, query.last))
        .group_by(*keys, episode.c.period)
    ).all()


def _declared(
    connection: Connection, query: CubeQuery, number: int | None, position: Mapping[str, int]
) -> tuple[_Numbers, _Numbers]:
    rows = select(facility.c.facility_id, declared_cell.c.cell).where(
        facility.c.facility_key == declared_cell.c.facility_key,
        declared_cell.c.cell.between(query.first, query.last),
    )
    if number is not None:
        rows = rows.where(declared_cell.c.batch <= number)
    found = columns(connection, rows)
    facility_of = _positions(found.names, position)[found.name]
    kept = facility_of >= 0
    return facility_of[kept], found.numbers[kept, 0]


def _reports(
    connection: Connection, query: CubeQuery, position: Mapping[str, int]
) -> tuple[_Numbers, _Numbers]:
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
    found = [
        (position[name], cell)
        for name, first, last in rows
        if name in position
        for cell in time_cells_between(day_of_number(first), day_of_number(last))
    ]
    both = np.array(found, np.int64).reshape(-1, 2)
    return both[:, 0], both[:, 1]
