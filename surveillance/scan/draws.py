"""Replicates: cases dealt out anew as if nothing clustered, each a pure function of (seed, index).

Poisson: all cases over cells in proportion to their expected cases. Bernoulli: all cases over the persons
tested, none twice. Permutation: the times of the cases are shuffled among them, within strata (Kulldorff et
al. 2005), never into a time in which a location sent no report.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from surveillance.scan.kernels.compiled import compiled
from surveillance.scan.kernels.random import alias_table, below, choose, deal, stream, uniform
from surveillance.scan.problem.arrays import Problem

Table = NDArray[np.int32]
#: Dealing out one case costs about as much as this part of splitting all cases over one cell.
_CASES_PER_CELL = 20


class Dealer(Protocol):
    """Makes replicates of one problem, as tables of a certain shape: places and units."""

    @property
    def shape(self) -> tuple[int, int]:
        """Places and units."""

    def deal(self, seed: int, index: int) -> Table:
        """One replicate's cases."""


@dataclass(frozen=True)
class Deal:
    """Cases over cells, one by one, each cell with its chance: the tables of an alias draw."""

    shape: tuple[int, int]
    cases: int
    threshold: NDArray[np.float64]
    alias: NDArray[np.int32]

    def deal(self, seed: int, index: int) -> Table:
        """One replicate's cases."""
        table = np.zeros(self.shape, np.int32)
        deal(stream(seed, index), self.threshold, self.alias, self.cases, table.reshape(-1))
        return table


@dataclass(frozen=True)
class DealEachUnit:
    """The cases of each unit of time over places, each with its chance in this unit.

    `threshold`, `alias`: tables of an alias draw, one for each unit or one for all, shape (tables, places).
    """

    shape: tuple[int, int]
    cases: NDArray[np.int64]
    threshold: NDArray[np.float64]
    alias: NDArray[np.int32]

    def deal(self, seed: int, index: int) -> Table:
        """One replicate's cases."""
        table = np.zeros((self.shape[1], self.shape[0]), np.int32)
        _deal_units(stream(seed, index), self.threshold, self.alias, self.cases, table)
        return np.ascontiguousarray(table.T)


@dataclass(frozen=True)
class Choose:
    """Cases over the persons tested, one by one: the cell of each person."""

    shape: tuple[int, int]
    cases: int
    persons: NDArray[np.int32]

    def deal(self, seed: int, index: int) -> Table:
        """One replicate's cases."""
        persons = self.persons.copy()
        choose(stream(seed, index), persons, np.array([0, persons.size]), np.array([self.cases]))
        return _table(self.shape, persons[: self.cases])


@dataclass(frozen=True)
class Split:
    """Many cases over few cells, cell by cell: the chance of each cell, or the persons tested in it."""

    shape: tuple[int, int]
    cases: int
    cells: NDArray[np.float64]
    bernoulli: bool

    def deal(self, seed: int, index: int) -> Table:
        """One replicate's cases."""
        generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, index])))
        if self.bernoulli:
            persons = self.cells.astype(np.int64)
            found = generator.multivariate_hypergeometric(persons, self.cases, method="marginals")
        else:
            found = generator.multinomial(self.cases, self.cells / self.cells.sum())
        return found.astype(np.int32).reshape(self.shape)


@dataclass(frozen=True)
class Shuffle:
    """Times among cases: place and unit of each, the late units first in each stratum.

    `first`: where strata begin; `late`: how many cases of each are read by any window; `read`: which ones.
    """

    shape: tuple[int, int]
    places: NDArray[np.int64]
    units: NDArray[np.int32]
    first: NDArray[np.int64]
    late: NDArray[np.int64]
    read: NDArray[np.int64]

    def deal(self, seed: int, index: int) -> Table:
        """One replicate's cases; those before every window are left out."""
        places = self.places.copy()
        choose(stream(seed, index), places, self.first, self.late)
        return _table(self.shape, places[self.read] * self.shape[1] + self.units[self.read])


@dataclass(frozen=True)
class Swap:
    """Times among cases where some locations sent no report in some units.

    Two cases of a stratum swap their times wherever both locations reported in both, often enough to forget
    where they began: every arrangement that the reports allow is then equally likely.
    """

    shape: tuple[int, int]
    locations: NDArray[np.int32]
    units: NDArray[np.int32]
    first: NDArray[np.int64]
    silent: NDArray[np.bool_]
    place_of: NDArray[np.int64]
    fold: NDArray[np.int64]

    def deal(self, seed: int, index: int) -> Table:
        """One replicate's cases."""
        units = self.units.copy()
        _swap(stream(seed, index), self.locations, units, self.first, self.silent)
        return _table(self.shape, self.place_of[self.locations] * self.shape[1] + self.fold[units])


