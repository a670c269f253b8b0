"""The places that roads and flows lead between: found in texts, and named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.services.denominators.areas import OD, Finder, area_name
from db.core.engine import Connection
from db.districts.store import listed_facilities
from db.intake.routes.read import Place
from db.intake.values.codes import match_key
from db.intake.values.reasons import Reason
from db.tables.districts import placed
from geodata.crossings import CROSSINGS
from geodata.gazetteer import gazetteer

FACILITY, CROSSING, COUNTRY = "facility", "crossing", "country"
_NONE = Reason(
    "write the number of a facility of the list, a province, crossing or country by its name or code, "
    "'OD' and the name of an operational district, or the official number of a district or commune"
)


@dataclass(frozen=True)
class PlaceFinder:
    """Finds the place that a text names; where it could be two, it is none: nothing is guessed.

    `facilities`: numbers of facilities by their folded form.
    """

    facilities: Mapping[str, str]
    areas: Finder

    @classmethod
    def of(cls, connection: Connection) -> PlaceFinder:
        """A finder that knows the facility list and its operational districts."""
        listed = {match_key(number): number for _, number, _ in listed_facilities(connection)}
        return cls(listed, Finder.of(placed.names(connection)))

    def __call__(self, text: str) -> Place | Reason:
        """The place, or why there is none."""
        places = gazetteer()
        found = []
        if (number := self.facilities.get(match_key(text))) is not None:
            found.append(Place(FACILITY, number))
        if (gate := places.match_crossing(text)) in CROSSINGS:
            found.append(Place(CROSSING, str(gate)))
        area = self.areas(text)
        if not isinstance(area, Reason):
            found.append(Place(area.level, area.code))
        elif (country := places.match_country(text)) is not None:
            found.append(Place(COUNTRY, country))
        if not found:
            return _NONE
        if len(found) > 1:
            one, other = (f"{place.level} {place.code}" for place in found[:2])
            return Reason("it could be {one} or {other}: write its code", one=one, other=other)
        return found[0]


def place_name(level: str, code: str, language: str, facilities: Mapping[str, str]) -> str:
    """What a place is called. `facilities`: names by number."""
    if level == FACILITY:
        return facilities.get(code, code)
    if level == CROSSING:
        return CROSSINGS[code].name(language) if code in CROSSINGS else code
    return area_name(code.removeprefix(OD), language) if level != COUNTRY else area_name(code, language)
