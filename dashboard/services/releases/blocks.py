"""From sums to blocks: all tables of a disease, chain and calendar year, as suppression takes them."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from datetime import date
from functools import cache

import numpy as np

from dashboard.services.releases.sheets import Numbers
from dashboard.services.releases.sums import ROWS, Sums
from surveillance.disclosure.lattice import (
    COUNTRY,
    KINDS,
    Column,
    TableSpec,
    cohort_lattice_of,
    issued_values,
    lattice_of,
)
from surveillance.disclosure.model import COHORT, VISITS, Block, Table, Tree, star
from surveillance.epiweek import PeriodKind


def blocks(sums: Sums) -> Iterator[Block]:
    """Make every block of a disease, year by year."""
    for year in sorted({unit.first_day.year for unit in sums.units}):
        yield _of_visits(sums, year)
    for year in sorted({start.first_day.year for start in sums.starts}):
        chosen = [number for number, start in enumerate(sums.starts) if start.first_day.year == year]
        units = [sums.starts[number] for number in chosen]
        (spec,) = cohort_lattice_of(sums.disease)
        table = _over_time(spec, units, ROWS["care"], sums.cohort[:, chosen])
        yield Block(sums.disease, COHORT, year, () if table is None else (table,))


def _of_visits(sums: Sums, year: int) -> Block:
    chosen = [number for number, unit in enumerate(sums.units) if unit.first_day.year == year]
    units = [sums.units[number] for number in chosen]
    tables, joint = [], {}
    by_place = {spec.axis for spec in lattice_of(sums.disease) if spec.axis and spec.by_place}
    for spec in lattice_of(sums.disease):
        table: Table | None
        if not spec.axis:
            table = _over_time(spec, units, ROWS[spec.name], sums.places[spec.name][:, chosen])
        else:
            held, values = sums.groups[spec.axis][:, chosen], issued_values(spec.axis)
            if spec.by_place:
                table = _by_value(spec, units, values, held)
            else:
                table = _over_time(spec, units, values, held.sum(axis=0).swapaxes(0, 1))
                whole = table is not None and table.columns.names[0] == Column("year", date(year, 1, 1))
                if table is not None and whole and spec.axis in by_place:
                    joint[spec.axis] = _leaves(held, units, table.columns)
        if table is not None:
            tables.append(table)
    return Block(sums.disease, VISITS, year, tuple(tables), joint)


def _over_time(spec: TableSpec, units: Sequence[Column], rows: Sequence[str], sums: Numbers) -> Table | None:
    columns = whole_periods(tuple(units), spec.kinds)
    if not columns.names:
        return None
    return Table(spec.name, star(COUNTRY, rows), columns, _leaves(sums, units, columns))


def _by_value(spec: TableSpec, units: Sequence[Column], values: Sequence[str], sums: Numbers) -> Table | None:
    """Places by values, of the whole year."""
    if not whole_periods(tuple(units), spec.kinds).names:
        return None
    return Table(spec.name, star(COUNTRY, ROWS["care"]), star("", values), sums.sum(axis=1))


@cache  # the tables of a year share their periods, and so do diseases
def whole_periods(units: tuple[Column, ...], kinds: tuple[PeriodKind, ...]) -> Tree:
    """List the periods of some kinds of which every unit is there, each below the smallest that holds it."""
    there = set(units)
    found: list[Column] = []
    for kind in (one for one in reversed(KINDS) if one in kinds):
        made = dict.fromkeys(_around(unit, kind) for unit in units)
        found += [column for column in made if _parts(column, units[0].kind) <= there]
    above = []
    for number, column in enumerate(found):
        holding = [at for at in range(number) if found[at].holds(column)]
        above.append(max(holding, default=-1))
    return Tree(tuple(found), tuple(above))


def _around(unit: Column, kind: PeriodKind) -> Column:
    month = unit.first_day.month
    first = {"month": month, "quarter": month - (month - 1) % 3, "year": 1}[kind]
    return Column(kind, unit.first_day.replace(month=first))


def _parts(column: Column, kind: PeriodKind) -> set[Column]:
    """Units of a kind of which a period is made."""
    length = {"month": 1, "quarter": 3, "year": 12}
    return {
        Column(kind, column.first_day.replace(month=column.first_day.month + later))
        for later in range(0, length[column.kind], length[kind])
    }


def _leaves(sums: Numbers, units: Sequence[Column], columns: Tree) -> Numbers:
    """Sum units (the second axis) into the smallest periods of a table."""
    parts = _in_leaves(tuple(units), columns.names, columns.leaves)
    return np.stack([sums[:, part].sum(axis=1) for part in parts], axis=1)


@cache
def _in_leaves(
    units: tuple[Column, ...], names: tuple[Hashable, ...], leaves: tuple[int, ...]
) -> tuple[list[int], ...]:
    """Positions of the units in each leaf."""
    columns = [name for leaf in leaves if isinstance(name := names[leaf], Column)]
    return tuple([at for at, unit in enumerate(units) if column.holds(unit)] for column in columns)
