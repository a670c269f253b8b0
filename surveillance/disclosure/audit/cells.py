"""Cells of one disease and year: what is published of them, and every sum between them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from surveillance.disclosure.audit.numbers import BLANK, COHORT, HIDDEN, SHOWN, VISITS, Numbers, Row

#: More people than any number can hold: "no bound is known".
MANY = 10**12
#: The row that stands for records without a crossing. It is never published, and can be worked out.
NO_CROSSING = "(no crossing)"


class Key(NamedTuple):
    """What names a cell within one disease."""

    dimension: str
    place: str
    axis: str
    value: str
    kind: str
    first_day: date


class Part(NamedTuple):
    """One kind of number of a cell: `name` of `measure`; level is the measure's place in its chain."""

    measure: str
    name: str
    level: int


def _parts(chain: tuple[str, ...]) -> tuple[Part, ...]:
    """List the numbers of a cell in the order of the columns of `Cells.least`."""
    parts = []
    for level, measure in enumerate(chain):
        names = ("records",) if measure == "records" else ("numerator", "rest", "denominator", "unknown")
        parts += [Part(measure, name, level) for name in names]
    return tuple(parts)


#: The numbers of a cell, by chain.
PARTS = {VISITS: _parts(VISITS), COHORT: _parts(COHORT)}


def facets(chain: tuple[str, ...]) -> NDArray[np.int64]:
    """Return what the numbers of one cell say of each other, as rows of coefficients.

    One record adds one of sixteen vectors to (records; numerator, rest, unknown of three measures), as
    `surveillance.coverage.indicators.contribution` says. The sums of such vectors are the whole points of a
    cone, and the rows are its facets, with the definition of each denominator. A test makes them anew from
    the sixteen vectors.

    Parameters
    ----------
    chain : tuple of str
        `VISITS` or `COHORT`.

    Returns
    -------
    array of int64, shape (facets, numbers)
        Every row times the numbers of a cell is at most 0.

    Examples
    --------
    >>> facets(COHORT).tolist()  # the denominator is numerator and rest
    [[-1, -1, 1, 0], [1, 1, -1, 0]]
    """
    parts = PARTS[chain]
    column = {(part.measure, part.name): index for index, part in enumerate(parts)}
    short = {"n": "numerator", "c": "rest", "d": "denominator", "u": "unknown"}

    def row(text: str) -> list[int]:
        coefficients = [0] * len(parts)
        for term in text.split():
            sign, letter, measure = (-1 if term[0] == "-" else 1), term[1], int(term[2:] or 0)
            name = ("records", "records") if letter == "r" else (chain[measure], short[letter])
            coefficients[column[name]] += sign
        return coefficients

    if chain == COHORT:
        return np.array([row("+d0 -n0 -c0"), row("-d0 +n0 +c0")], dtype=np.int64)
    texts = [f"{a}d{m} {b}n{m} {b}c{m}" for m in (1, 2, 3) for a, b in (("+", "-"), ("-", "+"))]
    texts += [
        "+d1 +u1 -r",  # those not eligible are the rest of the records
        "+d2 +u2 -n1 -u1",  # tested, or not known to be
        "+n1 -d2 -u3",
        "+n1 -d2 -u2",
        "+n1 -c2 -d3 -u3",
        "+d3 +u3 -n2 -u2",  # positive, or not known to be
        "+n2 -d3 -u3",
    ]
    return np.array([row(text) for text in texts], dtype=np.int64)


