"""Reading frames of records and facilities: each fault is named with its column, its rows and what to do."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from surveillance.coverage.indicators import STEPS, contradiction, state_number
from surveillance.epiweek import day_number, day_of_number, time_cell_number
from surveillance.errors import StatisticsError
from surveillance.line_list import BY_NAME, REQUIRED, WITHDRAWN, states_basis
from surveillance.results import is_unknown, parse_detail, read_result
from surveillance.sameness import letters
from surveillance.vocabulary import AXES, UNKNOWN, age_band, lookup, normalise, parse_yes_no

Numbers = NDArray[np.int64]
Texts = NDArray[np.object_]
#: Stands for a day that is not known, before every day.
NO_DAY = day_number(date.min)
#: Kind of place -> column of a line list.
PLACE_COLUMNS = {"home": "province_home", "infection": "place_infection", "crossing": "crossing"}
_SHOWN = 5
_LONGEST = 40
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ].*)?")
_WHOLE = re.compile(r"(\d+)\.0+")
#: A commune's official number: its province is the first part.
_COMMUNE = re.compile(r"(KH\d{2})\d{2,4}")
_OLDEST = 130


@dataclass(frozen=True)
class Facilities:
    """The facility list: `number` and `province` of each facility, by the key of its number."""

    number: dict[str, str]
    province: dict[str, str]


@dataclass(frozen=True)
class Records:
    """Records that stand, column by column; each array has shape (n,).

    `row` is the position in the frame, from 1. `facility` holds keys of facility numbers. Days are days since
    1970-01-01, or `NO_DAY`; `visit_cell` and `start_cell` are numbers of cells of time. `cascade` is the
    number of the five answers.
    """

    row: Numbers
    disease: Texts
    facility: Texts
    places: Mapping[str, Texts]
    groups: Mapping[str, Texts]
    arrival: Texts
    visit: Numbers
    visit_cell: Numbers
    start: Numbers
    start_cell: Numbers
    ended: Numbers
    cascade: Numbers
    outcome: Texts
    primaquine: Texts

    def chosen(self, kept: NDArray[np.bool_]) -> Records:
        """Return some of the records.

        Parameters
        ----------
        kept : ndarray of bool, shape (n,)
            Whether each record stays.

        Returns
        -------
        Records
        """
        found: dict[str, Any] = {}
        for name, value in vars(self).items():
            if isinstance(value, Mapping):
                found[name] = {key: column[kept] for key, column in value.items()}
            else:
                found[name] = value[kept]
        return Records(**found)


def read_facilities(facilities: pd.DataFrame) -> Facilities:
    """Read a facility list.

    Parameters
    ----------
    facilities : DataFrame
        One row for each facility: `facility_id` and `province`, a code such as KH01 or blank.

    Returns
    -------
    Facilities

    Raises
    ------
    StatisticsError
        A column is missing, a number is blank, or a facility stands there twice.

    Examples
    --------
    >>> listed = read_facilities(pd.DataFrame({"facility_id": ["HC 1"], "province": ["KH01"]}))
    >>> listed.number, listed.province
    ({'hc1': 'HC 1'}, {'hc1': 'KH01'})
    """
    _need(facilities, "facilities", ("facility_id", "province"))
    numbers = _texts(facilities, "facility_id")
    keys = [facility_key(text) for text in numbers]
    _refuse("facilities", "facility_id", [not key for key in keys], "is blank; fill it in")
    twice = pd.Series(keys, dtype=object).duplicated(keep=False).tolist()
    _refuse("facilities", "facility_id", twice, "is there twice; keep one row for each facility")
    provinces = [text or UNKNOWN for text in _texts(facilities, "province")]
    return Facilities(dict(zip(keys, numbers, strict=True)), dict(zip(keys, provinces, strict=True)))


def read_records(frame: pd.DataFrame) -> Records:
    """Read records in the columns of the line list.

    Parameters
    ----------
    frame : DataFrame
        One row for each record. It needs `facility_id`, `disease` and `date_visit`; every other column of
        the line list may be absent, and columns of other names are not read. Days are dates or texts such
        as 2025-01-31. Coded values are codes, names or known spellings; places are codes.

    Returns
    -------
    Records
        The records that stand: withdrawn ones are left out.

    Raises
    ------
    StatisticsError
        A column is missing, a value is not understood, a record stands there twice, or its answers
        contradict each other. The message names the column and the rows.

    Examples
    --------
    >>> row = {"facility_id": "HC1", "disease": "malaria", "date_visit": "2025-01-31", "tested": "yes"}
    >>> read_records(pd.DataFrame([row])).disease.tolist()
    ['malaria']
    """
    _need(frame, "records", REQUIRED)
    status = _coded(frame, "record_status")
    standing = np.array([code != WITHDRAWN for code in status], bool)
    rows = np.flatnonzero(standing)
    held = frame.iloc[rows]
    reader = _Reader(held, rows + 1)
    reader.refuse_repeated()
    disease = reader.coded("disease", needed=True)
    visit, treated = reader.days("date_visit", needed=True), reader.days("date_treated")
    start = np.where(treated == NO_DAY, visit, treated)
    detail = reader.each("detail", lambda text: json.loads(parse_detail(text)[0] or "{}"))
    outcome = reader.coded("outcome")
    return Records(
        row=reader.rows,
        disease=disease,
        facility=reader.each("facility_id", _needed(facility_key)),
        places={kind: reader.each(name, _place) for kind, name in PLACE_COLUMNS.items()},
        groups={axis: reader.group(axis) for axis in AXES},
        arrival=reader.each("arrival_id", _number),
        visit=visit,
        visit_cell=_cells(visit),
        start=start,
        start_cell=_cells(start),
        ended=reader.days("date_outcome"),
        cascade=reader.cascades(disease, detail),
        outcome=outcome,
        primaquine=_objects([items.get("primaquine", "") for items in detail]),
    )


def facility_key(text: str) -> str:
    """Return the form under which two spellings of a facility's number are one.

    Parameters
    ----------
    text : str
        The number as it is written.

    Returns
    -------
    str
        Without spaces, in small letters; digits of all scripts are plain, and 101.0 is 101.

    Examples
    --------
    >>> facility_key("HC 1"), facility_key("១០១.០")
    ('hc1', '101')
    """
    key = "".join(letters(text).split()).casefold()
    whole = _WHOLE.fullmatch(key)
    return whole[1] if whole else key


#: Days outside these years are slips, or of the Buddhist era. An import takes none before 1990 either.
_YEARS = (1990, 2199)


class _Reader:
    """Reads columns of the records that stand; each distinct value once."""

    def __init__(self, frame: pd.DataFrame, rows: Numbers) -> None:
        self.rows = rows
        self._frame = frame

    def texts(self, name: str) -> Texts:
        return _texts(self._frame, name)

    def each(self, name: str, read: Callable[[str], Any], expected: str = "") -> Texts:
        return _each(self.texts(name), read, name, self.rows, expected)

    def coded(self, name: str, *, needed: bool = False) -> Texts:
        return _coded(self._frame, name, self.rows, needed=needed)

    def days(self, name: str, *, needed: bool = False) -> Numbers:
        def read(text: str) -> int:
            if not text and not needed:
                return NO_DAY
            found = _DAY.fullmatch(text)
            if found is None:
                raise ValueError
            day = date.fromisoformat(found[1])
            if not _YEARS[0] <= day.year <= _YEARS[1]:
                raise ValueError
            return day_number(day)

        advice = "write the day as YYYY-MM-DD, in the common era" + ("" if needed else ", or leave it blank")
        return np.array(self.each(name, read, advice).tolist(), np.int64)

    def group(self, axis: str) -> Texts:
        if axis != "age":
            return self.coded(axis)
        advice = f"write completed years, 0 to {_OLDEST}, or leave it blank"
        return self.each("age_years", _age, advice)

    def cascades(self, disease: Texts, detail: Texts) -> Numbers:
        """Return the number of each record's answers, shape (n,)."""
        answers = [
            self._results(disease)
            if step == "positive"
            else self.each(step, _answer, "write yes, no or blank")
            for step in STEPS
        ]
        method, status = self.coded("test_method"), self.coded("case_status")
        basis = _objects([items.get("treatment_basis") for items in detail])
        found = np.zeros(len(self.rows), np.int64)
        wrong: dict[tuple[str, str], list[int]] = {}
        known: dict[tuple[Any, ...], tuple[int, tuple[str, str] | None]] = {}
        for at, (*given, how, case, why) in enumerate(zip(*answers, method, status, basis, strict=True)):
            key = (*given, how, case, why)
            if key not in known:
                faults = contradiction(tuple(given), states_basis(how, case, why))
                known[key] = state_number(tuple(given)), faults
            found[at], fault = known[key]
            if fault:
                wrong.setdefault(fault, []).append(at)
        for (earlier, later), places in wrong.items():
            raise StatisticsError(
                f"records, {_named(self.rows[places])}: {later} is yes after an explicit no "
                f"({earlier} = no); correct one of the two, or leave blank what is not known"
            )
        return found

    def _results(self, disease: Texts) -> Texts:
        """Return the answers of `positive`: a laboratory's word says different things of two diseases."""
        pairs = _objects(list(zip(self.texts("positive"), disease, strict=True)))

        def read(pair: tuple[str, str]) -> bool | None:
            return None if is_unknown(pair[0]) else read_result(*pair).positive

        return _each(pairs, read, "positive", self.rows, "write yes, no or blank")

    def refuse_repeated(self) -> None:
        """Refuse two records of one facility and number: which of them counts is not known."""
        numbers = self.each("record_id", _number)
        keys = pd.Series(
            list(zip(self.each("facility_id", facility_key), numbers, strict=True)), dtype=object
        )
        twice = keys.duplicated(keep=False).to_numpy() & (numbers != "")
        if twice.any():
            raise StatisticsError(
                f"records, {_named(self.rows[twice])}: facility_id and record_id are those of another row; "
                "keep the row that counts"
            )


