"""The audit against a slow oracle: a list of every table of whole people that agrees with what is published.

Small lattices: places of care by quarters and their year, one measure. Families with a small number are
hidden, and further ones by chance, so that most of these releases tell too much.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import product
from typing import NamedTuple

import numpy as np
import pytest

from surveillance.disclosure.audit import COHORT, HIDDEN, SHOWN, Numbers, Row, What, audit
from surveillance.disclosure.audit.numbers import BLANK

K = 3
#: Numbers that are tried at most; a lattice that takes more is left out.
MOST = 20_000
YEAR = date(2024, 1, 1)
QUARTERS = tuple(date(2024, month, 1) for month in (1, 4, 7, 10))
PERIODS = (("year", YEAR), *(("quarter", day) for day in QUARTERS))
PARTS = ("numerator", "rest", "denominator")


class Cell(NamedTuple):
    """A place ("" is the country) and a period (0 is the year)."""

    place: str
    period: int


class Lattice:
    """Leaf numbers of both parts, and which families are hidden."""

    def __init__(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        self.places = ["A", "B", "C"][: int(random.integers(2, 4))]
        scale = random.choice([0.4, 0.8, 1.5], size=len(self.places))
        self.leaves = [(place, quarter) for place in self.places for quarter in range(1, 5)]
        self.true = {
            part: {
                (place, quarter): int(random.poisson(scale[self.places.index(place)] * rate))
                for place, quarter in self.leaves
            }
            for part, rate in (("numerator", 1.0), ("rest", float(random.choice([0.3, 1.0]))))
        }
        self.cells = [Cell(place, period) for place in ("", *self.places) for period in range(5)]
        chance = random.random() * 0.5
        self.hidden = {cell for cell in self.cells if self.primary(cell) or random.random() < chance}

    def inside(self, cell: Cell) -> list[tuple[str, int]]:
        """Leaves of a cell."""
        return [
            (place, quarter)
            for place, quarter in self.leaves
            if cell.place in ("", place) and cell.period in (0, quarter)
        ]

    def value(self, cell: Cell, part: str) -> int:
        """A true number."""
        if part == "denominator":
            return self.value(cell, "numerator") + self.value(cell, "rest")
        return sum(self.true[part][leaf] for leaf in self.inside(cell))

    def primary(self, cell: Cell) -> bool:
        """Whether a number of the family is small."""
        return any(1 <= self.value(cell, part) < K for part in PARTS)

    def rows(self, *, told: bool) -> Numbers:
        """What is published, or the truth."""
        found = []
        for cell in self.cells:
            kind, day = PERIODS[cell.period]
            names = ("tb", COHORT[0], "care", cell.place, "", "", kind, day)
            if told and cell in self.hidden:
                found.append(Row(*names, BLANK, BLANK, BLANK, HIDDEN))
            else:
                numbers = self.value(cell, "numerator"), self.value(cell, "denominator")
                found.append(Row(*names, *numbers, 0, SHOWN))
        return Numbers.of(found)

    def tables(self, part: str) -> Iterator[dict[tuple[str, int], int]]:
        """Every table of one part that agrees with what is shown; what nothing bounds goes up to `K`."""
        shown = [
            (set(self.inside(cell)), self.value(cell, part)) for cell in self.cells if cell not in self.hidden
        ]
        most = {
            leaf: min([value for held, value in shown if leaf in held], default=K) for leaf in self.leaves
        }
        yield from _filled(self.leaves, most, shown, {}, iter(range(MOST)))


class TooManyError(Exception):
    """More tables than can be listed."""


def _filled(leaves, most, shown, so_far, tries):
    if not leaves:
        yield dict(so_far)
        return
    leaf, *others = leaves
    left = set(others)
    for value in range(most[leaf] + 1):
        so_far[leaf] = value
        if next(tries, None) is None:
            raise TooManyError
        for held, total in shown:
            if leaf in held:
                done = sum(so_far[one] for one in held if one in so_far)
                if done > total or (done < total and not held & left):
                    break
        else:
            yield from _filled(others, most, shown, so_far, tries)
    del so_far[leaf]


class Oracle:
    """Least and most of every number, over all tables."""

    def __init__(self, lattice: Lattice) -> None:
        self.lattice = lattice
        self.bounds: dict[tuple[Cell, str], tuple[int, int]] = {}
        for part in ("numerator", "rest"):
            tables = [list(table.values()) for table in lattice.tables(part)]
            inside = [set(lattice.inside(cell)) for cell in lattice.cells]
            cover = np.array([[leaf in held for leaf in lattice.leaves] for held in inside])
            sums = np.array(tables) @ cover.T.astype(int)
            for at, cell in enumerate(lattice.cells):
                self.bounds[cell, part] = int(sums[:, at].min()), int(sums[:, at].max())
        for cell in lattice.cells:  # nothing shown ties the two parts of one measure to each other
            pairs = zip(self.bounds[cell, "numerator"], self.bounds[cell, "rest"], strict=True)
            least, most = (one + other for one, other in pairs)
            self.bounds[cell, "denominator"] = least, most

    def excused(self, cell: Cell, part: str) -> bool:
        """Whether a zero follows from a larger zero that is no secret: shown, or without a small number."""
        own = self.lattice
        inside = set(own.inside(cell))
        around = [other for other in own.cells if inside < set(own.inside(other))]
        if part == "denominator":
            return all(self.excused(cell, one) for one in ("numerator", "rest"))
        return any(
            self.bounds[other, part] == (0, 0) and (other not in own.hidden or not own.primary(other))
            for other in around
        )

    def told(self) -> set[tuple[str, str, Cell, str]]:
        """What must be found: kind, and which number."""
        own, found = self.lattice, set()
        for cell, part in product(own.hidden, PARTS):
            value, (least, most) = own.value(cell, part), self.bounds[cell, part]
            if 1 <= value < K:
                if least > 1 or most < K - 1:
                    found.add((What.NARROW, part, cell))
            elif part != "denominator" and own.primary(cell) and least == most:
                if value:
                    found.add((What.EXACT, part, cell))
                elif not self.excused(cell, part):
                    found.add((What.ZERO, part, cell))
        return found


def compared(seed: int) -> tuple[int, int, int]:
    """Compare one lattice; whether it was, how many findings there were, and how many zeros were excused."""
    lattice = Lattice(seed)
    try:
        oracle = Oracle(lattice)
    except TooManyError:
        return 0, 0, 0
    report = audit([lattice.rows(told=True)], K, truth=lattice.rows(told=False))
    found = {
        (one.what, one.part, Cell(one.key.place, PERIODS.index((one.key.kind, one.key.first_day))))
        for one in report.findings
        if one.what in (What.NARROW, What.EXACT, What.ZERO)
    }
    assert found == oracle.told(), seed
    excused = [
        (cell, part)
        for cell, part in product(lattice.hidden, ("numerator", "rest"))
        if lattice.primary(cell) and oracle.bounds[cell, part] == (0, 0) and oracle.excused(cell, part)
    ]
    return 1, len(found), len(excused)


def test_the_audit_finds_what_a_list_of_every_table_tells():
    every = np.array([compared(seed) for seed in range(40)])
    looked, findings, excused = every.sum(axis=0)
    assert looked > 15 and findings > 20 and excused > 20


@pytest.mark.full
def test_the_audit_finds_it_in_many_releases():
    assert np.array([compared(seed) for seed in range(1_000, 1_600)]).sum(axis=0)[0] > 200
