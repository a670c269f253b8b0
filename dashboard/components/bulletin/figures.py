"""The figures of a bulletin: the curve of a disease with its threshold, and the map of its cases."""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise

from dashboard.exports.bulletin.blocks import Figure
from dashboard.figures import theme
from dashboard.figures.province_map import Area, ProvinceMap
from dashboard.figures.svg import curve as curve_figure
from dashboard.figures.svg import province_map
from dashboard.figures.svg.curve import Bar
from dashboard.figures.svg.sheet import Key, Sheet, document
from dashboard.messages import Translate
from dashboard.services.bulletin.models import Bulletin, DiseasePart, Number, Step
from geodata.provinces import PROVINCES
from surveillance.diseases import DISEASES
from surveillance.status import Status
from surveillance.texts import N_

#: Lower ends of the classes of the map, in cases: the same of every disease, place and period.
EDGES = (1, 10, 50, 200)
#: What is seen of the country, with room for labels.
_FRAME = (0.0, -16.0, 660.0, 480.0)
_LIMIT = {
    "farrington": N_("threshold (Farrington)"),
    "ears": N_("threshold (EARS C2)"),
    "months": N_("threshold (mean and two standard deviations of earlier years)"),
}
_OF_STEPS = {
    "week": N_("{disease}: cases by week"),
    "month": N_("{disease}: cases by month"),
    "quarter": N_("{disease}: cases by quarter"),
    "year": N_("{disease}: cases by year"),
}


def number_text(number: Number) -> str:
    """A count, or the sign that stands in its place."""
    if number.count is not None:
        return f"{number.count:,}"
    return theme.HIDDEN.sign if number.status is Status.HIDDEN else theme.NOT_REPORTED.sign


def curve(part: DiseasePart, language: str, t: Translate) -> Figure:
    """Cases by step, the year before, and the threshold."""
    disease = t(DISEASES[part.code].name)
    bars = [_bar(step, t) for step in part.steps]
    title = t(_OF_STEPS[part.step]).format(disease=disease)
    said = [f"{part.steps[0].first} – {part.steps[-1].last}"]
    limit = t(_LIMIT[part.method]) if part.method else ""
    keys = curve_figure.keys(bars, (), (), t("Cases found positive"), t, limit)
    drawn = document(Sheet(title, said, curve_figure.curve(bars, ()), keys, language=language))
    return Figure(f"{part.code}-curve", drawn, title)


def _bar(step: Step, t: Translate) -> Bar:
    number, absent = step.cases, step.cases.count is None
    return Bar(
        step.first,
        step.last,
        number.count,
        number_text(number) if absent else "",
        (step.label[-3:] if "W" in step.label else step.label[2:], step.label[:4])
        if "W" in step.label
        else (step.label,),
        t("{step}: {cases}").format(step=step.label, cases=number_text(number)),
        not step.whole,
        step.before,
        limit=step.limit,
    )


def map_of(bulletin: Bulletin, part: DiseasePart, language: str, t: Translate) -> Figure:
    """Cases by province of care, in classes that are the same for every disease and period."""
    disease = t(DISEASES[part.code].name)
    title = t("{disease}: cases by province of care").format(disease=disease)
    held = {one.code: one.cases for one in part.places}
    areas = [_area(code, held.get(code), bulletin, language, t) for code in PROVINCES]
    shown = ProvinceMap(title, areas, language, frame=_FRAME)
    drawing = province_map.provinces(shown)
    keys = [Key(name, colour) for name, colour in zip(class_names(), _colours(), strict=True)]
    statuses = {one.status for one in held.values()}
    if Status.HIDDEN in statuses:
        keys.append(Key(t(theme.HIDDEN.label), theme.HIDDEN.colour, sign=theme.HIDDEN.sign, look="hidden"))
    if Status.NOT_REPORTED in statuses:
        look = theme.NOT_REPORTED
        keys.append(Key(t(look.label), look.colour, sign=look.sign, look="missing"))
    if bulletin.province is not None:
        keys.append(Key(t("other provinces"), theme.OUTSIDE))
    drawn = document(Sheet(title, [part.of], drawing, keys, language=language))
    return Figure(f"{part.code}-map", drawn, title)


def class_names() -> list[str]:
    """The classes of the map, the least first."""
    between = [f"{low:,}–{high - 1:,}" for low, high in pairwise(EDGES)]
    return ["0", *between, f"{EDGES[-1]:,}+"]


def _colours() -> list[str]:
    return [theme.ZERO.colour, *theme.CALM[1:]]


def _area(code: str, number: Number | None, bulletin: Bulletin, language: str, t: Translate) -> Area:
    name = PROVINCES[code].name(language)
    if bulletin.province not in (None, code) or number is None:
        return Area(code, "outside", "", name)
    text = number_text(number)
    said = f"{name}: {text}"
    selected = bulletin.province == code
    if number.count is None:
        hidden = number.status is Status.HIDDEN
        return Area(code, "hidden" if hidden else "missing", text, said, selected=selected)
    at = bisect_right(EDGES, number.count)
    return Area(code, f"n{at}" if at else "zero", text, said, selected=selected)
