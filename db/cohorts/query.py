"""Reading cohorts: who is due, facility by facility, and what became of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.cohorts.limits import Limits
from db.core.scope import Scope
from db.cubes.query import DISTRICT, CubeQuery
from db.cubes.reported import KNOWN
from db.tables import in_scope
from db.tables.cohorts import HELD, NO_FACILITY
from db.tables.districts.placed import Districts
from db.tables.records import BORDER, facility
from surveillance.coverage.cohorts import OUTCOMES, PARTS
from surveillance.diseases import DISEASES
from surveillance.epiweek import day_of_number
from surveillance.strata import CODE, HIDDEN_NUMBER, MASK, NUMBER, SHIFT
from surveillance.vocabulary import UNKNOWN

Numbers = NDArray[np.int64]
_PLACE, _FACILITY = range(2)
_NUMBERS = ("period", "due", "stratum", *PARTS)
_UNKNOWN_START = PARTS.index("unknown")
_MOVED = PARTS.index("moved")


class CohortSums(NamedTuple):
    """What a place, a cell or a group adds up to: of those who are due, and how many are not yet due."""

    records: int
    numerator: int
    denominator: int
    unknown: int
    not_due: int
    cured: int
    completed: int
    died: int
    failed: int
    lost: int
    not_evaluated: int
    moved: int


NOTHING = CohortSums(*(0 for _ in CohortSums._fields))


class Known(NamedTuple):
    """Until when outcomes are known: the first and the last such day of the facilities that treated.

    `facilities` have one, `silent` have sent no outcome yet. `weekly`: of a disease that is not kept by
    facility, where it is the last whole week of the data.
    """

    first: date | None
    last: date | None
    facilities: int
    silent: int
    weekly: bool


@dataclass(frozen=True)
class Cohorts:
    """Rows of a question, column by column; `place` and `facility` are positions in the names."""

    places: list[str]
    facilities: list[str]
    place: Numbers
    facility: Numbers
    period: Numbers
    stratum: Numbers
    #: Who is due and who is not, shape (n, parts), in the order of surveillance.coverage.cohorts.PARTS.
    due: Numbers
    waiting: Numbers
    limits: Limits

    def by_place(self, first: int, last: int) -> dict[str, CohortSums]:
        """Sums of each place, of those who started in the cells from `first` to `last`."""
        return {
            self.places[key]: sums
            for key, sums in self._summed(self.place, self._inside(first, last)).items()
        }

    def by_period(self, first: int, last: int, place: str | None) -> dict[int, CohortSums]:
        """The same by cell, of one place or (`None`) of all together."""
        return self._summed(self.period, self._inside(first, last) & self._of(place))

    def by_group(self, first: int, last: int, place: str | None) -> dict[tuple[str, str], CohortSums]:
        """The same by (axis, value)."""
        kept = self._inside(first, last) & self._of(place)
        found = {}
        for axis, shift in SHIFT.items():
            values = (self.stratum >> shift) & MASK
            for value, sums in self._summed(values, kept & (values != HIDDEN_NUMBER)).items():
                found[axis, CODE[axis][value]] = sums
        return found

    def total(self, first: int, last: int, place: str | None) -> CohortSums:
        """Sums of one place or (`None`) of all together."""
        kept = self._inside(first, last) & self._of(place)
        return self._summed(np.zeros(len(kept), np.int64), kept).get(0, NOTHING)

    def known(self, first: int, last: int) -> Known:
        """Until when the facilities that began these treatments knew outcomes."""
        kept = self._inside(first, last) & self._started
        return self._known(np.unique(self.facility[kept]).tolist())

    def known_by_place(self, first: int, last: int) -> dict[str, Known]:
        """The same for each place."""
        kept = self._inside(first, last) & self._started
        many = max(1, len(self.facilities))
        pairs = np.unique(self.place[kept] * many + self.facility[kept])
        found: dict[int, list[int]] = {}
        for place, key in zip((pairs // many).tolist(), (pairs % many).tolist(), strict=True):
            found.setdefault(place, []).append(key)
        return {self.places[place]: self._known(keys) for place, keys in found.items()}

    def in_districts(self, districts: Districts | None) -> Cohorts:
        """Cohorts by facility as those of districts: each where the facility was when treatment began."""
        names, place = (districts or Districts({})).of_rows(self.places, self.place, self.period)
        return replace(self, places=names, place=place)

    @property
    def nobody(self) -> Known:
        """Of a place in which no treatment began."""
        return self._known([])

    @property
    def _started(self) -> NDArray[np.bool_]:
        return np.asarray((self.due + self.waiting)[:, :_UNKNOWN_START].any(axis=1), np.bool_)

    def _known(self, facilities: list[int]) -> Known:
        keys = [self.facilities[number] for number in facilities]
        days = [self.limits.known(key) for key in keys if key != NO_FACILITY or self.limits.weekly]
        known = [day_of_number(day) for day in days if day is not None]
        first, last = min(known, default=None), max(known, default=None)
        return Known(first, last, len(known), len(days) - len(known), self.limits.weekly)

    def _inside(self, first: int, last: int) -> NDArray[np.bool_]:
        return (self.period >= first) & (self.period <= last)

    def _of(self, place: str | None) -> NDArray[np.bool_]:
        if place is None:
            return np.ones(len(self.place), bool)
        return self.place == (self.places.index(place) if place in self.places else -1)

    def _summed(self, keys: Numbers, kept: NDArray[np.bool_]) -> dict[int, CohortSums]:
        found, position = np.unique(keys[kept], return_inverse=True)
        due, waiting = (_added(position, one[kept], len(found)) for one in (self.due, self.waiting))
        return {
            key: _sums(done, later)
            for key, done, later in zip(found.tolist(), due.tolist(), waiting.tolist(), strict=True)
        }


def _added(position: Numbers, rows: Numbers, many: int) -> Numbers:
    """Sums of the rows by their positions: as floats, which are exact here, and quicker."""
    return np.stack([np.bincount(position, column, many) for column in rows.T], axis=1).astype(np.int64)


def _sums(due: list[int], waiting: list[int]) -> CohortSums:
    outcomes = due[: len(OUTCOMES)]
    counted = [sum(due) + sum(waiting), outcomes[0] + outcomes[1], sum(outcomes), due[_UNKNOWN_START]]
    return CohortSums._make([*counted, sum(waiting) - waiting[_MOVED], *outcomes, due[_MOVED]])


def read(connection: Connection, scope: Scope, query: CubeQuery, known: Limits) -> Cohorts:
    """Everything of a question's disease, kind of place, period and groups."""
    if query.dimension == DISTRICT:
        return read(connection, scope, query.held, known).in_districts(query.districts)
    cohort = HELD.cohort.c
    dimension = _stored(query)
    where = [cohort.disease == query.disease, cohort.dimension == dimension, *_kept(query)]
    where += in_scope.programmes(scope, cohort.disease)
    if query.first is not None:
        where.append(cohort.period >= query.first)
    if query.last is not None:
        where.append(cohort.period <= query.last)
    if query.stays is not None:
        where.append(query.stays.condition(_named, cohort.period))
    rows = connection.execute(
        select(cohort.place, cohort.facility, func.aggregate_strings(_text(), ","))
        .where(*where)
        .group_by(cohort.place, cohort.facility)
        .order_by(cohort.place, cohort.facility)
    ).all()
    scoped = query.dimension in KNOWN or query.dimension == BORDER
    listed = _listed(connection, Scope.everything()) if scoped else {}
    by = "facility" if query.districts is None else DISTRICT
    narrow = frozenset(_listed(connection, scope, by)) if scoped and not scope.national else frozenset()
    called = {"care": 1, "facility": 0}.get
    named: list[tuple[str, str, str]] = []
    for place, key, text in rows:
        by_facility = dimension == "facility" or query.dimension == BORDER
        province = listed.get(key, (UNKNOWN, UNKNOWN))[1] if by_facility else place
        if (
            scoped
            and not scope.holds(province)
            and not (
                (query.dimension == "facility" and key in narrow)
                or (query.dimension == BORDER and place in scope.crossings)
            )
        ):
            continue
        shown = listed.get(key, (UNKNOWN, UNKNOWN))[called(query.dimension, 0)]
        named.append((shown if dimension == "facility" else place, key, text))
    return _frame(named, known)


