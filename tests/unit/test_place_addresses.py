"""Neighbours, addresses and names of provinces, crossings and facilities."""

from __future__ import annotations

import json
from itertools import combinations

import shapely
from shapely.geometry import shape

from dashboard.services.place_pages import place
from geodata import boundaries
from geodata.adjacency import neighbours
from geodata.crossings import ALL_CROSSINGS
from geodata.provinces import PROVINCES


def test_neighbours_are_those_whose_shapes_share_a_line():
    features = json.loads(boundaries.content("provinces"))["features"]
    shapes = {feature["id"]: shapely.make_valid(shape(feature["geometry"])) for feature in features}
    shared: dict[str, set[str]] = {code: set() for code in PROVINCES}
    for one, other in combinations(shapes, 2):
        if shapes[one].boundary.intersection(shapes[other].boundary).length > 0:
            shared[one].add(other)
            shared[other].add(one)
    assert {code: set(found) for code, found in neighbours().items()} == shared
    assert all(shared.values())
    assert neighbours()["KH01"] == ("KH02", "KH17", "KH22")


def test_every_crossing_has_an_address_of_its_own():
    keys = {place.slug(one.name_en) for one in ALL_CROSSINGS.values()}
    assert len(keys) == len(ALL_CROSSINGS) and all(keys)
    assert place.slug("Poipet") == "poipet"
