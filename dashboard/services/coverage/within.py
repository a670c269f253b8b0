"""What an account of some provinces may ask, and of which areas it is told (decision 34)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant
from dashboard.services.coverage.periods import Period
from dashboard.services.disclosure import rules
from dashboard.services.places.areas import Area
from db.core.engine import Connection
from db.core.scope import Scope
from db.core.stays import Stays
from db.cubes import archived_sums, border
from db.cubes.query import DISTRICT, CubeQuery
from db.tables.districts.placed import Districts
from db.tables.records import BORDER
from geodata.provinces import PROVINCES
from surveillance.errors import UsageError
from surveillance.vocabulary import SPECIAL_CROSSINGS

#: What stands for no gate.
_NO_GATE = frozenset(value.code for value in SPECIAL_CROSSINGS)


def scope_of(text: str) -> Scope:
    """The scope of an account for some provinces, from their codes.

    Raises
    ------
    UsageError
        A code is not one of a province.
    """
    codes = [code.strip() for code in text.split(",")]
    for code in codes:
        if code not in PROVINCES:
            raise UsageError(
                "provinces: '{given}' is no province; use codes such as KH01", "provinces", given=code[:40]
            )
    return Scope.of(*codes)


def cube_query(
    grant: Grant, query: CoverageQuery, stays: Stays | None = None, districts: Districts | None = None
) -> CubeQuery:
    """The question for the cubes: crossings of some provinces come from cubes that know who gave care.

    No such cube holds persons. `stays`: of facilities in remote areas, where the question asks for them.
    `districts`: of facilities, where it asks by operational district.
    """
    if query.remote is not None and stays is None:
        raise ValueError("a question of remote areas was asked without their list")
    scoped = query.dimension == "crossing" and not grant.scope.national and not query.persons
    return CubeQuery(
        query.disease,
        BORDER if scoped else query.dimension,
        query.measure,
        filters=query.groups,
        stays=stays if query.remote is not None else None,
        districts=districts if query.by == DISTRICT else None,
    )


def known_from(connection: Connection, cube: CubeQuery) -> date | None:
    """First day from which the answer is known; None where it always is (`db.cubes.border.held_from`)."""
    held = border.held_from(connection) if cube.dimension == BORDER else None
    if not cube.by_records:
        return held
    return max(filter(None, (held, archived_sums.held_from(connection))), default=None)


def known_part(connection: Connection, cube: CubeQuery, period: Period) -> Period:
    """The part of a period of which the answer is known.

    Raises
    ------
    UsageError
        No day of the period can be answered.
    """
    first = known_from(connection, cube)
    if first is None or first <= period.start:
        return period
    if first > period.end and cube.by_records:
        raise UsageError(
            "remote: by home, crossing or place of infection, remote areas are known from {day} on; older "
            "records are kept as sums only",
            "remote",
            day=first,
        )
    if first > period.end:
        raise UsageError(
            "to: crossings are known by province of care from {day} on; older records were reduced to sums "
            "before that was counted",
            "to",
            day=first,
        )
    return Period(first, period.end)


def cut_at(query: CoverageQuery, known: date | None) -> date | None:
    """The first day that is known, where the question asks for earlier ones, too."""
    return known if known and (query.start is None or query.start < known) else None


def own_areas(grant: Grant, query: CoverageQuery, found: Sequence[Area], seen: Collection[str]) -> list[Area]:
    """The areas that an account is told of; all of them for a national one.

    Provinces and facilities within its provinces. Of the crossings those that lie there, those that records
    of its facilities name (`seen`), and what stands for no gate.
    """
    if grant.scope.national:
        return list(found)
    if rules.refusal(grant, query) or not grant.scope.placed:
        return []
    if query.by == "crossing":
        return [
            area
            for area in found
            if area.code in _NO_GATE
            or area.code in seen
            or area.code in grant.scope.crossings
            or (area.province is not None and grant.scope.holds(area.province))
        ]
    return [
        area
        for area in found
        if not rules.hides_area(grant, query.dimension, area.province or area.code)
        or grant.scope.holds(area.province or area.code)
    ]