def _frame(named: list[tuple[str, str, str]], known: Limits) -> Cohorts:
    places = sorted({place for place, _, _ in named})
    facilities = sorted({key for _, key, _ in named})
    parts = [np.fromstring(text, np.int64, sep=",").reshape(-1, len(_NUMBERS)) for *_, text in named]
    sizes = [len(part) for part in parts]
    every = np.concatenate(parts) if parts else np.empty((0, len(_NUMBERS)), np.int64)
    place = np.repeat([places.index(name) for name, _, _ in named] or [0], sizes or [0])
    key = np.repeat([facilities.index(name) for _, name, _ in named] or [0], sizes or [0])
    limit = np.array([known.due(name) for name in facilities] or [0], np.int64)
    is_due = np.repeat((every[:, 1] <= limit[key])[:, None], len(PARTS), axis=1)
    if not known.weekly:  # whose start is not known waits for no outcome
        is_due[:, _UNKNOWN_START] = every[:, 1] <= known.today
    return Cohorts(
        places,
        facilities,
        place.astype(np.int64),
        key.astype(np.int64),
        every[:, 0],
        every[:, 2],
        np.where(is_due, every[:, 3:], 0),
        np.where(is_due, 0, every[:, 3:]),
        known,
    )


def _text() -> sa.ColumnElement[str]:
    """The numbers of a row as one text: SQLite's driver lets other threads in after every row."""
    numbers = [sa.cast(HELD.cohort.c[name], sa.String) for name in _NUMBERS]
    text: sa.ColumnElement[str] = numbers[0]
    for one in numbers[1:]:
        text = text + "," + one
    return text


