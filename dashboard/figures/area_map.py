"""The map: areas coloured by class, crossings as points. SVG, without WebGL and without outside requests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from dashboard.figures import theme
from dashboard.figures.area_names import across_the_border, hatched, names_on
from dashboard.figures.ground import (
    BORDER,
    COUNTRY,
    HALO,
    Figure,
    Trace,
    bold,
    context,
    flat,
    lakes,
    layout_of,
)
from dashboard.figures.labels import Said
from dashboard.figures.overlay import RING, Overlay, radius
from dashboard.figures.province_map import value_text
from dashboard.figures.theme import Painted
from dashboard.figures.tokens import CLEAR, light, seen_through
from dashboard.messages import Translate
from surveillance.coverage.estimates import Change, Estimate

#: The whole country as the server's map frames it, in degrees: labels have their places in that frame.
_WHOLE = (101.66, 108.0, 9.42, 15.27)
#: More points than crossings: facilities, which stand close together.
_FEW = 60
_SHAPES = {True: "circle-open", False: "circle"}


@dataclass(frozen=True)
class Polygon:
    """A province to colour: `code` joins the boundaries, `label_lat` and `label_lon` carry its sign."""

    code: str
    name: str
    label_lat: float
    label_lon: float
    value: Estimate | Painted | None
    #: Outside the provinces of the account: plain, and nothing to choose.
    outside: bool = False
    #: Stands before the value, where it is of another kind than those beside it.
    mark: str = ""


@dataclass(frozen=True)
class Point:
    """A crossing or facility; `value` None where the points are context only."""

    code: str
    name: str
    lat: float
    lon: float
    approximate: bool
    label: bool
    value: Estimate | Painted | None
    #: A facility among the crossings of a map by province.
    facility: bool = False
    #: That the crossing was closed on the last day shown, in words; blank where it was open.
    closed: str = ""


@dataclass(frozen=True)
class Layers:
    """What one map draws. `boundaries` and `context` are addresses of GeoJSON.

    `window`: west, east, south and north of what is shown first; the whole country unless given. `language`:
    of the names of provinces.
    """

    measure: str
    boundaries: str
    context: str
    polygons: Sequence[Polygon]
    points: Sequence[Point]
    selected: str | None
    changes: Mapping[str, Change] = field(default_factory=dict)
    window: tuple[float, float, float, float] = COUNTRY
    over: Overlay = field(default_factory=Overlay)
    language: str = "en"

    @property
    def seen(self) -> tuple[float, float, float, float]:
        """What the frame shows: of the whole country as much as the server's map shows."""
        return _WHOLE if self.window == COUNTRY else self.window


def area_map(layers: Layers, t: Translate) -> Figure:
    """Draw the map."""
    chosen = layers.selected and any(p.code == layers.selected for p in layers.polygons)
    # Names are read over points for orientation; values of points over names.
    valued = any(point.value is not None for point in layers.points)
    # Names keep clear of some points; of hundreds nobody could.
    clear = [(point.lat, point.lon) for point in layers.points] if len(layers.points) <= _FEW else []
    said = [_said(one, layers) for one in layers.polygons]
    names = names_on(said, layers.language, layers.seen, clear if valued else ())
    traces = [
        context(layers.context),
        *_polygons(layers, t),
        *hatched(_unsure(layers), layers.seen),
        lakes(),
        *(names if valued else []),
        *([_outline(layers)] if chosen else []),
        *_points(layers, t),
        *([] if layers.over.plain else _signs(layers)),
        *_circles(layers),
        *across_the_border(layers.over),
        *([] if valued else names),
        *_closed(layers, t),
        *_rings(layers.over),
    ]
    return {"data": traces, "layout": layout_of(layers.seen)}


