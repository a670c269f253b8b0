"""Keeping the sums over vans, and the correlations estimated from them, in the import's own transaction.

A van is the people with one `arrival_id` at one facility on one day. Its size is the number of its people in
one measure's denominator who count in one cell of time and one place. All of them have their visit in one
cell, so what changes is summed anew for whole cells of a facility, and sealing never parts a van.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy import Table, func, select
from sqlalchemy.engine import Connection

from db.columns.encoding import RecordBatch, WholeParts, gather
from db.columns.sums import Numbers, below, grouped, joint
from db.cubes.update import EVERY_CURRENT, SENSITIVE
from db.cubes.upsert import add_to_sums
from db.tables.persons import BY_FACILITY_KEY
from db.tables.records import episode
from db.tables.vans import PLACES, VAN_SUMS, cube_correlation, cube_van, sealed_van
from surveillance.coverage.design_effect import MILLION, VanSums, correlation
from surveillance.coverage.indicators import MEASURES, all_states, contribution

Condition = sa.ColumnElement[bool]
#: Records read at a time; a cell of time is never parted.
_PART = 50_000
#: Vans are compared with those of the same facility in the same 52 weeks.
_DAYS_OF_STRATUM = 364
#: Records of passengers. Records of HIV and syphilis are left out (decision 32).
_BY_VAN: Condition = sa.and_(episode.c.arrival_id.is_not(None), episode.c.disease.not_in(sorted(SENSITIVE)))
CURRENT: Condition = episode.c.superseded_batch.is_(None)
#: What people of one van have in common.
_OF_VAN = ("disease", "facility_key", "arrival_id", "date_visit")
_TEXTS = (*_OF_VAN, *(column for column in PLACES.values() if column not in _OF_VAN))
_NUMBERS = ("period", "start_period", "cascade")


def add_batch(connection: Connection, number: int) -> None:
    """Sum anew the cells of facilities in which a batch has brought or ended a passenger's record."""
    brought, ended = episode.c.batch == number, episode.c.superseded_batch == number
    changed = [where for where in (brought, ended) if _any(connection, sa.and_(_BY_VAN, where))]
    if not changed:
        return
    touched = _touched(sa.or_(*changed))
    if _any(connection, episode.c.batch < number):
        before = sa.and_(episode.c.batch < number, sa.or_(CURRENT, ended))
        add(connection, sa.and_(touched, before), -1, cube_van)
    add(connection, sa.and_(touched, CURRENT), 1, cube_van)
    refresh(connection)


@contextmanager
def recounted(connection: Connection, chosen: Condition) -> Iterator[None]:
    """Changes of the places of some episodes, chosen alike before and after, change the sums as well."""
    touched = sa.and_(_touched(chosen), CURRENT)
    add(connection, touched, -1, cube_van)
    yield
    add(connection, touched, 1, cube_van)


def step_back(connection: Connection, number: int, disease: Condition, into: Table) -> None:
    """Sum by how much the vans of some diseases were others after batch `number`."""
    later = (episode.c.batch > number, episode.c.superseded_batch > number)
    came = [where for where in later if _any(connection, sa.and_(_BY_VAN, disease, where))]
    if not came:
        return
    changed = sa.or_(*came)
    then = sa.and_(episode.c.batch <= number, sa.or_(CURRENT, episode.c.superseded_batch > number))
    touched = sa.and_(_touched(sa.and_(changed, disease)), disease)
    add(connection, sa.and_(touched, CURRENT), -1, into)
    add(connection, sa.and_(touched, then), 1, into)


def rebuild(connection: Connection) -> None:
    """Empty the sums and make them anew."""
    connection.execute(cube_van.delete())
    fill(connection, cube_van)
    refresh(connection)


def fill_if_empty(connection: Connection) -> None:
    """Make the sums where there are none: the database is of a version that had none."""
    if not _any(connection, sa.true(), cube_van) and _any(connection, _BY_VAN):
        rebuild(connection)


def fill(connection: Connection, into: Table) -> None:
    """Sum into an empty table the current records, and what is kept of those that are sealed."""
    add(connection, EVERY_CURRENT, 1, into)
    rows = connection.execute(select(*sealed_van.columns)).all()
    if rows:
        add_to_sums(connection, into, list(zip(*rows, strict=True)), taking=False)


