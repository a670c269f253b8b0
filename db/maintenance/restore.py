"""Filling a database from a backup: checked first, whole or not at all, brought to this version's tables.

The cubes are summed anew: they are in no backup. PostgreSQL: one transaction. SQLite: both files are made
beside those in place, which then change page by page in a transaction each (db/maintenance/exchange.py).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.cohorts import update as cohorts
from db.core.engine import WRITERS, Database, connect, write_transaction
from db.cubes import update as cubes
from db.districts import home as districts
from db.indicators import update as indicators
from db.maintenance import exchange, in_use, postgresql_fits
from db.maintenance.archive import HISTORIES, Archive, Member, Progress
from db.maintenance.copy_text import read
from db.maintenance.migrate import HEADS, LOCK, check_known, upgrade_on, version_table
from db.operations import audit
from db.operations.messages import outbox
from db.operations.systems import pulls
from db.persons import update as persons
from db.reception import check as arrivals
from db.tables.operations import audit_head
from db.tables.schema import TABLES
from db.vans import update as vans
from surveillance.errors import ConfigurationError, UnreadableFileError, UsageError

#: Tables whose rows make a database more than an empty one.
_HOLDING = {"records": ("batch", "facility", "meta"), "operations": ("account", "cluster_run")}
_BUSY = "something is writing to the database, or a server is using it: stop it, and restore again"
#: How long PostgreSQL waits for those who read.
_PATIENCE = "10s"


#: Actor, action and detail of what the audit trail says of a restore.
TrailLine = tuple[str, str, Mapping[str, object]]


def fill(
    url: str, archive: Archive, progress: Progress, *, replace: bool, line: TrailLine | None = None
) -> None:
    """Make the database at `url` what the backup holds. Nothing is touched before everything was checked.

    Its audit trail goes on with `line`, which also says where the trail ended that was there before.

    Raises
    ------
    UnreadableFileError
        The archive is damaged.
    ConfigurationError
        It was made by a later version; or something is writing to the database.
    UsageError
        The database holds something, and `replace` was not said.
    """
    for history, revision in archive.manifest.revisions.items():
        check_known(history, revision)
    archive.check(progress)
    in_use.refuse_while_served(url)
    exchange.finish_begun(url)
    database = connect(url)
    try:
        postgresql_fits.check(database)
        if not replace:
            _refuse_unless_empty(database)
        if line is not None:
            line = (*line[:2], {**line[2], **_replaced(database)})
        if database.dialect == "postgresql":
            _into_postgresql(database, archive, progress, line)
        else:
            database.dispose()
            _into_sqlite(url, archive, progress, line)
    finally:
        database.dispose()


def _refuse_unless_empty(database: Database) -> None:
    for history in HISTORIES:
        with getattr(database, history).connect() as connection:
            there = set(sa.inspect(connection).get_table_names())
            for name in _HOLDING[history]:
                table = TABLES[history].tables[name]
                if name in there and connection.execute(select(func.count()).select_from(table)).scalar():
                    raise UsageError(
                        "the database holds data already: name an empty one in DATABASE_URL, or say "
                        "--replace to lose what it holds (make a backup of it first)"
                    )


def _replaced(database: Database) -> dict[str, str]:
    """Where the trail ends that a restore replaces: whoever kept that can tell that it was."""
    with database.operations.connect() as connection:
        if not sa.inspect(connection).has_table(audit_head.name):
            return {}
        number, fingerprint = audit.head(connection)
        return {"replaced": f"{number}:{fingerprint}"} if number else {}


# --- PostgreSQL --------------------------------------------------------------------------------------


def _into_postgresql(
    database: Database, archive: Archive, progress: Progress, line: TrailLine | None
) -> None:
    try:
        with write_transaction(database.records) as connection:
            taken = connection.exec_driver_sql(f"SELECT pg_try_advisory_xact_lock({WRITERS})").scalar()
            taken = taken and connection.exec_driver_sql(f"SELECT pg_try_advisory_xact_lock({LOCK})").scalar()
            if not taken:
                raise ConfigurationError(_BUSY)
            connection.exec_driver_sql(f"SET LOCAL lock_timeout TO '{_PATIENCE}'")
            connection.exec_driver_sql("SET LOCAL client_encoding TO 'UTF8'")
            _drop_all(connection)
            for history in HISTORIES:
                _fill(connection, history, archive, progress)
            if line is not None:
                audit.write(connection, *line)
            _count_on(connection)
    except sa.exc.OperationalError as error:
        if getattr(error.orig, "sqlstate", None) == "55P03":  # a reader
            raise ConfigurationError(_BUSY) from error
        raise


def _drop_all(connection: Connection) -> None:
    names = {name for tables in TABLES.values() for name in tables.tables}
    names |= {version_table(history) for history in HISTORIES}
    for name in sorted(names & set(sa.inspect(connection).get_table_names())):
        connection.exec_driver_sql(f'DROP TABLE "{name}" CASCADE')


def _count_on(connection: Connection) -> None:
    """Rows numbered by the server go on after the highest number."""
    for tables in TABLES.values():
        for table in tables.sorted_tables:
            if "id" not in table.c or not isinstance(table.c.id.type, sa.Integer):
                continue
            sequence = connection.execute(select(func.pg_get_serial_sequence(table.name, "id"))).scalar()
            if sequence:
                highest = select(func.coalesce(func.max(table.c.id), 0) + 1).scalar_subquery()
                connection.execute(select(func.setval(sequence, highest, False)))


# --- SQLite ------------------------------------------------------------------------------------------


def _into_sqlite(url: str, archive: Archive, progress: Progress, line: TrailLine | None) -> None:
    with exchange.beside(url) as place:
        place.refuse_writers(_BUSY)
        beside = connect(place.url)
        try:
            for history in HISTORIES:
                with write_transaction(getattr(beside, history)) as connection:
                    connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
                    _fill(connection, history, archive, progress)
                    if history == "operations" and line is not None:
                        audit.write(connection, *line)
                    if connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                        raise UnreadableFileError(f"{archive.path}: rows in it do not belong together")
        finally:
            beside.dispose()
        progress("putting in place", "", 0)
        place.refuse_changed(_BUSY)
        place.exchange()


# --- either ------------------------------------------------------------------------------------------


def _fill(connection: Connection, history: str, archive: Archive, progress: Progress) -> None:
    """Tables of the archive's revision, its rows, then the way to this version's."""
    revision = archive.manifest.revisions[history]
    upgrade_on(connection, history, revision)
    for member in archive.manifest.members:
        if member.history == history:
            _load(connection, member, archive, progress)
    upgrade_on(connection, history, HEADS[history])
    if history == "records":
        progress("summing", "", 0)
        cubes.rebuild(connection)
        cohorts.rebuild(connection)
        persons.rebuild(connection)
        vans.rebuild(connection)
        indicators.fill_if_empty(connection)
        districts.rebuild(connection)
    else:
        progress("summing", "", 0)
        arrivals.check(connection, rebuild=True)
        outbox.doubt(connection)
        pulls.forget_all(connection)


def _load(connection: Connection, member: Member, archive: Archive, progress: Progress) -> None:
    there = {column["name"] for column in sa.inspect(connection).get_columns(member.table)}
    if not there >= {column.name for column in member.columns}:
        raise UnreadableFileError(f"{archive.path}: the table {member.table} has columns that are not known")
    connection.exec_driver_sql(f'DELETE FROM "{member.table}"')  # noqa: S608 - just made: a name that is there
    with _without_indexes(connection, member.table), archive.open(member) as source:
        rows = read(
            connection,
            member.table,
            member.columns,
            source,
            lambda done: progress("restoring", member.table, done),
        )
    if rows != member.rows:
        raise UnreadableFileError(f"{archive.path}: the table {member.table} in it is damaged")


@contextlib.contextmanager
def _without_indexes(connection: Connection, table: str) -> Iterator[None]:
    """Indexes are made once the rows are there: kept while they come they take several times as long."""
    if connection.dialect.name == "postgresql":
        asked = (
            "SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE i.tablename = %s AND i.schemaname = "
            "current_schema() AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conname = i.indexname)"
        )
    else:
        asked = (
            "SELECT name, sql FROM sqlite_master WHERE tbl_name = ? AND type = 'index' AND sql IS NOT NULL"
        )
    made = connection.exec_driver_sql(asked, (table,)).all()
    for name, _ in made:
        connection.exec_driver_sql(f'DROP INDEX "{name}"')
    yield
    for _, statement in made:
        connection.exec_driver_sql(statement)
