"""Keeping the sums of indicators: changed by the difference in the import's own transaction, as cubes are.

An indicator that is new, or counts something else than before, is summed when the database is opened:
adding one is adding a row to surveillance/indicators. Of sealed records only sums are left, so that a new
indicator is not known where some are sealed (`known_from`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import sqlalchemy as sa
from sqlalchemy import Table, select
from sqlalchemy.engine import Connection

from db.columns.encoding import DictionaryColumn, fetched, gather
from db.columns.sums import Coded, Numbers, below, grouped
from db.cubes import archived_sums
from db.cubes.update import EVERY_CURRENT, SENSITIVE
from db.cubes.upsert import add_to_sums
from db.indicators.contributions import CODES, DAYS, MEASURED, NONE, NUMBERS, Added, Contributions, columns_of
from db.tables import meta
from db.tables.indicators.sums import (
    OF_OTHERS,
    OF_SENSITIVE,
    PLACES,
    cube_indicator,
    cube_indicator_edition,
    sealed_indicator,
)
from db.tables.records import episode
from surveillance.epiweek import day_number
from surveillance.indicators.table import OF_RECORDS, editions

Condition = sa.ColumnElement[bool]
CURRENT: Condition = episode.c.superseded_batch.is_(None)
#: Records summed at a time: bounds the memory, whatever the size of an import.
_PART = 50_000
#: The fact of the database that says from which cell on indicators are known: a JSON object, by key.
KNOWN_FROM = "indicator_known_from"
_TEXTS = ("disease", *PLACES.values(), *CODES, *DAYS)
_DISEASES = sorted({disease for row in OF_RECORDS.values() for disease in row.diseases})


def add_batch(connection: Connection, number: int, *, replaced: bool = True) -> None:
    """Add what a file brought, and take away what it replaced."""
    c = episode.c
    if replaced:
        add(connection, sa.and_(c.superseded_batch == number, c.batch != number), -1, cube_indicator)
    add(connection, sa.and_(c.batch == number, CURRENT), 1, cube_indicator)


@contextmanager
def moved(connection: Connection, chosen: Condition) -> Iterator[None]:
    """Changes of the places of some episodes, chosen alike before and after, change the sums as well."""
    add(connection, chosen, -1, cube_indicator)
    yield
    add(connection, chosen, 1, cube_indicator)


@contextmanager
def listed_elsewhere(connection: Connection, chosen: Condition) -> Iterator[None]:
    """Changes of the facility list: only sums of sensitive diseases are kept by province of care."""
    with moved(connection, sa.and_(chosen, episode.c.disease.in_(sorted(SENSITIVE)))):
        yield


def step_back(connection: Connection, brought: Condition | None, ended: Condition, into: Table) -> None:
    """Sum by how much the indicators were others before some records came (`brought`) and ended others."""
    if brought is not None:
        add(connection, brought, -1, into)
    add(connection, ended, 1, into)


def seal(connection: Connection, chosen: Condition) -> None:
    """Keep the sums of records that are going to be deleted; what is shown does not change."""
    add(connection, sa.and_(chosen, CURRENT), 1, sealed_indicator)


def fill(connection: Connection, into: Table, keys: frozenset[int] | None = None) -> None:
    """Sum the current records into a table, and what is kept of sealed ones.

    `keys`: only these indicators, of which the table holds nothing.
    """
    add(connection, EVERY_CURRENT, 1, into, keys)
    query = select(*(sealed_indicator.c[column.name] for column in into.columns))
    if keys is not None:
        query = query.where(sealed_indicator.c.indicator.in_(sorted(keys)))
    with connection.execute(query) as rows:
        while some := rows.fetchmany(_PART):
            add_to_sums(connection, into, [list(column) for column in zip(*some, strict=True)], taking=False)


def rebuild(connection: Connection) -> None:
    """Empty the sums and make them anew."""
    connection.execute(cube_indicator.delete())
    fill(connection, cube_indicator)
    _write_editions(connection)


def fill_if_empty(connection: Connection) -> None:
    """Make the sums where there are none: they are in no backup."""
    if connection.execute(select(sa.literal(1)).select_from(cube_indicator).limit(1)).first() is None:
        rebuild(connection)


def outdated(connection: Connection) -> frozenset[int]:
    """Keys of the indicators whose sums were not made by the editions of this version."""
    held = _editions_held(connection)
    return frozenset(key for key, edition in editions().items() if held.get(key) != edition)


def is_current(connection: Connection) -> bool:
    """Whether the sums are those of this version's indicators, and of no others."""
    return _editions_held(connection) == editions()


