"""Locations of a scan: their names, and where they stand."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.services.places import areas
from dashboard.services.places.areas import Area
from db.core.engine import Connection
from db.core.scope import Scope
from db.ingest import facilities
from db.tables.districts import NEVER, placed
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

    Provinces stand where their name goes on a map, crossings at their gate, facilities at their own position,
    operational districts at the middle of their facilities.
    """
    if dimension == "facility":
        listed = facilities.listed(connection, scope)
        found = [
            Place(area, item["latitude"], item["longitude"])
            for area, item in zip(areas.facilities(listed), listed, strict=False)
        ]
    elif dimension == "district":
        found = _districts(connection, scope)
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


def _districts(connection: Connection, scope: Scope) -> list[Place]:
    """Operational districts at the middle of their facilities: of those now, else of those before."""
    listed = facilities.listed(connection, scope)
    districts = placed.read(connection, listed)
    now: dict[str, list[tuple[float, float]]] = {}
    before: dict[str, list[tuple[float, float]]] = {}
    for item in listed:
        own = districts.at(item["facility_id"], NEVER)
        for name in districts.ever(item["facility_id"]):
            points = (now if name == own else before).setdefault(name, [])
            if item["latitude"] is not None and item["longitude"] is not None:
                points.append((item["latitude"], item["longitude"]))
    found = []
    for name in sorted(now.keys() | before.keys()):
        where = areas.middle(now.get(name) or before.get(name) or []) or (None, None)
        found.append(Place(Area(name, name, ""), *where))
    return found


def _province(area: Area) -> Place:
    province = PROVINCES.get(area.code)
    return Place(area) if province is None else Place(area, province.label_lat, province.label_lon)
