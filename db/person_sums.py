"""Counting persons with NumPy: each once for each disease and year, with the first episode of that year.

The arithmetic of the cube of persons, without a database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from db.cube_sums import Additions, Cells, Coded, Numbers, Records, cells, grouped
from surveillance.strata import HIDDEN_NUMBER, MASK, SHIFT

Chosen = NDArray[np.bool_]
#: Position of an axis in the keys; 0 is everybody.
_AXES = tuple(SHIFT)


@dataclass(frozen=True)
class Episodes:
    """Every episode of some persons, column by column.

    `person` and `facility` are numbers without an order; `facility` is one and the same where the person's
    number is shared between facilities. `day`: numbers in the order of the visits.
    """

    disease: Coded
    places: dict[str, Coded]
    person: Numbers
    facility: Numbers
    year: Numbers
    day: Numbers
    stratum: Numbers
    cascade: Numbers

    def records(self, chosen: Numbers | Chosen) -> Records:
        """Some of them as records whose period is the year."""
        year = self.year[chosen]
        return Records(
            Coded(self.disease.names, self.disease.codes[chosen]),
            {name: Coded(place.names, place.codes[chosen]) for name, place in self.places.items()},
            year,
            year,
            self.stratum[chosen],
            self.cascade[chosen],
        )

    def summed(self, chosen: Numbers, added: Additions, dimension: str) -> Cells:
        """Sums of some of them by one kind of place, whose period is the year."""
        records = self.records(chosen)
        return cells(records, added, dimension, np.ones(len(chosen), np.bool_))

    def firsts(self, among: Chosen) -> Numbers:
        """Positions of the first episode of each person, disease and year, of those `among`.

        Of several on one day it is the one that answers most of the care cascade; of those that answer the
        same, one and the same whatever order they are given in.
        """
        at = np.flatnonzero(among)
        group = (self.person[at], self.facility[at], self.disease.codes[at], self.year[at])
        last = (self.day[at], -self.cascade[at], self.stratum[at])
        places = tuple(place.codes[at] for place in self.places.values())
        order = np.lexsort((*reversed(places), *reversed(last), *reversed(group)))
        changes = np.ones(len(order), np.bool_)
        if len(order):
            changes[1:] = np.any([key[order][1:] != key[order][:-1] for key in group], axis=0)
        found: Numbers = at[order[changes]]
        return found


def additions(table: Numbers, started: Chosen) -> tuple[Additions, Additions]:
    """What a person adds by the cascade of the first episode, and what a record adds that is of no person.

    Parameters
    ----------
    table : array, shape (n_states, n_sums)
        What a record adds: 1, then numerator, denominator and unknown of each measure.
    started : array, shape (n_sums,)
        Sums that count by the start of treatment: persons are not counted by it.

    Returns
    -------
    Both with one sum more at the end: the records of no person. Such a record is of somebody who may have
    been counted before, so that whatever it answers is unknown of a person.
    """
    known = np.where(started, 0, table)
    person = np.concatenate((known, np.zeros((len(table), 1), np.int64)), axis=1)
    nobody = np.zeros_like(person)
    nobody[:, 3:-1:3] = known[:, 2::3] + known[:, 3::3]
    nobody[:, -1] = 1
    nothing = np.zeros_like(person)
    return Additions(person, nothing), Additions(nobody, nothing)


class PersonCells:
    """Sums of one kind of place: added to part after part, with as many rows as there are cells."""

    def __init__(self) -> None:
        self._diseases: dict[str, int] = {}
        self._places: dict[str, int] = {}
        self._keys: list[Numbers] | None = None
        self._sums: Numbers | None = None

    def add(self, summed: Cells, sign: int = 1) -> None:
        """Add sums by disease, place, year and stratum: to everybody, and to each axis."""
        if not len(summed.sums):
            return
        disease = _numbered(self._diseases, summed.disease.names)[summed.keys[0]]
        place = _numbered(self._places, summed.place.names)[summed.keys[1]]
        year, stratum = summed.keys[2], summed.keys[3]
        keys, sums = (
            [np.stack((disease, np.zeros_like(year), year, np.zeros_like(year), place))],
            [summed.sums],
        )
        for position, axis in enumerate(_AXES, start=1):
            value = (stratum >> SHIFT[axis]) & MASK
            shown = value != HIDDEN_NUMBER
            of_axis = np.full_like(year, position)
            keys.append(np.stack((disease, of_axis, year, value, place))[:, shown])
            sums.append(summed.sums[shown])
        self._merge(np.concatenate(keys, axis=1), sign * np.concatenate(sums))

    def _merge(self, keys: Numbers, sums: Numbers) -> None:
        if self._keys is not None and self._sums is not None:
            keys = np.concatenate((np.stack(self._keys), keys), axis=1)
            sums = np.concatenate((self._sums, sums))
        self._keys, self._sums = grouped(list(keys), sums)

    def columns(self, dimension: str, everybody: str) -> tuple[list[Sequence[object]], bool]:
        """Columns of the cube with what is not nothing, and whether anything is taken away."""
        if self._keys is None or self._sums is None:
            return [], False
        left = np.any(self._sums != 0, axis=1)
        disease, axis, year, value, place = (key[left].tolist() for key in self._keys)
        sums = self._sums[left]
        diseases, places = list(self._diseases), list(self._places)
        keys: list[Sequence[object]] = [
            [diseases[code] for code in disease],
            [dimension] * len(disease),
            [(everybody, *_AXES)[code] for code in axis],
            year,
            value,
            [places[code] for code in place],
        ]
        return [*keys, *sums.T.tolist()], bool((sums < 0).any())


def _numbered(numbers: dict[str, int], names: Sequence[str]) -> Numbers:
    return np.array([numbers.setdefault(name, len(numbers)) for name in names], np.int64)
