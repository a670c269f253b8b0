"""Movements in the reader's words, and as lines of a map."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dashboard.components.reception import reception_words as words
from dashboard.figures.province_map import Area, Gate, ProvinceMap
from dashboard.figures.svg.flow_map import COMING, GOING, Line
from dashboard.messages import Translate
from dashboard.services.reception.movement import Movement
from geodata.crossings import CROSSINGS
from geodata.provinces import PROVINCES
from surveillance.reception.flows import Route
from surveillance.texts import N_

KINDS = {
    "returning": N_("Returning"),
    "commuter": N_("Daily commuters"),
    "short": N_("Others who stay less than 6 months"),
    "long": N_("Others who stay 6 months or longer"),
    "other": N_("Others; length of stay not known"),
}


@dataclass(frozen=True)
class Row:
    """One route as texts."""

    home: str
    crossing: str
    destination: str
    people: int


def rows(found: Iterable[tuple[Route, int]], language: str, t: Translate) -> list[Row]:
    """Routes as texts."""
    return [
        Row(
            words.place(route.home, language, t),
            words.crossing(route.crossing, language),
            words.place(route.destination, language, t),
            people,
        )
        for route, people in found
    ]


def title(found: Movement, t: Translate) -> str:
    """The question that the page answers."""
    return t("Where do people who arrive come from, and where do they go?")


def subtitle(found: Movement, language: str, t: Translate) -> str:
    """Who, where, when."""
    where = words.crossing(found.crossing, language) if found.crossing else t("All crossings of the account")
    who = t(KINDS[found.chosen]) if found.chosen else t("All movements")
    return f"{who} · {where} · {found.window.first} – {found.window.last}"


def map_of(found: Movement, language: str, t: Translate) -> ProvinceMap:
    """The provinces with the number of people of each home, and the crossings that people came through."""
    homes = found.by("home")
    areas = []
    for code, province in PROVINCES.items():
        name = province.name_km if language == "km" else province.name_en
        people = homes.get(code, 0)
        said = t("{name}: home of {people:,}").format(name=name, people=people)
        areas.append(Area(code, "plain", f"{people:,}" if people else "", said))
    gates = [
        Gate(*gate.position, f"{gate.name(language)}: {people:,}", approximate=gate.approximate)
        for code, people in found.by("crossing").items()
        if (gate := CROSSINGS.get(code)) and gate.position
    ]
    return ProvinceMap(title(found, t), areas, language, subtitle(found, language, t), gates, name="flows")


def lines(found: Movement, language: str, t: Translate) -> list[Line]:
    """People between each home or destination and each crossing."""
    sums: dict[tuple[str, str, str], int] = {}
    for route, people in found.routes.items():
        for way, province in ((COMING, route.home), (GOING, route.destination)):
            key = way, province, route.crossing
            sums[key] = sums.get(key, 0) + people
    made = []
    for (way, province, crossing), people in sums.items():
        gate = CROSSINGS.get(crossing)
        if gate is None or gate.position is None or province not in PROVINCES:
            continue
        said = (
            t("from {home} to {crossing}: {people:,}")
            if way == COMING
            else t("from {crossing} to {home}: {people:,}")
        )
        name = words.place(province, language, t)
        text = said.format(home=name, crossing=words.crossing(crossing, language), people=people)
        made.append(Line(province, gate.position, way, people, text))
    return made


def notes(found: Movement, t: Translate) -> list[str]:
    """What must be known to read it."""
    said = [
        t("These are movements, not people: somebody who crosses twice is counted twice."),
        t("Arrivals that were entered one by one are counted, and no others."),
    ]
    off = sum(
        people
        for route, people in found.routes.items()
        if route.home not in PROVINCES
        or route.destination not in PROVINCES
        or route.crossing not in CROSSINGS
    )
    if off:
        line = t(
            "Not whole on the map: {count:,} of {of:,}, whose home or destination or crossing is not on it."
        )
        said.append(line.format(count=off, of=found.people))
    if found.unknown_until:
        line = t("Sums of arrivals up to {day} name no destination: these days are not complete here.")
        said.append(line.format(day=found.unknown_until))
    return said
