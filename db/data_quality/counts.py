"""Blanks, impossible pairs, ages and records held twice, by facility and month: counted as sets.

Records of HIV and syphilis are left out: they are counted by no facility (decision 6).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import case, func, select
from sqlalchemy.engine import Connection

from db.core.scope import Scope
from db.tables import in_scope
from db.tables.records import cube_total, episode
from surveillance.data_quality.fields import BLANKS, PAIRS
from surveillance.diseases import DISEASES
from surveillance.epiweek import day_of_number, time_cell_number
from surveillance.vocabulary import UNKNOWN

_TOLD = tuple(code for code, disease in DISEASES.items() if not disease.sensitive)
#: Activities of grown-ups, and the age from which a child may do them.
_WORK, _CHILD = ("seasonal_farm", "construction_mine", "forest", "factory", "fishing", "security_forces"), 10
_OLDEST = 110


class Place(NamedTuple):
    """A facility in a month, by its first day."""

    facility: str
    month: date


@dataclass
class Tally:
    """Records of a place, those that lack a field, and those with an impossible pair."""

    records: int = 0
    blank: dict[str, int] = field(default_factory=dict)
    pairs: dict[str, int] = field(default_factory=dict)


def tallies(connection: Connection, scope: Scope, first: date, last: date) -> dict[Place, Tally]:
    """Blanks and impossible pairs of each facility and month, in one look at the records of the days."""
    conditions = _pairs()
    blank = [func.sum(case((_is_blank(name), 1), else_=0)) for name in BLANKS]
    wrong = [func.sum(case((conditions[name], 1), else_=0)) for name in PAIRS]
    rows = connection.execute(
        select(episode.c.facility, episode.c.period, func.count(), *blank, *wrong)
        .where(*_held(scope, first, last))
        .group_by(episode.c.facility, episode.c.period)
    )
    found: dict[Place, Tally] = {}
    for facility, period, records, *counts in rows:
        one = found.setdefault(_place(facility, period), Tally())
        one.records += int(records)
        for names, held, part in ((BLANKS, one.blank, 0), (PAIRS, one.pairs, len(BLANKS))):
            for at, name in enumerate(names):
                held[name] = held.get(name, 0) + int(counts[part + at])
    return found


def ages(connection: Connection, scope: Scope, first: date, last: date) -> dict[str, dict[int, int]]:
    """Records of each facility by age in years."""
    rows = connection.execute(
        select(episode.c.facility, episode.c.age_years, func.count())
        .where(*_held(scope, first, last), episode.c.age_years.is_not(None))
        .group_by(episode.c.facility, episode.c.age_years)
    )
    found: dict[str, dict[int, int]] = {}
    for facility, age, records in rows:
        found.setdefault(facility, {})[int(age)] = int(records)
    return found


def held_twice(connection: Connection, scope: Scope, first: date, last: date) -> Mapping[Place, int]:
    """Records that more than one source sent: of one facility, day, disease, sex, age and home.

    Of each such group all but one are counted. Records without age, sex or home are not compared.
    """
    same = [
        episode.c[name]
        for name in ("facility", "period", "date_visit", "disease", "sex", "age_years", "province_home")
    ]
    groups = (
        select(episode.c.facility, episode.c.period, (func.count() - 1).label("more"))
        .where(
            *_held(scope, first, last),
            episode.c.age_years.is_not(None),
            episode.c.sex != UNKNOWN,
            episode.c.province_home != UNKNOWN,
        )
        .group_by(*same)
        .having(func.count(episode.c.source.distinct()) > 1)
        .subquery()
    )
    rows = connection.execute(
        select(groups.c.facility, groups.c.period, func.sum(groups.c.more)).group_by(
            groups.c.facility, groups.c.period
        )
    )
    return _by_month(rows)


def monthly(connection: Connection, scope: Scope, first: date, last: date) -> Mapping[Place, int]:
    """Records of each facility and month, from the cubes."""
    cube = cube_total["facility"]
    rows = connection.execute(
        select(cube.c.place, cube.c.period, func.sum(cube.c.records))
        .where(
            cube.c.disease.in_(scope.covered(_TOLD)),
            cube.c.period.between(time_cell_number(first), time_cell_number(last)),
            *in_scope.named_facilities(scope, cube.c.place),
        )
        .group_by(cube.c.place, cube.c.period)
    )
    return _by_month(rows)


def _by_month(rows: Iterable[sa.Row]) -> dict[Place, int]:
    found: dict[Place, int] = {}
    for facility, period, count in rows:
        place = _place(facility, period)
        found[place] = found.get(place, 0) + int(count)
    return found


def _place(facility: str, period: int) -> Place:
    return Place(facility, day_of_number(int(period)).replace(day=1))


def _held(scope: Scope, first: date, last: date) -> list[sa.ColumnElement[bool]]:
    return [
        episode.c.disease.in_(scope.covered(_TOLD)),
        episode.c.period.between(time_cell_number(first), time_cell_number(last)),
        episode.c.superseded_batch.is_(None),
        *in_scope.records(scope, "facility"),
    ]


def _is_blank(name: str) -> sa.ColumnElement[bool]:
    column = episode.c[name]
    return column.is_(None) if column.nullable else column == UNKNOWN


def _pairs() -> dict[str, sa.ColumnElement[bool]]:
    """Conditions of the impossible pairs of :data:`surveillance.data_quality.fields.PAIRS`."""
    column = episode.c
    return {
        "onset_after_visit": column.date_onset > column.date_visit,
        "report_before_visit": column.date_report < column.date_visit,
        "result_before_test": column.date_result < column.date_tested,
        "outcome_before_treatment": column.date_outcome < column.date_treated,
        "child_at_work": sa.and_(column.age_years < _CHILD, column.activity.in_(_WORK)),
        "very_old": column.age_years > _OLDEST,
        "indigenous_from_abroad": sa.and_(
            column.origin == "indigenous", func.length(column.province_infection) == len("TH")
        ),
    }