def _stored(query: CubeQuery) -> str:
    """Kind of place as it is stored: care is looked up by the facility, but for sensitive diseases.

    A crossing as some provinces see it is looked up by the facility, too: of each row that is known.
    """
    if query.dimension == BORDER:
        return "crossing"
    return (
        "facility" if query.dimension == "care" and not DISEASES[query.disease].sensitive else query.dimension
    )


def _named(names: Collection[str]) -> sa.ColumnElement[bool]:
    """Cohorts of facilities, by their numbers in the list."""
    keys = select(facility.c.facility_key).where(facility.c.facility_id.in_(names))
    return HELD.cohort.c.facility.in_(keys)


def _kept(query: CubeQuery) -> list[sa.ColumnElement[bool]]:
    """Conditions of the filters on the bits of the strata."""
    return [
        HELD.cohort.c.stratum.op("&")(MASK << SHIFT[axis]).in_(
            [NUMBER[axis][code] << SHIFT[axis] for code in codes]
        )
        for axis, codes in query.filters.items()
    ]


def _listed(connection: Connection, scope: Scope, by: str = "facility") -> dict[str, tuple[str, str]]:
    """Key of each facility of a scope -> its number in the list, and its province."""
    c = facility.c
    listed = select(c.facility_key, c.facility_id, c.province).where(*in_scope.facilities(scope, by=by))
    rows = connection.execute(listed)
    return {key: (name, province) for key, name, province in rows}


def span(connection: Connection, scope: Scope, query: CubeQuery) -> tuple[int, int] | None:
    """First and last cell in which a treatment started; None where none did."""
    query, by = query.held, query.dimension
    cohort = HELD.cohort.c
    where = [cohort.disease == query.disease, cohort.dimension == _stored(query)]
    where += in_scope.programmes(scope, cohort.disease)
    ends = select(func.min(cohort.period), func.max(cohort.period))
    if scope.provinces is not None and (query.dimension in KNOWN or query.dimension == BORDER):
        if query.dimension == BORDER:
            ends = ends.outerjoin(facility, facility.c.facility_key == cohort.facility)
            where += in_scope.border(scope, facility.c.province, cohort.place)
        elif _stored(query) == "facility":
            ends = ends.join(facility, facility.c.facility_key == cohort.facility)
            where += in_scope.facilities(scope, by=by)
        else:
            where += in_scope.care(scope, cohort.place)
    first, last = connection.execute(ends.where(*where)).one()
    return None if first is None else (int(first), int(last))
