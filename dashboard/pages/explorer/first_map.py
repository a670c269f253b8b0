"""The answer that the map page holds when it comes, before any script: heading, map as SVG, legend.

What the page has read, the callback that follows takes: the database is asked once for both.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from time import monotonic

from dash import html
from flask import current_app, request
from markupsafe import Markup

from dashboard.components import scope_words
from dashboard.components.addresses import map_page
from dashboard.components.as_html import as_html
from dashboard.components.calendar_words import closed_on
from dashboard.components.controls import VIEWS
from dashboard.components.coverage import issued_words
from dashboard.components.coverage.figure_titles import figure_title
from dashboard.figures.ground import COUNTRY, around
from dashboard.figures.overlay import RING, Circle, Overlay
from dashboard.figures.province_map import (
    Area,
    Gate,
    ProvinceMap,
    Ring,
    drawn,
    frame_of,
    look_of,
    said_of,
    value_text,
)
from dashboard.messages import Translate, translator
from dashboard.pages.explorer import heading, indicator_view
from dashboard.pages.explorer.indicator_view import IndicatorAnswer
from dashboard.pages.explorer.map_layers import NAMED
from dashboard.pages.explorer.map_table import answered, kept
from dashboard.pages.explorer.overlay import COVERAGE, layered, map_legend
from dashboard.pages.explorer.question import MapQuestion
from dashboard.permissions import Grant
from dashboard.services.calendar import entries as calendar
from dashboard.services.clock import today_in_cambodia
from dashboard.services.coverage import view as view_service
from dashboard.services.coverage.changes import Changes
from dashboard.services.coverage.panel import Panel
from dashboard.services.coverage.table import CoverageTable
from dashboard.services.disclosure import rules
from dashboard.services.imports.data_status import DataStatus
from dashboard.services.store import Database
from dashboard.web import request_context
from geodata import boundaries
from geodata.crossings import CROSSINGS
from geodata.provinces import PROVINCES
from surveillance.coverage.indicators import MEASURES
from surveillance.diseases import DISEASES

#: A question with table, panel and changes, or with the table of an indicator: all that the page shows.
Answered = tuple[CoverageTable, Panel, Changes] | IndicatorAnswer
Answer = tuple[MapQuestion, Answered]
#: How many answers wait for their callback, and for how many seconds.
_MOST, _SECONDS = 8, 30.0
_KEY = "chhlang-answers"
#: What is seen of the whole country: in the shape of the frame (assets/chhlang.css), with room for labels.
_WHOLE = (20.0, -48.0, 588.0, 555.0)


class Answers:
    """Answers that a page was drawn from and that its callback has not taken yet.

    This is no cache: one is given once, to the account it was made for, for the very address, while the data
    are the same. With several worker processes the callback may reach another one, which then reads anew.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: OrderedDict[tuple[Grant, str], tuple[float, DataStatus, Answer]] = OrderedDict()

    def lay_down(self, grant: Grant, search: str, status: DataStatus, answer: Answer) -> None:
        """Keep an answer for half a minute."""
        with self._lock:
            self._held.pop((grant, search), None)
            self._held[grant, search] = monotonic(), status, answer
            while len(self._held) > _MOST:
                self._held.popitem(last=False)

    def take(self, grant: Grant, search: str, status: DataStatus) -> Answer | None:
        """The answer to an address, once; None where it is not here, or the data are others by now."""
        with self._lock:
            held = self._held.pop((grant, search), None)
        if held is None or monotonic() - held[0] >= _SECONDS or held[1] != status:
            return None
        return held[2]


def laid_down() -> Answers:
    """The answers that this server keeps until they are taken."""
    held: Answers = current_app.extensions.setdefault(_KEY, Answers())
    return held


def answer_to(database: Database, grant: Grant, search: object) -> Answer:
    """What an address asks: as the page was drawn, where that has just been."""
    status = request_context.data_status(database)
    if isinstance(search, str) and (held := laid_down().take(grant, search, status)):
        return held
    return _read(database, grant, search)