def _need(frame: pd.DataFrame, table: str, names: tuple[str, ...]) -> None:
    if not isinstance(frame, pd.DataFrame):
        raise StatisticsError(f"{table} must be a pandas DataFrame, not {type(frame).__name__}")
    missing = [name for name in names if name not in frame.columns]
    if missing:
        has = ", ".join(map(str, frame.columns))
        raise StatisticsError(f"{table} has no column {', '.join(missing)} (it has {has})")


def _texts(frame: pd.DataFrame, name: str) -> Texts:
    """Return a column as texts, shape (n,); blank where it or a value is missing."""
    if name not in frame.columns:
        return _objects([""] * len(frame))
    return _each(_objects(frame[name].tolist()), _text, name, np.arange(len(frame)) + 1)


def _text(value: object) -> str:
    if value is None or value is pd.NaT or value is pd.NA:
        return ""
    if isinstance(value, float) and math.isnan(value):
        return ""
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, date):
        return value.isoformat()
    return str(value).strip()


def _coded(frame: pd.DataFrame, name: str, rows: Numbers | None = None, *, needed: bool = False) -> Texts:
    known = lookup(BY_NAME[name].values)

    def read(text: str) -> str:
        folded = normalise(text)
        return UNKNOWN if not folded and not needed else known[folded]

    codes = ", ".join(value.code for value in BY_NAME[name].values)
    numbers = np.arange(len(frame)) + 1 if rows is None else rows
    return _each(_texts(frame, name), read, name, numbers, f"use one of {codes}")


