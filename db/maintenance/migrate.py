"""Migrations at start: once, under a lock, after a backup.

Two histories (records, operations) keep their own version tables, so that both may live in one PostgreSQL.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from db.aggregates import update as aggregates
from db.cohorts import update as cohorts
from db.core.engine import Database, write_transaction
from db.cubes.update import fill_borders_if_empty, fill_cascade_states
from db.districts import home as districts
from db.identity import normalise_identifiers
from db.indicators import update as indicators
from db.persons import update as persons
from db.reception import check as reception_check
from db.tables import cohorts as cohort_tables
from db.vans import update as vans
from surveillance.errors import ConfigurationError

#: Newest revision of each history. A test holds them equal to the scripts.
HEADS = {"records": "records_0028", "operations": "operations_0033"}
_FOLDER = Path(__file__).parents[1] / "migrations"
#: Number of PostgreSQL's lock that migrations wait for.
LOCK = 8_421_900_101
_LATER = "the database was made by a later version of Chhlang: install that one, or restore a backup"


def migrate(database: Database) -> None:
    """Bring both databases to the newest revision; nothing is done where they are there already."""
    for history, engine in (("records", database.records), ("operations", database.operations)):
        if _revision(engine, history) != HEADS[history]:
            _upgrade(engine, history)
    _bring_up_indicators(database.records)


def _bring_up_indicators(engine: Engine) -> None:
    """Sum indicators that this version counts in another way, or that are new: none is asked for before."""
    with engine.connect() as connection:
        if indicators.is_current(connection):
            return
    with write_transaction(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
        indicators.bring_up(connection)


def not_current(database: Database) -> list[str]:
    """The histories that are not at the revision of this version."""
    engines = (("records", database.records), ("operations", database.operations))
    return [history for history, engine in engines if _revision(engine, history) != HEADS[history]]


def version_table(history: str) -> str:
    """Name of the table that holds a history's revision."""
    return f"alembic_version_{history}"


def _revision(engine: Engine, history: str) -> str | None:
    with engine.connect() as connection:
        try:
            return _said_revision(connection, history)
        except (sa.exc.OperationalError, sa.exc.ProgrammingError):  # most likely there is no such table
            connection.rollback()
            return _revision_on(connection, history)


def _revision_on(connection: Connection, history: str) -> str | None:
    if not sa.inspect(connection).has_table(version_table(history)):
        return None
    return _said_revision(connection, history)


def _said_revision(connection: Connection, history: str) -> str | None:
    row = connection.exec_driver_sql(f"SELECT version_num FROM {version_table(history)}").first()  # noqa: S608
    return str(row[0]) if row else None


def _upgrade(engine: Engine, history: str) -> None:
    check_known(history, _revision(engine, history))
    _backup(engine, history)
    with write_transaction(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
        if _revision_on(connection, history) == HEADS[history]:
            return
        upgrade_on(connection, history)


def check_known(history: str, revision: str | None) -> None:
    """Refuse a revision that this version does not know.

    Raises
    ------
    ConfigurationError
        It was made by a later version.
    """
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - slow to load, and seldom needed

    scripts = ScriptDirectory.from_config(_config(history)).walk_revisions()
    if revision not in {None, *(script.revision for script in scripts)}:
        raise ConfigurationError(_LATER)


def upgrade_on(connection: Connection, history: str, revision: str = "head") -> None:
    """Bring one history to a revision, in the transaction of `connection`.

    Raises
    ------
    ConfigurationError
        It was made by a later version.
    """
    from alembic import command  # noqa: PLC0415 - slow to load, and seldom needed
    from alembic.util import CommandError  # noqa: PLC0415

    config = _config(history)
    config.attributes["connection"] = connection
    without = not sa.inspect(connection).has_table(cohort_tables.HELD.cohort.name)
    try:
        command.upgrade(config, revision)
    except CommandError as error:
        raise ConfigurationError(_LATER) from error
    if history == "operations" and revision in ("head", HEADS[history]):
        reception_check.fill_times_if_empty(connection)
        reception_check.fill_flows_if_empty(connection)
    if history == "records" and revision in ("head", HEADS[history]):
        fill_cascade_states(connection)
        normalise_identifiers.bring_up(connection)
        persons.fill_if_empty(connection)
        vans.fill_if_empty(connection)
        fill_borders_if_empty(connection)
        indicators.bring_up(connection)
        districts.fill_if_empty(connection)
        if without:
            cohorts.rebuild(connection)
            aggregates.refresh(connection)  # reports are compared with what line lists say of completion


def _config(history: str) -> Any:
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.set_main_option("version_locations", str(_FOLDER / history))
    config.set_main_option("path_separator", "newline")
    config.attributes["history"] = history
    return config


def _backup(engine: Engine, history: str) -> None:
    """Copy a SQLite database that holds something before it is changed."""
    if engine.dialect.name != "sqlite" or _revision(engine, history) is None:
        return
    path = Path(str(engine.url.database))
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    copy = path.with_name(f"{path.stem}-before-migration-{stamp}{path.suffix}")
    try:
        copy.touch(mode=0o600)  # VACUUM INTO takes an empty file as it is: only its owner may read the copy
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("VACUUM INTO ?", (str(copy),))
    except BaseException:
        copy.unlink(missing_ok=True)  # half a copy is worse than none: it would be taken for one
        raise
