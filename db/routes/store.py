"""Roads and flows of people: every version, and those that hold on a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from db.intake.routes.read import Entry
from db.tables.routes import CONTENT, FLOWS, KEY, KINDS, route, route_batch
from db.versions.store import Decided, Versions

VERSIONS = Versions(route_batch, route, KEY, CONTENT, "roads and flows")
Node = tuple[str, str]


@dataclass(frozen=True)
class Way:
    """A road, or how many went one way. `start`, `end`: level and code; `amount`: km, or people."""

    start: Node
    end: Node
    amount: float


def store(
    connection: Connection,
    entries: Sequence[Entry],
    decided: Decided,
    *,
    file_name: str,
    sha256: str,
    actor: str,
    counts: Mapping[str, int],
) -> int:
    """Write a file's receipt and its versions, in the caller's transaction; the batch's number."""
    number = VERSIONS.receive(
        connection, decided, file_name=file_name, sha256=sha256, actor=actor, counts=counts
    )
    new = [
        {"batch": number, "row_number": entry.row.number, **VERSIONS.row_of(entry)}
        for entry in decided.told(entries)
    ]
    if new:
        connection.execute(route.insert(), new)
    return number


def ways_on(connection: Connection, kind: str, day: date, until: int | None = None) -> list[Way]:
    """Read the roads or flows that hold on a day.

    Of a road the newest entry up to the day counts; one that is closed then is left out. Of flows the newest
    counts of each place count together, since shares are of all who left it.

    Parameters
    ----------
    kind : {"roads", "flows"}
    day : date
    until : int, optional
        As it was known after this file.
    """
    rows = VERSIONS.listed(connection, until=until, where=(route.c.kind == kind,))
    held = [row for row in rows if row["valid_from"] <= day.isoformat()]
    kept = _newest_of_places(held) if kind == FLOWS else _newest_of_pairs(held)
    return [Way(_start(row), _end(row), float(row["amount"])) for row in kept if row["amount"] is not None]


def kinds_held(connection: Connection) -> tuple[str, ...]:
    """Of `roads` and `flows` those that have entries in force."""
    found = connection.execute(select(route.c.kind).where(VERSIONS.current).distinct()).scalars().all()
    return tuple(kind for kind in KINDS if kind in found)


def _start(row: Mapping[str, Any]) -> Node:
    return row["from_level"], row["from_place"]


def _end(row: Mapping[str, Any]) -> Node:
    return row["to_level"], row["to_place"]


def _newest_of_pairs(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of each road and direction the newest entry."""
    newest = {}
    for row in sorted(rows, key=lambda one: one["valid_from"]):
        newest[_start(row), _end(row)] = row
    return [newest[key] for key in sorted(newest)]


def _newest_of_places(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of each place from which people went the entries of the newest day."""
    newest: dict[Node, str] = {}
    for row in rows:
        newest[_start(row)] = max(newest.get(_start(row), ""), row["valid_from"])
    kept = [row for row in rows if row["valid_from"] == newest[_start(row)]]
    return sorted(kept, key=lambda row: (_start(row), _end(row)))
