"""Each exported file, opened again: everything is in it, nothing in it runs, and it leads back to its run."""

from __future__ import annotations

import csv
import io
import json
import math
import sqlite3
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime

import geopandas
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from python_calamine import CalamineWorkbook
from shapely.geometry import Point, box, shape

from dashboard.exports.clusters import ClusterExport, Run, joined
from dashboard.exports.columns import CLUSTERS, MEMBERS, PARAMETERS, PARAMETERS_CELL
from dashboard.exports.files import FORMATS, format_of, render, save
from dashboard.exports.shapes import circle
from dashboard.exports.stamp import Stamp
from geodata.distance import great_circle_km
from surveillance.errors import UsageError
from surveillance.scan import ScanResult, scan
from surveillance.scan.api import ENGINE_VERSION
from tests.support.own_files import CASES, LOCATIONS, PLACES, WEST

NAMES = {code: name for code, *_, name in PLACES if name}
POSITIONS = {code: (latitude, longitude) for code, latitude, longitude, *_ in PLACES}
KHMER = "ប៉ោយប៉ែត"
RUN = Run(
    "0f3a", datetime(2026, 7, 1, 8, 30, tzinfo=UTC), "batch 12", "official@health.example", "/clusters/0f3a"
)
CLUSTER_NAMES = [column.name for column in CLUSTERS]
MEMBER_NAMES = [column.name for column in MEMBERS]


@pytest.fixture(scope="module")
def result() -> ScanResult:
    """A cluster of three locations, one of a single location, whose codes and names are awkward."""
    cases = pd.read_csv(io.StringIO(CASES), dtype=str)
    locations = pd.read_csv(io.StringIO(LOCATIONS), dtype=str)
    return scan(cases, locations, model="poisson", time="retrospective", time_unit="day", replicates=99)


@pytest.fixture
def export(result) -> ClusterExport:
    """The demo's, with a province's area for one member."""
    return ClusterExport(
        result, RUN, NAMES, POSITIONS, {"007": box(102, 13, 103, 14).reverse()},
        language="km", synthetic=True,
        notes=("Two locations have no position.",), attribution="© OpenStreetMap contributors",
        stamp=Stamp(1, "2026-06-30", "official"),
    )  # fmt: skip


def single(export: ClusterExport) -> ClusterExport:
    """The same with the clusters of one location alone."""
    kept = export.result.clusters[export.result.clusters["n_locations"] == 1]
    assert len(kept)
    members = export.result.members[export.result.members["cluster"].isin(kept["rank"])]
    return replace(export, result=replace(export.result, clusters=kept, members=members), polygons={})


def changed(export: ClusterExport, **values: object) -> ClusterExport:
    """The same with other values in the first cluster."""
    clusters = export.result.clusters.copy()
    for name, value in values.items():
        clusters[name] = clusters[name].astype(object)
        clusters.at[0, name] = value
    return replace(export, result=replace(export.result, clusters=clusters))


def empty(export: ClusterExport) -> ClusterExport:
    """The same, nothing having been found."""
    return replace(
        export,
        result=replace(export.result, clusters=export.result.clusters[:0], members=export.result.members[:0]),
    )


def csv_rows(export: ClusterExport) -> list[dict[str, str]]:
    """The CSV, read as a spreadsheet reads it."""
    return list(csv.DictReader(io.StringIO(render(export, "csv").decode("utf-8-sig"))))


