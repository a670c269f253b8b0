"""Keeping cohorts: changed by the difference in the import's own transaction, as the cubes are.

Only records that started treatment, or may have, are read. Each is summed by home, place of infection,
crossing and facility; one of HIV or syphilis by care, home and place of infection, without its facility.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date

import numpy as np
import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.engine import Connection

from db.columns.cohort_sums import SENSITIVE, TEXTS, Columns, Courses, primaquine
from db.columns.encoding import RecordBatch, fetched, gather
from db.columns.sums import StratumSums
from db.cubes.staged_records import Brought
from db.cubes.upsert import add_to_sums
from db.tables.cohorts import CHANGED, HELD, SEALED, CohortTables
from db.tables.records import episode
from surveillance.coverage.indicators import all_states, resolve

#: Cascades of those who started treatment, or of whom that is not known.
_RELEVANT = [state for state, answers in all_states() if resolve(answers)[3] is not False]
#: Courses summed at a time: bounds the memory, whatever the size of an import.
_PART = 20_000
_NUMBERS = ("cascade", "stratum", "batch")
#: Stands in an answer of the database for a day that is not known.
_NEVER = sa.literal(date.min, sa.Date)
Condition = sa.ColumnElement[bool]


def add_episodes(connection: Connection, chosen: Condition, sign: int, into: CohortTables = HELD) -> None:
    """Add (`sign` 1) or take away (`sign` -1) the episodes for which `chosen` holds."""
    _add(connection, _read(connection, chosen), sign, into)


def _add(connection: Connection, read: Iterable[Courses], sign: int, into: CohortTables) -> None:
    for courses in read:
        _store(connection, into, courses.cohorts(sign), courses.known(sign), sign)


def _store(connection: Connection, into: CohortTables, cohort: Columns, known: Columns, sign: int) -> None:
    # Of what is kept a row goes when its sums become zero; to find these costs as much as adding.
    taking = sign < 0 and (into is HELD or into is SEALED)
    for table, columns in zip(into, (cohort, known), strict=True):
        if columns and columns[0]:
            add_to_sums(connection, table, columns, taking=taking)


def _read(connection: Connection, chosen: Condition) -> Iterator[Courses]:
    """The chosen episodes that say anything of a treatment; of sensitive diseases every one."""
    c = episode.c
    telling = sa.or_(c.cascade.in_(_RELEVANT), c.date_outcome.is_not(None), c.disease.in_(sorted(SENSITIVE)))
    read = {name: c[name] for name in TEXTS if name in c} | {
        "day": c.date_visit,
        "date_treated": sa.func.coalesce(c.date_treated, _NEVER),
        "date_outcome": sa.func.coalesce(c.date_outcome, _NEVER),
        "primaquine": sa.case((c.detail.contains("primaquine"), c.detail), else_=""),
    }
    columns = [*(read[name] for name in TEXTS), *(c[name] for name in _NUMBERS)]
    query = select(*columns).where(chosen, telling)
    with connection.execute(query.execution_options(stream_results=True)) as rows:
        while found := gather(fetched(rows, _PART), texts=len(TEXTS)):
            yield _courses(found)


def _courses(found: RecordBatch) -> Courses:
    texts = dict(zip(TEXTS, found.texts, strict=True))
    texts["primaquine"] = texts["primaquine"].called([primaquine(text) for text in texts["primaquine"].names])
    numbers = {name: column.astype(np.int64) for name, column in zip(_NUMBERS, found.numbers, strict=True)}
    return Courses.of(texts, np.arange(len(numbers["batch"])), **numbers)


def _of_file(brought: Brought, number: int) -> Iterator[Courses]:
    """The same of the current records of a file, without reading them back; in the order of their days."""
    disease, ended = brought.texts["disease"], brought.texts["date_outcome"]
    telling = np.isin(brought.number("cascade"), _RELEVANT)
    telling |= disease.among(SENSITIVE) | ~ended.among({""})
    rows = np.flatnonzero(telling)
    rows = rows[np.argsort(brought.texts["day"].codes[rows], kind="stable")]
    for begin in range(0, len(rows), _PART):
        some = rows[begin : begin + _PART]
        numbers = {name: brought.number(name, some) for name in ("cascade", "stratum")}
        yield Courses.of(brought.texts, some, **numbers, batch=np.full(len(some), number, np.int64))


def add_changes(connection: Connection, ended: Condition, sign: int, into: CohortTables = HELD) -> None:
    """Add or take away the days known by changes: versions for which `ended` holds, of `episode`, that a
    later file replaced by one that says something else of the treatment."""
    old, new = episode.c, episode.alias("new")
    found: dict[tuple[str, str, int], int] = {}
    differs = sa.or_(
        old.cascade % 9 != new.c.cascade % 9,  # treated and completed
        old.outcome != new.c.outcome,
        old.date_outcome.is_distinct_from(new.c.date_outcome),
        old.date_treated.is_distinct_from(new.c.date_treated),
    )
    same = sa.and_(
        new.c.identity == old.identity,
        new.c.occurrence == old.occurrence,
        new.c.batch == old.superseded_batch,
    )
    current = new.c.superseded_batch.is_(None)
    for version in (current, ~current):  # each has an index of its own
        query = (
            select(old.disease, old.facility_key, old.superseded_batch, sa.func.count())
            .join(new, sa.and_(same, version))
            .where(ended, old.superseded_batch.is_not(None), differs)
            .where(old.disease.not_in(sorted(SENSITIVE)))
            .group_by(old.disease, old.facility_key, old.superseded_batch)
        )
        for *key, times in connection.execute(query).all():
            found[tuple(key)] = found.get(tuple(key), 0) + times
    rows = [(*key, CHANGED, sign * times) for key, times in sorted(found.items())]
    _store(connection, into, [], [list(column) for column in zip(*rows, strict=True)], sign)


def add_batch(connection: Connection, number: int, brought: Brought | None, *, replaced: bool = True) -> None:
    """Add what a file brought, and take away what it replaced.

    Parameters
    ----------
    brought
        Its current records; None where they are to be read from the database.
    """
    c = episode.c
    if replaced:
        add_episodes(connection, sa.and_(c.superseded_batch == number, c.batch != number), -1)
        add_changes(connection, c.superseded_batch == number, 1)
    if brought is not None:
        _add(connection, _of_file(brought, number), 1, HELD)
    else:
        add_episodes(connection, sa.and_(c.batch == number, c.superseded_batch.is_(None)), 1)


def sums_of(connection: Connection, chosen: Condition) -> Iterator[StratumSums]:
    """Of the chosen episodes what they add to completion, due or not, as `cubes.sums_of` gives other sums.

    By disease, key of the facility, cell of the start and stratum, sensitive ones too: for arithmetic.
    """
    for courses in _read(connection, chosen):
        yield courses.completion()


@contextmanager
def moved(connection: Connection, chosen: Condition) -> Iterator[None]:
    """What is done to the chosen episodes, which stand before and after it, changes the cohorts as well."""
    add_episodes(connection, chosen, -1)
    yield
    add_episodes(connection, chosen, 1)


def fill(connection: Connection, into: CohortTables = HELD) -> None:
    """Sum into empty tables the current records, the changes, and what is kept of sealed ones."""
    c = episode.c
    add_episodes(connection, sa.func.coalesce(c.superseded_batch, 0) == 0, 1, into)
    add_changes(connection, sa.true(), 1, into)
    for kept, table in zip(SEALED, into, strict=True):
        rows = connection.execute(select(*(kept.c[column.name] for column in table.columns)))
        while some := rows.fetchmany(_PART):
            add_to_sums(connection, table, [list(column) for column in zip(*some, strict=True)], taking=False)


def rebuild(connection: Connection) -> None:
    """Empty the tables and sum everything anew."""
    for table in HELD:
        connection.execute(table.delete())
    fill(connection)


def seal(connection: Connection, chosen: Condition) -> None:
    """Keep the sums of versions that are going to be deleted; the tables that are kept do not change."""
    add_episodes(connection, sa.and_(chosen, episode.c.superseded_batch.is_(None)), 1, SEALED)
    add_changes(connection, chosen, 1, SEALED)
