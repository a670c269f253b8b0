"""What a place is and what lies beside it, in words that lead to the other pages of places."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dashboard.components.place_pages.addresses import address
from dashboard.messages import Translate
from dashboard.services.place_pages.place import CROSSING, DISTRICT, FACILITY, PROVINCE, Around, Place
from geodata.crossings import ALL_CROSSINGS, CROSSINGS
from geodata.provinces import PROVINCES
from surveillance.texts import N_

_KINDS = {
    PROVINCE: N_("Province"),
    DISTRICT: N_("Operational district"),
    CROSSING: N_("Border crossing"),
    FACILITY: N_("Facility"),
}
_CLASSES = {
    "international": N_("International border crossing"),
    "local": N_("Local border crossing"),
    "bilateral": N_("Bilateral border crossing"),
    "special": N_("No gate"),
}


@dataclass(frozen=True)
class Link:
    """A name and where it leads."""

    name: str
    href: str


def kind_name(place: Place, t: Translate) -> str:
    """What kind of place it is."""
    if place.kind == CROSSING:
        return t(_CLASSES[ALL_CROSSINGS[place.area.code].kind])
    return t(_KINDS[place.kind])


def beneath(place: Place, around: Around, language: str, t: Translate) -> list[Link]:
    """Kind, province, district and the other side of the border, in order; some lead nowhere."""
    found = [Link(kind_name(place, t), "")]
    province = PROVINCES.get(place.area.province or "")
    if place.kind != PROVINCE and province is not None:
        href = address(around.province) if around.province else ""
        found.append(Link(province.name(language), href))
    elif place.kind == CROSSING and place.area.code in CROSSINGS:
        found.append(Link(t("province not known"), ""))
    if place.district:
        href = address(around.district) if around.district else ""
        found.append(Link(t("operational district {name}").format(name=place.district), href))
    if place.kind == CROSSING and (other := ALL_CROSSINGS[place.area.code].opposite_side):
        found.append(Link(t("opposite: {name}").format(name=other), ""))
    return found


def links(places: Iterable[Place], language: str, question: dict[str, str]) -> list[Link]:
    """Names of places, which lead to their pages with the same question."""
    return [Link(one.area.name(language), address(one, question)) for one in places]
