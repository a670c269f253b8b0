"""Where a cluster lies to the border: at a gate, near one, or in a province that has a border."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from dashboard.services.clusters.locations import Place
from geodata.borders import NEIGHBOURS, is_across, near_gates
from geodata.crossings import CROSSINGS
from geodata.provinces import PROVINCES

#: Kind of place, as `by:place`, whose locations are gates themselves.
_GATES = "crossing:care"


@dataclass(frozen=True)
class AtBorder:
    """One border that a cluster lies at.

    `gate`: code of the gate; None where provinces are looked at.
    `km`: from the nearest place of the cluster to the gate; None where the cluster holds the gate itself.
    """

    country: str
    gate: str | None = None
    km: float | None = None


@dataclass(frozen=True)
class Border:
    """Where a cluster lies to the border. `known`: whether the position of any of its places is."""

    near: tuple[AtBorder, ...] = ()
    known: bool = True

    def at(self, country: str) -> bool:
        """Whether it lies at the border with a country, or near a gate to it."""
        return any(one.country == country for one in self.near)


NO_BORDER = Border()


def border_of(view: str, centre: str | None, held: Collection[str], known: Mapping[str, Place]) -> Border:
    """Say at which borders a cluster lies.

    A cluster of crossings lies at its gates; one of provinces in provinces with a border; one of
    facilities is near a gate that is at most 30 km from one of them (geodata.borders).

    Parameters
    ----------
    view
        Kind of place, as `by:place`.
    centre, held
        The centre's code, and the codes of all its locations.
    known
        Names and positions of places of this kind, by code.
    """
    codes = sorted(held, key=lambda code: (code != centre, code))
    if view == _GATES:
        return _of_gates(codes)
    if view.startswith("province:"):
        own = [PROVINCES[code] for code in codes if code in PROVINCES]
        found = {country for province in own for country in province.borders}
        beyond = {code[:2] for code in codes if is_across(code)}
        near = tuple(AtBorder(one) for one in NEIGHBOURS if one in found | beyond)
        return Border(near, known=bool(own or beyond))
    positions = [place.position for code in codes if (place := known.get(code)) is not None]
    placed = [position for position in positions if position is not None]
    near = tuple(AtBorder(str(one.gate.neighbour), one.gate.id, one.km) for one in near_gates(placed))
    return Border(near, known=bool(placed))


def _of_gates(codes: Collection[str]) -> Border:
    """Of each country the first gate; informal routes and airports are at no border that is known."""
    first: dict[str, str] = {}
    for code in codes:
        if code in CROSSINGS:
            first.setdefault(str(CROSSINGS[code].neighbour), code)
    return Border(tuple(AtBorder(country, code) for country, code in first.items()), known=bool(first))
