"""The committed boundary files: complete, valid, oriented for Plotly, without gaps and overlaps."""

import hashlib
import json
from itertools import combinations, pairwise

import pytest
import shapely
from pyproj import Geod

from geodata.boundaries import ATTRIBUTION, PATHS, content, content_hash, fingerprinted_name
from geodata.crossings import CROSSINGS
from geodata.distance import great_circle_km
from geodata.provinces import PROVINCES

#: Square degrees; 1e-5 is 0.12 km², a strip 11 m wide and 11 km long.
SLIVER = 1e-5


def features(name):
    return json.loads(content(name))["features"]


def shapes(name):
    return {feature["id"]: shapely.geometry.shape(feature["geometry"]) for feature in features(name)}


@pytest.fixture(scope="module")
def provinces():
    return shapes("provinces")


@pytest.fixture(scope="module")
def neighbours():
    return shapes("neighbours")


@pytest.fixture(scope="module")
def cambodia(provinces):
    return shapely.union_all(list(provinces.values()))


def turns_clockwise(ring):
    """Shoelace formula; x to the right, y up."""
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring)) < 0


def polygons(geometry):
    return [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]


def test_every_province_is_there_once_under_its_pcode():
    assert [feature["id"] for feature in features("provinces")] == list(PROVINCES)
    for feature in features("provinces"):
        province = PROVINCES[feature["id"]]
        assert feature["properties"] == {
            "pcode": province.pcode,
            "name_en": province.name_en,
            "name_km": province.name_km,
        }


def test_the_neighbours_are_thailand_laos_and_vietnam():
    assert [feature["id"] for feature in features("neighbours")] == ["TH", "LA", "VN"]


@pytest.mark.parametrize("name", PATHS)
def test_exterior_rings_run_clockwise_and_holes_the_other_way(name):
    for feature in features(name):
        for exterior, *holes in polygons(feature["geometry"]):
            assert turns_clockwise(exterior), feature["id"]
            assert not any(turns_clockwise(hole) for hole in holes), feature["id"]


@pytest.mark.parametrize("name", PATHS)
def test_every_geometry_is_valid(name):
    assert {code: shapely.is_valid_reason(shape) for code, shape in shapes(name).items()} == dict.fromkeys(
        shapes(name), "Valid Geometry"
    )


@pytest.mark.parametrize("name", PATHS)
def test_coordinates_have_at_most_four_decimals(name):
    points = shapely.get_coordinates(list(shapes(name).values()))
    assert (points.round(4) == points).all()


def test_provinces_share_their_borders_point_by_point(provinces, cambodia):
    assert shapely.coverage_is_valid(list(provinces.values()))
    assert [len(part.interiors) for part in shapely.get_parts(cambodia)] == [0, 0, 0, 0]


def test_the_capital_is_a_hole_in_kandal(provinces):
    (hole,) = provinces["KH08"].interiors
    assert shapely.Polygon(hole).equals(provinces["KH12"])


def test_countries_do_not_overlap(neighbours, cambodia):
    for (_, one), (_, other) in combinations([*neighbours.items(), ("KH", cambodia)], 2):
        assert one.intersection(other).area < SLIVER


def test_there_is_no_gap_between_the_countries(neighbours, cambodia):
    together = shapely.union_all([cambodia, *neighbours.values()])
    gaps = [shapely.Polygon(ring).area for part in shapely.get_parts(together) for ring in part.interiors]
    assert max(gaps, default=0) < SLIVER


def test_a_province_touches_the_countries_it_is_said_to_border(provinces, neighbours):
    """Koh Kong is the exception: the source lost the strip of Thailand beside it."""
    for pcode, shape in provinces.items():
        beside = tuple(code for code, area in neighbours.items() if shape.distance(area) < 0.001)
        assert set(beside) == set(PROVINCES[pcode].borders) - ({"TH"} if pcode == "KH09" else set()), pcode


def test_areas_are_those_of_the_table(provinces):
    geod = Geod(ellps="WGS84")
    for pcode, shape in provinces.items():
        km2 = abs(geod.geometry_area_perimeter(shapely.orient_polygons(shape))[0]) / 1e6
        assert km2 == pytest.approx(PROVINCES[pcode].area_map_km2, rel=0.005), pcode


def test_a_label_lies_in_its_province(provinces):
    outside = [
        pcode
        for pcode, shape in provinces.items()
        if not shape.contains(shapely.Point(PROVINCES[pcode].label_lon, PROVINCES[pcode].label_lat))
    ]
    assert outside == []


def test_a_gate_with_a_sourced_position_is_within_a_kilometre_of_its_province(provinces):
    sourced = [gate for gate in CROSSINGS.values() if gate.grade in {"A", "B"}]
    assert len(sourced) == 12
    for gate in sourced:
        line = shapely.shortest_line(provinces[gate.pcode], shapely.Point(gate.lon, gate.lat))
        (lon, lat), _ = line.coords
        assert great_circle_km(lat, lon, gate.lat, gate.lon) < 1, gate.id


@pytest.mark.parametrize("name", PATHS)
def test_files_carry_their_attribution_and_licence(name):
    collection = json.loads(content(name))
    assert collection["attribution"] == ATTRIBUTION == "© OpenStreetMap contributors"
    assert collection["license"] == "ODbL-1.0"
    licence = PATHS[name].with_name("LICENSE-ODbL.md").read_text(encoding="utf-8")
    assert licence.startswith("## ODC Open Database License (ODbL)")


@pytest.mark.parametrize("name", PATHS)
def test_the_name_in_an_address_changes_with_the_content(name):
    digest = hashlib.sha256(PATHS[name].read_bytes()).hexdigest()
    assert content_hash(name) == digest[:12]
    assert fingerprinted_name(name) == f"{name}.{digest[:12]}.geojson"


def test_an_unknown_boundary_file_is_refused():
    with pytest.raises(KeyError):
        fingerprinted_name("../secrets")
