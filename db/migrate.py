"""Migrations at start: once, under a lock, after a backup.

Two histories (records, operations) keep their own version tables, so that both may live in one PostgreSQL.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from db.cubes import fill_cascade_states
from db.engine import Database, write_transaction
from surveillance.errors import ConfigurationError

#: Newest revision of each history. A test holds them equal to the scripts.
HEADS = {"records": "records_0010", "operations": "operations_0005"}
_FOLDER = Path(__file__).with_name("migrations")
_LOCK = 8_421_900_101
_LATER = "the database was made by a later version of Chhlang: install that one, or restore a backup"


def migrate(database: Database) -> None:
    """Bring both databases to the newest revision; nothing is done where they are there already."""
    for history, engine in (("records", database.records), ("operations", database.operations)):
        if _revision(engine, history) != HEADS[history]:
            _upgrade(engine, history)


def version_table(history: str) -> str:
    """Name of the table that holds a history's revision."""
    return f"alembic_version_{history}"


def _revision(engine: Engine, history: str) -> str | None:
    with engine.connect() as connection:
        return _revision_on(connection, history)


def _revision_on(connection: Connection, history: str) -> str | None:
    if not sa.inspect(connection).has_table(version_table(history)):
        return None
    row = connection.exec_driver_sql(f"SELECT version_num FROM {version_table(history)}").first()  # noqa: S608
    return str(row[0]) if row else None


def _upgrade(engine: Engine, history: str) -> None:
    from alembic import command  # noqa: PLC0415 - slow to load, and seldom needed
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.set_main_option("version_locations", str(_FOLDER / history))
    config.set_main_option("path_separator", "newline")
    config.attributes["history"] = history
    revisions = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if _revision(engine, history) not in {None, *revisions}:
        raise ConfigurationError(_LATER)
    _backup(engine, history)
    with write_transaction(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        if _revision_on(connection, history) == HEADS[history]:
            return
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise ConfigurationError(_LATER) from error
        if history == "records":
            fill_cascade_states(connection)


def _backup(engine: Engine, history: str) -> None:
    """Copy a SQLite database that holds something before it is changed."""
    if engine.dialect.name != "sqlite" or _revision(engine, history) is None:
        return
    path = Path(str(engine.url.database))
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    copy = path.with_name(f"{path.stem}-before-migration-{stamp}{path.suffix}")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("VACUUM INTO ?", (str(copy),))
