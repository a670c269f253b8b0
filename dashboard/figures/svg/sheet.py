"""The sheet that every figure stands on: title, what it shows, the drawing, its legend, where it comes from.

A sheet is a whole SVG file. Its colours stand in it: no stylesheet of a page reaches a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from markupsafe import Markup

from dashboard.figures import theme
from dashboard.figures.svg.draw import Content, group, line, tag
from dashboard.figures.svg.lines import width, wrap
from dashboard.figures.tokens import light

WIDTH = 960.0
MARGIN = 32.0
INNER = WIDTH - 2 * MARGIN
#: Sizes of letters.
_TITLE, _SAID, _KEY, _FOOT = 24.0, 15.0, 14.0, 12.0
#: Khmer stands taller than Latin.
_LEADING = {"km": 1.75}
_USUAL_LEADING = 1.4
_SIGN = 18.0
#: Radius of a point.
_POINT = 5.5
KeyKind = Literal["box", "dot", "open", "point", "diamond", "hollow", "line", "dash", "band", "outline"]


@dataclass(frozen=True)
class Key:
    """One entry of a legend. `sign` stands on its box; `look` is a pattern (a name in `_PATTERNS`)."""

    label: str
    colour: str
    kind: KeyKind = "box"
    sign: str = ""
    look: str = ""


@dataclass(frozen=True)
class Drawing:
    """What stands on a sheet, in its own units: left and top are zero. `style`: rules of a stylesheet."""

    markup: Markup
    height: float
    style: str = ""
    width: float = INNER


@dataclass(frozen=True)
class Sheet:
    """A figure with all that it needs away from its page.

    `said`: who, where and when, in lines. `foot`: the source, the day of the data, when it was made.
    """

    title: str
    said: Sequence[str]
    drawing: Drawing
    keys: Sequence[Key] = ()
    keys_title: str = ""
    foot: Sequence[str] = ()
    language: str = "en"
    marked: str = field(default="")


_STYLE = f"""svg{{font-family:"Noto Sans Khmer","Noto Sans",sans-serif;fill:{theme.INK}}}
.muted{{fill:{theme.MUTED}}}.strong{{font-weight:700}}"""
_PATTERNS = {
    "few": (theme.FEW, "M0 0V6", light("map-hatch"), 2.2),
    "missing": (light("map-paper"), "M0 3h2", light("map-hatch"), 2.2),
    "hidden": (light("map-hidden"), "M0 0V6M0 0H6", light("map-paper"), 0.8),
    "unscanned": (light("map-unscanned"), "M0 0V6", light("map-paper"), 1.6),
    "unsure": (light("s2"), "M0 0V6", light("map-paper"), 3.2),
}


def document(sheet: Sheet) -> str:
    """The sheet as an SVG file."""
    leading = _LEADING.get(sheet.language, _USUAL_LEADING)
    parts: list[Markup] = []
    y = MARGIN
    if sheet.marked:
        y = _lines(parts, [sheet.marked], 13, y, leading, class_="strong", fill=light("warn"))
    y = _lines(parts, wrap(sheet.title, _TITLE * 1.05, INNER), _TITLE, y, leading, class_="strong")
    y += 4
    for text in sheet.said:
        y = _lines(parts, wrap(text, _SAID, INNER), _SAID, y, leading, class_="muted")
    y += 12
    # First: where it covers what reaches beyond it, no text is covered.
    parts.insert(0, group([sheet.drawing.markup], transform=f"translate({MARGIN} {y})"))
    y += sheet.drawing.height + 10
    if sheet.keys_title:
        y = _lines(parts, wrap(sheet.keys_title, _KEY, INNER), _KEY, y, leading, class_="strong")
    y = _legend(parts, sheet.keys, y, leading)
    parts.append(tag("path", d=line([(MARGIN, y + 6), (WIDTH - MARGIN, y + 6)]), stroke=light("line")))
    y += 12
    for text in sheet.foot:
        y = _lines(parts, wrap(text, _FOOT, INNER, most=8), _FOOT, y, leading, class_="muted")
    height = round(y + MARGIN / 2)
    return str(
        tag(
            "svg",
            tag("title", sheet.title),
            tag("desc", " ".join([*sheet.said, *sheet.foot])),
            tag("style", Markup(_STYLE + sheet.drawing.style)),  # noqa: S704 - rules of ours
            tag("defs", Markup("").join(_pattern(look) for look in _PATTERNS)),
            tag("rect", width=WIDTH, height=height, fill=light("map-paper")),
            *parts,
            xmlns="http://www.w3.org/2000/svg",
            width=WIDTH,
            height=height,
            viewBox=f"0 0 {WIDTH:g} {height}",
            role="img",
            lang=sheet.language,
        )
    )


def _pattern(look: str) -> Markup:
    ground, path, stroke, thick = _PATTERNS[look]
    return tag(
        "pattern",
        tag("rect", width=6, height=6, fill=ground),
        tag("path", d=path, stroke=stroke, stroke_width=thick),
        id=f"look-{look}",
        width=6,
        height=6,
        patternUnits="userSpaceOnUse",
        patternTransform="rotate(45)",
    )


def _lines(
    parts: list[Markup], texts: Sequence[str], size: float, y: float, leading: float, **look: str
) -> float:
    """Write lines beneath each other; where the next one may begin."""
    for text in texts:
        y += size * leading
        parts.append(tag("text", text, x=MARGIN, y=y - size * (leading - 1) * 0.6, font_size=size, **look))
    return y


def _legend(parts: list[Markup], keys: Sequence[Key], y: float, leading: float) -> float:
    """The keys from left to right, in as many rows as they need."""
    x, step = MARGIN, max(_SIGN + 6, _KEY * leading)
    if not keys:
        return y
    y += step
    for key in keys:
        label = wrap(key.label, _KEY, INNER - 40, most=1)[0] if key.label.strip() else ""
        wide = 26 + width(label, _KEY) + 18
        if x > MARGIN and x + wide > WIDTH - MARGIN:
            x, y = MARGIN, y + step
        parts += [_mark(key, x, y), tag("text", label, x=x + 26, y=y, font_size=_KEY)]
        x += wide
    return y + step * 0.4


def hollow(x: float, y: float) -> Markup:
    """The pale middle of a point whose value is less certain."""
    edge = light("map-unsure")
    size = round(_POINT * theme.HOLLOW, 1)
    return tag("circle", cx=x, cy=y, r=size, fill=light("map-paper"), stroke=edge, stroke_width=0.8)


def point(x: float, y: float, *content: Content, approximate: bool = False, **look: Content | None) -> Markup:
    """A place with a value: a circle, or a diamond where its position is approximate."""
    if approximate:
        far = _POINT * 1.3
        around = [(x, y - far), (x + far, y), (x, y + far), (x - far, y)]
        return tag("path", *content, d=line(around, closed=True), **look)
    return tag("circle", *content, cx=x, cy=y, r=_POINT, **look)


def _mark(key: Key, x: float, y: float) -> Markup:
    """The sign of a key; its middle stands in the middle of the letters."""
    middle = y - _KEY * 0.36
    if key.kind in ("dot", "open"):
        fill = key.colour if key.kind == "dot" else light("map-paper")
        return tag("circle", cx=x + 9, cy=middle, r=5.5, fill=fill, stroke=key.colour, stroke_width=1.6)
    if key.kind in ("point", "diamond"):
        return point(
            x + 9,
            middle,
            approximate=key.kind == "diamond",
            fill=key.colour,
            stroke=theme.INK,
            stroke_width=1.6,
        )
    if key.kind == "hollow":
        ring = point(x + 9, middle, fill=key.colour, stroke=theme.INK)
        return group([ring, hollow(x + 9, middle)])
    if key.kind in ("line", "dash"):
        dashes = "5 3" if key.kind == "dash" else None
        path = line([(x, middle), (x + _SIGN, middle)])
        return tag("path", d=path, stroke=key.colour, stroke_width=2.4, stroke_dasharray=dashes)
    if key.kind == "outline":
        edges = [
            (x + 1, middle - 6),
            (x + _SIGN - 1, middle - 6),
            (x + _SIGN - 1, middle + 6),
            (x + 1, middle + 6),
        ]
        path = line(edges, closed=True)
        return tag("path", d=path, fill="none", stroke=key.colour, stroke_width=1.6)
    box = tag(
        "rect",
        x=x,
        y=middle - _SIGN / 2,
        width=_SIGN,
        height=_SIGN,
        rx=2,
        fill=f"url(#look-{key.look})" if key.look else key.colour,
        stroke=None if key.kind == "band" else light("map-edge"),
    )
    dark = key.colour in theme.DARK
    sign = tag(
        "text",
        key.sign,
        x=x + _SIGN / 2,
        y=middle + 4.5,
        font_size=13,
        text_anchor="middle",
        fill=light("map-paper") if dark else theme.INK,
    )
    return group([box, sign]) if key.sign else box
