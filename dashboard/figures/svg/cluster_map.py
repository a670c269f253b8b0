"""Clusters on a map as a drawing: members in a colour of their own, the circle around them, the rank."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from dashboard.figures import theme
from dashboard.figures.cluster_map import (
    PLAIN,
    UNSCANNED,
    ClusterLayers,
    Ring,
    Spot,
    colour_of,
    label_of,
    unscanned,
    window,
)
from dashboard.figures.hatch import across, rings_of
from dashboard.figures.svg.draw import line, number, tag
from dashboard.figures.svg.sheet import INNER, Drawing, Key
from dashboard.figures.tokens import BY_CHANCE, MEMBER, light
from dashboard.messages import Translate
from geodata.distance import circle_around
from geodata.outlines import outlines, project

_HIGH = 680.0
_SEA, _LAND, _EDGE, _LINE = light("map-sea"), light("map-land"), light("map-edge"), light("map-hatch")


def cluster_map(layers: ClusterLayers) -> Drawing:
    """Draw the map; the most likely cluster lies on top."""
    west, east, south, north = window(layers)
    (x, y), (right, below) = project(north, west), project(south, east)
    wide, high = right - x, below - y
    height = min(_HIGH, INNER * high / wide)
    across = height * wide / high
    scale = wide / across  # units of the map for each unit of the sheet
    last_on_top = sorted(layers.rings, key=lambda ring: (ring.chance, ring.rank), reverse=True)
    parts = [
        tag("rect", x=x - wide, y=y - high, width=3 * wide, height=3 * high, fill=_SEA),
        *_ground(layers, scale),
        *_spots(layers.crossings, scale, light("map-paper"), theme.ACCENT, 3.5),
        *([] if layers.areas else _spots(layers.others, scale, light("map-hidden"), light("map-paper"), 2.5)),
        *(part for ring in last_on_top for part in _ring(ring, layers.areas, scale)),
        *(_rank(ring, scale) for ring in last_on_top if label_of(ring)),
    ]
    frame = " ".join(number(value) for value in (x, y, wide, high))
    # A drawing of its own, so that what lies outside the frame is cut off.
    inside = tag(
        "svg",
        *parts,
        x=(INNER - across) / 2,
        y=0,
        width=across,
        height=height,
        viewBox=frame,
        overflow="hidden",
    )
    return Drawing(inside, height)


def keys(
    layers: ClusterLayers, names: Sequence[tuple[Ring, str]], t: Translate, *, outside: str = ""
) -> list[Key]:
    """The legend: each cluster by its rank and centre, those that may be chance as one, and other places.

    Parameters
    ----------
    outside : str
        What is said of provinces whose records were not scanned.
    """
    found = [
        Key(f"{ring.rank} · {name}", colour_of(ring.rank, ring.chance), "dot")
        for ring, name in names
        if not ring.chance
    ]
    if any(ring.chance for ring in layers.rings):
        found.append(Key(t("may well be chance"), colour_of(1, chance=True), "open"))
    if layers.crossings:
        found.append(Key(t("crossing"), theme.ACCENT, "open"))
    if layers.others and not layers.areas:
        found.append(Key(t("place that was scanned"), light("map-hidden"), "dot"))
    if layers.within is not None:
        found.append(Key(outside or t("outside your provinces"), UNSCANNED, look="unscanned"))
    return found


def _ground(layers: ClusterLayers, scale: float) -> list[Markup]:
    held = outlines()
    land = tag("path", d=held.land, fill=_LAND, stroke=_EDGE, stroke_width=0.6 * scale)
    borders = tag("path", d=held.borders, fill="none", stroke=_EDGE, stroke_width=scale)
    provinces = [
        tag(
            "path",
            d=outline.path,
            fill=PLAIN if layers.within is None or code in layers.within else UNSCANNED,
            stroke=_LINE,
            stroke_width=scale,
        )
        for code, outline in held.provinces.items()
    ]
    lakes = tag("path", d=held.lakes, fill=_SEA, stroke=_EDGE, stroke_width=0.6 * scale)
    step = 6 * scale
    held_apart = [
        line([begin, end])
        for code in unscanned(layers)
        for begin, end in across(rings_of(held.provinces[code].path), step)
    ]
    over = [tag("path", d="".join(held_apart), stroke=light("map-paper"), stroke_width=1.6 * scale)]
    return [land, borders, *provinces, *(over if held_apart else ()), lakes]


def _spots(spots: Sequence[Spot], scale: float, fill: str, edge: str, size: float) -> list[Markup]:
    return [
        tag(
            "circle",
            tag("title", spot.name),
            cx=x,
            cy=y,
            r=size * scale,
            fill=fill,
            stroke=edge,
            stroke_width=scale,
        )
        for spot in spots
        for x, y in (project(spot.lat, spot.lon),)
    ]


def _ring(ring: Ring, areas: bool, scale: float) -> list[Markup]:
    colour = colour_of(ring.rank, ring.chance)
    if areas:
        held = outlines().provinces
        parts = [
            tag(
                "path",
                d=held[spot.code].path,
                fill=colour,
                fill_opacity=BY_CHANCE if ring.chance else MEMBER,
                stroke=colour,
                stroke_width=1.5 * scale,
            )
            for spot in ring.members
            if spot.code in held
        ]
    else:
        fill, edge = (light("map-paper"), colour) if ring.chance else (colour, theme.INK)
        parts = _spots(ring.members, scale, fill, edge, 4.0 if ring.chance else 5.5)
    width = (1.5 if ring.chance else 3.5) * scale
    route = [
        tag("path", d=line([project(*start), project(*end)]), fill="none", stroke=colour, stroke_width=width)
        for start, end in ring.ways
    ]
    parts = [*route, *parts]
    if ring.centre is not None and ring.radius_km:
        around = [
            project(lat, lon) for lat, lon in zip(*circle_around(*ring.centre, ring.radius_km), strict=True)
        ]
        parts.append(
            tag(
                "path",
                d=line(around, closed=True),
                fill="none",
                stroke=colour,
                stroke_width=(1 if ring.chance else 2.4) * scale,
                stroke_dasharray=f"{2 * scale:.2f} {2 * scale:.2f}" if ring.chance else None,
            )
        )
    return parts


def _rank(ring: Ring, scale: float) -> Markup:
    """The rank on the edge of its circle, so that no meaning rests on colour alone."""
    place = label_of(ring)
    if place is None:
        return Markup("")
    x, y = project(*place)
    size = (13 if ring.chance else 18) * scale
    return tag(
        "text",
        str(ring.rank),
        x=x,
        y=y - 5 * scale,
        text_anchor="middle",
        font_size=size,
        class_="strong",
        fill=colour_of(ring.rank, ring.chance),
        stroke=light("map-paper"),
        stroke_width=3 * scale,
        paint_order="stroke",
    )
