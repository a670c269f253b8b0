"""Distances on SaTScan's sphere, and coordinates that cannot be right."""

import math

import numpy as np
import pytest

from geodata.crossings import CROSSINGS
from geodata.distance import EARTH_RADIUS_KM, great_circle_km, point_problem, valid_point
from geodata.provinces import PROVINCES


def by_cosines(lat1, lon1, lat2, lon2):
    """Spherical law of cosines: another formula for the same distance."""
    a, b, c, d = map(math.radians, (lat1, lon1, lat2, lon2))
    return 6367 * math.acos(math.sin(a) * math.sin(c) + math.cos(a) * math.cos(c) * math.cos(b - d))


def test_a_quarter_of_a_great_circle():
    assert great_circle_km(0, 0, 90, 0) == pytest.approx(math.pi / 2 * 6367)
    assert great_circle_km(0, 10, 0, 100) == pytest.approx(math.pi / 2 * 6367)


def test_distances_agree_with_the_law_of_cosines():
    gates = [gate for gate in CROSSINGS.values() if gate.located]
    for one, other in zip(gates, gates[3:], strict=False):
        place = (one.lat, one.lon, other.lat, other.lon)
        assert great_circle_km(*place) == pytest.approx(by_cosines(*place), rel=1e-6)


def test_shapes_broadcast_to_a_distance_matrix():
    lat = np.array([p.label_lat for p in PROVINCES.values()])
    lon = np.array([p.label_lon for p in PROVINCES.values()])
    km = great_circle_km(lat[:, None], lon[:, None], lat, lon)
    assert km.shape == (25, 25)
    assert (np.diag(km) == 0).all()
    np.testing.assert_allclose(km, km.T)
    assert great_circle_km(13.0, 103.0, 12.0, 104.0).shape == ()


def test_antipodes_and_missing_coordinates_do_not_break_it():
    lat, lon = np.meshgrid(np.arange(-90, 90, 0.1), np.arange(-180, 0, 0.5))
    # At some of these points rounding puts the squared sine above 1.
    assert great_circle_km(lat, lon, -lat, lon + 180) == pytest.approx(math.pi * EARTH_RADIUS_KM)
    assert np.isnan(great_circle_km(np.nan, 105, 12, 105))


@pytest.mark.parametrize(
    ("lat", "lon", "code"),
    [
        (None, 102.55, "missing"),
        (13.66, None, "missing"),
        (math.nan, 102.55, "not_finite"),
        (13.66, math.inf, "not_finite"),
        (0, 0, "zero"),
        (102.5507, 13.6612, "swapped"),
        (91, 104, "out_of_range"),
        (12, 181, "out_of_range"),
        (48.85, 2.35, "outside"),
        (-12, 105, "outside"),
    ],
)
def test_a_wrong_coordinate_is_refused_with_its_reason(lat, lon, code):
    problem = point_problem(lat, lon)
    assert problem is not None
    assert problem.code == code
    assert problem.sentence.endswith(".")
    assert not valid_point(lat, lon)


def test_every_known_place_is_valid_and_seen_when_swapped():
    places = [(gate.lat, gate.lon) for gate in CROSSINGS.values() if gate.located]
    places += [(province.label_lat, province.label_lon) for province in PROVINCES.values()]
    assert all(valid_point(lat, lon) for lat, lon in places)
    assert {point_problem(lon, lat).code for lat, lon in places} == {"swapped"}
