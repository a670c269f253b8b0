"""Reading what aggregate reports add, and how reports and line lists differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.core.scope import Scope
from db.cubes.query import DISTRICT, CoverageSums, CubeQuery
from db.tables import in_scope
from db.tables.aggregates import aggregate_care, aggregate_facility
from db.tables.districts.placed import Districts
from db.tables.records import facility
from surveillance.diseases import DISEASES
from surveillance.strata import CODE, HIDDEN_NUMBER, MASK, NUMBER, SHIFT
from surveillance.vocabulary import UNKNOWN

#: Kinds of place that a report knows: who made it, and where they are.
KNOWN = frozenset({"care", "facility", DISTRICT})
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Reports:
    """What reports add, row by row: place, first and last cell, stratum; reports counted, and four sums."""

    place: NDArray[np.object_]
    first: Numbers
    last: Numbers
    stratum: Numbers
    #: Shape (n, 5): reports, records, numerator, denominator, unknown.
    sums: Numbers

    @classmethod
    def none(cls) -> Reports:
        """No reports."""
        return _frame([])

    def in_districts(self, districts: Districts | None) -> Reports:
        """Reports of facilities as those of districts: each counts where it was when its period ended."""
        of = districts or Districts({})
        place = np.empty(len(self.place), object)
        place[:] = [of.at(name, int(last)) for name, last in zip(self.place, self.last, strict=True)]
        return replace(self, place=place)

    @classmethod
    def of_rows(cls, rows: Sequence[Any]) -> Reports:
        """From rows of place, first and last cell, stratum, and the five sums."""
        return _frame(rows)

    def __bool__(self) -> bool:
        return len(self.place) > 0

    def by_place(self, first: int, last: int) -> dict[str, tuple[int, CoverageSums]]:
        """Reports counted and their sums, of each place, whose whole period lies in the cells asked for."""
        return self._summed(self.place, self._inside(first, last))

    def by_cell(
        self, first: int, last: int, place: str | None, together: Callable[[int, int], bool]
    ) -> dict[int, tuple[int, CoverageSums]]:
        """The same by the last cell of a report, of those whose first and last are `together` on an axis."""
        kept = self._inside(first, last) & self._of(place)
        kept &= np.array([together(a, b) for a, b in zip(self.first, self.last, strict=True)], bool)
        return self._summed(self.last, kept)

    def by_group(
        self, first: int, last: int, place: str | None
    ) -> dict[tuple[str, str], tuple[int, CoverageSums]]:
        """The same by (axis, value)."""
        kept = self._inside(first, last) & self._of(place)
        found = {}
        for axis, shift in SHIFT.items():
            values = (self.stratum >> shift) & MASK
            for value, sums in self._summed(values, kept & (values != HIDDEN_NUMBER)).items():
                found[axis, CODE[axis][value]] = sums
        return found

    def total(self, first: int, last: int, place: str | None) -> tuple[int, CoverageSums]:
        """Reports counted and their sums, of one place or (`None`) of all together."""
        sums = self.sums[self._inside(first, last) & self._of(place)].sum(axis=0).tolist()
        return sums[0], CoverageSums(*sums[1:])

    def _inside(self, first: int, last: int) -> NDArray[np.bool_]:
        return (self.first >= first) & (self.last <= last)

    def _of(self, place: str | None) -> NDArray[np.bool_]:
        return np.ones(len(self.place), bool) if place is None else self.place == place

    def _summed(self, keys: NDArray, kept: NDArray[np.bool_]) -> dict:
        found, position = np.unique(keys[kept], return_inverse=True)
        sums = np.zeros((len(found), self.sums.shape[1]), np.int64)
        np.add.at(sums, position, self.sums[kept])
        return {
            key: (row[0], CoverageSums(*row[1:]))
            for key, row in zip(found.tolist(), sums.tolist(), strict=True)
        }


def read(connection: Connection, scope: Scope, query: CubeQuery) -> Reports:
    """Everything that reports add to a question and lies in its period.

    Only places of care are known to a report; of sensitive diseases only the province (decision 6).
    """
    if query.dimension == DISTRICT:
        return read(connection, scope, query.held).in_districts(query.districts)
    if query.dimension not in KNOWN or (query.dimension == "facility" and DISEASES[query.disease].sensitive):
        return Reports.none()
    care = query.dimension == "care"
    table = aggregate_care if care else aggregate_facility
    place = table.c.place if care else func.coalesce(facility.c.facility_id, UNKNOWN)
    if query.stays is not None:  # by facility, which alone may lie in a remote area
        table = aggregate_facility
        place = func.coalesce(facility.c.province if care else facility.c.facility_id, UNKNOWN)
    of_measure = [table.c[f"{query.measure}_{part}"] for part in ("numerator", "denominator", "unknown")]
    columns = [table.c.first_cell, table.c.last_cell, table.c.stratum, table.c.reports, table.c.records]
    rows = select(place, *columns, *of_measure).where(table.c.disease == query.disease, *_kept(query, table))
    if table is aggregate_facility:
        rows = rows.select_from(table.outerjoin(facility, facility.c.facility_key == table.c.facility_key))
    if query.first is not None:
        rows = rows.where(table.c.first_cell >= query.first)
    if query.last is not None:
        rows = rows.where(table.c.last_cell <= query.last)
    rows = rows.where(*in_scope.programmes(scope, table.c.disease))
    if query.stays is not None:
        named = func.coalesce(facility.c.facility_id, UNKNOWN)
        rows = rows.where(query.stays.condition(named.in_, table.c.first_cell, table.c.last_cell))
    if table is aggregate_facility:
        by = query.dimension if query.districts is None else DISTRICT
        rows = rows.where(*in_scope.facilities(scope, by=by))
    else:
        rows = rows.where(*in_scope.care(scope, table.c.place))
    return _frame(connection.execute(rows).all())


def _kept(query: CubeQuery, table: sa.Table) -> list[sa.ColumnElement[bool]]:
    """Conditions of the filters on the bits of the strata."""
    return [
        table.c.stratum.op("&")(MASK << SHIFT[axis]).in_(
            [NUMBER[axis][code] << SHIFT[axis] for code in codes]
        )
        for axis, codes in query.filters.items()
    ]


def _frame(listed: Sequence[Any]) -> Reports:
    numbers = np.array([row[1:] for row in listed], np.int64).reshape(-1, 8)
    places = np.empty(len(listed), object)
    places[:] = [row[0] for row in listed]
    return Reports(places, numbers[:, 0], numbers[:, 1], numbers[:, 2], numbers[:, 3:])


def spans(connection: Connection, scope: Scope) -> dict[str, tuple[int, int]]:
    """First and last cell of the reports of each disease that has any."""
    table = aggregate_care
    ends = select(table.c.disease, func.min(table.c.first_cell), func.max(table.c.last_cell))
    ends = ends.where(*in_scope.care(scope, table.c.place), *in_scope.programmes(scope, table.c.disease))
    rows = connection.execute(ends.group_by(table.c.disease))
    return {disease: (int(first), int(last)) for disease, first, last in rows}


def senders(connection: Connection, scope: Scope, first: int, last: int) -> frozenset[str]:
    """Facilities of the list with a report of any disease whose period lies in the cells asked for."""
    own = aggregate_facility.c
    query = (
        select(facility.c.facility_id)
        .join(aggregate_facility, own.facility_key == facility.c.facility_key)
        .where(own.first_cell >= first, own.last_cell <= last, own.reports > 0)
        .distinct()
    )
    return frozenset(connection.execute(query.where(*in_scope.facilities(scope))).scalars())
