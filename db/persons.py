"""Keeping the cube of persons: each once for each disease and calendar year, with the first episode of it.

Only persons whose records change are counted anew, in the transaction that changes them. A number is a person
within its issuer and its facility; across facilities only where the issuer is declared as shared (decision
25).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy import Table, select
from sqlalchemy.engine import Connection

from db import cubes, sealed
from db.bulk import add_to_sums
from db.cube_sums import Coded
from db.person_schema import EVERYBODY, cube_person, sealed_person, sealed_person_sum, shared_issuer
from db.person_sums import Episodes, PersonCells, persons
from db.schema import DIMENSIONS, episode

#: Persons, or records of no person, worked on at a time: bounds the memory.
PART = 25_000
#: Persons to be counted anew.
touched = sa.Table(
    "touched_person",
    sa.MetaData(),
    sa.Column("person", sa.String(32), primary_key=True),
    prefixes=["TEMPORARY"],
    sqlite_with_rowid=False,
)
Condition = sa.ColumnElement[bool]
#: Called after each part with the records counted so far.
Progress = Callable[[int], None]
CURRENT: Condition = episode.c.superseded_batch.is_(None)
NEVER: Condition = sa.false()
_NAMES = ("person", "facility_key", "issuer", "disease", *DIMENSIONS.values(), "stratum", "cascade")


@dataclass(frozen=True)
class Change:
    """Which episodes stood before a change, and which stand after it."""

    before: Condition
    after: Condition


def add_batch(connection: Connection, number: int) -> None:
    """Count anew everybody of whom a batch has brought or ended a record."""
    brought, ended = episode.c.batch == number, episode.c.superseded_batch == number
    other = episode.c.batch != number
    change = Change(sa.and_(other, sa.or_(CURRENT, ended)), CURRENT)
    of_batch = sa.union(select(episode.c.person).where(brought), select(episode.c.person).where(ended))
    _add(connection, of_batch, sa.or_(brought, ended), change, cube_person)


@contextmanager
def recounted(connection: Connection, chosen: Condition) -> Iterator[None]:
    """What is done to the chosen episodes, which stand before and after it, changes the cube as well."""
    theirs = select(episode.c.person).where(chosen)
    _add(connection, theirs, chosen, Change(CURRENT, NEVER), cube_person)
    yield
    _add(connection, theirs, chosen, Change(NEVER, CURRENT), cube_person)


def step_back(connection: Connection, changed: Condition, change: Change, into: Table) -> None:
    """Sum into a cube of its own what the changed episodes make of persons before and after."""
    _add(connection, select(episode.c.person).where(changed), changed, change, into)


def rebuild(connection: Connection) -> None:
    """Empty the cube and count everybody anew."""
    connection.execute(cube_person.delete())
    fill(connection, cube_person)


def fill_if_empty(connection: Connection) -> None:
    """Count everybody where nobody has been: the database is of a version that counted no persons."""
    for table in (cube_person, episode, sealed_person_sum):
        found = connection.execute(select(sa.literal(1)).select_from(table).limit(1)).first()
        if (found is None) is not (table is cube_person):
            return
    rebuild(connection)


def fill(connection: Connection, into: Table, progress: Progress | None = None) -> None:
    """Sum into an empty cube the persons of the current records, and those that are sealed."""
    everybody = select(episode.c.person).where(CURRENT)
    _add(connection, everybody, CURRENT, Change(NEVER, CURRENT), into, progress)
    names = [column.name for column in sealed_person_sum.columns]
    rows = connection.execute(select(*(sealed_person_sum.c[name] for name in names))).all()
    if rows:
        add_to_sums(connection, into, list(zip(*rows, strict=True)), taking=False)


def _add(
    connection: Connection,
    theirs: sa.Select[Any] | sa.CompoundSelect[Any],
    changed: Condition,
    change: Change,
    into: Table,
    progress: Progress | None = None,
) -> None:
    for dimension, summed in differences(connection, theirs, changed, change, progress):
        columns, taking = summed.columns(dimension, EVERYBODY)
        if columns:
            ordered = dict(
                zip(("disease", "dimension", "axis", "year", "value", "place"), columns[:6], strict=True)
            )
            keys = [ordered[column.name] for column in into.primary_key.columns]
            add_to_sums(connection, into, [*keys, *columns[6:]], taking=taking)


def differences(
    connection: Connection,
    theirs: sa.Select[Any] | sa.CompoundSelect[Any],
    changed: Condition,
    change: Change,
    progress: Progress | None = None,
) -> Iterator[tuple[str, PersonCells]]:
    """Kind of place, and by how much its sums change.

    Parameters
    ----------
    theirs
        The persons, of whom every episode is looked at.
    changed
        The episodes among which those are that name no person.
    """
    added = cubes.person_additions(connection)
    summed = {dimension: PersonCells() for dimension in DIMENSIONS}
    seals = _Sealed(connection)
    done = 0
    for rows in _parts(connection, theirs, changed, change):
        columns = dict(zip((*_NAMES, "day", "before", "after"), zip(*rows, strict=True), strict=True))
        episodes, unnumbered, counted = seals.read(columns)
        sensitive = episodes.disease.among(cubes.SENSITIVE)
        for sign, name in ((-1, "before"), (1, "after")):
            among = np.array(columns[name], np.bool_) & ~counted
            if not among.any():
                continue
            for dimension, cells in summed.items():
                allowed = cubes.allowed(dimension, sensitive)
                for part in persons(episodes, among, unnumbered, added, dimension, allowed):
                    cells.add(part, sign)
        done += len(rows)
        if progress:
            progress(done)
    yield from summed.items()


class _Sealed:
    """Reads rows into columns; knows whom sealed records have counted, and which years are closed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._shared = frozenset(connection.execute(select(shared_issuer.c.mark)).scalars())
        held = sealed.held_from(connection)
        #: Years before this one are sealed as a whole: nobody is counted in them any more.
        self._open_from = held.year if held else None

    def read(self, columns: Mapping[str, Sequence[Any]]) -> tuple[Episodes, Any, Any]:
        """Episodes, which of them are of no person, and which are of a person counted by sealed records."""
        persons_, days = columns["person"], Coded.of(columns["day"])
        nobody = np.array([person is None for person in persons_], np.bool_)
        issuer = Coded.of([mark or "" for mark in columns["issuer"]])
        facility = Coded.of(columns["facility_key"])
        year = np.array([int(day[:4]) for day in days.names], np.int64)[days.codes]
        episodes = Episodes(
            Coded.of(columns["disease"]),
            {dimension: Coded.of(columns[name]) for dimension, name in DIMENSIONS.items()},
            Coded.of([person or "" for person in persons_]).codes,
            np.where(issuer.among(self._shared), -1, facility.codes),
            year,
            days.codes,
            np.array(columns["stratum"], np.int64),
            np.array(columns["cascade"], np.int64),
        )
        if self._open_from is None:
            return episodes, nobody, np.zeros(len(nobody), np.bool_)
        return episodes, nobody | (year < self._open_from), self._counted(columns, episodes)

    def _counted(self, columns: Mapping[str, Sequence[Any]], episodes: Episodes) -> Any:
        c = sealed_person.c
        asked = sorted({person for person in columns["person"] if person is not None})
        known: set[tuple[str, str, str, int]] = set()
        if asked:
            query = select(c.person, c.facility_key, c.disease, c.year).where(
                c.person.between(asked[0], asked[-1])
            )
            known = {tuple(row) for row in self._connection.execute(query)}
        if not known:
            return np.zeros(len(episodes.year), np.bool_)
        anywhere = {(person, disease, year) for person, _, disease, year in known}
        rows = zip(
            columns["person"], columns["facility_key"], columns["disease"], episodes.year.tolist(),
            (episodes.facility < 0).tolist(), strict=True,
        )  # fmt: skip
        return np.array(
            [
                (person, "", disease, year) in known
                or (person, facility, disease, year) in known
                or (shared and (person, disease, year) in anywhere)
                for person, facility, disease, year, shared in rows
            ],
            np.bool_,
        )


