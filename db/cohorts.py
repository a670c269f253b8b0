"""Keeping cohorts: changed by the difference in the import's own transaction, as the cubes are.

Only records that started treatment, or may have, are read. Each is summed by home, place of infection,
crossing and facility; one of HIV or syphilis by care, home and place of infection, without its facility.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.engine import Connection, Row

from db.adding_sums import add_to_sums
from db.cohort_schema import CHANGED, HELD, NO_BATCH, NO_FACILITY, SEALED, CohortTables
from db.cube_sums import Cells, Coded
from db.schema import SUM_COLUMNS, episode
from surveillance.cohorts import (
    OUTCOMES,
    PARTS,
    SUCCESS,
    UNKNOWN_START,
    follow_up_days,
    known_day,
    last_whole_week,
    part_of,
)
from surveillance.diseases import DISEASES
from surveillance.epiweek import cell_last_day, cell_number, day_number
from surveillance.indicators import all_states, resolve

_SENSITIVE = frozenset(code for code, disease in DISEASES.items() if disease.sensitive)
#: Cascades of those who started treatment, or of whom that is not known.
_RELEVANT = [state for state, answers in all_states() if resolve(answers)[3] is not False]
#: Kinds of place and the columns of `episode` that name them; of sensitive diseases by care, of others by
#: facility.
_ALWAYS = {"home": "province_home", "infection": "province_infection"}
#: Sums that are gathered before they are written: bounds the memory.
_MOST = 100_000
#: Rows read at a time.
_READ = 20_000
Condition = sa.ColumnElement[bool]
#: Where sums of reports and of sealed line lists keep completion.
_COMPLETION = [SUM_COLUMNS.index(f"completion_{part}") for part in ("numerator", "denominator", "unknown")]
_COLUMNS = (
    "disease",
    "facility_key",
    "province_care",
    "province_home",
    "province_infection",
    "crossing",
    "date_visit",
    "date_treated",
    "date_outcome",
    "outcome",
    "cascade",
    "stratum",
    "detail",
    "batch",
)


class _Gathered:
    """Sums while they are gathered, written where they become many."""

    def __init__(self, connection: Connection, into: CohortTables) -> None:
        self._connection, self._into = connection, into
        #: Of what is kept a row goes when its sums become zero; to find these costs as much as adding.
        self._keeps = into is HELD or into is SEALED
        self._cohort: dict[tuple[Any, ...], list[int]] = {}
        self._days: dict[tuple[str, str, int, int], int] = {}

    def count(self, key: tuple[Any, ...], part: str, number: int) -> None:
        """Add to the sums of a cohort: key without the disease's number."""
        sums = self._cohort.get(key)
        if sums is None:
            sums = self._cohort[key] = [0] * len(PARTS)
        sums[PARTS.index(part)] += number
        if len(self._cohort) >= _MOST:
            self.write()

    def known(self, disease: str, facility: str, number: int, day: int, times: int) -> None:
        """Add to the records by which a day is known, from the file of a number."""
        key = (disease, facility, number, day)
        self._days[key] = self._days.get(key, 0) + times

    def write(self) -> None:
        """Write what is gathered."""
        cohort = [(*key, *sums) for key, sums in sorted(self._cohort.items()) if any(sums)]
        days = [(*key, number) for key, number in sorted(self._days.items()) if number]
        for table, rows in zip(self._into, (cohort, days), strict=True):
            if rows:
                columns = [list(column) for column in zip(*rows, strict=True)]
                keys = len(table.primary_key.columns)
                taking = any(number < 0 for column in columns[keys:] for number in column)
                add_to_sums(self._connection, table, columns, taking=taking and self._keeps)
        self._cohort, self._days = {}, {}


def add_episodes(connection: Connection, chosen: Condition, sign: int, into: CohortTables = HELD) -> None:
    """Add (`sign` 1) or take away (`sign` -1) the episodes for which `chosen` holds."""
    gathered = _Gathered(connection, into)
    for row in _read(connection, chosen):
        _add(gathered, row, sign)
    gathered.write()


def _read(connection: Connection, chosen: Condition) -> Iterator[Row[Any]]:
    """The chosen episodes that say anything of a treatment; of sensitive diseases every one."""
    c = episode.c
    telling = sa.or_(c.cascade.in_(_RELEVANT), c.date_outcome.is_not(None), c.disease.in_(sorted(_SENSITIVE)))
    query = select(*(c[name] for name in _COLUMNS)).where(chosen, telling)
    rows = connection.execute(query.execution_options(stream_results=True))
    while some := rows.fetchmany(_READ):
        yield from some


