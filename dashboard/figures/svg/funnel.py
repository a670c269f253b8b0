"""A funnel of places as a drawing: a point for each place, within the limits that chance sets to its size."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from dashboard.figures import theme
from dashboard.figures.svg.axes import GRID, LETTERS, ticks
from dashboard.figures.svg.draw import group, line, tag
from dashboard.figures.svg.lines import width
from dashboard.figures.svg.sheet import INNER, Drawing, Key
from dashboard.messages import Translate

_HIGH, _LEFT, _TOP = 320.0, 52.0, 12.0
#: Curves are drawn through so many sizes.
CURVE_POINTS = 120


@dataclass(frozen=True)
class Point:
    """One place. `beyond`: pairs of limits that it lies outside, negative below; `says`: its title."""

    name: str
    size: int
    share: float
    beyond: int
    says: str


@dataclass(frozen=True)
class Limits:
    """Curves of limits: `lower` and `upper` of each level, at `sizes`."""

    sizes: Sequence[int]
    lower: Sequence[Sequence[float]]
    upper: Sequence[Sequence[float]]


def sizes_between(smallest: int, largest: int) -> list[int]:
    """Whole sizes from the smallest to the largest place, even on a logarithmic scale.

    >>> sizes_between(2, 5)
    [2, 3, 4, 5]
    """
    first, last = math.log(max(1, smallest)), math.log(max(2, largest))
    steps = (first + (last - first) * at / (CURVE_POINTS - 1) for at in range(CURVE_POINTS))
    return sorted({max(1, round(math.exp(step))) for step in steps})


def funnel(
    points: Sequence[Point], limits: Limits, target: float, size_name: str, wide: float = INNER
) -> Drawing:
    """Draw the places, the smallest at the left on a logarithmic scale of their people."""
    first = math.log(limits.sizes[0])
    last = max(math.log(limits.sizes[-1]), first + math.log(2))
    right, bottom = wide - 12, _TOP + _HIGH

    def x(size: float) -> float:
        return _LEFT + (math.log(size) - first) / (last - first) * (right - _LEFT)

    def y(share: float) -> float:
        return bottom - share * _HIGH

    parts: list[Markup] = []
    for value in ticks(1.0):
        parts.append(tag("path", d=line([(_LEFT, y(value)), (right, y(value))]), stroke=GRID))
        parts.append(tag("text", f"{100 * value:.0f}%", x=_LEFT - 8, y=y(value) + 4.5, text_anchor="end",
                         font_size=LETTERS, class_="muted"))  # fmt: skip
    for level, sides in enumerate(zip(limits.lower, limits.upper, strict=True)):
        for side in sides:
            path = line((x(size), y(share)) for size, share in zip(limits.sizes, side, strict=True))
            parts.append(tag("path", d=path, fill="none", stroke=theme.INK, stroke_width=1.4,
                             stroke_dasharray=None if level else "4 3"))  # fmt: skip
    parts.append(
        tag("path", d=line([(_LEFT, y(target)), (right, y(target))]), stroke=theme.TREND, stroke_width=1.6)
    )
    parts += [_point(one, x(one.size), y(one.share)) for one in points]
    parts += _names(points, x, y, right)
    parts.append(tag("path", d=line([(_LEFT, bottom), (right, bottom)]), stroke=theme.AXIS))
    free = _LEFT - 20
    for size in _round_sizes(limits.sizes[0], limits.sizes[-1]):
        said = f"{size:,}"
        half = width(said, LETTERS) / 2
        if x(size) - half < free or x(size) + half > wide:
            continue
        free = x(size) + half + 10
        parts.append(tag("text", said, x=x(size), y=bottom + 18, text_anchor="middle", font_size=LETTERS,
                         class_="muted"))  # fmt: skip
    parts.append(tag("text", size_name, x=_LEFT, y=bottom + 38, font_size=LETTERS, class_="muted"))
    return Drawing(group(parts), bottom + 46, width=wide)


def keys(t: Translate) -> list[Key]:
    """The legend."""
    return [
        Key(t("within the limits of chance"), theme.TREND, "open"),
        Key(t("outside the inner limits"), theme.TREND, "dot"),
        Key(t("outside the outer limits"), theme.ACCENT, "dot"),
        Key(t("all places together"), theme.TREND, "line"),
        Key(t("inner limits: 95% of places lie within by chance"), theme.INK, "dash"),
        Key(t("outer limits: 99.8% of places lie within by chance"), theme.INK, "line"),
    ]


def _point(one: Point, x: float, y: float) -> Markup:
    colour = theme.ACCENT if abs(one.beyond) > 1 else theme.TREND
    fill = theme.CARD if one.beyond == 0 else colour
    return tag("circle", tag("title", one.says), cx=x, cy=y, r=5, fill=fill, stroke=colour, stroke_width=1.6)


def _names(
    points: Sequence[Point], x: Callable[[float], float], y: Callable[[float], float], right: float
) -> list[Markup]:
    """Names beside places outside the outer limits, as many as cover no other name and no point."""
    taken = [(x(one.size) - 6, x(one.size) + 6, y(one.share) + 4) for one in points]
    found = []
    for one in sorted(points, key=lambda point: -abs(point.beyond)):
        if abs(one.beyond) < 2:
            break
        wide = width(one.name, LETTERS - 1)
        base = y(one.share) + 4
        for left in (x(one.size) + 9, x(one.size) - 9 - wide):
            covers = any(abs(base - b) < 15 and left < r and left + wide > e for e, r, b in taken)
            if left > _LEFT and left + wide < right and not covers:
                break
        else:
            continue
        taken.append((left, left + wide, base))
        found.append(tag("text", one.name, x=left, y=base, font_size=LETTERS - 1, fill=theme.INK))
    return found


def _round_sizes(smallest: int, largest: int) -> list[int]:
    found = []
    power = 1
    while power <= largest:
        found += [power * factor for factor in (1, 2, 5) if smallest <= power * factor <= largest]
        power *= 10
    return found or [smallest]
