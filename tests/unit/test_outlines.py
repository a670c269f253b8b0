"""The committed outlines: current, complete, sharing their borders, small, with labels that keep apart."""

from __future__ import annotations

import gzip
import re
from itertools import combinations

import pytest
import shapely

from dashboard.figures.hatch import STEP, across, rings_of
from geodata import outlining
from geodata.crossings import CROSSINGS
from geodata.outlines import HEIGHT, LETTERS, LINE, PATH, VALUE_LINE, WIDTH, outlines, project
from geodata.provinces import PROVINCES


def shape_of(path: str) -> shapely.Geometry:
    """The polygon that a path draws, read by the rules of SVG."""
    rings = []
    for part in path.rstrip("z").split("z"):
        numbers = [float(number) for number in re.findall(r"-?(?:\d+\.?\d*|\.\d+)", part)]
        x, y = numbers[:2]
        points = [(x, y)]
        for step_x, step_y in zip(numbers[2::2], numbers[3::2], strict=True):
            x, y = round(x + step_x, 1), round(y + step_y, 1)
            points.append((x, y))
        rings.append(shapely.Polygon(points))
    whole = rings[0]
    for ring in rings[1:]:
        whole = whole - ring if whole.contains(ring) else shapely.union(whole, ring)
    return whole


@pytest.fixture(scope="module")
def shapes():
    return {pcode: shape_of(one.path) for pcode, one in outlines().provinces.items()}


@pytest.mark.full  # that it is close to the boundaries is tried below
def test_the_committed_file_is_what_the_boundaries_make():
    assert PATH.read_text(encoding="utf-8") == outlining.made(), "run `make geodata`"


def test_every_province_is_drawn_in_the_view_and_close_to_its_boundary(shapes):
    assert list(shapes) == list(PROVINCES)
    west, north, east, south = shapely.total_bounds(list(shapes.values()))
    assert 0 < west < east < WIDTH and 0 < north < south < HEIGHT
    for pcode, exact in outlining._shapes("provinces").items():
        overlap = shapes[pcode].intersection(exact).area / shapes[pcode].union(exact).area
        assert overlap > (0.85 if exact.area < 300 else 0.95), pcode


def test_neighbouring_provinces_share_their_borders_point_by_point(shapes):
    assert shapely.coverage_is_valid(list(shapes.values()))
    assert shapes["KH08"].touches(shapes["KH12"]), "the capital lies in a hole"
    assert all(
        shapes[pcode].contains(shapely.Point(one.x, one.y)) for pcode, one in outlines().provinces.items()
    )


def test_the_lake_lies_within_the_provinces_that_share_it(shapes):
    lake = shape_of(outlines().lakes)
    shared = {pcode for pcode, shape in shapes.items() if shape.intersection(lake).area > 10}
    assert shared == {"KH02", "KH04", "KH06", "KH15", "KH17"}
    assert shapely.union_all(list(shapes.values())).contains(lake)


def test_the_outlines_are_small():
    held = outlines()
    text = "".join(one.path for one in held.provinces.values()) + held.land + held.borders + held.lakes
    assert len(text) < 20_000
    assert len(gzip.compress(text.encode())) < 9_000


def test_gates_lie_where_the_outlines_do(shapes):
    for gate in CROSSINGS.values():
        if gate.grade in {"A", "B"} and gate.position:
            assert shapes[gate.pcode].distance(shapely.Point(project(*gate.position))) < 3, gate.id


def box_of(kind: str, pcode: str) -> shapely.Geometry:
    """The room that a label may take."""
    place, letters = outlines().provinces[pcode].labels[kind], LETTERS[kind]
    width = outlining.label_widths().get(kind, {}).get(pcode, (0.0,))[1 if place.split else 0]
    half = max(outlining.VALUE_WIDTH, width) * letters / 2
    tall = (LINE[kind] * (2 if place.split else 1) + VALUE_LINE) * letters / 2
    return shapely.box(place.x - half, place.y - tall, place.x + half, place.y + tall)


@pytest.mark.parametrize("kind", LETTERS)
def test_labels_keep_apart_and_in_the_view_and_lines_touch_no_label(kind):
    boxes = {pcode: box_of(kind, pcode) for pcode in PROVINCES}
    view = shapely.box(0, 0, WIDTH, HEIGHT)
    assert all(view.contains(box) for box in boxes.values())
    for (one, box), (other, beside) in combinations(boxes.items(), 2):
        assert not box.intersects(beside), (one, other)
    for pcode, one in outlines().provinces.items():
        leader = one.labels[kind].leader
        if leader is None:
            continue
        line = shapely.LineString([leader[:2], leader[2:]])
        assert line.distance(boxes[pcode]) < 0.2
        assert not any(line.intersects(box) for other, box in boxes.items() if other != pcode), pcode


@pytest.mark.parametrize("kind", LETTERS)
def test_a_label_lies_in_its_province_or_a_line_leads_from_it(kind, shapes):
    country = shapely.union_all(list(shapes.values()))
    for pcode, one in outlines().provinces.items():
        place = one.labels[kind]
        if place.leader is None:
            own = {code: box_of(kind, pcode).intersection(shape).area for code, shape in shapes.items()}
            assert max(own, key=own.__getitem__) == pcode
        else:
            assert shapes[pcode].distance(shapely.Point(place.leader[:2])) < 0.2
            assert not box_of(kind, pcode).intersects(country)


def test_a_hatch_lies_in_its_province_and_covers_it(shapes):
    for pcode, shape in shapes.items():
        ends = across(rings_of(outlines().provinces[pcode].path))
        lines = [shapely.LineString(pair) for pair in ends]
        west, north, east, south = shape.bounds
        exact = []
        first = int((west + north) // (STEP * 2**0.5))
        for number in range(first, int((east + south) // (STEP * 2**0.5)) + 1):
            level = (number + 0.5) * STEP * 2**0.5
            line = shapely.LineString([(west - 1, level - west + 1), (east + 1, level - east - 1)])
            exact.append(shapely.intersection(line, shape).length)
        assert sum(line.length for line in lines) == pytest.approx(sum(exact), abs=0.2 * len(ends) + 0.2)
        assert all(shape.buffer(0.2).contains(line) for line in lines), pcode


def test_labels_without_room_are_refused():
    square = shapely.box(0, 0, 10, 10)
    label = outlining.Label("KH01", square, (5, 5), ((2_000.0, 20.0),))
    with pytest.raises(ValueError, match="no room for the label of KH01"):
        outlining.Placing(square, 0.6).place([label])