def _polygons(layers: Layers, t: Translate) -> list[Trace]:
    """One trace for each look, so that each keeps its own colour."""
    grouped: dict[str, list[Polygon]] = defaultdict(list)
    colours: dict[str, str] = {}
    for polygon in layers.polygons:
        if polygon.value is None or polygon.outside or layers.over.plain:
            key, colour = ("outside", theme.OUTSIDE) if polygon.outside else ("plain", theme.PLAIN)
        else:
            look = theme.drawn_look(polygon.value, layers.measure)
            key, colour = look.key, look.colour
        grouped[key].append(polygon)
        colours[key] = colour
    return [
        {
            "type": "choropleth",
            "geojson": layers.boundaries,
            "locations": [p.code for p in members],
            "z": [0] * len(members),
            "featureidkey": "id",
            "colorscale": flat(colours[key]),
            "showscale": False,
            "customdata": [p.code for p in members],
            "text": [
                hover_text(f"{p.mark} {p.name}".strip(), p.value, layers.changes.get(p.code), t)
                for p in members
            ],
            "marker": {"line": {"color": BORDER, "width": 0.8}},
            "name": key,
            **({"hoverinfo": "skip"} if key == "outside" else {"hovertemplate": "%{text}<extra></extra>"}),
        }
        for key, members in grouped.items()
    ]


def _outline(layers: Layers) -> Trace:
    return {
        "type": "choropleth",
        "geojson": layers.boundaries,
        "locations": [layers.selected],
        "z": [0],
        "featureidkey": "id",
        "colorscale": flat(CLEAR),
        "showscale": False,
        "hoverinfo": "skip",
        "marker": {"line": {"color": theme.ACCENT, "width": 3}},
        "name": "selected",
    }


def _unsure(layers: Layers) -> list[str]:
    """Provinces whose value is less certain."""
    return [
        p.code
        for p in layers.polygons
        if p.value is not None
        and not (p.outside or layers.over.plain)
        and theme.drawn_unsure(p.value, layers.measure)
    ]


def _said(polygon: Polygon, layers: Layers) -> Said:
    """What stands on a province: a count of the layer, or its value with an arrow where it became worse."""
    value = polygon.value
    if layers.over.plain:
        counts = {one.code: one.label for one in layers.over.circles}
        return Said(polygon.code, counts.get(polygon.code, ""), named=not polygon.outside)
    if value is None or polygon.outside:
        return Said(polygon.code, "", named=not polygon.outside)
    look = theme.drawn_look(value, layers.measure)
    text = value.text if isinstance(value, Painted) else value_text(value, layers.measure)
    if arrow := _arrow(polygon.code, value, layers):
        text = f"{arrow} {text}"
    if polygon.mark:
        text = f"{polygon.mark} {text}"
    return Said(polygon.code, text, look.colour in theme.DARK)


def _arrow(code: str, value: Estimate | Painted, layers: Layers) -> str:
    shift = layers.changes.get(code)
    if (
        isinstance(value, Painted)
        or not shift
        or not value.coverage
        or not theme.is_worse(shift, layers.measure)
    ):
        return ""
    return "▼" if shift.difference < 0 else "▲"


def _signs(layers: Layers) -> list[Trace]:
    """The sign of every point that has no class, and an arrow where it became clearly worse."""
    found = []
    for point in layers.points:
        value = point.value
        if value is None or point.closed:
            continue
        look = theme.drawn_look(value, layers.measure)
        if arrow := _arrow(point.code, value, layers):
            found.append((point.lat, point.lon, arrow, theme.ACCENT, HALO))
        elif look.sign:
            colour = theme.ON_STRONG if look is theme.ZERO_CARE else theme.INK
            found.append((point.lat, point.lon, look.sign, colour, "none"))
    if not found:
        return []
    lats, lons, signs, colours, halos = zip(*found, strict=True)
    return [
        {
            "type": "scattergeo",
            "lat": lats,
            "lon": lons,
            "text": [f"<b>{sign}</b>" for sign in signs],
            "mode": "text",
            "textfont": {"family": theme.FONT, "size": 10, "color": colours, "shadow": halos},
            "hoverinfo": "skip",
            "name": "signs",
        }
    ]


