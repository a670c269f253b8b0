"""Reading the frames of a scan: every fault is named with its rows and with what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from surveillance.errors import StatisticsError

_SHOWN = 5
#: Dates outside these years are slips, and calendars end soon beyond them.
_YEARS = (1500, 2999)
_YEAR = re.compile(r"^(\d{4})\.0+$")


def named_rows(wrong: NDArray[np.bool_]) -> str:
    """'row 3' or 'rows 3, 8 and 2 more', the first row of data being row 1."""
    rows = (np.flatnonzero(wrong) + 1).tolist()
    shown = ", ".join(map(str, rows[:_SHOWN]))
    more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
    return f"row{'s' if len(rows) > 1 else ''} {shown}{more}"


def refuse(wrong: NDArray[np.bool_] | pd.Series, table: str, problem: str, remedy: str) -> None:
    """Raise if any row is wrong.

    Raises
    ------
    StatisticsError
        Naming the table, the rows, the problem and the remedy.
    """
    rows = np.asarray(wrong, dtype=bool)
    if rows.any():
        raise StatisticsError(f"{table}, {named_rows(rows)}: {problem}; {remedy}")


def need_columns(frame: pd.DataFrame, table: str, names: Sequence[str]) -> None:
    """Raise if a column is missing.

    Raises
    ------
    StatisticsError
        Naming the columns that are missing and those that are there.
    """
    if not isinstance(frame, pd.DataFrame):
        raise StatisticsError(f"{table} must be a pandas DataFrame, not {type(frame).__name__}")
    missing = [name for name in names if name not in frame.columns]
    if missing:
        raise StatisticsError(
            f"{table} has no column {', '.join(missing)} (it has {', '.join(map(str, frame.columns))})"
        )


def _names(frame: pd.DataFrame, table: str, column: str = "location") -> NDArray:
    values = frame[column]
    refuse(values.isna(), table, f"{column} is empty", "fill it in, or leave the row out")
    text = values.astype(str).str.strip()
    refuse(text == "", table, f"{column} is empty", "fill it in, or leave the row out")
    return text.to_numpy(dtype=object)


def _numbers(frame: pd.DataFrame, table: str, column: str) -> NDArray[np.float64]:
    values = pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=float)
    refuse(
        ~np.isfinite(values), table, f"{column} is empty or not a number", "correct it, or leave the row out"
    )
    return values


def _counts(frame: pd.DataFrame, table: str, column: str) -> NDArray[np.int64]:
    values = _numbers(frame, table, column)
    refuse(values < 0, table, f"{column} is negative", "a count is 0 or more")
    refuse(values != np.floor(values), table, f"{column} is not a whole number", "a count is a whole number")
    return values.astype(np.int64)


def _dates(frame: pd.DataFrame, table: str, form: str = "YYYY-MM-DD") -> NDArray[np.datetime64]:
    values = frame["date"]
    if pd.api.types.is_numeric_dtype(values):
        raise StatisticsError(f"{table}: the dates are numbers; write them as YYYY-MM-DD")
    found = pd.to_datetime(values.astype(str), errors="coerce", format="ISO8601")
    found = found.where(found.dt.year.between(*_YEARS))
    refuse(found.isna(), table, "date is empty or not a date", f"write it as {form}, or leave the row out")
    if found.dt.tz is not None:
        found = found.dt.tz_localize(None)
    return found.to_numpy().astype("datetime64[D]")


def _as_written(value: object) -> str:
    """A date as text; a year that is a number, as workbooks hold it, without decimals."""
    return _YEAR.sub(r"\1", str(value).strip())


def _population_dates(
    frame: pd.DataFrame, written: pd.Series
) -> tuple[NDArray[np.datetime64], NDArray[np.bool_]]:
    """Days of a population, and whether each was given to the day: a year is 1 July, a month its 15th."""
    years, months = written.str.fullmatch(r"\d{4}"), written.str.fullmatch(r"\d{4}-\d{2}")
    days = written.where(~years, written + "-07-01").where(~months, written + "-15")
    found = _dates(frame.assign(date=days.to_numpy()), "population", "YYYY-MM-DD, YYYY-MM or YYYY")
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
    """Cases as `location, count[, date][, tested][, stratum]`, checked.

    Raises
    ------
    StatisticsError
        What is wrong, in which rows.
    """
    wanted = ["location", *(["date"] if dated else []), *(["count", "tested"] if tested else [])]
    need_columns(cases, "cases", wanted)
    counted = "count" in cases.columns
    counts = _counts(cases, "cases", "count") if counted else np.ones(len(cases), np.int64)
    found = {"location": _names(cases, "cases"), "count": counts}
    if "date" in cases.columns and (dated or cases["date"].notna().all()):
        found["date"] = _dates(cases, "cases")
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
    """Names, coordinates (None where `placed` is not asked for) and their kind, "degrees" or "plane".

    Raises
    ------
    StatisticsError
        What is wrong, in which rows.
    """
    need_columns(locations, "locations", ["location"])
    names = _names(locations, "locations")
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
    points = np.column_stack([_numbers(locations, "locations", name) for name in columns])
    if kind == "degrees":
        refuse(np.abs(points[:, 0]) > 90, "locations", "latitude is beyond 90 degrees", "correct it")
        refuse(np.abs(points[:, 1]) > 180, "locations", "longitude is beyond 180 degrees", "correct it")
    return names, points, kind


def read_population(
    population: pd.DataFrame, covariates: Sequence[str], known: Mapping[str, int]
) -> pd.DataFrame:
    """Population as `location` (its number), `population`[, `date`][, `stratum`], checked.

    With `date` come `whole_day` (false of a year or a month alone) and `written`, the date as it was given.

    Raises
    ------
    StatisticsError
        What is wrong, in which rows.
    """
    need_columns(population, "population", ["location", "population"])
    found = pd.DataFrame(
        {
            "location": locate(_names(population, "population"), known, "population"),
            "population": _numbers(population, "population", "population"),
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

    Raises
    ------
    StatisticsError
        Names all such rows.
    """
    refuse(
        population.duplicated([name for name in population if name != "population"], keep=False),
        "population",
        "several rows have the same location, date and group",
        "keep one of them, or write their sum as one row",
    )


