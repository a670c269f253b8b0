"""Whole cubes of a disease, as arrays: what a release is made from. Each cube is read once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.columns.named_numbers import columns
from db.core.scope import Scope
from db.cubes.query import CubeQuery, in_scope
from db.tables.records import batch, cube_group, cube_total
from surveillance.strata import AXIS_NUMBER, CODE, HIDDEN_NUMBER

#: Measures of a visit, in the order of the sums.
MEASURES = ("testing", "positivity", "treatment")
#: Sums of a row: records, then numerator, denominator and unknown of each measure.
SUMS = ("records", *(f"{one}_{part}" for one in MEASURES for part in ("numerator", "denominator", "unknown")))
_AXES = {number: axis for axis, number in AXIS_NUMBER.items()}


class Cells(NamedTuple):
    """Sums of places in cells of time: `place` are positions in `names`, columns of `sums` :data:`SUMS`."""

    names: list[str]
    place: NDArray[np.int64]
    period: NDArray[np.int64]
    sums: NDArray[np.int64]


class GroupCells(NamedTuple):
    """The same by values of one axis; `value` are positions in `values`."""

    cells: Cells
    values: list[str]
    value: NDArray[np.int64]


def span(connection: Connection, scope: Scope) -> tuple[int, int] | None:
    """First and last cell with records of any disease; None where there are none."""
    cube = cube_total["care"]
    where = in_scope(CubeQuery("", "care", ""), cube, scope)
    row = connection.execute(select(func.min(cube.c.period), func.max(cube.c.period)).where(*where)).one()
    return None if row[0] is None else (int(row[0]), int(row[1]))


def newest_batch(connection: Connection) -> int:
    """Number of the newest file that the records are from; 0 where there is none."""
    return int(connection.execute(select(func.coalesce(func.max(batch.c.id), 0))).scalar_one())


def by_place(
    connection: Connection, scope: Scope, disease: str, dimension: str, first: int, last: int
) -> Cells:
    """Sums of each place and cell from `first` to `last`.

    Raises
    ------
    NotPermittedError
        A jurisdiction asks for another kind of place than care.
    """
    cube = cube_total[dimension]
    query = CubeQuery(disease, dimension, MEASURES[0])
    found = columns(
        connection,
        select(cube.c.place, cube.c.period, *(cube.c[name] for name in SUMS)).where(
            cube.c.disease == disease, cube.c.period.between(first, last), *in_scope(query, cube, scope)
        ),
    )
    return Cells(found.names, found.name, found.numbers[:, 0], found.numbers[:, 1:])


def by_group(
    connection: Connection, scope: Scope, disease: str, first: int, last: int
) -> dict[str, GroupCells]:
    """For each axis the sums of each place of care, value and cell from `first` to `last`."""
    cube = cube_group["care"]
    query = CubeQuery(disease, "care", MEASURES[0])
    asked = select(cube.c.place, cube.c.axis, cube.c.value, cube.c.period, *(cube.c[name] for name in SUMS))
    found = columns(
        connection,
        asked.where(
            cube.c.disease == disease, cube.c.period.between(first, last), *in_scope(query, cube, scope)
        ),
    )
    groups = {}
    for number, axis in _AXES.items():
        kept = found.numbers[:, 0] == number
        numbers, codes = found.numbers[kept], CODE[axis]
        cells = Cells(found.names, found.name[kept], numbers[:, 2], numbers[:, 3:])
        values = sorted(set(codes) - {HIDDEN_NUMBER})
        groups[axis] = GroupCells(
            cells, [codes[one] for one in values], np.searchsorted(values, numbers[:, 1])
        )
    return groups
