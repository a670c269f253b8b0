"""What becomes of each row of a file of dated entries, and the versions that are stored of it.

A table of versions has the columns `id`, `batch`, `superseded_batch` and `row_number` beside its own; the
version in force has no `superseded_batch`. The table of its files holds receipts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy import Table, func, select
from sqlalchemy.engine import Connection

ACCEPTED, AMENDED, WITHDRAWN = "accepted", "amended", "withdrawn"
DUPLICATE, NOT_HELD = "duplicate", "not held"
#: Rows of one statement.
_AT_ONCE = 5_000
_Key = tuple[Any, ...]


class Entry(Protocol):
    """One row of a file."""

    @property
    def number(self) -> int:
        """Its number in the file."""

    @property
    def key(self) -> _Key:
        """What tells it from other entries."""

    @property
    def content(self) -> tuple[Any, ...]:
        """What it says."""

    @property
    def withdrawn(self) -> bool:
        """Whether it takes the entry back."""


@dataclass(frozen=True)
class Dated:
    """A table of versions and that of its files. `key`, `content`: columns; `what`: its name for people."""

    files: Table
    versions: Table
    key: tuple[str, ...]
    content: tuple[str, ...]
    what: str

    @property
    def current(self) -> sa.ColumnElement[bool]:
        """What is in force."""
        return self.versions.c.superseded_batch.is_(None)


@dataclass(frozen=True)
class Held:
    """A version of an entry."""

    id: int
    batch: int
    superseded: int | None
    content: tuple[Any, ...]


@dataclass(frozen=True)
class Decided:
    """What becomes of each entry of a file, in the order of its rows, and the version that it ends."""

    outcomes: tuple[str, ...]
    ends: Mapping[int, int]

    def count(self, outcome: str) -> int:
        """How many entries have an outcome."""
        return Counter(self.outcomes)[outcome]


def decide(connection: Connection, dated: Dated, entries: Sequence[Entry], sha256: str) -> Decided:
    """Compare each entry with what is held, as rows of line lists are.

    A file that came before says nothing new: of an entry that was held with that content at any time, nor of
    one that a later file has spoken of (decision 9).
    """
    files = dated.files.c
    came_first = connection.execute(select(func.min(files.id)).where(files.file_sha256 == sha256)).scalar()
    versions = _versions(connection, dated, {one.key for one in entries})
    outcomes: list[str] = []
    ends: dict[int, int] = {}
    seen: set[_Key] = set()
    for place, entry in enumerate(entries):
        history = versions.get(entry.key, [])
        current = next((one for one in history if one.superseded is None), None)
        if entry.key in seen or (came_first is not None and _old_news(entry, history, came_first)):
            outcome = DUPLICATE
        elif entry.withdrawn:
            outcome = WITHDRAWN if current else DUPLICATE if history else NOT_HELD
        elif current is None:
            outcome = ACCEPTED
        else:
            outcome = DUPLICATE if current.content == entry.content else AMENDED
        seen.add(entry.key)
        outcomes.append(outcome)
        if outcome in (AMENDED, WITHDRAWN) and current is not None:
            ends[place] = current.id
    return Decided(tuple(outcomes), ends)


def _old_news(entry: Entry, history: Iterable[Held], came_first: int) -> bool:
    return any(
        (not entry.withdrawn and one.content == entry.content)
        or one.batch > came_first
        or (one.superseded or 0) > came_first
        for one in history
    )


def _versions(connection: Connection, dated: Dated, keys: set[_Key]) -> dict[_Key, list[Held]]:
    """Every version of entries, oldest first."""
    found: dict[_Key, list[Held]] = defaultdict(list)
    table = dated.versions
    for row in connection.execute(select(table).order_by(table.c.id)).mappings():
        key = tuple(row[name] for name in dated.key)
        if key in keys:
            content = tuple(row[name] for name in dated.content)
            found[key].append(Held(row["id"], row["batch"], row["superseded_batch"], content))
    return found


def store(
    connection: Connection,
    dated: Dated,
    entries: Sequence[Entry],
    decided: Decided,
    *,
    file_name: str,
    sha256: str,
    actor: str,
    counts: Mapping[str, int],
) -> int:
    """Write a file's receipt and its versions, in the caller's transaction; the file's number."""
    result = connection.execute(
        dated.files.insert().values(
            file_name=file_name[:255],
            file_sha256=sha256,
            received_at=datetime.now(UTC).isoformat(timespec="seconds"),
            actor=actor,
            **counts,
        )
    )
    number = int(result.inserted_primary_key[0])  # type: ignore[index]
    table, ended = dated.versions, list(decided.ends.values())
    for start in range(0, len(ended), _AT_ONCE):
        some = table.c.id.in_(ended[start : start + _AT_ONCE])
        connection.execute(table.update().where(some).values(superseded_batch=number))
    new = [
        {
            "batch": number,
            "row_number": entry.number,
            **dict(zip(dated.key, entry.key, strict=True)),
            **dict(zip(dated.content, entry.content, strict=True)),
        }
        for entry, outcome in zip(entries, decided.outcomes, strict=True)
        if outcome in (ACCEPTED, AMENDED)
    ]
    if new:
        connection.execute(table.insert(), new)
    return number


