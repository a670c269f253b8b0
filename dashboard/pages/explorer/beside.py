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
from dashboard.components.coverage.figure_titles import figure_title
from dashboard.components.coverage.legend import legend
from dashboard.components.coverage.value_cells import ValueCells, value_cells
from dashboard.figures.province_map import drawn
from dashboard.messages import Translate, translator
from dashboard.pages.explorer import heading
from dashboard.pages.explorer.first_map import map_of
from dashboard.pages.explorer.map_table import answered, whole_period
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
    right, other_table = _answer(grant, urlencode(given | changes))
    same = left.measure == right.measure
    sides = [
        _side("left", left, table, given, grant, language, t),
        _side("right", right, other_table, given | changes, grant, language, t),
    ]
    return render_template(
        "beside.html",
        title=t(DISEASES[left.disease].name),
        sides=sides,
        legend=sides[0].legend if same else "",
        rows=_rows(left, table, right, other_table, language, t),
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
    return {name: code}


def _answer(grant: Grant, search: str) -> tuple[MapQuestion, CoverageTable]:
    database, today = site.database(), today_in_cambodia()
    question, table = answered(
        database, search, lambda asked: view.table(database, grant, _by_province(asked), today)
    )
    return _by_province(question), table


def _by_province(question: MapQuestion) -> MapQuestion:
    return question if question.by == "province" else replace(question, by="province", place="care")


def _side(
    name: str,
    question: MapQuestion,
    table: CoverageTable,
    given: Mapping[str, str],
    grant: Grant,
    language: str,
    t: Translate,
) -> Side:
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


def _rows(
    left: MapQuestion,
    table: CoverageTable,
    right: MapQuestion,
    beside: CoverageTable,
    language: str,
    t: Translate,
) -> list[Row]:
    first = {row.area.code: value_cells(row.value, left.measure, t) for row in table.rows}
    second = {row.area.code: value_cells(row.value, right.measure, t) for row in beside.rows}
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
    groups = [
        (t(AXIS_NAMES[axis]), [(f"{axis}:{value.code}", t(value.name)) for value in shown_values(axis)])
        for axis in AXES
    ]
    return [(t("Earlier"), earlier), (t("Period"), spans), (t("Measure"), measures), *groups]
