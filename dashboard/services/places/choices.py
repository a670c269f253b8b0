"""Places that an unrecognised text may mean: all there are, those of near names, and one that is typed."""

from __future__ import annotations

from dashboard.services.places import areas
from dashboard.services.places.areas import Area
from geodata.countries import COUNTRIES
from geodata.gazetteer import Kind, gazetteer
from surveillance.vocabulary import UNKNOWN

CROSSING = "crossing"
#: Kinds of place, in the order in which they are offered.
KINDS = ("province", "country", "crossing", "unknown")


def offered(field: str) -> dict[str, list[Area]]:
    """Every place that a field can hold, by kind."""
    if field == CROSSING:
        known = areas.crossings()
        return {CROSSING: [a for a in known if a.code != UNKNOWN], UNKNOWN: [areas.UNKNOWN_AREA]}
    known = [a for a in areas.provinces(COUNTRIES) if a.code != UNKNOWN]
    return {
        "province": [a for a in known if a.province],
        "country": [a for a in known if not a.province],
        UNKNOWN: [areas.UNKNOWN_AREA],
    }


def named(field: str, code: str) -> Area:
    """A place by its code; one that is not offered any more has its code for a name."""
    found = (area for kind in offered(field).values() for area in kind if area.code == code)
    return next(found, Area(code, code, code))


def near(field: str, text: str | None) -> list[Area]:
    """At most three places whose names are near to a text; of an ambiguous number both."""
    kind: Kind = "crossing" if field == CROSSING else "place"
    return [named(field, code) for code in gazetteer().diagnose(text, kind).candidates]


def read(field: str, text: str) -> tuple[Area, str | None] | None:
    """The place that a code, name or official number means in a field, and its commune; None where none."""
    known = gazetteer()
    if field == CROSSING:
        code = known.match_crossing(text)
        return None if code is None else (named(field, code), None)
    code = known.match_place(text)
    return None if code is None else (named(field, code), known.match_commune(text))
