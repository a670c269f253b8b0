"""Pictures of the page of a place: whether care gets better or worse, and where it stands among its like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask import Blueprint, abort, request
from markupsafe import Markup
from werkzeug.wrappers import Response

from dashboard.components.place_pages import beside, words
from dashboard.components.place_pages import course as course_words
from dashboard.components.place_pages.addresses import address
from dashboard.figures.svg import ranks, trend
from dashboard.figures.svg.axes import LETTERS, heading
from dashboard.figures.svg.draw import group, tag
from dashboard.figures.svg.lines import wrap
from dashboard.figures.svg.sheet import INNER, Drawing, Key
from dashboard.pages.take_away import answers, place_files
from dashboard.pages.take_away.answers import Taken
from dashboard.permissions import Permission
from dashboard.services.clock import today_in_cambodia
from dashboard.services.place_pages.course import Course, courses
from dashboard.services.place_pages.model import PlacePage
from dashboard.services.place_pages.place import CROSSING, DISTRICT, FACILITY, PROVINCE
from dashboard.web import site
from dashboard.web.access import needs
from surveillance.diseases import DISEASES

pages = Blueprint("place_pictures", __name__)
#: Parts of the page that are drawn.
COURSE, RANKS = "course", "ranks"
_LINE, _GAP = 20.0, 24.0


@pages.get("/provinces/<name>/<any(course,ranks):part>.<any(png,svg):kind>")
@needs(Permission.SEE_COVERAGE)
def province(name: str, part: str, kind: str) -> Response:
    """A picture of a province; the use is audited."""
    return _picture(PROVINCE, name, part, kind)


@pages.get("/districts/<path:name>/<any(course,ranks):part>.<any(png,svg):kind>")
@needs(Permission.SEE_COVERAGE)
def district(name: str, part: str, kind: str) -> Response:
    """A picture of an operational district; the use is audited."""
    return _picture(DISTRICT, name, part, kind)


@pages.get("/crossings/<name>/<any(course,ranks):part>.<any(png,svg):kind>")
@needs(Permission.SEE_COVERAGE)
def crossing(name: str, part: str, kind: str) -> Response:
    """A picture of a border crossing; the use is audited."""
    return _picture(CROSSING, name, part, kind)


@pages.get("/facilities/<path:name>/<any(course,ranks):part>.<any(png,svg):kind>")
@needs(Permission.SEE_COVERAGE)
def facility(name: str, part: str, kind: str) -> Response:
    """A picture of a facility; the use is audited."""
    return _picture(FACILITY, name, part, kind)


def _picture(by: str, name: str, part: str, kind: str) -> Response:
    taken, found = place_files.found(by, name, request.args.get("disease") or None)
    made = _course(found, taken) if part == COURSE else _ranks(found, taken)
    if made is None:
        return abort(404)
    title, said, drawing, keys = made
    taken.audit({"file": part, by: found.place.area.code, "format": kind})
    about = replace(
        place_files.about(found, taken),
        name=f"{place_files.file_name(found.place)}-{part}",
        title=title,
        address=answers.address(address(found.place)),
    )
    lines = [f"{found.place.area.name(taken.language)} · {beside.kind_name(found.place, taken.t)}", *said]
    return answers.picture(kind, taken, about, drawing, keys, lines)


Made = tuple[str, list[str], Drawing, Sequence[Key]]


def _course(found: PlacePage, taken: Taken) -> Made | None:
    """Each measure with its verdict; None where none has two periods."""
    if found.disease is None:
        return None
    t, place, database = taken.t, found.place, site.database()
    over_time = courses(database, taken.grant, taken.status, today_in_cambodia(), place, found.disease)
    if not any(len(one.points) > 1 for one in over_time):
        return None
    title = t("{disease}: better or worse than a year before?").format(
        disease=t(DISEASES[found.disease].name)
    )
    parts: list[Markup] = []
    keys: dict[str, Key] = {}
    y = 0.0
    for one, said in zip(over_time, course_words.views(over_time, place, t), strict=True):
        made, height = _one_course(one, said, taken)
        parts.append(group([made], transform=f"translate(0 {y:g})"))
        y += height + _GAP
        keys |= {key.label: key for key in trend.keys(_periods(one), one.query.measure, t)}
    return title, [course_words.rule(t)], Drawing(group(parts), y), list(keys.values())


def _one_course(one: Course, said: course_words.CourseView, taken: Taken) -> tuple[Markup, float]:
    """One measure: its name, what is said of it, and its quarters or years."""
    parts, y = [heading(said.name, 0, 16)], 18.0
    for text in filter(None, (said.verdict, said.values, said.reach)):
        for part in wrap(text, LETTERS, INNER):
            y += _LINE
            parts.append(tag("text", part, x=0, y=y, font_size=LETTERS))
    if len(one.points) > 1:
        drawing = trend.trend(_periods(one), "", taken.t)
        y += 8
        parts.append(group([drawing.markup], transform=f"translate(0 {y:g})"))
        y += drawing.height
    return group(parts), y


def _periods(one: Course) -> list[trend.Period]:
    return [trend.Period(point.start, point.end, point.value) for point in one.points]


def _ranks(found: PlacePage, taken: Taken) -> Made | None:
    """Every measure that is ranked; None where there is nothing to rank."""
    if not found.standings or found.disease is None:
        return None
    t = taken.t
    title = t("{disease}: where does it stand among its like?").format(
        disease=t(DISEASES[found.disease].name)
    )
    shown = words.ranks(found.standings, found.place, taken.language, t)
    scales = [
        ranks.Scale(row.name, row.said, row.beside, one.rank.rank, one.rank.first, one.rank.last, one.of)
        for row, one in zip(shown, found.standings, strict=True)
    ]
    days = f"{found.windows.year.first} – {found.windows.year.last}" if found.windows else ""
    told = t(words.HOW_RANKED)
    return title, [line for line in (days, told) if line], ranks.ranks(scales), ranks.keys(t)
