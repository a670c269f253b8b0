"""Records counted by place and day, for cluster detection: as the database held them after one import.

Whatever came later is left out, so that a run says the same of the same data whenever it is looked at again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy import case, func, select
from sqlalchemy.engine import Connection

from db.batches import declared_coverage
from db.core.scope import Scope
from db.core.stays import Stays
from db.tables import in_scope
from db.tables.deliveries import place_text
from db.tables.districts import facility_district, placed
from db.tables.records import DIMENSIONS, batch, episode, facility
from surveillance.coverage.indicators import MEASURES, STEPS, all_states, contribution, resolve
from surveillance.diseases import DISEASES
from surveillance.errors import NotPermittedError
from surveillance.strata import CODE, MASK, SHIFT
from surveillance.vocabulary import JOINED, SENSITIVE_AXES, shown_value

#: Movements of people who have arrived.
ARRIVING = ("returning", "deported")
#: What a line list of a cluster shows: nothing that names a person, an arrival, a legal status, or a record,
#: whose number leads to a name in a clinic's register.
LINE_COLUMNS = (
    "facility", "province_care", "date_visit", "date_onset", "date_report", "province_home",
    "crossing", "province_infection", "commune_infection", "sex", "age_years", "residence", "activity",
    "movement", "date_tested", "date_result", "date_treated", "date_outcome", "test_method", "case_status",
    "origin", "outcome", "date_notified", "date_investigated", "date_responded", "g6pd_activity",
    "district_home", "district_infection",
)  # fmt: skip
_BY_CARE = ("care", "facility")
_SENSITIVE = tuple(code for code, disease in DISEASES.items() if disease.sensitive)
#: Kinds of place, and axes, that HIV and syphilis are never counted by (decision 6).
DISTRICT = "district"
_NEVER = frozenset({"crossing", "facility", DISTRICT})


def _states(measure: str, part: str) -> tuple[int, ...]:
    """Cascades that add to a measure, as the indicators define it."""
    return tuple(
        number for number, answers in all_states() if getattr(contribution(MEASURES[measure], answers), part)
    )


#: Cascades: found positive; tested with a known result; of these positive.
FOUND = _states("yield", "numerator")
TESTED = _states("positivity", "denominator")
POSITIVE = _states("positivity", "numerator")
#: Cascades of people who should not have been tested: who were no suspected cases.
NOT_ELIGIBLE = tuple(
    sorted({*_states("eligibility", "denominator")} - {*_states("eligibility", "numerator")})
)
#: Of those who should have been: who was tested; who completed, of those whose treatment is known to be over.
_REACHED = {"tested": "testing", "completed": "completion"}
States = tuple[int, ...] | None


def reached_states(reached: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Of `tested` or `completed`: cascades that did, and those of which it is known whether they did."""
    step, among = MEASURES[_REACHED[reached]].step, MEASURES[_REACHED[reached]].among
    taken, known = [], []
    for number, answers in all_states():
        named = dict(zip(STEPS, resolve(answers), strict=True))
        if (among is None or named[among]) and named[step] is not None:
            known.append(number)
            if named[step]:
                taken.append(number)
    return tuple(taken), tuple(known)


@dataclass(frozen=True)
class CaseQuery:
    """Which records: of one disease, by one kind of place, as of one batch, seen from `start` to `end`."""

    disease: str
    dimension: str
    as_of: int
    start: date | None = None
    end: date | None = None
    #: Only what facilities saw while they lay in remote areas, or all else.
    stays: Stays | None = None

    @property
    def sensitive(self) -> bool:
        """Whether the disease has no breakdown by crossing, facility, movement, activity or residence."""
        return DISEASES[self.disease].sensitive

    @property
    def place(self) -> sa.ColumnElement[str]:
        """What names a record's location."""
        if self.dimension == DISTRICT:
            return placed.of_record()
        return episode.c[DIMENSIONS[self.dimension]]


def data_version(connection: Connection) -> int:
    """Number of the newest batch; 0 if absent."""
    return int(connection.execute(select(func.coalesce(func.max(batch.c.id), 0))).scalar_one())


