"""Reading the sums of indicators: by country, province, district, facility or crossing."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.core.scope import Scope
from db.indicators.model import IndicatorSums
from db.tables import in_scope as within
from db.tables.districts import placed
from db.tables.indicators.sums import SUMS, cube_indicator
from db.tables.persons import BY_FACILITY_KEY
from db.tables.records import facility
from surveillance.errors import NotPermittedError
from surveillance.vocabulary import UNKNOWN

#: Kinds of area that follow the facility list; a district follows the dated table, too.
LISTED = {"province": facility.c.province, "facility": facility.c.facility_id}
DISTRICT = "district"


def by_area(
    connection: Connection,
    scope: Scope,
    key: int,
    by: str,
    first: int,
    last: int,
    *,
    sensitive: bool,
    due: Collection[int] | None = None,
) -> dict[str, IndicatorSums]:
    """Sums of each area in cells from `first` to `last`.

    Parameters
    ----------
    key : int
        Number of the indicator.
    by : str
        `province`, `district` or `facility` of care, `crossing`, or `home`.
    sensitive : bool
        Whether it counts HIV or syphilis, which are kept by province of care and home alone.
    due : collection of int, optional
        Of a cohort, the cells whose follow-up time has passed; None: it is none.

    Raises
    ------
    NotPermittedError
        A limited scope asks for places that do not know who gave care.
    """
    own = cube_indicator.c
    named, where, table = _places(scope, by, sensitive=sensitive)
    period: sa.ColumnElement[int] = sa.literal(0) if due is None else own.period  # none is asked apart
    asked = (
        select(named, period, *(func.sum(own[name]) for name in SUMS))
        .select_from(table)
        .where(own.indicator == key, own.period.between(first, last), *where)
        .group_by(named, *(() if due is None else (own.period,)))
    )
    found: dict[str, IndicatorSums] = {}
    for place, cell, *sums in connection.execute(asked):
        numerator, denominator, unknown = map(int, sums)
        one = IndicatorSums(numerator, denominator, unknown)
        if due is not None and int(cell) not in due:
            one = IndicatorSums(later=denominator + unknown)
        found[place] = found.get(place, IndicatorSums()) + one
    return found


def by_cell(
    connection: Connection, scope: Scope, key: int, by: str, first: int, last: int, *, sensitive: bool
) -> dict[int, IndicatorSums]:
    """Sums of all areas together in each cell from `first` to `last`; as :func:`by_area`.

    Raises
    ------
    NotPermittedError
        A limited scope asks for places that do not know who gave care.
    """
    own = cube_indicator.c
    _, where, table = _places(scope, by, sensitive=sensitive)
    asked = (
        select(own.period, *(func.sum(own[name]) for name in SUMS))
        .select_from(table)
        .where(own.indicator == key, own.period.between(first, last), *where)
        .group_by(own.period)
    )
    return {int(cell): IndicatorSums(*map(int, sums)) for cell, *sums in connection.execute(asked)}


def _places(
    scope: Scope, by: str, *, sensitive: bool
) -> tuple[sa.ColumnElement[str], list[sa.ColumnElement[bool]], sa.FromClause]:
    """What names an area, the conditions of the kind of place and of the scope, and what is read."""
    own = cube_indicator.c
    named: sa.ColumnElement[str] = own.place
    conditions: list[sa.ColumnElement[bool]] = []
    table: sa.FromClause = cube_indicator
    if by in (*LISTED, DISTRICT) and not sensitive:
        dimension = BY_FACILITY_KEY
        table = cube_indicator.outerjoin(facility, facility.c.facility_key == own.place)
        if by == DISTRICT:
            spans = placed.spans()
            table = table.outerjoin(spans, placed.holding(spans, own.place, own.period))
            named = placed.district(spans)
        else:
            named = func.coalesce(LISTED[by], UNKNOWN)
        conditions = within.facilities(scope, by="care" if by == "province" else by)
    elif by == "province":
        dimension, conditions = "care", within.care(scope, own.place)
    elif scope.provinces is None and (by == "home" or (by == "crossing" and not sensitive)):
        dimension = by
    else:
        raise NotPermittedError(
            "this view counts people from every province; your account is for some places"
        )
    conditions = [own.dimension == dimension, *conditions, *within.programmes(scope, own.disease)]
    return named, conditions, table
