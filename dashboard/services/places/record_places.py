"""Names of the places that single records hold as codes."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard.permissions import Grant, Permission
from dashboard.services.places import areas
from dashboard.services.places.areas import Area
from db.core.engine import Database
from db.ingest import facilities
from geodata.countries import COUNTRIES
from geodata.gazetteer import districts


def record_places(database: Database, grant: Grant) -> dict[str, Mapping[str, Area]]:
    """Places by code, under the name of each column that holds such codes.

    Raises
    ------
    NotPermittedError
        The grant does not hold line lists.
    """
    grant.check(Permission.SEE_LINE_LIST)
    with database.reading() as connection:
        listed = facilities.listed(connection, grant.scope)
    provinces = {area.code: area for area in areas.provinces(COUNTRIES)}
    own = {code: Area(code, *names) for code, names in districts().items()}
    return {
        "facility": {area.code: area for area in areas.facilities(listed)},
        "crossing": {area.code: area for area in areas.crossings()},
        **dict.fromkeys(("district_home", "district_infection"), own),
        **dict.fromkeys(("province_care", "province_home", "province_infection"), provinces),
    }
