"""Shapes of clusters: circles on the sphere, areas or points of their members."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import shapely
from shapely.geometry import Point, box, shape
from shapely.geometry.base import BaseGeometry

from dashboard.exports.clusters import ClusterExport, Row
from geodata.distance import EARTH_RADIUS_KM
from surveillance.errors import UsageError

POINTS = 64
#: The corners lie this much outside the circle, so that the straight sides between them do not cut off the
#: farthest member.
_OUTSIDE = 1.002
#: Digits of a degree: a centimetre.
_DIGITS = 7


def circle(latitude: float, longitude: float, radius_km: float) -> BaseGeometry | None:
    """The circle around a position as a polygon of 64 corners, 0.2 % wider than the circle.

    Cut in two where it crosses the 180th meridian, as RFC 7946 asks. None for a radius of 0, and for a circle
    that holds a pole, which has no outline in degrees.
    """
    angle = radius_km * _OUTSIDE / EARTH_RADIUS_KM
    phi = np.radians(latitude)
    if angle <= 0 or abs(phi) + angle >= np.pi / 2:
        return None
    bearing = -2 * np.pi * np.arange(POINTS) / POINTS  # against the clock
    sine = np.sin(phi) * np.cos(angle) + np.cos(phi) * np.sin(angle) * np.cos(bearing)
    east = np.arctan2(np.sin(bearing) * np.sin(angle) * np.cos(phi), np.cos(angle) - np.sin(phi) * sine)
    corners = np.column_stack([longitude + np.degrees(east), np.degrees(np.arcsin(sine))])
    return _on_the_map(shapely.Polygon(np.round(corners, _DIGITS)))


def _on_the_map(polygon: BaseGeometry) -> BaseGeometry:
    """Longitudes from -180 to 180."""
    west, _, east, _ = polygon.bounds
    if west >= -180 and east <= 180:
        return polygon
    pieces = []
    for turn in (-360, 0, 360):
        piece = polygon.intersection(box(-180 + turn, -90, 180 + turn, 90))
        if piece.area > 0:
            pieces.append(shapely.transform(piece, lambda points, by=turn: points - [by, 0]))
    return _against_the_clock(shapely.union_all(pieces))


def _against_the_clock(geometry: BaseGeometry) -> BaseGeometry:
    return shapely.orient_polygons(geometry, exterior_cw=False)


def circle_of(export: ClusterExport, cluster: Row) -> BaseGeometry | None:
    """The circle of a cluster; None where it is a single place, or no circle at all."""
    if cluster["centre"] is None or not cluster["radius_km"]:
        return None
    return circle(*position(export, cluster["centre"]), cluster["radius_km"])


def centre_of(export: ClusterExport, cluster: Row) -> BaseGeometry | None:
    """The point of a cluster's centre; None for time alone."""
    return None if cluster["centre"] is None else _point(export, cluster["centre"])


def member_of(export: ClusterExport, code: str) -> BaseGeometry:
    """The area of a location, or else its point."""
    area = export.polygons.get(code)
    if area is None:
        return _point(export, code)
    return _against_the_clock(shape(area) if isinstance(area, Mapping) else area)


def _point(export: ClusterExport, code: str) -> BaseGeometry:
    latitude, longitude = position(export, code)
    return Point(longitude, latitude)


def position(export: ClusterExport, code: str) -> tuple[float, float]:
    """Latitude and longitude of a location.

    Raises
    ------
    UsageError
        It has none.
    """
    try:
        return export.positions[code]
    except KeyError:
        raise UsageError(
            f"location '{code}' has no latitude and longitude, so it cannot stand on a map: "
            "write CSV, XLSX or JSON"
        ) from None
