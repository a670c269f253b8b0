"""Which provinces share a border, from the committed boundaries."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Any

from geodata import boundaries

Edge = frozenset[tuple[float, float]]


@lru_cache(maxsize=1)
def neighbours() -> dict[str, tuple[str, ...]]:
    """The provinces beside each province, by pcode: those that share a piece of border, not a point alone.

    Shapes share the points of their borders, so that each piece of a border is drawn by two provinces.
    """
    drawn: dict[Edge, list[str]] = defaultdict(list)
    codes = []
    for feature in json.loads(boundaries.content("provinces"))["features"]:
        codes.append(feature["id"])
        for edge in set(_edges(feature["geometry"])):
            drawn[edge].append(feature["id"])
    found: dict[str, set[str]] = {code: set() for code in codes}
    for sharing in drawn.values():
        for code in sharing:
            found[code].update(other for other in sharing if other != code)
    return {code: tuple(sorted(others)) for code, others in found.items()}


def _edges(geometry: dict[str, Any]) -> Iterator[Edge]:
    shapes = geometry["coordinates"]
    for polygon in [shapes] if geometry["type"] == "Polygon" else shapes:
        for ring in polygon:
            points = [(point[0], point[1]) for point in ring]
            yield from map(frozenset, pairwise(points))
