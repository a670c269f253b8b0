"""Small curves of many places on one sheet, all on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from dashboard.figures import small_multiple, theme
from dashboard.figures.svg.draw import group, tag
from dashboard.figures.svg.lines import wrap
from dashboard.figures.svg.sheet import INNER, Drawing, Key
from dashboard.figures.tokens import light, mixed
from dashboard.messages import Translate
from surveillance.coverage.estimates import Estimate

_ACROSS, _GAP = 5, 12.0
_WIDE = (INNER - (_ACROSS - 1) * _GAP) / _ACROSS
#: How high the name is, the curve, and what stands beneath it.
_NAME, _BENEATH = 20.0, 34.0
_HIGH = _NAME + small_multiple.HIGH + _BENEATH


@dataclass(frozen=True)
class Place:
    """One curve: the name of its place, its values in order, and the number of the whole time in words."""

    name: str
    values: Sequence[Estimate]
    said: str


def multiples(
    places: Sequence[Place], top: float, scale: Sequence[tuple[float, str]], *, shares: bool = True
) -> Drawing:
    """Draw the curves in rows of five. `top`: of the scale; `scale`: heights and labels of its lines.

    `shares`: whether values are proportions.
    """
    rows = -(-len(places) // _ACROSS)
    parts = [
        group(
            _one(place, top, scale, shares=shares),
            transform=f"translate({(n % _ACROSS) * (_WIDE + _GAP):g} {(n // _ACROSS) * _HIGH:g})",
        )
        for n, place in enumerate(places)
    ]
    return Drawing(group(parts), rows * _HIGH)


def keys(places: Sequence[Place], t: Translate, *, shares: bool = True) -> list[Key]:
    """The legend: only what is on the sheet."""
    found = [
        Key(t("value"), theme.TREND, "line"),
        Key(t("95% interval"), mixed(light("accent"), light("map-paper"), 0.2), "band"),
    ]
    values = [value for place in places for value in place.values]
    if shares and any(value.coverage is not None and theme.rests_on_few(value) for value in values):
        found.append(Key(t("few people: interval above 20 points"), theme.TREND, "open"))
    looks = {
        look.key: look
        for value in values
        if value.coverage is None
        for look in (theme.look_of(value, "testing"),)
    }
    return [*found, *(Key(t(look.label), look.colour, sign=look.sign) for look in looks.values())]


def _one(place: Place, top: float, scale: Sequence[tuple[float, str]], *, shares: bool) -> list[Markup]:
    curve = small_multiple.curve(place.values, top, shares=shares)
    name = wrap(place.name, 13, _WIDE, most=1)
    parts = [tag("text", name[0] if name else "", x=0, y=13, font_size=13, class_="strong")]
    drawn = [
        group(
            [
                tag("path", d=f"M{small_multiple.LEFT} {y:g}H{small_multiple.WIDTH}", stroke=light("grid")),
                tag("text", text, x=26, y=y + 3, font_size=9, text_anchor="end", class_="muted"),
            ]
        )
        for y, text in scale
    ]
    drawn += [tag("polygon", points=points, fill=theme.TREND, fill_opacity=0.2) for points in curve.bands]
    drawn += [
        tag("polyline", points=points, fill="none", stroke=theme.TREND, stroke_width=1.6)
        for points in curve.lines
    ]
    paper = light("map-paper")
    drawn += [
        tag("circle", cx=dot.x, cy=dot.y, r=2.4, fill=paper if dot.few else theme.TREND, stroke=theme.TREND)
        for dot in curve.dots
    ]
    drawn += [
        tag("text", sign, x=x, y=small_multiple.HIGH - 2, font_size=10, text_anchor="middle", class_="muted")
        for x, sign in curve.signs
    ]
    parts.append(group(drawn, transform=f"translate(0 {_NAME:g})"))
    said = wrap(place.said, 11, _WIDE, most=1)
    y = _NAME + small_multiple.HIGH + 12
    parts.append(tag("text", said[0] if said else "", x=0, y=y, font_size=11, class_="muted"))
    return parts
