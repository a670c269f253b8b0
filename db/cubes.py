"""Keeping the cubes: sums over current records, changed by the difference in the import's own transaction."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy import Table, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from db.schema import (
    DIMENSIONS,
    MEASURE_COLUMNS,
    SUM_COLUMNS,
    cascade_state,
    cube_group,
    cube_stratum,
    cube_total,
    episode,
    facility,
)
from surveillance.indicators import MEASURES, all_states, contribution
from surveillance.strata import HIDDEN_NUMBER, MASK, SHIFT
from surveillance.vocabulary import BORDER_KINDS, DISEASES

_SENSITIVE = tuple(code for code, disease in DISEASES.items() if disease.sensitive)
_BY_START = tuple(code for code, measure in MEASURES.items() if measure.by_start)
_STARTED = tuple(name for name in MEASURE_COLUMNS if name.rsplit("_", 1)[0] in _BY_START)

#: Differences of one import, before they are added to the three families of one dimension.
delta = Table(
    "cube_delta",
    sa.MetaData(),
    sa.Column("disease", sa.String(16)),
    sa.Column("place", sa.String(80)),
    sa.Column("period", sa.Integer),
    sa.Column("stratum", sa.Integer),
    *(sa.Column(name, sa.Integer) for name in SUM_COLUMNS),
    prefixes=["TEMPORARY"],
)


def fill_cascade_states(connection: Connection) -> None:
    """Write what one record adds to each measure, by its cascade, from surveillance.indicators."""
    rows = []
    for state, answers in all_states():
        row = {"state": state}
        for code, measure in MEASURES.items():
            added = contribution(measure, answers)
            row |= {f"{code}_{part}": getattr(added, part) for part in added._fields}
        rows.append(row)
    connection.execute(cascade_state.delete())
    connection.execute(cascade_state.insert(), rows)


def add_episodes(connection: Connection, chosen: sa.ColumnElement[bool], sign: int) -> None:
    """Add (`sign` 1) or take away (`sign` -1) the episodes for which `chosen` holds."""
    delta.create(connection, checkfirst=True)
    for dimension in DIMENSIONS:
        connection.execute(delta.delete())
        connection.execute(delta.insert().from_select(delta.columns.keys(), _summed(dimension, chosen, sign)))
        _spread(connection, dimension)
    delta.drop(connection)


def _summed(dimension: str, chosen: sa.ColumnElement[bool], sign: int) -> sa.Select:
    """Sums by place, period and stratum: records by their visit, cohorts by the start of treatment."""
    state = cascade_state.c
    kept = sa.and_(chosen, _allowed(dimension))
    base = episode.join(cascade_state, state.state == episode.c.cascade)
    if dimension == "facility":
        base = base.outerjoin(facility, facility.c.facility_id == episode.c.facility)
    place = episode.c[DIMENSIONS[dimension]]

    def part(period: sa.ColumnElement, value: Callable[[str], sa.ColumnElement]) -> sa.Select:
        return select(
            episode.c.disease,
            place.label("place"),
            period.label("period"),
            episode.c.stratum,
            *(value(name).label(name) for name in SUM_COLUMNS),
        ).select_from(base)

    def at_visit(name: str) -> sa.ColumnElement:
        if name == "records":
            return literal(1)
        return literal(0) if name in _STARTED else state[name]

    def at_start(name: str) -> sa.ColumnElement:
        return state[name] if name in _STARTED else literal(0)

    seen = part(episode.c.period, at_visit).where(kept)
    started = part(episode.c.start_period, at_start).where(
        kept, sum((state[name] for name in _STARTED), literal(0)) > 0
    )
    both = sa.union_all(seen, started).subquery("both")
    keys = [both.c.disease, both.c.place, both.c.period, both.c.stratum]
    sums = [(func.sum(both.c[name]) * sign).label(name) for name in SUM_COLUMNS]
    return select(*keys, *sums).group_by(*keys)


def _allowed(dimension: str) -> sa.ColumnElement[bool]:
    """Sensitive diseases have no crossing cube, and none of the facilities that stand for one."""
    if dimension == "crossing":
        return episode.c.disease.not_in(_SENSITIVE)
    if dimension == "facility":
        border = func.coalesce(facility.c.kind, "").in_(BORDER_KINDS)
        return sa.not_(sa.and_(episode.c.disease.in_(_SENSITIVE), border))
    return sa.true()


def _spread(connection: Connection, dimension: str) -> None:
    """Add the differences to the three families of a dimension."""
    sums = [func.sum(delta.c[name]).label(name) for name in SUM_COLUMNS]
    total = [delta.c.disease, delta.c.place, delta.c.period]
    _upsert(connection, cube_total[dimension], select(*total, *sums).group_by(*total).order_by(*total))
    for axis, shift in SHIFT.items():
        value = delta.c.stratum.op(">>")(shift).op("&")(MASK)
        keys = [
            delta.c.disease,
            delta.c.place,
            literal(axis).label("axis"),
            value.label("value"),
            delta.c.period,
        ]
        grouped = (
            select(*keys, *sums)
            .where(value != HIDDEN_NUMBER)
            .group_by(delta.c.disease, delta.c.place, sa.text("value"), delta.c.period)
            .order_by(delta.c.disease, delta.c.place, sa.text("value"), delta.c.period)
        )
        _upsert(connection, cube_group[dimension], grouped)
    keys = [delta.c.disease, delta.c.period, delta.c.place, delta.c.stratum]
    columns = [delta.c[name] for name in SUM_COLUMNS]
    _upsert(connection, cube_stratum[dimension], select(*keys, *columns).order_by(*keys))


def _upsert(connection: Connection, cube: Table, rows: sa.Select) -> None:
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    keys = [column.name for column in cube.primary_key.columns]
    # SQLite needs a WHERE to tell this ON CONFLICT from a join's ON; "true" is enough.
    statement = make(cube).from_select([*keys, *SUM_COLUMNS], rows.where(sa.true()))
    added = {name: cube.c[name] + statement.excluded[name] for name in SUM_COLUMNS}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=added))


def rebuild(connection: Connection) -> None:
    """Empty every cube and sum the current records anew."""
    for family in (cube_total, cube_group, cube_stratum):
        for cube in family.values():
            connection.execute(cube.delete())
    add_episodes(connection, episode.c.superseded_batch.is_(None), 1)


def current_of_batch(batch: int) -> sa.ColumnElement[bool]:
    """Records that a batch brought and that are current."""
    return sa.and_(episode.c.batch == batch, episode.c.superseded_batch.is_(None))


def replaced_by_batch(batch: int) -> sa.ColumnElement[bool]:
    """Records of earlier batches that a batch has replaced."""
    return sa.and_(episode.c.superseded_batch == batch, episode.c.batch != batch)
