"""What a file declares that it covers: facilities and days in which what it does not name did not happen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.batches.outcomes import row_outcome
from db.core.scope import Scope
from db.intake.values.notices import Notices
from db.tables import in_scope
from db.tables.deliveries import declaration, declared_cell
from db.tables.records import episode, facility
from surveillance.epiweek import (
    day_of_number,
    time_cell_first_day,
    time_cell_last_day,
    time_cell_number,
    time_cells_between,
)

#: Notices of records of a complete list's facilities and days that it does not name: kept; withdrawn; kept
#: although they were to be withdrawn.
NOT_IN_FILE, MISSING_WITHDRAWN, MISSING_KEPT = "not_in_file", "missing_withdrawn", "missing_kept"


@dataclass(frozen=True)
class Cover:
    """A facility, by its key, and days from first to last, both included.

    `sent_on`: the day on which it said so, where that was not the day of its file.
    """

    facility_key: str
    first: date
    last: date
    sent_on: date | None = None


@dataclass(frozen=True)
class Declared:
    """What a file declares. `complete`: it names every record of what it covers."""

    covers: tuple[Cover, ...] = ()
    complete: bool = False
    withdraw_missing: bool = False


def listed(connection: Connection, facility_key: str) -> bool:
    """Whether a facility is in the list."""
    query = select(facility.c.facility_id).where(facility.c.facility_key == facility_key)
    return connection.execute(query).first() is not None


def look_for_missing(
    connection: Connection, source: str, declared: Declared, notices: Notices, *, news: bool
) -> list[int]:
    """Note the records that a complete list does not name; returns those that are to be withdrawn.

    `news`: whether the file may take records out: all its rows were read, and it has not come before.
    """
    missing = _missing(connection, source, declared.covers) if declared.complete else []
    withdraws = declared.withdraw_missing and news
    if missing:
        asked = MISSING_KEPT if declared.withdraw_missing else NOT_IN_FILE
        notices.add_missing(MISSING_WITHDRAWN if withdraws else asked, len(missing))
    return missing if withdraws else []


def _missing(connection: Connection, source: str, covers: Iterable[Cover]) -> list[int]:
    """Numbers of the versions that are current before the file, covered by it, and not named in it."""
    named = select(row_outcome.c.held).where(row_outcome.c.held.is_not(None))
    found: set[int] = set()
    for cover in covers:
        query = select(episode.c.id).where(
            episode.c.facility_key == cover.facility_key,
            episode.c.period.between(time_cell_number(cover.first), time_cell_number(cover.last)),
            episode.c.date_visit.between(cover.first, cover.last),
            episode.c.source == source,
            episode.c.superseded_batch.is_(None),
            episode.c.id.not_in(named),
        )
        found.update(connection.execute(query).scalars())
    return sorted(found)


def withdraw(connection: Connection, missing: list[int], number: int) -> None:
    """End these versions by batch `number`."""
    for start in range(0, len(missing), 500):
        part = missing[start : start + 500]
        connection.execute(episode.update().where(episode.c.id.in_(part)).values(superseded_batch=number))


def write(connection: Connection, number: int, declared: Declared) -> None:
    """Store what batch `number` declares, and the cells that are wholly covered now."""
    by_facility: dict[str, dict[tuple[date, date], Cover]] = {}
    for cover in declared.covers:
        by_facility.setdefault(cover.facility_key, {}).setdefault((cover.first, cover.last), cover)
    for key, spans in by_facility.items():
        rows = [
            {
                "batch": number,
                "facility_key": key,
                "first_day": cover.first,
                "last_day": cover.last,
                "complete": declared.complete,
                "sent_on": cover.sent_on,
            }
            for cover in spans.values()
        ]
        connection.execute(declaration.insert(), rows)
        known = declared_cell.c.facility_key == key
        held = set(connection.execute(select(declared_cell.c.cell).where(known)).scalars())
        new = [cell for cell in _covered_cells(connection, key, list(spans)) if cell not in held]
        if new:
            connection.execute(
                declared_cell.insert(),
                [{"facility_key": key, "cell": cell, "batch": number} for cell in new],
            )


def _covered_cells(connection: Connection, key: str, spans: list[tuple[date, date]]) -> list[int]:
    """Cells touched by spans of which the facility's declarations together cover every day."""
    start = time_cell_first_day(min(first for first, _ in spans))
    end = time_cell_last_day(max(last for _, last in spans))
    rows = connection.execute(
        select(declaration.c.first_day, declaration.c.last_day).where(
            declaration.c.facility_key == key,
            declaration.c.first_day <= end,
            declaration.c.last_day >= start,
        )
    )
    days: set[date] = set()
    for first, last in rows:
        days.update(_days(max(first, start), min(last, end)))
    whole = []
    for cell in time_cells_between(start, end):
        first = day_of_number(cell)
        if all(day in days for day in _days(first, time_cell_last_day(first))):
            whole.append(cell)
    return whole


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def cells_where(
    connection: Connection,
    cells: Iterable[int],
    scope: Scope,
    *,
    facility_id: str | None = None,
    of: Callable[[sa.ColumnElement[str], sa.ColumnElement[int]], sa.ColumnElement[bool]] | None = None,
) -> set[int]:
    """Of some cells those that a facility of a scope has declared: any of the list, or one.

    Parameters
    ----------
    of : callable, optional
        A condition on the number of a facility and a cell.
    """
    query = select(declared_cell.c.cell).distinct().where(declared_cell.c.cell.in_(sorted(cells)))
    if of is not None:
        query = query.where(of(facility.c.facility_id, declared_cell.c.cell))
    return set(connection.execute(_of(query, scope, facility_id=facility_id)).scalars())


def cells_of_provinces(connection: Connection, first: int, last: int, scope: Scope) -> set[tuple[str, int]]:
    """Province and cell of what facilities of the list declared from `first` to `last`."""
    query = select(facility.c.province, declared_cell.c.cell).distinct()
    rows = connection.execute(_of(query.where(declared_cell.c.cell.between(first, last)), scope, by="care"))
    return {(province, int(cell)) for province, cell in rows}


def facilities_between(connection: Connection, first: int, last: int, scope: Scope) -> frozenset[str]:
    """Facilities of the list that declared any cell from `first` to `last`."""
    query = select(facility.c.facility_id).distinct().where(declared_cell.c.cell.between(first, last))
    return frozenset(connection.execute(_of(query, scope)).scalars())


def span(connection: Connection, scope: Scope) -> tuple[int, int] | None:
    """First and last cell that any facility of the list declared."""
    query = select(func.min(declared_cell.c.cell), func.max(declared_cell.c.cell))
    first, last = connection.execute(_of(query, scope)).one()
    return None if first is None else (int(first), int(last))


def reports(connection: Connection, as_of: int, scope: Scope) -> list[tuple[str, date]]:
    """Facility of the list and last day of each cell that it had declared when batch `as_of` had come."""
    query = select(facility.c.facility_id, declared_cell.c.cell).where(declared_cell.c.batch <= as_of)
    rows = connection.execute(_of(query, scope))
    return [(str(name), time_cell_last_day(day_of_number(cell))) for name, cell in rows]


def _of(query: sa.Select, scope: Scope, *, by: str = "facility", facility_id: str | None = None) -> sa.Select:
    query = query.where(facility.c.facility_key == declared_cell.c.facility_key)
    query = query.where(*in_scope.facilities(scope, by=by))
    return query if facility_id is None else query.where(facility.c.facility_id == facility_id)
