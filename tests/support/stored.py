"""What a database holds."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from db.maintenance.opening import open_database
from db.tables.records import batch, episode


def _rows(url: str, query: sa.Select) -> list[dict[str, Any]]:
    database = open_database(url)
    try:
        with database.reading() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]
    finally:
        database.dispose()


def records_of(url: str) -> list[dict[str, Any]]:
    """Current records, in the order of their numbers."""
    current = sa.select(episode).where(episode.c.superseded_batch.is_(None))
    return _rows(url, current.order_by(episode.c.record_id, episode.c.id))


def batches_of(url: str) -> list[dict[str, Any]]:
    """Receipts, oldest first."""
    return _rows(url, sa.select(batch).order_by(batch.c.id))
