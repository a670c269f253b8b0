"""Storing entries: each once, merged into the records they write, and into the sums of these.

Everything is one transaction: entries, records and sums agree whenever anybody looks.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.engine import Connection

from db.core.bulk import insert_rows
from db.core.engine import Database, write_transaction
from db.reception import sums
from db.tables.reception.records import reception_entry, reception_record, sealed_subject
from surveillance.epiweek import TIME_ZONE
from surveillance.reception.entries import Entry, day_of, is_withdrawn, merge
from surveillance.reception.worklists import due

_T = TypeVar("_T")
#: What became of an entry.
ACCEPTED, HELD, DIFFERS, SEALED = "accepted", "held", "differs", "sealed"
#: Number of PostgreSQL's lock that writers of entries wait for.
_WRITERS = 8_421_900_118
#: Entries that are merged at a time, and identifiers that one statement names.
_AT_ONCE, _NAMED = 4_000, 10_000
#: What two sendings of one entry agree in, whoever sends it.
_SAME = ("kind", "subject", "item", "van", "crossing", "station", "fields")


class Record(NamedTuple):
    """A record as it stands, in the order of the table's columns."""

    subject: str
    kind: str
    item: str
    van: str
    crossing: str
    day: date
    entered: date
    withdrawn: bool
    partner: str | None
    slip: str | None
    fields: str
    due: date | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """Kind, subject and item."""
        return self.kind, self.subject, self.item

    @property
    def group(self) -> str:
        """The van, or the person who came without one."""
        return self.van or self.subject

    @property
    def values(self) -> dict[str, Any]:
        """Current fields."""
        return dict(json.loads(self.fields))


def text_of(moment: datetime) -> str:
    """A moment as it is stored."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


@contextmanager
def writing(database: Database) -> Iterator[Connection]:
    """A transaction that writes entries; on PostgreSQL one at a time, as on SQLite."""
    with write_transaction(database.operations) as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS})")
        yield connection


@contextmanager
def checking(database: Database, *, mending: bool) -> Iterator[Connection]:
    """A transaction in which everything is of one moment, and mended where that is asked."""
    if mending:
        with writing(database) as connection:
            yield connection
        return
    with database.operations.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


def store(
    connection: Connection, entries: Sequence[Entry], *, author: str, device: str, received: datetime
) -> list[str]:
    """Store entries that are not held, and merge them into records and sums.

    Parameters
    ----------
    connection
        Of :func:`writing`.
    author, device
        Who brings them, and from where; the entries say at which station they were made.
    received
        No entry counts as made after it.

    Returns
    -------
    list of str
        What became of each: :data:`ACCEPTED`; :data:`HELD`: it came before; :data:`DIFFERS`: another entry
        with its id came before; :data:`SEALED`: it is about what is held as a sum alone.
    """
    found: list[str] = []
    for start in range(0, len(entries), _AT_ONCE):
        some = entries[start : start + _AT_ONCE]
        found += _store(connection, some, (author, device, received))
    return found


def _store(connection: Connection, entries: Sequence[Entry], origin: tuple[str, str, datetime]) -> list[str]:
    held = _held(connection, [entry.id for entry in entries])
    sealed = _sealed(connection, {entry.subject for entry in entries} | {entry.van for entry in entries})
    outcomes: list[str] = []
    new: list[dict[str, Any]] = []
    for entry in entries:
        row = _row(entry, *origin)
        known = held.get(entry.id)
        if entry.subject in sealed or entry.van in sealed:
            outcomes.append(SEALED)
        elif known is None:
            held[entry.id] = row
            new.append(row)
            outcomes.append(ACCEPTED)
        else:
            same = all(known[name] == row[name] for name in _SAME)
            outcomes.append(HELD if same else DIFFERS)
    if new:
        insert_rows(connection, reception_entry, [tuple(row.values()) for row in new])
        _merge(connection, {row["subject"] for row in new}, {row["van"] for row in new if row["van"]})
    return outcomes


def _row(entry: Entry, author: str, device: str, received: datetime) -> dict[str, Any]:
    """An entry as a row, in the order of the table's columns."""
    return {
        "id": entry.id,
        "kind": entry.kind,
        "subject": entry.subject,
        "item": entry.item,
        "van": entry.van,
        "crossing": entry.crossing,
        "station": entry.station,
        "author": author,
        "device": device,
        "made_at": text_of(min(entry.made_at, received)),
        "received_at": text_of(received),
        "fields": json.dumps(dict(entry.fields), sort_keys=True, separators=(",", ":")),
    }


