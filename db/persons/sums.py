"""Counting persons with NumPy: each once for each disease and year, with the first episode of that year.

The arithmetic of the cube of persons, without a database.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from db.columns.sums import Coded, Numbers, grouped
from surveillance.strata import HIDDEN_NUMBER, MASK, SHIFT

Chosen = NDArray[np.bool_]
#: Position of an axis in the keys; 0 is everybody.
_AXES = tuple(SHIFT)
#: Where so many possible cells lie beside each row, rows are put in order; else the cells are ticked off.
_SPARSE = 20


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


def additions(table: Numbers, started: Chosen) -> tuple[Numbers, Numbers]:
    """What a person adds by the cascade of the first episode, and what a record adds that is of no person.

    Parameters
    ----------
    table : array, shape (n_states, n_sums)
        What a record adds: 1, then numerator, denominator and unknown of each measure.
    started : array, shape (n_sums,)
        Sums that count by the start of treatment: persons are not counted by it.

    Returns
    -------
    Both of shape (n_states, n_sums + 1): the last sum is that of the records of no person. Such a record is
    of a person who may have been counted before, so that whatever it answers is unknown of a person.
    """
    known = np.where(started, 0, table)
    person = np.concatenate((known, np.zeros((len(table), 1), np.int64)), axis=1)
    nobody = np.zeros_like(person)
    nobody[:, 3:-1:3] = known[:, 2::3] + known[:, 3::3]
    nobody[:, -1] = 1
    return person, nobody


class PersonCells:
    """Sums of one kind of place: added to part after part, with as many rows as there are cells."""

    def __init__(self, dimension: str) -> None:
        self._dimension = dimension
        self._diseases: dict[str, int] = {}
        self._places: dict[str, int] = {}
        #: By axis, as their numbers: every key, and the sums of each. Half as wide as they are computed.
        self._held: dict[int, tuple[NDArray[np.int32], NDArray[np.int32]]] = {}

    def add(self, episodes: Episodes, chosen: Numbers, added: Numbers, sign: int = 1) -> None:
        """Add the chosen episodes (positions): to everybody, and to each value of each axis.

        `added`: what an episode adds by its cascade, shape (n_states, n_sums).
        """
        if not len(chosen):
            return
        places = episodes.places[self._dimension]
        disease = _numbered(self._diseases, episodes.disease.names)[episodes.disease.codes[chosen]]
        place = _numbered(self._places, places.names)[places.codes[chosen]]
        year, stratum = episodes.year[chosen], episodes.stratum[chosen]
        states, state = np.unique(episodes.cascade[chosen], return_inverse=True)
        self._merge(0, _counted((disease, year, np.zeros_like(year), place), state, sign * added[states]))
        for position, axis in enumerate(_AXES, start=1):
            value = (stratum >> SHIFT[axis]) & MASK
            shown = value != HIDDEN_NUMBER
            keys = (disease[shown], year[shown], value[shown], place[shown])
            self._merge(position, _counted(keys, state[shown], sign * added[states]))

    def _merge(self, axis: int, counted: tuple[Numbers, Numbers]) -> None:
        keys, sums = counted
        if axis in self._held:
            held, its = self._held[axis]
            found, sums = grouped(list(np.concatenate((held, keys), axis=1)), np.concatenate((its, sums)))
            keys = np.stack(found)
        self._held[axis] = keys.astype(np.int32), sums.astype(np.int32)

    def parts(self, everybody: str) -> Iterator[tuple[list[Sequence[object]], bool]]:
        """Columns of the cube with what is not nothing, and whether anything is taken away: by axis."""
        diseases, places = list(self._diseases), list(self._places)
        for axis, (held, every) in self._held.items():
            left = np.any(every != 0, axis=1)
            disease, year, value, place = (key.tolist() for key in held[:, left])
            sums = every[left]
            keys: list[Sequence[object]] = [
                [diseases[code] for code in disease],
                [self._dimension] * len(disease),
                [(everybody, *_AXES)[axis]] * len(disease),
                year,
                value,
                [places[code] for code in place],
            ]
            if disease:
                yield [*keys, *sums.T.tolist()], bool((sums < 0).any())


def _counted(
    keys: tuple[Numbers, Numbers, Numbers, Numbers], state: Numbers, added: Numbers
) -> tuple[Numbers, Numbers]:
    """Cells by disease, year, value and place with their sums: rows are counted by cascade first."""
    begin = int(keys[1].min(initial=9999))
    keys = (keys[0], keys[1] - begin, *keys[2:])
    sizes = [int(key.max(initial=0)) + 1 for key in keys]
    cells, cell = _distinct(np.ravel_multi_index(keys, sizes), prod(sizes))
    many = len(added)
    counts = np.bincount(cell * many + state, minlength=len(cells) * many).reshape(len(cells), many)
    disease, year, value, place = np.unravel_index(cells, sizes)
    return np.stack((disease, year + begin, value, place)), counts @ added


def _distinct(numbers: Numbers, end: int) -> tuple[Numbers, Numbers]:
    """Distinct numbers below `end` in order, and the position of each number among them."""
    if end > _SPARSE * (len(numbers) + 100_000):
        found, position = np.unique(numbers, return_inverse=True)
        return found, position
    there = np.zeros(end, np.int64)
    there[numbers] = 1
    return np.flatnonzero(there), (np.cumsum(there) - 1)[numbers]


def _numbered(numbers: dict[str, int], names: Sequence[str]) -> Numbers:
    return np.array([numbers.setdefault(name, len(numbers)) for name in names], np.int64)
