"""Keeping the cube of persons: each once for each disease and calendar year, by the first episode.

Only persons whose records change are counted anew, in the transaction that changes them. A number is a person
within its issuer and its facility; across facilities only where the issuer is declared as shared (decision
25).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Table, select
from sqlalchemy.engine import Connection

from db.columns.prefetch import prefetch, run_in_background
from db.cubes import update as cubes
from db.cubes.staged_records import Brought
from db.cubes.upsert import add_to_sums
from db.persons.count import Count
from db.persons.read import CURRENT, NEVER, BesideNew, Change, Condition, Persons, parts
from db.tables.persons import BY_FACILITY_KEY, EVERYBODY, cube_person, sealed_person_sum
from db.tables.records import DIMENSIONS, episode

#: Called after each part with the records counted so far.
Progress = Callable[[int], None]
#: Kinds of place of the cube.
KINDS = tuple(DIMENSIONS)
#: Fewer sums are soon looked up one by one.
_MANY = 1_000


def add_batch(connection: Connection, number: int, brought: Brought | None = None) -> None:
    """Count anew everybody of whom a batch has brought or ended a record.

    `brought`: those it has brought, where they need not be read back.
    """
    of_it, ended = episode.c.batch == number, episode.c.superseded_batch == number
    other = episode.c.batch != number
    after = CURRENT if brought is None else sa.and_(other, CURRENT)
    change = Change(sa.and_(other, sa.or_(CURRENT, ended)), after)
    of_batch = sa.union(select(episode.c.person).where(of_it), select(episode.c.person).where(ended))
    _add(connection, of_batch, sa.or_(of_it, ended), change, cube_person, brought=brought)


@contextmanager
def adding(connection: Connection, theirs: Persons, brought: Brought) -> Iterator[Callable[[], None]]:
    """Count everybody of whom a file brings records, where it ends none that is held.

    They are counted in a thread, beside what is done within: before they are written, therefore. Gives what
    waits for the end of counting, and stores what was counted.

    Parameters
    ----------
    theirs
        The persons.
    """
    count = Count(connection, KINDS)
    found = BesideNew(connection, theirs, brought)
    read = map(count.read, found)
    with run_in_background(count.count, read, lambda: found.alone and not count.asks) as wait:

        def store() -> None:
            wait()
            _store(connection, count, cube_person)

        yield store


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
    """Count every person if none has been counted: the database is of a version that counted no persons."""
    if not _any(connection, cube_person) and _any(connection, episode):
        rebuild(connection)


def fill(connection: Connection, into: Table, progress: Progress | None = None) -> None:
    """Sum into an empty cube the persons of the current records, and those that are sealed."""
    current = cubes.EVERY_CURRENT
    everybody = select(episode.c.person).where(current)
    _add(connection, everybody, current, Change(NEVER, current), into, progress)
    names = [column.name for column in sealed_person_sum.columns]
    shown = sealed_person_sum.c.dimension != BY_FACILITY_KEY
    rows = connection.execute(select(*(sealed_person_sum.c[name] for name in names)).where(shown)).all()
    if rows:
        add_to_sums(connection, into, list(zip(*rows, strict=True)), taking=False)


def _any(connection: Connection, table: Table) -> bool:
    return connection.execute(select(sa.literal(1)).select_from(table).limit(1)).first() is not None


def _add(
    connection: Connection,
    theirs: Persons,
    changed: Condition,
    change: Change,
    into: Table,
    progress: Progress | None = None,
    brought: Brought | None = None,
) -> None:
    count = Count(connection, (*DIMENSIONS, BY_FACILITY_KEY) if into is sealed_person_sum else KINDS)
    done = 0
    read = map(count.read, parts(connection, theirs, changed, change, brought))
    for number in prefetch(count.count, read):
        done += number
        if progress:
            progress(done)
    _store(connection, count, into)


def _store(connection: Connection, count: Count, into: Table) -> None:
    names = ("disease", "dimension", "axis", "year", "value", "place")
    for summed in count.changes():
        for columns, taking in summed.parts(EVERYBODY):
            named = dict(zip(names, columns, strict=False))
            keys = [named[column.name] for column in into.primary_key.columns]
            new = not taking and len(columns[0]) > _MANY and _lacks(connection, into, named)
            add_to_sums(connection, into, [*keys, *columns[len(names) :]], taking=taking, new=new)


def _lacks(connection: Connection, cube: Table, named: Mapping[str, Sequence[object]]) -> bool:
    """Whether nothing is held by one axis of one kind of place in the years of some sums."""
    years: Any = named["year"]
    c = cube.c
    same = sa.and_(
        c.disease.in_(sorted(set(map(str, named["disease"])))),
        c.dimension == named["dimension"][0],
        c.axis == named["axis"][0],
        c.year.between(min(years), max(years)),
    )
    return connection.execute(select(sa.literal(1)).where(same).limit(1)).first() is None