def sheets(export: ClusterExport) -> dict[str, list[list]]:
    """The workbook's sheets."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(render(export, "xlsx")))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


@pytest.fixture
def layers(tmp_path):
    """Reads the layers of a GeoPackage."""

    def read(export: ClusterExport) -> dict[str, pd.DataFrame]:
        path = tmp_path / "clusters.gpkg"
        save(export, path)
        return {name: pyogrio.read_dataframe(path, layer=name) for name, _ in pyogrio.list_layers(path)}

    return read


def test_the_csv_begins_with_a_mark_and_has_the_columns_that_are_documented(export):
    assert render(export, "csv").startswith(b"\xef\xbb\xbf")
    assert list(csv_rows(export)[0]) == [*CLUSTER_NAMES, PARAMETERS_CELL.name]


def test_the_csv_keeps_codes_names_and_numbers(export):
    first = csv_rows(export)[0]
    found = export.result.clusters.iloc[0]
    assert first["locations"] == '007 008 "HC 9"'
    assert first["location_names"] == "; ".join(NAMES[code] for code in WEST).replace("; =", ";' =")
    assert KHMER in first["location_names"]
    assert (float(first["llr"]), float(first["expected"])) == (found["llr"], found["expected"])
    assert (first["start"], first["end"]) == ("2025-01-06", "2025-01-08")
    assert first["recurrence_interval_days"] == ""


def test_a_code_that_begins_like_a_formula_stands_behind_an_apostrophe_in_the_csv(export):
    cells = [
        cell for row in csv_rows(export) for name, cell in row.items() if name in ("centre", "locations")
    ]
    assert "'=E4" in cells
    assert not [cell for cell in cells if cell.startswith("=")]
    assert csv_rows(replace(export, names={"007": "@SUM(1)"}))[0]["location_names"] == "'@SUM(1)"


def test_the_workbook_has_three_sheets_with_the_columns_that_are_documented(export):
    found = sheets(export)
    assert list(found) == ["clusters", "members", "parameters"]
    assert found["clusters"][0] == CLUSTER_NAMES
    assert found["members"][0] == MEMBER_NAMES
    assert found["parameters"][0] == [column.name for column in PARAMETERS]
    assert len(found["members"]) - 1 == len(export.result.members)


def test_in_the_workbook_numbers_are_numbers_and_dates_are_dates(export):
    first = dict(zip(CLUSTER_NAMES, sheets(export)["clusters"][1], strict=True))
    found = export.result.clusters.iloc[0]
    assert (first["start"], first["end"]) == (date(2025, 1, 6), date(2025, 1, 8))
    assert (first["llr"], first["observed"]) == (found["llr"], found["observed"])
    used = dict(sheets(export)["parameters"][1:])
    assert used["replicates"] == 99
    assert used["versions.engine"] == export.result.parameters["versions"]["engine"]


def test_nothing_in_the_workbook_runs(export):
    names = {code: f"=HYPERLINK({number})" for number, code in enumerate(POSITIONS)}
    awkward = replace(export, names=names | {"E1": "http://example.invalid"})
    members = sheets(awkward)["members"]
    held = {row[1]: row[2] for row in members[1:]}
    assert held["=E4"] == names["=E4"]
    content = render(awkward, "xlsx")
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        texts = {
            name: parts.read(name).decode() for name in parts.namelist() if name.endswith((".xml", ".rels"))
        }
    assert not [name for name, text in texts.items() if "<f>" in text or "<hyperlink" in text]


def test_the_header_of_every_sheet_stays_in_sight(export):
    with zipfile.ZipFile(io.BytesIO(render(export, "xlsx"))) as parts:
        for number in (1, 2, 3):
            text = parts.read(f"xl/worksheets/sheet{number}.xml").decode()
            assert 'state="frozen"' in text
            assert "<cols>" in text


def test_more_locations_than_a_cell_holds_are_cut_and_said_to_be(export):
    many = [f"L{number:05}" for number in range(8000)]
    cell = dict(zip(CLUSTER_NAMES, sheets(changed(export, locations=many))["clusters"][1], strict=True))
    assert len(cell["locations"]) <= 32767
    assert cell["locations"].endswith("L04674 … (cut: the sheet members has them all)")
    assert csv_rows(changed(export, locations=many))[0]["locations"] == " ".join(many)


def test_what_is_infinite_is_said_in_every_format(export, layers):
    endless = changed(export, relative_risk=math.inf)
    assert csv_rows(endless)[0]["relative_risk"] == "Inf"
    place = CLUSTER_NAMES.index("relative_risk")
    assert sheets(endless)["clusters"][1][place] == "infinity"
    assert json.loads(render(endless, "json"))["clusters"][0]["relative_risk"] == "infinity"
    assert layers(endless)["clusters"]["relative_risk"][0] == math.inf


def test_the_json_holds_lists_days_and_nulls(export):
    said = json.loads(render(export, "json"))
    first = said["clusters"][0]
    assert sorted(first["locations"]) == WEST
    assert (first["start"], first["end"]) == ("2025-01-06", "2025-01-08")
    assert first["recurrence_interval_days"] is None
    assert first["llr"] == export.result.clusters["llr"][0]
    assert {row["location"] for row in said["members"] if row["cluster"] == 1} == set(WEST)
    assert said["members"][0]["name"] == KHMER
    assert json.loads(render(export, "json").decode()) == said


def features(export: ClusterExport) -> list[dict]:
    """Features of the GeoJSON."""
    return json.loads(render(export, "geojson"))["features"]


def test_the_geojson_has_members_circles_and_centres(export):
    found = features(export)
    ranks = set(export.result.clusters["rank"])
    assert {f["properties"]["kind"] for f in found} == {"member", "circle", "centre"}
    assert {f["properties"]["cluster"] for f in found if f["properties"]["kind"] == "centre"} == ranks
    first = {
        f["properties"]["location"]: f
        for f in found
        if f["properties"]["kind"] == "member" and f["properties"]["cluster"] == 1
    }
    assert first["007"]["geometry"]["type"] == "Polygon"
    assert first["008"]["geometry"] == {"type": "Point", "coordinates": [102.97, 13.6]}
    assert first["007"]["properties"]["name"] == KHMER


def test_the_geojson_keeps_to_rfc_7946(export):
    whole = json.loads(render(export, "geojson"))
    assert whole["type"] == "FeatureCollection"
    assert "crs" not in whole
    for feature in whole["features"]:
        geometry = shape(feature["geometry"])
        assert geometry.is_valid
        if geometry.geom_type == "Polygon":
            assert geometry.exterior.is_ccw
        west, south, east, north = geometry.bounds
        assert -180 <= west <= east <= 180
        assert -90 <= south <= north <= 90


def test_geojson_opens_in_geopandas(export, tmp_path):
    save(export, tmp_path / "clusters.geojson")
    frame = geopandas.read_file(tmp_path / "clusters.geojson")
    assert frame.crs.to_epsg() == 4326
    assert set(frame["run_id"]) == {"0f3a"}
    assert KHMER in set(frame["name"])


def test_a_cluster_of_one_place_has_no_circle(export, layers):
    one = single(export)
    assert {f["properties"]["kind"] for f in features(one)} == {"member", "centre"}
    found = layers(one)
    assert found["clusters"].geometry.isna().all()
    assert len(found["clusters"]) == len(found["centres"]) == len(one.result.clusters)


def test_the_geopackage_has_its_layers_with_the_columns_that_are_documented(export, layers):
    found = layers(export)
    assert list(found) == ["clusters", "centres", "members", "parameters"]
    assert list(found["clusters"].columns) == [*CLUSTER_NAMES, "geometry"]
    assert list(found["centres"].columns) == [*CLUSTER_NAMES, "geometry"]
    assert list(found["members"].columns) == [*MEMBER_NAMES, "geometry"]
    assert list(found["parameters"].columns) == ["parameter", "value"]
    for name in ("clusters", "centres", "members"):
        assert found[name].crs.to_epsg() == 4326
    assert set(found["members"].geom_type) == {"Point", "Polygon"}
    assert found["members"]["name"][0] == KHMER
    assert found["clusters"]["start"][0] == pd.Timestamp("2025-01-06")
    assert found["clusters"]["llr"][0] == export.result.clusters["llr"][0]
    assert pd.isna(found["clusters"]["recurrence_interval_days"][0])


@pytest.mark.process
def test_the_geopackage_is_one_by_its_own_account(export, tmp_path):
    save(export, tmp_path / "a.gpkg")
    with sqlite3.connect(tmp_path / "a.gpkg") as connection:
        assert connection.execute("PRAGMA application_id").fetchone() == (0x47504B47,)
        kinds = dict(connection.execute("SELECT table_name, data_type FROM gpkg_contents"))
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert kinds == {
        "clusters": "features",
        "centres": "features",
        "members": "features",
        "parameters": "attributes",
    }


def test_every_member_lies_within_its_circle(export):
    found = features(export)
    circles = {
        f["properties"]["cluster"]: shape(f["geometry"]) for f in found if f["properties"]["kind"] == "circle"
    }
    assert circles
    for feature in found:
        properties = feature["properties"]
        if properties["kind"] == "member" and properties["cluster"] in circles:
            latitude, longitude = POSITIONS[properties["location"]]
            assert circles[properties["cluster"]].contains(Point(longitude, latitude))


@pytest.mark.parametrize("kind", FORMATS)
def test_every_file_leads_back_to_its_run_and_says_that_the_data_are_synthetic(export, kind, layers):
    if kind == "csv":
        row = csv_rows(export)[0]
        used, note, run = json.loads(row["parameters"]), row["note"], row["run_id"]
    elif kind == "xlsx":
        used = dict(sheets(export)["parameters"][1:])
        first = dict(zip(CLUSTER_NAMES, sheets(export)["clusters"][1], strict=True))
        note, run = first["note"], first["run_id"]
    elif kind == "gpkg":
        found = layers(export)
        used = dict(found["parameters"].itertuples(index=False))
        note, run = found["members"]["note"][0], found["members"]["run_id"][0]
    else:
        whole = json.loads(render(export, kind))
        used = whole["parameters"]
        note, run = used["note"], used["run_id"]
    assert run == used["run_id"] == "0f3a"
    assert note == used["note"]
    assert note.endswith("Two locations have no position.")
    assert note.startswith("ទិន្នន័យ")  # synthetic data, in Khmer
    assert used["synthetic"] == "yes"
    assert used["data_version"] == "batch 12"
    assert used["author"] == "official@health.example"
    assert used["link"] == "/clusters/0f3a"
    assert used["attribution"] == "© OpenStreetMap contributors"
    assert used["made_at"] == "2026-07-01T08:30:00+00:00"
    assert (used["issued"], used["shown_to_role"], used["data_until"]) == ("no", "official", "2026-06-30")
    assert int(used["fewest"]) == 1
    assert int(used.get("versions.engine") or used["versions"]["engine"]) == ENGINE_VERSION


def test_data_that_are_not_the_demos_are_not_called_synthetic(export):
    real = replace(export, synthetic=False, notes=())
    assert csv_rows(real)[0]["note"] == ""
    assert json.loads(render(real, "json"))["parameters"]["synthetic"] == "no"


@pytest.mark.parametrize("kind", FORMATS)
def test_nothing_found_is_a_file_too(export, kind, layers):
    nothing = empty(export)
    content = render(nothing, kind)
    if kind == "csv":
        assert csv_rows(nothing) == []
    elif kind == "xlsx":
        assert [len(sheet) for sheet in sheets(nothing).values()][:2] == [1, 1]
    elif kind == "gpkg":
        assert [len(layer) for layer in layers(nothing).values()][:3] == [0, 0, 0]
    else:
        assert json.loads(content).get("clusters", json.loads(content).get("features")) == []


@pytest.mark.parametrize("kind", ["geojson", "gpkg"])
def test_a_location_without_a_position_cannot_stand_on_a_map(export, kind):
    with pytest.raises(UsageError, match="no latitude and longitude, so it cannot stand on a map"):
        render(replace(export, positions={}), kind)
    for other in ("csv", "xlsx", "json"):
        assert render(replace(export, positions={}), other)


def test_time_alone_has_members_and_no_centre(export, layers):
    alone = changed(export, centre=None, radius_km=math.nan)
    ranks = [f["properties"]["cluster"] for f in features(alone) if f["properties"]["kind"] != "member"]
    assert 1 not in ranks
    found = layers(alone)
    assert len(found["centres"]) == len(found["clusters"]) - 1


def test_the_geojson_takes_polygons_as_geojson_too(export):
    area = {"type": "Polygon", "coordinates": [[[102, 13], [102, 14], [103, 14], [103, 13], [102, 13]]]}
    (given, *_) = features(replace(export, polygons={"007": area}))
    assert shape(given["geometry"]).equals(shape(features(export)[0]["geometry"]))
    assert shape(given["geometry"]).exterior.is_ccw


@pytest.mark.parametrize("radius", [0.5, 30, 150, 900])
@pytest.mark.parametrize("centre", [(13.65, 102.55), (0, 0), (-60, 20), (70, -150)])
def test_a_circle_lies_at_its_radius_on_the_sphere(radius, centre):
    found = circle(*centre, radius)
    longitudes, latitudes = np.array(found.exterior.coords).T
    away = great_circle_km(*centre, latitudes, longitudes)
    assert len(longitudes) == 65
    assert away == pytest.approx(radius * 1.002, rel=1e-4)
    assert found.exterior.is_ccw
    assert found.is_valid


def test_a_circle_is_cut_at_the_180th_meridian():
    found = circle(-17, 179.5, 200)
    assert found.geom_type == "MultiPolygon"
    west, _, east, _ = found.bounds
    assert (west, east) == (-180, 180)
    assert found.contains(Point(-179.5, -17))
    assert found.contains(Point(178.5, -17))
    assert all(part.exterior.is_ccw for part in found.geoms)
    assert shapely.area(found) == pytest.approx(circle(-17, 100, 200).area, rel=1e-5)


def test_a_circle_around_a_pole_and_one_of_no_size_are_none():
    assert circle(89.9, 0, 100) is None
    assert circle(-89.9, 0, 100) is None
    assert circle(13, 102, 0) is None


def test_codes_are_joined_so_that_they_can_be_told_apart():
    assert joined(["a", "b"]) == "a b"
    assert joined(["HC 1", "HC2"]) == '"HC 1" HC2'


def test_the_ending_says_the_format(tmp_path):
    assert {format_of(tmp_path / f"a.{kind.upper()}") for kind in FORMATS} == set(FORMATS)
    with pytest.raises(
        UsageError, match=r"a\.shp: the ending says the format; use one of csv, xlsx, geojson"
    ):
        format_of(tmp_path / "a.shp")


def test_a_file_that_cannot_be_written_leaves_nothing_behind(export, tmp_path, monkeypatch):
    (tmp_path / "a.csv").write_text("what was there", encoding="utf-8")

    def full(path, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(UsageError, match=r"a\.csv: cannot be written .No space left on device"):
        save(export, tmp_path / "a.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]
    assert (tmp_path / "a.csv").read_text(encoding="utf-8") == "what was there"
