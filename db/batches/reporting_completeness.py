"""Who sent anything at all: what tells a true zero from silence, and where the data begin and end.

A record counts as a report. It is a proxy: a facility without patients sends nothing. Where a file declares
the facility and the days that it covers, that counts too, for every cell it covers wholly. Whether a facility
reported is told by no record of HIV or syphilis (decision 6).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.engine import Connection, RowMapping

from db.batches import declared_coverage
from db.core.scope import Scope
from db.tables import in_scope
from db.tables.archived import sealed_report
from db.tables.deliveries import declared_cell
from db.tables.districts.placed import Districts
from db.tables.records import BORDER, cube_stratum, cube_total, episode, facility
from surveillance.diseases import DISEASES

_SENSITIVE = tuple(code for code, disease in DISEASES.items() if disease.sensitive)

#: Cubes that tell who sent anything, of any disease: family and kind of place.
CUBES = frozenset({("total", "care"), ("total", "facility"), ("stratum", "home")})


def facilities_reporting(connection: Connection, scope: Scope, first: int, last: int) -> frozenset[str]:
    """Facilities of the list that sent a record in a period, or declared one of its cells.

    Records of HIV and syphilis do not count: a facility that sent nothing else would be known to have sent
    these.
    The index answers facility by facility, in a step or a few, however many records there are.
    """
    sent = (
        select(episode.c.id)
        .where(
            episode.c.facility_key == facility.c.facility_key,
            episode.c.period.between(first, last),
            episode.c.superseded_batch.is_(None),
            episode.c.disease.not_in(_SENSITIVE),
        )
        .exists()
    )
    sealed = (
        select(sealed_report.c.period)
        .where(
            sealed_report.c.facility_key == facility.c.facility_key,
            sealed_report.c.period.between(first, last),
        )
        .exists()
    )
    query = select(facility.c.facility_id).where(sa.or_(sent, sealed), *in_scope.facilities(scope))
    declared = declared_coverage.facilities_between(connection, first, last, scope)
    return declared.union(connection.execute(query).scalars())


def reporting_cells(
    connection: Connection,
    scope: Scope,
    cells: Iterable[int],
    *,
    province: str | None = None,
    facility_id: str | None = None,
) -> frozenset[int]:
    """Of some cells those in which anybody reported: in a province, from a facility, or from anywhere.

    Disease by disease, each asked only of the cells that no other was found in: seldom more than one or two.
    Of a facility, or of those of a province, HIV and syphilis tell nothing.
    """
    asked = frozenset(cells)
    missing = set(asked)
    cube = cube_total["facility" if facility_id else "care"]
    places = [] if (place := facility_id or province) is None else [cube.c.place == place]
    if facility_id:
        places += in_scope.named_facilities(scope, cube.c.place)
    else:
        places += in_scope.care(scope, cube.c.place)
    for disease in DISEASES if place is None else sorted(set(DISEASES) - set(_SENSITIVE)):
        if not missing:
            return asked
        chosen = [cube.c.disease == disease, cube.c.period.in_(sorted(missing)), cube.c.records > 0]
        missing -= set(connection.execute(select(cube.c.period).where(*chosen, *places)).scalars())
    if missing:
        theirs = scope if province is None else scope.within(province)
        missing -= declared_coverage.cells_where(connection, missing, theirs, facility_id=facility_id)
    return asked - missing


def cells_of_district(
    connection: Connection, scope: Scope, cells: Iterable[int], districts: Districts, name: str
) -> frozenset[int]:
    """Of some cells those in which a facility reported that belonged to a district then."""
    asked = sorted(set(cells))
    cube = cube_total["facility"]
    told = sorted(set(DISEASES) - set(_SENSITIVE))
    chosen = [cube.c.disease.in_(told), cube.c.period.in_(asked), cube.c.records > 0]
    chosen.append(districts.condition(cube.c.place, cube.c.period, name))
    chosen += in_scope.named_facilities(scope, cube.c.place)
    found = set(connection.execute(select(cube.c.period).where(*chosen).distinct()).scalars())
    missing = set(asked) - found

    def of(place: sa.ColumnElement[str], cell: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
        return districts.condition(place, cell, name)

    return frozenset(found | declared_coverage.cells_where(connection, missing, scope, of=of))


def cells_of_provinces(connection: Connection, scope: Scope, first: int, last: int) -> dict[str, set[int]]:
    """What :func:`reporting_cells` says of each province of care, of the cells from `first` to `last`."""
    cube = cube_total["care"]
    told = sorted(set(DISEASES) - set(_SENSITIVE))
    chosen = [cube.c.disease.in_(told), cube.c.period.between(first, last), cube.c.records > 0]
    chosen += in_scope.care(scope, cube.c.place)
    found: dict[str, set[int]] = {}
    rows = connection.execute(select(cube.c.place, cube.c.period).where(*chosen).distinct())
    declared = declared_coverage.cells_of_provinces(connection, first, last, scope)
    for province, cell in (*rows, *declared):
        found.setdefault(province, set()).add(int(cell))
    return found


def anybody(connection: Connection, scope: Scope, first: int, last: int) -> bool:
    """Whether anybody reported in the cells from `first` to `last`."""
    cube, chosen = _any_cells(scope)
    chosen += [cube.c.disease.in_(tuple(DISEASES)), cube.c.period.between(first, last)]
    if connection.execute(select(cube.c.period).where(*chosen).limit(1)).first() is not None:
        return True
    return bool(declared_coverage.facilities_between(connection, first, last, scope))


def first_and_last_reported(connection: Connection, scope: Scope) -> tuple[int, int] | None:
    """First and last cell with a visit in them, or declared without one; None if absent."""
    spans = (first_and_last(connection, scope), declared_coverage.span(connection, scope))
    known = [cell for span in spans if span for cell in span]
    return (min(known), max(known)) if known else None


def first_and_last(connection: Connection, scope: Scope) -> tuple[int, int] | None:
    """First and last cell with a visit in them, of any disease; None if absent."""
    row = connection.execute(_ends(scope)).one()
    found = [int(cell) for cell in row if cell is not None]
    return (min(found), max(found)) if found else None


@lru_cache(64)  # each page asks for it, and the statement is long
def _ends(scope: Scope) -> sa.Select:
    cube, chosen = _any_cells(scope)
    ends = [
        select(cube.c.period)
        .where(*chosen, cube.c.disease == disease)
        .order_by(order)
        .limit(1)
        .scalar_subquery()
        for disease in DISEASES
        for order in (cube.c.period.asc(), cube.c.period.desc())
    ]
    return select(*(end.label(f"end_{i}") for i, end in enumerate(ends)))


def _any_cells(scope: Scope) -> tuple[sa.Table, list[sa.ColumnElement[bool]]]:
    """A cube whose cells hold every record of a scope, and the conditions on it.

    The strata of homes hold all diseases in the order of their periods, so the first row is the answer; of
    some provinces only the cubes of care know.
    """
    if scope.provinces is None:
        cube = cube_stratum["home"]
        return cube, [cube.c.records > 0]
    if scope.districts or scope.facilities:
        cube = cube_total["facility"]
        return cube, [cube.c.records > 0, *in_scope.named_facilities(scope, cube.c.place)]
    if scope.crossings:
        cube = cube_total[BORDER]
        return cube, [cube.c.records > 0, *in_scope.border(scope, cube.c.care, cube.c.place)]
    cube = cube_total["care"]
    return cube, [cube.c.records > 0, *in_scope.care(scope, cube.c.place)]


def last_reports(connection: Connection, scope: Scope) -> list[tuple[RowMapping, int | None]]:
    """Each facility of the list with the number of the last cell it reported in; None where it never did.

    Records of HIV and syphilis do not count, as with :func:`facilities_reporting`. The index answers facility
    by facility and disease by disease, in a step each, however many records there are.
    """
    cube = cube_total["facility"]
    latest: list[sa.ColumnElement[int | None]] = [
        select(cube.c.period)
        .where(cube.c.disease == code, cube.c.place == facility.c.facility_id, cube.c.records > 0)
        .order_by(cube.c.period.desc())
        .limit(1)
        .scalar_subquery()
        for code, disease in DISEASES.items()
        if not disease.sensitive
    ]
    latest += [
        select(sa.func.max(table.c[period]))
        .where(table.c.facility_key == facility.c.facility_key)
        .scalar_subquery()
        for table, period in ((sealed_report, "period"), (declared_cell, "cell"))
    ]
    ends = [end.label(f"end_{number}") for number, end in enumerate(latest)]
    query = select(facility, *ends).order_by(facility.c.facility_id)
    query = query.where(*in_scope.facilities(scope))
    found = []
    for row in connection.execute(query).mappings():
        cells = [int(row[end.name]) for end in ends if row[end.name] is not None]
        found.append((row, max(cells, default=None)))
    return found
