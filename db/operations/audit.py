"""The audit trail: who did what and when. Never a patient value."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

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


def last(database: Database, action: str) -> str | None:
    """When an action was written last (UTC, ISO); None where it never was."""
    query = select(audit.c.at).where(audit.c.action == action).order_by(audit.c.id.desc()).limit(1)
    with database.operations.connect() as connection:
        return connection.execute(query).scalar()


def latest(database: Database, limit: int = 100) -> list[Row]:
    """The newest lines first."""
    with database.operations.connect() as connection:
        return list(connection.execute(select(audit).order_by(audit.c.id.desc()).limit(limit)))
