"""Mappings that were made in the browser: texts by name and version. None is changed once it is kept."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from db.core.engine import Database, write_transaction
from db.operations.lease_queue import moment
from db.tables.uploads import saved_mapping as saved


def listed(database: Database) -> list[dict[str, Any]]:
    """The newest version of each: `name, version, made_at, author`."""
    newest = (
        select(saved.c.name, func.max(saved.c.version).label("version")).group_by(saved.c.name).subquery()
    )
    query = (
        select(saved.c.name, saved.c.version, saved.c.made_at, saved.c.author)
        .join(newest, (saved.c.name == newest.c.name) & (saved.c.version == newest.c.version))
        .order_by(saved.c.name)
    )
    with database.operations.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def text_of(database: Database, name: str, version: int | None = None) -> tuple[int, str] | None:
    """Version and text of a mapping, the newest by default; None for an unknown name or version."""
    query = select(saved.c.version, saved.c.text).where(saved.c.name == name)
    if version is not None:
        query = query.where(saved.c.version == version)
    with database.operations.connect() as connection:
        row = connection.execute(query.order_by(saved.c.version.desc()).limit(1)).first()
    return None if row is None else (int(row[0]), str(row[1]))


def keep(database: Database, name: str, version: int, text: str, author: str) -> bool:
    """Keep a new version; false where another took its number first."""
    with write_transaction(database.operations) as connection:
        held = select(saved.c.name).where(saved.c.name == name, saved.c.version == version)
        if connection.execute(held).first():
            return False
        connection.execute(
            saved.insert().values(name=name, version=version, text=text, author=author, made_at=moment())
        )
        return True
