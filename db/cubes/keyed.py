"""Sums of the records' keys, laid out as the sums of a release: the noise of a number comes from them.

The key of a record is a keyed hash of what the cubes know of it. So the same people have the same sum of keys
in every table, and nobody without the secret knows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from db.columns.sums import Additions, Coded, Records, StratumSums, grouped, joint
from db.cubes.archived_sums import held_from
from db.cubes.read import parts
from db.cubes.update import EVERY_CURRENT, SENSITIVE, added_by_cascade, allowed
from db.cubes.whole import SUMS, Cells, GroupCells
from db.tables.records import DIMENSIONS, SUM_COLUMNS, episode
from surveillance.epiweek import day_number
from surveillance.errors import UsageError
from surveillance.strata import CODE, HIDDEN_NUMBER
from surveillance.texts import N_

#: Kinds of place of which there are tables.
PLACES = ("care", "home", "crossing")
#: Sums are exact up to 2**53: records of one cell and part times the largest key.
_KEY_BYTES = 4
_ARCHIVED = N_(
    "noise needs the records themselves, and those before {day} are archived as sums: give --since {day}, or "
    "another method"
)
_Totals = list[tuple[str, Cells]]


@dataclass
class KeySums:
    """Sums of keys, part by part of the records, in the order of :data:`db.cubes.whole.SUMS`."""

    totals: dict[str, _Totals] = field(default_factory=lambda: {kind: [] for kind in PLACES})
    groups: list[tuple[str, str, GroupCells]] = field(default_factory=list)

    def by_place(self, disease: str, dimension: str, first: int, last: int) -> Iterator[Cells]:
        """Sums of each place and cell from `first` to `last`."""
        for code, one in self.totals[dimension]:
            if code == disease:
                yield _between(one, first, last)[0]

    def by_group(self, disease: str, first: int, last: int) -> Iterator[tuple[str, GroupCells]]:
        """Axis, and the sums of each place of care, value and cell from `first` to `last`."""
        for code, axis, one in self.groups:
            if code == disease:
                kept, chosen = _between(one.cells, first, last)
                yield axis, GroupCells(kept, one.values, one.value[chosen])


def _between(cells: Cells, first: int, last: int) -> tuple[Cells, NDArray[np.bool_]]:
    chosen = (cells.period >= first) & (cells.period <= last)
    return Cells(cells.names, cells.place[chosen], cells.period[chosen], cells.sums[chosen]), chosen


def read(connection: Connection, secret: bytes, first: int, last: int) -> KeySums:
    """Sum the keys of the current records of some cells of time.

    Raises
    ------
    UsageError
        Some of these records are archived: only their sums are held.
    """
    if (held := held_from(connection)) is not None and day_number(held) > first:
        raise UsageError(_ARCHIVED, "since", day=held)
    chosen = sa.and_(EVERY_CURRENT, episode.c.period.between(first, last))
    columns = [SUM_COLUMNS.index(name) for name in SUMS]
    by_cascade = added_by_cascade(connection)[:, columns]
    nothing = np.zeros_like(by_cascade)
    additions, found = Additions(by_cascade, nothing), KeySums()
    for records in parts(connection, chosen, {kind: DIMENSIONS[kind] for kind in PLACES}, []):
        keys = _keys(records, secret)
        for kind in PLACES:
            kept = allowed(kind, records.disease.among(SENSITIVE))
            added = additions.of(records.cascade[kept], records.moment[kept]) * keys[kept][:, None]
            place = records.places[kind]
            cell = (records.disease.codes, place.codes, records.period, records.stratum)
            own, sums = grouped([column[kept] for column in cell], added)
            summed = StratumSums(records.disease, place, (own[0], own[1], own[2], own[3]), sums)
            _keep(found, kind, summed)
    return found


def _keys(records: Records, secret: bytes) -> NDArray[np.int64]:
    """Return the key of each record."""
    named = [records.disease, *(records.places[kind] for kind in PLACES)]
    numbers = [records.period, records.stratum, records.cascade]
    each = joint([*(one.codes for one in named), *numbers])
    _, first, where = np.unique(each, return_index=True, return_inverse=True)
    texts = [one.texts(one.codes[first]) for one in named]
    said = zip(*texts, *(one[first].tolist() for one in numbers), strict=True)
    keys = [int.from_bytes(_hash(secret, row), "big") for row in said]
    return np.array(keys, np.int64)[where] if keys else np.zeros(0, np.int64)


def _hash(secret: bytes, row: Sequence[object]) -> bytes:
    text = "\x1f".join(map(str, row)).encode()
    return blake2b(text, digest_size=_KEY_BYTES, key=secret).digest()


def _keep(found: KeySums, kind: str, summed: StratumSums) -> None:
    (disease, place, period), sums = summed.total()
    found.totals[kind] += _by_disease(disease, place, np.array(period, np.int64), sums)
    if kind != "care":
        return
    for (disease, axis, value, period, place), sums in summed.by_group():
        numbers = np.array(value, np.int64)
        codes = CODE[axis[0]] if axis else {}
        values = sorted(set(codes) - {HIDDEN_NUMBER})
        of_disease = Coded.of(disease)
        for code, name in enumerate(of_disease.names):
            own = of_disease.codes == code
            ((_, cells),) = _by_disease(
                [name] * int(own.sum()),
                [one for one, mine in zip(place, own.tolist(), strict=True) if mine],
                np.array(period, np.int64)[own],
                sums[own],
            )
            at = np.searchsorted(values, numbers[own])
            found.groups.append((name, axis[0], GroupCells(cells, [codes[one] for one in values], at)))


def _by_disease(
    disease: Sequence[str], place: Sequence[str], period: NDArray[np.int64], sums: NDArray[np.int64]
) -> _Totals:
    of_disease, of_place = Coded.of(disease), Coded.of(place)
    found = []
    for code, name in enumerate(of_disease.names):
        own = of_disease.codes == code
        found.append((name, Cells(of_place.names, of_place.codes[own], period[own], sums[own])))
    return found
