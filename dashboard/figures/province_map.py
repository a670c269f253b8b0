"""The map of the provinces as SVG in the page: seen before any script runs, and where none does.

Pure: values that may be shown go in, markup comes out. Colours are CSS classes (assets/chhlang.css), each
kind of absence has a sign or a pattern beside its colour, and each province says its value to a screen
reader.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from jinja2 import Environment, PackageLoader, Template, select_autoescape
from markupsafe import Markup

from dashboard.figures import theme
from dashboard.figures.labels import Label, Said, is_close, labels, letters
from dashboard.figures.overlay import radius
from dashboard.messages import Translate
from geodata.countries import COUNTRIES
from geodata.outlines import HEIGHT, WIDTH, outlines, project
from surveillance.coverage.estimates import Estimate
from surveillance.status import Status

#: Frame of the whole country: x, y, width and height in units.
COUNTRY = (0.0, 0.0, float(WIDTH), float(HEIGHT))
#: Half of the longest name of a neighbour, in units: it stands as far from the edge of the frame at least.
_COUNTRY_NAME = 36.0
#: Looks whose fill is a pattern, and those on which letters are white.
PATTERNS = frozenset({"few", "missing", "hidden"})
#: A hatch over the colour of a class: its value is less certain.
UNSURE = "unsure"
_DARK = frozenset({"s3", "s4", "none-treated"})
_BY_STATUS = {
    Status.NOBODY: "nobody",
    Status.UNKNOWN: "unknown",
    Status.NOT_REPORTED: "missing",
    Status.NOT_YET_DUE: "due",
    Status.HIDDEN: "hidden",
}


@dataclass(frozen=True)
class Area:
    """One province: how it looks (a class of the stylesheet), the value on it, and what is said of it.

    `said`: name and value in words. `href`: where it leads, if anywhere.
    """

    code: str
    look: str
    value: str
    said: str
    href: str | None = None
    selected: bool = False


@dataclass(frozen=True)
class Gate:
    """A crossing: `people` sizes its circle, `label` stands beside it in one line or two."""

    lat: float
    lon: float
    said: str
    people: int | None = None
    approximate: bool = False
    label: Sequence[str] = ()
    href: str | None = None
    #: `count`: it lies under the number of a province; `untold`: how many may not be told; `closed`: a cross;
    #: `across` and what follows it: a diamond with its label above it (`overlay.ACROSS`).
    kind: str = ""


@dataclass(frozen=True)
class Ring:
    """A ring around what clusters: its middle in degrees, its radius in units, and what is said."""

    lat: float
    lon: float
    said: str
    radius: float = 24.0
    label: str = ""
    href: str | None = None


@dataclass(frozen=True)
class ProvinceMap:
    """All that one map shows. `name` begins the ids of its parts: another one on the same page has another.

    `frame`: x, y, width and height of what is seen, in units.
    """

    title: str
    areas: Sequence[Area]
    language: str = "en"
    description: str = ""
    gates: Sequence[Gate] = ()
    rings: Sequence[Ring] = ()
    name: str = "provinces"
    frame: tuple[float, float, float, float] = COUNTRY


def look_of(value: Estimate, measure: str) -> str:
    """The class of the stylesheet that a value is drawn with.

    `s0` to `s4`: strengths; `n0` to `n4`: classes that are neither good nor bad; `pale` beside one: more than
    a fifth is unknown; `unsure` beside one: its interval is wide.
    """
    doubt = theme.doubt_of(value)
    if doubt is not None and doubt.colour is not None:
        return doubt.key
    pale = " pale" if doubt else f" {UNSURE}" if theme.is_unsure(value, measure) else ""
    if value.status is Status.ZERO:
        return ("none-treated" if measure in theme.LITTLE_IS_BAD else "zero") + pale
    if value.status is Status.VALUE and value.coverage is not None:
        number = theme.class_of(value.coverage, measure)
        if measure in theme.LITTLE_IS_BAD:
            return f"s{len(theme.edges_of(measure)) - number}{pale}"
        return f"{'s' if measure in theme.MUCH_IS_BAD else 'n'}{number}{pale}"
    return _BY_STATUS[value.status]


def value_text(value: Estimate, measure: str) -> str:
    """What stands on a province: a sign, a whole percentage, or both."""
    sign = theme.look_of(value, measure).sign
    doubt = theme.doubt_of(value)
    if value.coverage is None or (doubt is not None and doubt.colour is not None):
        return sign
    places = 1 if measure in theme.MUCH_IS_BAD and 0 < value.coverage < 0.1 else 0
    return (doubt.sign if doubt else "") + theme.percent(value.coverage, places)


def said_of(name: str, value: Estimate | None, t: Translate) -> str:
    """A province and its value in words."""
    if value is None:
        return name
    if value.coverage is None:
        came = f"; {theme.reports_said(value, t)}" if value.few_reports else ""
        return f"{name}: {t(theme.look_of(value, 'testing').label)}{came}"
    doubt = theme.doubt_of(value)
    parts = [
        f"{theme.percent(value.coverage)} ({theme.percent(value.lower)}–{theme.percent(value.upper)})",
        t("{numerator:,} of {denominator:,}").format(
            numerator=value.numerator, denominator=value.denominator
        ),
        *([t(doubt.label)] if doubt else []),
        *([theme.reports_said(value, t)] if value.few_reports else []),
    ]
    return f"{name}: {', '.join(parts)}"


def frame_of(window: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """The frame around a window of west, east, south and north in degrees."""
    west, east, south, north = window
    (x, y), (right, below) = project(north, west), project(south, east)
    return x, y, round(right - x, 1), round(below - y, 1)


# --- drawing ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Shape:
    """A province as the template writes it."""

    area: Area
    path: str
    fill: str | None
    unsure: bool


def drawn(shown: ProvinceMap) -> Markup:
    """The map as SVG."""
    held = outlines()
    shapes = [
        _Shape(
            area,
            held.provinces[area.code].path,
            _fill(area.look, shown.name),
            UNSURE in area.look.split(),
        )
        for area in shown.areas
    ]
    left, _, wide, _ = shown.frame
    room = left + _COUNTRY_NAME, left + wide - _COUNTRY_NAME
    countries = [
        (min(max(x, room[0]), room[1]), y, COUNTRIES[code].name(shown.language))
        for code, (x, y) in held.neighbours.items()
    ]
    return Markup(  # noqa: S704 - the template escapes what it is given
        _template().render(
            map=shown,
            shapes=sorted(shapes, key=lambda shape: shape.area.selected),
            land=held.land,
            borders=held.borders,
            lakes=held.lakes,
            countries=() if is_close(wide) else countries,
            letters=[
                ("wide", _labels(shown, names=True), round(letters("en", wide), 1)),
                ("narrow", _labels(shown, names=False), round(letters("narrow", wide), 1)),
            ],
            gates=[(gate, *project(gate.lat, gate.lon), radius(gate.people)) for gate in shown.gates],
            rings=[(ring, *project(ring.lat, ring.lon)) for ring in shown.rings],
            patterns=sorted({shape.area.look for shape in shapes} & PATTERNS),
            unsure=any(shape.unsure for shape in shapes),
        )
    )


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("dashboard"),
        autoescape=select_autoescape(),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("province_map.html")


def _fill(look: str, name: str) -> str | None:
    return f"url(#{name}-{look})" if look in PATTERNS else None


def _strong(look: str) -> bool:
    parts = set(look.split())
    return bool(parts & _DARK) and "pale" not in parts


def _labels(shown: ProvinceMap, *, names: bool) -> list[Label]:
    said = [Said(area.code, area.value, _strong(area.look), area.look != "outside") for area in shown.areas]
    return labels(said, shown.language, shown.frame[2], names=names)
