"""What shows that facilities reported, and when: records by cell, declared periods, aggregate reports.

Records and reports of HIV and syphilis tell nothing of whether a facility reported (decision 6).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.core.day_in_cambodia import day_in_cambodia
from db.core.scope import Scope
from db.cubes.update import SENSITIVE
from db.tables import in_scope
from db.tables.aggregates import aggregate_value
from db.tables.deliveries import declaration
from db.tables.records import batch, cube_total, episode, facility
from surveillance.diseases import DISEASES
from surveillance.epiweek import day_of_number, time_cell_number

_TOLD = tuple(code for code in DISEASES if code not in SENSITIVE)
#: The day on which a batch was sent: as its sender says, else that of the import in Phnom Penh.
_SENT = func.coalesce(batch.c.sent_on, day_in_cambodia(batch.c.received_at))


@dataclass(frozen=True)
class Sent:
    """Something of a facility: first and last day that it is about, and the day it came (None: not known).

    `person`: whether it names one.
    """

    facility: str
    first: date
    last: date
    came: date | None
    person: bool


def cells(
    connection: Connection, scope: Scope, first: date, last: date, disease: str | None
) -> set[tuple[str, int]]:
    """Facilities and cells of which a record is held: of one disease, or of any.

    Of HIV and syphilis there are none: facilities are never told by them.
    """
    cube = cube_total["facility"]
    between = cube.c.period.between(time_cell_number(first), time_cell_number(last))
    query = select(cube.c.place, cube.c.period).distinct().where(between, cube.c.records > 0)
    query = query.where(cube.c.disease.in_(_of(disease)), *in_scope.named_facilities(scope, cube.c.place))
    return {(place, int(cell)) for place, cell in connection.execute(query)}


def came(
    connection: Connection, scope: Scope, first: date, last: date, disease: str | None
) -> dict[tuple[str, int], date]:
    """Facilities and cells, with the day on which the first record of the cell was reported.

    It is the day that a record names as that of its report, or where it names none the day its file was sent.
    Every version of a record counts: an amendment makes no report later. An index holds all that is asked of
    records, and a receipt is looked up for those alone that name no day.
    """
    own = episode.c
    names = dict(
        connection.execute(
            select(facility.c.facility_key, facility.c.facility_id).where(*in_scope.facilities(scope))
        ).all()
    )
    sent = select(_SENT).where(batch.c.id == own.batch).scalar_subquery()
    query = (
        select(own.facility_key, own.period, func.min(func.coalesce(own.date_report, sent)))
        .where(
            own.facility_key.in_(select(facility.c.facility_key).where(*in_scope.facilities(scope))),
            own.period.between(time_cell_number(first), time_cell_number(last)),
            # SQLite would take the index by disease, and look each record up.
            func.coalesce(own.disease, "").in_(_of(disease)),
        )
        .group_by(own.facility_key, own.period)
    )
    return {(names[held], int(cell)): day for held, cell, day in connection.execute(query)}


def declared(connection: Connection, scope: Scope, first: date, last: date) -> list[Sent]:
    """Declared periods that touch some days: they tell of no disease."""
    own = declaration.c
    query = (
        select(facility.c.facility_id, own.first_day, own.last_day, own.sent_on, own.batch)
        .join(facility, facility.c.facility_key == own.facility_key)
        .where(own.first_day <= last, own.last_day >= first, *in_scope.facilities(scope))
    )
    rows = connection.execute(query).all()
    day_of = _days(connection, {row.batch for row in rows if row.sent_on is None})
    return [
        Sent(row.facility_id, row.first_day, row.last_day, row.sent_on or day_of[row.batch], person=False)
        for row in rows
    ]


def aggregates(
    connection: Connection, scope: Scope, first: date, last: date, disease: str | None
) -> list[Sent]:
    """Aggregate reports that touch some days, each with the day on which the first version of it came."""
    own = aggregate_value.c
    current = sa.case((own.superseded_batch.is_(None), own.value))
    query = (
        select(facility.c.facility_id, own.first_day, own.last_day, func.min(own.batch), func.max(current))
        .join(facility, facility.c.facility_key == own.facility_key)
        .where(
            own.first_day <= last,
            own.last_day >= first,
            own.disease.in_(_of(disease)),
            *in_scope.facilities(scope),
        )
        .group_by(facility.c.facility_id, own.first_day, own.last_day)
        .having(func.max(current).is_not(None))
    )
    rows = connection.execute(query).all()
    day_of = _days(connection, {row[3] for row in rows})
    return [
        Sent(name, since, until, day_of[number], person=most > 0) for name, since, until, number, most in rows
    ]


def latest_before(connection: Connection, scope: Scope, first: date, disease: str | None) -> dict[str, date]:
    """Facilities, each with a day of the last cell before a day of which something is held.

    The index answers facility by facility and disease by disease, in a step each.
    """
    cube, cell = cube_total["facility"], time_cell_number(first)
    latest = [
        select(cube.c.period)
        .where(
            cube.c.disease == code,
            cube.c.place == facility.c.facility_id,
            cube.c.period < cell,
            cube.c.records > 0,
        )
        .order_by(cube.c.period.desc())
        .limit(1)
        .scalar_subquery()
        for code in _of(disease)
    ]
    found: dict[str, date] = {}
    ends = [end.label(f"end_{at}") for at, end in enumerate(latest)]
    for name, *cells_of in connection.execute(
        select(facility.c.facility_id, *ends).where(*in_scope.facilities(scope))
    ):
        known = [int(one) for one in cells_of if one is not None]
        if known:
            found[name] = day_of_number(max(known))
    own, told = declaration.c, aggregate_value.c
    for table, chosen in (
        (declaration, own.last_day < first),
        (
            aggregate_value,
            sa.and_(
                told.last_day < first,
                told.disease.in_(_of(disease)),
                told.superseded_batch.is_(None),
                told.value.is_not(None),
            ),
        ),
    ):
        query = (
            select(facility.c.facility_id, func.max(table.c.last_day))
            .join(table, facility.c.facility_key == table.c.facility_key)
            .where(chosen, *in_scope.facilities(scope))
            .group_by(facility.c.facility_id)
        )
        for name, day in connection.execute(query):
            found[name] = max(day, found.get(name, day))
    return found


def listed(connection: Connection, scope: Scope) -> list[dict[str, Any]]:
    """Facilities of the list in scope, by number."""
    query = select(facility).order_by(facility.c.facility_id).where(*in_scope.facilities(scope))
    return [dict(row) for row in connection.execute(query).mappings()]


def _of(disease: str | None) -> tuple[str, ...]:
    """Diseases that tell whether a facility reported."""
    return _TOLD if disease is None else tuple(code for code in _TOLD if code == disease)


def _days(connection: Connection, numbers: Iterable[int]) -> dict[int, date]:
    """The day on which each of some batches was sent."""
    wanted = set(numbers)
    if not wanted:
        return {}
    query = select(batch.c.id, _SENT).where(batch.c.id.between(min(wanted), max(wanted)))
    return {number: day for number, day in connection.execute(query) if number in wanted}
