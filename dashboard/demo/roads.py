"""Invented roads between the facilities of the demo, and the outbreak that follows one of them.

In each part of the country four roads lead side by side through the provinces, each from facility to
facility, and meet in Phnom Penh. No true road is drawn. Few cases at each place of one road, within weeks,
are an outbreak that a circle mixes with the places of the other roads.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from dashboard.demo.draws import Draws
from dashboard.demo.facilities import Facility, facilities
from dashboard.demo.plants import REFERENCE_N, sees_throughout
from geodata.distance import great_circle_km
from geodata.provinces import PROVINCES

COLUMNS = ("from", "to", "distance", "source")
SOURCE = "synthetic demo: invented"
#: Roads side by side in each part of the country.
SIDE_BY_SIDE = 4
#: Parts of the country: the provinces through which roads lead, on their way to Phnom Penh.
_PARTS = (
    ("KH01", "KH24", "KH02", "KH15", "KH04"),
    ("KH22", "KH17", "KH13", "KH06"),
    ("KH16", "KH11", "KH19", "KH10", "KH25", "KH03", "KH14", "KH20"),
    ("KH09", "KH18", "KH23", "KH07", "KH21", "KH05", "KH08"),
)
_HUB = "KH12"
#: How much longer a road is than the crow's way.
_WINDING = 1.3
#: The outbreak: its disease, places in a row on one road, and cases in 200,000 records.
DISEASE, PLACES, CASES = "measles", 12, 24
#: The first Monday on which it may begin, how many Mondays there are, and how many days it lasts.
_FIRST, _MONDAYS, _DAYS = date(2024, 1, 8), 9, 28


@dataclass(frozen=True)
class Corridor:
    """An outbreak along a road: facilities in their order, first and last day."""

    facilities: tuple[str, ...]
    start: date
    end: date

    def cases(self, n: int) -> int:
        """Cases in `n` records."""
        return (CASES * n + REFERENCE_N // 2) // REFERENCE_N


@lru_cache(maxsize=1)
def roads() -> tuple[tuple[str, ...], ...]:
    """Facilities in the order in which each road passes them, the last one in Phnom Penh."""
    placed = [one for one in facilities() if one.latitude]
    hub = next(one.facility_id for one in placed if one.province == _HUB and one.kind == "hospital")
    found: list[tuple[str, ...]] = []
    for part in _PARTS:
        lanes: list[list[str]] = [[] for _ in range(SIDE_BY_SIDE)]
        for province, after in pairwise((*part, _HUB)):
            own = sorted(
                (one for one in placed if one.province == province),
                key=lambda one: _along(one, province, after),
            )
            seeing = [one for one in own if sees_throughout(one, DISEASE)]
            dealt = {
                one.facility_id: number % SIDE_BY_SIDE
                for some in (seeing, [one for one in own if one not in seeing])
                for number, one in enumerate(some)
            }
            for one in own:
                lanes[dealt[one.facility_id]].append(one.facility_id)
        found += [(*lane, hub) for lane in lanes]
    around = [one.facility_id for one in placed if one.province == _HUB and one.facility_id != hub]
    return (*found, (hub, *around))


def _along(facility: Facility, province: str, after: str) -> float:
    """How far a facility lies on the way from its province to the next."""
    here, there = PROVINCES[province], PROVINCES[after]
    north, east = there.label_lat - here.label_lat, there.label_lon - here.label_lon
    return (float(facility.latitude) - here.label_lat) * north + (
        float(facility.longitude) - here.label_lon
    ) * east


def rows() -> list[dict[str, Any]]:
    """Rows of a file of roads."""
    where = {one.facility_id: one for one in facilities()}

    def km(a: Facility, b: Facility) -> float:
        ends = (float(a.latitude), float(a.longitude), float(b.latitude), float(b.longitude))
        return round(max(0.1, _WINDING * float(great_circle_km(*ends))), 1)

    return [
        {"from": a, "to": b, "distance": km(where[a], where[b]), "source": SOURCE}
        for road in roads()
        for a, b in pairwise(road)
    ]


@lru_cache(maxsize=16)
def corridor(seed: int) -> Corridor:
    """The outbreak of one demo: which road, which places, and when."""
    draws, one = Draws(seed), np.zeros(1, np.uint64)

    def upto(tag: str, most: int) -> int:
        return int(draws.between(f"corridor {tag}", one, 0, most)[0])

    of = {facility.facility_id: facility for facility in facilities()}
    every = [[name for name in road if sees_throughout(of[name], DISEASE)] for road in roads()[:-1]]
    long = [road for road in every if len(road) >= PLACES]
    seeing = long[upto("road", len(long) - 1)]
    first = upto("place", len(seeing) - PLACES)
    start = _FIRST + timedelta(weeks=upto("week", _MONDAYS - 1))
    return Corridor(tuple(seeing[first : first + PLACES]), start, start + timedelta(days=_DAYS - 1))


def places_of(seed: int, keys: np.ndarray) -> np.ndarray:
    """Which place of the outbreak each of its cases is seen at: each has one before any has two."""
    order = np.argsort(Draws(seed).bits("corridor case", keys), kind="stable")
    place = np.empty(len(keys), np.int64)
    rank = np.arange(len(keys))
    drawn = Draws(seed).between("corridor place", keys[order], 0, PLACES - 1)
    place[order] = np.where(rank < PLACES, rank, drawn)
    return place
