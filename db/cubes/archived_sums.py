"""Reading what is kept of records that are no longer held one by one: until when, sums, fingerprints."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.columns.sums import Coded, StratumSums
from db.cubes import border
from db.cubes.upsert import add_to_sums
from db.tables import meta
from db.tables.archived import sealed_line_list, sealed_record, sealed_sum, sealed_unlisted
from db.tables.cohorts import SEALED
from db.tables.records import BORDER, DIMENSIONS, SUM_COLUMNS
from surveillance.epiweek import day_of_number, time_cell_last_day

#: The fact that says what was sealed: a JSON list, one entry for each time.
SEALS = "seals"
#: Each content that a sealed record had, and how many records were last said so and are counted.
Contents = dict[bytes, int]
Vector = NDArray[np.int64]
#: StratumSums whose sums are read at a time, to bound the memory.
_CELLS = 26
#: Fingerprints looked up at a time.
_ASKED = 800


@dataclass(frozen=True)
class Seal:
    """One time that records were sealed: on which day (ISO), all with a visit before which cell, how many."""

    on: str
    before: int
    records: int

    @property
    def before_day(self) -> date:
        """First day whose records were not sealed."""
        return day_of_number(self.before)


def seals(connection: Connection) -> list[Seal]:
    """What was sealed, the first time first."""
    return [Seal(**said) for said in json.loads(meta.get(connection, SEALS) or "[]")]


def add_seal(connection: Connection, seal: Seal) -> None:
    """Remember one more."""
    meta.put(connection, SEALS, json.dumps([asdict(one) for one in (*seals(connection), seal)]))


def held_from(connection: Connection) -> date | None:
    """First day from which records are held one by one; None where all of them are."""
    found = [seal.before_day for seal in seals(connection)]
    return max(found) if found else None


def counts_until(connection: Connection) -> date:
    """Last day of the last cell in which a sealed record counts: treatment may begin after the visit."""
    visits = select(func.max(sealed_sum.c.period)).where(sealed_sum.c.dimension == "home")
    starts = select(func.max(SEALED.cohort.c.period))
    last = max(connection.execute(query).scalar_one() or 0 for query in (visits, starts))
    return time_cell_last_day(day_of_number(last))


def sums(connection: Connection) -> Iterator[tuple[str, StratumSums]]:
    """Kind of place, and sealed sums of some cells: all cubes of the kind have them as a part."""
    ends = select(func.min(sealed_sum.c.period), func.max(sealed_sum.c.period))
    keys = ("disease", "place", "period", "stratum")
    for dimension in DIMENSIONS:
        mine = sealed_sum.c.dimension == dimension
        first, last = connection.execute(ends.where(mine)).one()
        while first is not None and first <= last:
            until = first + 7 * _CELLS
            rows = connection.execute(
                select(*(sealed_sum.c[name] for name in (*keys, *SUM_COLUMNS))).where(
                    mine, sealed_sum.c.period >= first, sealed_sum.c.period < until
                )
            ).all()
            first = until
            if not rows:
                continue
            yield dimension, cells_of(rows)
    for part in border.sealed_rows(connection):
        yield BORDER, cells_of(part)


def cells_of(rows: Sequence[Sequence[Any]]) -> StratumSums:
    """Sums from rows of disease, place, cell, stratum and sums."""
    disease, place, period, stratum, *counts = zip(*rows, strict=True)
    names, places = Coded.of(disease), Coded.of(place)
    numbered = (np.array(period, np.int64), np.array(stratum, np.int64))
    return StratumSums(names, places, (names.codes, places.codes, *numbered), np.array(counts, np.int64).T)


def add_sums(connection: Connection, dimension: str, summed: StratumSums) -> None:
    """Add to the sealed sums of one kind of place."""
    (disease, period, place, stratum), added = summed.by_stratum(stratum_first=False)
    keys = {"disease": disease, "period": period, "place": place, "stratum": stratum}
    keys["dimension"] = [dimension] * len(disease)
    ordered = [keys[column.name] for column in sealed_sum.primary_key.columns]
    add_to_sums(connection, sealed_sum, [*ordered, *added.T.tolist()], taking=bool((added < 0).any()))


def line_list(
    connection: Connection, facility_key: str, disease: str, first: int, last: int
) -> Iterator[tuple[int, int, Vector]]:
    """Cell, stratum and sums of what is sealed of a facility's line list, in cells from `first` to `last`."""
    c = sealed_line_list.c
    query = select(c.period, c.stratum, *(c[name] for name in SUM_COLUMNS)).where(
        c.facility_key == facility_key, c.disease == disease, c.period.between(first, last)
    )
    for cell, stratum, *sums in connection.execute(query):
        yield cell, stratum, np.array(sums, np.int64)


def unlisted(connection: Connection, facilities: Collection[str]) -> dict[tuple[str, str], set[int]]:
    """Facility and disease -> cells in which sealed records count whose sums by facility are not kept."""
    found: dict[tuple[str, str], set[int]] = {}
    rows = select(sealed_unlisted).where(sealed_unlisted.c.facility_key.in_(sorted(facilities)))
    for name, disease, cell in connection.execute(rows):
        found.setdefault((name, disease), set()).add(cell)
    return found


def known(connection: Connection, identities: Collection[bytes]) -> dict[bytes, Contents]:
    """Of some identities those that are sealed, with what is known of them."""
    asked, found = list(identities), dict[bytes, Contents]()
    for start in range(0, len(asked), _ASKED):
        part = asked[start : start + _ASKED]
        for identity, content, count in connection.execute(
            select(sealed_record).where(sealed_record.c.identity.in_(part))
        ):
            found.setdefault(bytes(identity), {})[bytes(content)] = count
    return found
