"""Keeping the sums of persons when records are sealed: the cube stays what it was, and follows facilities.

A sealed person is remembered only for the year in which sealing ended, so that records of the same year that
are still held do not count the person again. Years before it are closed: a record that comes late to one of
them is of no person.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from db.cubes.upsert import add_to_sums
from db.persons import update as persons
from db.tables.persons import (
    BY_FACILITY_KEY,
    PERSON_SUMS,
    cube_person,
    sealed_person,
    sealed_person_sum,
    shared_issuer,
)
from db.tables.records import episode, facility
from surveillance.epiweek import day_of_number, time_cell_number
from surveillance.vocabulary import UNKNOWN

#: Facilities asked for at a time.
_PART = 500
#: Kind of place -> what the list says about it.
_PLACES = {"care": facility.c.province, "facility": facility.c.facility_id}


@contextmanager
def kept(connection: Connection, before: int, going: sa.ColumnElement[bool]) -> Iterator[None]:
    """What the `going` records, of visits before the cell `before`, counted is kept when they are gone."""
    year = day_of_number(before).year
    concerned = sa.and_(persons.CURRENT, episode.c.period < time_cell_number(date(year + 1, 1, 1)))
    persons.step_back(connection, concerned, persons.Change(persons.NEVER, concerned), sealed_person_sum)
    _remember(connection, year, going)
    yield
    persons.step_back(connection, concerned, persons.Change(concerned, persons.NEVER), sealed_person_sum)


def _remember(connection: Connection, year: int, going: sa.ColumnElement[bool]) -> None:
    connection.execute(sealed_person.delete().where(sealed_person.c.year < year))
    shared = episode.c.issuer.in_(select(shared_issuer.c.mark))
    rows = select(
        episode.c.person,
        sa.case((shared, ""), else_=episode.c.facility_key),
        episode.c.disease,
        sa.literal(year),
    ).where(going, episode.c.person.is_not(None), episode.c.period >= time_cell_number(date(year, 1, 1)))
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    names = ["person", "facility_key", "disease", "year"]
    connection.execute(insert(sealed_person).from_select(names, rows.distinct()).on_conflict_do_nothing())


def add_places(connection: Connection, keys: Sequence[str], sign: int) -> None:
    """Add (`sign` 1) or take away (-1) the sealed sums of facilities, where the list has them now."""
    for start in range(0, len(keys), _PART):
        for dimension, place in _PLACES.items():
            _add_place(connection, dimension, place, keys[start : start + _PART], sign)


def _add_place(
    connection: Connection, dimension: str, column: sa.Column, keys: Sequence[str], sign: int
) -> None:
    own = sealed_person_sum.c
    place = func.coalesce(column, UNKNOWN)
    named = {name: own[name] for name in ("disease", "axis", "year", "value")}
    sums = [func.sum(own[name]) * sa.literal(sign) for name in PERSON_SUMS]
    rows = connection.execute(
        select(*named.values(), place, *sums)
        .select_from(sealed_person_sum.outerjoin(facility, facility.c.facility_key == own.place))
        .where(own.dimension == BY_FACILITY_KEY, own.place.in_(keys))
        .group_by(*named.values(), place)
    ).all()
    if not rows:
        return
    disease, axis, year, value, places, *added = (list(part) for part in zip(*rows, strict=True))
    keyed = {"disease": disease, "axis": axis, "year": year, "value": value, "place": places}
    keyed["dimension"] = [dimension] * len(rows)
    for into in (sealed_person_sum, cube_person):
        ordered = [keyed[key.name] for key in into.primary_key.columns]
        add_to_sums(connection, into, [*ordered, *(list(map(int, part)) for part in added)], taking=sign < 0)
