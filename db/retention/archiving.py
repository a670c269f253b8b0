"""Reducing old records to their sums, in one transaction: nothing that a map shows changes by it.

A record is sealed as a whole, with everything it counts for: the cohort of a treatment counts where
treatment began, which may lie after the visit, and after the boundary. The sums of what is sealed are kept
apart from the cubes, which hold them too, so nothing is counted twice and a rebuild loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from typing import Any

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from db.cohorts import update as cohorts
from db.core.engine import Database
from db.cubes import archived_sums, border
from db.cubes import update as cubes
from db.cubes.upsert import add_to_sums
from db.districts import home as districts
from db.indicators import update as indicators
from db.retention import persons as archived_persons
from db.tables.aggregates import aggregate_value
from db.tables.archived import (
    sealed_batch,
    sealed_crossing,
    sealed_line_list,
    sealed_record,
    sealed_report,
    sealed_sum,
    sealed_unlisted,
)
from db.tables.deliveries import unplaced
from db.tables.records import batch, episode
from db.tables.vans import sealed_van
from db.vans import update as vans
from surveillance.diseases import DISEASES

#: Versions that are going to be sealed.
_going = sa.Table(
    "going", sa.MetaData(), sa.Column("id", sa.BigInteger, primary_key=True), prefixes=["TEMPORARY"]
)
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Sealed:
    """What was (or would be) sealed: records, all their versions, and of how many files."""

    records: int
    versions: int
    files: int


def seal(connection: Connection, before: int, on: str, tell: Tell) -> Sealed:
    """Seal every record whose visit lies in a cell before the cell `before`.

    A record that was withdrawn goes with the visit of its last version.
    """
    _going.create(connection)
    try:
        done = _choose(connection, before)
        if done.versions:
            tell("summing")
            _keep_sums(connection)
            cohorts.seal(connection, _chosen())
            indicators.seal(connection, _chosen())
            districts.seal(connection, _chosen())
            _keep_line_lists(connection)
            _keep_crossings(connection)
            with archived_persons.kept(connection, before, sa.and_(_chosen(), _current())):
                tell("keeping fingerprints")
                _keep_fingerprints(connection)
                tell("deleting")
                connection.execute(unplaced.delete().where(unplaced.c.episode.in_(select(_going.c.id))))
                connection.execute(episode.delete().where(_chosen()))
                archived_sums.add_seal(connection, archived_sums.Seal(on, before, done.records))
    finally:
        _going.drop(connection)
    return done


def _chosen() -> sa.ColumnElement[bool]:
    return episode.c.id.in_(select(_going.c.id))


def _current() -> sa.ColumnElement[bool]:
    return episode.c.superseded_batch.is_(None)


def _choose(connection: Connection, before: int) -> Sealed:
    old = episode.c.period < before
    last, now = episode.alias("last"), episode.alias("now")

    def same(other: Any) -> sa.ColumnElement[bool]:
        return sa.and_(other.c.identity == episode.c.identity, other.c.occurrence == episode.c.occurrence)

    is_now = now.c.superseded_batch.is_(None)
    earlier = select(episode.c.id).join(now, same(now)).where(~_current(), is_now, now.c.period < before)
    none_now = ~select(now.c.id).where(same(now), is_now).exists()
    newest = (
        select(last.c.period)
        .where(same(last), last.c.superseded_batch.is_not(None))
        .order_by(last.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    withdrawn = select(episode.c.id).where(~_current(), none_now, newest < before)
    for chosen in (select(episode.c.id).where(_current(), old), earlier, withdrawn):
        connection.execute(_going.insert().from_select(["id"], chosen))
    versions = connection.execute(select(func.count()).select_from(_going)).scalar_one()
    current = select(func.count()).select_from(episode).where(_chosen(), _current())
    files = select(func.count(episode.c.batch.distinct())).where(_chosen())
    return Sealed(
        int(connection.execute(current).scalar_one()),
        int(versions),
        int(connection.execute(files).scalar_one()),
    )


def _keep_sums(connection: Connection) -> None:
    for dimension, summed in cubes.summed(connection, sa.and_(_chosen(), _current()), 1):
        archived_sums.add_sums(connection, dimension, summed)
    vans.add(connection, sa.and_(_chosen(), _current()), 1, sealed_van)


def _keep_line_lists(connection: Connection) -> None:
    """By the facility's key; of a sensitive disease only where the facility reports it in sums as well."""
    pairs = connection.execute(select(aggregate_value.c.facility_key, aggregate_value.c.disease).distinct())
    reported = {(name, disease) for name, disease in pairs}
    unlisted: set[tuple[str, str, int]] = set()
    current = sa.and_(_chosen(), _current())
    for summed in chain(cubes.sums_of(connection, current), cohorts.sums_of(connection, current)):
        (diseases, periods, names, strata), added = summed.by_stratum(stratum_first=False)
        rows = []
        for name, disease, period, stratum, sums in zip(
            names, diseases, periods, strata, added.tolist(), strict=True
        ):
            if DISEASES[disease].sensitive and (name, disease) not in reported:
                unlisted.add((name, disease, period))
            else:
                rows.append((name, disease, period, stratum, *sums))
        if rows:
            columns = [list(column) for column in zip(*rows, strict=True)]
            add_to_sums(connection, sealed_line_list, columns, taking=False)
    if unlisted:
        insert = _insert_into(connection, sealed_unlisted).on_conflict_do_nothing()
        keys = ("facility_key", "disease", "period")
        connection.execute(insert, [dict(zip(keys, row, strict=True)) for row in sorted(unlisted)])


