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
    """Share of each unit's days in which a location was silent, and where it was silent all along.

    Both of shape (locations, units). `silent`: frame with `location`, `start` and `end`, first and last day
    without a report.

    Raises
    ------
    StatisticsError
        A location that is not known, or dates that are none.
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

    Raises
    ------
    StatisticsError
        Naming the rows.
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
    """Expected cases where place and time have nothing to do with each other, but some cells are empty.

    Quasi-independence: a row's factor times a column's, zero in silence, with the rows' and columns' own sums
    (Goodman LA (1968), Journal of the American Statistical Association 63(324):1091-1131,
    doi:10.1080/01621459.1968.10480916), fitted by turns.

    Raises
    ------
    StatisticsError
        The silence leaves a location's or unit's cases nowhere to go.
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
