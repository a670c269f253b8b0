"""What lies over the provinces of a map: circles as large as counts, and rings around what clusters.

Both maps draw it, the server's and Plotly's; sizes are the same for every period and place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: Radii in units of the server's map: the area of a circle is as the people, from 4 to 20 units; of nobody 2.
NOBODY, SMALLEST, LARGEST = 2.0, 4.0, 20.0
#: Counts that the legend shows a circle of; the last one and more are the largest circle.
SHOWN = (100, 400, 1600)
#: Looks of a count across the border: known, known in part, unknown, hidden.
ACROSS = ("across", "across part", "across unknown", "across hidden")
#: Radius of a ring in units.
RING = 24.0


@dataclass(frozen=True)
class Circle:
    """A count at a place. `people` None: it is not told. `href`: where a press leads, else to area `code`.

    `closed`: a crossing that was closed, drawn as a cross. `look`: of a count across the border, a diamond
    (`ACROSS`).
    """

    code: str
    lat: float
    lon: float
    said: str
    people: int | None
    label: str = ""
    href: str | None = None
    closed: bool = False
    look: str = ""


@dataclass(frozen=True)
class RingAt:
    """A ring around what clusters; `href`: its page."""

    lat: float
    lon: float
    said: str
    href: str


@dataclass(frozen=True)
class Overlay:
    """All that a layer draws. `plain`: the provinces beneath have no colour.

    `points`: facilities that only say where they are; `gates`: whether crossings are drawn for orientation.
    """

    layer: str = "coverage"
    circles: Sequence[Circle] = ()
    rings: Sequence[RingAt] = ()
    plain: bool = False
    facilities: bool = False
    gates: bool = True


def radius(people: int | None) -> float:
    """The area of a circle is as the people: 100 are 5 units, 1,000 are 15.8, 1,600 and more are 20.

    >>> radius(100), radius(1600), radius(9000), radius(None), radius(0)
    (5.0, 20.0, 20.0, 4.0, 2.0)
    """
    if people == 0:
        return NOBODY
    return SMALLEST if people is None else round(min(LARGEST, max(SMALLEST, people**0.5 / 2)), 1)
