"""Replicates: cases dealt out anew as if nothing clustered, each a pure function of (seed, index).

Poisson: all cases over cells in proportion to their expected cases. Bernoulli: all cases over the persons
tested, none twice. Permutation: the times of the cases are shuffled among them, within strata (Kulldorff et
al. 2005).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveillance.scan.compiled import compiled
from surveillance.scan.problem import Problem
from surveillance.scan.random import alias_table, choose, draw_alias, stream

_DEAL, _CHOOSE, _SHUFFLE, _SPLIT = range(4)
#: Dealing out one case costs about as much as this part of splitting all cases over one cell.
_CASES_PER_CELL = 20


@dataclass(frozen=True)
class Dealer:
    """How replicates of one problem are made. Units before `late` are one unit, which no window reads.

    `shape`: places and units of a replicate's table.
    """

    way: int
    shape: tuple[int, int]
    cases: int
    #: Deal: tables of an alias draw over cells. Choose: cell of each person. Shuffle: place of each case.
    threshold: NDArray[np.float64]
    items: NDArray[np.int32]
    #: Shuffle: unit of each case, the late ones first in each stratum; where strata begin; how many are late.
    unit: NDArray[np.int32]
    first: NDArray[np.int64]
    late: NDArray[np.int64]
    #: Split: chance or persons of each cell.
    cells: NDArray[np.float64]
    bernoulli: bool

    def deal(self, seed: int, index: int) -> NDArray[np.int32]:
        """One replicate's cases, shape (places, units)."""
        if self.way == _SPLIT:
            return self._split(seed, index)
        table = np.zeros(self.shape, np.int32)
        if self.way == _DEAL:
            _deal(seed, index, self.cases, self.threshold, self.items, table.reshape(-1))
        elif self.way == _CHOOSE:
            _choose(seed, index, self.cases, self.items.copy(), table.reshape(-1))
        else:
            _shuffle(seed, index, self.items.copy(), self.unit, self.first, self.late, table)
        return table

    def _split(self, seed: int, index: int) -> NDArray[np.int32]:
        generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, index])))
        if self.bernoulli:
            persons = self.cells.astype(np.int64)
            found = generator.multivariate_hypergeometric(persons, self.cases, method="marginals")
        else:
            found = generator.multinomial(self.cases, self.cells / self.cells.sum())
        return found.astype(np.int32).reshape(self.shape)


@compiled
def _deal(seed: int, index: int, cases: int, threshold: NDArray, alias: NDArray, table: NDArray) -> None:
    state = stream(seed, index)
    for _ in range(cases):
        table[draw_alias(state, threshold, alias)] += 1


@compiled
def _choose(seed: int, index: int, cases: int, items: NDArray, table: NDArray) -> None:
    state = stream(seed, index)
    choose(state, items, cases)
    for k in range(cases):
        table[items[k]] += 1


@compiled
def _shuffle(
    seed: int, index: int, places: NDArray, unit: NDArray, first: NDArray, late: NDArray, table: NDArray
) -> None:
    state = stream(seed, index)
    for s in range(late.size):
        part = places[first[s] : first[s + 1]]
        choose(state, part, late[s])
        for k in range(late[s]):
            table[part[k], unit[first[s] + k]] += 1


def make_dealer(problem: Problem, late: int) -> Dealer:
    """Prepare replicates of which only units `late` and after it are read, as units 1 and on (0: all before).

    With `late` 0 every unit is its own.
    """
    nothing = (
        np.empty(0),
        np.empty(0, np.int32),
        np.empty(0, np.int32),
        np.empty(0, np.int64),
        np.empty(0, np.int64),
    )
    units = problem.cases.shape[1]
    fold = np.maximum(np.arange(units) - late + 1, 0) if late else np.arange(units)
    shape = (problem.places, int(fold[-1]) + 1)
    if problem.settings.model == "space-time-permutation":
        return _shuffler(problem, fold, shape, late)
    cells = np.zeros(shape)
    np.add.at(cells.T, fold, problem.sizes.full().T)
    bernoulli = problem.settings.model == "bernoulli"
    drawn = cells.sum() if bernoulli else problem.total
    if drawn > _CASES_PER_CELL * cells.size:
        return Dealer(_SPLIT, shape, problem.total, *nothing, cells.reshape(-1), bernoulli)
    if bernoulli:
        persons = np.repeat(np.arange(cells.size, dtype=np.int32), cells.reshape(-1).astype(np.int64))
        return Dealer(_CHOOSE, shape, problem.total, nothing[0], persons, *nothing[2:], nothing[0], bernoulli)
    threshold, alias = alias_table(cells.reshape(-1))
    return Dealer(_DEAL, shape, problem.total, threshold, alias, *nothing[2:], nothing[0], bernoulli)


def _shuffler(problem: Problem, fold: NDArray[np.int64], shape: tuple[int, int], late: int) -> Dealer:
    stratum, place, unit, count = problem.strata.T
    stratum, place = np.repeat(stratum, count), np.repeat(place, count).astype(np.int32)
    unit = np.repeat(fold[unit], count).astype(np.int32)
    read = unit > 0 if late else np.ones(unit.size, bool)
    order = np.lexsort((-unit, stratum))
    edges = np.searchsorted(stratum[order], np.arange(int(stratum.max()) + 2))
    many = np.add.reduceat(read[order].astype(np.int64), edges[:-1])
    return Dealer(
        _SHUFFLE,
        shape,
        problem.total,
        np.empty(0),
        place[order],
        unit[order],
        edges,
        many,
        np.empty(0),
        False,
    )
