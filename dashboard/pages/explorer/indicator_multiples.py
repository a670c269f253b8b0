"""An indicator of every province over time: small curves with one scale, for the page and its files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from dash import html

from dashboard.components.indicators import painted as look
from dashboard.messages import Translate
from dashboard.pages.explorer import indicator_view
from dashboard.pages.explorer.indicator_view import IndicatorAnswer
from dashboard.pages.explorer.question import MapQuestion
from dashboard.permissions import Grant
from dashboard.services.indicators.course import CoursePoint, Step, province_courses
from dashboard.services.indicators.model import IndicatorRow
from dashboard.services.store import Database
from geodata.provinces import PROVINCES
from surveillance.coverage.estimates import Estimate
from surveillance.errors import NotPermittedError, UsageError
from surveillance.indicators.scale import nice_edges
from surveillance.indicators.values import Value
from surveillance.texts import N_

NO_COURSE = N_("This indicator is not followed over time.")


@dataclass(frozen=True)
class ProvinceCurve:
    """One province: its value of the whole period, and of each step."""

    row: IndicatorRow
    points: Sequence[CoursePoint]

    @property
    def values(self) -> list[Estimate]:
        """The values of the steps, as a curve draws them."""
        return [as_estimate(point.value) for point in self.points]


@dataclass(frozen=True)
class IndicatorCurves:
    """A question with its answer, and the curve of each province. `refused`: why there are no curves."""

    answer: IndicatorAnswer
    step: Step | None
    curves: Sequence[ProvinceCurve]
    refused: UsageError | NotPermittedError | None = None

    @property
    def shares(self) -> bool:
        """Whether values are proportions of records."""
        return self.answer.indicator.interval == "wilson"

    @property
    def top(self) -> float:
        """The upper end of the scale of all curves."""
        if look.is_share(self.answer.indicator) and self.answer.scale.measure != "positivity":
            return 1.0
        values = [point.value.value or 0.0 for one in self.curves for point in one.points]
        edges = nice_edges(max(values, default=0.0), whole=self.answer.indicator.interval == "none")
        return 5 * edges[0]

    @property
    def scale(self) -> list[tuple[float, str]]:
        """Values of the lines of the scale, with what stands beside them."""
        indicator, top = self.answer.indicator, self.top
        return [(value, look.short(indicator, value)) for value in (top, top / 2, 0.0)]

    def problems(self, t: Translate) -> list[Any]:
        """Why there are no curves."""
        if self.answer.refused is None and self.step is None:
            return [html.P(t(NO_COURSE))]
        if self.refused is None:
            return []
        words = self.refused.in_words(t) if isinstance(self.refused, UsageError) else t(str(self.refused))
        return [html.P(words)]

    def counts(self, one: ProvinceCurve, t: Translate) -> str:
        """How many the value of a province rests on, or why it has none."""
        value = one.row.value
        if value.value is None:
            return t(look.absence(one.row, self.answer.indicator).label)
        if value.denominator is None:
            return ""
        counts = t("{numerator:,} of {denominator:,}")
        return counts.format(numerator=value.numerator, denominator=round(value.denominator))

    def said(self, one: ProvinceCurve, language: str, t: Translate) -> str:
        """A curve in words: the whole, then the first and the last step with a value."""
        indicator, name = self.answer.indicator, one.row.area.name(language)
        drawn = look.painted(one.row, indicator, self.answer.scale, t)
        parts = [f"{name}: {', '.join(drawn.said)}"]
        held = [point for point in one.points if point.value.value is not None]
        if len(held) > 1:
            text = t("from {before} ({first}) to {after} ({last})")
            parts.append(
                text.format(
                    before=look.shown(indicator, held[0].value.value),
                    first=held[0].label,
                    after=look.shown(indicator, held[-1].value.value),
                    last=held[-1].label,
                )
            )
        return "; ".join(parts)


def as_estimate(value: Value) -> Estimate:
    """A value as curves draw it."""
    people = None if value.denominator is None else round(value.denominator)
    return Estimate(
        value.status, value.numerator, people, value.unknown, value.value, value.lower, value.upper
    )


def ask(database: Database, grant: Grant, question: MapQuestion, today: date) -> IndicatorCurves:
    """The curve of each province, for a question whose measure is an indicator."""
    indicator = question.indicator
    if question.by != "province":
        place = "home" if indicator is not None and indicator.home else "care"
        question = replace(question, by="province", place=place)
    answer = indicator_view.ask(database, grant, replace(question, at=None), today)
    step, (first, last) = indicator_view.usual_step(answer), (question.start, question.end)
    rows = [row for row in (answer.found.rows if answer.found else ()) if row.area.code in PROVINCES]
    if answer.found is None or step is None or first is None or last is None:
        return IndicatorCurves(answer, None if answer.found is None else step, ())
    try:
        held = province_courses(
            database, grant, answer.indicator.id, step, first=first, last=last, today=today
        )
    except (UsageError, NotPermittedError) as error:
        return IndicatorCurves(answer, step, (), error)
    curves = [ProvinceCurve(row, held.get(row.area.code, [])) for row in rows]
    return IndicatorCurves(answer, step, curves)
