"""What Plotly's map writes and hatches over the provinces, and beyond them: names, values, lines to them, a
hatch, and counts across the border.

Pure: labels are those of the server's map (labels.py), in degrees.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from dashboard.figures import theme
from dashboard.figures.ground import HALO, Trace
from dashboard.figures.hatch import STEP, hatch
from dashboard.figures.labels import Label, Said, clear_of, is_close, labels, letters
from dashboard.figures.overlay import ACROSS, Overlay, radius
from dashboard.figures.province_map import frame_of
from dashboard.figures.tokens import light, seen_through
from geodata.outlines import WIDTH, project, unproject

#: West, east, south, north of what is shown.
Window = tuple[float, float, float, float]
#: Letters of a name and of a value alone, in pixels, where no stylesheet sets them; and how far east of its
#: line the edge of a hatch lies, in degrees.
_LETTERS = {"names": 13, "values": 13}
_EDGE = 0.018
#: Half of a point of a district where the whole country is shown, in units.
_POINT = 11.0
#: Around letters on a strong colour.
_ON_HALO = ", ".join(f"0 0 {width}px {light('map-on-halo')}" for width in (2, 3))


def step_in(window: Window) -> float:
    """How far apart the lines of a hatch lie in a window, in units of the outlines."""
    shown = frame_of(window)[2] / WIDTH
    return round(STEP * shown, 1) if is_close(shown * WIDTH) else STEP


def hatched(codes: Sequence[str], window: Window) -> list[Trace]:
    """Lines over provinces whose value is less certain: a pale one with a dark edge, seen on every class.

    They are as close together on the screen whatever part of the country is shown.
    """
    if not codes:
        return []
    step = step_in(window)
    lats = [lat for code in codes for lat in hatch(code, step)[0]]
    lons = [lon for code in codes for lon in hatch(code, step)[1]]
    edge = [None if lon is None else round(lon + _EDGE * step / STEP, 4) for lon in lons]
    return [
        {
            "type": "scattergeo",
            "lat": lats,
            "lon": where,
            "mode": "lines",
            "line": {"color": colour, "width": width},
            "hoverinfo": "skip",
            "name": name,
        }
        for name, where, colour, width in (
            ("hatch", lons, theme.CARD, 2.4),
            ("hatch-edge", edge, light("map-unsure"), 0.8),
        )
    ]


def names_on(
    said: Sequence[Said], language: str, window: Window, points: Sequence[tuple[float, float]] = ()
) -> list[Trace]:
    """Names with values, and values alone for phones, where the server's map has them.

    `points`: latitude and longitude of what names are moved clear of.

    The script gives each trace its name as a class (assets/chhlang.js), and the stylesheet sets the letters
    as large as the map is wide.
    """
    x, y, wide, high = frame_of(window)
    made = []
    half = _POINT * wide / WIDTH
    where = [project(*point) for point in points]
    boxes = [(east - half, south - half, east + half, south + half) for east, south in where]
    for kind, names in (("names", True), ("values", False)):
        held = [
            one
            for one in labels(said, language, wide, names=names)
            if x < one.x < x + wide and y < one.y < y + high
        ]
        if names and boxes:
            held = clear_of(held, boxes, language, letters("km" if language == "km" else "en", wide))
        made += [*_leaders(held, f"{kind}-lines"), *_texts(held, kind)]
    return made


def _texts(held: Sequence[Label], kind: str) -> list[Trace]:
    if not held:
        return []
    places = [unproject(one.x, one.y) for one in held]
    ink = [theme.ON_STRONG if one.dark else theme.INK for one in held]
    return [
        {
            "type": "scattergeo",
            "lat": [lat for lat, _ in places],
            "lon": [lon for _, lon in places],
            "text": [_lines(one) for one in held],
            "mode": "text",
            "textfont": {
                "family": theme.FONT,
                "size": _LETTERS[kind],
                "color": ink,
                "shadow": [_ON_HALO if one.dark else HALO for one in held],
            },
            "hoverinfo": "skip",
            "name": kind,
        }
    ]


def _lines(label: Label) -> str:
    lines = [escape(word, quote=False) for _, word in label.lines]
    value = label.value[1]
    if value[:1] in ("▼", "▲") and not label.dark:
        value = f'<span style="color:{theme.ACCENT}">{value[0]}</span>{value[1:]}'
    return "<br>".join([*lines, *([f"<b>{value}</b>"] if value else [])])


def _leaders(held: Sequence[Label], kind: str) -> list[Trace]:
    """Lines to the labels that stand outside their provinces."""
    ends = [one.leader for one in held if one.leader is not None]
    if not ends:
        return []
    lats: list[float | None] = []
    lons: list[float | None] = []
    for leader in ends:
        for lat, lon in (unproject(*leader[:2]), unproject(*leader[2:])):
            lats.append(lat)
            lons.append(lon)
        lats.append(None)
        lons.append(None)
    return [
        {
            "type": "scattergeo",
            "lat": lats,
            "lon": lons,
            "mode": "lines",
            "line": {"color": theme.INK, "width": 0.9},
            "hoverinfo": "skip",
            "name": kind,
        }
    ]


def across_the_border(over: Overlay) -> list[Trace]:
    """Counts across the border as diamonds, filled where every step is known, with its number or sign."""
    held = sorted((one for one in over.circles if one.look), key=lambda one: -(one.people or 0))
    if not held:
        return []
    colour, known = light("map-across"), ACROSS[0]
    return [
        {
            "type": "scattergeo",
            "lat": [one.lat for one in held],
            "lon": [one.lon for one in held],
            "mode": "markers+text",
            "customdata": [one.href or "" for one in held],
            "text": [f"<b>{one.label}</b>" for one in held],
            "textposition": "top center",
            "textfont": {"family": theme.FONT, "size": 12, "color": colour, "shadow": HALO},
            "hovertext": [escape(one.said, quote=False) for one in held],
            "hovertemplate": "%{hovertext}<extra></extra>",
            "marker": {
                "size": [2.2 * radius(one.people) for one in held],
                "symbol": "diamond",
                "color": [
                    seen_through(colour, 0.85) if one.look == known else seen_through(theme.CARD, 0.6)
                    for one in held
                ],
                "line": {
                    "color": [theme.CARD if one.look == known else colour for one in held],
                    "width": [1 if one.look == known else 1.8 for one in held],
                },
                "opacity": 1,
            },
            "name": "across",
        },
    ]
