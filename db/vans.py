"""Keeping the sums over vans, and the correlations estimated from them, in the import's own transaction.

A van is the people with one `arrival_id` at one facility on one day. Its size is the number of its people in
one measure's denominator who count in one cell of time and one place. All of them have their visit in one
cell, so what changes is summed anew for whole cells of a facility, and sealing never parts a van.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy import Table, func, select
from sqlalchemy.engine import Connection, Row

from db.adding_sums import add_to_sums
from db.cube_sums import Coded, Numbers, grouped
from db.cubes import EVERY_CURRENT, SENSITIVE
from db.person_schema import BY_FACILITY_KEY
from db.schema import episode
from db.van_schema import PLACES, VAN_SUMS, cube_correlation, cube_van, sealed_van
from surveillance.design_effect import MILLION, VanSums, correlation
from surveillance.indicators import MEASURES, all_states, contribution

Condition = sa.ColumnElement[bool]
#: Records read at a time; a cell of time is never parted.
_PART = 50_000
#: Vans are compared with those of the same facility in the same 52 weeks.
_DAYS_OF_STRATUM = 364
#: Records of passengers. Records of HIV and syphilis are left out (decision 32).
_BY_VAN: Condition = sa.and_(episode.c.arrival_id.is_not(None), episode.c.disease.not_in(sorted(SENSITIVE)))
CURRENT: Condition = episode.c.superseded_batch.is_(None)
_TEXTS = ("disease", "facility_key", "arrival_id", *(c for c in PLACES.values() if c != "facility_key"))
_READ = (*_TEXTS, "date_visit", "period", "start_period", "cascade")


def add_batch(connection: Connection, number: int) -> None:
    """Sum anew the cells of facilities in which a batch has brought or ended a passenger's record."""
    brought, ended = episode.c.batch == number, episode.c.superseded_batch == number
    changed = [where for where in (brought, ended) if _any(connection, sa.and_(_BY_VAN, where))]
    if not changed:
        return
    touched = _touched(sa.or_(*changed))
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
    query = select(*(episode.c[name] for name in _READ)).where(_BY_VAN, chosen).order_by(episode.c.period)
    rows = connection.execute(query.execution_options(stream_results=True))
    held: list[tuple[Any, ...]] = []
    for columns in (columns for part in _parts(rows) for columns in _sums(part)):
        held += zip(*columns, strict=True)
    if not held:
        return
    summed: dict[tuple[Any, ...], Numbers] = {}
    keys = len(into.primary_key.columns)
    for row in held:
        numbers = sign * np.array(row[keys:], np.int64)
        summed[row[:keys]] = summed[row[:keys]] + numbers if row[:keys] in summed else numbers
    ordered = sorted(summed)
    values = np.array([summed[key] for key in ordered])
    columns = [*map(list, zip(*ordered, strict=True)), *values.T.tolist()]
    add_to_sums(connection, into, columns, taking=sign < 0 and into is cube_van)


def _any(connection: Connection, where: Condition, table: Table = episode) -> bool:
    query = select(sa.literal(1)).select_from(table).where(where).limit(1)
    return connection.execute(query).first() is not None


def _touched(changed: Condition) -> Condition:
    """Records of the cells of facilities in which some have changed."""
    cells = select(episode.c.facility_key, episode.c.period).where(_BY_VAN, changed).distinct().subquery()
    return sa.tuple_(episode.c.facility_key, episode.c.period).in_(select(cells))


def _parts(rows: Any) -> Iterator[Sequence[Row]]:
    """Rows in the order of their visits' cells, some at a time, each cell whole."""
    part: list[Row] = []
    period = _READ.index("period")
    for row in rows:
        if len(part) >= _PART and row[period] != part[-1][period]:
            yield part
            part = []
        part.append(row)
    if part:
        yield part


def _contributions() -> tuple[Numbers, Numbers]:
    """What a record adds to numerator and denominator of each measure, shape (n_states, n_measures)."""
    found = np.zeros((2, len(all_states()), len(MEASURES)), np.int64)
    for state, answers in all_states():
        for column, measure in enumerate(MEASURES.values()):
            added = contribution(measure, answers)
            found[:, state, column] = added.numerator, added.denominator
    return found[0], found[1]


_YES, _PEOPLE = _contributions()


def _sums(rows: Sequence[Row]) -> Iterator[list[list[Any]]]:
    """Sums of some records, whole cells of visits, as columns of `cube_van`: those of a measure and place."""
    columns = dict(zip(_READ, zip(*rows, strict=True), strict=True))
    texts = {name: Coded.of([text or "" for text in columns[name]]) for name in _TEXTS}
    day, visit, start, state = (np.array(columns[name]) for name in _READ[len(_TEXTS) :])
    _, days = np.unique(day, return_inverse=True)
    van = _joint(*(texts[name].codes for name in ("disease", "facility_key", "arrival_id")), days)
    van = _joint(van, visit)
    for dimension, column in PLACES.items():
        place = texts[column]
        for number, measure in enumerate(MEASURES.values()):
            people = _PEOPLE[state, number]
            counted = np.flatnonzero(people)
            period = (start if measure.by_start else visit)[counted]
            group, first = _groups(_joint(van[counted], place.codes[counted], period))
            m = np.bincount(group)
            x = np.bincount(group, _YES[state[counted], number]).astype(np.int64)
            several = m > 1
            if not several.any():
                continue
            at, m, x = counted[first[several]], m[several], x[several]
            added = np.stack((np.ones_like(m), m, m * m, x, x * x * MILLION // m), axis=1)
            keys = [texts["disease"].codes[at], place.codes[at], period[first[several]]]
            (disease, where, cell), sums = grouped(keys, added)
            named = [texts["disease"].texts(disease), [measure.code] * len(cell), [dimension] * len(cell)]
            yield [*named, place.texts(where), cell.tolist(), *sums.T.tolist()]


def _joint(*columns: Numbers) -> Numbers:
    """One number for each distinct row of some columns."""
    found = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        _, code = np.unique(column, return_inverse=True)
        _, found = np.unique(found * (len(column) + 1) + code, return_inverse=True)
    return found


def _groups(joint: Numbers) -> tuple[Numbers, Numbers]:
    """The number of each row's group, and the first row of each group."""
    _, first, group = np.unique(joint, return_index=True, return_inverse=True)
    return group, first
