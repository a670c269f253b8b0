"""The areas a table has a row for: every one of them, with or without records, unknown last."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dashboard.permissions import Grant, Permission
from dashboard.services.kept import Kept
from db.core.engine import Database
from db.ingest import facilities as facility_list
from db.tables.districts import placed
from db.tables.districts.placed import listed_in
from geodata.countries import COUNTRIES
from geodata.crossings import ALL_CROSSINGS
from geodata.provinces import PROVINCES
from surveillance.vocabulary import UNKNOWN

#: Kind of an area that is an operational district.
DISTRICT = "district"


@dataclass(frozen=True)
class Area:
    """One row's place. `province`: where a facility lies. `kind`: told of an operational district."""

    code: str
    name_en: str
    name_km: str
    province: str | None = None
    kind: str = ""

    def name(self, language: str) -> str:
        """Name in Khmer or English; the other one where it has none, and at last the code."""
        return (
            self.name_km or self.name_en if language == "km" else self.name_en or self.name_km
        ) or self.code

    @property
    def group(self) -> str:
        """Under which province a table lists it; blank where areas are not grouped."""
        return self.province or "" if self.kind == DISTRICT else ""

    def in_full(self, language: str) -> str:
        """Name in a table; of an operational district after that of its province: names sort by it."""
        province = PROVINCES.get(self.group)
        own = self.name(language)
        return own if province is None else f"{province.name(language)} · {own}"


UNKNOWN_AREA = Area(UNKNOWN, "Unknown", "មិនដឹង")


def provinces(seen: Iterable[str]) -> list[Area]:
    """The 25 provinces, the countries that records name, and unknown."""
    rows = [Area(p.pcode, p.name_en, p.name_km, p.pcode) for p in PROVINCES.values()]
    held = set(seen)
    rows += [Area(c.code, c.name_en, c.name_km) for c in COUNTRIES.values() if c.code in held]
    return [*rows, UNKNOWN_AREA]


def crossings() -> list[Area]:
    """Every gate, then informal route, airport and unknown."""
    return [Area(c.id, c.name_en, c.name_km or "", c.pcode) for c in ALL_CROSSINGS.values()]


def districts(provinces_of: Mapping[str, str]) -> list[Area]:
    """Operational districts by name within each province, from the province of each; then unknown."""
    ordered = sorted(provinces_of.items(), key=lambda one: (one[1], one[0]))
    rows = [Area(name, name, "", province, DISTRICT) for name, province in ordered]
    return [*rows, UNKNOWN_AREA]


def facilities(listed: Iterable[dict[str, Any]]) -> list[Area]:
    """Every facility of the list, then unknown."""
    rows = [
        Area(
            item["facility_id"],
            item["name_en"] or "",
            item["name_km"] or "",
            item["province"],
        )
        for item in listed
    ]
    return [*rows, UNKNOWN_AREA]


def in_scope(database: Database, grant: Grant) -> list[dict[str, Any]]:
    """The list of facilities, as far as a grant covers it.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    """
    grant.check(Permission.SEE_COVERAGE)
    with database.reading() as connection:
        return facility_list.listed(connection, grant.scope)


def _name(item: dict[str, Any], language: str) -> str:
    """A facility's name in a language, else in the other, else its number."""
    first, second = ("name_km", "name_en") if language == "km" else ("name_en", "name_km")
    return str(item[first] or item[second] or item["facility_id"])


def facility_names(database: Database, grant: Grant, language: str) -> list[tuple[str, str]]:
    """Number and name of each facility in scope.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    """
    return [(item["facility_id"], _name(item, language)) for item in in_scope(database, grant)]


def district_names(database: Database, grant: Grant) -> list[str]:
    """Operational districts in which facilities in scope are now, in order.

    An account for single facilities is told of none: a part is not shown as a district.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    """
    return sorted(_districts_now(in_scope(database, grant), grant))


def known_districts(database: Database, grant: Grant) -> list[Area]:
    """Operational districts in which facilities in scope count now, or did once: by province and name.

    An account of a district is told of it alone, and one of single facilities of none.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    """
    grant.check(Permission.SEE_COVERAGE)
    return list(_DISTRICTS.get(database, grant, "", lambda: _every_district(database, grant)))


_DISTRICTS: Kept[tuple[Area, ...]] = Kept(32)


def _every_district(database: Database, grant: Grant) -> tuple[Area, ...]:
    scope = grant.scope
    with database.reading() as connection:
        listed = facility_list.listed(connection, scope)
        held = placed.read(connection, listed)
    found: dict[str, str] = {}
    for item in listed:
        within = scope.holds(item["province"])
        if within or item["operational_district"] in scope.districts:
            for name in held.ever(item["facility_id"]):
                if within or name in scope.districts:
                    found.setdefault(name, item["province"])
    return tuple(districts(found)[:-1])


def district_positions(database: Database, grant: Grant) -> list[tuple[str, float, float]]:
    """Name, latitude and longitude of operational districts: the middle of those facilities of each whose
    position is known.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    """
    found = _districts_now(in_scope(database, grant), grant)
    middles = ((name, middle(points)) for name, points in sorted(found.items()))
    return [(name, *point) for name, point in middles if point is not None]


def _districts_now(listed: Iterable[dict[str, Any]], grant: Grant) -> dict[str, list[tuple[float, float]]]:
    """Positions of the facilities of each district that is in scope as a whole."""
    found: dict[str, list[tuple[float, float]]] = {}
    for item in listed:
        name = listed_in(item)
        if name == UNKNOWN or not (
            grant.scope.holds(item["province"]) or item["operational_district"] in grant.scope.districts
        ):
            continue
        points = found.setdefault(name, [])
        if item["latitude"] is not None and item["longitude"] is not None:
            points.append((item["latitude"], item["longitude"]))
    return found


def middle(points: Collection[tuple[float, float]]) -> tuple[float, float] | None:
    """The middle of some points; None where there is none."""
    if not points:
        return None
    latitudes, longitudes = zip(*points, strict=True)
    return sum(latitudes) / len(points), sum(longitudes) / len(points)


def facility_positions(
    database: Database, grant: Grant, language: str
) -> list[tuple[str, str, float, float]]:
    """Number, name, latitude and longitude of each facility in scope that has a position.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    """
    return [
        (item["facility_id"], _name(item, language), item["latitude"], item["longitude"])
        for item in in_scope(database, grant)
        if item["latitude"] is not None and item["longitude"] is not None
    ]
