"""Records of a disease grouped by what rules of alerts look at: facility, day, and facts of a case."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import case, func, select
from sqlalchemy.engine import Connection

from db.clusters.case_counts import FOUND, NOT_ELIGIBLE, POSITIVE, TESTED
from db.core.scope import Scope
from db.cubes import dated_cells
from db.cubes.query import CubeQuery
from db.tables import in_scope
from db.tables.records import episode, facility
from surveillance.alerts.counted import By, Facts, Tally
from surveillance.diseases import DISEASES
from surveillance.epiweek import day_of_number, time_cell_last_day
from surveillance.errors import NotPermittedError
from surveillance.vocabulary import UNKNOWN

#: How the infection's place begins where it was in this country.
_HERE = "KH%"
_FROM_2, _FROM_5 = 2, 5
#: Versions that one statement names.
_AT_ONCE = 500
#: Number of a version, its batch and its row there; and a record: its fingerprint, and which of equal ones.
Version = tuple[int, int, int]
Record = tuple[bytes, int]


def tallies(
    connection: Connection,
    scope: Scope,
    disease: str,
    since: date,
    until: date,
    *,
    by: By = "facility",
    reported: bool = False,
) -> list[Tally]:
    """Group current records seen from one day to another; `reported`: by the day of report, too.

    Raises
    ------
    NotPermittedError
        HIV or syphilis, which are never counted by facility; or the scope knows no such places.
    """
    _check(disease)
    column = episode.c
    keys = _keys(by, reported=reported)
    rows = connection.execute(
        select(*keys, func.count().label("records"))
        .where(
            column.superseded_batch.is_(None),
            column.disease == disease,
            column.date_visit.between(since, until),
            *in_scope.records(scope, by),
        )
        .group_by(*keys)
    )
    return [_tally(disease, row) for row in rows]


def singles(
    connection: Connection,
    scope: Scope,
    disease: str,
    since: date,
    until: date,
    versions: Collection[Version],
    *,
    by: By = "facility",
    reported: bool = False,
) -> dict[int, tuple[Record, Tally]]:
    """Of some versions, by number, what record each is of, and that record as it stands: a group of one.

    Versions that are held no more, of records that were withdrawn, or outside days and scope, are left out.

    Raises
    ------
    NotPermittedError
        As with :func:`tallies`.
    """
    _check(disease)
    named = {number: (batch, row) for number, batch, row in versions}
    column, old = episode.c, episode.alias("old")
    found: dict[int, tuple[Record, Tally]] = {}
    numbers = sorted(named)
    for start in range(0, len(numbers), _AT_ONCE):
        rows = connection.execute(
            select(
                old.c.id.label("version"), old.c.batch, old.c.row_number, column.identity, column.occurrence,
                *_keys(by, reported=reported), sa.literal(1).label("records"),
            )
            .select_from(episode)
            .join(
                old, sa.and_(old.c.identity == column.identity, old.c.occurrence == column.occurrence)
            )
            .where(
                old.c.id.in_(numbers[start : start + _AT_ONCE]),
                column.superseded_batch.is_(None),
                column.disease == disease,
                column.date_visit.between(since, until),
                *in_scope.records(scope, by),
            )
        )  # fmt: skip
        for row in rows:
            if named[row.version] == (row.batch, row.row_number):
                found[row.version] = ((bytes(row.identity), row.occurrence), _tally(disease, row))
    return found


@dataclass(frozen=True)
class Case:
    """One record as it stands. `version`: its number in the database. `facts`: what rules look at."""

    version: int
    batch: int
    row_number: int
    facility: str
    province: str
    visit: date
    onset: date | None
    tested: date | None
    age: int | None
    sex: str
    facts: Facts


def cases(
    connection: Connection,
    scope: Scope,
    disease: str,
    since: date,
    until: date,
    facilities: Collection[str] | None = None,
    province: str | None = None,
    *,
    most: int,
) -> tuple[list[Case], int]:
    """Records seen from one day to another, the newest first, `most` of them; and how many there are.

    `facilities`, `province`: of care, where these are asked for.

    Raises
    ------
    NotPermittedError
        As with :func:`tallies`.
    """
    _check(disease)
    query = _cases(scope).where(episode.c.disease == disease, episode.c.date_visit.between(since, until))
    if facilities is not None:
        query = query.where(episode.c.facility.in_(sorted(facilities)))
    if province is not None:
        query = query.where(episode.c.province_care == province)
    every = query.with_only_columns(func.count(), maintain_column_froms=True)
    rows = connection.execute(
        query.order_by(episode.c.date_visit.desc(), episode.c.id.desc()).limit(most)
    ).all()
    return [_case(row) for row in rows], int(connection.execute(every).scalar_one())


def current(
    connection: Connection, scope: Scope, disease: str, versions: Collection[Version]
) -> dict[int, int]:
    """Number of each version that is held -> that of the current version of its record, within a scope."""
    named = {number: (batch, row) for number, batch, row in versions}
    old = episode.alias("old")
    same = sa.and_(old.c.identity == episode.c.identity, old.c.occurrence == episode.c.occurrence)
    found: dict[int, int] = {}
    numbers = sorted(named)
    for start in range(0, len(numbers), _AT_ONCE):
        rows = connection.execute(
            select(old.c.id, old.c.batch, old.c.row_number, episode.c.id.label("now"))
            .select_from(episode)
            .join(old, same)
            .where(
                old.c.id.in_(numbers[start : start + _AT_ONCE]),
                episode.c.superseded_batch.is_(None),
                episode.c.disease == disease,
                *in_scope.records(scope, "facility"),
            )
        )
        found |= {row.id: row.now for row in rows if named[row.id] == (row.batch, row.row_number)}
    return found


def case_of(connection: Connection, scope: Scope, version: int) -> tuple[Case, list[int]] | None:
    """The record of a version as it stands, and the numbers of all its versions; None where there is none."""
    old = episode.alias("old")
    same = sa.and_(old.c.identity == episode.c.identity, old.c.occurrence == episode.c.occurrence)
    row = connection.execute(_cases(scope).join(old, same).where(old.c.id == version)).first()
    if row is None or DISEASES[row.disease].sensitive:
        return None
    of_record = select(old.c.id).select_from(episode).join(old, same).where(episode.c.id == row.id)
    return _case(row), [int(number) for number in connection.execute(of_record).scalars()]


def _cases(scope: Scope) -> sa.Select[Any]:
    column = episode.c
    return select(
        column.id, column.batch, column.row_number, column.disease, column.facility, column.date_onset,
        column.date_tested, column.age_years, column.sex, *_keys("facility", reported=False),
        sa.literal(1).label("records"),
    ).where(column.superseded_batch.is_(None), *in_scope.records(scope, "facility"))  # fmt: skip


def _case(row: sa.Row) -> Case:
    tally = _tally(row.disease, row)
    return Case(
        int(row.id), int(row.batch), int(row.row_number), row.facility, row.province_care, row.date_visit,
        row.date_onset, row.date_tested, row.age_years, row.sex, tally.facts,
    )  # fmt: skip


def _check(disease: str) -> None:
    """Refuse what is never counted by facility.

    Raises
    ------
    NotPermittedError
        HIV or syphilis.
    """
    if DISEASES[disease].sensitive:
        raise NotPermittedError("HIV and syphilis are never counted by facility")


def _keys(by: By, *, reported: bool) -> list[sa.ColumnElement[Any]]:
    """What records are grouped by."""
    column = episode.c
    positive = case((column.cascade.in_(POSITIVE), 1), (column.cascade.in_(TESTED), 0), else_=-1)
    infected = column.province_infection
    place = {"facility": column.facility, "crossing": column.crossing, "infection": infected}[by]
    known = func.coalesce(column.date_report, column.date_visit) if reported else column.date_visit
    return [
        place.label("place"),
        (column.province_care if by == "facility" else sa.literal("")).label("province_care"),
        column.date_visit,
        known.label("known"),
        column.case_status,
        column.test_method,
        positive.label("positive"),
        column.origin,
        _flag(sa.and_(infected != UNKNOWN, infected.not_like(_HERE))).label("abroad"),
        _flag(sa.and_(column.cascade.in_(NOT_ELIGIBLE), column.case_status == UNKNOWN, positive == -1)).label(
            "not_eligible"
        ),
        _flag(column.outcome == "died").label("died"),
        _flag(func.coalesce(column.detail, "").like('%"dehydration":"severe"%')).label("severe"),
        _flag(func.coalesce(column.age_years, -1) >= _FROM_2).label("from_2"),
        _flag(func.coalesce(column.age_years, -1) >= _FROM_5).label("from_5"),
    ]


def held(connection: Connection, disease: str) -> int:
    """How many current records of a disease there are."""
    query = select(func.count()).where(episode.c.superseded_batch.is_(None), episode.c.disease == disease)
    return int(connection.execute(query).scalar_one())


def _flag(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return case((condition, 1), else_=0)


def _tally(disease: str, row: sa.Row) -> Tally:
    facts = Facts(
        disease,
        row.case_status if row.case_status != UNKNOWN else None,
        row.test_method if row.test_method != UNKNOWN else None,
        {1: True, 0: False}.get(row.positive),
        row.origin if row.origin != UNKNOWN else None,
        bool(row.abroad),
        bool(row.died),
        bool(row.severe),
        bool(row.from_2),
        bool(row.from_5),
        eligible=False if row.not_eligible else None,
    )
    return Tally(row.place, row.province_care, row.date_visit, facts, int(row.records), row.known)


class Around(NamedTuple):
    """A known outbreak as it is looked for among records: kind of place, place, first and last day."""

    level: str
    place: str
    first: date
    last: date


def in_outbreaks(
    connection: Connection,
    scope: Scope,
    query: CubeQuery,
    by: str,
    outbreaks: Sequence[Around],
    *,
    place: str | None = None,
    cases: bool = True,
    number: int | None = None,
) -> tuple[int, list[int]]:
    """Of the records of a curve those in any of some known outbreaks, each once; and those in each of them.

    Parameters
    ----------
    by : {"visit", "onset", "report"}
        What the curve is drawn by. A record lies in an outbreak by the day of its visit.
    place : str, optional
        One place of the query's kind; by default all together.
    cases : bool
        Those found positive, or all.
    number : int, optional
        As it was known when this batch had come; by default as it is known now.

    Raises
    ------
    NotPermittedError
        HIV or syphilis, which have no known outbreaks.
    """
    _check(query.disease)
    if not outbreaks or query.first is None or query.last is None:
        return 0, [0] * len(outbreaks)
    first, last = day_of_number(query.first), time_cell_last_day(day_of_number(query.last))
    within = [_within(one) for one in outbreaks]
    where = [
        dated_cells.held(number),
        episode.c[dated_cells.DATES[by]].between(first, last),
        sa.or_(*within),
        *dated_cells.of_question(scope, query, place),
    ]
    if cases:
        where.append(episode.c.cascade.in_(FOUND))
    each = [func.coalesce(func.sum(_flag(one)), 0) for one in within]
    row = connection.execute(select(func.count(), *each).select_from(episode).where(*where)).one()
    return int(row[0]), [int(number) for number in row[1:]]


def _within(outbreak: Around) -> sa.ColumnElement[bool]:
    """Whether a record lies in an outbreak: in its place, on its days."""
    column = episode.c
    days = column.date_visit.between(outbreak.first, outbreak.last)
    if outbreak.level == "district":
        named = select(facility.c.facility_id).where(facility.c.operational_district == outbreak.place)
        return sa.and_(days, column.facility.in_(named))
    own = {
        "facility": column.facility,
        "province": column.province_care,
        "crossing": column.crossing,
        "infection": column.province_infection,
    }.get(outbreak.level)
    return days if own is None else sa.and_(days, own == outbreak.place)