def _points(layers: Layers, t: Translate) -> list[Trace]:
    """Points; those with a value lie over those without, the selected one over all."""
    if not layers.points:
        return []
    coloured = any(p.value is not None for p in layers.points)
    points = sorted(
        (p for p in layers.points if not p.closed),
        key=lambda p: (p.code == layers.selected, theme.is_known(p.value)),
    )
    colours = [_point_colour(p, layers) for p in points]
    return [
        {
            "type": "scattergeo",
            "lat": [p.lat for p in points],
            "lon": [p.lon for p in points],
            "mode": "markers",
            # What stands there for orientation leads nowhere.
            "customdata": [p.code if coloured else "" for p in points],
            "text": [_point_text(p, layers, t) for p in points],
            "hovertemplate": "%{text}<extra></extra>",
            "marker": {
                "size": [_size(p, layers.selected, coloured, len(points)) for p in points],
                "symbol": [
                    "diamond" if p.approximate and coloured else _SHAPES[p.approximate] for p in points
                ],
                "color": colours,
                "line": {
                    "color": [_point_line(p, layers.selected, coloured) for p in points],
                    "width": [3 if p.code == layers.selected else 1.2 for p in points],
                },
                "opacity": 1,
            },
            "name": "crossings",
        },
        *_hollows(points, layers, coloured=coloured),
        _labels(layers),
    ]


def _hollows(points: Sequence[Point], layers: Layers, *, coloured: bool) -> list[Trace]:
    """The pale middle of points whose value is less certain: of their class a ring is left."""
    found = [p for p in points if p.value is not None and theme.drawn_unsure(p.value, layers.measure)]
    if not found:
        return []
    sizes = [_size(p, layers.selected, coloured, len(points)) for p in found]
    return [
        {
            "type": "scattergeo",
            "lat": [p.lat for p in found],
            "lon": [p.lon for p in found],
            "mode": "markers",
            "marker": {
                "size": [round(theme.HOLLOW * size, 1) for size in sizes],
                "color": theme.CARD,
                "line": {"color": light("map-unsure"), "width": 0.8},
                "opacity": 1,
            },
            "hoverinfo": "skip",
            "name": "hollow",
        }
    ]


def _circles(layers: Layers) -> list[Trace]:
    """Circles of counts, the large ones beneath; a count that is not told is a hollow point.

    The count of a province stands beneath its name.
    """
    over, provinces = layers.over, {p.code for p in layers.polygons}
    every = sorted((one for one in over.circles if not one.closed), key=lambda one: -(one.people or 0))
    shown = [one for one in every if not one.look]
    sized = [one for one in shown if one.people is not None and (one.people or not over.plain)]
    traces = []
    for group, hollow in (
        (sized, False),
        ([one for one in shown if one.people is None and not over.plain], True),
    ):
        if group:
            fill = CLEAR if hollow else seen_through(light("map-gate"), 0.45 if over.plain else 0.85)
            traces.append(
                {
                    "type": "scattergeo",
                    "lat": [one.lat for one in group],
                    "lon": [one.lon for one in group],
                    "mode": "markers",
                    "customdata": [one.href or one.code for one in group],
                    "text": [escape(one.said, quote=False) for one in group],
                    "hovertemplate": "%{text}<extra></extra>",
                    "marker": {
                        "size": [2.2 * radius(one.people) for one in group],
                        "color": fill,
                        "line": {"color": light("map-gate") if hollow else theme.CARD, "width": 1},
                        "opacity": 1,
                    },
                    "name": "unsaid" if hollow else "circles",
                }
            )
    if named := [one for one in shown if one.label and one.code not in provinces]:
        traces.append(
            {
                "type": "scattergeo",
                "lat": [one.lat for one in named],
                "lon": [one.lon for one in named],
                "mode": "text",
                "text": [f"<b>{one.label}</b>" for one in named],
                "textfont": {"family": theme.FONT, "size": 13, "color": theme.INK, "shadow": HALO},
                "hoverinfo": "skip",
                "name": "counts",
            }
        )
    return traces


def _closed(layers: Layers, t: Translate) -> list[Trace]:
    """Crosses on crossings that were closed: no small circle, and no colour of a value."""
    valued = any(p.value is not None for p in layers.points)
    found = [
        (one.lat, one.lon, escape(one.said, quote=False), one.href or one.code)
        for one in layers.over.circles
        if one.closed
    ]
    found += [
        (one.lat, one.lon, _point_text(one, layers, t), one.code if valued else "")
        for one in layers.points
        if one.closed
    ]
    if not found:
        return []
    lats, lons, texts, codes = zip(*found, strict=True)
    return [
        {
            "type": "scattergeo",
            "lat": lats,
            "lon": lons,
            "mode": "markers",
            "customdata": codes,
            "text": texts,
            "hovertemplate": "%{text}<extra></extra>",
            "marker": {
                "size": 13,
                "symbol": "circle-x",
                "color": theme.CARD,
                "line": {"color": theme.INK, "width": 1.6},
                "opacity": 1,
            },
            "name": "closed",
        }
    ]


