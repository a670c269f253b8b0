"""An indicator as the measure of the map: its answer, or why there is none, and how it is drawn."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from dash import html
from flask import url_for

from dashboard.components import scope_words
from dashboard.components.addresses import map_page, with_question
from dashboard.components.attributes import attributes
from dashboard.components.clusters.to_scan import ASK, to_scan
from dashboard.components.controls import AXIS_NAMES, VIEWS
from dashboard.components.coverage import issued_words
from dashboard.components.coverage.words import whole_days
from dashboard.components.fetched import fetched
from dashboard.components.indicators import painted as look
from dashboard.components.indicators.painted import Scale
from dashboard.components.place_pages.addresses import page_of
from dashboard.figures import theme
from dashboard.figures.area_map import Layers
from dashboard.figures.overlay import Overlay
from dashboard.figures.theme import Painted
from dashboard.messages import Translate
from dashboard.pages.explorer import overlay
from dashboard.pages.explorer.map_layers import layers_of
from dashboard.pages.explorer.overlay import Layered
from dashboard.pages.explorer.question import MapQuestion
from dashboard.permissions import Grant
from dashboard.services.disclosure import rules
from dashboard.services.indicators import listing
from dashboard.services.indicators.course import (
    CoursePoint,
    Step,
    area_course,
    indicator_course,
    steps_of,
)
from dashboard.services.indicators.engine import indicator_of, indicator_table
from dashboard.services.indicators.model import IndicatorRow, IndicatorTable
from dashboard.services.store import Database
from surveillance.errors import NotPermittedError, UsageError
from surveillance.indicators.model import Indicator
from surveillance.status import Status
from surveillance.texts import N_
from surveillance.vocabulary import AXES

#: Periods of so many days at most are followed by the month.
_MONTHS = 400
ISSUED_ROW = N_("issued figure")


@dataclass(frozen=True)
class IndicatorAnswer:
    """A question whose measure is an indicator, and its table; `refused`: why it has none."""

    grant: Grant
    question: MapQuestion
    indicator: Indicator
    found: IndicatorTable | None
    refused: UsageError | NotPermittedError | None
    scale: Scale

    @property
    def selected(self) -> str | None:
        """The area that is looked at, where the table has it."""
        rows = self.found.rows if self.found else ()
        return next((row.area.code for row in rows if row.area.code == self.question.area), None)

    @property
    def row(self) -> IndicatorRow | None:
        """The row that is looked at: of that area, else of all together."""
        if self.found is None:
            return None
        code = self.selected
        return next((row for row in self.found.rows if row.area.code == code), self.found.total)

    def painted(self, t: Translate) -> dict[str, Painted]:
        """Every area as it is drawn, by its code."""
        rows = self.found.rows if self.found else ()
        return {row.area.code: look.painted(row, self.indicator, self.scale, t) for row in rows}

    @property
    def issued(self) -> frozenset[str]:
        """Areas whose value stands in a release."""
        return frozenset(row.area.code for row in (self.found.rows if self.found else ()) if row.issued)

    @property
    def numbers(self) -> str:
        """A fingerprint of all that is shown: where it is another one, the table is fetched anew."""
        return hashlib.sha256(repr((self.found, str(self.refused))).encode()).hexdigest()[:16]

    @property
    def empty(self) -> bool:
        """Whether no area has a value."""
        return self.found is None or not any(row.value.value is not None for row in self.found.rows)


def ask(
    database: Database, grant: Grant, question: MapQuestion, today: date, *, reports: bool = True
) -> IndicatorAnswer:
    """The answer to a question whose measure is an indicator; a refusal is an answer in words.

    Of a part of the period the classes are those of the whole, so that the map does not change its colours
    while the reader goes through the parts.
    """
    indicator = indicator_of(question.measure)

    def table(first: date | None, last: date | None) -> IndicatorTable:
        return indicator_table(
            database,
            grant,
            indicator.id,
            by=question.by,
            first=first,
            last=last,
            filters=question.groups,
            as_of=question.as_of,
            today=today,
            reports=reports,
        )

    try:
        found = table(question.start, question.end)
        whole = found if question.at is None else table(*question.span)
    except (UsageError, NotPermittedError) as error:
        return IndicatorAnswer(grant, question, indicator, None, error, look.scale_of(indicator, 0))
    most = max(look.largest(whole), look.largest(found))
    return IndicatorAnswer(grant, question, indicator, found, None, look.scale_of(indicator, most))


def on_one_scale(first: IndicatorAnswer, second: IndicatorAnswer) -> tuple[IndicatorAnswer, IndicatorAnswer]:
    """Two answers of one indicator with the same classes."""
    most = max(look.largest(one.found) if one.found else 0.0 for one in (first, second))
    scale = look.scale_of(first.indicator, most)
    return replace(first, scale=scale), replace(second, scale=scale)


# --- words -----------------------------------------------------------------------------------------


def title(answer: IndicatorAnswer, t: Translate) -> str:
    """The name of the indicator: what the map shows."""
    return t(answer.indicator.name)


def subtitle(answer: IndicatorAnswer, t: Translate) -> list[Any]:
    """What is counted, the unit, by what, and the days."""
    indicator, question, found = answer.indicator, answer.question, answer.found
    counted = t(indicator.numerator)
    if indicator.denominator:
        counted = f"{counted} / {t(indicator.denominator)}"
    parts = [counted[:1].upper() + counted[1:], look.unit(indicator, t)]
    parts.append(t(VIEWS[f"{question.by}:{question.place}"]))
    period = found.period if found else None
    if period is not None:
        parts.append(f"{period.start.isoformat()} – {period.end.isoformat()}")
    elif question.start and question.end:
        parts.append(f"{question.start.isoformat()} – {question.end.isoformat()}")
    if question.as_of is not None:
        parts.append(t("as it was shown on {day}").format(day=question.as_of.isoformat()))
    for axis, codes in question.groups.items():
        names = ", ".join(t(value.name) for value in AXES[axis] if value.code in codes)
        parts.append(f"{t(AXIS_NAMES[axis])}: {names}")
    said = whole_days(" · ".join(parts))
    release = found.release if found else None
    if release is not None and release.stamp is not None:
        words = issued_words.stamped(release.stamp, t)
        if rules.entitled(answer.grant):
            words = f"{issued_words.legend(release, t)} {words}"
        said += [html.Br(), html.Span(whole_days(words), className="issued")]
    return said


def problems(answer: IndicatorAnswer, t: Translate) -> list[Any]:
    """What was wrong in the address, why there is no answer, and ways to what has one."""
    left_out = t("This part of the address is left out.")
    found: list[Any] = [
        html.P(whole_days(f"{error.in_words(t)}. {left_out}")) for error in answer.question.problems
    ]
    if (said := refusal(answer, t)) is not None:
        found.append(html.P(whole_days(said)))
        found += [html.P(links)] if (links := _instead(answer, t)) else []
    elif answer.empty and answer.found is not None:
        found += [html.P(whole_days(line)) for line in notes(answer.found, t)]
    return found


def refusal(answer: IndicatorAnswer, t: Translate) -> str | None:
    """Why there is no answer, in words; None where there is one."""
    error = answer.refused
    if error is None:
        return None
    return error.in_words(t) if isinstance(error, UsageError) else t(str(error))


def _instead(answer: IndicatorAnswer, t: Translate) -> list[Any]:
    """Links to the nearest questions that have an answer."""
    question, error = answer.question, answer.refused
    parameter = error.parameter if isinstance(error, UsageError) else ""
    if parameter == "by":
        offered = [
            (t(VIEWS[f"{by}:{place}"]), {"by": by, "place": ""})
            for by, place in (
                ("province", _place(answer)),
                ("crossing", "care"),
                ("district", "care"),
                ("facility", "care"),
            )
            if not answer.indicator.refusal(by)
        ]
    elif parameter == "to" and question.end is not None:
        year = question.end.year
        offered = [(str(year), {"from": f"{year}-01-01", "to": question.end.isoformat(), "at": ""})]
    elif parameter == "filters":
        offered = [(t("All groups"), dict.fromkeys(AXES, ""))]
    else:
        offered = []
    found: list[Any] = []
    for name, changes in offered:
        address = {k: v for k, v in (dict(question.given) | changes).items() if v and k != "area"}
        found += [html.A(name, href=map_page(address)), " "]
    return found


def _place(answer: IndicatorAnswer) -> str:
    return "home" if answer.indicator.home else "care"


def notes(found: IndicatorTable, t: Translate) -> list[str]:
    """What must be known before reading on."""
    return [t(sentence).format(**values) for sentence, values in found.notes]


def legend(answer: IndicatorAnswer, over: Layered, grant: Grant, t: Translate) -> list[Any]:
    """The legend with what the layer adds; of counts the classes have no part in it."""
    if over.overlay.plain:
        return [html.Div(over.notes, role="group", **attributes(aria_label=t("Legend")))]
    shown = look.legend(
        answer.indicator,
        answer.scale,
        answer.question.by,
        t,
        empty=answer.empty,
        outside=scope_words.outside(grant.scope, t),
    )
    return [shown, *over.notes]


# --- what is drawn ---------------------------------------------------------------------------------


def layered(
    database: Database,
    grant: Grant,
    answer: IndicatorAnswer,
    language: str,
    t: Translate,
    closed: Mapping[str, str],
) -> Layered:
    """What the layer of the question draws."""
    question, indicator = answer.question, answer.indicator
    if question.layer == "counts":
        rows = answer.found.rows if answer.found else ()
        counted, entries = t(indicator.numerator), []
        for row in rows:
            value, name = row.value, row.area.name(language)
            known = value.numerator is not None and value.value is not None
            absent = look.absence(row, indicator) if value.value is None else None
            said = (
                f"{name}: {counted}: {value.numerator:,}"
                if known
                else f"{name}: {t(absent.label if absent else '')}"
            )
            sign = absent.sign if absent else ""
            entries.append((row.area.code, said, value.numerator if known else None, sign))
        named = f"{t(indicator.name)}: {counted}"
        return overlay.circles_of(database, grant, question.by, entries, named, language, t)
    asked = replace(question, measure="testing", disease=_disease(answer), groups={})
    return overlay.without_values(database, grant, asked, language, t, closed)


def _disease(answer: IndicatorAnswer) -> str:
    return answer.question.disease


def drawn(
    database: Database,
    grant: Grant,
    answer: IndicatorAnswer,
    over: Overlay,
    language: str,
    t: Translate,
    closed: Mapping[str, str],
) -> Layers:
    """What Plotly draws."""
    issued, entitled = answer.issued, rules.entitled(grant)
    return layers_of(
        database,
        grant,
        answer.painted(t),
        answer.question.by,
        answer.selected,
        language,
        over,
        closed,
        issued=issued,
        mixed=bool(issued) and entitled,
        own=grant.scope.provinces if entitled and not issued else None,
    )


# --- the panel -------------------------------------------------------------------------------------


def panel(
    answer: IndicatorAnswer,
    name: str,
    back: tuple[str, str],
    trend: str,
    t: Translate,
) -> list[Any]:
    """The area that is looked at: its value, target, counts, reports; and the way to the indicator's page.

    `name`: of the area; `back`: name and address of the view without one; `trend`: address of the values over
    time as a table.
    """
    question, indicator, row = answer.question, answer.indicator, answer.row
    code = answer.selected
    asked = attributes(data_area=code or "", data_step=question.step or "")
    parts: list[Any] = [html.H2(name, id="panel-name", tabIndex=-1, **asked)]
    if code is not None:
        parts = [
            html.Div(
                [*parts, html.A(back[0], href=back[1], **attributes(data_area=""))], className="panel-head"
            )
        ]
    if own := page_of(question, code):
        parts.append(html.P(html.A(t("Page of this area"), href=own)))
    if row is not None:
        parts += _value(row, indicator, t)
    if answer.found is not None:
        told = listing.told(answer.found, t)[1:]  # what is counted stands above the map
        parts += [html.P(whole_days(line), className="reporting") for line in told]
    address = {"by": question.by}
    if question.start and question.end:
        address |= {"from": question.start.isoformat(), "to": question.end.isoformat()}
    page = with_question(url_for("indicators.one", name=indicator.id), address if row is not None else {})
    if steps_of(indicator.id) and row is not None:
        parts.append(
            html.Details(
                [html.Summary(t("Over time")), *fetched(t)], **attributes(data_fetched_when_open=trend)
            )
        )
    parts.append(html.P(html.A(t("Page of this indicator: definition, course, files"), href=page)))
    if scan := to_scan(answer.grant, indicator.id, question.by, question.start, question.end):
        parts.append(html.P(html.A(t(ASK), href=scan), id="to-scan"))
    return parts


def _value(row: IndicatorRow, indicator: Indicator, t: Translate) -> list[Any]:
    value = row.value
    issued = [html.P(f"{issued_words.SIGN} {t(ISSUED_ROW)}", className="reporting")] if row.issued else []
    if value.value is None:
        absent = look.absence(row, indicator)
        words: list[Any] = [html.Span(absent.sign, className="sign"), " ", t(absent.label)]
        counted = (
            value.numerator is not None and value.status is not Status.NOT_REPORTED and value.numerator > 0
        )
        if counted:
            words += [html.Br(), f"{t(indicator.numerator)}: {value.numerator:,}"]
        return [html.P(words, className="headline"), *_came(row, t), *issued]
    first, *more = look.said(row, indicator, t)
    strong = look.shown(indicator, value.value)
    lines: list[Any] = [html.Strong(strong), html.Span(first[len(strong) :])]
    for line in more:
        missed = line == look.target_said(row, indicator, t) and look.meets_target(indicator, value) is False
        lines += [html.Br(), html.Span(line, className="flag") if missed else line]
    return [html.P(lines, className="headline"), *([] if row.few_reports else _came(row, t)), *issued]


def _came(row: IndicatorRow, t: Translate) -> list[html.P]:
    if row.reports is None:
        return []
    mark = f"{theme.FEW_REPORTS} " if row.few_reports else ""
    return [html.P(f"{mark}{look.reports_said(row.reports, t)}.", className="reporting")]


def everything(answer: IndicatorAnswer, t: Translate) -> str:
    """What all together is called: for some accounts not the country."""
    scope = answer.grant.scope
    if not scope.national and rules.entitled(answer.grant):
        return scope_words.together(scope, t)
    return t("All areas together")


def course(database: Database, answer: IndicatorAnswer, today: date) -> list[CoursePoint]:
    """The values over the period, of the area that is looked at or of all together."""
    step, question, grant = usual_step(answer), answer.question, answer.grant
    first, last = question.span
    if step is None or first is None or last is None or answer.found is None:
        return []
    asked, code = answer.indicator.id, answer.selected
    if code is None:
        return indicator_course(database, grant, asked, step, first=first, last=last, today=today)
    return area_course(database, grant, asked, question.by, code, step, first=first, last=last, today=today)


def asked(question: MapQuestion) -> dict[str, str]:
    """The question of the address as its files have it."""
    return {name: text for name, text in question.given.items() if name not in ("layer", "beside")}


def usual_step(answer: IndicatorAnswer) -> Step | None:
    """The step in which an indicator is followed where none is asked for; None where it is not followed."""
    offered, question = steps_of(answer.indicator.id), answer.question
    if not offered:
        return None
    if question.step in offered:
        return question.step
    days = (question.end - question.start).days if question.start and question.end else 0
    return (
        "month"
        if "month" in offered and days <= _MONTHS
        else offered[-1]
        if "quarter" not in offered
        else "quarter"
    )
