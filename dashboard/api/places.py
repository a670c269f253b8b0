"""Facilities of the token's places, and what is known of the data as a whole."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic.dataclasses import dataclass

from dashboard.api.answers import Answer
from dashboard.api.asked import Asked, Nothing
from dashboard.api.resource import Resource
from dashboard.exports.columns import Column
from dashboard.parameters import OneOf
from dashboard.questions import STRICT, Question
from dashboard.services.places import areas
from dashboard.services.releases.in_force import number_for
from geodata.provinces import PROVINCES

_FACILITIES = (
    Column("facility_id", "text", "its number in the facility list"),
    Column("name_en", "text", "its name in English"),
    Column("name_km", "text", "its name in Khmer"),
    Column("kind", "text", "kind of facility"),
    Column("province", "text", "P-code of its province"),
    Column("province_iso_3166_2", "text", "the same in ISO 3166-2"),
    Column("district", "text", "its administrative district"),
    Column("commune", "text", "its commune"),
    Column("operational_district", "text", "its operational district"),
    Column("crossing", "text", "code of the crossing at which it stands"),
    Column("latitude", "number", "degrees"),
    Column("longitude", "number", "degrees"),
    Column("moh_code", "text", "its code at the Ministry of Health"),
    Column("reports_from", "date", "first day from which it reports"),
    Column("reports_to", "date", "last day; empty: still"),
    Column("report_frequency", "text", "how often it reports"),
    Column("report_deadline_days", "count", "days after the end of a period until its report is due"),
)
_STATUS = (
    Column("synthetic", "text", "`yes` where the data are invented"),
    Column("files", "count", "files that were imported"),
    Column("last_import", "text", "when the newest came (UTC)"),
    Column("first_visit", "date", "first day of the data; of issued figures that of the release"),
    Column("last_visit", "date", "last day of the data; of issued figures that of the release"),
    Column("release", "count", "number of the release that this token is answered with; empty: the records"),
    Column("threshold", "count", "fewest people that this token is told of"),
    Column("role", "text", "role of the token"),
    Column("scope", "text", "places and programmes of the token; `all` for all of them"),
)


@dataclass(frozen=True, config=STRICT)
class Facilities(Question):
    """Facilities, of one province where it is given."""

    province: Annotated[
        str | None, OneOf(tuple(PROVINCES), help="P-code of one province; all, if not given")
    ] = None


def facilities(asked: Asked, query: Facilities) -> Answer:
    """The list of facilities, as far as the token's places go."""
    names = [column.name for column in _FACILITIES if column.name != "province_iso_3166_2"]
    rows = []
    for item in areas.in_scope(asked.database, asked.grant):
        if query.province in (None, item["province"]):
            found: dict[str, Any] = {name: item[name] for name in names}
            known = PROVINCES.get(str(item["province"]))
            rows.append(found | {"province_iso_3166_2": known.iso_3166_2 if known else None})
    return Answer(_FACILITIES, rows, query.parameters(), figures=False)


def status(asked: Asked, _: Nothing) -> Answer:
    """From when to when the data go for this token, and what it is shown."""
    held = asked.status
    row = {
        "synthetic": "yes" if held.demo else "no",
        "files": held.files,
        "last_import": held.last_import,
        "first_visit": held.first_visit,
        "last_visit": held.last_visit,
        "release": number_for(asked.database, asked.grant) or None,
        "threshold": asked.stamp().threshold,
        "role": asked.grant.role,
        "scope": asked.grant.scope.text or "all",
    }
    return Answer(_STATUS, [row], figures=False)


RESOURCES = (
    Resource(
        "facilities",
        "/facilities",
        "Facilities of the token's places",
        Facilities,
        _FACILITIES,
        facilities,
        figures=False,
    ),
    Resource("status", "/status", "State of the data", Nothing, _STATUS, status, figures=False),
)
