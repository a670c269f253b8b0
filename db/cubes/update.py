"""Keeping the cubes: sums over current records, changed by the difference in the import's own transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import product

import numpy as np
import sqlalchemy as sa
from sqlalchemy import Table, select
from sqlalchemy.engine import Connection

from db.columns.prefetch import prefetch
from db.columns.sums import START, Additions, KeyedSums, Numbers, Records, StratumSums, cells
from db.cubes import archived_sums, border
from db.cubes.read import parts
from db.cubes.sets import FAMILIES, HELD, CubeSet, HeldPeriods
from db.cubes.staged_records import Brought
from db.cubes.upsert import Ready, ready, store
from db.tables.records import (
    BORDER,
    DIMENSIONS,
    MEASURE_COLUMNS,
    STRATUM_FIRST,
    SUM_COLUMNS,
    cascade_state,
    episode,
)
from surveillance.coverage.indicators import MEASURES, Contribution, all_states, contribution
from surveillance.diseases import DISEASES

SENSITIVE = frozenset(code for code, disease in DISEASES.items() if disease.sensitive)
_BY_START = frozenset(code for code, measure in MEASURES.items() if measure.by_start)
#: KeyedSums that count in the period in which treatment began.
STARTED = np.array([name.rsplit("_", 1)[0] in _BY_START for name in SUM_COLUMNS])
#: Kinds of place that sensitive diseases have no cube of (decision 6).
_NEVER_FOR_SENSITIVE = frozenset({"crossing", "facility", BORDER})
#: What a facility is known by, whatever the list calls it.
_KEY = "facility_key"
#: What each cascade adds, as this database holds it.
_OF_CASCADES = select(cascade_state.c.state, *(cascade_state.c[name] for name in MEASURE_COLUMNS))

#: Current records, where every one is read: in the order of the table. SQLite would take the index of the
#: current ones, by which they lie anywhere.
EVERY_CURRENT: sa.ColumnElement[bool] = sa.func.coalesce(episode.c.superseded_batch, 0) == 0
#: Called after each part with the records summed so far.
Progress = Callable[[int], None]


def fill_cascade_states(connection: Connection) -> None:
    """Write what one record adds to each measure, by its cascade, from surveillance.coverage.indicators."""
    rows = []
    for state, answers in all_states():
        row = {"state": state}
        for code, measure in MEASURES.items():
            # Cohorts are judged facility by facility (db.cohorts.update), not by the cell of a cube.
            added = Contribution(0, 0, 0) if measure.by_start else contribution(measure, answers)
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
    additions = _additions(connection, sign)
    _store(connection, parts(connection, chosen, DIMENSIONS, additions.starting), additions, into, progress)


def add_brought(connection: Connection, brought: Brought) -> None:
    """Add the current records of a file, without reading them back."""
    additions = _additions(connection, 1)
    _store(connection, brought.parts(DIMENSIONS, additions.starting), additions, HELD, None)


def _store(
    connection: Connection,
    read: Iterable[Records],
    additions: Additions,
    into: CubeSet,
    progress: Progress | None,
) -> None:
    held, dialect = HeldPeriods(connection, into), connection.dialect.name

    def prepared(task: tuple[str, Records]) -> tuple[StratumSums, Iterable[Ready]]:
        found = _cells(*task, additions)
        made = (_ready(*part, into, dialect) for part in list(_by_cube(task[0], found, into)))
        # The values of all at once, which SQLite takes, would need ten times the memory of lines.
        return found, list(made) if dialect == "postgresql" else made

    tasks = _tasks(read, progress, into.dimensions)
    for found, sums in prefetch(prepared, tasks):
        new = found.whole and held.lack(found.keys[2])
        for part in sums:
            store(connection, part, new=new)


@contextmanager
def moved(connection: Connection, chosen: sa.ColumnElement[bool], columns: Collection[str]) -> Iterator[None]:
    """What is done to the chosen episodes, which stand before and after it, changes the cubes as well.

    columns
        Those of `episode` that change: places, by which there are cubes. The sums by other places stay.
    """
    kinds = [kind for kind, column in DIMENSIONS.items() if column in columns]
    kinds += [BORDER] if border.of_columns(columns) else []
    into = HELD.only(set(product(FAMILIES, kinds)))
    add_episodes(connection, chosen, -1, into)
    yield
    add_episodes(connection, chosen, 1, into)


def summed(
    connection: Connection,
    chosen: sa.ColumnElement[bool],
    sign: int,
    progress: Progress | None = None,
    dimensions: Sequence[str] = tuple(DIMENSIONS),
) -> Iterator[tuple[str, StratumSums]]:
    """Kind of place, and the sums of some of the chosen episodes by it: part after part of them."""
    additions = _additions(connection, sign)
    read = parts(connection, chosen, DIMENSIONS, additions.starting)
    for dimension, records in _tasks(read, progress, dimensions):
        yield dimension, _cells(dimension, records, additions)


def _tasks(
    read: Iterable[Records], progress: Progress | None, dimensions: Sequence[str]
) -> Iterator[tuple[str, Records]]:
    """Kind of place and records to sum by it: part after part of them."""
    done = 0
    for records in read:
        for dimension in dimensions:
            yield dimension, records
        done += int(np.count_nonzero(records.moment != START))
        if progress:
            progress(done)


def _cells(dimension: str, records: Records, additions: Additions) -> StratumSums:
    if dimension == BORDER:
        records = border.with_border(records)
    return cells(records, additions, dimension, allowed(dimension, records.disease.among(SENSITIVE)))


def add_cells(connection: Connection, dimension: str, sums: StratumSums, into: CubeSet = HELD) -> None:
    """Add sums by one kind of place to those of its cubes that are in the set."""
    for part in _by_cube(dimension, sums, into):
        store(connection, _ready(*part, into, connection.dialect.name))


def _by_cube(dimension: str, sums: StratumSums, into: CubeSet) -> Iterator[tuple[Table, KeyedSums]]:
    """What to add to each cube of one kind of place."""
    if dimension in into.total:
        yield into.total[dimension], sums.total()
    if dimension in into.group:
        for part in sums.by_group():
            yield into.group[dimension], part
    if dimension in into.stratum:
        yield into.stratum[dimension], sums.by_stratum(stratum_first=dimension == STRATUM_FIRST)


def _ready(cube: Table, part: KeyedSums, into: CubeSet, dialect: str) -> Ready:
    keys, added = border.columns(cube, part[0]), part[1]
    taking = not into.keeps_zeros and bool((added < 0).any())
    return ready(dialect, cube, [*keys, *added.T.tolist()], taking=taking)


def sums_at_borders(connection: Connection, chosen: sa.ColumnElement[bool]) -> Iterator[StratumSums]:
    """KeyedSums of the chosen episodes by key of the facility and crossing, without sensitive diseases."""
    additions = _additions(connection, 1)
    places = {_KEY: _KEY, "crossing": DIMENSIONS["crossing"]}
    for records in parts(connection, chosen, places, additions.starting):
        both = border.with_border(records, _KEY)
        yield cells(both, additions, BORDER, allowed(BORDER, records.disease.among(SENSITIVE)))


def sums_of(connection: Connection, chosen: sa.ColumnElement[bool]) -> Iterator[StratumSums]:
    """KeyedSums of the chosen episodes by disease, key of the facility, cell and stratum, sensitive ones too.

    For arithmetic between sums, not to be shown: what may be shown is in the cubes.
    """
    additions = _additions(connection, 1)
    for records in parts(connection, chosen, {_KEY: _KEY}, additions.starting):
        yield cells(records, additions, _KEY, np.ones(len(records.cascade), bool))


def sums_by(
    connection: Connection, chosen: sa.ColumnElement[bool], place: sa.ColumnElement[str], sign: int
) -> Iterator[StratumSums]:
    """KeyedSums of the chosen episodes by a place of their own, without sensitive diseases (decision 6)."""
    additions = _additions(connection, sign)
    for records in parts(connection, chosen, {_KEY: place}, additions.starting):
        yield cells(records, additions, _KEY, ~records.disease.among(SENSITIVE))


def _additions(connection: Connection, sign: int) -> Additions:
    """What each cascade adds, as this database holds it."""
    table = sign * added_by_cascade(connection)
    return Additions(np.where(STARTED, 0, table), np.where(STARTED, table, 0))


def added_by_cascade(connection: Connection) -> Numbers:
    """What a record adds to each sum, by its cascade."""
    rows = connection.execute(_OF_CASCADES)
    table = np.zeros((len(all_states()), len(SUM_COLUMNS)), np.int64)
    for state, *added in rows:
        table[state] = (1, *added)
    return table


def allowed(dimension: str, sensitive: np.ndarray) -> np.ndarray:
    """Sensitive diseases have no crossing cube, and no facility cube either.

    Leaving out border facilities alone would not do: province of care minus the facilities shown is them.
    """
    return ~sensitive if dimension in _NEVER_FOR_SENSITIVE else np.ones(len(sensitive), bool)


def rebuild(connection: Connection) -> None:
    """Empty every cube and sum everything anew."""
    for cube in HELD.tables:
        connection.execute(cube.delete())
    fill(connection)


def fill(connection: Connection, into: CubeSet = HELD, progress: Progress | None = None) -> None:
    """Sum into empty cubes the current records, and what is kept of those that are sealed."""
    add_episodes(connection, EVERY_CURRENT, 1, into, progress)
    for dimension, sums in archived_sums.sums(connection):
        add_cells(connection, dimension, sums, into)


def fill_borders_if_empty(connection: Connection) -> None:
    """Sum the records by crossing and province of care where no version before this one did."""
    cube = HELD.total[BORDER]
    if connection.execute(select(cube.c.place).limit(1)).first() is None:
        add_episodes(connection, EVERY_CURRENT, 1, HELD.only(border.CUBES))


def current_of_batch(batch: int) -> sa.ColumnElement[bool]:
    """Records that a batch brought and that are current."""
    return sa.and_(episode.c.batch == batch, episode.c.superseded_batch.is_(None))


def replaced_by_batch(batch: int) -> sa.ColumnElement[bool]:
    """Records of earlier batches that a batch has replaced."""
    return sa.and_(episode.c.superseded_batch == batch, episode.c.batch != batch)