def _rings(over: Overlay) -> list[Trace]:
    """Rings around what clusters; a press opens the page of the cluster."""
    if not over.rings:
        return []
    return [
        {
            "type": "scattergeo",
            "lat": [one.lat for one in over.rings],
            "lon": [one.lon for one in over.rings],
            "mode": "markers",
            "customdata": [one.href for one in over.rings],
            "text": [escape(one.said, quote=False) for one in over.rings],
            "hovertemplate": "%{text}<extra></extra>",
            "marker": {
                "size": 2.2 * RING,
                "symbol": "circle-open",
                "color": light("map-ring"),
                "line": {"color": light("map-ring"), "width": 3},
                "opacity": 1,
            },
            "name": "rings",
        }
    ]


def _point_colour(point: Point, layers: Layers) -> str:
    if point.value is not None:
        return theme.drawn_look(point.value, layers.measure).colour
    return theme.TREND if point.facility else theme.ACCENT


def _point_line(point: Point, selected: str | None, coloured: bool) -> str:
    if point.code == selected or not (coloured or point.facility):
        return theme.ACCENT
    return theme.INK if coloured else theme.CARD


def _size(point: Point, selected: str | None, coloured: bool, count: int) -> int:
    """Many points are small points."""
    if point.code == selected:
        return 18
    if coloured:
        return 13 if count <= _FEW else 10
    return 11 if point.label else 7


def _labels(layers: Layers) -> Trace:
    named = [p for p in layers.points if p.label]
    # Of the whole country there is room in the neighbour's land, not on the names of provinces.
    side, gap = "left" if layers.seen == _WHOLE else "right", "\u2002\u2009"
    return {
        "type": "scattergeo",
        "lat": [p.lat for p in named],
        "lon": [p.lon for p in named],
        "mode": "text",
        "text": [f"{gap}{bold(p.name)}{gap}" for p in named],
        "textposition": f"middle {side}",
        "textfont": {"family": theme.FONT, "size": 13, "color": theme.ACCENT},
        "hoverinfo": "skip",
        "name": "labels",
    }


def _point_text(point: Point, layers: Layers, t: Translate) -> str:
    lines = [hover_text(point.name, point.value, layers.changes.get(point.code), t)]
    if point.closed:
        lines.append(point.closed)
    if point.approximate:
        lines.append(t("approximate position"))
    return "<br>".join(lines)


def much_unknown(value: Estimate, t: Translate) -> str:
    """How much is unknown, and between which bounds the value lies; for values that carry the flag."""
    return t("{count:,} unknown ({share}): between {lowest} and {highest}").format(
        count=value.unknown,
        share=theme.percent(value.unknown_share, 0),
        lowest=theme.percent(value.lowest),
        highest=theme.percent(value.highest),
    )


def hover_text(name: str, value: Estimate | Painted | None, change: Change | None, t: Translate) -> str:
    """A value in words, for the pointer: the same as the table says."""
    if value is None:
        return bold(name)
    if isinstance(value, Painted):
        return "<br>".join([bold(name), *(escape(line, quote=False) for line in value.said)])
    if value.coverage is None:
        lines = [t(theme.look_of(value, "testing").label)]
    else:
        lines = [
            f"{theme.percent(value.coverage)} ({theme.percent(value.lower)}–{theme.percent(value.upper)})",
            t("{numerator:,} of {denominator:,}").format(
                numerator=value.numerator, denominator=value.denominator
            ),
        ]
    if value.mostly_unknown:
        lines.append(f"{theme.MUCH_UNKNOWN} {much_unknown(value, t)}")
    elif value.unknown != 0:
        lines.append(theme.unknown(value, t))
    if value.few_reports:
        lines.append(f"{theme.FEW_REPORTS} {theme.reports_said(value, t)}")
    if change is not None:
        limits = (theme.signed(100 * limit) for limit in (change.difference, change.lower, change.upper))
        text = t("change: {difference} points ({level}: {lower} to {upper})")
        named = dict(zip(("difference", "lower", "upper"), limits, strict=True))
        lines.append(text.format(level=theme.level(change), **named))
    return "<br>".join([bold(name), *lines])
