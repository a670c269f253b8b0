"""Making the boundary files: decoding, closing gaps, refusing what is not the pinned package."""

import json
import os
import tarfile
from pathlib import Path

import numpy as np
import pytest
import shapely

from geodata import build
from geodata.boundaries import PATHS

PACKAGE = os.environ.get("CHHLANG_BOUNDARY_PACKAGE")


def encode_ring(points):
    """The inverse of the format, written from its description: steps, zigzag, 64 above zero."""
    grid = [(round(x * 1024), round(y * 1024)) for x, y in points]
    previous, text = grid[0], ""
    for point in grid:
        for step in (point[0] - previous[0], point[1] - previous[1]):
            text += chr((step * 2 if step >= 0 else -step * 2 - 1) + 64)
        previous = point
    return text, list(grid[0])


def encoded(*boxes):
    """Text of an encoded file with one rectangle a feature."""
    features = []
    for index, box in enumerate(boxes):
        text, offset = encode_ring(shapely.box(*box).exterior.coords)
        features.append(
            {
                "properties": {"name": f"area {index}"},
                "geometry": {"type": "Polygon", "coordinates": [text], "encodeOffsets": [offset]},
            }
        )
    return json.dumps({"features": features})


def test_a_ring_written_out_by_hand_is_decoded():
    text = json.dumps(
        {
            "features": [
                {
                    "properties": {"name": "square"},
                    "geometry": {
                        "type": "MultiPolygon",
                        # steps 0,0 · +16,0 · 0,+16 · -16,0 · 0,-16
                        "coordinates": [["@@`@@`_@@_"]],
                        "encodeOffsets": [[[105 * 1024, 12 * 1024]]],
                    },
                }
            ]
        }
    )
    frame = build.decode(text)
    assert list(frame.name) == ["square"]
    expected = [(105, 12), (105.0156, 12), (105.0156, 12.0156), (105, 12.0156), (105, 12)]
    np.testing.assert_allclose(shapely.get_coordinates(frame.geometry.iloc[0]), expected, atol=1e-9)


def test_a_crossed_ring_is_refused_by_name():
    text, offset = encode_ring([(105, 12), (106, 13), (106, 12), (105, 13), (105, 12)])
    features = [
        {
            "properties": {"name": "bow tie"},
            "geometry": {"type": "Polygon", "coordinates": [text], "encodeOffsets": [offset]},
        }
    ]
    with pytest.raises(ValueError, match="bow tie"):
        build.decode(json.dumps({"features": features}))


def test_neighbours_give_way_to_cambodia_close_their_gaps_and_end_at_the_view():
    cambodia = shapely.box(103, 11, 107, 14)
    texts = {
        "TH": encoded((100, 10, 103.25, 15)),  # overlaps Cambodia
        "LA": encoded((103.25, 14.25, 107, 15)),  # leaves a gap above Cambodia
        "VN": encoded((107, 10, 109, 15), (103, 10, 107, 11)),
    }
    frame = build.neighbour_frame(texts, cambodia)
    shapes = dict(zip(frame.code, frame.geometry, strict=True))
    assert all(shape.intersection(cambodia).area < 1e-9 for shape in shapes.values())
    together = shapely.union_all([cambodia, *shapes.values()])
    assert [len(part.interiors) for part in shapely.get_parts(together)] == [0]
    assert shapes["LA"].contains(shapely.Point(105, 14.1))
    west, _, east, _ = shapely.total_bounds(list(shapes.values()))
    assert (west, east) == (build.VIEW_BOX[0], build.VIEW_BOX[2])


def test_specks_of_the_neighbours_are_left_out():
    texts = {
        "TH": encoded((101.5, 12, 102.5, 13), (102, 10, 102.01, 10.01)),
        "LA": encoded((105, 15, 106, 15.5)),
        "VN": encoded((107.8, 12, 108, 13)),
    }
    frame = build.neighbour_frame(texts, shapely.box(103, 11, 107, 14))
    assert [shape.geom_type for shape in frame.geometry] == ["Polygon"] * 3


def test_provinces_that_leave_a_gap_are_refused(monkeypatch):
    monkeypatch.setattr(build, "PROVINCES", {f"KH{i}": _Named(f"area {i}") for i in range(2)})
    assert len(build.province_frame(encoded((103, 11, 104, 12), (104, 11, 105, 12)))) == 2
    with pytest.raises(ValueError, match="share their borders"):
        build.province_frame(encoded((103, 11, 104, 12), (103.5, 11, 105, 12)))
    with pytest.raises(ValueError, match="area 1"):
        build.province_frame(encoded((103, 11, 104, 12)))


class _Named:
    def __init__(self, name):
        self.map_key = self.name_en = self.name_km = name


@pytest.mark.parametrize("clockwise", [True, False])
def test_a_polygon_is_written_clockwise_whichever_way_it_came(monkeypatch, clockwise):
    monkeypatch.setattr(build, "PROVINCES", {"KH0": _Named("area 0")})
    frame = build.province_frame(encoded((103, 11, 104, 12)))
    frame = frame.assign(geometry=[shapely.box(103, 11, 104, 12, ccw=not clockwise)])
    (feature,) = json.loads(build.to_geojson(frame, "pcode"))["features"]
    assert feature["id"] == "KH0"
    assert not shapely.LinearRing(feature["geometry"]["coordinates"][0]).is_ccw


def test_an_input_that_is_not_the_pinned_one_is_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(ValueError, match="is not the pinned file"):
        build.build(lambda _: b"{}", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_package_is_read_from_a_folder_and_from_a_tgz(tmp_path):
    folder = tmp_path / "package"
    for name in build.INPUTS:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    archive = tmp_path / "package.tgz"
    with tarfile.open(archive, "w:gz") as file:
        file.add(folder, "package")
    for package in (folder, archive):
        read = build.package_reader(package)
        assert {name: read(name).decode() for name in build.INPUTS} == {name: name for name in build.INPUTS}


def test_without_npm_the_command_says_what_to_do(monkeypatch, capsys):
    monkeypatch.setattr(build.shutil, "which", lambda _: None)
    assert build.main([]) == 1
    assert f"npm pack {build.PACKAGE}" in capsys.readouterr().err


def test_a_missing_package_is_one_sentence_not_a_traceback(tmp_path, capsys):
    assert build.main([str(tmp_path / "absent.tgz")]) == 1
    assert "absent.tgz" in capsys.readouterr().err


@pytest.mark.skipif(
    PACKAGE is None, reason="CHHLANG_BOUNDARY_PACKAGE does not name the npm package (.tgz or folder)"
)
def test_the_committed_files_are_what_the_package_makes(tmp_path):
    build.build(build.package_reader(Path(PACKAGE)), tmp_path)
    for path in (*PATHS.values(), PATHS["provinces"].with_name("LICENSE-ODbL.md")):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name
