"""Keeping the cubes: sums over current records, changed by the difference in the import's own transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product

import numpy as np
import sqlalchemy as sa
from sqlalchemy import Table, select
from sqlalchemy.engine import Connection

from db import person_sums, sealed
from db.bulk import add_to_sums
from db.cube_sums import Additions, Cells, Numbers, Records, Sums, cells
from db.gathering import fetched, gather
from db.schema import (
    DIMENSIONS,
    MEASURE_COLUMNS,
    STRATUM_FIRST,
    SUM_COLUMNS,
    cascade_state,
    cube_group,
    cube_stratum,
    cube_total,
    episode,
)
from surveillance.indicators import MEASURES, all_states, contribution
from surveillance.vocabulary import DISEASES

SENSITIVE = frozenset(code for code, disease in DISEASES.items() if disease.sensitive)
_BY_START = frozenset(code for code, measure in MEASURES.items() if measure.by_start)
#: Sums that count in the period in which treatment began.
_STARTED = np.array([name.rsplit("_", 1)[0] in _BY_START for name in SUM_COLUMNS])
#: Records summed at a time: bounds the memory, whatever the size of an import.
PART = 50_000
#: Records read at a time, as numbers, and put in order of their cells: each part then has few cells in common
#: with another, however a file is ordered.
GATHERED = 500_000
#: Kinds of place that sensitive diseases have no cube of (decision 6).
_NEVER_FOR_SENSITIVE = frozenset({"crossing", "facility"})
#: What a facility is known by, whatever the list calls it.
_KEY = "facility_key"
_NUMBERED = ("period", "start_period", "stratum", "cascade")


#: A cube: `total`, `group` or `stratum`, and the kind of place it is by.
Name = tuple[str, str]


@dataclass(frozen=True)
class CubeSet:
    """The three families of cubes, each by kind of place."""

    total: Mapping[str, Table]
    group: Mapping[str, Table]
    stratum: Mapping[str, Table]
    #: Whether rows whose sums have become zero stay: to find and drop them costs as much as adding.
    keeps_zeros: bool = False

    def only(self, chosen: Collection[Name]) -> CubeSet:
        """Some of them."""
        total, group, stratum = (
            {dimension: cube for dimension, cube in family.items() if (name, dimension) in chosen}
            for name, family in zip(_FAMILIES, _families(self), strict=True)
        )
        return CubeSet(total, group, stratum, self.keeps_zeros)

    @property
    def dimensions(self) -> list[str]:
        """Kinds of place that any of them is by."""
        held = {dimension for family in _families(self) for dimension in family}
        return [dimension for dimension in DIMENSIONS if dimension in held]

    @property
    def tables(self) -> list[Table]:
        """Every cube."""
        return [*self.total.values(), *self.group.values(), *self.stratum.values()]


#: Called after each part with the records summed so far.
Progress = Callable[[int], None]
#: The cubes that are kept.
HELD = CubeSet(cube_total, cube_group, cube_stratum)
_FAMILIES = ("total", "group", "stratum")
#: Their names, in the order of their tables.
NAMES: tuple[Name, ...] = tuple(product(_FAMILIES, DIMENSIONS))


def temporary(connection: Connection, prefix: str) -> CubeSet:
    """Empty cubes of this connection alone, named as those that are kept with a prefix."""
    metadata = sa.MetaData()

    def like(cube: Table) -> Table:
        columns = [
            sa.Column(c.name, c.type, primary_key=c.primary_key, autoincrement=False, nullable=False)
            for c in cube.columns
        ]
        keys = cube.primary_key.columns.keys()
        columns.sort(key=lambda column: keys.index(column.name) if column.name in keys else len(keys))
        made = Table(prefix + cube.name, metadata, *columns, prefixes=["TEMPORARY"], sqlite_with_rowid=False)
        made.create(connection)
        return made

    total, group, stratum = (
        {dimension: like(cube) for dimension, cube in family.items()} for family in _families(HELD)
    )
    return CubeSet(total, group, stratum, keeps_zeros=True)


def _families(cubes: CubeSet) -> tuple[Mapping[str, Table], ...]:
    return cubes.total, cubes.group, cubes.stratum


def fill_cascade_states(connection: Connection) -> None:
    """Write what one record adds to each measure, by its cascade, from surveillance.indicators."""
    rows = []
    for state, answers in all_states():
        row = {"state": state}
        for code, measure in MEASURES.items():
            added = contribution(measure, answers)
            row |= {f"{code}_{part}": getattr(added, part) for part in added._fields}
        rows.append(row)
    connection.execute(cascade_state.delete())
    connection.execute(cascade_state.insert(), rows)


def add_episodes(
    connection: Connection,
    chosen: sa.ColumnElement[bool],
    sign: int,
    into: CubeSet = HELD,
    progress: Progress | None = None,
) -> None:
    """Add (`sign` 1) or take away (`sign` -1) the episodes for which `chosen` holds."""
    for dimension, sums in summed(connection, chosen, sign, progress, into.dimensions):
        add_cells(connection, dimension, sums, into)


@contextmanager
def moved(connection: Connection, chosen: sa.ColumnElement[bool]) -> Iterator[None]:
    """What is done to the chosen episodes, which stand before and after it, changes the cubes as well."""
    add_episodes(connection, chosen, -1)
    yield
    add_episodes(connection, chosen, 1)


def summed(
    connection: Connection,
    chosen: sa.ColumnElement[bool],
    sign: int,
    progress: Progress | None = None,
    dimensions: Sequence[str] = tuple(DIMENSIONS),
) -> Iterator[tuple[str, Cells]]:
    """Kind of place, and the sums of some of the chosen episodes by it: part after part of them."""
    additions: Additions | None = None
    summed_so_far = 0
    for records in _parts(connection, chosen):
        additions = additions or _additions(connection, sign)
        sensitive = records.disease.among(SENSITIVE)
        for dimension in dimensions:
            yield dimension, cells(records, additions, dimension, allowed(dimension, sensitive))
        summed_so_far += len(records.period)
        if progress:
            progress(summed_so_far)


def add_cells(connection: Connection, dimension: str, sums: Cells, into: CubeSet = HELD) -> None:
    """Add sums by one kind of place to those of its cubes that are in the set."""
    zeros = into.keeps_zeros
    if dimension in into.total:
        _add(connection, into.total[dimension], sums.total(), zeros)
    if dimension in into.group:
        for part in sums.by_group():
            _add(connection, into.group[dimension], part, zeros)
    if dimension in into.stratum:
        strata = sums.by_stratum(stratum_first=dimension == STRATUM_FIRST)
        _add(connection, into.stratum[dimension], strata, zeros)


def sums_of(connection: Connection, chosen: sa.ColumnElement[bool]) -> Iterator[Cells]:
    """Sums of the chosen episodes by disease, key of the facility, cell and stratum, sensitive ones too.

    For arithmetic between sums, not to be shown: what may be shown is in the cubes.
    """
    additions: Additions | None = None
    for records in _parts(connection, chosen, {_KEY: _KEY}):
        additions = additions or _additions(connection, 1)
        yield cells(records, additions, _KEY, np.ones(len(records.cascade), bool))


def _parts(
    connection: Connection, chosen: sa.ColumnElement[bool], places: Mapping[str, str] = DIMENSIONS
) -> Iterator[Records]:
    """The chosen episodes, some at a time, with the columns of some kinds of place."""
    names = ("disease", *places.values(), *_NUMBERED)
    query = select(*(episode.c[name] for name in names)).where(chosen)
    with connection.execute(query.execution_options(stream_results=True, max_row_buffer=PART)) as result:
        while gathered := gather(fetched(result, GATHERED), texts=1 + len(places)):
            disease, *coded = gathered.texts
            order = np.argsort(gathered.numbers[0], kind="stable")
            for start in range(0, len(order), PART):
                rows = order[start : start + PART]
                yield Records(
                    disease.part(rows),
                    {name: column.part(rows) for name, column in zip(places, coded, strict=True)},
                    *(column[rows].astype(np.int64) for column in gathered.numbers),
                )


def _additions(connection: Connection, sign: int) -> Additions:
    """What each cascade adds, as this database holds it."""
    table = sign * _table(connection)
    return Additions(np.where(_STARTED, 0, table), np.where(_STARTED, table, 0))


def person_additions(connection: Connection) -> tuple[Numbers, Numbers]:
    """What a person adds to the cube of persons by each cascade, and what a record that is of no person."""
    return person_sums.additions(_table(connection), _STARTED)


def _table(connection: Connection) -> Numbers:
    rows = connection.execute(select(cascade_state.c.state, *(cascade_state.c[n] for n in MEASURE_COLUMNS)))
    table = np.zeros((len(all_states()), len(SUM_COLUMNS)), np.int64)
    for state, *added in rows:
        table[state] = (1, *added)
    return table


def allowed(dimension: str, sensitive: np.ndarray) -> np.ndarray:
    """Sensitive diseases have no crossing cube, and no facility cube either.

    Leaving out border facilities alone would not do: province of care minus the facilities shown is them.
    """
    return ~sensitive if dimension in _NEVER_FOR_SENSITIVE else np.ones(len(sensitive), bool)


def _add(connection: Connection, cube: Table, sums: Sums, keeps_zeros: bool) -> None:
    keys, added = sums
    taking = not keeps_zeros and bool((added < 0).any())
    add_to_sums(connection, cube, [*keys, *added.T.tolist()], taking=taking)


def rebuild(connection: Connection) -> None:
    """Empty every cube and sum everything anew."""
    for cube in HELD.tables:
        connection.execute(cube.delete())
    fill(connection)


def fill(connection: Connection, into: CubeSet = HELD, progress: Progress | None = None) -> None:
    """Sum into empty cubes the current records, and what is kept of those that are sealed."""
    add_episodes(connection, episode.c.superseded_batch.is_(None), 1, into, progress)
    for dimension, sums in sealed.sums(connection):
        add_cells(connection, dimension, sums, into)


def current_of_batch(batch: int) -> sa.ColumnElement[bool]:
    """Records that a batch brought and that are current."""
    return sa.and_(episode.c.batch == batch, episode.c.superseded_batch.is_(None))


def replaced_by_batch(batch: int) -> sa.ColumnElement[bool]:
    """Records of earlier batches that a batch has replaced."""
    return sa.and_(episode.c.superseded_batch == batch, episode.c.batch != batch)
