"""Moving the sealed sums of facilities with the list: they stay where the list says the facility is.

Of sensitive diseases sums by facility are not kept, but where it reports them in sums: the others stay.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.cubes import archived_sums, border
from db.cubes import update as cubes
from db.tables.archived import sealed_line_list
from db.tables.records import BORDER, SUM_COLUMNS, facility
from surveillance.diseases import DISEASES
from surveillance.vocabulary import UNKNOWN

#: Facilities moved at a time: bounds the memory.
_PART = 50
#: Kind of place -> what the list says about it.
_PLACES = {"care": facility.c.province, "facility": facility.c.facility_id}


def add(connection: Connection, keys: Sequence[str], sign: int) -> None:
    """Add (`sign` 1) or take away (-1) the sealed sums of facilities, where the list has them now."""
    own = sealed_line_list.c
    query = select(own.facility_key).distinct().where(own.facility_key.in_(keys)).order_by(own.facility_key)
    listed = connection.execute(query).scalars().all()
    for start in range(0, len(listed), _PART):
        for dimension in _PLACES:
            _add(connection, dimension, listed[start : start + _PART], sign)
        _add_borders(connection, listed[start : start + _PART], sign)


def _add_borders(connection: Connection, keys: Sequence[str], sign: int) -> None:
    """The sums by crossing stay by the facility's key: only the cubes of them move."""
    for part in border.sealed_rows(connection, keys):
        rows = [(*row[:4], *(sign * number for number in row[4:])) for row in part]
        cubes.add_cells(connection, BORDER, archived_sums.cells_of(rows))


def _add(connection: Connection, dimension: str, keys: Sequence[str], sign: int) -> None:
    own = sealed_line_list.c
    place = func.coalesce(_PLACES[dimension], UNKNOWN)
    grouped = [own.disease, place, own.period, own.stratum]
    # Completion goes along by itself: cohorts are kept by the facility's key (db.tables.cohorts).
    sums = [
        sa.literal(0) if name.startswith("completion_") else func.sum(own[name]) * sa.literal(sign)
        for name in SUM_COLUMNS
    ]
    chosen = [own.facility_key.in_(keys)]
    if dimension == "facility":  # decision 6
        chosen.append(own.disease.not_in([code for code, disease in DISEASES.items() if disease.sensitive]))
    rows = connection.execute(
        select(*grouped, *sums)
        .select_from(sealed_line_list.outerjoin(facility, facility.c.facility_key == own.facility_key))
        .where(*chosen)
        .group_by(*grouped)
    ).all()
    rows = [row for row in rows if any(row[4:])]
    if rows:
        summed = archived_sums.cells_of([(*row[:4], *map(int, row[4:])) for row in rows])
        archived_sums.add_sums(connection, dimension, summed)
        cubes.add_cells(connection, dimension, summed)
