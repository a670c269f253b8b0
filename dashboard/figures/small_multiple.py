"""A small curve of proportions as SVG, one of many with the same scale: line, interval, gaps and signs.

Pure: values that may be shown go in, numbers and texts for a template come out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from dashboard.figures import theme
from surveillance.coverage.estimates import Estimate

#: Size in units, and the room left of the curve, above it and beneath it.
WIDTH, HIGH, LEFT, ABOVE, BELOW = 170, 72, 30, 8, 12
#: Upper ends that a scale may have where much is bad: the lowest that holds every firm value.
_TOPS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0)


@dataclass(frozen=True)
class Dot:
    """One point: where it stands; `few`: it rests on few people; `lone`: no line leads to it."""

    x: float
    y: float
    few: bool
    lone: bool


@dataclass(frozen=True)
class Curve:
    """What a template writes: points of bands and lines, dots, and signs where there is no value."""

    bands: Sequence[str]
    lines: Sequence[str]
    dots: Sequence[Dot]
    signs: Sequence[tuple[float, str]]


def top_of(values: Sequence[Estimate], measure: str) -> float:
    """The upper end of the scale of all curves of a page: the whole, or of a burden what its values need.

    What rests on few people makes no scale: one person of one would be 100%.
    """
    if measure not in theme.MUCH_IS_BAD:
        return 1.0
    firm = (value.coverage for value in values if value.coverage is not None and not _few(value))
    highest = max(firm, default=0.0)
    return next(top for top in _TOPS if top >= highest)


def curve(values: Sequence[Estimate], top: float, *, shares: bool = True) -> Curve:
    """Draw one curve; what lies above the scale is drawn at its edge.

    `shares`: whether values are proportions, of which a wide interval says that they rest on few people.
    """

    def few(value: Estimate) -> bool:
        return shares and _few(value)

    def across(number: int) -> float:
        room = WIDTH - LEFT - 6
        return round(LEFT + (room * number / (len(values) - 1) if len(values) > 1 else room / 2), 1)

    def up(share: float | None) -> float:
        return round(height_of(min(share or 0.0, top), top), 1)

    bands, lines, dots = [], [], []
    numbered = list(enumerate(values))
    for shown, run in groupby(numbered, key=lambda item: item[1].coverage is not None):
        members = list(run)
        if not shown:
            continue
        lone = len(members) == 1
        if not lone:
            lines.append(_joined((across(n), up(v.coverage)) for n, v in members))
            upper = [(across(n), up(v.upper)) for n, v in members]
            lower = [(across(n), up(v.lower)) for n, v in reversed(members)]
            bands.append(_joined([*upper, *lower]))
        dots += [
            Dot(across(n), up(v.coverage), few(v), lone)
            for n, v in members
            if lone or few(v) or n == len(values) - 1
        ]
    signs = [(across(n), theme.look_of(v, "testing").sign) for n, v in numbered if v.coverage is None]
    return Curve(bands, lines, dots, signs)


def height_of(share: float, top: float) -> float:
    """Where a proportion stands, from above."""
    return ABOVE + (HIGH - ABOVE - BELOW) * (1 - share / top)


def _few(value: Estimate) -> bool:
    """Whether it rests on few people, whatever else is wrong with it."""
    return theme.rests_on_few(value)


def _joined(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)
