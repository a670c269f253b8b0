"""What places add up to in each cell of time: asked of the database once, summed as often as it is shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from db.tables.districts.placed import Districts


class CoverageSums(NamedTuple):
    """What a place, a cell or a group adds up to."""

    records: int
    numerator: int
    denominator: int
    unknown: int


@dataclass(frozen=True)
class PlaceSums:
    """What places add up to, column by column: rows of `sums` are those of `CoverageSums`."""

    places: list[str]
    sums: NDArray[np.int64]

    @classmethod
    def of(cls, rows: Mapping[str, Any]) -> PlaceSums:
        """From the sums of each place."""
        sums = [[int(getattr(row, name)) for name in CoverageSums._fields] for row in rows.values()]
        return cls(list(rows), np.array(sums, np.int64).reshape(-1, len(CoverageSums._fields)))

    def by_place(self) -> dict[str, CoverageSums]:
        """The sums of each place."""
        return dict(zip(self.places, map(CoverageSums._make, self.sums.tolist()), strict=True))


@dataclass(frozen=True)
class PlaceCells:
    """Counts of each place in each cell, column by column: `place` are positions in `names`."""

    names: list[str]
    place: NDArray[np.int64]
    period: NDArray[np.int64]
    counts: NDArray[np.int64]

    def by_place(self, first: int, last: int) -> dict[str, CoverageSums]:
        """Counts of each place in the cells from `first` to `last`."""
        keys, sums = self._summed(self.place, (self.period >= first) & (self.period <= last))
        return dict(zip(map(self.names.__getitem__, keys), sums, strict=True))

    def by_period(self, first: int, last: int, place: str | None) -> dict[int, CoverageSums]:
        """Counts of each cell from `first` to `last`, of one place or (`None`) of all together."""
        inside = (self.period >= first) & (self.period <= last)
        if place is not None:
            inside &= self.place == (self.names.index(place) if place in self.names else -1)
        return dict(zip(*self._summed(self.period, inside), strict=True))

    def in_districts(self, districts: Districts | None) -> PlaceCells:
        """Cells of facilities as those of the districts to which they belonged."""
        names, place = (districts or Districts({})).of_rows(self.names, self.place, self.period)
        return replace(self, names=names, place=place)

    def _summed(
        self, keys: NDArray[np.int64], kept: NDArray[np.bool_]
    ) -> tuple[list[int], list[CoverageSums]]:
        found, position = np.unique(keys[kept], return_inverse=True)
        sums = np.zeros((len(found), self.counts.shape[1]), np.int64)
        np.add.at(sums, position, self.counts[kept])
        return found.tolist(), [CoverageSums(*row) for row in sums.tolist()]


def in_districts(
    parts: Iterable[tuple[Mapping[str, Any], Districts, int | None]],
) -> dict[str, CoverageSums]:
    """Counts of facilities as those of districts.

    Parameters
    ----------
    parts : iterable
        Counts by facility in cells in which none moves; the districts; and the first of these cells.
    """
    found: dict[str, CoverageSums] = {}
    for rows, districts, cell in parts:
        for facility_id, row in rows.items():
            name = districts.at(facility_id, cell or 0)
            sums = CoverageSums(*(int(getattr(row, one)) for one in CoverageSums._fields))
            held = found.get(name)
            found[name] = sums if held is None else CoverageSums(*map(int.__add__, held, sums))
    return found


def several_in_districts(
    parts: Iterable[tuple[Mapping[str, Mapping[str, PlaceSums]], Districts, int | None]],
) -> dict[str, dict[str, PlaceSums]]:
    """What :func:`in_districts` says, by disease and measure."""
    read: dict[str, dict[str, list[tuple[Mapping[str, Any], Districts, int | None]]]] = {}
    for diseases, districts, cell in parts:
        for disease, measures in diseases.items():
            for measure, sums in measures.items():
                held = read.setdefault(disease, {}).setdefault(measure, [])
                held.append((sums.by_place(), districts, cell))
    return {
        disease: {measure: PlaceSums.of(in_districts(held)) for measure, held in measures.items()}
        for disease, measures in read.items()
    }
