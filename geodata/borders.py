"""Which border is near a place: the nearest gates, country by country."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from geodata.crossings import CROSSINGS, Crossing
from geodata.distance import great_circle_km

#: A gate this far away, or less, is near. In the north-west it is an hour by motorcycle.
NEAR_KM = 30.0
#: Countries that share a land border.
NEIGHBOURS = ("TH", "LA", "VN")


@dataclass(frozen=True)
class NearGate:
    """A gate, and how far it is from the nearest of some places."""

    gate: Crossing
    km: float


def near_gates(positions: Iterable[tuple[float, float]], within_km: float = NEAR_KM) -> tuple[NearGate, ...]:
    """The nearest gate to each neighbour that has one near a place, the nearest first.

    Gates whose position is not known are near nothing.

    Parameters
    ----------
    positions
        Latitude and longitude of the places, in degrees.
    within_km
        How far a gate may be.

    Examples
    --------
    >>> [(one.gate.name_en, round(one.km)) for one in near_gates([(13.66, 102.60), (12.0, 105.0)])]
    [('Poipet', 5)]
    """
    places = np.array(list(positions), dtype=float).reshape(-1, 2)
    gates = [gate for gate in CROSSINGS.values() if gate.position is not None]
    if not len(places):
        return ()
    at = np.array([gate.position for gate in gates], dtype=float)
    km = great_circle_km(places[:, :1], places[:, 1:], at[:, 0], at[:, 1]).min(axis=0)
    nearest: dict[str, NearGate] = {}
    for distance, gate in sorted(
        zip(km.tolist(), gates, strict=True), key=lambda pair: (pair[0], pair[1].id)
    ):
        if distance <= within_km:
            nearest.setdefault(str(gate.neighbour), NearGate(gate, distance))
    return tuple(nearest.values())


def is_across(code: str) -> bool:
    """Whether a code is one of an area across the border: its country's letters and a hyphen.

    >>> is_across("TH-27"), is_across("KH01"), is_across("TH01")  # the last one is a crossing
    (True, False, False)
    """
    return code[:2] in NEIGHBOURS and code[2:3] == "-"