def refresh(connection: Connection, sums: Table = cube_van, into: Table = cube_correlation) -> None:
    """Estimate the correlation of each disease and measure from sums over vans."""
    stratum = sums.c.period // _DAYS_OF_STRATUM
    keys = (sums.c.disease, sums.c.measure, sums.c.place, stratum)
    query = (
        select(*keys, *(func.sum(sums.c[name]) for name in VAN_SUMS))
        .where(sums.c.dimension == BY_FACILITY_KEY)
        .group_by(*keys)
        .order_by(*keys)
    )
    strata: dict[tuple[str, str], list[VanSums]] = {}
    for disease, measure, _, _, *numbers in connection.execute(query):
        strata.setdefault((disease, measure), []).append(VanSums(*map(int, numbers)))
    found = [
        {"disease": disease, "measure": measure, "correlation": value, "vans": sum(one.vans for one in held)}
        for (disease, measure), held in strata.items()
        if (value := correlation(held)) is not None
    ]
    connection.execute(into.delete())
    if found:
        connection.execute(into.insert(), found)


def add(connection: Connection, chosen: Condition, sign: int, into: Table) -> None:
    """Add (`sign` 1) or take away (-1) the sums over the vans of the chosen records."""
    read = [episode.c[name] for name in (*_TEXTS, *_NUMBERS)]
    query = select(*read).where(_BY_VAN, chosen).order_by(episode.c.period)
    result = connection.execute(query.execution_options(stream_results=True))
    rows = WholeParts(result, len(_TEXTS), _PART)
    while found := gather(rows.part(), texts=len(_TEXTS)):
        if columns := below(list(_sums(found, sign))):
            add_to_sums(connection, into, columns, taking=sign < 0 and into is cube_van)


def _any(connection: Connection, where: Condition, table: Table = episode) -> bool:
    query = select(sa.literal(1)).select_from(table).where(where).limit(1)
    return connection.execute(query).first() is not None


def _touched(changed: Condition) -> Condition:
    """Records of the cells of facilities in which some have changed."""
    cells = select(episode.c.facility_key, episode.c.period).where(_BY_VAN, changed).distinct().subquery()
    return sa.tuple_(episode.c.facility_key, episode.c.period).in_(select(cells))


def _contributions() -> tuple[Numbers, Numbers]:
    """What a record adds to numerator and denominator of each measure, shape (n_states, n_measures)."""
    found = np.zeros((2, len(all_states()), len(MEASURES)), np.int64)
    for state, answers in all_states():
        for column, measure in enumerate(MEASURES.values()):
            added = contribution(measure, answers)
            found[:, state, column] = added.numerator, added.denominator
    return found[0], found[1]


_YES, _PEOPLE = _contributions()


def _sums(rows: RecordBatch, sign: int) -> Iterator[list[list[Any]]]:
    """Sums of some records, whole cells of visits, as columns of `cube_van`: those of a measure and place."""
    every = np.arange(len(rows.numbers[0]))
    texts = {name: column.part(every) for name, column in zip(_TEXTS, rows.texts, strict=True)}
    visit, start, state = (column.astype(np.int64) for column in rows.numbers)
    disease = texts["disease"]
    # People of one van come on one day, which lies in one cell of visits.
    _, van = np.unique(joint([texts[name].codes for name in _OF_VAN]), return_inverse=True)
    for number, measure in enumerate(MEASURES.values()):
        counted = np.flatnonzero(_PEOPLE[state, number])
        period = (start if measure.by_start else visit)[counted]
        yes = _YES[state[counted], number]
        for dimension, column in PLACES.items():
            place = texts[column]
            first, m, x = _several(joint([van[counted], place.codes[counted], period]), yes)
            if not len(first):
                continue
            at = counted[first]
            added = sign * np.stack((np.ones_like(m), m, m * m, x, x * x * MILLION // m), axis=1)
            keys, sums = grouped([disease.codes[at], place.codes[at], period[first]], added)
            named = [disease.texts(keys[0]), [measure.code] * len(sums), [dimension] * len(sums)]
            yield [*named, place.texts(keys[1]), keys[2].tolist(), *sums.T.tolist()]


def _several(van: Numbers, yes: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Of each van with two people or more: one of its rows, its people, and those of them that are a yes."""
    _, first, people = np.unique(van, return_index=True, return_inverse=True)
    m = np.bincount(people)
    x = np.bincount(people, yes, len(m)).astype(np.int64)
    several = m > 1
    return first[several], m[several], x[several]
