"""Reading the frames of a scan: every fault is named with its rows and with what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from surveillance.calendar.buddhist_era import AHEAD
from surveillance.errors import StatisticsError

_SHOWN = 5
#: Dates outside these years are slips, and calendars end soon beyond them.
_YEARS = (1500, 2199)
#: 1896 to 2099 as the Buddhist era counts them.
_BUDDHIST = (1896 + AHEAD, 2099 + AHEAD)
_YEAR = re.compile(r"^(\d{4})\.0+$")


def named_rows(wrong: NDArray[np.bool_]) -> str:
    """Name the rows that are wrong.

    Parameters
    ----------
    wrong : ndarray of bool, shape (n,)

    Returns
    -------
    str
        The first row of data is row 1.

    Examples
    --------
    >>> named_rows(np.array([False, True, True])), named_rows(np.ones(7, bool))
    ('rows 2, 3', 'rows 1, 2, 3, 4, 5 and 2 more')
    """
    rows = (np.flatnonzero(wrong) + 1).tolist()
    shown = ", ".join(map(str, rows[:_SHOWN]))
    more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
    return f"row{'s' if len(rows) > 1 else ''} {shown}{more}"


def refuse(wrong: NDArray[np.bool_] | pd.Series, table: str, problem: str, remedy: str) -> None:
    """Raise if any row is wrong.

    Parameters
    ----------
    wrong : ndarray or Series of bool, shape (n,)
    table : str
        Name of the table.
    problem, remedy : str
        What is wrong, and what to do.

    Raises
    ------
    StatisticsError
        A row is wrong; names the table, the rows, the problem and the remedy.

    Examples
    --------
    >>> refuse(np.array([False, True]), "cases", "count is negative", "a count is 0 or more")
    Traceback (most recent call last):
    surveillance.errors.StatisticsError: cases, row 2: count is negative; a count is 0 or more
    """
    rows = np.asarray(wrong, dtype=bool)
    if rows.any():
        raise StatisticsError(f"{table}, {named_rows(rows)}: {problem}; {remedy}")


def need_columns(frame: pd.DataFrame, table: str, names: Sequence[str]) -> None:
    """Raise if a column is missing.

    Parameters
    ----------
    frame : DataFrame
    table : str
        Name of the table.
    names : sequence of str
        Columns that it needs.

    Raises
    ------
    StatisticsError
        A column is missing; names it and the columns that are there.

    Examples
    --------
    >>> need_columns(pd.DataFrame({"place": ["a"]}), "cases", ["location"])
    Traceback (most recent call last):
    surveillance.errors.StatisticsError: cases has no column location (it has place)
    """
    if not isinstance(frame, pd.DataFrame):
        raise StatisticsError(f"{table} must be a pandas DataFrame, not {type(frame).__name__}")
    missing = [name for name in names if name not in frame.columns]
    if missing:
        raise StatisticsError(
            f"{table} has no column {', '.join(missing)} (it has {', '.join(map(str, frame.columns))})"
        )


def read_names(frame: pd.DataFrame, table: str, column: str = "location") -> NDArray:
    """Read a column of codes.

    Parameters
    ----------
    frame : DataFrame
    table : str
        Name of the table.
    column : str

    Returns
    -------
    ndarray of str, shape (n,)

    Raises
    ------
    StatisticsError
        A cell is empty.

    Examples
    --------
    >>> read_names(pd.DataFrame({"location": [" a", 7]}), "cases").tolist()
    ['a', '7']
    """
    values = frame[column]
    refuse(values.isna(), table, f"{column} is empty", "fill it in, or leave the row out")
    text = values.astype(str).str.strip()
    refuse(text == "", table, f"{column} is empty", "fill it in, or leave the row out")
    return text.to_numpy(dtype=object)


def read_numbers(frame: pd.DataFrame, table: str, column: str) -> NDArray[np.float64]:
    """Read a column of numbers.

    Parameters
    ----------
    frame : DataFrame
    table : str
        Name of the table.
    column : str

    Returns
    -------
    ndarray of float, shape (n,)

    Raises
    ------
    StatisticsError
        A cell is empty or no number.

    Examples
    --------
    >>> read_numbers(pd.DataFrame({"x": ["1.5", 2]}), "locations", "x").tolist()
    [1.5, 2.0]
    """
    values = pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=float)
    refuse(
        ~np.isfinite(values), table, f"{column} is empty or not a number", "correct it, or leave the row out"
    )
    return values


def _counts(frame: pd.DataFrame, table: str, column: str) -> NDArray[np.int64]:
    values = read_numbers(frame, table, column)
    refuse(values < 0, table, f"{column} is negative", "a count is 0 or more")
    refuse(values != np.floor(values), table, f"{column} is not a whole number", "a count is a whole number")
    return values.astype(np.int64)


def read_days(
    frame: pd.DataFrame, table: str, column: str = "date", form: str = "YYYY-MM-DD"
) -> NDArray[np.datetime64]:
    """Read a column of days.

    Parameters
    ----------
    frame : DataFrame
    table : str
        Name of the table.
    column : str
    form : str
        How days are written, for the message.

    Returns
    -------
    ndarray of datetime64[D], shape (n,)

    Raises
    ------
    StatisticsError
        A cell is empty or no day, or of the Buddhist era.

    Examples
    --------
    >>> read_days(pd.DataFrame({"date": ["2025-01-31"]}), "cases").astype(str).tolist()
    ['2025-01-31']
    """
    values = frame[column]
    if pd.api.types.is_numeric_dtype(values):
        raise StatisticsError(f"{table}: the dates are numbers; write them as YYYY-MM-DD")
    found = pd.to_datetime(values.astype(str), errors="coerce", format="ISO8601")
    refuse(
        found.dt.year.between(*_BUDDHIST),
        table,
        "the year of the date is one of the Buddhist era",
        "write the year of the common era, such as 2025 for 2568",
    )
    found = found.where(found.dt.year.between(*_YEARS))
    refuse(
        found.isna(), table, f"{column} is empty or not a date", f"write it as {form}, or leave the row out"
    )
    if found.dt.tz is not None:
        found = found.dt.tz_localize(None)
    return found.to_numpy().astype("datetime64[D]")


def _as_written(value: object) -> str:
    """Write a date as text; a year that is a number, as workbooks hold it, without decimals."""
    return _YEAR.sub(r"\1", str(value).strip())


def _population_dates(
    frame: pd.DataFrame, written: pd.Series
) -> tuple[NDArray[np.datetime64], NDArray[np.bool_]]:
    """Days of a population, and whether each was given to the day: a year is 1 July, a month its 15th."""
    years, months = written.str.fullmatch(r"\d{4}"), written.str.fullmatch(r"\d{4}-\d{2}")
    days = written.where(~years, written + "-07-01").where(~months, written + "-15")
    found = read_days(frame.assign(date=days.to_numpy()), "population", form="YYYY-MM-DD, YYYY-MM or YYYY")
    return found, ~(years | months).to_numpy(dtype=bool)


def _strata(frame: pd.DataFrame, table: str, covariates: Sequence[str]) -> pd.Series | None:
    """One value for each row that says its covariate stratum, None where there are no covariates."""
    if not covariates:
        return None
    need_columns(frame, table, covariates)
    for name in covariates:
        refuse(
            frame[name].isna(),
            table,
            f"{name} is empty",
            "fill it in (unknown may be a group of its own)",
        )
    parts = [frame[name].astype(str).str.strip() for name in covariates]
    return pd.Series(list(zip(*parts, strict=True)), index=range(len(frame)))


def read_cases(cases: pd.DataFrame, covariates: Sequence[str], *, dated: bool, tested: bool) -> pd.DataFrame:
    """Read the cases of a scan, and check them.

    Parameters
    ----------
    cases : DataFrame
        As :func:`surveillance.scan.scan` takes them; without `count` each row is one case.
    covariates : sequence of str
        Columns to standardise by.
    dated, tested : bool
        Whether the columns `date` and `tested` are needed.

    Returns
    -------
    DataFrame
        `location`, `count`, and where needed `date`, `tested` and `stratum`.

    Raises
    ------
    StatisticsError
        The input is wrong; names the rows.

    Examples
    --------
    >>> read_cases(pd.DataFrame({"location": ["a", "b"]}), (), dated=False, tested=False)["count"].tolist()
    [1, 1]
    """
    wanted = ["location", *(["date"] if dated else []), *(["count", "tested"] if tested else [])]
    need_columns(cases, "cases", wanted)
    counted = "count" in cases.columns
    counts = _counts(cases, "cases", "count") if counted else np.ones(len(cases), np.int64)
    found = {"location": read_names(cases, "cases"), "count": counts}
    if "date" in cases.columns and (dated or cases["date"].notna().all()):
        found["date"] = read_days(cases, "cases")
    if tested:
        found["tested"] = _counts(cases, "cases", "tested")
        refuse(
            found["count"] > found["tested"],
            "cases",
            "count is above tested",
            "count holds the positives among tested",
        )
    frame = pd.DataFrame(found)
    stratum = _strata(cases, "cases", covariates)
    if stratum is not None:
        frame["stratum"] = stratum
    return frame


def read_locations(locations: pd.DataFrame, *, placed: bool) -> tuple[NDArray, NDArray | None, str]:
    """Read the locations of a scan, and check them.

    Parameters
    ----------
    locations : DataFrame
        As :func:`surveillance.scan.scan` takes them.
    placed : bool
        Whether positions are needed.

    Returns
    -------
    names : ndarray of str, shape (n,)
    coordinates : ndarray of float, shape (n, 2), or None
        In degrees (latitude, longitude) or in the unit of `x` and `y`; None without `placed`.
    kind : {"degrees", "plane", "none"}

    Raises
    ------
    StatisticsError
        The input is wrong; names the rows.

    Examples
    --------
    >>> frame = pd.DataFrame({"location": ["a"], "x": [1], "y": [2]})
    >>> names, points, kind = read_locations(frame, placed=True)
    >>> points.tolist(), kind
    ([[1.0, 2.0]], 'plane')
    """
    need_columns(locations, "locations", ["location"])
    names = read_names(locations, "locations")
    if names.size == 0:
        raise StatisticsError("locations is empty: give at least one location")
    refuse(
        pd.Series(names).duplicated(),
        "locations",
        "the location is there twice",
        "keep one row for each location",
    )
    if not placed:
        return names, None, "none"
    if {"latitude", "longitude"} <= set(locations.columns):
        columns, kind = ("latitude", "longitude"), "degrees"
    elif {"x", "y"} <= set(locations.columns):
        columns, kind = ("x", "y"), "plane"
    else:
        raise StatisticsError(
            "locations needs the columns latitude and longitude (degrees), or x and y (one unit of length)"
        )
    points = np.column_stack([read_numbers(locations, "locations", name) for name in columns])
    if kind == "degrees":
        refuse(np.abs(points[:, 0]) > 90, "locations", "latitude is beyond 90 degrees", "correct it")
        refuse(np.abs(points[:, 1]) > 180, "locations", "longitude is beyond 180 degrees", "correct it")
    return names, points, kind


def read_population(
    population: pd.DataFrame, covariates: Sequence[str], known: Mapping[str, int]
) -> pd.DataFrame:
    """Read the population of a scan, and check it.

    Parameters
    ----------
    population : DataFrame
        As :func:`surveillance.scan.scan` takes it.
    covariates : sequence of str
        Columns to standardise by.
    known : mapping of str to int
        Number of each location.

    Returns
    -------
    DataFrame
        `location` (its number), `population` in persons, and where there are any `date` and `stratum`. With
        `date` come `whole_day` (false for a year or a month alone) and `written`, the date as it was given.

    Raises
    ------
    StatisticsError
        The input is wrong; names the rows.

    Examples
    --------
    >>> people = pd.DataFrame({"location": ["b"], "population": [900]})
    >>> read_population(people, (), {"a": 0, "b": 1}).values.tolist()
    [[1.0, 900.0]]
    """
    need_columns(population, "population", ["location", "population"])
    found = pd.DataFrame(
        {
            "location": locate(read_names(population, "population"), known, "population"),
            "population": read_numbers(population, "population", "population"),
        }
    )
    refuse(found["population"] < 0, "population", "the population is negative", "it is 0 or more")
    if "date" in population.columns:
        found["written"] = [_as_written(value) for value in population["date"]]
        found["date"], found["whole_day"] = _population_dates(population, found["written"])
    stratum = _strata(population, "population", covariates)
    if stratum is not None:
        found["stratum"] = stratum
    alike = population.drop(columns=["date", *covariates], errors="ignore")
    alike = alike.reset_index(drop=True).astype(str).apply(lambda column: column.str.strip())
    days = ("date", "whole_day", "stratum")
    refuse_repeated(alike.assign(**{f"{name} read": found[name] for name in days if name in found}))
    return found


def refuse_repeated(population: pd.DataFrame) -> None:
    """Refuse rows of one place, date and group: their sum would be twice the people.

    A group is what every other column says, so that a table by sex may be taken without that covariate.

    Parameters
    ----------
    population : DataFrame

    Raises
    ------
    StatisticsError
        Rows are repeated; names them.

    Examples
    --------
    >>> twice = pd.DataFrame({"location": ["a", "a"], "population": [1, 2]})
    >>> refuse_repeated(twice)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    surveillance.errors.StatisticsError: population, rows 1, 2: several rows have the same location...
    """
    refuse(
        population.duplicated([name for name in population if name != "population"], keep=False),
        "population",
        "several rows have the same location, date and group",
        "keep one of them, or write their sum as one row",
    )


def locate(names: NDArray, known: Mapping[str, int], table: str) -> NDArray[np.int64]:
    """Return the number of each location.

    Parameters
    ----------
    names : ndarray of str, shape (n,)
    known : mapping of str to int
        Number of each location.
    table : str
        Name of the table, for the message.

    Returns
    -------
    ndarray of int, shape (n,)

    Raises
    ------
    StatisticsError
        A location is not in the table of locations.

    Examples
    --------
    >>> locate(np.array(["b", "a"], dtype=object), {"a": 0, "b": 1}, "cases").tolist()
    [1, 0]
    """
    found = pd.Series(names, dtype=object).map(known)
    wrong = found.isna().to_numpy()
    if wrong.any():
        first = names[np.flatnonzero(wrong)[0]]
        refuse(
            wrong,
            table,
            f"the location (first: {first!r}) is not in the table of locations",
            "add it there with its position, or leave its rows out",
        )
    return np.asarray(found, dtype=np.int64)
