"""Figures of what to expect of arrivals: kept with their history, and read."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.engine import Connection

from db.reception.store import text_of
from db.tables.reception.load import load_figure


class Version(NamedTuple):
    """One version of a figure; without a number it was taken out of the table."""

    code: str
    per_thousand: float | None
    source: str
    changed_at: str
    changed_by: str


def versions(connection: Connection) -> list[Version]:
    """Every version of every figure, the newest first."""
    columns = [load_figure.c[name] for name in Version._fields]
    return [Version(*row) for row in connection.execute(select(*columns).order_by(load_figure.c.id.desc()))]


def add(
    connection: Connection, code: str, per_thousand: float | None, source: str, *, by: str, at: datetime
) -> None:
    """Keep a version, in the transaction of `connection`."""
    new = Version(code, per_thousand, source, text_of(at), by)
    connection.execute(load_figure.insert().values(new._asdict()))