def _read(database: Database, grant: Grant, search: object) -> Answer:
    today = today_in_cambodia()

    def ask(question: MapQuestion) -> Answered:
        if question.indicator is not None:
            return indicator_view.ask(database, grant, question, today)
        return view_service.view(database, grant, question, question.area, today, question.step)

    return answered(database, search, ask)


@dataclass(frozen=True)
class FirstMap:
    """What the page shows until Dash has drawn it. `asked`: the address it answers; `question`: its words."""

    asked: str
    title: str
    subtitle: Markup
    legend: Markup
    map: Markup
    table: str
    question: str


def first_map(database: Database, grant: Grant) -> FirstMap:
    """The answer to the address of this request."""
    text = request.query_string.decode("ascii", "replace")
    search = f"?{text}" if text else ""
    status = request_context.data_status(database)
    answer = _read(database, grant, search)
    if not request_context.kept():
        laid_down().lay_down(grant, search, status, answer)
    question, found = answer
    if isinstance(found, IndicatorAnswer):
        return _of_indicator(database, grant, search, found)
    table, panel, _ = found
    language = request_context.language()
    t = translator(language)
    measure = MEASURES[question.measure]
    closed = closed_on(calendar.entries(database, grant), table.period.end if table.period else None, t)
    over = layered(database, grant, question, table, language, t, closed)
    title = figure_title("map", question.disease, question.measure, t)
    return FirstMap(
        search,
        title,
        as_html(heading.subtitle(table, t, question.days)),
        as_html(map_legend(question, over, grant, t)),
        drawn(map_of(question, table, panel.code, grant, title, language, t, over.overlay, closed)),
        request.query_string.decode("ascii", "replace"),
        " · ".join(
            (
                t(DISEASES[question.disease].name),
                t(measure.name),
                t(VIEWS[f"{question.by}:{question.place}"]),
            )
        ),
    )


def _of_indicator(database: Database, grant: Grant, search: str, answer: IndicatorAnswer) -> FirstMap:
    question, language = answer.question, request_context.language()
    t = translator(language)
    period = answer.found.period if answer.found else None
    closed = closed_on(calendar.entries(database, grant), period.end if period else None, t)
    over = indicator_view.layered(database, grant, answer, language, t, closed)
    title, found = indicator_view.title(answer, t), indicator_view.problems(answer, t)
    said = as_html(indicator_view.subtitle(answer, t))
    shown = map_of_indicator(answer, title, language, t, over.overlay, closed)
    return FirstMap(
        search,
        title,
        said + as_html(html.Div(found, className="problem", role="alert")) if found else said,
        as_html(indicator_view.legend(answer, over, grant, t)),
        drawn(shown),
        request.query_string.decode("ascii", "replace"),
        " · ".join((title, t(VIEWS[f"{question.by}:{question.place}"]))),
    )


def map_of_indicator(
    answer: IndicatorAnswer,
    title: str,
    language: str,
    t: Translate,
    over: Overlay = COVERAGE,
    closed: Mapping[str, str] | None = None,
    *,
    name: str = "first",
) -> ProvinceMap:
    """The server's map of the answer of an indicator; as :func:`map_of`."""
    grant, question = answer.grant, answer.question
    by_province = question.by == "province"
    values = answer.painted(t) if by_province else {}
    mixed = bool(answer.issued) and rules.entitled(grant)
    address, areas = kept(question), []
    counts = {circle.code: circle.label for circle in over.circles if over.plain}
    for province in PROVINCES.values():
        code, called = province.pcode, province.name(language)
        value = values.get(code)
        if not grant.scope.holds(code) and code not in answer.issued:
            areas.append(Area(code, "outside", "", f"{called}: {scope_words.outside(grant.scope, t)}"))
            continue
        sign = f"{issued_words.SIGN} " if mixed and code in answer.issued else ""
        areas.append(
            Area(
                code,
                value.kind if value is not None and not over.plain else "plain",
                sign + counts.get(code, value.text) if value is not None else "",
                f"{sign}{called}: {', '.join(value.said)}" if value is not None else called,
                map_page(address | {"area": code}) if value is not None else None,
                answer.selected == code,
            )
        )
    own = grant.scope.provinces if rules.entitled(grant) and not answer.issued else None
    return _framed(areas, over, question, own, closed or {}, title, language, t, name)


