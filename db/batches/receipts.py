"""What was delivered: receipts, and what in the files was not understood."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.batches import reporting_completeness
from db.core.scope import Scope
from db.intake.values.notices import UNSHARED_ISSUER, kept_text
from db.tables import meta
from db.tables.deliveries import place_text
from db.tables.records import batch, episode, facility, notice
from surveillance.epiweek import day_of_number, time_cell_last_day


def summary(connection: Connection) -> tuple[bool, int, str | None, date | None, date | None]:
    """Whether it is the demo, how many files, when the last came, first and last visit."""
    row = connection.execute(select(func.count(), func.max(batch.c.received_at))).one()
    return meta.is_demo(connection), int(row[0]), row[1], *_visits(connection)


def _visits(connection: Connection) -> tuple[date | None, date | None]:
    """Days of the first and last visit.

    The cubes know the cells of the current records; a file that named the day may have been corrected since.
    Where no file names a day of that cell any more, the cell's own end is said.
    """
    cells = reporting_completeness.first_and_last(connection, Scope.everything())
    if cells is None:
        return None, None
    first, last = (day_of_number(cell) for cell in cells)
    named = select(func.min(batch.c.first_visit)).where(batch.c.first_visit >= first).scalar_subquery()
    until = select(func.max(batch.c.last_visit)).where(batch.c.last_visit <= time_cell_last_day(last))
    earliest, latest = connection.execute(select(named, until.scalar_subquery())).one()
    return (
        earliest if earliest is not None and earliest <= time_cell_last_day(first) else first,
        latest if latest is not None and latest >= last else time_cell_last_day(last),
    )


def visits_named(connection: Connection, number: int) -> tuple[date | None, date | None]:
    """First and last visit that any file up to batch `number` named."""
    query = select(func.min(batch.c.first_visit), func.max(batch.c.last_visit)).where(batch.c.id <= number)
    first, last = connection.execute(query).one()
    return first, last


def received_between(connection: Connection, first: str, last: str) -> list[dict[str, Any]]:
    """Receipts from one moment to another (UTC, ISO), by number."""
    query = select(batch).where(batch.c.received_at.between(first, last)).order_by(batch.c.id)
    return [dict(row) for row in connection.execute(query).mappings()]


def stored_since(
    connection: Connection, since: str, source: str, sha256: str, actor: str
) -> dict[str, Any] | None:
    """The first receipt of a file since a moment (UTC, ISO to the second); None if absent."""
    same = (batch.c.source == source, batch.c.file_sha256 == sha256, batch.c.actor == actor)
    query = select(batch).where(*same, batch.c.received_at >= since).order_by(batch.c.id).limit(1)
    row = connection.execute(query).mappings().first()
    return None if row is None else dict(row)


def receipts(connection: Connection, limit: int = 50) -> list[dict[str, Any]]:
    """The latest receipts, newest first."""
    rows = connection.execute(select(batch).order_by(batch.c.id.desc()).limit(limit))
    return [dict(row) for row in rows.mappings()]


def not_understood(connection: Connection, limit: int = 200) -> list[dict[str, Any]]:
    """What was accepted and not understood: `kind, field, text, rows`, most rows first.

    Facilities are counted among the records as they are now; all else as it was delivered, but for places
    that a user has resolved since.
    """
    rows = func.sum(notice.c.rows).label("rows")
    resolved = (
        select(place_text.c.mark)
        .where(
            place_text.c.field == notice.c.field,
            place_text.c.text == notice.c.text,
            place_text.c.code.is_not(None),
        )
        .exists()
    )
    query = (
        select(notice.c.kind, notice.c.field, notice.c.text, rows)
        .where(notice.c.kind.not_in(("unknown_facility", UNSHARED_ISSUER)), sa.not_(resolved))
        .group_by(notice.c.kind, notice.c.field, notice.c.text)
        .order_by(rows.desc())
        .limit(limit)
    )
    found = [dict(row) for row in connection.execute(query).mappings()] + _unlisted(connection)
    return sorted(found, key=lambda item: -item["rows"])[:limit]


def _unlisted(connection: Connection) -> list[dict[str, Any]]:
    """Facilities that current records name and the list does not.

    The names are found one after the other by the index, and only the unlisted ones' records are counted.
    """
    key = episode.c.facility_key
    names = select(func.min(key).label("key")).cte("names", recursive=True)
    after = select(func.min(key)).where(key > names.c.key).scalar_subquery()
    names = names.union_all(select(after).where(names.c.key.is_not(None)))
    listed = select(facility.c.facility_key)
    unlisted = select(names.c.key).where(names.c.key.is_not(None), names.c.key.not_in(listed))
    query = (
        select(func.min(episode.c.facility_id), func.count())
        .where(key.in_(unlisted), episode.c.superseded_batch.is_(None))
        .group_by(key)
    )
    rows: Counter[str] = Counter()
    for name, count in connection.execute(query):
        rows[kept_text("unknown_facility", name, count)] += count
    return [
        {"kind": "unknown_facility", "field": "facility_id", "text": text, "rows": count}
        for text, count in rows.items()
    ]
