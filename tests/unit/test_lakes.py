"""Making the file of lakes: decoding, choosing, refusing what is not the pinned package."""

import json
from itertools import pairwise

import pytest
import shapely

from geodata import lakes
from geodata.boundaries import LAKES, content
from geodata.boundaries import lakes as shores


def topology(*rings, kind="Polygon"):
    """A quantised TopoJSON file, written from its description: a ring is two arcs, the second backwards."""
    arcs, shapes = [], []
    for ring in rings:
        grid = [(round((x - 100) * 10), round((y - 10) * 10)) for x, y in ring]
        for half in (grid[:3], grid[:1:-1]):
            steps = [half[0], *((x - a, y - b) for (a, b), (x, y) in pairwise(half))]
            arcs.append(steps)
        shapes.append([[len(arcs) - 2, ~(len(arcs) - 1)]])
    made = [{"type": kind, "arcs": [arc] if kind == "MultiPolygon" else arc} for arc in shapes]
    return {
        "transform": {"scale": [0.1, 0.1], "translate": [100, 10]},
        "arcs": arcs,
        "objects": {"lakes": {"geometries": made}},
    }


def box(*sides):
    """Corners of a rectangle, the first one again at the end."""
    return list(shapely.box(*sides).exterior.coords)


@pytest.mark.parametrize("kind", ["Polygon", "MultiPolygon"])
def test_arcs_forward_and_backward_make_the_ring(kind):
    (found,) = lakes.decode(topology(box(103, 12, 104.5, 13), kind=kind))
    assert found.equals(shapely.box(103, 12, 104.5, 13))


def test_lakes_of_the_country_are_kept_the_largest_first_and_clockwise():
    rings = (box(101, 12, 102, 13), box(103, 11, 103.5, 11.5), box(103, 12, 104, 13))
    found = lakes.within(lakes.decode(topology(*rings)), shapely.box(102.5, 10.5, 107, 14.5))
    assert [one.bounds for one in found] == [(103, 12, 104, 13), (103, 11, 103.5, 11.5)]
    assert not any(one.exterior.is_ccw for one in found)


def test_the_committed_file_is_a_lake_of_the_country_clockwise_and_small():
    (shore,) = shores()
    lake = shapely.Polygon(shore)
    parts = [shapely.geometry.shape(one["geometry"]) for one in json.loads(content("provinces"))["features"]]
    assert lake.is_valid and not lake.exterior.is_ccw and shapely.union_all(parts).contains(lake)
    assert 1_500 < lake.area * 111.3**2 * 0.975 < 4_500, "square kilometres, dry and wet season"
    assert LAKES.stat().st_size < 3_000
    assert json.loads(LAKES.read_text(encoding="utf-8"))["license"] == "public domain"


def test_an_input_that_is_not_the_pinned_one_is_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(ValueError, match="is not the pinned file"):
        lakes.build(lambda _: b"{}", tmp_path / "lakes.geojson")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_package_is_one_sentence_not_a_traceback(tmp_path, capsys):
    assert lakes.main([str(tmp_path / "absent.tgz")]) == 1
    assert "absent.tgz" in capsys.readouterr().err
