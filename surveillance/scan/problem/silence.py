"""Times in which a location sent no report: nothing is expected there, and nothing is dealt there."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from surveillance.errors import StatisticsError
from surveillance.scan.periods import Units
from surveillance.scan.problem.inputs import locate, need_columns, refuse
from surveillance.texts import N_

_ROUNDS = 10_000
_CLOSE = 1e-10


def read_silence(
    silent: pd.DataFrame, known: Mapping[str, int], units: Units, locations: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Read the times in which locations sent no report.

    Parameters
    ----------
    silent : DataFrame
        `location`, `start` and `end`: first and last day without a report.
    known : mapping of str to int
        Number of each location.
    units : Units
        Units of the study period.
    locations : int
        Number of locations.

    Returns
    -------
    share : ndarray of float, shape (locations, units)
        Share of each unit's days in which a location was silent.
    whole : ndarray of bool, shape (locations, units)
        Whether it was silent all along.

    Raises
    ------
    StatisticsError
        A location is not known, or a date is no date.

    Examples
    --------
    >>> from datetime import date
    >>> from surveillance.scan.periods import time_units
    >>> units = time_units(date(2025, 1, 1), date(2025, 1, 14), "week")
    >>> silent = pd.DataFrame({"location": ["a"], "start": "2025-01-08", "end": "2025-01-14"})
    >>> read_silence(silent, {"a": 0}, units, 1)[1].tolist()
    [[False, True]]
    """
    need_columns(silent, "silent", ["location", "start", "end"])
    rows = locate(silent["location"].astype(str).str.strip().to_numpy(dtype=object), known, "silent")
    days = {}
    for name in ("start", "end"):
        found = pd.to_datetime(silent[name].astype(str), errors="coerce", format="ISO8601")
        refuse(found.isna(), "silent", f"{name} is empty or not a date", "write it as YYYY-MM-DD")
        days[name] = found.to_numpy().astype("datetime64[D]").astype(int)
    refuse(days["end"] < days["start"], "silent", "the time ends before it starts", "correct it")
    first = np.datetime64(units.starts[0], "D").astype(int)
    last = np.datetime64(units.ends[-1], "D").astype(int)
    within = (days["end"] >= first) & (days["start"] <= last)
    change = np.zeros((locations, last - first + 2), np.int32)
    np.add.at(change, (rows[within], np.maximum(days["start"][within], first) - first), 1)
    np.add.at(change, (rows[within], np.minimum(days["end"][within], last) - first + 1), -1)
    quiet = np.cumsum(change[:, :-1], axis=1) > 0
    edges = np.array([np.datetime64(start, "D").astype(int) - first for start in units.starts])
    share = np.add.reduceat(quiet.astype(float), edges, axis=1) / units.days()[None, :]
    return share, share >= 1.0


def refuse_cases_in_silence(frame: pd.DataFrame, silent: NDArray[np.bool_]) -> None:
    """Raise if a location has cases in a unit in which it sent nothing.

    Parameters
    ----------
    frame : DataFrame
        `location` and `unit` (numbers), and `count`.
    silent : ndarray of bool, shape (locations, units)
        Where a location sent no report.

    Raises
    ------
    StatisticsError
        There are such cases; names the rows.

    Examples
    --------
    >>> frame = pd.DataFrame({"location": [0], "unit": [1], "count": [2]})
    >>> refuse_cases_in_silence(frame, np.array([[True, False]]))
    """
    at = silent[frame["location"].to_numpy(), frame["unit"].to_numpy()]
    refuse(
        at & (frame["count"].to_numpy() > 0),
        "cases",
        "cases of a location in a time in which it sent no report",
        "leave that time out of `silent`",
    )


def expected_around_silence(
    rows: NDArray[np.float64], columns: NDArray[np.float64], silent: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Compute the expected cases where place and time are independent, but some cells are empty.

    Quasi-independence: a row's factor times a column's, zero in silence, with the rows' and columns' own
    sums, fitted by turns.

    Parameters
    ----------
    rows : ndarray of float, shape (locations,)
        Cases of each location.
    columns : ndarray of float, shape (units,)
        Cases of each unit of time.
    silent : ndarray of bool, shape (locations, units)
        Where a location sent no report.

    Returns
    -------
    ndarray of float, shape (locations, units)

    Raises
    ------
    StatisticsError
        The silence leaves the cases of a location or unit nowhere to go.

    References
    ----------
    Goodman LA (1968). Journal of the American Statistical Association 63:1091-1131.
    doi:10.1080/01621459.1968.10480916

    Examples
    --------
    >>> silent = np.array([[False, True], [False, False]])
    >>> expected_around_silence(np.array([2.0, 6.0]), np.array([5.0, 3.0]), silent).round(6).tolist()
    [[2.0, 0.0], [3.0, 3.0]]
    """
    cells = (~silent).astype(float)
    for _ in range(_ROUNDS):
        for axis, sums in ((1, rows), (0, columns)):
            have = cells.sum(axis=axis)
            factor = np.divide(sums, have, out=np.zeros(sums.size), where=have > 0)
            cells *= np.expand_dims(factor, axis)
        if np.abs(cells.sum(axis=1) - rows).max() <= _CLOSE * max(1.0, rows.max()):
            return cells
    raise StatisticsError(
        N_(
            "the locations that sent reports at the same times are too few to tell what to expect: "
            "leave out the locations that were silent for most of the period"
        )
    )
