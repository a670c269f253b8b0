"""Locations of a scan: their names, and where they stand."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.services.places import areas
from dashboard.services.places.areas import Area
from db.core.engine import Connection
from db.core.scope import Scope
from db.ingest import facilities
from geodata.countries import COUNTRIES
from geodata.crossings import ALL_CROSSINGS
from geodata.provinces import PROVINCES
from surveillance.vocabulary import UNKNOWN


@dataclass(frozen=True)
class Place:
    """One location; `latitude` and `longitude` are None where its position is not known."""

    area: Area
    latitude: float | None = None
    longitude: float | None = None

    @property
    def position(self) -> tuple[float, float] | None:
        """Latitude and longitude in degrees, where they are known."""
        if self.latitude is None or self.longitude is None:
            return None
        return self.latitude, self.longitude

    @property
    def placed(self) -> bool:
        """Whether it can be scanned."""
        return self.position is not None


def places(connection: Connection, scope: Scope, dimension: str) -> dict[str, Place]:
    """Every location of a kind that the scope holds, by code, with `unknown` and the countries last.

    Provinces stand where their name goes on a map, crossings at their gate, facilities at their own position.
    """
    if dimension == "facility":
        listed = facilities.listed(connection, scope)
        found = [
            Place(area, item["latitude"], item["longitude"])
            for area, item in zip(areas.facilities(listed), listed, strict=False)
        ]
    elif dimension == "crossing":
        found = [
            Place(area, ALL_CROSSINGS[area.code].lat, ALL_CROSSINGS[area.code].lon)
            for area in areas.crossings()
        ]
    else:
        held = [area for area in areas.provinces(COUNTRIES) if area.code != UNKNOWN]
        if dimension == "care":
            held = [area for area in held if area.code in PROVINCES and scope.holds(area.code)]
        found = [_province(area) for area in held]
    by_code = {place.area.code: place for place in found}
    return by_code | {UNKNOWN: Place(areas.UNKNOWN_AREA)}


def _province(area: Area) -> Place:
    province = PROVINCES.get(area.code)
    return Place(area) if province is None else Place(area, province.label_lat, province.label_lon)
