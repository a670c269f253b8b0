"""What was delivered: receipts, and what in the files was not understood."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db import meta
from db.schema import batch, notice


def summary(connection: Connection) -> tuple[bool, int, str | None, date | None, date | None]:
    """Whether it is the demo, how many files, when the last came, first and last visit."""
    row = connection.execute(
        select(
            func.count(),
            func.max(batch.c.received_at),
            func.min(batch.c.first_visit),
            func.max(batch.c.last_visit),
        )
    ).one()
    return meta.is_demo(connection), int(row[0]), row[1], row[2], row[3]


def receipts(connection: Connection, limit: int = 50) -> list[dict[str, Any]]:
    """The latest receipts, newest first."""
    rows = connection.execute(select(batch).order_by(batch.c.id.desc()).limit(limit))
    return [dict(row) for row in rows.mappings()]


def not_understood(connection: Connection, limit: int = 200) -> list[dict[str, Any]]:
    """What was accepted under unknown: `kind, field, text, rows`, most rows first."""
    rows = func.sum(notice.c.rows).label("rows")
    query = (
        select(notice.c.kind, notice.c.field, notice.c.text, rows)
        .group_by(notice.c.kind, notice.c.field, notice.c.text)
        .order_by(rows.desc())
        .limit(limit)
    )
    return [dict(row) for row in connection.execute(query).mappings()]
