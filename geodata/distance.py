"""Distances on the sphere, and whether a coordinate can be a place in or near Cambodia."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: Radius of the sphere in km, the one SaTScan computes with, so that neighbour orders agree with it.
#: The mean radius of the Earth is 6371 km: distances come out 0.06 % shorter.
EARTH_RADIUS_KM = 6367.0
#: South, north, west, east in degrees: Cambodia with its islands and about a degree around it.
PLAUSIBLE_BOX = (9.0, 15.7, 101.3, 108.7)


def great_circle_km(
    lat1: ArrayLike, lon1: ArrayLike, lat2: ArrayLike, lon2: ArrayLike
) -> NDArray[np.float64]:
    """Great-circle distance by the haversine formula.

    Parameters
    ----------
    lat1, lon1, lat2, lon2
        Degrees; any shapes that broadcast together. A missing coordinate (NaN) gives NaN.

    Returns
    -------
    numpy.ndarray
        Kilometres, in the broadcast shape; 0-dimensional for scalars.

    Raises
    ------
    ValueError
        The shapes do not broadcast.

    References
    ----------
    Sinnott R W (1984). Virtues of the haversine. Sky and Telescope 68(2):159.

    Examples
    --------
    Poipet to Bavet:

    >>> round(float(great_circle_km(13.6612, 102.5507, 11.0755, 106.1715)))
    487
    """
    phi1, lambda1, phi2, lambda2 = (np.radians(np.asarray(x, dtype=float)) for x in (lat1, lon1, lat2, lon2))
    half = np.sin((phi2 - phi1) / 2) ** 2 + np.cos(phi1) * np.cos(phi2) * np.sin((lambda2 - lambda1) / 2) ** 2
    # Rounding can lift antipodes above 1, where arcsin has no value.
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(half, 1.0))))


def circle_around(
    lat: float, lon: float, radius_km: float, corners: int = 72
) -> tuple[list[float], list[float]]:
    """Latitudes and longitudes of a circle on the sphere, closed; for drawing, not for measuring.

    >>> lats, lons = circle_around(12.0, 105.0, 100.0)
    >>> round(max(lats) - 12.0, 3), lats[0] == lats[-1]
    (0.9, True)
    """
    angle, phi = radius_km / EARTH_RADIUS_KM, math.radians(lat)
    bearing = 2 * np.pi * np.arange(corners + 1) / corners
    bearing[-1] = 0.0
    sine = np.sin(phi) * np.cos(angle) + np.cos(phi) * np.sin(angle) * np.cos(bearing)
    east = np.arctan2(np.sin(bearing) * np.sin(angle) * np.cos(phi), np.cos(angle) - np.sin(phi) * sine)
    return np.degrees(np.arcsin(sine)).round(5).tolist(), (lon + np.degrees(east)).round(5).tolist()


@dataclass(frozen=True)
class PointProblem:
    """Why a coordinate was refused: `code` to count and translate by, `sentence` to read."""

    code: str
    sentence: str


def _plausible(lat: float, lon: float) -> bool:
    south, north, west, east = PLAUSIBLE_BOX
    return south <= lat <= north and west <= lon <= east


def point_problem(lat: float | None, lon: float | None) -> PointProblem | None:
    """What is wrong with a coordinate in degrees, or None where nothing is.

    `code` is `missing`, `not_finite`, `zero`, `swapped`, `out_of_range` or `outside`.

    >>> point_problem(13.66, 102.55) is None
    True
    >>> point_problem(102.55, 13.66).code
    'swapped'
    """
    if lat is None or lon is None:
        return PointProblem("missing", "Latitude or longitude is blank.")
    if not (math.isfinite(lat) and math.isfinite(lon)):
        return PointProblem("not_finite", "Latitude or longitude is not a number.")
    return None if _plausible(lat, lon) else _misplaced(lat, lon)


def _misplaced(lat: float, lon: float) -> PointProblem:
    """What is wrong with a finite point outside the box."""
    if lat == 0 and lon == 0:
        return PointProblem("zero", "0, 0 is what a device writes when it has no position.")
    if _plausible(lon, lat):
        return PointProblem("swapped", f"Latitude {lat:g} and longitude {lon:g} look exchanged.")
    if abs(lat) > 90 or abs(lon) > 180:
        return PointProblem(
            "out_of_range", f"{lat:g}, {lon:g} is not on Earth: latitude is -90 to 90, longitude -180 to 180."
        )
    south, north, west, east = PLAUSIBLE_BOX
    return PointProblem(
        "outside",
        f"{lat:g}, {lon:g} is far from Cambodia: latitude {south:g} to {north:g}, "
        f"longitude {west:g} to {east:g} is expected.",
    )


def valid_point(lat: float | None, lon: float | None) -> bool:
    """Whether a coordinate in degrees can be a place in or near Cambodia; see `point_problem` for why not."""
    return point_problem(lat, lon) is None