def _each(
    values: Texts, read: Callable[[Any], Any], name: str, rows: Numbers, expected: str = "fill it in"
) -> Texts:
    """Return what `read` makes of each value, shape (n,); each distinct value is read once.

    Raises
    ------
    StatisticsError
        `read` refuses a value: names its rows, and what was expected.
    """
    codes, distinct = pd.factorize(values, use_na_sentinel=False)
    made = _objects([None] * len(distinct))
    faults = np.zeros(len(distinct), bool)
    for at, value in enumerate(distinct):
        try:
            made[at] = read(value)
        except (ValueError, KeyError):
            faults[at] = True
    if faults.any():
        first = distinct[np.flatnonzero(faults)[0]]
        shown = first[0] if isinstance(first, tuple) else first
        said = f"'{str(shown)[:_LONGEST]}' is not understood" if shown else "it is blank"
        raise StatisticsError(f"records, column {name}, {_named(rows[faults[codes]])}: {said}; {expected}")
    return made[codes]


def _objects(values: list[Any]) -> Texts:
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found


def _needed(read: Callable[[str], str]) -> Callable[[str], str]:
    def found(text: str) -> str:
        if not (answer := read(text)):
            raise ValueError
        return answer

    return found


def _answer(text: str) -> bool | None:
    return None if is_unknown(text) else parse_yes_no(text)


def _age(text: str) -> str:
    if not text or normalise(text) == UNKNOWN:
        return UNKNOWN
    years = int(text)
    if not 0 <= years <= _OLDEST:
        raise ValueError
    return age_band(years)


def _place(text: str) -> str:
    """Return a place's code; of a commune that of its province."""
    found = _COMMUNE.fullmatch(text)
    return found[1] if found else text or UNKNOWN


def _number(text: str) -> str:
    """Return a number of a record or an arrival; blank where the text is only signs."""
    return text if any(map(str.isalnum, text)) else ""


def _cells(days: Numbers) -> Numbers:
    distinct, at = np.unique(days, return_inverse=True)
    found: Numbers = np.array([time_cell_number(day_of_number(day)) for day in distinct.tolist()], np.int64)[
        at
    ]
    return found


def _named(rows: Numbers) -> str:
    shown = ", ".join(str(row) for row in rows[:_SHOWN].tolist())
    more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
    return f"row{'s' if len(rows) > 1 else ''} {shown}{more}"


def _refuse(table: str, name: str, wrong: list[bool], problem: str) -> None:
    rows = np.flatnonzero(wrong) + 1
    if rows.size:
        raise StatisticsError(f"{table}, {_named(rows)}: {name} {problem}")
