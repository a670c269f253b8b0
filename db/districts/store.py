"""Storing districts of facilities: what becomes of each row of a file, and the versions it makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.engine import Connection

from db.intake.districts.read import Entry
from db.tables.districts import ALWAYS, CONTENT, KEY, district_batch, facility_district
from db.tables.districts.placed import CURRENT
from db.tables.records import facility
from db.versions.store import Decided, Versions
from surveillance.epiweek import time_cell_number
from surveillance.vocabulary import UNKNOWN

#: The source of an entry that keeps what the facility list had before.
THE_LIST = "facility list"
_t = facility_district.c
VERSIONS = Versions(
    district_batch, facility_district, KEY, CONTENT, "districts of facilities", _t.row_number > 0
)


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
    bare = set(connection.execute(select(_t.facility_key).distinct()).scalars())
    number = VERSIONS.receive(
        connection, decided, file_name=file_name, sha256=sha256, actor=actor, counts=counts
    )
    new = [
        {
            "batch": number,
            "row_number": entry.row.number,
            "from_cell": _cell(entry.since),
            **VERSIONS.row_of(entry),
        }
        for entry in decided.told(entries)
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


def problems(connection: Connection) -> list[str]:
    """What does not fit together: receipts with versions, and the list with the latest entries."""
    found = VERSIONS.problems(connection)
    latest = latest_of(connection)
    now = connection.execute(select(facility.c.facility_key, facility.c.operational_district))
    if wrong := [key for key, name in now if key in latest and _of_list(latest[key]) != name]:
        found.append(f"{len(wrong)} facilities stand in another district in the list than in the dated table")
    return found