@dataclass
class Cells:
    """The cells of one disease, year and chain of measures, with all sums between them.

    Parameters
    ----------
    disease : str
    year : int
    chain : tuple of str
    keys : list of Key, length cells
    least, most : array of int64, shape (cells, numbers)
        What is known of each number: both are the number where it is published.
    told, hidden, withheld : array of bool, shape (cells, levels)
        Whether a family is shown; whether it is hidden; whether it is hidden or not issued, and to be
        protected.
    parent : array of int64, shape (sums,)
        The cell that is a sum.
    children : sparse array of int64, shape (sums, cells)
        1 where a cell is a part of the sum.
    """

    disease: str
    year: int
    chain: tuple[str, ...]
    keys: list[Key]
    least: NDArray[np.int64]
    most: NDArray[np.int64]
    told: NDArray[np.bool_]
    hidden: NDArray[np.bool_]
    withheld: NDArray[np.bool_]
    parent: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    children: sparse.csr_array = field(default_factory=lambda: sparse.csr_array((0, 0), dtype=np.int64))

    @property
    def parts(self) -> tuple[Part, ...]:
        """The numbers of a cell."""
        return PARTS[self.chain]

    @property
    def levels(self) -> NDArray[np.int64]:
        """The level of each number of a cell, shape (numbers,)."""
        return np.array([part.level for part in self.parts])

    def of_names(self, *names: str) -> NDArray[np.bool_]:
        """Return which numbers of a cell have one of these names.

        Parameters
        ----------
        *names : str

        Returns
        -------
        array of bool, shape (numbers,)
        """
        return np.array([part.name in names for part in self.parts])


def _key(row: Row) -> Key:
    """Name the cell of a row. All homes together are the same people as all provinces of care together."""
    dimension = "care" if row.dimension == "home" and not row.place else row.dimension
    return Key(dimension, row.place, row.axis, row.value, row.kind, row.first_day)


def _values(row: Row, k: int) -> list[tuple[int, int]]:
    """Return the bounds of each number of a published family, in the order of its parts."""
    if row.measure == "records":
        return [(row.numerator, row.numerator)]
    rest = row.denominator - row.numerator
    unknown = (row.unknown, row.unknown)
    if row.unknown == BLANK:
        # Where all else is told, a blank says itself that the number is small; of cohorts it is never told.
        unknown = (0, MANY) if row.measure in COHORT else (1, k - 1)
    return [
        (row.numerator, row.numerator),
        (rest, rest),
        (row.denominator, row.denominator),
        unknown,
    ]


def cells_of(numbers: Iterable[Numbers], disease: str, year: int, chain: tuple[str, ...], k: int) -> Cells:
    """Put the published numbers of one disease, year and chain together, from all tables and releases.

    A number that one of the releases shows is known.

    Parameters
    ----------
    numbers : iterable of Numbers
        Of this disease, year and chain; one for each release.
    disease : str
    year : int
    chain : tuple of str
        `VISITS` or `COHORT`.
    k : int
        The smallest number of people that may be told.

    Returns
    -------
    Cells

    Examples
    --------
    >>> from surveillance.disclosure.audit.example import family
    >>> rows = [family("", 40, 60), family("KH01", 33, 45), family("KH02")]
    >>> cells = cells_of([Numbers.of(rows)], "tb", 2024, COHORT, 5)
    >>> cells.least.tolist()
    [[40, 20, 60, 0], [33, 12, 45, 0], [0, 0, 0, 0]]
    >>> cells.parent.tolist(), cells.children.toarray().tolist()
    ([0], [[0, 1, 1]])
    """
    index: dict[Key, int] = {}
    bounds: dict[tuple[int, int], list[tuple[int, int]]] = {}
    marked: dict[tuple[int, int], int] = {}
    for one in numbers:
        for row in one.rows():
            at = (index.setdefault(_key(row), len(index)), chain.index(row.measure))
            if row.status == SHOWN:
                bounds[at] = _narrower(bounds.get(at), _values(row, k))
            else:
                marked[at] = row.status
    parent, parts = _sums(index)
    count, levels = len(index), np.array([part.level for part in PARTS[chain]])
    least = np.zeros((count, len(levels)), np.int64)
    most = np.full((count, len(levels)), MANY)
    told, hidden, withheld = (np.zeros((count, len(chain)), np.bool_) for _ in range(3))
    for (cell, level), of_family in bounds.items():
        least[cell, levels == level], most[cell, levels == level] = np.array(of_family).T
        told[cell, level] = True
    for at, status in marked.items():
        if at not in bounds:
            withheld[at], hidden[at] = True, status == HIDDEN
    _without_crossing(index, told, withheld)
    children = sparse.csr_array(
        (
            np.ones(sum(map(len, parts)), np.int64),
            np.array([cell for row in parts for cell in row], np.int64),
            np.cumsum([0, *map(len, parts)]),
        ),
        shape=(len(parent), count),
    )
    return Cells(
        disease,
        year,
        chain,
        list(index),
        least,
        most,
        told,
        hidden,
        withheld,
        np.array(parent, np.int64),
        children,
    )


