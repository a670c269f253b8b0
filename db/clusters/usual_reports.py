"""How much each facility usually sends, and the last day it sent anything: as known now, from the cubes.

`case_counts.reports` says the same of each day, and reads every record of the weeks for it. Here the cubes
count; records are read of the cell in which the weeks begin, and of each facility in its last one.
"""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.batches import declared_coverage
from db.clusters import case_counts
from db.core.scope import Scope
from db.cubes import archived_sums
from db.tables import in_scope
from db.tables.records import cube_total, episode, facility
from surveillance.diseases import DISEASES
from surveillance.epiweek import day_of_number, time_cell_last_day, time_cell_number

_TOLD = tuple(code for code, disease in DISEASES.items() if not disease.sensitive)
_NOT_TOLD = tuple(code for code, disease in DISEASES.items() if disease.sensitive)


def usual_reports(
    connection: Connection, scope: Scope, start: date, weeks: int
) -> tuple[dict[str, date], dict[str, int]]:
    """Last day with a report of each facility of the list, and its records in the weeks up to the latest day.

    Parameters
    ----------
    start : date
        Reports of earlier days do not count.
    weeks : int
        Weeks up to the latest last day of all, of which records are counted.

    Returns
    -------
    dict of str to date, dict of str to int
        By facility. A cell that a facility declared is a report of its last day, of no records. The second
        names the facilities with a report in the weeks.
    """
    held = archived_sums.held_from(connection)
    if held is not None and held > start:  # the cubes count what is sealed, too
        return _of_days(connection, scope, start, weeks)
    cells = _cells(connection, scope, start)
    last = _last_days(connection, cells, start)
    version = case_counts.data_version(connection)
    declared = [one for one in declared_coverage.reports(connection, version, scope) if one[1] >= start]
    for name, day in declared:
        last[name] = max(day, last.get(name, day))
    if not last:
        return {}, {}
    since = max(start - timedelta(days=1), max(last.values()) - timedelta(weeks=weeks))
    usual: dict[str, int] = {}
    for (name, cell), records in cells.items():
        if day_of_number(cell) > since:
            usual[name] = usual.get(name, 0) + records
    for name, records in _after(connection, since):
        if name in last:  # of the scope
            usual[name] = usual.get(name, 0) + records
    for name, day in declared:
        if day > since:
            usual.setdefault(name, 0)
    return last, usual


def _of_days(
    connection: Connection, scope: Scope, start: date, weeks: int
) -> tuple[dict[str, date], dict[str, int]]:
    version = case_counts.data_version(connection)
    listed = case_counts.reports(connection, scope, version, start, None)
    last: dict[str, date] = {}
    for name, day, _ in listed:
        last[name] = max(day, last.get(name, day))
    since = max(last.values(), default=start) - timedelta(weeks=weeks)
    usual: dict[str, int] = {}
    for name, day, records in listed:
        if day > since:
            usual[name] = usual.get(name, 0) + records
    return last, usual


def _cells(connection: Connection, scope: Scope, start: date) -> dict[tuple[str, int], int]:
    """Records of each facility of the list and cell that ends on a day from `start` on."""
    cube = cube_total["facility"]
    keys = (cube.c.place, cube.c.period)
    rows = connection.execute(
        select(*keys, func.sum(cube.c.records))
        .where(
            cube.c.disease.in_(_TOLD),
            cube.c.period >= time_cell_number(start),
            cube.c.records > 0,
            cube.c.place.in_(select(facility.c.facility_id)),
            *in_scope.named_facilities(scope, cube.c.place),
        )
        .group_by(*keys)
    )
    return {(str(name), int(cell)): int(records) for name, cell, records in rows}


def _last_days(connection: Connection, cells: dict[tuple[str, int], int], start: date) -> dict[str, date]:
    """The last day with a record of each facility, none before `start`: one question for each last cell."""
    latest: dict[str, int] = {}
    for name, cell in cells:
        latest[name] = max(cell, latest.get(name, cell))
    found: dict[str, date] = {}
    for cell in set(latest.values()):
        # By facility and cell: the index then leads to these records, and past those of all others.
        day = (
            select(func.max(episode.c.date_visit))
            .where(
                episode.c.facility_key == facility.c.facility_key,
                episode.c.period == cell,
                episode.c.date_visit >= start,
                episode.c.disease.not_in(_NOT_TOLD),
                episode.c.superseded_batch.is_(None),
            )
            .scalar_subquery()
        )
        names = [name for name, own in latest.items() if own == cell]
        rows = connection.execute(
            select(facility.c.facility_id, day).where(facility.c.facility_id.in_(names))
        )
        found.update((str(name), last) for name, last in rows if last is not None)
    return found


def _after(connection: Connection, since: date) -> list[tuple[str, int]]:
    """Records by facility of the days after `since` in its own cell, where these are not the whole cell."""
    cell = time_cell_number(since)
    if since == time_cell_last_day(since):
        return []
    rows = connection.execute(
        select(episode.c.facility, func.count())
        .where(
            episode.c.disease.in_(_TOLD),
            episode.c.period == cell,
            episode.c.date_visit > since,
            episode.c.superseded_batch.is_(None),
        )
        .group_by(episode.c.facility)
    )
    return [(str(name), int(records)) for name, records in rows]
