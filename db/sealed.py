"""Reading what is kept of records that are no longer held one by one: until when, sums, fingerprints."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from datetime import date

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db import meta
from db.cube_sums import Cells, Coded
from db.schema import DIMENSIONS, SUM_COLUMNS
from db.sealed_schema import sealed_record, sealed_sum
from surveillance.epiweek import day_of_number

#: The fact that says what was sealed: a JSON list, one entry for each time.
SEALS = "seals"
#: Cells whose sums are read at a time, to bound the memory.
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


def sums(connection: Connection) -> Iterator[tuple[str, Cells]]:
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
            disease, place, period, stratum, *counts = zip(*rows, strict=True)
            names, places = Coded.of(disease), Coded.of(place)
            numbered = (np.array(period, np.int64), np.array(stratum, np.int64))
            yield (
                dimension,
                Cells(names, places, (names.codes, places.codes, *numbered), np.array(counts, np.int64).T),
            )


def known(connection: Connection, identities: Collection[bytes]) -> dict[bytes, dict[bytes, int]]:
    """Of some identities those that are sealed: each content that it had, and how often."""
    asked, found = list(identities), dict[bytes, dict[bytes, int]]()
    for start in range(0, len(asked), _ASKED):
        part = asked[start : start + _ASKED]
        for identity, content, count in connection.execute(
            select(sealed_record).where(sealed_record.c.identity.in_(part))
        ):
            found.setdefault(bytes(identity), {})[bytes(content)] = count
    return found