def _add(gathered: _Gathered, row: Row[Any], sign: int) -> None:
    disease, sensitive = row.disease, row.disease in _SENSITIVE
    start: date = row.date_treated or row.date_visit
    days = follow_up_days(disease, _primaquine(row.detail))
    part = part_of(row.cascade, row.outcome)
    if sensitive:
        last = max(row.date_visit, row.date_outcome or row.date_visit)
        gathered.known(disease, NO_FACILITY, NO_BATCH, day_number(last_whole_week(last)), sign)
    else:
        known = known_day(
            cascade=row.cascade,
            outcome=row.outcome,
            start=start,
            days=days,
            date_outcome=row.date_outcome,
        )
        if known is not None:
            number = NO_BATCH if row.date_outcome else row.batch
            gathered.known(disease, row.facility_key, number, day_number(known), sign)
    if part is None:
        return
    # Whose start is not known waits for no outcome; and a sensitive disease is kept by whole cells alone.
    whole = sensitive or part == UNKNOWN_START
    due = day_number((cell_last_day(start) if whole else start) + timedelta(days=days))
    cell = cell_number(start)
    facility = NO_FACILITY if whole else row.facility_key
    places = {kind: (row._mapping[column], facility) for kind, column in _ALWAYS.items()}
    if sensitive:
        places["care"] = (row.province_care, facility)
    else:
        places["crossing"] = (row.crossing, row.facility_key)  # accounts for some provinces ask whose it is
        places["facility"] = ("", row.facility_key)
    for kind, (place, knows) in places.items():
        gathered.count((disease, kind, cell, place, knows, due, row.stratum), part, sign)


def _primaquine(detail: str | None) -> str | None:
    if detail is None or "primaquine" not in detail:
        return None
    return str(json.loads(detail).get("primaquine"))


def add_changes(connection: Connection, ended: Condition, sign: int, into: CohortTables = HELD) -> None:
    """Add or take away the days known by changes: versions for which `ended` holds, of `episode`, that a
    later file replaced by one that says something else of the treatment."""
    old, gathered = episode.c, _Gathered(connection, into)
    new = episode.alias("new")
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
            .where(old.disease.not_in(sorted(_SENSITIVE)))
            .group_by(old.disease, old.facility_key, old.superseded_batch)
        )
        for disease, facility, number, times in connection.execute(query).all():
            gathered.known(disease, facility, number, CHANGED, sign * times)
    gathered.write()


def add_batch(connection: Connection, number: int, *, replaced: bool = True) -> None:
    """Add what a file brought, and take away what it replaced."""
    c = episode.c
    if replaced:
        add_episodes(connection, sa.and_(c.superseded_batch == number, c.batch != number), -1)
        add_changes(connection, c.superseded_batch == number, 1)
    add_episodes(connection, sa.and_(c.batch == number, c.superseded_batch.is_(None)), 1)


def sums_of(connection: Connection, chosen: Condition) -> Iterator[Cells]:
    """Of the chosen episodes what they add to completion, due or not, as `cubes.sums_of` gives other sums.

    By disease, key of the facility, cell of the start and stratum, sensitive ones too: for arithmetic.
    """
    found: dict[tuple[str, str, int, int], list[int]] = {}
    for row in _read(connection, chosen):
        part = part_of(row.cascade, row.outcome)
        if part is None:
            continue
        key = (row.disease, row.facility_key, cell_number(row.date_treated or row.date_visit), row.stratum)
        sums = found.setdefault(key, [0, 0, 0])
        for place, counts in enumerate((part in SUCCESS, part in OUTCOMES, part == UNKNOWN_START)):
            sums[place] += counts
    if not found:
        return
    disease, facility, period, stratum = zip(*found, strict=True)
    names, keys = Coded.of(disease), Coded.of(facility)
    every = np.zeros((len(found), len(SUM_COLUMNS)), np.int64)
    every[:, _COMPLETION] = list(found.values())
    numbered = (names.codes, keys.codes, np.array(period, np.int64), np.array(stratum, np.int64))
    yield Cells(names, keys, numbered, every)


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
        while some := rows.fetchmany(_READ):
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
