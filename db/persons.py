"""Keeping the cube of persons: each once for each disease and calendar year, with the first episode of it.

Only persons whose records change are counted anew, in the transaction that changes them. A number is a person
within its issuer and its facility; across facilities only where the issuer is declared as shared (decision
25).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy import Table, select
from sqlalchemy.engine import Connection

from db import cubes, sealed
from db.ahead import ahead
from db.bulk import add_to_sums
from db.cube_sums import Coded, Numbers
from db.gathering import Gathered, Packed
from db.person_parts import TEXTS, Change, Condition, Persons, parts
from db.person_schema import (
    BY_FACILITY_KEY,
    EVERYBODY,
    cube_person,
    sealed_person,
    sealed_person_sum,
    shared_issuer,
)
from db.person_sums import Chosen, Episodes, PersonCells
from db.schema import DIMENSIONS, episode

_ALLOWED_AS = {BY_FACILITY_KEY: "facility"}
#: Called after each part with the records counted so far.
Progress = Callable[[int], None]
CURRENT: Condition = episode.c.superseded_batch.is_(None)
NEVER: Condition = sa.false()
#: By the facility's key first: of two equal visits on one day the same is the first wherever facilities move.
_PLACES = {BY_FACILITY_KEY: "facility_key", **DIMENSIONS}


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
) -> None:
    names = ("disease", "dimension", "axis", "year", "value", "place")
    kinds = (*DIMENSIONS, BY_FACILITY_KEY) if into is sealed_person_sum else tuple(DIMENSIONS)
    for summed in _differences(connection, theirs, changed, change, kinds, progress):
        for columns, taking in summed.parts(EVERYBODY):
            named = dict(zip(names, columns, strict=False))
            keys = [named[column.name] for column in into.primary_key.columns]
            add_to_sums(connection, into, [*keys, *columns[len(names) :]], taking=taking)


def _differences(
    connection: Connection,
    theirs: Persons,
    changed: Condition,
    change: Change,
    kinds: Sequence[str],
    progress: Progress | None = None,
) -> Iterator[PersonCells]:
    """By how much the sums of each kind of place change.

    Parameters
    ----------
    theirs
        The persons, of whom every episode is looked at.
    changed
        The episodes among which those are that name no person.
    kinds
        Kinds of place.
    """
    added = cubes.person_additions(connection)
    summed = {dimension: PersonCells(dimension) for dimension in kinds}
    seals = _Sealed(connection)
    read = ((*seals.read(part), part.numbers[-2:]) for part in parts(connection, theirs, changed, change))

    def count(some: tuple[Episodes, Chosen, Chosen, list[NDArray[np.int32]]]) -> int:
        episodes, unnumbered, counted, stands = some
        sensitive = episodes.disease.among(cubes.SENSITIVE)
        for sign, stand in zip((-1, 1), stands, strict=True):
            among = stand.astype(np.bool_) & ~counted
            if not among.any():
                continue
            firsts, nobody = episodes.firsts(among & ~unnumbered), np.flatnonzero(among & unnumbered)
            for dimension, cells in summed.items():
                may = cubes.allowed(_ALLOWED_AS.get(dimension, dimension), sensitive)
                for chosen, additions in zip((firsts, nobody), added, strict=True):
                    cells.add(episodes, chosen[may[chosen]], additions, sign)
        return len(counted)

    done = 0
    for number in ahead(count, read):
        done += number
        if progress:
            progress(done)
    for dimension in kinds:
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
        columns = {name: text.part(every) for name, text in zip(TEXTS, part.texts, strict=True)}
        person, days = part.packed, columns["day"]
        assert person is not None  # noqa: S101 - asked for
        nobody: Chosen = person.blank
        shared: Chosen = columns["issuer"].among(self._shared)
        year = np.array([int(day[:4]) for day in days.names], np.int64)[days.codes]
        episodes = Episodes(
            columns["disease"],
            {kind: columns[name] for kind, name in _PLACES.items()},
            person.codes(),
            np.where(shared, -1, columns["facility_key"].codes),
            year,
            days.codes,
            *(number.astype(np.int64) for number in part.numbers[:2]),
        )
        if self._open_from is None:
            return episodes, nobody, np.zeros(len(nobody), np.bool_)
        return episodes, nobody | (year < self._open_from), self._counted(person, columns, year, shared)

    def _counted(self, packed: Packed, columns: Mapping[str, Coded], year: Numbers, shared: Chosen) -> Chosen:
        c, persons = sealed_person.c, packed.texts()
        query = select(c.person, c.facility_key, c.disease, c.year).where(
            c.person.between(min(persons), max(persons))
        )
        known = {tuple(row) for row in self._connection.execute(query)}
        if not known:
            return np.zeros(len(year), np.bool_)
        anywhere = {(person, disease, year_) for person, _, disease, year_ in known}
        texts = (columns[name] for name in ("facility_key", "disease"))
        said = (text.texts(text.codes) for text in texts)
        rows = zip(persons, *said, year.tolist(), shared.tolist(), strict=True)
        return np.array(
            [
                (person, "", disease, year_) in known
                or (person, facility, disease, year_) in known
                or (everywhere and (person, disease, year_) in anywhere)
                for person, facility, disease, year_, everywhere in rows
            ],
            np.bool_,
        )
