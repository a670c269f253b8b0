"""Two maps side by side with one scale: two periods, two measures, or two groups of one question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from flask import Blueprint, render_template, url_for
from markupsafe import Markup

from dashboard.components import scope_words
from dashboard.components.addresses import map_page, with_question
from dashboard.components.as_html import as_html
from dashboard.components.controls import AXIS_NAMES, windows
from dashboard.components.controls import measures as measure_choices
from dashboard.components.coverage.figure_titles import figure_title
from dashboard.components.coverage.legend import legend
from dashboard.components.coverage.value_cells import ValueCells, value_cells
from dashboard.components.indicators.area_rows import value_cells as cells_of
from dashboard.figures.province_map import drawn
from dashboard.messages import Translate, translator
from dashboard.pages.explorer import heading, indicator_view
from dashboard.pages.explorer.first_map import map_of, map_of_indicator
from dashboard.pages.explorer.indicator_view import IndicatorAnswer
from dashboard.pages.explorer.map_table import answered, whole_period
from dashboard.pages.explorer.overlay import COVERAGE, Layered
from dashboard.pages.explorer.question import MapQuestion
from dashboard.permissions import Grant, Permission
from dashboard.services.clock import today_in_cambodia
from dashboard.services.coverage import view
from dashboard.services.coverage.table import CoverageTable
from dashboard.services.disclosure import rules
from dashboard.web import request_context, site
from dashboard.web.access import needs
from geodata.provinces import PROVINCES
from surveillance.coverage.indicators import MEASURES
from surveillance.diseases import DISEASES
from surveillance.indicators.table import INDICATORS
from surveillance.texts import N_
from surveillance.vocabulary import AXES, shown_values
from surveillance.windows import COMPARISONS, Window, compared

pages = Blueprint("beside", __name__)
_EARLIER = {"before": N_("The period before"), "year": N_("The same time of the year before")}
#: What an address shows that does not say.
_USUAL = "year"


@dataclass(frozen=True)
class Side:
    """One of the two maps, as the template writes it. `name` begins the ids of its parts."""

    name: str
    title: str
    subtitle: Markup
    problems: Markup
    map: Markup
    legend: Markup
    href: str


@dataclass(frozen=True)
class Row:
    """One province in both maps."""

    code: str
    name: str
    cells: tuple[ValueCells | None, ValueCells | None]


@pages.get("/beside")
@needs(Permission.SEE_COVERAGE)
def page() -> str:
    """The question of an address, and beside it the same with one thing changed."""
    grant = request_context.grant()
    language = request_context.language()
    t = translator(language)
    left, table = _answer(grant, whole_period())
    given = {name: text for name, text in left.given.items() if name not in ("beside", "area", "layer", "by")}
    changes = other(left)
    left_out = _not_of(left, changes)
    beside = {name: text for name, text in given.items() if name not in left_out} | changes
    right, other_table = _answer(grant, urlencode(beside))
    same = left.measure == right.measure
    if same and isinstance(table, IndicatorAnswer) and isinstance(other_table, IndicatorAnswer):
        table, other_table = indicator_view.on_one_scale(table, other_table)
    sides = [
        _side("left", left, table, given, grant, language, t),
        _side("right", right, other_table, beside, grant, language, t),
    ]
    return render_template(
        "beside.html",
        title=t(left.indicator.name if left.indicator else DISEASES[left.disease].name),
        sides=sides,
        legend=sides[0].legend if same else "",
        rows=_rows(table, other_table, language, t),
        figures=[
            (f"{n}. {side.title}", map_page(), side.href.partition("?")[2]) for n, side in enumerate(sides, 1)
        ],
        question=urlencode(left.given),
        offered=_offered(left, t),
        chosen=left.beside or _USUAL,
        kept=given,
        map=map_page(given),
        provinces=with_question(url_for("multiples.page"), given),
    )


def other(question: MapQuestion) -> dict[str, str]:
    """What the second map's address says otherwise than the first one's."""
    asked = question.beside or _USUAL
    if asked in COMPARISONS:
        if question.start is None or question.end is None:
            return {}
        pair = compared(Window(question.start, question.end), "year" if asked == "year" else "before")
        return (
            {}
            if pair is None
            else {"from": pair.earlier.first.isoformat(), "to": pair.earlier.last.isoformat()}
        )
    if ".." in asked:
        first, _, last = asked.partition("..")
        return {"from": first, "to": last}
    name, _, code = asked.partition(":")
    if question.indicator is not None and name == "measure" and code not in INDICATORS:
        return {name: code, "disease": question.disease}
    return {name: code}


def _not_of(question: MapQuestion, changes: Mapping[str, str]) -> frozenset[str]:
    """Parts of the first map's address that do not go with the second one's measure."""
    if "measure" not in changes:
        return frozenset()
    indicator = INDICATORS.get(changes["measure"])
    if indicator is None:
        return frozenset({"place"}) if question.indicator else frozenset()
    return frozenset(
        {"place", "count"} if question.disease in indicator.diseases else {"place", "count", "disease"}
    )


def _answer(grant: Grant, search: str) -> tuple[MapQuestion, CoverageTable | IndicatorAnswer]:
    database, today = site.database(), today_in_cambodia()

    def ask(asked: MapQuestion) -> CoverageTable | IndicatorAnswer:
        question = _by_province(asked)
        if question.indicator is not None:
            return indicator_view.ask(database, grant, question, today)
        return view.table(database, grant, question, today)

    question, table = answered(database, search, ask)
    return _by_province(question), table


def _by_province(question: MapQuestion) -> MapQuestion:
    if question.by == "province":
        return question
    home = question.indicator is not None and question.indicator.home
    return replace(question, by="province", place="home" if home else "care")


def _side(
    name: str,
    question: MapQuestion,
    table: CoverageTable | IndicatorAnswer,
    given: Mapping[str, str],
    grant: Grant,
    language: str,
    t: Translate,
) -> Side:
    if isinstance(table, IndicatorAnswer):
        return _indicator_side(name, table, given, grant, language, t)
    measure = MEASURES[question.measure]
    title = figure_title("map", question.disease, question.measure, t)
    shown = map_of(question, table, None, grant, f"{title} ({name})", language, t, name=name)
    found = heading.problems(question, table.reason or rules.reason_hidden(grant, question), t)
    return Side(
        name,
        title,
        as_html(heading.subtitle(table, t, question.days)),
        as_html([*found, *heading.limits(table, "", t)]),
        drawn(replace(shown, title=title, gates=())),
        as_html(
            legend(
                question.measure, t(measure.name), "province", t, outside=scope_words.outside(grant.scope, t)
            )
        ),
        map_page(given),
    )


def _indicator_side(
    name: str, answer: IndicatorAnswer, given: Mapping[str, str], grant: Grant, language: str, t: Translate
) -> Side:
    title = indicator_view.title(answer, t)
    shown = map_of_indicator(answer, f"{title} ({name})", language, t, name=name)
    return Side(
        name,
        title,
        as_html(indicator_view.subtitle(answer, t)),
        as_html(indicator_view.problems(answer, t)),
        drawn(replace(shown, title=title, gates=())),
        as_html(indicator_view.legend(answer, Layered(COVERAGE, []), grant, t)),
        map_page(given),
    )


def _cells(found: CoverageTable | IndicatorAnswer, t: Translate) -> dict[str, ValueCells]:
    if isinstance(found, IndicatorAnswer):
        rows = found.found.rows if found.found else ()
        return {row.area.code: cells_of(row, found.indicator, found.scale, t) for row in rows}
    return {row.area.code: value_cells(row.value, found.query.measure, t) for row in found.rows}


def _rows(
    table: CoverageTable | IndicatorAnswer,
    beside: CoverageTable | IndicatorAnswer,
    language: str,
    t: Translate,
) -> list[Row]:
    first, second = _cells(table, t), _cells(beside, t)
    return [
        Row(code, province.name(language), (first.get(code), second.get(code)))
        for code, province in PROVINCES.items()
        if code in first or code in second
    ]


def _offered(question: MapQuestion, t: Translate) -> list[tuple[str, list[tuple[str, str]]]]:
    """What can stand beside it, by kind."""
    earlier = [(code, t(name)) for code, name in _EARLIER.items()]
    status = question.status
    spans = [
        (span, name)
        for span, name in windows(status, None, t, persons=question.persons, issued=status.issued is not None)
    ]
    if question.beside and ".." in question.beside and question.beside not in dict(spans):
        spans.insert(0, (question.beside, question.beside.replace("..", " – ")))
    measures = [(f"measure:{code}", t(m.name)) for code, m in MEASURES.items() if code != question.measure]
    programmes = [
        (name, [(f"measure:{code}", text) for code, text, _ in held if code != question.measure])
        for name, held in measure_choices(t, request_context.grant())[1]
    ]
    groups = [
        (t(AXIS_NAMES[axis]), [(f"{axis}:{value.code}", t(value.name)) for value in shown_values(axis)])
        for axis in AXES
    ]
    return [(t("Earlier"), earlier), (t("Period"), spans), (t("Measure"), measures), *programmes, *groups]
