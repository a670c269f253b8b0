"""Keeping the sums of persons when records are sealed: the cube stays what it was.

A sealed person is remembered only for the year in which sealing ended, so that records of the same year that
are still held do not count the person again. Years before it are closed: a record that comes late to one of
them is of no person.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from db import persons
from db.person_schema import sealed_person, sealed_person_sum, shared_issuer
from db.schema import episode
from surveillance.epiweek import cell_number, day_of_number


@contextmanager
def kept(connection: Connection, before: int, going: sa.ColumnElement[bool]) -> Iterator[None]:
    """What the `going` records, of visits before the cell `before`, counted is kept when they are gone."""
    year = day_of_number(before).year
    concerned = sa.and_(persons.CURRENT, episode.c.period < cell_number(date(year + 1, 1, 1)))
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
    ).where(going, episode.c.person.is_not(None), episode.c.period >= cell_number(date(year, 1, 1)))
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    names = ["person", "facility_key", "disease", "year"]
    connection.execute(insert(sealed_person).from_select(names, rows.distinct()).on_conflict_do_nothing())