def _table(shape: tuple[int, int], cells: NDArray) -> Table:
    """Cases counted by cell."""
    return np.bincount(cells, minlength=shape[0] * shape[1]).astype(np.int32).reshape(shape)


@compiled
def _swap(state: NDArray, locations: NDArray, units: NDArray, first: NDArray, silent: NDArray) -> None:
    for s in range(first.size - 1):
        many = first[s + 1] - first[s]
        if many < 2:
            continue
        for _ in range(np.int64(many * (3.0 + np.log(many)))):
            i = first[s] + below(state, many)
            j = first[s] + below(state, many)
            if not silent[locations[i], units[j]] and not silent[locations[j], units[i]]:
                units[i], units[j] = units[j], units[i]


@compiled
def _deal_units(state: NDArray, threshold: NDArray, alias: NDArray, cases: NDArray, table: NDArray) -> None:
    for unit in range(cases.size):
        of = unit if threshold.shape[0] > 1 else 0
        for _ in range(cases[unit]):
            i = below(state, threshold.shape[1])
            if uniform(state) >= threshold[of, i]:
                i = np.int64(alias[of, i])
            table[unit, i] += 1


def _each_unit(problem: Problem) -> DealEachUnit:
    """Replicates that keep the number of cases of each unit."""
    cases, sizes = problem.cases.sum(axis=0), problem.sizes
    shape = (problem.places, cases.size)
    if sizes.cells is None:
        threshold, alias = alias_table(sizes.weights)
        return DealEachUnit(shape, cases, threshold[None, :], alias[None, :])
    threshold, alias = np.ones((shape[1], shape[0])), np.zeros((shape[1], shape[0]), np.int32)
    for unit in np.flatnonzero(cases):
        threshold[unit], alias[unit] = alias_table(sizes.cells[:, unit])
    return DealEachUnit(shape, cases, threshold, alias)


def make_dealer(problem: Problem, late: int) -> Dealer:
    """Prepare the replicates of a problem.

    Parameters
    ----------
    problem : Problem
    late : int
        Only this unit of time and those after it are read, as units 1 and on; unit 0 holds all before. With 0
        every unit is its own.

    Returns
    -------
    Dealer

    References
    ----------
    Kulldorff M et al. (2005). PLoS Medicine 2:e59. doi:10.1371/journal.pmed.0020059 (permutation)

    Examples
    --------
    >>> import pandas as pd
    >>> from surveillance.scan.problem.arrays import make_problem
    >>> from surveillance.scan.settings import Settings
    >>> places = pd.DataFrame({"location": ["a", "b"], "x": [0, 1], "y": 0, "population": 100})
    >>> cases = pd.DataFrame({"location": ["a", "b"], "count": [3, 5]})
    >>> dealer = make_dealer(make_problem(cases, places, Settings("poisson")), 0)
    >>> dealer.shape, int(dealer.deal(seed=1, index=0).sum())
    ((2, 1), 8)
    """
    units = problem.cases.shape[1]
    fold = np.maximum(np.arange(units) - late + 1, 0) if late else np.arange(units)
    shape = (problem.places, int(fold[-1]) + 1)
    if problem.settings.model == "space-time-permutation":
        return _shuffler(problem, fold, shape, late)
    if problem.within is not None:
        return _each_unit(problem)
    cells = np.zeros(shape)
    np.add.at(cells.T, fold, problem.sizes.full().T)
    bernoulli = problem.settings.model == "bernoulli"
    drawn = cells.sum() if bernoulli else problem.total
    if drawn > _CASES_PER_CELL * cells.size:
        return Split(shape, problem.total, cells.reshape(-1), bernoulli)
    if bernoulli:
        persons = np.repeat(np.arange(cells.size, dtype=np.int32), cells.reshape(-1).astype(np.int64))
        return Choose(shape, problem.total, persons)
    return Deal(shape, problem.total, *alias_table(cells.reshape(-1)))


def _shuffler(problem: Problem, fold: NDArray[np.int64], shape: tuple[int, int], late: int) -> Shuffle | Swap:
    stratum, location, unit, count = problem.strata.T
    stratum, location, unit = (np.repeat(column, count) for column in (stratum, location, unit))
    folded = fold[unit].astype(np.int32)
    order = np.lexsort((-folded, stratum))
    edges = np.searchsorted(stratum[order], np.arange(int(stratum.max()) + 2))
    if problem.silent is not None:
        return Swap(
            shape,
            location[order].astype(np.int32),
            unit[order].astype(np.int32),
            edges,
            problem.silent,
            problem.place_of,
            fold,
        )
    read = folded > 0 if late else np.ones(unit.size, bool)
    many = np.add.reduceat(read[order].astype(np.int64), edges[:-1])
    places = problem.place_of[location[order]]
    return Shuffle(shape, places, folded[order], edges, many, np.flatnonzero(read[order]))
