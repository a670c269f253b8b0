"""Planted clusters: one of each kind that detection must find.

    python -m dashboard.demo.plants

prints the table of docs/demo.md.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal

from dashboard.demo.facilities import Facility, distance2, facilities, silences
from dashboard.demo.profiles import PROFILES
from dashboard.demo.seasons import FIRST_DAY, LAST_DAY
from geodata.crossings import CROSSINGS
from geodata.provinces import PROVINCES

Place = Literal["facility", "home", "crossing", "infection"]
#: Number of records that `size` refers to; other numbers of records scale it.
REFERENCE_N = 200_000


@dataclass(frozen=True)
class Plant:
    """One planted excess of positive cases.

    `by`: the kind of place it is a cluster of. `where`: the province or crossing; for facilities, the
    province whose label point the `n_facilities` are nearest to. `size`: planted cases in 200,000 records.
    """

    code: str
    disease: str
    by: Place
    where: str
    start: date
    end: date
    size: int
    method: str
    n_facilities: int = 0

    @property
    def facilities(self) -> tuple[str, ...]:
        """Facilities that hold the planted cases; empty where they were seen anywhere."""
        return _nearest(self.where, self.disease, self.n_facilities) if self.n_facilities else ()

    def cases(self, n: int) -> int:
        """Planted cases in `n` records."""
        return (self.size * n + REFERENCE_N // 2) // REFERENCE_N


PLANTS: tuple[Plant, ...] = (
    Plant(
        "tb-svay-rieng", "tb", "facility", "KH20", FIRST_DAY, LAST_DAY, 110,
        "Bernoulli, purely spatial: positive among tested, by facility", 5,
    ),
    Plant(
        "dengue-kampong-cham", "dengue", "facility", "KH03", date(2024, 8, 5), date(2024, 9, 1), 90,
        "space-time permutation, retrospective, weeks, by facility", 4,
    ),
    Plant(
        "measles-ratanakiri", "measles", "facility", "KH16", date(2026, 6, 10), LAST_DAY, 40,
        "space-time permutation, prospective, days, 2 to 30 days, by facility", 3,
    ),
    Plant(
        "hepatitis-b-kampong-thom", "hepatitis_b", "home", "KH06", FIRST_DAY, LAST_DAY, 70,
        "Bernoulli, purely spatial: positive among tested, by home province",
    ),
    Plant(
        "awd-osmach", "awd", "crossing", "TH03", date(2025, 2, 3), date(2025, 3, 2), 45,
        "space-time permutation, retrospective, weeks, by crossing",
    ),
    Plant(
        "malaria-mondulkiri", "malaria", "infection", "KH11", date(2023, 6, 5), date(2023, 7, 16), 80,
        "space-time permutation, retrospective, weeks, by place of infection",
    ),
)  # fmt: skip


def sees_throughout(facility: Facility, disease: str) -> bool:
    """Whether a facility sees the disease, has a position and reported throughout."""
    kinds = ("hospital", "health_centre", "health_post", "village_worker", "mobile_worker", "border_post")
    throughout = facility.reports_from <= FIRST_DAY.isoformat() and not facility.reports_to
    return (
        facility.kind in kinds
        and PROFILES[disease].kinds[kinds.index(facility.kind)] > 0
        and bool(facility.latitude)
        and throughout
        and facility.facility_id not in silences()
    )


@cache
def _nearest(province: str, disease: str, how_many: int) -> tuple[str, ...]:
    """The facilities nearest to the label point of a province that see the disease."""
    lat, lon = PROVINCES[province].label_lat, PROVINCES[province].label_lon
    candidates = [facility for facility in facilities() if sees_throughout(facility, disease)]
    candidates.sort(key=lambda facility: distance2(facility, lat, lon))
    return tuple(facility.facility_id for facility in candidates[:how_many])


def _place(plant: Plant) -> str:
    if plant.by == "facility":
        return ", ".join(plant.facilities)
    if plant.by == "crossing":
        return f"crossing {plant.where} ({CROSSINGS[plant.where].name_en})"
    kind = "home province" if plant.by == "home" else "infected in"
    return f"{kind} {plant.where} ({PROVINCES[plant.where].name_en})"


def as_markdown() -> str:
    """The planted clusters as a table."""
    lines = [
        "| code | disease | where | first day | last day | planted cases in 200,000 records | found by |",
        "|---|---|---|---|---|---|---|",
    ]
    lines.extend(
        f"| {p.code} | {p.disease} | {_place(p)} | {p.start} | {p.end} | {p.size} | {p.method} |"
        for p in PLANTS
    )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(as_markdown())