def _keep_crossings(connection: Connection) -> None:
    """By the facility's key and crossing, without sensitive diseases."""
    for summed in cubes.sums_at_borders(connection, sa.and_(_chosen(), _current())):
        (diseases, periods, pairs, strata), added = summed.by_stratum(stratum_first=False)
        if pairs:
            keys, crossings = map(list, zip(*map(border.pair, pairs), strict=True))
            columns = [keys, crossings, diseases, periods, strata, *added.T.tolist()]
            add_to_sums(connection, sealed_crossing, columns, taking=False)


def _keep_fingerprints(connection: Connection) -> None:
    """Of every version; equal records may have no number of their own: those that count are numbered."""
    kept = select(episode.c.identity, episode.c.content, func.sum(sa.case((_current(), 1), else_=0)))
    kept = kept.where(_chosen()).group_by(episode.c.identity, episode.c.content)
    _insert(connection, sealed_record, kept, ("count",))
    # Whether a facility reported is told by no record of HIV or syphilis (decision 6).
    told = episode.c.disease.not_in([code for code, disease in DISEASES.items() if disease.sensitive])
    sent = select(episode.c.facility_key, episode.c.period).where(_chosen(), _current(), told).distinct()
    _insert(connection, sealed_report, sent, ())
    for name, column in (("brought", episode.c.batch), ("ended", episode.c.superseded_batch)):
        other = sa.literal(0)
        many = func.count()
        counted = select(column, *((many, other) if name == "brought" else (other, many)))
        counted = counted.where(_chosen(), column.is_not(None)).group_by(column)
        _insert(connection, sealed_batch, counted, ("brought", "ended"))


def _insert_into(connection: Connection, table: sa.Table) -> Any:
    insert: Any = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    return insert(table)


def _insert(connection: Connection, table: sa.Table, rows: sa.Select, added: tuple[str, ...]) -> None:
    """Append; where a key is held already, add to its counts."""
    made = _insert_into(connection, table).from_select([column.name for column in table.columns], rows)
    keys = list(table.primary_key.columns)
    if added:
        sums = {name: table.c[name] + made.excluded[name] for name in added}
        connection.execute(made.on_conflict_do_update(index_elements=keys, set_=sums))
    else:
        connection.execute(made.on_conflict_do_nothing(index_elements=keys))


def shrink(database: Database) -> bool:
    """Give the space of what was deleted back; false where the disk has no room to do it.

    SQLite: the file is written anew, without what was deleted, and the WAL is emptied. PostgreSQL: the
    space is used again.
    """
    engine = database.records
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        raw = connection.connection.driver_connection
        assert raw is not None  # noqa: S101 - it was just opened
        if database.dialect == "postgresql":
            for name in (episode.name, sealed_sum.name, sealed_record.name, batch.name):
                raw.execute(f'VACUUM (ANALYZE) "{name}"')
            return True
        if raw.in_transaction:
            raw.execute("COMMIT")
        try:
            raw.execute("VACUUM")
        except Exception as error:  # what was to be stored is stored: this is only its size
            if getattr(error, "sqlite_errorcode", 0) & 0xFF not in (5, 6, 10, 13):
                raise
            return False
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return True
