"""Crossing and province of care together: the cubes that answer an account of some provinces about crossings.

No other cube by crossing knows who gave care (decision 34). Of a pair of places that is summed the text is
`KH01/TH01`; the cubes keep the two in columns of their own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Table, func, select
from sqlalchemy.engine import Connection

from db.columns.sums import Coded, Records
from db.tables import meta
from db.tables.archived import sealed_crossing
from db.tables.records import BORDER, DIMENSIONS, SUM_COLUMNS, facility
from surveillance.vocabulary import UNKNOWN

#: The cubes, by family and kind of place.
CUBES = frozenset({("total", BORDER), ("stratum", BORDER)})
#: The fact that says from which day on crossings are known by province of care; absent where always.
HELD_FROM = "crossings_by_care_from"
#: Stands between the two places of a pair; no code of a crossing holds it.
_BETWEEN = "/"
#: Sealed sums of so many days are read at a time, to bound the memory.
_DAYS = 7 * 26


def of_columns(columns: Collection[str]) -> bool:
    """Whether a change of some columns of `episode` moves records between the pairs."""
    return DIMENSIONS["care"] in columns or DIMENSIONS["crossing"] in columns


def with_border(records: Records, first: str = "care") -> Records:
    """The records with the pair of two of their places: `first` and the crossing."""
    one, other = records.places[first], records.places["crossing"]
    names = [f"{name}{_BETWEEN}{crossing}" for name in one.names for crossing in other.names]
    codes = one.codes * len(other.names) + other.codes
    return replace(records, places={**records.places, BORDER: Coded(names, codes)})


def pair(text: str) -> tuple[str, str]:
    """The two places of a pair.

    >>> pair("KH01/informal")
    ('KH01', 'informal')
    """
    first, _, crossing = text.rpartition(_BETWEEN)
    return first, crossing


def columns(cube: Table, keys: list[list[Any]]) -> list[list[Any]]:
    """Keys of sums as their cube keeps them: it has the two places of a pair in columns of their own."""
    if "care" not in cube.c:
        return keys
    named = dict(zip(_sorted_keys(cube), keys, strict=True))
    both = {text: pair(text) for text in set(named["place"])}
    pairs = [both[text] for text in named["place"]]
    named["care"], named["place"] = [care for care, _ in pairs], [crossing for _, crossing in pairs]
    return [named[column.name] for column in cube.primary_key.columns]


def _sorted_keys(cube: Table) -> tuple[str, ...]:
    """The order in which sums come (`db.columns.sums.Cells`)."""
    if "stratum" in cube.c:
        return ("disease", "period", "place", "stratum")
    return ("disease", "place", "period")


def sealed_rows(
    connection: Connection, facilities: Collection[str] | None = None
) -> Iterator[list[tuple[Any, ...]]]:
    """Sealed sums by pair, as disease, pair, cell, stratum and sums: some days at a time.

    `facilities`: of these only, by their keys. They lie where the list of facilities has them now.
    """
    own = sealed_crossing.c
    chosen = [] if facilities is None else [own.facility_key.in_(facilities)]
    place = func.coalesce(facility.c.province, UNKNOWN) + _BETWEEN + own.crossing
    grouped = [own.disease, place, own.period, own.stratum]
    ends = select(func.min(own.period), func.max(own.period)).where(*chosen)
    first, last = connection.execute(ends).one()
    while first is not None and first <= last:
        rows = connection.execute(
            select(*grouped, *(func.sum(own[name]) for name in SUM_COLUMNS))
            .select_from(sealed_crossing.outerjoin(facility, facility.c.facility_key == own.facility_key))
            .where(*chosen, own.period >= first, own.period < first + _DAYS)
            .group_by(*grouped)
        ).all()
        first += _DAYS
        if rows:
            yield [(*row[:4], *map(int, row[4:])) for row in rows]


def held_from(connection: Connection) -> date | None:
    """First day from which crossings are known by province of care; None where they always are.

    Records that an earlier version sealed left sums by crossing and by province, and none by both.
    """
    day = meta.get(connection, HELD_FROM)
    return date.fromisoformat(day) if day else None
