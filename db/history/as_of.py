"""The records as they were at the end of an earlier day: what came since is taken away again.

Cubes hold the present. What later files brought or ended is summed, and temporary views of the same names
show the present less that, so that readers ask the same questions. The cost follows the changes since.
Facilities and resolved places are those of today: they are corrections of what is known, not news.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Table, func, select
from sqlalchemy.engine import Connection

from db.aggregates import update as aggregates
from db.batches import reporting_completeness
from db.cohorts import update as cohorts
from db.core.engine import Database
from db.cubes import archived_sums
from db.cubes import sets as cube_sets
from db.cubes import update as cubes
from db.cubes.query import CubeQuery, cubes_of
from db.districts import home as districts
from db.indicators import update as indicators
from db.persons import update as persons
from db.tables import cohorts as cohort_tables
from db.tables.aggregates import aggregate_value, temporary_sums
from db.tables.archived import sealed_batch
from db.tables.deliveries import declaration, declared_cell
from db.tables.districts.home import cube_district
from db.tables.districts.home import temporary_sums as temporary_districts
from db.tables.indicators.sums import cube_indicator
from db.tables.indicators.sums import temporary_sums as temporary_indicators
from db.tables.persons import cube_person, temporary_cube
from db.tables.records import batch, episode, notice
from db.tables.vans import cube_van, temporary_correlations
from db.tables.vans import temporary_sums as temporary_sums_of_vans
from db.vans import update as vans
from surveillance.coverage.indicators import MEASURES
from surveillance.epiweek import TIME_ZONE, day_number
from surveillance.errors import UsageError

_LATER = "later_"
#: A question whose cubes tell of every disease which facilities sent records.
OF_FACILITIES = CubeQuery("malaria", "facility", "testing")
_NOT_ASKED = "SELECT 1 AS nobody_asked_for_this_cube"
#: Tables of which only what earlier batches wrote is shown, by the column that names the batch.
_BY_BATCH: tuple[tuple[Table, str], ...] = (
    (batch, "id"),
    (notice, "batch"),
    (declaration, "batch"),
    (declared_cell, "batch"),
)


def batch_at(connection: Connection, day: date) -> int:
    """Number of the last batch that had come by the end of a day in Cambodia.

    Raises
    ------
    UsageError
        Nothing had come by then.
    """
    midnight = datetime.combine(day + timedelta(days=1), time(), TIME_ZONE)
    until = midnight.astimezone(UTC).isoformat(timespec="seconds")
    number = connection.execute(select(func.max(batch.c.id)).where(batch.c.received_at < until)).scalar()
    if number is None:
        first = connection.execute(select(func.min(batch.c.received_at))).scalar()
        if first is None:
            raise UsageError("as-of: no file has been imported yet", "as_of")
        came = datetime.fromisoformat(first).astimezone(TIME_ZONE).date()
        raise UsageError(
            "as-of: nothing had been imported by {day}; the first file came on {first}",
            "as_of",
            day=day,
            first=came,
        )
    return int(number)


def answered_from(connection: Connection, number: int, *, by_start: bool) -> date | None:
    """First day of which it is known what was shown after batch `number`; None where it is known of all.

    Records that were sealed since and had changed after it are no longer held as they were. Where nothing of
    what is sealed came or ended later, its sums are those of then, and every question has an answer.

    Parameters
    ----------
    by_start : bool
        Whether the measure counts where treatment began, which may lie after the visits that are sealed.
    """
    changed = select(sealed_batch.c.batch).where(sealed_batch.c.batch > number).limit(1)
    held = archived_sums.held_from(connection)
    if held is None or connection.execute(changed).first() is None:
        return None
    return max(held, archived_sums.counts_until(connection) + timedelta(days=1)) if by_start else held


def refuse_sealed(held: date | None, day: date, first_cell: int) -> None:
    """Refuse a question as of a day whose period begins before the held records (:func:`answered_from`).

    Raises
    ------
    UsageError
        It does.
    """
    if held is not None and first_cell < day_number(held):
        raise UsageError(
            "as-of: old records are sealed, and some of them changed after {day}: what they were then is no "
            "longer held; ask for a period from {held} on",
            "as_of",
            day=day,
            held=held,
        )


@contextmanager
def reading_as_of(
    database: Database, number: int, asked: CubeQuery | None = None, *, of_persons: bool = False
) -> Iterator[Connection]:
    """A read transaction in which cubes and records are as they were after batch `number`.

    `asked`: the one question that is read, of whatever places and periods. Only the cubes that answer it are
    then stepped back, which is several times as quick; to read another one is an error. `of_persons`: it
    counts persons, too.
    """
    with database.snapshot() as connection:
        _step_back(connection, number, asked, of_persons=of_persons)
        yield connection


def _step_back(connection: Connection, number: int, asked: CubeQuery | None, *, of_persons: bool) -> None:
    own = frozenset(cube_sets.NAMES) if asked is None else cubes_of(asked)
    shared = frozenset() if asked is None else reporting_completeness.CUBES
    later = cube_sets.temporary(connection, _LATER)

    def add(chosen: sa.ColumnElement[bool], sign: int) -> None:
        if asked is None:
            cubes.add_episodes(connection, chosen, sign, later)
            return
        mine = episode.c.disease == asked.disease
        cubes.add_episodes(connection, sa.and_(chosen, mine), sign, later.only(own | shared))
        cubes.add_episodes(connection, sa.and_(chosen, ~mine), sign, later.only(shared))

    # Numbers of rows follow those of their batches: the bound leads past what is older.
    first = connection.execute(select(func.min(episode.c.id)).where(episode.c.batch > number)).scalar()
    if first is not None:
        brought = sa.and_(
            episode.c.id >= first, episode.c.batch > number, episode.c.superseded_batch.is_(None)
        )
        add(brought, -1)
    old = episode.alias("old")
    ended = select(old.c.id).where(old.c.superseded_batch > number, old.c.batch <= number)
    add(episode.c.id.in_(ended), 1)
    schema = "main" if connection.dialect.name == "sqlite" else _schema(connection)
    for name, held, changes in zip(cube_sets.NAMES, cube_sets.HELD.tables, later.tables, strict=True):
        if name in own | shared:
            _show_less(connection, schema, held, changes)
        else:
            _view(connection, held.name, _NOT_ASKED)
    if asked is None or of_persons:
        disease = sa.true() if asked is None else episode.c.disease == asked.disease
        counted = _persons_then(connection, number, first, ended, disease)
        _show_less(connection, schema, cube_person, counted)
    else:
        _view(connection, cube_person.name, _NOT_ASKED)
    _vans_then(connection, schema, number, asked)
    _cohorts_then(connection, schema, number, first, ended, asked)
    _indicators_then(connection, schema, number, first, ended, asked)
    _show_versions(connection, schema, episode, number)
    for table, column in _BY_BATCH:
        query = f'SELECT * FROM "{schema}"."{table.name}" WHERE "{column}" <= {number}'  # noqa: S608
        _view(connection, table.name, query)
    _show_reports(connection, schema, number)


def _persons_then(
    connection: Connection,
    number: int,
    first: int | None,
    ended: sa.Select[Any],
    disease: sa.ColumnElement[bool],
) -> Table:
    """By how much the cube of persons was another: of everybody of whom a record came or ended since."""
    counted = temporary_cube(connection, _LATER)
    came = sa.false() if first is None else sa.and_(episode.c.id >= first, episode.c.batch > number)
    changed = sa.and_(disease, sa.or_(came, episode.c.id.in_(ended)))
    then = sa.or_(persons.CURRENT, episode.c.superseded_batch > number)
    change = persons.Change(persons.CURRENT, sa.and_(episode.c.batch <= number, then))
    persons.step_back(connection, changed, change, counted)
    return counted


def _vans_then(connection: Connection, schema: str, number: int, asked: CubeQuery | None) -> None:
    """Show the sums over vans as they were, of what is asked, and the correlations estimated from them."""
    disease = sa.true() if asked is None else episode.c.disease == asked.disease
    later = temporary_sums_of_vans(connection, _LATER)
    vans.step_back(connection, number, disease, later)
    if _show_less(connection, schema, cube_van, later):
        vans.refresh(connection, into=temporary_correlations(connection, ""))


def _cohorts_then(
    connection: Connection,
    schema: str,
    number: int,
    first: int | None,
    ended: sa.Select[Any],
    asked: CubeQuery | None,
) -> None:
    """Show who had started treatment then, and until when outcomes were known."""
    if asked is not None and not MEASURES[asked.measure].by_start:
        for table in cohort_tables.HELD:
            _view(connection, table.name, _NOT_ASKED)
        return
    c = episode.c
    disease = sa.true() if asked is None else c.disease == asked.disease
    later = cohort_tables.temporary(connection, _LATER)
    if first is not None:
        brought = sa.and_(c.id >= first, c.batch > number, c.superseded_batch.is_(None))
        cohorts.add_episodes(connection, sa.and_(brought, disease), -1, later)
    cohorts.add_episodes(connection, sa.and_(c.id.in_(ended), disease), 1, later)
    cohorts.add_changes(connection, sa.and_(c.superseded_batch > number, disease), -1, later)
    for held, changes in zip(cohort_tables.HELD, later, strict=True):
        _show_less(connection, schema, held, changes)


def _indicators_then(
    connection: Connection,
    schema: str,
    number: int,
    first: int | None,
    ended: sa.Select[Any],
    asked: CubeQuery | None,
) -> None:
    """Show the sums of indicators and by district as they were; a question of coverage asks none of them."""
    if asked is not None:
        _view(connection, cube_indicator.name, _NOT_ASKED)
        _view(connection, cube_district.name, _NOT_ASKED)
        return
    c, later = episode.c, temporary_indicators(connection, _LATER)
    came = sa.and_(c.id >= first, c.batch > number, c.superseded_batch.is_(None)) if first else None
    indicators.step_back(connection, came, c.id.in_(ended), later)
    _show_less(connection, schema, cube_indicator, later)
    homes = temporary_districts(connection, _LATER)
    districts.step_back(connection, came, c.id.in_(ended), homes)
    _show_less(connection, schema, cube_district, homes)


def _schema(connection: Connection) -> str:
    return str(connection.exec_driver_sql("SELECT current_schema()").scalar_one())


def _view(connection: Connection, name: str, query: str) -> None:
    connection.exec_driver_sql(f'CREATE TEMPORARY VIEW "{name}" AS {query}')


def _show_less(connection: Connection, schema: str, held: Table, changes: Table) -> bool:
    """Show a cube with the changes added; nothing is done, and false returned, where there are none.

    Cells that changed are summed beforehand, and the others shown as they are kept: conditions of a question
    then lead to its rows by the key, as always.
    """
    if connection.execute(select(sa.literal(1)).select_from(changes).limit(1)).first() is None:
        return False
    keys = [f'"{column.name}"' for column in held.primary_key.columns]
    sums = [f'"{column.name}"' for column in held.columns if not column.primary_key]
    names = ", ".join((*keys, *sums))
    kept, changed = f'"{schema}"."{held.name}"', f'"{changes.name}"'
    same = " AND ".join(f"kept.{key} = changed.{key}" for key in keys)
    mine = ", ".join(f"kept.{name}" for name in (*keys, *sums))
    added = ", ".join(f"{name} = {changed}.{name} + excluded.{name}" for name in sums)
    connection.exec_driver_sql(
        f"INSERT INTO {changed} ({names}) SELECT {mine} "  # noqa: S608 - names of our own tables
        f"FROM {changed} AS changed CROSS JOIN {kept} AS kept WHERE {same} "
        f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {added}"
    )
    left = " OR ".join(f"{name} <> 0" for name in sums)
    _view(
        connection,
        held.name,
        f"SELECT {mine} FROM {kept} AS kept "  # noqa: S608
        f"WHERE NOT EXISTS (SELECT 1 FROM {changed} AS changed WHERE {same}) "
        f"UNION ALL SELECT {names} FROM {changed} WHERE {left}",
    )
    return True


def _show_reports(connection: Connection, schema: str, number: int) -> None:
    """Show what aggregate reports added then; nothing is done where there are none."""
    if connection.execute(select(aggregate_value.c.id).limit(1)).first() is not None:
        _show_versions(connection, schema, aggregate_value, number)
        aggregates.refresh(connection, tables=temporary_sums(connection, ""))


def _show_versions(connection: Connection, schema: str, table: Table, number: int) -> None:
    """Show the versions there were, and as current those that only a later batch ended."""
    ended = f'CASE WHEN "superseded_batch" > {number} THEN NULL ELSE "superseded_batch" END'
    columns = ", ".join(
        f'{ended} AS "superseded_batch"' if column.name == "superseded_batch" else f'"{column.name}"'
        for column in table.columns
    )
    _view(
        connection,
        table.name,
        f'SELECT {columns} FROM "{schema}"."{table.name}" WHERE "batch" <= {number}',  # noqa: S608
    )
