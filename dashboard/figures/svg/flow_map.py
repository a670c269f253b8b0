"""Flows on the map of the provinces: lines from homes to crossings, and from there to destinations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt

from markupsafe import Markup

from dashboard.figures.province_map import ProvinceMap, drawn
from dashboard.figures.svg.draw import group, number, tag
from dashboard.figures.svg.province_map import provinces
from dashboard.figures.svg.sheet import Drawing, Key
from dashboard.figures.tokens import light
from dashboard.messages import Translate
from geodata.outlines import outlines, project

#: Widths of the thinnest and of the thickest line, in units of the map.
_THIN, _THICK = 1.2, 14.0
#: How far a line swings out, as a share of its length: those out and back do not lie on each other.
_SWING = 0.16
COMING, GOING = "coming", "going"
#: How the names of a map begin.
_NAMES = '<g class="labels'


@dataclass(frozen=True)
class Line:
    """People between a province and a crossing. `way`: `COMING` from a home, or `GOING` to a destination."""

    province: str
    gate: tuple[float, float]
    way: str
    people: int
    said: str


def on_page(shown: ProvinceMap, lines: Sequence[Line]) -> Markup:
    """The map with its flows, in the page's colours: classes `flow`, `coming` and `going`."""
    return _beneath_names(str(drawn(shown)), _drawn(lines, {}))


def on_sheet(shown: ProvinceMap, lines: Sequence[Line]) -> Drawing:
    """The same as a drawing, with its colours in the file."""
    base = provinces(shown)
    colours = {COMING: light("accent"), GOING: light("urgent")}
    return replace(base, markup=_beneath_names(str(base.markup), _drawn(lines, colours)))


def _beneath_names(markup: str, flows: Markup) -> Markup:
    """A map with flows over its areas and under its names, so that these can be read."""
    head, names, rest = markup.partition(_NAMES)
    return Markup(f"{head}{flows}{names}{rest}")  # noqa: S704 - the template escapes what it is given


def keys(t: Translate) -> list[Key]:
    """What the two colours are."""
    return [
        Key(t("from home to the crossing"), light("accent")),
        Key(t("from the crossing on"), light("urgent")),
    ]


def _drawn(lines: Sequence[Line], colours: Mapping[str, str]) -> Markup:
    most = max((line.people for line in lines), default=0)
    held = outlines().provinces
    parts = []
    for line in sorted(lines, key=lambda one: -one.people):
        place = held.get(line.province)
        if place is None or not line.people:
            continue
        wide = _THIN + (_THICK - _THIN) * sqrt(line.people / most)
        parts.append(
            tag(
                "path",
                tag("title", line.said),
                d=_bow((place.x, place.y), project(*line.gate), line.way),
                fill="none",
                stroke=colours.get(line.way),
                stroke_width=round(wide, 1),
                stroke_opacity="0.55" if colours else None,
                stroke_linecap="round",
                class_=f"flow {line.way}",
            )
        )
    return group(parts)


def _bow(start: tuple[float, float], end: tuple[float, float], way: str) -> str:
    """A bow between two points; of the two ways one swings to each side."""
    if way == GOING:
        start, end = end, start
    across, down = end[0] - start[0], end[1] - start[1]
    middle = (
        (start[0] + end[0]) / 2 - down * _SWING,
        (start[1] + end[1]) / 2 + across * _SWING,
    )
    points = " ".join(f"{number(x)} {number(y)}" for x, y in (middle, end))
    return f"M{number(start[0])} {number(start[1])}Q{points}"
