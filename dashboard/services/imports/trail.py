"""The trail of imports: a kill between storing a file and auditing it must not leave it without its line.

Records and trail are two databases on SQLite, so no transaction holds both. The batch itself says who
imported it; the next import or `verify` writes the lines that are missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from db.batches import receipts
from db.core.engine import Database
from db.operations import audit

ACTION = "import"
COUNTS = ("rows", "accepted", "amended", "withdrawn", "duplicate", "rejected")
#: An import that is stored is audited within a moment; one that is not so long after was killed.
GRACE = timedelta(minutes=10)
#: How far back is looked.
REACH = timedelta(days=90)


def write(database: Database, actor: str, batch: int | None, source: str, told: Mapping[str, Any]) -> None:
    """Write the line of an import that has been stored: its counts, and what was said of how to read it."""
    audit.record(database, actor, ACTION, {"batch": batch, "source": source, **told})


def mend(database: Database, now: datetime | None = None) -> list[int]:
    """Write the lines of imports that were stored and not audited; returns the numbers of their batches."""
    now = now or datetime.now(UTC)
    first, last = (moment.isoformat(timespec="seconds") for moment in (now - REACH, now - GRACE))
    with database.reading() as connection:
        stored = receipts.received_between(connection, first, last)
    if not stored:
        return []
    known = audit.batches_named(database, ACTION, first)
    missing = [receipt for receipt in stored if receipt["id"] not in known]
    for receipt in missing:
        detail = {"batch": receipt["id"], "source": receipt["source"], "stored": receipt["received_at"]}
        counts = {name: receipt[name] for name in COUNTS}
        audit.record(database, receipt["actor"], ACTION, detail | counts | {"written": "late"})
    return [receipt["id"] for receipt in missing]