def _held(connection: Connection, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for some in _chunks(ids):
        rows = connection.execute(select(reception_entry).where(reception_entry.c.id.in_(some)))
        found.update((row["id"], row) for row in map(dict, rows.mappings()))
    return found


def _sealed(connection: Connection, subjects: set[str]) -> set[str]:
    column = sealed_subject.c.subject
    found: set[str] = set()
    for some in _chunks(sorted(subjects)):
        found.update(connection.scalars(select(column).where(column.in_(some))))
    return found


def read_entry(row: Mapping[Any, Any]) -> Entry:
    """An entry from its row."""
    return Entry(
        **{name: row[name] for name in ("id", "kind", "subject", "item", "van", "crossing", "station")},
        made_at=datetime.fromisoformat(row["made_at"]),
        fields=json.loads(row["fields"]),
    )


def records_where(connection: Connection, *conditions: sa.ColumnElement[bool]) -> list[Record]:
    """Records as they stand, by conditions on the table."""
    rows = connection.execute(select(*reception_record.c).where(*conditions))
    return [Record(*row) for row in rows]


def _of(connection: Connection, column: sa.Column, values: Iterable[str]) -> list[Record]:
    return [one for some in _chunks(list(values)) for one in records_where(connection, column.in_(some))]


def _merge(connection: Connection, subjects: set[str], vans: set[str]) -> None:
    """Make the records of some subjects anew from their entries; change what differs, and the sums."""
    table = reception_record.c
    own = _of(connection, table.subject, subjects)
    vans = vans | {one.van for one in own if one.van}
    before = {one.key: one for one in (*own, *_of(connection, table.van, vans))}
    after = {key: one for key, one in before.items() if one.subject not in subjects}
    after |= made_from(entries_of(connection, subjects))
    after = placed_in_time(after)
    sums.change(connection, sums.of(before.values()), sums.of(after.values()))
    changed = [one for key, one in after.items() if before.get(key) != one]
    for some in _chunks(changed):
        keys = [(one.subject, one.kind, one.item) for one in some if one.key in before]
        if keys:
            held = sa.tuple_(table.subject, table.kind, table.item)
            for few in _chunks(keys, 3_000):
                connection.execute(reception_record.delete().where(held.in_(few)))
        insert_rows(connection, reception_record, [storable(connection, one) for one in some])


def storable(connection: Connection, record: Record) -> tuple[Any, ...]:
    """A record as a row for bulk storing."""
    if connection.dialect.name == "postgresql":
        return tuple(record)
    day, entered = record.day.isoformat(), record.entered.isoformat()
    due = record.due.isoformat() if record.due else None
    return tuple(record._replace(day=day, entered=entered, due=due))  # type: ignore[arg-type]


def entries_of(connection: Connection, subjects: Iterable[str]) -> list[Entry]:
    """Every entry about some subjects."""
    found = []
    for some in _chunks(sorted(subjects)):
        rows = connection.execute(select(reception_entry).where(reception_entry.c.subject.in_(some)))
        found += [read_entry(dict(row)) for row in rows.mappings()]
    return found


def made_from(entries: Iterable[Entry]) -> dict[tuple[str, str, str], Record]:
    """The records that entries make; all of a subject's lie where its newest entry says."""
    by_record: dict[tuple[str, str, str], list[Entry]] = {}
    newest: dict[str, Entry] = {}
    for entry in entries:
        by_record.setdefault(entry.record, []).append(entry)
        known = newest.get(entry.subject)
        if known is None or (known.made_at, known.id) < (entry.made_at, entry.id):
            newest[entry.subject] = entry
    found = {}
    for (kind, subject, item), some in by_record.items():
        fields, at = merge(some), newest[subject]
        entered = min(one.made_at for one in some).astimezone(TIME_ZONE).date()
        found[kind, subject, item] = Record(
            subject,
            kind,
            item,
            at.van,
            at.crossing,
            entered,
            entered,
            is_withdrawn(fields),
            fields.get("partner"),
            fields.get("slip"),
            json.dumps(fields, sort_keys=True, separators=(",", ":")),
        )
    return found


def placed_in_time(records: Mapping[tuple[str, str, str], Record]) -> dict[tuple[str, str, str], Record]:
    """The same records, each on the day on which it counts, and due when a worklist looks at it."""
    vans = {one.subject: one.values for one in records.values() if one.kind == "van"}
    found = {}
    for key, one in records.items():
        said = one.values
        day = day_of(one.kind, said, vans.get(one.van, {}), one.entered)
        found[key] = one._replace(day=day, due=None if one.withdrawn else due(one.kind, said, day))
    return found


def _chunks(values: Sequence[_T], size: int = _NAMED) -> Iterator[Sequence[_T]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
