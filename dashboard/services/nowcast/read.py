"""Undisclosed nowcasts: the records of the last weeks, when they became known, and what is still to come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from dashboard.services.coverage.source import Reading
from dashboard.services.disclosure.undisclosed import Undisclosed
from dashboard.services.nowcast.models import ARRIVAL, NOTHING_KNOWN, REPORT, Expected, ExpectedWeek
from db.cubes import arrivals, facility_cells
from db.cubes.arrivals import Arrived
from surveillance.epiweek import day_of_number, time_cell_number
from surveillance.nowcast.history import History, triangle_from
from surveillance.nowcast.predict import FEWEST_FOLLOWED, LONGEST, LOOKED_BACK, TooShortError, Week, nowcast

WEEKS = LONGEST + LOOKED_BACK
#: A facility with a visit in so many of the last weeks is not silent.
_LATELY = 3
_WEEK = timedelta(days=7)


def expected(
    reading: Reading, code: str | None, *, by: str, cases: bool, last: date, by_place: bool = False
) -> Undisclosed[dict[str, Expected]]:
    """What is expected of the last weeks of a question, by place; all together stand under a blank.

    Parameters
    ----------
    code : str, optional
        One place of the question's kind; None: all.
    by : {"visit", "onset"}
    cases : bool
        Whether cases are counted, or all patients.
    last : date
        Last day of the data: weeks are counted back from it where the day of report says when a record became
        known.
    by_place : bool
        Whether each place is worked out as well.
    """
    came = arrivals.received(reading.connection)
    days = sorted(came.values())
    followed = (days[-1] - days[0]).days // 7 if days else 0
    known = ARRIVAL if followed >= LONGEST + FEWEST_FOLLOWED else REPORT
    as_of = days[-1] if known == ARRIVAL else last
    sunday = as_of - timedelta(days=(as_of.weekday() + 1) % 7)
    rows = arrivals.read(
        reading.connection,
        reading.grant.scope,
        reading.cube,
        by,
        last_sunday=sunday,
        weeks=WEEKS,
        as_of=None if known == ARRIVAL else as_of,
        cases=cases,
        place=code,
        by_place=by_place,
    )
    frequency = {row["facility_id"]: row["report_frequency"] for row in reading.facilities}
    basis = _Basis(
        known,
        as_of,
        sunday,
        {number: (as_of - day).days // 7 for number, day in came.items()},
        frequency,
        _seen(reading, frequency, sunday),
    )
    of_place: dict[str, list[Arrived]] = {"": rows}
    if by_place:
        for row in rows:
            of_place.setdefault(row.place, []).append(row)
    return Undisclosed({place: _worked_out(held, basis) for place, held in of_place.items()})


@dataclass(frozen=True)
class _Basis:
    """What every place has in common. `back`: batch -> weeks before `as_of` in which it came."""

    known: str
    as_of: date
    sunday: date
    back: Mapping[int, int]
    frequency: Mapping[str, str | None]
    seen: Mapping[str, frozenset[int]]


def _seen(reading: Reading, named: Iterable[str], sunday: date) -> Mapping[str, frozenset[int]]:
    """Weeks (0: the first) in which facilities saw anybody, or said that they saw nobody."""
    first = sunday - WEEKS * _WEEK + timedelta(days=1)
    cube = replace(
        reading.cube, dimension="facility", first=time_cell_number(first), last=time_cell_number(sunday)
    )
    positions, cells = facility_cells.reports(reading.connection, cube, list(named))
    names = sorted(named)
    weeks = np.array([(day_of_number(int(cell)) - first).days // 7 for cell in cells], np.int64)
    found: dict[str, set[int]] = {}
    for at, week in set(zip(positions.tolist(), weeks.tolist(), strict=True)):
        found.setdefault(names[at], set()).add(week)
    return {name: frozenset(held) for name, held in found.items()}


def _worked_out(rows: Sequence[Arrived], basis: _Basis) -> Expected:
    if all(row.key is None for row in rows):
        return Expected(basis.known, basis.as_of, reason=NOTHING_KNOWN)
    triangle, found = triangle_from(_history(rows, basis))
    backfilled = int(found.backfilled.sum())
    try:
        made = nowcast(triangle)
    except TooShortError as short:
        values = tuple(short.values.items())
        return Expected(basis.known, basis.as_of, backfilled=backfilled, reason=short.text, values=values)
    monday = basis.sunday - timedelta(days=6)
    weeks = [_week(one, monday - (WEEKS - 1 - one.week) * _WEEK) for one in made.weeks]
    return Expected(basis.known, basis.as_of, tuple(weeks), made.silent, backfilled)


def _week(one: Week, begins: date) -> ExpectedWeek:
    return ExpectedWeek(begins, one.reported, one.share, one.state, one.expected, one.lower, one.upper)


def _history(rows: Sequence[Arrived], basis: _Basis) -> History:
    names = sorted({row.facility for row in rows})
    position = {name: at for at, name in enumerate(names)}
    last = WEEKS - 1
    sender = np.array([position[row.facility] for row in rows], np.int64)
    known = np.array([row.key is not None for row in rows], np.bool_)
    late = [_weeks_late(row, basis) for row in rows]
    arrived = np.minimum(last - np.array(late, np.int64), last)
    heard = np.zeros((len(names), WEEKS), np.bool_)
    within = known & (arrived >= 0)
    heard[sender[within], arrived[within]] = True
    seen = [basis.seen.get(name, frozenset()) for name in names]
    if basis.known == REPORT:
        for at, weeks in enumerate(seen):
            heard[at, sorted(weeks)] = True
    lately = frozenset(range(WEEKS - _LATELY, WEEKS))
    return History(
        sender,
        np.array([last - row.weeks_back for row in rows], np.int64),
        arrived,
        known,
        np.array([row.records for row in rows], np.int64),
        heard,
        np.array([not lately.isdisjoint(weeks) for weeks in seen], np.bool_),
        tuple(basis.frequency.get(name) for name in names),
    )


def _weeks_late(row: Arrived, basis: _Basis) -> int:
    """Weeks before the last day in which a record became known; 0 where it is not known."""
    if row.key is None:
        return 0
    return row.key if basis.known == REPORT else basis.back[row.key]
