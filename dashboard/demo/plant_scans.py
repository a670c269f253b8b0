"""The scan that finds each planted cluster, as `clusters` takes it."""

from __future__ import annotations

from dashboard.demo.plants import PLANTS, Plant

_PERMUTATION = {"model": "space-time-permutation"}
_WEEKS = _PERMUTATION | {"time": "retrospective", "time_unit": "week", "max_duration": "12"}
#: Planted cluster -> what to ask; what is not there is as usual.
SCANS: dict[str, dict[str, str]] = {
    "tb-svay-rieng": {"by": "facility"},
    "dengue-kampong-cham": {"by": "facility"} | _WEEKS,
    "measles-ratanakiri": {"by": "facility"}
    | _PERMUTATION
    | {"time": "prospective", "min_duration": "2", "max_duration": "30"},
    "hepatitis-b-kampong-thom": {"by": "province", "place": "home"},
    "awd-osmach": {"by": "crossing"} | _WEEKS,
    "malaria-mondulkiri": {"by": "province", "place": "infection"} | _WEEKS,
}


def question(plant: Plant) -> dict[str, str]:
    """The question as named texts, for `dashboard.cluster_filters.read_cluster_query`."""
    return {"disease": plant.disease} | SCANS[plant.code]


def command(plant: Plant) -> str:
    """The question as a command."""
    options = (f"--{name.replace('_', '-')} {value}" for name, value in question(plant).items())
    return f"python app.py clusters {' '.join(options)}"


def where(plant: Plant) -> frozenset[str]:
    """Locations that hold the planted cases."""
    return frozenset(plant.facilities or (plant.where,))


def plants() -> tuple[Plant, ...]:
    """Every planted cluster, in order."""
    return PLANTS
