"""Lines across a province: a hatch where no pattern can be drawn, as in Plotly's map.

Pure: the outlines of the server's map in, slanting lines out, in degrees.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from geodata.outlines import outlines, unproject

#: Units between two lines.
STEP = 8.0
_NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)")
Point = tuple[float, float]


def rings_of(path: str) -> list[list[Point]]:
    """The rings of an outline's path: one absolute point and relative steps, closed by `z`."""
    rings = []
    for part in path.rstrip("z").split("z"):
        numbers = [float(number) for number in _NUMBER.findall(part)]
        x, y = numbers[:2]
        ring = [(x, y)]
        for step_x, step_y in zip(numbers[2::2], numbers[3::2], strict=True):
            x, y = x + step_x, y + step_y
            ring.append((x, y))
        rings.append(ring)
    return rings


def across(rings: list[list[Point]], step: float = STEP) -> list[tuple[Point, Point]]:
    """Lines that rise to the right through what the rings enclose, `step` apart; holes stay empty.

    >>> across([[(0, 0), (8, 0), (8, 8), (0, 8)]], 5.7)
    [((0.0, 8.1), (8.0, 0.1))]
    """
    # Turned by 45 degrees the lines are level: `along` grows on a line, `level` from line to line.
    edges = [
        ((x + y, x - y), (right + below, right - below))
        for ring in rings
        for (x, y), (right, below) in pairwise([*ring, ring[0]])
    ]
    if not edges:
        return []
    apart = step * 2**0.5
    lowest, highest = (pick(edge[0][0] for edge in edges) for pick in (min, max))
    found = []
    for number in range(int(lowest // apart), int(highest // apart) + 1):
        level = (number + 0.5) * apart
        meets = sorted(
            alongs + (level - one) / (other - one) * (alonge - alongs)
            for (one, alongs), (other, alonge) in edges
            if (one <= level) is not (other <= level)
        )
        found += [
            (_turned(level, begin), _turned(level, end))
            for begin, end in zip(meets[::2], meets[1::2], strict=True)
        ]
    return found


def _turned(level: float, along: float) -> Point:
    return round((level + along) / 2, 1), round((level - along) / 2, 1)


@lru_cache(maxsize=64)
def hatch(code: str, step: float = STEP) -> tuple[tuple[float | None, ...], tuple[float | None, ...]]:
    """Latitudes and longitudes of the lines across a province, with a gap after each."""
    lats: list[float | None] = []
    lons: list[float | None] = []
    for begin, end in across(rings_of(outlines().provinces[code].path), step):
        for point in (begin, end):
            lat, lon = unproject(*point)
            lats.append(lat)
            lons.append(lon)
        lats.append(None)
        lons.append(None)
    return tuple(lats), tuple(lons)
