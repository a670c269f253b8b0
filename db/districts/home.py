"""Keeping the sums by administrative district of home and of infection, as cubes are kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy import Table, func, select
from sqlalchemy.engine import Connection

from db.cubes.update import EVERY_CURRENT, sums_by
from db.cubes.upsert import add_to_sums
from db.tables.districts.home import PLACES, cube_district, sealed_district
from db.tables.records import episode

Condition = sa.ColumnElement[bool]
#: Sums that are read at a time.
_PART = 50_000


def district_of(dimension: str) -> sa.ColumnElement[str]:
    """The district of a record; of infection also that of its commune."""
    own = episode.c[PLACES[dimension]]
    if dimension == "home":
        return own
    return func.coalesce(own, func.substr(episode.c.commune_infection, 1, 4))


def _known(dimension: str) -> Condition:
    own = episode.c[PLACES[dimension]].is_not(None)
    return own if dimension == "home" else sa.or_(own, episode.c.commune_infection.is_not(None))


def add(connection: Connection, chosen: Condition, sign: int, into: Table) -> None:
    """Add (`sign` 1) or take away (-1) the chosen records that name a district."""
    for dimension in PLACES:
        mine = sa.and_(chosen, _known(dimension))
        # Most files name no district: to look takes less than to make the question that sums them.
        if connection.execute(select(sa.exists().where(mine))).scalar_one() == 0:
            continue
        for sums in sums_by(connection, mine, district_of(dimension), sign):
            (disease, place, period), added = sums.total()
            if not disease:
                continue
            columns = [[dimension] * len(disease), disease, period, place, *added.T.tolist()]
            add_to_sums(connection, into, columns, taking=sign < 0 and into is cube_district)


def add_batch(connection: Connection, number: int) -> None:
    """Add what a file brought, and take away what it replaced."""
    c = episode.c
    add(connection, sa.and_(c.superseded_batch == number, c.batch != number), -1, cube_district)
    add(connection, sa.and_(c.batch == number, c.superseded_batch.is_(None)), 1, cube_district)


@contextmanager
def moved(connection: Connection, chosen: Condition) -> Iterator[None]:
    """Changes of the places of some episodes, chosen alike before and after, change the sums as well."""
    add(connection, chosen, -1, cube_district)
    yield
    add(connection, chosen, 1, cube_district)


def step_back(connection: Connection, brought: Condition | None, ended: Condition, into: Table) -> None:
    """Sum by how much the sums were others before some records came (`brought`) and ended others."""
    if brought is not None:
        add(connection, brought, -1, into)
    add(connection, ended, 1, into)


def seal(connection: Connection, chosen: Condition) -> None:
    """Keep the sums of records that are going to be deleted; what is shown does not change."""
    add(connection, sa.and_(chosen, episode.c.superseded_batch.is_(None)), 1, sealed_district)


def fill(connection: Connection, into: Table) -> None:
    """Sum the current records into an empty table, and what is kept of sealed ones."""
    add(connection, EVERY_CURRENT, 1, into)
    with connection.execute(select(sealed_district)) as rows:
        while some := rows.fetchmany(_PART):
            add_to_sums(connection, into, [list(column) for column in zip(*some, strict=True)], taking=False)


def rebuild(connection: Connection) -> None:
    """Empty the sums and make them anew."""
    connection.execute(cube_district.delete())
    fill(connection, cube_district)


def fill_if_empty(connection: Connection) -> None:
    """Make the sums where there are none: of records that named a commune before they were kept."""
    if connection.execute(select(sa.literal(1)).select_from(cube_district).limit(1)).first() is None:
        rebuild(connection)


def problems(connection: Connection) -> list[str]:
    """Records whose district lies in another province than they do: tables of a province would lack them."""
    c, found = episode.c, []
    for dimension, province in (("home", c.province_home), ("infection", c.province_infection)):
        own = c[PLACES[dimension]]
        elsewhere = sa.and_(own.is_not(None), sa.literal("KH").concat(func.substr(own, 1, 2)) != province)
        number = connection.execute(select(func.count()).select_from(episode).where(elsewhere)).scalar_one()
        if number:
            found.append(f"{number} records have a district of {dimension} outside their province")
    return found
