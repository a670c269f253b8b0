"""Operational districts of each province, as the list of facilities names them today."""

from __future__ import annotations

from db.core.engine import Database
from db.core.scope import Scope
from db.ingest import facilities


def of_provinces(database: Database) -> dict[str, tuple[str, ...]]:
    """Names of the districts of each province of the country: whom to tell, and nothing of people."""
    with database.reading() as connection:
        listed = facilities.listed(connection, Scope.everything())
    found: dict[str, set[str]] = {}
    for one in listed:
        if one["operational_district"]:
            found.setdefault(one["province"], set()).add(one["operational_district"])
    return {province: tuple(sorted(names)) for province, names in found.items()}
