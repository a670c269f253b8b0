"""The calendar: kept, read and changed, entry by entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import select

from db.core.engine import Database, write_transaction
from db.operations import audit
from db.operations.lease_queue import moment
from db.tables.operations import calendar_entry
from surveillance.calendar.entries import COLUMNS, Entry


def listed(database: Database) -> list[Entry]:
    """Every entry, the first day first."""
    columns = [calendar_entry.c[name] for name in COLUMNS]
    query = select(*columns).order_by(calendar_entry.c.first, calendar_entry.c.key)
    with database.operations.connect() as connection:
        return [Entry(**row._mapping) for row in connection.execute(query)]


def put(database: Database, entries: Sequence[Entry], by: str) -> tuple[int, int]:
    """Keep entries, each in place of one with its key; how many are new, and how many are changed."""
    held = {entry.key: entry for entry in listed(database)}
    wanted = {entry.key: entry for entry in entries}
    changed = {key for key, entry in wanted.items() if key in held and held[key] != entry}
    new = wanted.keys() - held.keys()
    said = {"changed_at": moment(), "changed_by": by}
    rows = [asdict(wanted[key]) | said for key in sorted(changed | new)]
    with write_transaction(database.operations) as connection:
        for row in rows:
            connection.execute(calendar_entry.delete().where(calendar_entry.c.key == row["key"]))
            connection.execute(calendar_entry.insert().values(row))
        counts = {"rows": len(entries), "new": len(new), "changed": len(changed)}
        audit.write(connection, by, "calendar changed", counts)
    return len(new), len(changed)


def remove(database: Database, key: str, by: str) -> bool:
    """Remove an entry; whether there was one."""
    with write_transaction(database.operations) as connection:
        gone = connection.execute(calendar_entry.delete().where(calendar_entry.c.key == key))
        if gone.rowcount:
            audit.write(connection, by, "calendar entry removed", {"key": key})
        return bool(gone.rowcount)
