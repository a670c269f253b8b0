"""What becomes of each row of a file of such a table, and the versions that it makes."""

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
Key = tuple[Any, ...]


class Entry(Protocol):
    """A row of a file that was understood."""

    @property
    def key(self) -> Key: ...

    @property
    def content(self) -> tuple[Any, ...]: ...

    @property
    def withdrawn(self) -> bool: ...


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
    """Place among the entries -> the version that is current now."""

    def count(self, outcome: str) -> int:
        """How many entries have an outcome."""
        return Counter(self.outcomes)[outcome]

    def told(self, entries: Sequence[Any]) -> list[Any]:
        """Those entries that make a version."""
        pairs = zip(entries, self.outcomes, strict=True)
        return [entry for entry, outcome in pairs if outcome in (ACCEPTED, AMENDED)]


@dataclass(frozen=True)
class Versions:
    """A table of versions and that of its files.

    Attributes
    ----------
    files, table : Table
        Receipts; and versions, of which the one in force has no `superseded_batch`.
    key, content : tuple of str
        Columns that tell one entry from another, and what an entry says.
    entries : str
        What entries are called in a report of what does not fit together.
    of_rows : condition, optional
        Versions that a row of a file made.
    """

    files: Table
    table: Table
    key: tuple[str, ...]
    content: tuple[str, ...]
    entries: str
    of_rows: sa.ColumnElement[bool] | None = None

    @property
    def current(self) -> sa.ColumnElement[bool]:
        """Condition of the versions in force."""
        return self.table.c.superseded_batch.is_(None)

    def decide(
        self,
        connection: Connection,
        entries: Sequence[Entry],
        sha256: str,
        among: sa.ColumnElement[bool] | None = None,
    ) -> Decided:
        """Compare each entry with what is held, as rows of line lists are.

        A file that came before says nothing new: of an entry that was held with that content at any time, nor
        of one that a later file has spoken of (decision 9). A second row that repeats the first says nothing
        new either.

        Parameters
        ----------
        among : condition, optional
            Versions that may be those of the entries; all, if not given.
        """
        files = self.files.c
        came_first = connection.execute(
            select(func.min(files.id)).where(files.file_sha256 == sha256)
        ).scalar()
        versions = self._versions(connection, {one.key for one in entries}, among)
        outcomes: list[str] = []
        ends: dict[int, int] = {}
        seen: set[Key] = set()
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

    def _versions(
        self, connection: Connection, keys: set[Key], among: sa.ColumnElement[bool] | None
    ) -> dict[Key, list[Held]]:
        """Every version of entries, oldest first."""
        found: dict[Key, list[Held]] = defaultdict(list)
        query = select(self.table).order_by(self.table.c.id)
        for row in connection.execute(query if among is None else query.where(among)).mappings():
            key = tuple(row[name] for name in self.key)
            if key in keys:
                content = tuple(row[name] for name in self.content)
                found[key].append(Held(row["id"], row["batch"], row["superseded_batch"], content))
        return found

    def receive(
        self,
        connection: Connection,
        decided: Decided,
        *,
        file_name: str,
        sha256: str,
        actor: str,
        counts: Mapping[str, int],
        now: datetime | None = None,
    ) -> int:
        """Write a file's receipt and end the versions that it replaces or takes back; the batch's number."""
        result = connection.execute(
            self.files.insert().values(
                file_name=file_name[:255],
                file_sha256=sha256,
                received_at=(now or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds"),
                actor=actor,
                **counts,
            )
        )
        number = int(result.inserted_primary_key[0])  # type: ignore[index]
        ended = list(decided.ends.values())
        for start in range(0, len(ended), _AT_ONCE):
            some = self.table.c.id.in_(ended[start : start + _AT_ONCE])
            connection.execute(self.table.update().where(some).values(superseded_batch=number))
        return number

    def row_of(self, entry: Entry) -> dict[str, Any]:
        """The columns of key and content of a version."""
        return {
            **dict(zip(self.key, entry.key, strict=True)),
            **dict(zip(self.content, entry.content, strict=True)),
        }

    def listed(
        self,
        connection: Connection,
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
        table, files = self.table, self.files
        query = (
            select(table, files.c.file_name, files.c.received_at, files.c.actor)
            .join(files, table.c.batch == files.c.id)
            .where(*where)
            .order_by(*(table.c[name] for name in self.key), table.c.id.desc())
        )
        if until is not None:
            query = query.where(table.c.batch <= until)
        if not history:
            ended = table.c.superseded_batch
            query = query.where(self.current if until is None else sa.or_(self.current, ended > until))
        return [dict(row) for row in connection.execute(query).mappings()]

    def newest(self, connection: Connection) -> int:
        """The number of the newest file; 0 where none came."""
        return int(connection.execute(select(func.max(self.files.c.id))).scalar() or 0)

    def batches(self, connection: Connection, most: int | None = None) -> list[dict[str, Any]]:
        """Files that came, the newest first."""
        query = select(self.files).order_by(self.files.c.id.desc()).limit(most)
        return [dict(row) for row in connection.execute(query).mappings()]

    def problems(self, connection: Connection) -> list[str]:
        """What does not fit together: two versions in force, and receipts with versions.

        References to files that are not there are found with those of all tables (db.maintenance.verify).
        """
        t = self.table.c
        keys = [t[name] for name in self.key]
        doubled = select(keys[0]).where(self.current).group_by(*keys).having(func.count() > 1)
        number = connection.execute(select(func.count()).select_from(doubled.subquery())).scalar_one()
        found = [f"{number} {self.entries} have more than one version in force"] if number else []
        brought = self._by_batch(connection, t.batch, self.of_rows)
        ended = self._by_batch(connection, t.superseded_batch, None)
        for row in connection.execute(select(self.files).order_by(self.files.c.id)):
            parts = row.accepted + row.amended + row.withdrawn + row.duplicate + row.rejected
            made, over = brought.get(row.id, 0), ended.get(row.id, 0)
            for said, is_there, what in (
                (row.rows, parts, "rows and the sum of what became of them"),
                (row.accepted + row.amended, made, "accepted and amended, and versions stored"),
                (row.amended + row.withdrawn, over, "amended and withdrawn, and versions ended"),
            ):
                if said != is_there:
                    found.append(f"file {row.id} of {self.entries}: {what} differ ({said} and {is_there})")
        return found

    @staticmethod
    def _by_batch(
        connection: Connection, column: sa.Column[Any], where: sa.ColumnElement[bool] | None
    ) -> dict[int, int]:
        query = select(column, func.count()).where(column.is_not(None)).group_by(column)
        rows = connection.execute(query if where is None else query.where(where))
        return {number: int(many) for number, many in rows}


def _old_news(entry: Entry, history: Iterable[Held], came_first: int) -> bool:
    return any(
        (not entry.withdrawn and one.content == entry.content)
        or one.batch > came_first
        or (one.superseded or 0) > came_first
        for one in history
    )
