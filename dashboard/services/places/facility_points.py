"""Where facilities stand, for drawing."""

from __future__ import annotations

from dashboard.permissions import Grant, Permission
from db.core.engine import Database
from db.ingest import facilities


def positions(database: Database, grant: Grant, language: str) -> list[tuple[str, str, float, float]]:
    """Number, name, latitude and longitude of each facility in scope that has a position.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    """
    grant.check(Permission.SEE_COVERAGE)
    with database.reading() as connection:
        listed = facilities.listed(connection, grant.scope)
    first, second = ("name_km", "name_en") if language == "km" else ("name_en", "name_km")
    return [
        (
            item["facility_id"],
            item[first] or item[second] or item["facility_id"],
            item["latitude"],
            item["longitude"],
        )
        for item in listed
        if item["latitude"] is not None and item["longitude"] is not None
    ]
