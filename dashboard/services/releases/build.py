"""Reading what a release is made of: each cube of a disease once, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np

from dashboard.services.releases.sheets import Numbers
from dashboard.services.releases.sums import ROWS, Sums, starts_of, units_of
from db.cohorts import query as cohorts
from db.cohorts.limits import limits
from db.core.engine import Connection
from db.core.scope import Scope
from db.cubes import keyed, whole
from db.cubes.query import CubeQuery
from db.cubes.whole import Cells, GroupCells
from surveillance.coverage.cohorts import OUTCOMES
from surveillance.disclosure.lattice import Column, issued_value, issued_values
from surveillance.disclosure.model import cohort_numbers, visits_numbers
from surveillance.diseases import DISEASES
from surveillance.epiweek import day_number, day_of_number, time_cell_last_day
from surveillance.errors import UsageError, UserError
from surveillance.texts import N_
from surveillance.vocabulary import UNKNOWN

#: The whole country: what is issued is counted with everybody's records.
_EVERYTHING = Scope.everything()
_DIFFER = N_(
    "{disease}: the sums by {table} differ from those by care; run `verify --rebuild`, and prepare again"
)


class Span(NamedTuple):
    """First and last day of the data from which a release is made, and its lag."""

    since: date
    until: date
    lag_days: int


def span(connection: Connection, today: date, since: date | None, until: date | None, lag_days: int) -> Span:
    """Return the days of the data: those that were asked for, or all of them up to yesterday.

    Raises
    ------
    UsageError
        There are no records, or the days that were asked for are no span before today.
    """
    held = whole.span(connection, _EVERYTHING)
    if held is None:
        raise UsageError("there is nothing to issue: the database holds no records")
    if lag_days < 0:
        raise UsageError("--lag: give a number of days from 0 on", "lag")
    yesterday = today - timedelta(days=1)
    if until is not None and until > yesterday:
        raise UsageError("--until: {day} is not over yet; give a day before today", "until", day=until)
    first = since or day_of_number(held[0])
    last = until or min(yesterday, time_cell_last_day(day_of_number(held[1])))
    if first > last:
        raise UsageError(
            "--since: {day} is after the last day of the data, {last}", "since", day=first, last=last
        )
    return Span(first, last, lag_days)


def newest_batch(connection: Connection) -> int:
    """Return the number of the newest file that the records are from."""
    return whole.newest_batch(connection)


def read(connection: Connection, today: date, days: Span, held: Mapping[str, Sums]) -> Iterator[Sums]:
    """Read what is issued for the first time, disease by disease.

    Parameters
    ----------
    held : mapping of str to Sums
        What was issued before: it is not read again.

    Raises
    ------
    UserError
        Tables differ in the country's numbers: the cubes do not agree with each other.
    """
    for disease in DISEASES:
        before = held.get(disease, Sums.empty(disease))
        units = _new(units_of(disease, *days), before.units)
        starts = _new(starts_of(disease, *days), before.starts)
        made = Sums.zeros(disease, units, starts)
        if units:
            _read_visits(_Cubes(connection), made)
            _reconcile(made)
        if starts:
            _read_cohort(connection, today, made)
        yield made


def read_keys(connection: Connection, secret: bytes, days: Span, held: Mapping[str, Sums]) -> Iterator[Sums]:
    """Read the keys of what is issued for the first time: sums of the records' keys in place of counts.

    Parameters
    ----------
    secret : bytes
        What nobody may know.
    held : mapping of str to Sums
        Keys of what was issued before.

    Raises
    ------
    UsageError
        Records of these days are archived.
    """
    new = {
        disease: _new(units_of(disease, *days), held.get(disease, Sums.empty(disease)).units)
        for disease in DISEASES
    }
    every = [unit for units in new.values() for unit in units]
    if not every:
        return
    first, last = min(unit.first_day for unit in every), max(unit.last_day for unit in every)
    found = keyed.read(connection, secret, day_number(first), day_number(last))
    for disease, units in new.items():
        made = Sums.zeros(disease, units, ())
        if units:
            _read_visits(found, made)
            _reconcile(made)
        yield made


class _Cubes:
    """The cubes, read as sums of keys are."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def by_place(self, disease: str, dimension: str, first: int, last: int) -> Iterator[Cells]:
        """Sums of each place and cell."""
        yield whole.by_place(self._connection, _EVERYTHING, disease, dimension, first, last)

    def by_group(self, disease: str, first: int, last: int) -> Iterator[tuple[str, GroupCells]]:
        """Axis, and the sums of each place of care, value and cell."""
        yield from whole.by_group(self._connection, _EVERYTHING, disease, first, last).items()


