"""The map of the provinces on a sheet: the very map that pages show, with its colours in the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from dashboard.figures import theme
from dashboard.figures.province_map import ProvinceMap, drawn
from dashboard.figures.svg.draw import group, number, plain, tag
from dashboard.figures.svg.sheet import INNER, MARGIN, WIDTH, Drawing, Key, hollow, point
from dashboard.figures.tokens import light
from dashboard.messages import Translate
from geodata.outlines import project

_MAP = {
    "sea": light("map-sea"),
    "land": light("map-land"),
    "line": light("map-paper"),
    "edge": light("map-edge"),
    "ink": theme.INK,
    "paper": light("map-paper"),
    "hatch": light("map-hatch"),
    "gate": light("accent"),
    "ring": light("map-ring"),
    "point": theme.ACCENT,
}
#: Looks of a page's stylesheet with their colour; `s`: strong means act here.
_FILLS = {
    **{f"s{place}": colour for place, colour in enumerate(theme.STRENGTHS)},
    **{f"n{place}": colour for place, colour in enumerate(theme.CALM)},
    "none-treated": theme.ZERO_CARE.colour,
    "zero": theme.ZERO.colour,
    "nobody": theme.NOBODY.colour,
    "unknown": theme.UNKNOWN.colour,
    "due": theme.NOT_YET_DUE.colour,
    "plain": theme.PLAIN,
    "outside": theme.OUTSIDE,
}
#: Height of a map, at most.
_HIGH = 680.0
_EDGED = ("plain", "outside", "few", "missing", "zero", "nobody")


@dataclass(frozen=True)
class Dot:
    """A crossing or facility with a value: its colour, and the sign that stands on it.

    `hollow`: the value is less certain; of its class a ring is left. `approximate`: its position is, which
    makes it a diamond.
    """

    lat: float
    lon: float
    colour: str
    sign: str
    said: str
    hollow: bool = False
    approximate: bool = False


def provinces(shown: ProvinceMap, dots: Sequence[Dot] = ()) -> Drawing:
    """The map as a drawing, with what has a value of its own on top. Links stay behind: they lead nowhere
    from a file."""
    _, _, wide, high = shown.frame
    height = min(_HIGH, INNER * high / wide)
    across = height * wide / high
    areas = [replace(area, href=None, said=plain(area.said), value=plain(area.value)) for area in shown.areas]
    gates = [
        replace(gate, href=None, said=plain(gate.said), label=[*map(plain, gate.label)])
        for gate in shown.gates
    ]
    rings = [replace(ring, href=None, said=plain(ring.said), label=plain(ring.label)) for ring in shown.rings]
    file = replace(
        shown, title=plain(shown.title), description="", areas=areas, gates=gates, rings=rings, name="map"
    )
    place = f'x="{number((INNER - across) / 2)}" y="0" width="{number(across)}" height="{number(height)}"'
    sized = f'<svg class="province-map" overflow="visible" {place}'
    markup = str(drawn(file)).replace('<svg class="province-map"', sized, 1)
    head, end, _ = markup.rpartition("</svg>")
    whole = f"{head}{group(_dot(dot) for dot in dots)}{end}{_around(across, height)}"
    return Drawing(Markup(whole), height, _style())  # noqa: S704 - the template escapes what it is given


def _around(across: float, height: float) -> Markup:
    """Paper around a map, which lies over what reaches beyond its frame.

    A picture of one province is a sixth of the country's: to cut it off takes two seconds for a PNG, during
    which nothing else of the process is answered; to cover it takes a third of one.
    """
    left, beyond = (INNER - across) / 2, 10 * INNER
    paper = light("map-paper")
    sides = (
        (-MARGIN, -beyond, left + MARGIN, 2 * beyond),
        (left + across, -beyond, left + MARGIN, 2 * beyond),
        (-MARGIN, -beyond, WIDTH, beyond),
        (-MARGIN, height, WIDTH, beyond),
    )
    return group(tag("rect", x=x, y=y, width=wide, height=high, fill=paper) for x, y, wide, high in sides)


def _dot(dot: Dot) -> Markup:
    x, y = project(dot.lat, dot.lon)
    ink = light("map-paper") if dot.colour in theme.DARK else theme.INK
    style = f"fill:{ink};stroke:none"
    sign = tag("text", dot.sign, x=x, y=y + 2.8, font_size=8, text_anchor="middle", style=style)
    return group(
        [
            point(
                x, y, tag("title", dot.said), approximate=dot.approximate, fill=dot.colour, stroke=theme.INK
            ),
            hollow(x, y) if dot.hollow else Markup(""),
            sign if dot.sign else Markup(""),
        ]
    )


def _style() -> str:
    colours = _MAP
    fills = "".join(f".province-map .{look}{{fill:{colour}}}" for look, colour in _FILLS.items())
    edged = "".join(f".province-map .{look} path{{stroke:{colours['edge']}}}" for look in _EDGED)
    return f"""