def listed(
    connection: Connection,
    dated: Dated,
    *,
    history: bool = False,
    until: int | None = None,
    where: Sequence[sa.ColumnElement[bool]] = (),
) -> list[dict[str, Any]]:
    """Entries with the file that brought them, in the order of their keys, the newest version first.

    Parameters
    ----------
    history : bool
        Also versions that a later one replaced, or that were taken back.
    until : int, optional
        As it was after this file.
    where : sequence
        Further conditions.
    """
    table, files = dated.versions, dated.files
    query = (
        select(table, files.c.file_name, files.c.received_at, files.c.actor)
        .join(files, table.c.batch == files.c.id)
        .where(*where)
        .order_by(*(table.c[name] for name in dated.key), table.c.id.desc())
    )
    if until is not None:
        query = query.where(table.c.batch <= until)
    if not history:
        ended = table.c.superseded_batch
        query = query.where(dated.current if until is None else sa.or_(dated.current, ended > until))
    return [dict(row) for row in connection.execute(query).mappings()]


def files(connection: Connection, dated: Dated, most: int | None = None) -> list[dict[str, Any]]:
    """Files that came, the newest first."""
    query = select(dated.files).order_by(dated.files.c.id.desc()).limit(most)
    return [dict(row) for row in connection.execute(query).mappings()]


def newest(connection: Connection, dated: Dated) -> int:
    """The number of the newest file; 0 where none came."""
    return int(connection.execute(select(func.max(dated.files.c.id))).scalar() or 0)


def problems(connection: Connection, dated: Dated) -> list[str]:
    """What does not fit together: versions in force, and receipts with versions.

    References to files that are not there are found with those of all tables (db.maintenance.verify).
    """
    table, what = dated.versions, dated.what
    by_key = (table.c[name] for name in dated.key)
    doubled = select(func.count().label("many")).where(dated.current).group_by(*by_key)
    doubled = doubled.having(func.count() > 1)
    number = connection.execute(select(func.count()).select_from(doubled.subquery())).scalar_one()
    found = [f"{number} {what} have more than one version in force"] if number else []
    brought = _by_file(connection, table.c.batch)
    ended = _by_file(connection, table.c.superseded_batch)
    for row in connection.execute(select(dated.files).order_by(dated.files.c.id)):
        parts = row.accepted + row.amended + row.withdrawn + row.duplicate + row.rejected
        for said, is_there, of in (
            (row.rows, parts, "rows and the sum of what became of them"),
            (row.accepted + row.amended, brought.get(row.id, 0), "accepted and amended, and versions stored"),
            (row.amended + row.withdrawn, ended.get(row.id, 0), "amended and withdrawn, and versions ended"),
        ):
            if said != is_there:
                found.append(f"file {row.id} of {what}: {of} differ ({said} and {is_there})")
    return found


def _by_file(connection: Connection, column: sa.Column[Any]) -> dict[int, int]:
    query = select(column, func.count()).where(column.is_not(None)).group_by(column)
    return {number: int(rows) for number, rows in connection.execute(query)}
