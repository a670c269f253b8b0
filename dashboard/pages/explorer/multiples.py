"""Twenty-five small curves: every province beside the others, with the same scale, drawn by the server."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from flask import Blueprint, render_template, url_for

from dashboard.components.addresses import map_page, with_question
from dashboard.components.as_html import as_html
from dashboard.components.controls import STEPS, VIEWS, Choice, main_choices, measures, views
from dashboard.components.coverage.figure_titles import figure_title
from dashboard.components.indicators import painted
from dashboard.figures import small_multiple, theme
from dashboard.figures.province_map import said_of
from dashboard.filters import CoverageQuery
from dashboard.messages import Translate, translator
from dashboard.pages.explorer import heading, indicator_multiples, indicator_view
from dashboard.pages.explorer.indicator_multiples import IndicatorCurves
from dashboard.pages.explorer.map_table import answered, whole_period
from dashboard.pages.explorer.question import MapQuestion
from dashboard.permissions import Grant, Permission
from dashboard.services.clock import today_in_cambodia
from dashboard.services.disclosure import rules
from dashboard.services.explorer import multiples as service
from dashboard.services.explorer.multiples import Multiples, ProvinceTrend
from dashboard.web import request_context, site
from dashboard.web.access import needs
from geodata.provinces import PROVINCES
from surveillance.diseases import BY_QUARTER
from surveillance.epiweek import period_first_day
from surveillance.status import Status
from surveillance.windows import last_quarters

pages = Blueprint("multiples", __name__)
#: Quarters of a curve where the address names no day.
_QUARTERS = 8
#: What the form of the page has a control for; all else of the question goes along unseen.
_CHOSEN = ("disease", "measure", "place", "step", "from", "to")


@dataclass(frozen=True)
class Multiple:
    """One province as the template writes it."""

    name: str
    href: str
    value: str
    counts: str
    said: str
    curve: small_multiple.Curve


@pages.get("/provinces")
@needs(Permission.SEE_COVERAGE)
def page() -> str:
    """The trend of every province, for the question of an address of the map."""
    grant, today, database = request_context.grant(), today_in_cambodia(), site.database()

    def ask(question: MapQuestion) -> Multiples | IndicatorCurves:
        if question.indicator is not None:
            return indicator_multiples.ask(database, grant, question, today)
        return service.multiples(database, grant, of_curves(question), today, question.step)

    question, found = answered(database, whole_period(), ask)
    language = request_context.language()
    t = translator(language)
    if isinstance(found, IndicatorCurves):
        return _of_indicator(found, language, t)
    question = of_curves(question)
    points = [point.value for province in found.provinces for point in province.points]
    top = small_multiple.top_of(points, question.measure)
    address = {name: given for name, given in question.given.items() if name not in ("area", "by", "step")}
    if question.start and question.end and question.days == (None, None) and question.disease in BY_QUARTER:
        address |= {"from": question.start.isoformat(), "to": question.end.isoformat()}
    reason = found.table.reason or rules.reason_hidden(grant, question)
    return render_template(
        "provinces.html",
        title=figure_title("trend", question.disease, question.measure, t),
        subtitle=as_html(heading.subtitle(found.table, t, question.days)),
        past=as_html(heading.past(question, t)),
        problems=as_html(
            [*heading.problems(question, reason, t), *heading.limits(found.table, question.area, t)]
        ),
        step=t(STEPS[found.step]),
        multiples=[
            _multiple(one, found, question, top, address, language, t)
            for one in shown_to(grant, question, found)
        ],
        scale=[
            (small_multiple.height_of(share, top), theme.percent(share, _places(top)))
            for share in (top, top / 2, 0)
        ],
        size=(small_multiple.WIDTH, small_multiple.HIGH, small_multiple.LEFT),
        choices=_choices(question, t),
        chosen=question.parameters(CoverageQuery) | {"step": question.step or ""},
        kept={name: given for name, given in address.items() if name not in _CHOSEN},
        map=map_page(dict(question.given)),
        beside=with_question(url_for("beside.page"), question.given),
        highest=top < 1,
        question=urlencode({name: text for name, text in question.given.items() if name != "at"}),
    )


def _of_indicator(found: IndicatorCurves, language: str, t: Translate) -> str:
    """The same where the measure is an indicator."""
    question = found.answer.question
    address = {name: given for name, given in question.given.items() if name not in ("area", "by", "step")}
    indicator, shares = found.answer.indicator, found.shares
    return render_template(
        "provinces.html",
        title=indicator_view.title(found.answer, t),
        subtitle=as_html(indicator_view.subtitle(found.answer, t)),
        past=as_html(heading.past(question, t)),
        problems=as_html([*indicator_view.problems(found.answer, t), *found.problems(t)]),
        step=t(STEPS[found.step]) if found.step else "–",
        multiples=[
            Multiple(
                PROVINCES[one.row.area.code].name(language),
                map_page(address | {"area": one.row.area.code}),
                painted.shown(indicator, one.row.value.value),
                found.counts(one, t),
                found.said(one, language, t),
                small_multiple.curve(one.values, found.top, shares=shares),
            )
            for one in found.curves
        ],
        scale=[(small_multiple.height_of(value, found.top), text) for value, text in found.scale],
        size=(small_multiple.WIDTH, small_multiple.HIGH, small_multiple.LEFT),
        choices=_choices(question, t),
        chosen=question.parameters(CoverageQuery) | {"step": question.step or ""},
        kept={name: given for name, given in address.items() if name not in _CHOSEN},
        map=map_page(dict(question.given)),
        beside=with_question(url_for("beside.page"), question.given),
        highest=False,
        question=urlencode({name: text for name, text in question.given.items() if name != "at"}),
    )


def shown_to(grant: Grant, question: MapQuestion, found: Multiples) -> list[ProvinceTrend]:
    """The provinces that an account is shown."""
    return [
        one
        for one in found.provinces
        if grant.scope.holds(one.code) or one.now.issued or question.place != "care"
    ]


def of_curves(question: MapQuestion) -> MapQuestion:
    """The same question of provinces, since crossings and facilities have no place among them.

    A disease that is shown by the quarter has two years where no day is named: one point is no curve.
    """
    if question.by != "province":
        question = replace(question, by="province", place="care")
    first, end = question.status.first_visit, question.end
    if (
        question.disease in BY_QUARTER
        and not question.persons
        and question.days == (None, None)
        and end
        and first
    ):
        start = max(last_quarters(end, _QUARTERS).first, period_first_day(first, "quarter"))
        question = replace(question, start=min(start, question.start or start))
    return question


def _choices(question: MapQuestion, t: Translate) -> list[Choice]:
    status = request_context.data_status(site.database())
    disease, measure, *_ = main_choices(status, t, request_context.grant())
    measure = replace(measure, groups=measures(t, request_context.grant())[1])
    offered = [code for code in views(request_context.grant()) if code.startswith("province:")]
    return [
        disease,
        measure,
        Choice("place", t("Shown by"), [(code.split(":")[1], t(VIEWS[code])) for code in offered]),
        Choice(
            "step", t("Step"), [("", t("the usual one")), *((code, t(name)) for code, name in STEPS.items())]
        ),
    ]


def _multiple(
    one: ProvinceTrend,
    found: Multiples,
    question: MapQuestion,
    top: float,
    address: dict[str, str],
    language: str,
    t: Translate,
) -> Multiple:
    value = one.now
    name = PROVINCES[one.code].name(language)
    shown = value.coverage is not None
    counts = (
        t("{numerator:,} of {denominator:,}").format(numerator=value.numerator, denominator=value.denominator)
        if shown and value.status is not Status.HIDDEN
        else t(theme.look_of(value, "testing").label)
    )
    return Multiple(
        name,
        map_page(address | {"area": one.code}),
        theme.percent(value.coverage) if shown else "",
        counts,
        _said(name, one, t),
        small_multiple.curve([point.value for point in one.points], top),
    )


def _said(name: str, one: ProvinceTrend, t: Translate) -> str:
    """The curve in words: the whole, then the first and the last point with a value."""
    held = [point for point in one.points if point.value.coverage is not None]
    parts = [said_of(name, one.now, t)]
    if len(held) > 1:
        text = t("from {before} ({first}) to {after} ({last})")
        first, last = held[0], held[-1]
        parts.append(
            text.format(
                before=theme.percent(first.value.coverage),
                first=first.label,
                after=theme.percent(last.value.coverage),
                last=last.label,
            )
        )
    return "; ".join(parts)


def _places(top: float) -> int:
    """Decimals of the scale: half of 5% is 2.5%."""
    return 1 if top < 0.1 else 0
