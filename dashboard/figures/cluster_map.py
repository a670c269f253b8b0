"""Clusters on the map: members in a colour of their own, the circle around them, the rank in figures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import plotly.graph_objects as go

from dashboard.figures import theme
from dashboard.figures.area_names import step_in
from dashboard.figures.ground import BORDER, COUNTRY, HALO, bold, context, flat, lakes, lay_out
from dashboard.figures.hatch import hatch
from dashboard.figures.tokens import BY_CHANCE, MEMBER, light, seen_through
from geodata.distance import circle_around

#: One for each rank, told apart with any colour vision; ranks beyond come round again, with their figure.
COLOURS = tuple(light(f"rank-{number}") for number in range(1, 9))
#: Clusters that may well be chance.
FAINT, FAINT_LINE = light("chance"), light("chance-line")
#: Provinces that were scanned, and those that were not.
PLAIN, UNSCANNED = theme.PLAIN, light("map-unscanned")
_PROVINCES = [f"KH{number:02d}" for number in range(1, 26)]
_LEAST_SPAN = 0.45
#: The sign of an area across the border.
ACROSS = "diamond"


@dataclass(frozen=True)
class Spot:
    """One location: its position, and the text that the pointer shows."""

    code: str
    name: str
    lat: float
    lon: float
    words: tuple[str, ...] = ()
    across: bool = False


@dataclass(frozen=True)
class Ring:
    """One cluster. `centre` and `radius_km` are None where it has no circle.

    `ways`: both ends (latitude, longitude) of each road, or way that people went, along which it grew.
    """

    rank: int
    chance: bool
    centre: tuple[float, float] | None
    radius_km: float | None
    members: Sequence[Spot]
    ways: Sequence[tuple[tuple[float, float], tuple[float, float]]] = ()


@dataclass(frozen=True)
class ClusterLayers:
    """What one map draws. `areas`: members are provinces, joined by their code to the `boundaries`.

    `others`: locations that were scanned and are in no cluster. `near`: show the surroundings of the clusters
    instead of the whole country. `within`: the provinces that were scanned, None for all: the map shows them,
    the others grey under lines; `boxes` says where provinces lie (west, east, south, north, in degrees).
    """

    boundaries: str
    context: str
    areas: bool
    rings: Sequence[Ring]
    others: Sequence[Spot]
    crossings: Sequence[Spot]
    near: bool = False
    within: Sequence[str] | None = None
    boxes: Mapping[str, tuple[float, float, float, float]] = field(default_factory=dict)


def colour_of(rank: int, chance: bool) -> str:
    """The colour of a cluster, on the map as in the table."""
    return FAINT if chance else COLOURS[(rank - 1) % len(COLOURS)]


def cluster_map(layers: ClusterLayers) -> go.Figure:
    """Draw the map; the last ranks first, so that the most likely cluster lies on top."""
    figure = go.Figure()
    figure.add_trace(context(layers.context))
    figure.add_trace(_ground(layers))
    if codes := unscanned(layers):
        figure.add_trace(_lines_over(codes, window(layers)))
    figure.add_trace(lakes())
    figure.add_trace(_dots(layers.crossings, "circle-open", theme.ACCENT, 6, "crossings"))
    if not layers.areas:
        figure.add_trace(_dots(layers.others, "circle", FAINT, 4, "others"))
    elif beyond := [spot for spot in layers.others if spot.across]:
        figure.add_trace(_dots(beyond, f"{ACROSS}-open", FAINT_LINE, 7, "across"))
    for ring in sorted(layers.rings, key=lambda one: (one.chance, one.rank), reverse=True):
        for trace in _cluster(ring, layers):
            figure.add_trace(trace)
    figure.add_trace(_ranks(layers.rings))
    lay_out(figure, window(layers))
    return figure


def window(layers: ClusterLayers) -> tuple[float, float, float, float]:
    """West, east, south and north of what is seen, in degrees."""
    if layers.near:
        return _surroundings(layers.rings)
    held = [layers.boxes[code] for code in layers.within or () if code in layers.boxes]
    beyond = [spot for ring in layers.rings for spot in ring.members if spot.across]
    beyond += [spot for spot in layers.others if spot.across]
    west, east, south, north = COUNTRY
    beyond = [one for one in beyond if not (west < one.lon < east and south < one.lat < north)]
    if beyond:
        held = [*(held or [COUNTRY]), *((one.lon, one.lon, one.lat, one.lat) for one in beyond)]
    lons = [lon for west, east, _, _ in held for lon in (west, east)]
    return _around([lat for *_, south, north in held for lat in (south, north)], lons)


def unscanned(layers: ClusterLayers) -> list[str]:
    """Provinces that were not scanned, in order."""
    return [] if layers.within is None else [code for code in _PROVINCES if code not in layers.within]


def _lines_over(codes: Sequence[str], shown: tuple[float, float, float, float]) -> go.Scattergeo:
    """Lines across provinces that were not scanned, since in grey a cluster is as light as they are."""
    step = step_in(shown)
    return go.Scattergeo(
        lat=[lat for code in codes for lat in hatch(code, step)[0]],
        lon=[lon for code in codes for lon in hatch(code, step)[1]],
        mode="lines",
        line={"color": theme.CARD, "width": 1.6},
        hoverinfo="skip",
        name="unscanned",
    )


def _ground(layers: ClusterLayers) -> go.Choropleth:
    codes = _PROVINCES
    return go.Choropleth(
        geojson=layers.boundaries,
        locations=codes,
        z=[int(layers.within is None or code in layers.within) for code in codes],
        zmin=0,
        zmax=1,
        featureidkey="id",
        colorscale=[[0, UNSCANNED], [0.5, UNSCANNED], [0.5, PLAIN], [1, PLAIN]],
        showscale=False,
        hoverinfo="skip",
        marker={"line": {"color": BORDER, "width": 0.8}},
        name="provinces",
    )


def _dots(spots: Sequence[Spot], symbol: str, colour: str, size: int, name: str) -> go.Scattergeo:
    return go.Scattergeo(
        lat=[spot.lat for spot in spots],
        lon=[spot.lon for spot in spots],
        mode="markers",
        text=[_text(spot) for spot in spots],
        hovertemplate="%{text}<extra></extra>",
        marker={"size": size, "symbol": symbol, "color": colour, "line": {"color": colour, "width": 1}},
        name=name,
    )


def _text(spot: Spot) -> str:
    return "<br>".join([bold(spot.name), *spot.words])


def _cluster(ring: Ring, layers: ClusterLayers) -> list[go.Choropleth | go.Scattergeo]:
    colour = colour_of(ring.rank, ring.chance)
    traces: list[go.Choropleth | go.Scattergeo] = []
    if ring.ways:
        traces.append(_route(ring, colour))
    if layers.areas:
        traces.append(_areas(ring, colour, layers.boundaries))
    if not layers.areas or any(spot.across for spot in ring.members):
        traces.append(_members(ring, colour, across=layers.areas))
    if ring.centre is not None and ring.radius_km:
        lats, lons = circle_around(*ring.centre, ring.radius_km)
        traces.append(
            go.Scattergeo(
                lat=lats,
                lon=lons,
                mode="lines",
                line={
                    "color": FAINT_LINE if ring.chance else colour,
                    "width": 1 if ring.chance else 2.2,
                    "dash": _dash(ring),
                },
                hoverinfo="skip",
                name=f"circle {ring.rank}",
            )
        )
    return traces


def _route(ring: Ring, colour: str) -> go.Scattergeo:
    """The roads, or ways, between the members, as separate lines."""
    lats: list[float | None] = []
    lons: list[float | None] = []
    for start, end in ring.ways:
        lats += [start[0], end[0], None]
        lons += [start[1], end[1], None]
    return go.Scattergeo(
        lat=lats,
        lon=lons,
        mode="lines",
        line={
            "color": FAINT_LINE if ring.chance else colour,
            "width": 1.5 if ring.chance else 3.5,
            "dash": _dash(ring),
        },
        hoverinfo="skip",
        name=f"route {ring.rank}",
    )


def _dash(ring: Ring) -> str:
    return "dot" if ring.chance else "solid"


def _areas(ring: Ring, colour: str, boundaries: str) -> go.Choropleth:
    members = [spot for spot in ring.members if not spot.across]
    return go.Choropleth(
        geojson=boundaries,
        locations=[spot.code for spot in members],
        z=[0] * len(members),
        featureidkey="id",
        colorscale=flat(seen_through(colour, BY_CHANCE if ring.chance else MEMBER)),
        showscale=False,
        customdata=[ring.rank] * len(members),
        text=[_text(spot) for spot in members],
        hovertemplate="%{text}<extra></extra>",
        marker={"line": {"color": colour, "width": 1.5}},
        name=f"cluster {ring.rank}",
    )


def _members(ring: Ring, colour: str, *, across: bool) -> go.Scattergeo:
    """Members as signs; beside provinces, those across the border alone, which have no outline here."""
    members = [spot for spot in ring.members if spot.across or not across]
    return go.Scattergeo(
        lat=[spot.lat for spot in members],
        lon=[spot.lon for spot in members],
        mode="markers",
        customdata=[ring.rank] * len(members),
        text=[_text(spot) for spot in members],
        hovertemplate="%{text}<extra></extra>",
        marker={
            "symbol": ACROSS if across else "circle",
            "size": 8 if ring.chance else 11,
            "color": theme.CARD if ring.chance else colour,
            "line": {"color": colour if ring.chance else theme.INK, "width": 1.4},
            "opacity": 1,
        },
        name=f"cluster {ring.rank} across" if across else f"cluster {ring.rank}",
    )


def _ranks(rings: Sequence[Ring]) -> go.Scattergeo:
    """The rank of each cluster on the edge of its circle, so that no meaning rests on colour alone."""
    placed = [(ring, where) for ring in rings if (where := label_of(ring)) is not None]
    return go.Scattergeo(
        lat=[lat for _, (lat, _) in placed],
        lon=[lon for _, (_, lon) in placed],
        mode="text",
        text=[f"<b>{ring.rank}</b>" for ring, _ in placed],
        textposition="top center",
        textfont={
            "family": theme.FONT,
            "size": [13 if ring.chance else 17 for ring, _ in placed],
            "color": theme.INK,
            "shadow": HALO,
        },
        hoverinfo="skip",
        name="ranks",
    )


def label_of(ring: Ring) -> tuple[float, float] | None:
    """Where the rank of a cluster stands: on top of its circle; None where it has no place."""
    if ring.centre is None:
        return (ring.members[0].lat, ring.members[0].lon) if len(ring.members) == 1 else None
    if not ring.radius_km:
        return ring.centre
    lats, lons = circle_around(*ring.centre, ring.radius_km)
    top = max(range(len(lats)), key=lats.__getitem__)
    return lats[top], lons[top]


def _surroundings(rings: Sequence[Ring]) -> tuple[float, float, float, float]:
    """A window around the clusters and their circles."""
    lats = [spot.lat for ring in rings for spot in ring.members]
    lons = [spot.lon for ring in rings for spot in ring.members]
    for ring in rings:
        if ring.centre is not None and ring.radius_km:
            around = circle_around(*ring.centre, ring.radius_km)
            lats, lons = lats + around[0], lons + around[1]
    return _around(lats, lons)


def _around(lats: list[float], lons: list[float]) -> tuple[float, float, float, float]:
    """A window around points, never too narrow to tell where it is, in the map's shape."""
    if not lats:
        return COUNTRY
    lat, lon = (min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2
    half = max((max(lats) - min(lats)) / 2, (max(lons) - min(lons)) / 2 / 1.06, _LEAST_SPAN) * 1.3
    wide = half * 1.06 / math.cos(math.radians(lat))
    return lon - wide, lon + wide, lat - half, lat + half
