"""Relative risks that are known beforehand, by which expected cases are multiplied."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from surveillance.errors import StatisticsError
from surveillance.scan.problem.inputs import locate, need_columns, read_days, read_names, read_numbers, refuse
from surveillance.scan.problem.sizes import Floats, Sizes, of_cells
from surveillance.texts import N_

TABLE = "relative_risks"
#: What stands for every location, unless one has this code.
EVERY = "all"
NO_PERIOD = N_("relative_risks: from and to need a study period; give its first and its last day")
NOTHING_LEFT = N_(
    "relative_risks: they leave nothing expected anywhere; one must be above 0 where people live"
)


def read_relative_risks(
    table: pd.DataFrame, known: Mapping[str, int], starts: tuple[date, ...], last: date | None
) -> Floats:
    """Read the relative risks of locations, and of times.

    Parameters
    ----------
    table : DataFrame
        `location`, `relative_risk` and, where it holds for a time alone, `from` and `to`: its first and last
        day. `all` stands for every location. Rows about the same place and day are multiplied.
    known : mapping of str to int
        Number of each location.
    starts : tuple of date
        First days of the units of time; of the study period alone without time; empty where it is not known.
    last : date or None
        Last day of the study period.

    Returns
    -------
    ndarray of float, shape (locations, 1) or (locations, units)
        The average of each unit's days.

    Raises
    ------
    StatisticsError
        A location is not known, a risk is negative or a number no number, or a time lies outside the period.

    References
    ----------
    Kulldorff M (2022). SaTScan User Guide, version 10.1: adjustments file.

    Examples
    --------
    >>> table = pd.DataFrame({"location": ["a", "all"], "relative_risk": [3, 2]})
    >>> read_relative_risks(table, {"a": 0, "b": 1}, (), None).tolist()
    [[6.0], [2.0]]
    """
    need_columns(table, TABLE, ["location", "relative_risk"])
    table = table.reset_index(drop=True)
    names = read_names(table, TABLE)
    risk = read_numbers(table, TABLE, "relative_risk")
    refuse(risk < 0, TABLE, "relative_risk is negative", "it is 0 or more; 1 changes nothing")
    every = np.array([str(name).casefold() == EVERY and name not in known for name in names], bool)
    rows = np.full(len(table), -1)
    if not every.all():
        one = next(iter(known))
        rows = locate(np.where(every, one, names), known, TABLE)
    begin, end, dated = _days(table, starts, last)
    if not dated:
        factor = np.ones(len(known))
        for row, whole, by in zip(rows, every, risk, strict=True):
            factor[slice(None) if whole else row] *= by
        return factor[:, None]
    return _by_unit(rows, every, risk, begin, end, starts, last, len(known))


def _days(
    table: pd.DataFrame, starts: tuple[date, ...], last: date | None
) -> tuple[NDArray[np.int64], NDArray[np.int64], bool]:
    """First and last day of each row, as numbers, and whether any row has one."""
    given = {
        name: table[name].map(lambda value: None if pd.isna(value) else str(value).strip())
        if name in table
        else pd.Series([None] * len(table), dtype=object)
        for name in ("from", "to")
    }
    empty = {name: ~values.astype(bool) | values.isna() for name, values in given.items()}
    if all(rows.all() for rows in empty.values()):
        return np.zeros(0, np.int64), np.zeros(0, np.int64), False
    if not starts or last is None:
        raise StatisticsError(NO_PERIOD)
    usual = {"from": starts[0].isoformat(), "to": last.isoformat()}
    found = {}
    for name, values in given.items():
        filled = values.where(~empty[name], usual[name])
        found[name] = read_days(pd.DataFrame({name: filled}), TABLE, name).astype(np.int64)
    refuse(found["to"] < found["from"], TABLE, "the time ends before it starts", "correct it")
    first, end = (np.datetime64(day, "D").astype(np.int64) for day in (starts[0], last))
    refuse(
        (found["to"] < first) | (found["from"] > end),
        TABLE,
        f"the time lies outside the study period ({starts[0]} to {last})",
        "leave the rows out, or widen the period",
    )
    return np.maximum(found["from"], first) - first, np.minimum(found["to"], end) - first, True


def _by_unit(
    rows: NDArray[np.int64],
    every: NDArray[np.bool_],
    risk: Floats,
    begin: NDArray[np.int64],
    end: NDArray[np.int64],
    starts: tuple[date, ...],
    last: date | None,
    locations: int,
) -> Floats:
    edges = np.array([np.datetime64(day, "D").astype(np.int64) for day in starts])
    edges -= edges[0]
    days = int(np.datetime64(last, "D").astype(np.int64) - np.datetime64(starts[0], "D").astype(np.int64)) + 1
    everywhere = np.ones(days)
    for number in np.flatnonzero(every):
        everywhere[begin[number] : end[number] + 1] *= risk[number]
    many = np.diff(np.append(edges, days))
    factor = np.tile(np.add.reduceat(everywhere, edges) / many, (locations, 1))
    for row in np.unique(rows[~every]):
        daily = everywhere.copy()
        for number in np.flatnonzero((rows == row) & ~every):
            daily[begin[number] : end[number] + 1] *= risk[number]
        factor[row] = np.add.reduceat(daily, edges) / many
    return factor


def with_known_risks(sizes: Sizes, factor: Floats) -> Sizes:
    """Multiply expected cases by known relative risks; what is expected in all stays the same.

    Parameters
    ----------
    sizes : Sizes
    factor : ndarray of float, shape (locations, 1) or (locations, units)

    Returns
    -------
    Sizes

    Raises
    ------
    StatisticsError
        Nothing is expected anywhere.

    Examples
    --------
    >>> with_known_risks(Sizes(np.array([2.0, 2.0]), np.ones(1)), np.array([[3.0], [1.0]])).weights.tolist()
    [3.0, 1.0]
    """
    if factor.shape[1] == 1 and sizes.cells is None:
        weights = sizes.weights * factor[:, 0]
        if not weights.sum() > 0:
            raise StatisticsError(NOTHING_LEFT)
        return Sizes(weights * (sizes.total / weights.sum()), sizes.share)
    cells = sizes.full() * factor
    if not cells.sum() > 0:
        raise StatisticsError(NOTHING_LEFT)
    return of_cells(cells * (sizes.total / cells.sum()))