def places_version(connection: Connection) -> str:
    """A fingerprint of which facility lies where, and of what texts were resolved to.

    A new list changes it, and so does a resolution, without any new batch.
    """
    columns = (facility.c.facility_id, facility.c.province, facility.c.latitude, facility.c.longitude)
    rows = connection.execute(select(*columns).order_by(facility.c.facility_id))
    known = [tuple(row) for row in rows]
    texts = (place_text.c.field, place_text.c.mark, place_text.c.code)
    dated = (
        facility_district.c.facility_key,
        facility_district.c.valid_from,
        facility_district.c.operational_district,
    )
    rows = connection.execute(select(*dated).where(placed.CURRENT).order_by(*dated))
    known += [tuple(row) for row in rows]
    resolved = connection.execute(select(*texts).where(place_text.c.code.is_not(None)).order_by(*texts))
    known += [tuple(row) for row in resolved]
    return hashlib.sha256(repr(known).encode()).hexdigest()[:16]


def _held(as_of: int) -> sa.ColumnElement[bool]:
    """Versions that were current when batch `as_of` had been imported."""
    later = sa.or_(episode.c.superseded_batch.is_(None), episode.c.superseded_batch > as_of)
    return sa.and_(episode.c.batch <= as_of, later)


def _seen(scope: Scope, query: CaseQuery) -> list[sa.ColumnElement[bool]]:
    """Conditions of a question, after it was found to be a permitted one.

    Raises
    ------
    NotPermittedError
        HIV or syphilis by crossing or facility; or a limited scope asks for other places than those of care.
    """
    if query.sensitive and (query.dimension in _NEVER or query.stays is not None):
        raise NotPermittedError("HIV and syphilis are never counted by crossing, facility or district")
    conditions = [_held(query.as_of), episode.c.disease == query.disease]
    if query.start is not None:
        conditions.append(episode.c.date_visit >= query.start)
    if query.end is not None:
        conditions.append(episode.c.date_visit <= query.end)
    if query.stays is not None:
        conditions.append(query.stays.condition(episode.c.facility.in_, episode.c.period))
    return conditions + in_scope.records(scope, query.dimension)


def _count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _arrived() -> sa.ColumnElement[bool]:
    return sa.or_(episode.c.arrival_id.is_not(None), episode.c.movement.in_(ARRIVING))


def axis_value(axis: str) -> sa.ColumnElement[int]:
    """Number of a record's value of one axis; `surveillance.strata.CODE` names it."""
    return episode.c.stratum.op(">>")(SHIFT[axis]).op("&")(MASK)


def daily(
    connection: Connection,
    scope: Scope,
    query: CaseQuery,
    axes: Sequence[str] = (),
    *,
    reached: str | None = None,
) -> dict[str, list[Any]]:
    """Counts by location, day of the visit and axes, as columns.

    `records` seen; `found` positive; `tested` with a known result, and `positive` of these; `arrivals`, and
    `arrivals_found` of these positive (None for HIV and syphilis). With `reached` (tested, completed) also
    `due`, those who should have been and of whom it is known, and `reached`, who were.

    Raises
    ------
    NotPermittedError
        A breakdown that is never made, or one that the scope does not reach.
    """
    conditions = _seen(scope, query)
    if query.sensitive and not SENSITIVE_AXES.isdisjoint(axes):
        raise NotPermittedError("HIV and syphilis are never counted by movement, activity or residence")
    keys = [query.place.label("location"), episode.c.date_visit.label("date")]
    keys += [axis_value(axis).label(axis) for axis in axes]
    found = episode.c.cascade.in_(FOUND)
    arrived = sa.false() if query.sensitive else _arrived()
    sums = {
        "records": func.count(),
        "found": _count(found),
        "tested": _count(episode.c.cascade.in_(TESTED)),
        "positive": _count(episode.c.cascade.in_(POSITIVE)),
        "arrivals": _count(arrived),
        "arrivals_found": _count(sa.and_(arrived, found)),
    }
    if reached:
        done, asked = reached_states(reached)
        sums |= {"reached": _count(episode.c.cascade.in_(done)), "due": _count(episode.c.cascade.in_(asked))}
    columns = [*keys, *(value.label(name) for name, value in sums.items())]
    rows = connection.execute(select(*columns).where(*conditions).group_by(*keys).order_by(*keys)).all()
    names = ["location", "date", *axes, *sums]
    read = (
        dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)) if rows else {n: [] for n in names}
    )
    for axis in axes:
        read[axis] = [CODE[axis][number] for number in read[axis]]
    if query.sensitive:
        read["arrivals"] = read["arrivals_found"] = [None] * len(rows)
    return read


