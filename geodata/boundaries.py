"""Where the boundary files are, and a hash of their content for addresses that may be cached for long.

The files are made by `geodata.build`. A figure names the file by its address and never carries the
polygons itself; the address holds the hash, so a browser keeps the file until its content changes.
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path

DATA = Path(__file__).parent / "data"

#: To be shown wherever the boundaries are drawn or exported (ODbL 1.0, section 4.3).
ATTRIBUTION = "© OpenStreetMap contributors"
LICENSE = "ODbL-1.0"

#: The files by name. `provinces`: 25 features, `id` is the pcode. `neighbours`: TH, LA and VN as context.
PATHS: dict[str, Path] = {
    "provinces": DATA / "provinces.geojson",
    "neighbours": DATA / "neighbours.geojson",
}
#: Lakes within the country, which lie over its provinces; made by `geodata.lakes`, served to nobody.
LAKES = DATA / "lakes.geojson"


@lru_cache(maxsize=1)
def lakes() -> tuple[tuple[tuple[float, float], ...], ...]:
    """The shore of each lake, clockwise: longitudes and latitudes."""
    features = json.loads(LAKES.read_text(encoding="utf-8"))["features"]
    return tuple(tuple((lon, lat) for lon, lat in one["geometry"]["coordinates"][0]) for one in features)


@lru_cache(maxsize=len(PATHS))
def content(name: str) -> bytes:
    """Bytes of one boundary file, read once per process.

    Raises
    ------
    KeyError
        `name` is not one of `PATHS`.
    """
    return PATHS[name].read_bytes()


@lru_cache(maxsize=1)
def province_boxes() -> dict[str, tuple[float, float, float, float]]:
    """West, east, south and north of each province's outline in degrees, by pcode."""
    found = {}
    for feature in json.loads(content("provinces"))["features"]:
        shape = feature["geometry"]
        polygons = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
        points = [point for polygon in polygons for point in polygon[0]]
        lons, lats = [lon for lon, *_ in points], [lat for _, lat, *_ in points]
        found[feature["id"]] = (min(lons), max(lons), min(lats), max(lats))
    return found


@lru_cache(maxsize=len(PATHS))
def content_hash(name: str) -> str:
    """First 12 hexadecimal digits of the SHA-256 of a boundary file.

    Raises
    ------
    KeyError
        `name` is not one of `PATHS`.
    """
    return hashlib.sha256(content(name)).hexdigest()[:12]


def fingerprinted_name(name: str) -> str:
    """File name that changes with the content, such as `provinces.0a1b2c3d4e5f.geojson`.

    Raises
    ------
    KeyError
        `name` is not one of `PATHS`.
    """
    return f"{name}.{content_hash(name)}.geojson"
