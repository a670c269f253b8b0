"""Counting persons whose records change: what part after part of their episodes makes of the sums."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.engine import Connection

from db.columns.encoding import BinaryColumn, RecordBatch
from db.columns.sums import Coded, Numbers
from db.cubes import archived_sums
from db.cubes import update as cubes
from db.persons import sums as person_sums
from db.persons.read import TEXTS
from db.persons.sums import Chosen, Episodes, PersonCells
from db.tables.persons import BY_FACILITY_KEY, sealed_person, shared_issuer
from db.tables.records import DIMENSIONS

_ALLOWED_AS = {BY_FACILITY_KEY: "facility"}
#: By the facility's key first: of two equal visits on one day the same is the first wherever facilities move.
_PLACES = {BY_FACILITY_KEY: "facility_key", **DIMENSIONS}
#: Episodes, which of them belong to no person, which to a person counted by sealed records, and whether each
#: stood before and stands after.
Part = tuple[Episodes, Chosen, Chosen, list[NDArray[np.int32]]]


class Count:
    """By how much the sums of each of some kinds of place change."""

    def __init__(self, connection: Connection, kinds: Sequence[str]) -> None:
        self._added = person_sums.additions(cubes.added_by_cascade(connection), cubes.STARTED)
        self._summed = {dimension: PersonCells(dimension) for dimension in kinds}
        self._sealed = _Sealed(connection)

    @property
    def asks(self) -> bool:
        """Whether the database is asked about each part."""
        return self._sealed.asks

    def read(self, part: RecordBatch) -> Part:
        """A part in the form in which it is counted."""
        return (*self._sealed.read(part), part.numbers[-2:])

    def count(self, part: Part) -> int:
        """Count a part, of which nothing is asked of the database; returns its episodes."""
        episodes, unnumbered, counted, stands = part
        sensitive = episodes.disease.among(cubes.SENSITIVE)
        for sign, stand in zip((-1, 1), stands, strict=True):
            among = stand.astype(np.bool_) & ~counted
            if not among.any():
                continue
            firsts, nobody = episodes.firsts(among & ~unnumbered), np.flatnonzero(among & unnumbered)
            for dimension, cells in self._summed.items():
                may = cubes.allowed(_ALLOWED_AS.get(dimension, dimension), sensitive)
                for chosen, additions in zip((firsts, nobody), self._added, strict=True):
                    cells.add(episodes, chosen[may[chosen]], additions, sign)
        return len(counted)

    def changes(self) -> Iterator[PersonCells]:
        """What has been counted, once: each is let go of when the next is asked for."""
        for dimension in list(self._summed):
            yield self._summed.pop(dimension)


class _Sealed:
    """Reads rows into columns; knows whom sealed records have counted, and which years are closed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._shared = frozenset(connection.execute(select(shared_issuer.c.mark)).scalars())
        held = archived_sums.held_from(connection)
        #: Years before this one are sealed as a whole: no person is counted in them any more.
        self._open_from = held.year if held else None

    @property
    def asks(self) -> bool:
        """Whether the database is asked about each part."""
        return self._open_from is not None

    def read(self, part: RecordBatch) -> tuple[Episodes, Chosen, Chosen]:
        """Episodes, which of them belong to no person, and which to a person counted by sealed records."""
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

    def _counted(
        self, packed: BinaryColumn, columns: Mapping[str, Coded], year: Numbers, shared: Chosen
    ) -> Chosen:
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