def span(connection: Connection, scope: Scope, query: CaseQuery) -> tuple[date, date] | None:
    """First and last day with a patient; None without patients."""
    day = episode.c.date_visit
    first, last = connection.execute(select(func.min(day), func.max(day)).where(*_seen(scope, query))).one()
    return None if first is None else (first, last)


def reports(
    connection: Connection, scope: Scope, as_of: int, start: date | None, end: date | None
) -> list[tuple[str, date, int]]:
    """Facility of the list, day, records on it: whether it reported, and how much it usually sends.

    Of all diseases but HIV and syphilis, as for facilities that reported (decision 6): of a facility whose
    other records of a day are known, a report would tell these. A cell that a facility declared counts as a
    report of its last day, of no records.
    """
    conditions = [
        _held(as_of),
        episode.c.disease.not_in(_SENSITIVE),
        episode.c.facility.in_(select(facility.c.facility_id)),
    ]
    conditions += in_scope.named_facilities(scope, episode.c.facility)
    if start is not None:
        conditions.append(episode.c.date_visit >= start)
    if end is not None:
        conditions.append(episode.c.date_visit <= end)
    keys = (episode.c.facility, episode.c.date_visit)
    rows = connection.execute(select(*keys, func.count()).where(*conditions).group_by(*keys).order_by(*keys))
    found = {(str(name), day): int(records) for name, day, records in rows}
    for name, day in declared_coverage.reports(connection, as_of, scope):
        if (start is None or day >= start) and (end is None or day <= end):
            found.setdefault((name, day), 0)
    return [(name, day, records) for (name, day), records in sorted(found.items())]


def seen_by(connection: Connection, scope: Scope, query: CaseQuery) -> list[tuple[str, str]]:
    """Location and facility, where the one's people were seen at the other; nothing for HIV and syphilis."""
    if query.sensitive:
        return []
    keys = (query.place, episode.c.facility)
    rows = connection.execute(select(*keys).where(*_seen(scope, query)).distinct())
    return [(str(place), str(name)) for place, name in rows]


def by_stratum(
    connection: Connection,
    scope: Scope,
    query: CaseQuery,
    places: Collection[str],
    states: States,
    left_out: Collection[str] = (),
) -> list[tuple[bool, int, int]]:
    """Whether inside some places, stratum, and cases: the groups of a cluster against those outside it.

    `states`: cascades that make a record a case; None for every record. `left_out`: places of which nothing
    is counted.
    """
    inside = case((query.place.in_(tuple(places)), 1), else_=0).label("inside")
    conditions = [*_seen(scope, query), query.place.not_in(tuple(left_out))]
    if states is not None:
        conditions.append(episode.c.cascade.in_(states))
    keys = (inside, episode.c.stratum)
    rows = connection.execute(select(*keys, func.count()).where(*conditions).group_by(*keys))
    return [(bool(within), int(stratum), int(count)) for within, stratum, count in rows]


def lines(
    connection: Connection,
    scope: Scope,
    query: CaseQuery,
    places: Collection[str],
    states: States,
    limit: int,
) -> list[dict[str, Any]]:
    """The cases of a cluster, columns `LINE_COLUMNS`, by day.

    Raises
    ------
    NotPermittedError
        HIV and syphilis: single records would tell facility, crossing and movement.
    """
    if query.sensitive:
        raise NotPermittedError("HIV and syphilis have no line list")
    conditions = [*_seen(scope, query), query.place.in_(tuple(places))]
    if states is not None:
        conditions.append(episode.c.cascade.in_(states))
    columns = [episode.c[name] for name in LINE_COLUMNS]
    listed = select(*columns).where(*conditions).order_by(episode.c.date_visit, episode.c.id).limit(limit)
    return [shown_line(dict(row)) for row in connection.execute(listed).mappings()]


def shown_line(row: Mapping[str, Any]) -> dict[str, Any]:
    """A record as a line list shows it: what tells as much as legal status is joined with another value."""
    joined = {axis: shown_value(axis, row[axis]) for axis in JOINED if row[axis] is not None}
    return {**row, **joined}