.province-map .sea{{fill:{colours["sea"]}}}
.province-map .land{{fill:{colours["land"]};stroke:{colours["edge"]};stroke-width:.6}}
.province-map .lake{{fill:{colours["sea"]};stroke:{colours["edge"]};stroke-width:.6}}
.province-map .borders{{fill:none;stroke:{colours["edge"]};stroke-width:.8;stroke-dasharray:4 2}}
.province-map .area path{{stroke:{colours["line"]};stroke-width:1;stroke-linejoin:round}}
{fills}{edged}
.province-map .selected path{{stroke:{light("bad")};stroke-width:3}}
.province-map .pale{{fill-opacity:.3}}
.province-map pattern rect{{fill:{colours["paper"]}}}
.province-map pattern path{{stroke:{colours["hatch"]};stroke-width:2.2}}
.province-map pattern.few rect{{fill:{theme.FEW}}}
.province-map pattern.hidden rect{{fill:{light("map-hidden")}}}
.province-map pattern.hidden path{{stroke:{colours["paper"]};stroke-width:.8}}
.province-map pattern.over path{{stroke:{colours["paper"]};stroke-width:2}}
.province-map pattern.over .edge{{stroke:{light("map-unsure")};stroke-width:.7}}
.province-map .area path.hatch{{stroke:none}}
.province-map .labels{{text-anchor:middle}}
.province-map text{{fill:{colours["ink"]};paint-order:stroke;stroke:{light("map-paper")}}}
.province-map text{{stroke-width:2.6;stroke-linejoin:round}}
.province-map .v{{font-weight:700}}
.province-map .on{{fill:{light("map-paper")};stroke:{light("map-on-halo")}}}
.province-map .labels path{{fill:none;stroke:{colours["ink"]};stroke-width:.8}}
.province-map .country{{font-size:.75em;opacity:.75}}
.province-map .gate circle{{fill:{colours["point"]};stroke:{light("map-paper")};stroke-width:1}}
.province-map .approximate circle{{fill:{colours["paper"]};stroke:{colours["point"]};stroke-width:1.4}}
.province-map .sized circle{{fill:{colours["gate"]};fill-opacity:.85;stroke:{light("map-paper")}}}
.province-map .closed circle{{fill:{colours["paper"]};stroke:{colours["ink"]};stroke-width:1}}
.province-map .closed path{{fill:none;stroke:{colours["ink"]};stroke-width:2}}
.province-map .gate-labels{{font-size:12px}}
.province-map .gate-labels text{{font-weight:700;fill:{colours["gate"]}}}
.province-map .ring circle{{fill:none;stroke:{colours["ring"]};stroke-width:2.4;stroke-dasharray:5 3}}
.province-map .ring text{{font-weight:700;font-size:12px;text-anchor:middle;fill:{colours["ring"]}}}
.province-map .narrow{{display:none}}"""


def keys(measure: str, by: str, t: Translate, *, outside: str) -> list[Key]:
    """The legend of the page: classes, doubts, what has no class, points.

    Parameters
    ----------
    outside : str
        What is said of provinces that the account does not answer for; blank where it answers for all.
    """
    colours = theme.colours_of(measure)
    found = [Key(theme.class_label(place, measure, t), colour) for place, colour in enumerate(colours)]
    strong = colours[-1 if measure in theme.MUCH_IS_BAD else 0]
    looks = {"few": "few", theme.NOT_REPORTED.key: "missing", theme.HIDDEN.key: "hidden"}
    found += [
        Key(t(doubt.label), doubt.paint(strong), sign=doubt.sign, look=looks.get(doubt.key, ""))
        for doubt in theme.DOUBTS
    ]
    if by == "province":
        found.append(Key(t(theme.UNSURE), colours[2], look="unsure"))
    else:
        found.append(Key(t(theme.UNSURE_POINT), colours[2], "hollow"))
    found += [
        Key(t(look.label), look.colour, sign=look.sign, look=looks.get(look.key, ""))
        for look in theme.other_looks(measure)
    ]
    if by != "province":
        found.append(Key(t("province, without a value here"), theme.PLAIN))
    if outside:
        found.append(Key(outside, theme.OUTSIDE))
    if by == "district":
        said = t("operational district, at the middle of its facilities")
        found.append(Key(said, light("map-valued"), "diamond"))
        return found
    if by == "facility":
        found.append(Key(t("facility"), light("map-valued"), "point"))
        return found
    if by == "crossing":  # a crossing has the colour of its class
        found.append(Key(t("crossing"), light("map-valued"), "point"))
        found.append(Key(t("crossing, approximate position"), light("map-valued"), "diamond"))
    else:
        found.append(Key(t("crossing"), theme.ACCENT, "dot"))
        found.append(Key(t("crossing, approximate position"), theme.ACCENT, "open"))
    found.append(Key(t("crossing, closed on the last day"), light("map-paper"), sign="✕"))
    return found
