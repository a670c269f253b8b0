"""Keeping the cube of persons: each once for each disease and calendar year, with the first episode of it.

Only persons whose records change are counted anew, in the transaction that changes them. A number is a person
within its issuer and its facility; across facilities only where the issuer is declared as shared (decision
25).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy import Table, func, select
from sqlalchemy.engine import Connection

from db import cubes, sealed
from db.bulk import add_to_sums
from db.cube_sums import Coded, Numbers
from db.gathering import Gathered, gather
from db.person_schema import EVERYBODY, cube_person, sealed_person, sealed_person_sum, shared_issuer
from db.person_sums import Chosen, Episodes, PersonCells
from db.schema import DIMENSIONS, episode

#: Persons, or records of no person, worked on at a time: bounds the memory.
PART = 200_000
#: Where one in so many records has changed, all of them are read.
_SCANNED = 5
_DIGITS = 256
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
_TEXTS = ("person", "facility_key", "issuer", "disease", *DIMENSIONS.values(), "day")
_ALL = 1 << 40


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
    names = ("disease", "dimension", "axis", "year", "value", "place")
    for summed in differences(connection, theirs, changed, change, progress):
        for columns, taking in summed.parts(EVERYBODY):
            named = dict(zip(names, columns, strict=False))
            keys = [named[column.name] for column in into.primary_key.columns]
            add_to_sums(connection, into, [*keys, *columns[len(names) :]], taking=taking)


def differences(
    connection: Connection,
    theirs: sa.Select[Any] | sa.CompoundSelect[Any],
    changed: Condition,
    change: Change,
    progress: Progress | None = None,
) -> Iterator[PersonCells]:
    """By how much the sums of each kind of place change.

    Parameters
    ----------
    theirs
        The persons, of whom every episode is looked at.
    changed
        The episodes among which those are that name no person.
    """
    added = cubes.person_additions(connection)
    summed = {dimension: PersonCells(dimension) for dimension in DIMENSIONS}
    seals = _Sealed(connection)
    done = 0
    for part in _parts(connection, theirs, changed, change):
        episodes, unnumbered, counted = seals.read(part)
        sensitive = episodes.disease.among(cubes.SENSITIVE)
        for sign, stand in zip((-1, 1), part.numbers[-2:], strict=True):
            among = stand.astype(np.bool_) & ~counted
            if not among.any():
                continue
            firsts, nobody = episodes.firsts(among & ~unnumbered), np.flatnonzero(among & unnumbered)
            for dimension, cells in summed.items():
                may = cubes.allowed(dimension, sensitive)
                for chosen, additions in zip((firsts, nobody), added, strict=True):
                    cells.add(episodes, chosen[may[chosen]], additions, sign)
        done += len(counted)
        if progress:
            progress(done)
    for dimension in DIMENSIONS:
        yield summed.pop(dimension)


class _Sealed:
    """Reads rows into columns; knows whom sealed records have counted, and which years are closed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._shared = frozenset(connection.execute(select(shared_issuer.c.mark)).scalars())
        held = sealed.held_from(connection)
        #: Years before this one are sealed as a whole: nobody is counted in them any more.
        self._open_from = held.year if held else None

    def read(self, part: Gathered) -> tuple[Episodes, Chosen, Chosen]:
        """Episodes, which of them are of no person, and which are of a person counted by sealed records."""
        every = np.arange(len(part.numbers[0]))
        columns = {name: text.part(every) for name, text in zip(_TEXTS, part.texts, strict=True)}
        person, days = columns["person"], columns["day"]
        nobody: Chosen = person.among(frozenset({""}))
        shared: Chosen = columns["issuer"].among(self._shared)
        year = np.array([int(day[:4]) for day in days.names], np.int64)[days.codes]
        episodes = Episodes(
            columns["disease"],
            {dimension: columns[name] for dimension, name in DIMENSIONS.items()},
            person.codes,
            np.where(shared, -1, columns["facility_key"].codes),
            year,
            days.codes,
            *(number.astype(np.int64) for number in part.numbers[:2]),
        )
        if self._open_from is None:
            return episodes, nobody, np.zeros(len(nobody), np.bool_)
        return episodes, nobody | (year < self._open_from), self._counted(columns, year, shared)

    def _counted(self, columns: Mapping[str, Coded], year: Numbers, shared: Chosen) -> Chosen:
        c = sealed_person.c
        names = columns["person"].names
        query = select(c.person, c.facility_key, c.disease, c.year).where(
            c.person.between(names[0], names[-1])
        )
        known = {tuple(row) for row in self._connection.execute(query)}
        if not known:
            return np.zeros(len(year), np.bool_)
        anywhere = {(person, disease, year_) for person, _, disease, year_ in known}
        texts = (columns[name] for name in ("person", "facility_key", "disease"))
        rows = zip(*(text.texts(text.codes) for text in texts), year.tolist(), shared.tolist(), strict=True)
        return np.array(
            [
                (person, "", disease, year_) in known
                or (person, facility, disease, year_) in known
                or (everywhere and (person, disease, year_) in anywhere)
                for person, facility, disease, year_, everywhere in rows
            ],
            np.bool_,
        )


