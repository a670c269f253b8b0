"""Addresses of databases: reading one, and where accounts and audit live beside it."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url

from surveillance.errors import ConfigurationError


def parse_url(text: str) -> URL:
    """Read a database address.

    Raises
    ------
    ConfigurationError
        The address cannot be read, or names a database that is not supported.
    """
    try:
        url = make_url(text)
    except sa.exc.ArgumentError as error:
        raise ConfigurationError(
            "DATABASE_URL cannot be read: use sqlite:////folder/file.db or postgresql://user:password@host/name"
        ) from error
    backend = url.get_backend_name()
    if backend == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if backend == "sqlite":
        if not url.database or url.database == ":memory:":
            raise ConfigurationError("DATABASE_URL must name a file: sqlite:////folder/file.db")
        return url
    raise ConfigurationError(f"DATABASE_URL names {backend}; Chhlang stores in sqlite or postgresql")


def operations_url(url: URL) -> URL:
    """Where accounts and audit live, given where the records do."""
    if url.get_backend_name() != "sqlite":
        return url
    path = Path(str(url.database))
    return url.set(database=str(path.with_name(f"{path.stem}-operations{path.suffix or '.db'}")))