def _parts(
    connection: Connection,
    theirs: sa.Select[Any] | sa.CompoundSelect[Any],
    changed: Condition,
    change: Change,
) -> Iterator[Sequence[Sequence[Any]]]:
    """Rows of `_NAMES`, the day of the visit, and whether they stood before and stand after, part by part.

    All episodes of one person are in one part.
    """
    either = sa.or_(change.before, change.after)
    day = sa.cast(episode.c.date_visit, sa.String(10))
    flags = [sa.case((condition, 1), else_=0) for condition in (change.before, change.after)]
    columns = [*(episode.c[name] for name in _NAMES), day, *flags]
    named = theirs.subquery("theirs")
    touched.create(connection)
    try:
        numbers = select(named.c.person).distinct().where(named.c.person.is_not(None))
        connection.execute(touched.insert().from_select(["person"], numbers))
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"ANALYZE {touched.name}")
        last = ""
        while True:
            page = select(touched.c.person).where(touched.c.person > last)
            ordered = page.order_by(touched.c.person)
            until = connection.execute(ordered.offset(PART - 1).limit(1)).scalar()
            if until is not None:
                page = page.where(touched.c.person <= until)
            if rows := connection.execute(select(*columns).where(episode.c.person.in_(page), either)).all():
                yield rows
            if until is None:
                break
            last = until
    finally:
        touched.drop(connection)
    yield from _of_nobody(connection, columns, sa.and_(changed, either, episode.c.person.is_(None)))


def _of_nobody(
    connection: Connection, columns: Sequence[sa.ColumnElement[Any]], chosen: Condition
) -> Iterator[Sequence[Sequence[Any]]]:
    last = 0
    query = select(*columns, episode.c.id).where(chosen).order_by(episode.c.id).limit(PART)
    while rows := connection.execute(query.where(episode.c.id > last)).all():
        last = rows[-1].id
        yield [row[:-1] for row in rows]
