"""Opening the databases: an interrupted exchange is finished, both are migrated, and the trail catches up."""

from __future__ import annotations

import sqlalchemy as sa

from db.core import errors
from db.core.engine import Database, connect
from db.maintenance import postgresql_fits
from db.maintenance.exchange import finish_begun
from db.maintenance.migrate import migrate
from db.operations import outbox
from surveillance.errors import ConfigurationError


def open_database(text: str) -> Database:
    """Make the engines, and create or migrate both databases.

    Raises
    ------
    ConfigurationError
        The address is wrong, or the database cannot be reached or was made by a later version.
    """
    database = connect(text)
    try:
        _make_ready(database, text)
    except BaseException:
        database.dispose()  # nobody else has it: its connections would stay open until garbage is collected
        raise
    return database


def _make_ready(database: Database, text: str) -> None:
    try:
        postgresql_fits.check(database)
        finish_begun(text)
        migrate(database)
        outbox.carry(database)
    except sa.exc.DBAPIError as error:
        known = errors.explain(error)
        if known and not isinstance(known, errors.AwayError):
            raise known from error
        if isinstance(error, sa.exc.OperationalError):
            raise ConfigurationError(
                f"the database cannot be opened: {' '.join(str(error.orig).split())}. "
                "Check DATABASE_URL and the rights of its folder"
            ) from error
        raise
