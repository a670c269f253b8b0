"""The outlines of the provinces as paths of an SVG, drawn by the server before any script runs.

`outlines.json` is made from the committed boundaries by `geodata.outlining`. Its units are those of the view
`WIDTH` by `HEIGHT`; what lies around that view is drawn too, for a frame of another shape.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from geodata.boundaries import DATA

PATH = DATA / "outlines.json"
WIDTH, HEIGHT = 660, 458
#: Degrees in the middle of the view, and units for each degree of latitude.
_LON, _LAT, _DEGREE = 105.0, 12.35, 95.0
#: How much shorter a degree of longitude is.
_NARROWER = math.cos(math.radians(_LAT))

#: Where labels stand: names and values with room for both, in each language, or values alone on a phone.
Labels = Literal["en", "km", "narrow"]
#: Size of letters in units, for each.
LETTERS: dict[Labels, float] = {"en": 16.0, "km": 16.0, "narrow": 20.0}
#: Height of the line of a name, of letters; Khmer is set higher.
LINE: dict[Labels, float] = {"en": 1.15, "km": 1.45, "narrow": 0.0}
#: Height of the line of a value, of letters.
VALUE_LINE = 1.2


def project(lat: float, lon: float) -> tuple[float, float]:
    """A position in the units of the view: x to the right, y down; one decimal."""
    x = WIDTH / 2 + (lon - _LON) * _DEGREE * _NARROWER
    y = HEIGHT / 2 - (lat - _LAT) * _DEGREE
    return round(x, 1), round(y, 1)


def unproject(x: float, y: float) -> tuple[float, float]:
    """The position of a point of the view: latitude and longitude; three decimals.

    >>> unproject(*project(13.0, 104.0))
    (13.0, 104.0)
    """
    lon = _LON + (x - WIDTH / 2) / _DEGREE / _NARROWER
    lat = _LAT - (y - HEIGHT / 2) / _DEGREE
    return round(lat, 3), round(lon, 3)


@dataclass(frozen=True)
class Place:
    """Where a label stands: its middle, and where it lies outside its province the line that leads to it.

    `split`: whether the name is set in two lines, broken at its first space.
    """

    x: float
    y: float
    leader: tuple[float, float, float, float] | None = None
    split: bool = False


@dataclass(frozen=True)
class Outline:
    """One province: its path, the point farthest from its border, and the places of its labels."""

    path: str
    x: float
    y: float
    labels: dict[str, Place]


@dataclass(frozen=True)
class Outlines:
    """All that is drawn: provinces by pcode, the land around and below them, the borders within that land.

    `lakes` lie over the provinces. `neighbours`: where the names of other countries stand, by code.
    """

    provinces: dict[str, Outline]
    land: str
    borders: str
    neighbours: dict[str, tuple[float, float]]
    lakes: str = ""


def _place(held: dict[str, Any]) -> Place:
    x, y = held["at"]
    line = held.get("line")
    leader = (line[0], line[1], line[2], line[3]) if line else None
    return Place(x, y, leader, held.get("split", False))


@lru_cache(maxsize=1)
def outlines() -> Outlines:
    """The outlines, read once per process."""
    held = json.loads(PATH.read_text(encoding="utf-8"))
    provinces = {
        pcode: Outline(
            one["path"], one["at"][0], one["at"][1], {kind: _place(at) for kind, at in one["labels"].items()}
        )
        for pcode, one in held["provinces"].items()
    }
    neighbours = {code: (x, y) for code, (x, y) in held["neighbours"].items()}
    return Outlines(provinces, held["land"], held["borders"], neighbours, held["lakes"])
