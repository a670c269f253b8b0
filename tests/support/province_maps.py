"""Maps of the provinces with a value of every kind, for tests of how they look."""

from __future__ import annotations

from dashboard.figures.province_map import Area, Gate, ProvinceMap, Ring, drawn, look_of, said_of, value_text
from geodata.crossings import CROSSINGS
from geodata.provinces import PROVINCES
from surveillance.coverage.estimates import Counts, estimate

#: One of each kind; the rest are shares that meet every class.
KINDS = (
    Counts(True, 20, 0, 900),
    Counts(True),
    Counts(True, 20, unknown=20),
    Counts(False),
    Counts(True, 20, not_due=20),
    Counts(False, hidden=True),
    Counts(True, 7, 3, 7),
    Counts(True, 1_000, 500, 700, unknown=300),
    Counts(True, 900, 900, 900),
)


def of_every_kind(language: str, t, measure: str = "testing", name: str = "provinces", **more) -> ProvinceMap:
    """A map on which every look stands, the widest value (100%) where there is least room."""
    shares = [Counts(True, 1_000, 40 * n, 1_000) for n in range(1, 25)]
    counts = dict(zip(PROVINCES, [*KINDS, *shares], strict=False))
    for pcode in ("KH12", "KH23", "KH24"):
        counts[pcode] = Counts(True, 900, 900, 900)
    areas = []
    for pcode, value in zip(counts, estimate(list(counts.values())), strict=True):
        said = said_of(PROVINCES[pcode].name(language), value, t)
        look, text = look_of(value, measure), value_text(value, measure)
        areas.append(Area(pcode, look, text, said, href=f"?area={pcode}"))
    poipet = CROSSINGS["TH01"]
    gates = [
        Gate(gate.lat, gate.lon, gate.name(language), 1_204 if gate is poipet else None, gate.approximate,
             ("Poipet", "1,204") if gate is poipet else ())
        for gate in CROSSINGS.values() if gate.located
    ]  # fmt: skip
    rings = [Ring(13.9, 107.1, "Measles: 35 cases", label="Measles")]
    return ProvinceMap("Tested for malaria", areas, language, "By province", gates, rings, name, **more)


def page_of(language: str, t, styles: str, *, dark: bool = False, measure: str = "testing") -> str:
    """A page that holds such a map alone."""
    svg = drawn(of_every_kind(language, t, measure))
    look = "dark" if dark else "light"
    return (
        f'<!DOCTYPE html><html lang="{language}" data-look="{look}">'
        f"<head><title>Map</title><style>{styles}</style></head>"
        f'<body><main><h1>Map</h1><div class="province-map-frame">{svg}</div></main></body></html>'
    )
