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
    """The question as named texts, for `dashboard.cluster_filters.ClusterQuery.read`."""
    return {"disease": plant.disease} | SCANS[plant.code]


def untouched(plant: Plant) -> dict[str, str]:
    """The question with disease and kind of place alone: everything else is as usual."""
    return {name: value for name, value in question(plant).items() if name in ("disease", "by", "place")}


def command(plant: Plant, asked: dict[str, str] | None = None) -> str:
    """A question as a command; the one that suits the plant unless another is given."""
    named = question(plant) if asked is None else asked
    options = (f"--{name.replace('_', '-')} {value}" for name, value in named.items())
    return f"python app.py clusters {' '.join(options)}"


def where(plant: Plant) -> frozenset[str]:
    """Locations that hold the planted cases."""
    return frozenset(plant.facilities or (plant.where,))


def plants() -> tuple[Plant, ...]:
    """Every planted cluster, in order."""
    return PLANTS
