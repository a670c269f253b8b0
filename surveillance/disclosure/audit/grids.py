"""Cells in rows and columns, as a page shows them: for exchanging people between them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from surveillance.disclosure.audit.cells import NO_CROSSING, Cells, Key
from surveillance.disclosure.audit.numbers import KINDS

Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Grid:
    """Rows of one table, by its shortest periods.

    Parameters
    ----------
    leaf : array of int64, shape (rows, columns)
        Numbers of cells; -1 where no number is.
    above : tuple of array of int64, shape (rows, columns)
        The cells of longer periods that hold each of these, the shorter first.
    group : array of int64, shape (columns,)
        Columns of one number lie in one period of the next longer kind.
    quarter : array of int64, shape (columns,)
        0 to 3: the quarter in which a column begins.
    """

    leaf: Whole
    above: tuple[Whole, ...] = ()
    group: Whole = field(default_factory=lambda: np.zeros(0, np.int64))
    quarter: Whole = field(default_factory=lambda: np.zeros(0, np.int64))


@dataclass(frozen=True)
class Grids:
    """All tables of a disease and year.

    Parameters
    ----------
    places : dict of str to Grid
        By dimension; rows are places.
    by_place : dict of str to array of int64, shape (places, values)
        By axis: values of a group in each place of care, of the year.
    joint : dict of str to array of int64, shape (places, values, 4)
        By axis: the same in each quarter, which is never issued.
    country : dict of str to Grid
        By axis; rows are values, in the order of `by_place`.
    """

    places: dict[str, Grid]
    by_place: dict[str, Whole]
    joint: dict[str, Whole]
    country: dict[str, Grid]


def grids_of(cells: Cells) -> Grids:
    """Arrange the cells in tables.

    Parameters
    ----------
    cells : Cells

    Returns
    -------
    Grids

    Examples
    --------
    >>> from surveillance.disclosure.audit.example import release
    >>> grids_of(release()).places["care"].leaf.tolist()  # three places, one year
    [[1], [2], [3]]
    """
    index = {key: cell for cell, key in enumerate(cells.keys)}
    places: dict[str, dict[str, None]] = defaultdict(dict)
    values: dict[str, dict[str, None]] = defaultdict(dict)
    placed = set()
    for key in cells.keys:
        if key.place == NO_CROSSING or key.place.startswith("(") or (key.place and key.axis):
            placed.add(key.axis)
            continue
        if key.axis:
            values[key.axis][key.value] = None
        elif key.place:
            places[key.dimension][key.place] = None
    care, year = list(places["care"]), date(cells.year, 1, 1)

    def of_places(axis: str, kind: str, day: date) -> Whole:
        keys = [[Key("care", place, axis, value, kind, day) for value in values[axis]] for place in care]
        return np.array([[index.get(key, -1) for key in row] for row in keys])

    grouped = [axis for axis in values if axis in placed]
    quarters = [date(cells.year, month, 1) for month in (1, 4, 7, 10)]
    return Grids(
        {
            dimension: _grid(index, [Key(dimension, place, "", "", "year", year) for place in rows])
            for dimension, rows in places.items()
            if rows
        },
        {axis: of_places(axis, "year", year) for axis in grouped},
        {axis: np.stack([of_places(axis, "quarter", day) for day in quarters], axis=2) for axis in grouped},
        {
            axis: _grid(index, [Key("care", "", axis, value, "year", year) for value in rows])
            for axis, rows in values.items()
        },
    )


def _grid(index: dict[Key, int], rows: list[Key]) -> Grid:
    """Arrange rows by their shortest periods; `rows` are named by their years."""
    year = rows[0].first_day.year
    days = {
        "month": [date(year, m, 1) for m in range(1, 13)],
        "quarter": [date(year, m, 1) for m in (1, 4, 7, 10)],
    }
    days["year"] = [date(year, 1, 1)]

    def found(kind: str, firsts: list[date]) -> Whole:
        cells = [[index.get(row._replace(kind=kind, first_day=day), -1) for day in firsts] for row in rows]
        return np.array(cells)

    for finest in KINDS:
        leaf = found(finest, days[finest])
        there: NDArray[np.bool_] = np.any(leaf >= 0, axis=0)
        if there.any():
            break
    columns = [day for day, one in zip(days[finest], there.tolist(), strict=True) if one]
    holding = {"quarter": [_quarter(day) for day in columns], "year": [days["year"][0]] * len(columns)}
    above = tuple(found(kind, holding[kind]) for kind in KINDS[KINDS.index(finest) + 1 :])
    group = [day.month for day in (holding["quarter"] if finest == "month" else holding["year"])]
    return Grid(leaf[:, there], above, np.array(group), np.array([(day.month - 1) // 3 for day in columns]))


def _quarter(day: date) -> date:
    """Return the first day of the quarter in which a month begins."""
    return date(day.year, day.month - (day.month - 1) % 3, 1)
