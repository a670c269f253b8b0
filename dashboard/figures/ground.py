"""What every map stands on: the neighbours, the sea, the projection, the frame."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Any

import plotly.graph_objects as go

from dashboard.figures import theme
from dashboard.figures.tokens import CLEAR, light
from geodata.boundaries import lakes as shores_of_lakes

#: A trace, and a figure, as Plotly.js reads them. Plotly's own objects would check every part each time one
#: is made, which takes longer than all else; here tests check it once.
Trace = dict[str, Any]
Figure = dict[str, Any]
#: West, east, south, north of the whole country.
COUNTRY = (102.1, 107.85, 9.85, 14.95)
#: Width of the frame by its height (assets/chhlang.css).
FRAME = 1.06
CONTEXT, SEA, BORDER = light("map-land"), light("map-sea"), light("map-edge")
#: Behind figures on the map, so that they are read on any colour.
HALO = ", ".join(f"0 0 {width}px {light('map-halo')}" for width in (2, 2, 3))


def around(boxes: Sequence[tuple[float, float, float, float]]) -> tuple[float, float, float, float]:
    """A window in the map's shape around boxes (west, east, south, north); the country without any."""
    if not boxes:
        return COUNTRY
    west, south = min(box[0] for box in boxes), min(box[2] for box in boxes)
    east, north = max(box[1] for box in boxes), max(box[3] for box in boxes)
    lat, lon = (south + north) / 2, (west + east) / 2
    # A degree of longitude is shorter than one of latitude, and the frame a little wider than high.
    shape = FRAME / math.cos(math.radians(lat))
    half = max((north - south) / 2, (east - west) / 2 / shape) * 1.12
    return lon - half * shape, lon + half * shape, lat - half, lat + half


def flat(colour: str) -> list[list[float | str]]:
    """A scale of one colour."""
    return [[0, colour], [1, colour]]


def context(address: str) -> Trace:
    """The neighbouring countries; `address` of their GeoJSON."""
    return {
        "type": "choropleth",
        "geojson": address,
        "locations": ["TH", "LA", "VN"],
        "z": [0, 0, 0],
        "featureidkey": "id",
        "colorscale": flat(CONTEXT),
        "showscale": False,
        "hoverinfo": "skip",
        "marker": {"line": {"color": BORDER, "width": 0.6}},
        "name": "context",
    }


def lay_out(figure: go.Figure, box: tuple[float, float, float, float] = COUNTRY) -> None:
    """Give a map of Plotly's own objects its projection and frame."""
    figure.update_layout(layout_of(box))


def lakes() -> Trace:
    """The Tonle Sap, over the provinces that share it; nothing to press or to read."""
    shores = shores_of_lakes()
    points = [point for shore in shores for point in (*shore, (None, None))][:-1]
    return {
        "type": "scattergeo",
        "lon": [lon for lon, _ in points],
        "lat": [lat for _, lat in points],
        "mode": "lines",
        "fill": "toself",
        "fillcolor": SEA,
        "line": {"color": BORDER, "width": 0.6},
        "hoverinfo": "skip",
        "name": "lake",
    }


def layout_of(box: tuple[float, float, float, float] = COUNTRY) -> dict[str, Any]:
    """Projection and frame of a map, and nothing that a finger could drag by accident."""
    west, east, south, north = box
    return {
        "geo": {
            "visible": False,
            "projection": {"type": "mercator"},
            "lonaxis": {"range": [west, east]},
            "lataxis": {"range": [south, north]},
            "bgcolor": SEA,
        },
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
        "paper_bgcolor": CLEAR,
        "font": {"family": theme.FONT, "size": 13, "color": theme.INK},
        "showlegend": False,
        "dragmode": False,
        "hovermode": "closest",
        "hoverlabel": theme.HOVER | {"align": "left"},
        "uirevision": "map",
    }


def bold(name: str) -> str:
    """A name in bold: Plotly reads its texts as HTML, and a facility list may hold any name."""
    return f"<b>{escape(name, quote=False)}</b>"