def _narrower(one: list[tuple[int, int]] | None, other: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return what two releases say together of one family that both show."""
    if one is None:
        return other
    return [(max(a, c), min(b, d)) for (a, b), (c, d) in zip(one, other, strict=True)]


def _without_crossing(index: dict[Key, int], told: NDArray[np.bool_], withheld: NDArray[np.bool_]) -> None:
    """Protect the records without a crossing like every other row, where both totals are known."""
    for key, cell in index.items():
        if key.place == NO_CROSSING:
            with_crossing, everybody = key._replace(place=""), key._replace(dimension="care", place="")
            withheld[cell] = told[index[with_crossing]] & told[index[everybody]]


def _add_joint(index: dict[Key, int]) -> None:
    """Add what ties three tables together: records by place of care, quarter and value of an axis."""
    quarters: dict[tuple[str, str], list[Key]] = defaultdict(list)
    for key in index:
        if key.axis and not key.place and key.kind == "quarter":
            quarters[key.axis, key.value].append(key)
    for whole in [key for key in index if key.place and key.axis and key.kind == "year"]:
        for key in quarters[whole.axis, whole.value]:
            place = key._replace(place=whole.place)
            if place._replace(axis="", value="") in index:
                index.setdefault(place, len(index))


def _sums(index: dict[Key, int]) -> tuple[list[int], list[list[int]]]:
    """List every sum between cells; adds the cells that sums need to `index`."""
    for key in list(index):
        everybody = key._replace(dimension="care", place="")
        if key.dimension == "crossing" and not key.place and everybody in index:
            index[key._replace(place=NO_CROSSING)] = len(index)
    _add_joint(index)
    groups: dict[tuple[Key, str], list[Key]] = defaultdict(list)
    for key in index:
        if key.place and key.place != NO_CROSSING:
            dimension = "care" if key.dimension == "home" else key.dimension
            groups[key._replace(dimension=dimension, place=""), key.dimension].append(key)
        if key.axis:
            groups[key._replace(axis="", value=""), key.axis].append(key)
        if key.kind != "year":
            groups[_enclosing(key), "period"].append(key)
        if key.place == NO_CROSSING:
            pair = [key, key._replace(place="")]
            groups[key._replace(dimension="care", place=""), "with or without crossing"] += pair
    fullest = _whole(groups)
    parent, parts = [], []
    for (whole, how), members in groups.items():
        if whole not in index:
            continue
        cells = [index[key] for key in members]
        whole_has = (
            {"quarter": 3, "year": 4}[whole.kind] if how == "period" else fullest[whole.dimension, how]
        )
        if len(members) < whole_has:
            other = whole._replace(place=f"({whole.place}: others of {how})")
            cells.append(index.setdefault(other, len(index)))
        parent.append(index[whole])
        parts.append(cells)
    return parent, parts


def _whole(groups: dict[tuple[Key, str], list[Key]]) -> dict[tuple[str, ...], int]:
    """Learn how many parts each kind of sum has: as many as its fullest one."""
    most: dict[tuple[str, ...], int] = defaultdict(int)
    for (whole, how), members in groups.items():
        most[whole.dimension, how] = max(most[whole.dimension, how], len(members))
    return most


def _enclosing(key: Key) -> Key:
    """Name the same number of the quarter, or year, in which a month, or quarter, lies."""
    if key.kind == "month":
        first = date(key.first_day.year, key.first_day.month - (key.first_day.month - 1) % 3, 1)
        return key._replace(kind="quarter", first_day=first)
    return key._replace(kind="year", first_day=date(key.first_day.year, 1, 1))
