"""The audit trail: who did what and when. Never a patient value."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection, Row

from db.core.engine import Database, write_transaction
from db.tables.operations import audit


def record(database: Database, actor: str, action: str, detail: Mapping[str, object] | None = None) -> None:
    """Write one line of the trail."""
    with write_transaction(database.operations) as connection:
        write(connection, actor, action, detail)


def write(
    connection: Connection, actor: str, action: str, detail: Mapping[str, object] | None = None
) -> None:
    """Write one line in the transaction of what it tells of: both are stored, or neither."""
    connection.execute(
        audit.insert().values(
            at=datetime.now(UTC).isoformat(timespec="seconds"),
            actor=actor,
            action=action,
            detail=json.dumps(detail or {}, ensure_ascii=False, sort_keys=True, default=str),
        )
    )


def batches_named(database: Database, action: str, since: str) -> set[int]:
    """Numbers of the batches that lines of an action name, from a moment on (UTC, ISO)."""
    query = select(audit.c.detail).where(audit.c.at >= since, audit.c.action == action)
    with database.operations.connect() as connection:
        details = [json.loads(text) for text in connection.execute(query).scalars()]
    return {int(detail["batch"]) for detail in details if detail.get("batch") is not None}


def lines_of(
    database: Database, actions: Sequence[str], since: str | None = None
) -> list[tuple[str, str, dict[str, Any]]]:
    """Moment (UTC, ISO), action and detail of the lines of some actions, from a moment on."""
    query = select(audit.c.at, audit.c.action, audit.c.detail).where(audit.c.action.in_(actions))
    if since is not None:
        query = query.where(audit.c.at >= since)
    with database.operations.connect() as connection:
        return [(at, action, json.loads(detail)) for at, action, detail in connection.execute(query)]


def latest(database: Database, limit: int = 100) -> list[Row]:
    """The newest lines first."""
    with database.operations.connect() as connection:
        return list(connection.execute(select(audit).order_by(audit.c.id.desc()).limit(limit)))
