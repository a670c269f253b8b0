"""Storing districts of facilities: what becomes of each row of a file, and the versions it makes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.intake.districts.read import Entry
from db.tables.districts import ALWAYS, CONTENT, KEY, district_batch, facility_district
from db.tables.districts.placed import CURRENT
from db.tables.records import facility
from surveillance.epiweek import time_cell_number
from surveillance.vocabulary import UNKNOWN

ACCEPTED, AMENDED, WITHDRAWN = "accepted", "amended", "withdrawn"
DUPLICATE, NOT_HELD = "duplicate", "not held"
#: The source of an entry that keeps what the facility list had before.
THE_LIST = "facility list"
#: Rows of one statement.
_AT_ONCE = 5_000
_t = facility_district.c


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


def decide(connection: Connection, entries: Sequence[Entry], sha256: str) -> Decided:
    """Compare each entry with what is held, as rows of line lists are.

    A file that came before says nothing new: of an entry that was held with that content at any time, nor of
    one that a later file has spoken of (decision 9).
    """
    came_first = connection.execute(
        select(func.min(district_batch.c.id)).where(district_batch.c.file_sha256 == sha256)
    ).scalar()
    versions = _versions(connection, {one.key for one in entries})
    outcomes: list[str] = []
    ends: dict[int, int] = {}
    seen: set[tuple[str, str]] = set()
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


def _versions(connection: Connection, keys: set[tuple[str, str]]) -> dict[tuple[str, str], list[Held]]:
    """Every version of entries, oldest first."""
    found: dict[tuple[str, str], list[Held]] = defaultdict(list)
    for row in connection.execute(select(facility_district).order_by(_t.id)).mappings():
        key = (row["facility_key"], row["valid_from"])
        if key in keys:
            content = tuple(row[name] for name in CONTENT)
            found[key].append(Held(row["id"], row["batch"], row["superseded_batch"], content))
    return found


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
    """Write a file's receipt and its versions, in the caller's transaction; the batch's number.

    What the facility list had of a facility is kept as its first entry, where the file says since when
    something else holds: of the days before it nothing is lost. The list then shows the latest entry.
    """
    result = connection.execute(
        district_batch.insert().values(
            file_name=file_name[:255],
            file_sha256=sha256,
            received_at=datetime.now(UTC).isoformat(timespec="seconds"),
            actor=actor,
            **counts,
        )
    )
    number = int(result.inserted_primary_key[0])  # type: ignore[index]
    told = [
        entry
        for entry, outcome in zip(entries, decided.outcomes, strict=True)
        if outcome in (ACCEPTED, AMENDED)
    ]
    bare = set(connection.execute(select(_t.facility_key).distinct()).scalars())
    ended = list(decided.ends.values())
    for start in range(0, len(ended), _AT_ONCE):
        some = _t.id.in_(ended[start : start + _AT_ONCE])
        connection.execute(facility_district.update().where(some).values(superseded_batch=number))
    new = [
        {
            "batch": number,
            "row_number": entry.row.number,
            "from_cell": _cell(entry.since),
            **dict(zip(KEY, entry.key, strict=True)),
            **dict(zip(CONTENT, entry.content, strict=True)),
        }
        for entry in told
    ]
    if new:
        connection.execute(facility_district.insert(), new)
    keys = {entry.facility_key for entry in entries}
    if first := _first_entries(connection, keys, bare):
        connection.execute(facility_district.insert(), [{"batch": number, **one} for one in first])
    _show_latest(connection, keys)
    return number


def _cell(since: str) -> int:
    return time_cell_number(date.fromisoformat(since)) if since else ALWAYS


def _first_entries(connection: Connection, keys: set[str], known: set[str]) -> list[dict[str, Any]]:
    """An entry without a day for facilities that have only such with one.

    It keeps what the list had where the facility is new in the table; else nobody knows any more.
    """
    current = connection.execute(select(_t.facility_key, _t.valid_from).where(CURRENT)).all()
    dated = {key for key, since in current if since} - {key for key, since in current if not since}
    query = select(facility.c.facility_key, facility.c.operational_district)
    return [
        {
            "row_number": 0,
            "facility_key": key,
            "valid_from": "",
            "from_cell": ALWAYS,
            "operational_district": UNKNOWN if key in known else name or UNKNOWN,
            "source": THE_LIST,
        }
        for key, name in connection.execute(query)
        if key in dated & keys
    ]


def _show_latest(connection: Connection, keys: set[str]) -> None:
    """Write into the list where each facility belongs now: scopes, alerts and pages of places follow it."""
    latest = latest_of(connection)
    for key in sorted(keys & latest.keys()):
        connection.execute(
            facility.update()
            .where(facility.c.facility_key == key)
            .values(operational_district=_of_list(latest[key]))
        )


def _of_list(name: str) -> str | None:
    return None if name == UNKNOWN else name


def latest_of(connection: Connection) -> dict[str, str]:
    """Key of each facility in the dated table -> its district now."""
    query = select(_t.facility_key, _t.operational_district).where(CURRENT).order_by(_t.valid_from)
    return {str(key): str(name) for key, name in connection.execute(query)}


def listed_facilities(connection: Connection) -> list[tuple[str, str, str]]:
    """Key, number and province of every facility of the list."""
    columns = (facility.c.facility_key, facility.c.facility_id, facility.c.province)
    return [tuple(row) for row in connection.execute(select(*columns).order_by(facility.c.facility_id))]


def names(connection: Connection) -> list[str]:
    """Names of operational districts, of the facility list and of the dated table."""
    of_list, of_table = facility.c.operational_district, _t.operational_district
    both = sa.union(
        select(of_list).where(of_list.is_not(None)), select(of_table).where(CURRENT, of_table != UNKNOWN)
    )
    return sorted(connection.execute(both).scalars())


def listed(
    connection: Connection, *, history: bool = False, condition: Sequence[sa.ColumnElement[bool]] = ()
) -> list[dict[str, Any]]:
    """Entries with their facility and the file that brought them, by facility and day.

    Parameters
    ----------
    history : bool
        Also versions that a later one replaced, or that were taken back.
    condition : sequence
        Conditions on `facility`.
    """
    query = (
        select(
            facility_district,
            facility.c.facility_id,
            facility.c.name_en,
            facility.c.name_km,
            facility.c.province,
            district_batch.c.file_name,
            district_batch.c.received_at,
            district_batch.c.actor,
        )
        .join(district_batch, _t.batch == district_batch.c.id)
        .join(facility, facility.c.facility_key == _t.facility_key)
        .where(*condition)
        .order_by(facility.c.province, facility.c.facility_id, _t.valid_from, _t.id.desc())
    )
    if not history:
        query = query.where(CURRENT)
    return [dict(row) for row in connection.execute(query).mappings()]


def batches(connection: Connection, most: int | None = None) -> list[dict[str, Any]]:
    """Files that came, the newest first."""
    query = select(district_batch).order_by(district_batch.c.id.desc()).limit(most)
    return [dict(row) for row in connection.execute(query).mappings()]


def problems(connection: Connection) -> list[str]:
    """What does not fit together: receipts with versions, and the list with the latest entries."""
    doubled = select(_t.facility_key).where(CURRENT).group_by(*(_t[n] for n in KEY)).having(func.count() > 1)
    number = connection.execute(select(func.count()).select_from(doubled.subquery())).scalar_one()
    found = [f"{number} districts of facilities have more than one version in force"] if number else []
    latest = latest_of(connection)
    now = connection.execute(select(facility.c.facility_key, facility.c.operational_district))
    if wrong := [key for key, name in now if key in latest and _of_list(latest[key]) != name]:
        found.append(f"{len(wrong)} facilities stand in another district in the list than in the dated table")
    brought = _by_batch(connection, _t.batch, _t.row_number > 0)
    ended = _by_batch(connection, _t.superseded_batch)
    for row in connection.execute(select(district_batch).order_by(district_batch.c.id)):
        parts = row.accepted + row.amended + row.withdrawn + row.duplicate + row.rejected
        for said, is_there, what in (
            (row.rows, parts, "rows and the sum of what became of them"),
            (row.accepted + row.amended, brought.get(row.id, 0), "accepted and amended, and versions stored"),
            (row.amended + row.withdrawn, ended.get(row.id, 0), "amended and withdrawn, and versions ended"),
        ):
            if said != is_there:
                found.append(f"file {row.id} of districts: {what} differ ({said} and {is_there})")
    return found


def _by_batch(
    connection: Connection, column: sa.Column[Any], *where: sa.ColumnElement[bool]
) -> dict[int, int]:
    query = select(column, func.count()).where(column.is_not(None), *where).group_by(column)
    return {number: int(rows) for number, rows in connection.execute(query)}