def _new(every: Sequence[Column], held: Sequence[Column]) -> tuple[Column, ...]:
    return tuple(column for column in every if column not in held)


def _read_visits(held: _Cubes | keyed.KeySums, made: Sums) -> None:
    ends = day_number(made.units[0].first_day), day_number(made.units[-1].last_day)
    for name, array in made.places.items():
        for cells in held.by_place(made.disease, name, *ends):
            _add(array, made.units, ROWS[name], cells)
    if not made.groups:
        return
    for axis, found in held.by_group(made.disease, *ends):
        issued = issued_values(axis)
        now = np.array([issued.index(issued_value(axis, code)) for code in found.values], np.int64)
        _add(made.groups[axis], made.units, ROWS["care"], found.cells, now[found.value])


def _add(
    array: Numbers, units: Sequence[Column], rows: Sequence[str], cells: Cells, value: Numbers | None = None
) -> None:
    """Sum cells into rows and units; a place that is in no list is unknown."""
    unit, inside = _units(units, cells.period)
    known = {row: number for number, row in enumerate(rows)}
    at = np.array([known.get(name, known[UNKNOWN]) for name in cells.names] or [0], np.int64)
    numbers = _numbers(cells.sums[inside])
    where = (at[cells.place[inside]], unit[inside], *(() if value is None else (value[inside],)))
    np.add.at(array, where, numbers)


def _units(units: Sequence[Column], period: Numbers) -> tuple[Numbers, np.ndarray]:
    """For each cell the unit that holds it, and whether there is one: cells lie in one month each."""
    firsts = np.array([day_number(unit.first_day) for unit in units], np.int64)
    lasts = np.array([day_number(unit.last_day) for unit in units], np.int64)
    at = np.searchsorted(firsts, period, side="right") - 1
    inside = (at >= 0) & (period <= lasts[np.maximum(at, 0)])
    return at, inside


def _numbers(sums: Numbers) -> Numbers:
    measures = {name: tuple(sums[:, 1 + 3 * at : 4 + 3 * at].T) for at, name in enumerate(whole.MEASURES)}
    return visits_numbers(sums[:, 0], measures)


def _read_cohort(connection: Connection, today: date, made: Sums) -> None:
    """Of those whose outcome is due, as the facilities know it now."""
    ends = day_number(made.starts[0].first_day), day_number(made.starts[-1].last_day)
    query = CubeQuery(made.disease, "care", "completion", *ends)
    found = cohorts.read(connection, _EVERYTHING, query, limits(connection, made.disease, today))
    if not found.places:
        return
    outcomes = found.due[:, : len(OUTCOMES)]
    numbers = cohort_numbers(outcomes[:, :2].sum(axis=1), outcomes.sum(axis=1))
    unit, inside = _units(made.starts, found.period)
    known = {row: number for number, row in enumerate(ROWS["care"])}
    at = np.array([known.get(name, known[UNKNOWN]) for name in found.places], np.int64)
    np.add.at(made.cohort, (at[found.place[inside]], unit[inside]), numbers[inside])


def _reconcile(made: Sums) -> None:
    """Each table sums to the same numbers of the country, of each place and of each period."""
    country = made.places["care"].sum(axis=0)
    sums = {name: array.sum(axis=0) for name, array in made.places.items()}
    sums |= {axis: array.sum(axis=(0, 2)) for axis, array in made.groups.items()}
    differing = [name for name, array in sums.items() if not np.array_equal(array, country)]
    differing += [
        axis
        for axis, array in made.groups.items()
        if not np.array_equal(array.sum(axis=2), made.places["care"])
    ]
    if differing:
        raise UserError(
            _DIFFER,
            disease=made.disease,
            table=differing[0],
        )
