"""Clusters as GeoJSON and GeoPackage, for maps. Longitude and latitude on WGS 84 (EPSG:4326)."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import shapely
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from dashboard.exports.clusters import ClusterExport, Row, cluster_columns, cluster_rows, joined, member_rows
from dashboard.exports.columns import MEMBERS, PARAMETERS, Column
from dashboard.exports.document import json_value
from dashboard.exports.shapes import centre_of, circle_of, member_of

_CRS = "EPSG:4326"
Shape: TypeAlias = BaseGeometry | None


def _clusters(export: ClusterExport) -> list[Row]:
    return [row | {"locations": joined(row["locations"])} for row in cluster_rows(export)]


def geojson_bytes(export: ClusterExport) -> bytes:
    """One FeatureCollection (RFC 7946); `kind` tells members, circles and centres apart.

    A cluster of a single place has no circle: its member and its centre show where it is.

    Raises
    ------
    UsageError
        A location has no latitude and longitude.
    """
    features = [_feature("member", row, member_of(export, row["location"])) for row in member_rows(export)]
    for row in _clusters(export):
        properties = {"cluster": row["rank"]} | row
        for kind, found in (("circle", circle_of(export, row)), ("centre", centre_of(export, row))):
            if found is not None:
                features.append(_feature(kind, properties, found))
    whole = {
        "type": "FeatureCollection",
        "parameters": json_value(export.parameters()),
        "features": features,
    }
    return (json.dumps(whole, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _feature(kind: str, row: Row, geometry: BaseGeometry) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"kind": kind} | {name: json_value(value) for name, value in row.items()},
        "geometry": mapping(geometry),
    }


def geopackage_bytes(export: ClusterExport) -> bytes:
    """The layers `clusters` (circles), `centres`, `members`, and the table `parameters`.

    Every cluster has a row in `clusters`; one that is a single place has no shape there.

    Raises
    ------
    UsageError
        A location has no latitude and longitude.
    """
    clusters, members = _clusters(export), member_rows(export)
    centred = [row for row in clusters if row["centre"] is not None]
    parameters = [
        {"parameter": name, "value": "" if value is None else str(value)}
        for name, value in export.flat_parameters().items()
    ]
    areas = [member_of(export, row["location"]) for row in members]
    circles = [circle_of(export, row) for row in clusters]
    centres = [centre_of(export, row) for row in centred]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "clusters.gpkg")
        add = _layers(path)
        add("clusters", cluster_columns(export), clusters, circles, "MultiPolygon")
        add("centres", cluster_columns(export), centred, centres, "Point")
        add("members", MEMBERS, members, areas, _kind(areas))
        add("parameters", PARAMETERS, parameters, None, None)
        return path.read_bytes()


def _kind(areas: Sequence[BaseGeometry]) -> str:
    """The one type of a layer, or `Unknown` where points and areas are mixed."""
    points = {area.geom_type == "Point" for area in areas}
    return "Unknown" if len(points) > 1 else "MultiPolygon" if points == {False} else "Point"


Add = Callable[[str, Sequence[Column], Sequence[Row], Sequence[Shape] | None, str | None], None]


def _layers(path: Path) -> Add:
    """A function that adds a layer to a file.

    Arrays and not a GeoDataFrame: of a frame GDAL makes a time of each day (`DateTime`) or a text, and a
    whole number that is missing needs a mask.
    """
    from pyogrio.raw import write  # noqa: PLC0415 - loads GDAL

    def add(
        name: str,
        columns: Sequence[Column],
        rows: Sequence[Row],
        shapes: Sequence[Shape] | None,
        geometry_type: str | None,
    ) -> None:
        geometry = None if shapes is None else _well_known(shapes)
        write(
            path,
            geometry,
            [_array(column, rows) for column in columns],
            [column.name for column in columns],
            field_mask=[_missing(column, rows) for column in columns],
            layer=name,
            driver="GPKG",
            geometry_type=geometry_type,
            promote_to_multi=geometry_type == "MultiPolygon",
            crs=None if shapes is None else _CRS,
            append=path.exists(),
        )

    return add


def _well_known(shapes: Sequence[Shape]) -> np.ndarray:
    found = np.empty(len(shapes), dtype=object)
    found[:] = [None if one is None else shapely.to_wkb(one) for one in shapes]
    return found


def _array(column: Column, rows: Sequence[Row]) -> np.ndarray:
    """A column as GDAL takes it; what is not there becomes NULL."""
    values = [row[column.name] for row in rows]
    if column.kind == "count":
        return np.array([value or 0 for value in values], dtype=np.int64)
    if column.kind == "number":
        return np.array([np.nan if value is None else value for value in values], dtype=float)
    if column.kind == "date":
        return np.array([value or "NaT" for value in values], dtype="datetime64[D]")
    return np.array([value or None for value in values], dtype=object)


def _missing(column: Column, rows: Sequence[Row]) -> np.ndarray | None:
    """Where a whole number is not told, which its array cannot say."""
    if column.kind != "count":
        return None
    return np.array([row[column.name] is None for row in rows], dtype=bool)
