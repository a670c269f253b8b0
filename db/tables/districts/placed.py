"""In which operational district a facility counts in a cell: as the dated table says, else the list."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.tables.districts import ALWAYS, NEVER, facility_district
from db.tables.records import episode, facility
from surveillance.vocabulary import UNKNOWN

_t = facility_district.c
CURRENT: sa.ColumnElement[bool] = _t.superseded_batch.is_(None)


def spans() -> sa.Subquery:
    """Facility, district, and the cells in which it holds: from `from_cell` on, before `until_cell`."""
    # Without parameters: PostgreSQL then knows the expression again where it groups by it.
    ends = func.lead(_t.from_cell, sa.literal_column("1"), sa.literal_column(str(NEVER)))
    next_one = ends.over(partition_by=_t.facility_key, order_by=_t.valid_from)
    columns = (
        _t.facility_key,
        _t.operational_district.label("district"),
        _t.from_cell,
        next_one.label("until_cell"),
    )
    return select(*columns).where(CURRENT).subquery("placed")


def holding(placed: sa.Subquery, key: sa.ColumnElement, cell: sa.ColumnElement) -> sa.ColumnElement[bool]:
    """Condition of the span that holds for a facility in a cell."""
    c = placed.c
    return sa.and_(c.facility_key == key, c.from_cell <= cell, c.until_cell > cell)


def district(placed: sa.Subquery) -> sa.ColumnElement[str]:
    """Name of the district, where spans and the facility list are joined."""
    listed = facility.c
    return func.coalesce(placed.c.district, listed.operational_district, listed.district, UNKNOWN)


def of_record(cell: sa.ColumnElement[int] = episode.c.period) -> sa.ColumnElement[str]:
    """District in which a record counts, where `episode` is asked: the same text wherever it stands.

    `cell`: in which it is asked where the facility was.
    """
    dated, listed = spans(), facility.c
    of_list = func.coalesce(listed.operational_district, listed.district)
    own = select(dated.c.district).where(holding(dated, episode.c.facility_key, cell))
    other = select(of_list).where(listed.facility_key == episode.c.facility_key)
    return func.coalesce(
        own.correlate(episode).scalar_subquery(),
        other.correlate(episode).scalar_subquery(),
        sa.literal_column(f"'{UNKNOWN}'"),
    )


@dataclass(frozen=True)
class Districts:
    """The district of each facility in each cell.

    Attributes
    ----------
    listed : mapping of str to str
        Facility of the list -> its district now.
    moves : mapping of str to list of (int, str)
        Of facilities in the dated table: from which cell on in which district, the earliest first.
    """

    listed: Mapping[str, str]
    moves: Mapping[str, list[tuple[int, str]]] = field(default_factory=dict)

    def at(self, facility_id: str, cell: int) -> str:
        """The district in which a facility counts in a cell; `unknown` where no list has it."""
        moves = self.moves.get(facility_id)
        if not moves:
            return self.listed.get(facility_id, UNKNOWN)
        number = bisect_right(moves, cell, key=lambda one: one[0]) - 1
        return moves[number][1] if number >= 0 else UNKNOWN

    def spans_of(self, facility_id: str) -> list[tuple[int, int, str]]:
        """First and last cell of each stay of a facility in a district."""
        moves = self.moves.get(facility_id)
        if not moves:
            return [(ALWAYS, NEVER, self.listed.get(facility_id, UNKNOWN))]
        ends = [*(cell - 1 for cell, _ in moves[1:]), NEVER]
        return [(first, last, name) for (first, name), last in zip(moves, ends, strict=True)]

    def condition(
        self, place: sa.ColumnElement[str], cell: sa.ColumnElement[int], name: str
    ) -> sa.ColumnElement[bool]:
        """Rows of the facilities of a district, in the cells in which they belonged to it.

        Parameters
        ----------
        place, cell : columns
            The number of the facility, and the cell.
        name : str
            Of the district; `unknown`: all rows that belong to none.
        """
        found: dict[tuple[int, int], list[str]] = {}
        for one in self.listed:
            for first, last, district in self.spans_of(one):
                if (district != UNKNOWN) if name == UNKNOWN else (district == name):
                    found.setdefault((first, last), []).append(one)
        parts = [
            place.in_(facilities)
            if (first, last) == (ALWAYS, NEVER)
            else sa.and_(place.in_(facilities), cell.between(first, last))
            for (first, last), facilities in sorted(found.items())
        ]
        own = sa.or_(*parts) if parts else sa.false()
        return sa.not_(own) if name == UNKNOWN else own

    def of_rows(
        self, facilities: Sequence[str], row: NDArray[np.int64], cell: NDArray[np.int64]
    ) -> tuple[list[str], NDArray[np.int64]]:
        """Names of districts, and the position among them of each of some rows.

        Parameters
        ----------
        facilities : sequence of str
            Numbers of facilities.
        row, cell : array, shape (n,)
            Position among `facilities` of each row, and its cell.
        """
        names: dict[str, int] = {}
        found = np.zeros(len(row), np.int64)
        still = [names.setdefault(self.at(one, NEVER), len(names)) for one in facilities]
        if len(row):
            found = np.array(still, np.int64)[row]
        for at, one in enumerate(facilities):
            if one in self.moves:
                for first, last, name in self.spans_of(one):
                    within = (row == at) & (cell >= first) & (cell <= last)
                    found[within] = names.setdefault(name, len(names))
                before = (row == at) & (cell < self.moves[one][0][0])
                found[before] = names.setdefault(UNKNOWN, len(names))
        return list(names), found

    def ever(self, facility_id: str) -> set[str]:
        """Every district in which a facility ever counts, without `unknown`."""
        moves = self.moves.get(facility_id, [(0, self.listed.get(facility_id, UNKNOWN))])
        return {name for _, name in moves} - {UNKNOWN}

    def parts(self, first: int, last: int) -> list[tuple[int, int]]:
        """The cells from `first` to `last`, cut wherever a facility moves: first and last number of each."""
        cuts = sorted({cell for moves in self.moves.values() for cell, _ in moves if first < cell <= last})
        starts, ends = [first, *cuts], [*(cell - 1 for cell in cuts), last]
        return list(zip(starts, ends, strict=True))

    def during(self, facility_id: str, first: int, last: int) -> set[str]:
        """Districts in which a facility counts at any time from cell `first` to `last`."""
        if facility_id not in self.moves:
            return {self.at(facility_id, last)}
        return {self.at(facility_id, start) for start, _ in self.parts(first, last)}

    def names(self, first: int, last: int) -> list[str]:
        """Districts in which any facility counts from cell `first` to `last`, in order, without `unknown`."""
        found = {name for one in self.listed for name in self.during(one, first, last)}
        return sorted(found - {UNKNOWN})


def names(connection: Connection) -> list[str]:
    """Names of operational districts, of the facility list and of the dated table."""
    of_list, of_table = facility.c.operational_district, _t.operational_district
    both = sa.union(
        select(of_list).where(of_list.is_not(None)), select(of_table).where(CURRENT, of_table != UNKNOWN)
    )
    return sorted(connection.execute(both).scalars())


def listed_in(row: Mapping[str, object]) -> str:
    """District of a facility, as the list has it: its operational one, else its administrative one."""
    return str(row["operational_district"] or row["district"] or UNKNOWN)


def read(connection: Connection, rows: Iterable[Mapping[str, object]]) -> Districts:
    """Districts of these facilities of the list."""
    listed = {str(row["facility_key"]): row for row in rows}
    query = select(_t.facility_key, _t.from_cell, _t.operational_district).where(CURRENT)
    moves: dict[str, list[tuple[int, str]]] = {}
    for key, cell, name in connection.execute(query.order_by(_t.facility_key, _t.valid_from)):
        if key in listed:
            moves.setdefault(str(listed[key]["facility_id"]), []).append((int(cell), str(name)))
    return Districts({str(row["facility_id"]): listed_in(row) for row in listed.values()}, moves)