def _editions_held(connection: Connection) -> dict[int, int]:
    rows = connection.execute(select(cube_indicator_edition.c.indicator, cube_indicator_edition.c.edition))
    return {int(key): int(edition) for key, edition in rows}


def _write_editions(connection: Connection) -> None:
    connection.execute(cube_indicator_edition.delete())
    rows = [{"indicator": key, "edition": edition} for key, edition in editions().items()]
    connection.execute(cube_indicator_edition.insert(), rows)


def bring_up(connection: Connection) -> None:
    """Sum the indicators that are new or changed; forget those that are no more."""
    changed = outdated(connection)
    gone = frozenset(_editions_held(connection)) - OF_RECORDS.keys()
    if not changed and not gone:
        return
    for table in (cube_indicator, sealed_indicator):
        connection.execute(table.delete().where(table.c.indicator.in_(sorted(changed | gone))))
    before = _known_from(connection)
    known = {key: cell for key, cell in before.items() if int(key) not in changed | gone}
    if (first := archived_sums.held_from(connection)) is not None:
        later = day_number(archived_sums.counts_until(connection)) + 1
        for key in changed:
            cohort = OF_RECORDS[key].period == "cohort"
            known[str(key)] = max(day_number(first), later) if cohort else day_number(first)
    if known != before:  # a database without seals holds no such fact
        meta.put(connection, KNOWN_FROM, json.dumps(known))
    fill(connection, cube_indicator, changed)
    _write_editions(connection)


def known_from(connection: Connection, key: int) -> int | None:
    """First cell from which an indicator is known; None where it always is."""
    return _known_from(connection).get(str(key))


def _known_from(connection: Connection) -> dict[str, int]:
    found: dict[str, int] = json.loads(meta.get(connection, KNOWN_FROM) or "{}")
    return found


def add(
    connection: Connection, chosen: Condition, sign: int, into: Table, keys: frozenset[int] | None = None
) -> None:
    """Add (`sign` 1) or take away (-1) what the chosen records add to each indicator."""
    contributions = Contributions(keys)
    query = select(*(_read(name) for name in (*_TEXTS, *NUMBERS))).where(
        chosen, episode.c.disease.in_(_DISEASES)
    )
    with connection.execute(query.execution_options(stream_results=True)) as rows:
        while found := gather(fetched(rows, _PART), texts=len(_TEXTS)):
            texts, numbers = columns_of(found, _TEXTS)
            sums = [
                columns
                for added in contributions.of(texts, numbers)
                for columns in _by_place(added, texts, numbers, sign)
            ]
            if sums:
                taking = sign < 0 and into is cube_indicator
                add_to_sums(connection, into, below(sums), taking=taking)


def _read(name: str) -> sa.ColumnElement:
    column = episode.c[name]
    if name in DAYS:
        return sa.func.coalesce(sa.cast(column, sa.String), "")
    if name in MEASURED:
        return sa.func.coalesce(column, NONE)
    return sa.func.coalesce(column, "") if name == "detail" else column


def _by_place(
    added: Added, texts: dict[str, DictionaryColumn], numbers: dict[str, Numbers], sign: int
) -> Iterator[list[list]]:
    """Sums by each kind of place, as columns of `cube_indicator`."""
    indicator = added.indicator
    key = getattr(indicator.counted, "key")  # noqa: B009 - as OF_RECORDS has them
    period = numbers["start_period" if indicator.period == "cohort" else "period"][added.rows]
    disease = _part(texts["disease"], added.rows)
    for dimension in OF_SENSITIVE if indicator.sensitive else OF_OTHERS:
        place = _part(texts[PLACES[dimension]], added.rows)
        keys, sums = grouped([period, place.codes, disease.codes], sign * added.counts)
        count = len(sums)
        yield [
            [key] * count,
            [dimension] * count,
            keys[0].tolist(),
            place.texts(keys[1]),
            disease.texts(keys[2]),
            *sums.T.tolist(),
        ]


def _part(column: DictionaryColumn, rows: Numbers) -> Coded:
    return Coded(column.names, column.codes[rows].astype(np.int64))
