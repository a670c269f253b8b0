"""Sums of a reception centre as they were known at a moment: made anew from the entries held by then.

Entries are only added to, so that what was known is what they say together. Of days that are sealed no entry
is held: of these nothing is known but the sums of now.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from db.reception import store, sums
from db.reception.sums import Sums
from db.tables.reception.records import SEALED, reception_entry
from surveillance.epiweek import TIME_ZONE

#: Days before a day on which its first entries may have come: a clock at a desk may be a day off.
_EARLY = timedelta(days=1)
#: Subjects that one statement names.
_AT_ONCE = 5_000


def as_of(
    connection: Connection, crossings: Collection[str], since: date, until: date, moment: datetime
) -> Sums | None:
    """The sums of some days and crossings, of entries that had come before a moment.

    None where days among them, or later ones, are kept as sums alone.
    """
    for table in SEALED:
        kept = select(table.c.day).where(table.c.day >= since).limit(1)
        if connection.execute(kept).first() is not None:
            return None
    column = reception_entry.c
    begun = datetime.combine(since - _EARLY, time(), TIME_ZONE)
    came = (column.received_at < store.text_of(moment), column.received_at >= store.text_of(begun))
    rows = connection.execute(select(column.subject, column.van).where(*came).distinct()).all()
    subjects = {row.subject for row in rows} | {row.van for row in rows if row.van}
    entries = []
    numbers = sorted(subjects)
    for start in range(0, len(numbers), _AT_ONCE):
        named = column.subject.in_(numbers[start : start + _AT_ONCE])
        held = connection.execute(select(reception_entry).where(named, came[0]))
        entries += [store.read_entry(dict(row)) for row in held.mappings()]
    found = sums.of(store.placed_in_time(store.made_from(entries)).values())
    gates = set(crossings)
    for part in found:
        for key in [key for key in part if not _wanted(key[0], gates, since, until)]:
            del part[key]
    return found


def _wanted(cell: tuple[Any, ...], gates: Collection[str], since: date, until: date) -> bool:
    """Whether a cell is of these days and crossings; cells of prevention name none, and are left out."""
    return since <= cell[0] <= until and cell[1] in gates