def _parts(
    connection: Connection,
    theirs: sa.Select[Any] | sa.CompoundSelect[Any],
    changed: Condition,
    change: Change,
) -> Iterator[Gathered]:
    """Episodes, and whether they stood before and stand after; all of one person are in one part."""
    either = sa.or_(change.before, change.after)
    texts: dict[str, sa.ColumnElement[Any]] = {name: episode.c[name] for name in _TEXTS[:-1]}
    texts |= {name: func.coalesce(episode.c[name], "") for name in ("person", "issuer")}
    day = sa.cast(episode.c.date_visit, sa.String(10))
    flags = [sa.case((condition, 1), else_=0) for condition in (change.before, change.after)]
    query = select(*texts.values(), day, episode.c.stratum, episode.c.cascade, *flags).where(either)
    held = connection.execute(select(func.max(episode.c.id))).scalar() or 0
    many = connection.execute(select(func.count()).select_from(episode).where(changed)).scalar_one()
    if held < many * _SCANNED:
        for alike in _alike(1 + many // PART):
            yield from _gathered(connection, query.where(alike))
    else:
        for some in _looked_up(connection, theirs):
            yield from _gathered(connection, query.where(some))
    yield from _of_nobody(connection, query, sa.and_(changed, either, episode.c.person.is_(None)))


def _alike(parts: int) -> Iterator[Condition]:
    """Everybody, as the rows lie: quicker than to look most of them up. Who is not touched adds nothing.

    Pseudonyms are evenly spread: those that begin alike are a part.
    """
    parts = min(_DIGITS, parts)
    bounds = [f"{number * _DIGITS // parts:02x}" for number in range(1, parts)]
    person = episode.c.person.op("||")("")  # not by the index, whose rows lie anywhere
    for first, until in zip(["", *bounds], [*bounds, None], strict=True):
        inside = person >= first
        yield inside if until is None else sa.and_(inside, person < until)


def _looked_up(
    connection: Connection, theirs: sa.Select[Any] | sa.CompoundSelect[Any]
) -> Iterator[Condition]:
    """The touched persons, some at a time."""
    named = theirs.subquery("theirs")
    touched.create(connection)
    try:
        numbers = select(named.c.person).distinct().where(named.c.person.is_not(None))
        connection.execute(touched.insert().from_select(["person"], numbers))
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"ANALYZE {touched.name}")
        last: str | None = ""
        while last is not None:
            page = select(touched.c.person).where(touched.c.person > last)
            last = connection.execute(page.order_by(touched.c.person).offset(PART - 1).limit(1)).scalar()
            if last is not None:
                page = page.where(touched.c.person <= last)
            yield episode.c.person.in_(page)
    finally:
        touched.drop(connection)


def _of_nobody(connection: Connection, query: sa.Select[Any], chosen: Condition) -> Iterator[Gathered]:
    first = 0
    while True:
        page = select(episode.c.id).where(chosen, episode.c.id > first)
        last = connection.execute(page.order_by(episode.c.id).offset(PART - 1).limit(1)).scalar()
        rows = query.where(chosen, episode.c.id > first)
        yield from _gathered(connection, rows if last is None else rows.where(episode.c.id <= last))
        if last is None:
            break
        first = last


def _gathered(connection: Connection, query: sa.Select[Any]) -> Iterator[Gathered]:
    found = gather(connection.execute(query), _ALL, texts=len(_TEXTS))
    if found is not None:
        yield found