def map_of(
    question: MapQuestion,
    table: CoverageTable,
    selected: str | None,
    grant: Grant,
    title: str,
    language: str,
    t: Translate,
    over: Overlay = COVERAGE,
    closed: Mapping[str, str] | None = None,
    *,
    name: str = "first",
) -> ProvinceMap:
    """The server's map of one answer. `closed`: closed crossings, with since when. `name`: begins the ids of
    its parts."""
    shut = closed or {}
    by_province = question.by == "province"
    values = {row.area.code: row.value for row in table.rows} if by_province else {}
    address, areas = kept(question), []
    counts = {circle.code: circle.label for circle in over.circles if over.plain}
    for province in PROVINCES.values():
        code, called = province.pcode, province.name(language)
        value = values.get(code)
        if not grant.scope.holds(code) and not (value is not None and value.issued):
            areas.append(Area(code, "outside", "", f"{called}: {scope_words.outside(grant.scope, t)}"))
            continue
        sign = f"{issued_words.SIGN} " if table.mixed and value is not None and value.issued else ""
        areas.append(
            Area(
                code,
                look_of(value, question.measure) if value and not over.plain else "plain",
                sign + counts.get(code, value_text(value, question.measure)) if value else "",
                sign + said_of(called, value, t),
                map_page(address | {"area": code}) if value else None,
                selected == code,
            )
        )
    own = None if table.release is not None else grant.scope.provinces
    return _framed(areas, over, question, own, shut, title, language, t, name)


def _framed(
    areas: Sequence[Area],
    over: Overlay,
    question: MapQuestion,
    own: frozenset[str] | None,
    shut: Mapping[str, str],
    title: str,
    language: str,
    t: Translate,
    name: str,
) -> ProvinceMap:
    """The map with its crossings, circles and rings, around what the account answers for."""
    boxes = boundaries.province_boxes()
    window = COUNTRY if own is None else around([boxes[code] for code in sorted(own) if code in boxes])
    gates = [
        Gate(
            *gate.position,
            f"{gate.name(language)}: {shut[gate.id]}" if gate.id in shut else gate.name(language),
            approximate=gate.approximate,
            kind="closed" if gate.id in shut else "",
            label=(gate.name(language),) if gate.id == NAMED and own is None else (),
        )
        for gate in CROSSINGS.values()
        if over.gates
        and gate.position
        and question.by not in ("facility", "district")
        and (own is None or gate.pcode in own)
    ]
    gates += [
        Gate(
            one.lat,
            one.lon,
            one.said,
            one.people,
            href=one.href,
            kind=_kind(one, plain=over.plain),
            label=(one.label,) if one.look else (),
        )
        for one in sorted(over.circles, key=lambda one: -(one.people or 0))
        if not over.plain or one.people or one.closed
    ]
    rings = [Ring(one.lat, one.lon, one.said, RING, href=one.href) for one in over.rings]
    frame = _WHOLE if window == COUNTRY else frame_of(window)
    return ProvinceMap(
        title, areas, language, t("Map; the table says the same"), gates, rings, name=name, frame=frame
    )


def _kind(one: Circle, *, plain: bool) -> str:
    """How a circle looks (`Gate.kind`)."""
    if one.closed or one.look:
        return one.look or "closed"
    return "count" if plain else "untold" if one.people is None else ""
