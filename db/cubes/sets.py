"""Sets of cubes: the ones that are kept, empty ones beside them, and in which periods they hold anything."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import sqlalchemy as sa
from sqlalchemy import Table, select
from sqlalchemy.engine import Connection

from db.columns.sums import Numbers
from db.tables.records import BORDER, DIMENSIONS, cube_group, cube_stratum, cube_total

#: A cube: `total`, `group` or `stratum`, and the kind of place it is by.
Name = tuple[str, str]


@dataclass(frozen=True)
class CubeSet:
    """The three families of cubes, each by kind of place; there are no groups of `BORDER`."""

    total: Mapping[str, Table]
    group: Mapping[str, Table]
    stratum: Mapping[str, Table]
    #: Whether rows whose sums have become zero stay: to find and drop them costs as much as adding.
    keeps_zeros: bool = False

    def only(self, chosen: Collection[Name]) -> CubeSet:
        """Some of them."""
        total, group, stratum = (
            {dimension: cube for dimension, cube in family.items() if (name, dimension) in chosen}
            for name, family in zip(FAMILIES, _families(self), strict=True)
        )
        return CubeSet(total, group, stratum, self.keeps_zeros)

    @property
    def dimensions(self) -> list[str]:
        """Kinds of place that any of them is by."""
        held = {dimension for family in _families(self) for dimension in family}
        return [dimension for dimension in (*DIMENSIONS, BORDER) if dimension in held]

    @property
    def tables(self) -> list[Table]:
        """Every cube."""
        return [*self.total.values(), *self.group.values(), *self.stratum.values()]


#: The cubes that are kept.
HELD = CubeSet(cube_total, cube_group, cube_stratum)
FAMILIES = ("total", "group", "stratum")


def temporary(connection: Connection, prefix: str) -> CubeSet:
    """Empty cubes of this connection alone, named as those that are kept with a prefix."""
    made = _temporary(prefix)
    for table in made.tables:
        table.create(connection)
    return made


@cache  # a statement is compiled once for the same table
def _temporary(prefix: str) -> CubeSet:
    metadata = sa.MetaData()

    def like(cube: Table) -> Table:
        columns = [
            sa.Column(c.name, c.type, primary_key=c.primary_key, autoincrement=False, nullable=False)
            for c in cube.columns
        ]
        keys = cube.primary_key.columns.keys()
        columns.sort(key=lambda column: keys.index(column.name) if column.name in keys else len(keys))
        return Table(prefix + cube.name, metadata, *columns, prefixes=["TEMPORARY"], sqlite_with_rowid=False)

    total, group, stratum = (
        {dimension: like(cube) for dimension, cube in family.items()} for family in _families(HELD)
    )
    return CubeSet(total, group, stratum, keeps_zeros=True)


def _families(cubes: CubeSet) -> tuple[Mapping[str, Table], ...]:
    return cubes.total, cubes.group, cubes.stratum


#: Names of the cubes that are kept, in the order of their tables.
NAMES: tuple[Name, ...] = tuple(
    (name, dimension) for name, family in zip(FAMILIES, _families(HELD), strict=True) for dimension in family
)


class HeldPeriods:
    """In which cells of time a set of cubes held anything when it was first asked.

    Every record has a place of care: that cube has a row for each of them.
    """

    #: Fewer sums are soon looked up one by one.
    MANY = 5_000

    def __init__(self, connection: Connection, cubes: CubeSet) -> None:
        self._connection, self._cubes = connection, cubes
        self._periods: list[int] | None = None

    def lack(self, periods: Numbers) -> bool:
        """Whether none of the cubes holds anything of these; False where that is not worth looking up."""
        complete = len(self._cubes.tables) == len(NAMES)
        if len(periods) < self.MANY or not complete or self._connection.dialect.name != "postgresql":
            return False
        if self._periods is None:
            column = self._cubes.total["care"].c.period
            self._periods = list(self._connection.execute(select(column).distinct()).scalars())
        return not np.isin(periods, self._periods).any()
