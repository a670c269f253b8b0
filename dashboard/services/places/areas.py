"""The areas a table has a row for: every one of them, with or without records, unknown last."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dashboard.permissions import Grant, Permission
from db.core.engine import Database
from db.ingest import facilities as facility_list
from geodata.countries import COUNTRIES
from geodata.crossings import ALL_CROSSINGS
from geodata.provinces import PROVINCES
from surveillance.vocabulary import UNKNOWN


@dataclass(frozen=True)
class Area:
    """One row's place. `province`: where a facility lies."""

    code: str
    name_en: str
    name_km: str
    province: str | None = None

    def name(self, language: str) -> str:
        """Name in Khmer or English; the other one where it has none, and at last the code."""
        return (
            self.name_km or self.name_en if language == "km" else self.name_en or self.name_km
        ) or self.code


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