def locate(names: NDArray, known: Mapping[str, int], table: str) -> NDArray[np.int64]:
    """The number of each location.

    Raises
    ------
    StatisticsError
        A location that is not in the table of locations.
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


def read_neighbours(
    neighbours: Mapping[str, Sequence[str]] | pd.DataFrame, known: Mapping[str, int]
) -> list[tuple[int, NDArray[np.int64]]]:
    """Centre and order of places of each user-supplied list; a centre comes first in its own list.

    Raises
    ------
    StatisticsError
        An unknown location, a location twice in one list, or no list at all.
    """
    if isinstance(neighbours, pd.DataFrame):
        need_columns(neighbours, "neighbours", ["centre", "location"])
        centres = _names(neighbours, "neighbours", "centre")
        members = _names(neighbours, "neighbours")
        lists: dict[str, list[str]] = {}
        for centre, member in zip(centres, members, strict=True):
            lists.setdefault(centre, []).append(member)
    else:
        lists = {str(centre): [str(name) for name in order] for centre, order in neighbours.items()}
    if not lists:
        raise StatisticsError("neighbours is empty: give an order of locations for each centre")
    found = []
    for centre, order in lists.items():
        names = np.array([centre, *(name for name in order if name != centre)], dtype=object)
        numbers = locate(names, known, f"neighbours of {centre}")
        if np.unique(numbers).size < numbers.size:
            raise StatisticsError(f"neighbours of {centre}: a location is listed twice; keep the first")
        found.append((int(numbers[0]), numbers))
    return found
