"""Remote areas: kept with their history, and read."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.engine import Connection

from db.reception.store import text_of
from db.tables.reception.remote import remote_area
from surveillance.reception.remote_areas import Remote


class Version(NamedTuple):
    """One version of a remote area; not `standing`: it was taken back."""

    area: Remote
    standing: bool
    changed_at: str
    changed_by: str


def versions(connection: Connection) -> list[Version]:
    """Every version of every remote area, the newest first."""
    return [version for _, version in numbered(connection)]


def numbered(connection: Connection, *, newest: bool = False) -> list[tuple[int, Version]]:
    """Every version with its number, the newest first, or the newest alone."""
    names = ("kind", "place", "first", "last", "source", "standing", "changed_at", "changed_by")
    columns = [remote_area.c[name] for name in ("id", *names)]
    asked = select(*columns).order_by(remote_area.c.id.desc())
    rows = connection.execute(asked.limit(1) if newest else asked)
    return [(int(row[0]), Version(Remote(*row[1:6]), *row[6:])) for row in rows]


def standing(found: list[Version]) -> list[Version]:
    """The newest version of each, where it was not taken back, by place and first day."""
    newest: dict[tuple[str, str, object], Version] = {}
    for one in found:
        newest.setdefault((one.area.kind, one.area.place, one.area.first), one)
    held = [one for one in newest.values() if one.standing]
    return sorted(held, key=lambda one: (one.area.kind, one.area.place, one.area.first))


def add(connection: Connection, area: Remote, *, standing: bool, by: str, at: datetime) -> None:
    """Keep a version, in the transaction of `connection`."""
    values = {"standing": standing, "changed_at": text_of(at), "changed_by": by}
    connection.execute(remote_area.insert().values(**vars(area), **values))
