"""Files of the map where its measure is an indicator: table, map, and the values over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from werkzeug.wrappers import Response

from dashboard.components import scope_words
from dashboard.components.indicators import painted as look
from dashboard.components.indicators import words
from dashboard.exports.about import LICENCE, About, statuses
from dashboard.exports.columns import Column
from dashboard.exports.coverage import described
from dashboard.figures import small_multiple, theme
from dashboard.figures.ground import COUNTRY
from dashboard.figures.svg import multiples, province_map, trend
from dashboard.filters import CoverageQuery
from dashboard.pages.explorer import first_map, indicator_view
from dashboard.pages.explorer.indicator_multiples import IndicatorCurves, as_estimate
from dashboard.pages.explorer.indicator_view import IndicatorAnswer
from dashboard.pages.explorer.question import MapQuestion
from dashboard.pages.take_away import answers
from dashboard.pages.take_away.answers import Taken
from dashboard.services.clock import today_in_cambodia
from dashboard.services.indicators import listing
from dashboard.services.indicators.course import COLUMNS as COURSE
from dashboard.services.indicators.course import CoursePoint
from dashboard.services.indicators.model import IndicatorTable
from dashboard.services.releases import stamps
from dashboard.web import site
from surveillance.indicators.model import Indicator
from surveillance.texts import N_

NO_GROUPS = N_("measure: {name} is not shown by groups of people")
#: The whole country on a picture.
_FRAME = (0.0, -16.0, 660.0, 480.0)


@dataclass(frozen=True)
class IndicatorFile:
    """One question with its answer. `latest`: whether its address names no date."""

    taken: Taken
    answer: IndicatorAnswer
    found: IndicatorTable
    latest: bool

    @property
    def indicator(self) -> Indicator:
        """The measure."""
        return self.answer.indicator

    @property
    def said(self) -> list[str]:
        """Where, when, of whom, as the page says it."""
        return answers.as_lines(indicator_view.subtitle(self.answer, self.taken.t))

    @property
    def columns(self) -> tuple[Column, ...]:
        """Columns of the table; of issued figures with those by which it can be checked."""
        more = described(stamps.COLUMNS) if self.found.release is not None else ()
        return (*words.COLUMNS, *more)

    def course(self) -> list[CoursePoint]:
        """The values of the area that is looked at over the period."""
        return indicator_view.course(site.database(), self.answer, today_in_cambodia())

    def about(self, part: Literal["", "trend"] = "", columns: Sequence[Column] | None = None) -> About:
        """What the file is. `part`: of the page; blank for its table and map."""
        taken, t, indicator, question = self.taken, self.taken.t, self.indicator, self.answer.question
        period, path = self.found.period, f"/map/{part}" if part else "/map"
        latest = t("This address names no date: it always means the last complete weeks of the data.")
        release = self.found.release
        return About(
            "-".join(filter(None, ("chhlang", indicator.id, question.by, part))),
            t(indicator.name),
            " · ".join([t(indicator.name), *([self.place] if part else []), *self.said]),
            answers.address("/map"),
            taken.made_at,
            taken.data_up_to,
            taken.source,
            taken.shown_to,
            taken.threshold,
            t(LICENCE),
            t(indicator.unit),
            t(indicator.numerator),
            t(indicator.denominator) if indicator.denominator else "",
            latest if self.latest else "",
            taken.synthetic,
            statuses(t),
            listing.told(self.found, t),
            self.columns if columns is None else columns,
            {kind: answers.address(f"{path}.{kind}") for kind in (*answers.TABLES, *answers.PICTURES)},
            {
                "parameters": question.parameters(CoverageQuery),
                "period": f"{period.start} – {period.end}" if period else "",
            }
            | (dict(release.facts()) if release is not None else {}),
        )

    @property
    def place(self) -> str:
        """The area that the values over time are of."""
        row = self.answer.row
        if self.answer.selected and row is not None:
            return row.area.name(self.taken.language)
        return indicator_view.everything(self.answer, self.taken.t)

    def audit(self, figure: str, kind: str) -> None:
        """Write the use into the audit trail."""
        asked = self.answer.question.parameters(CoverageQuery)
        area = {"area": self.answer.selected} if figure == "trend" and self.answer.selected else {}
        self.taken.audit(asked | area | {"file": figure, "format": kind})


def answered(taken: Taken, question: MapQuestion, *, latest: bool) -> IndicatorFile:
    """The answer to a question, or its refusal.

    Raises
    ------
    NotPermittedError, UsageError
        It has no answer for this account: says why.
    """
    answer = indicator_view.ask(site.database(), taken.grant, question, today_in_cambodia())
    if answer.refused is not None:
        raise answer.refused
    assert answer.found is not None  # noqa: S101 - what is not refused has a table
    return IndicatorFile(taken, answer, answer.found, latest)


def table(kind: str, asked: IndicatorFile) -> Response:
    """The table beside the map; the use is audited."""
    asked.audit("table", kind)
    rows = asked.found.records(asked.taken.language)
    return answers.table(kind, "indicator", asked.columns, rows, asked.about())


def picture(kind: str, asked: IndicatorFile) -> Response:
    """The map with its title and legend; the use is audited."""
    taken, answer, t = asked.taken, asked.answer, asked.taken.t
    question, grant = answer.question, taken.grant
    title = indicator_view.title(answer, t)
    shown = first_map.map_of_indicator(answer, title, taken.language, t)
    drawn = indicator_view.drawn(site.database(), grant, answer, first_map.COVERAGE, taken.language, t, {})
    if drawn.window == COUNTRY:
        shown = replace(shown, frame=_FRAME)
    dots = []
    if question.by != "province":
        shown = replace(shown, gates=())
        for point in drawn.points:
            if point.value is not None:
                value = theme.drawn_look(point.value, "")
                sign = value.sign if question.by == "crossing" else ""
                hollow = theme.drawn_unsure(point.value, "")
                dots.append(
                    province_map.Dot(
                        point.lat, point.lon, value.colour, sign, point.name, hollow, point.approximate
                    )
                )
    outside = scope_words.outside(grant.scope, t)
    keys = look.keys(asked.indicator, answer.scale, question.by, t, outside=outside)
    asked.audit("map", kind)
    drawing = province_map.provinces(shown, dots)
    return answers.picture(
        kind, taken, asked.about(), drawing, keys, asked.said, look.unit(asked.indicator, t)
    )


def trend_table(kind: str, asked: IndicatorFile) -> Response:
    """The values of one area over time; the use is audited."""
    asked.audit("trend", kind)
    columns = [one for one in words.COURSE_COLUMNS if one.name in COURSE]
    rows = [point.record() for point in asked.course()]
    return answers.table(kind, "trend", columns, rows, asked.about("trend", columns))


def trend_picture(kind: str, asked: IndicatorFile) -> Response:
    """The same as a picture; the use is audited."""
    taken, indicator = asked.taken, asked.indicator
    drawing, keys = course_drawing(indicator, asked.course(), taken.t)
    asked.audit("trend", kind)
    return answers.picture(kind, taken, asked.about("trend"), drawing, keys, [asked.place, *asked.said])


def course_drawing(indicator: Indicator, points: Sequence[CoursePoint], t: Any) -> tuple[Any, list[Any]]:
    """Values over time as a drawing, with its legend."""
    drawn = [trend.Period(one.start, one.end, as_estimate(one.value)) for one in points]
    shares = indicator.interval == "wilson"
    title = f"{t(indicator.name)} ({look.unit(indicator, t)})"
    says = (lambda value: look.shown(indicator, value)) if not look.is_share(indicator) else None
    if says is None:
        return trend.trend(drawn, title, t, shares=shares), _keys(drawn, t, shares=shares)
    return trend.trend(drawn, title, t, says, shares=shares), _keys(drawn, t, shares=shares)


_POINTS = (
    Column("code", "text", "code of the province"),
    Column("name", "text", "its name, in the language of the file"),
    Column("period", "text", "name of the period; `whole` is all of them together"),
    *words.COURSE_COLUMNS[1:],
)


def about_multiples(asked: IndicatorFile, curves: IndicatorCurves) -> About:
    """What the files of the page of every province are."""
    own = "/provinces"
    made = asked.about()
    return replace(
        made,
        name=f"chhlang-{asked.indicator.id}-provinces",
        address=answers.address(own),
        columns=_POINTS,
        files={kind: answers.address(f"{own}.{kind}") for kind in (*answers.TABLES, *answers.PICTURES)},
        facts=dict(made.facts) | {"step": curves.step or ""},
    )


def multiples_table(kind: str, asked: IndicatorFile, curves: IndicatorCurves) -> Response:
    """Every point of every curve; the use is audited."""
    asked.audit("provinces", kind)
    period, rows = asked.found.period, list[dict[str, Any]]()
    for one in curves.curves:
        own = {"code": one.row.area.code, "name": one.row.area.name(asked.taken.language)}
        if period is not None:
            whole = CoursePoint("whole", period.start, period.end, one.row.value)
            rows.append(own | whole.record())
        rows += [own | point.record() for point in one.points]
    return answers.table(kind, "provinces", _POINTS, rows, about_multiples(asked, curves))


def multiples_picture(kind: str, asked: IndicatorFile, curves: IndicatorCurves) -> Response:
    """The curves beside each other; the use is audited."""
    taken, indicator, t = asked.taken, asked.indicator, asked.taken.t
    places = []
    for one in curves.curves:
        value = look.shown(indicator, one.row.value.value)
        said = " · ".join(filter(None, (value, curves.counts(one, t))))
        places.append(multiples.Place(one.row.area.name(taken.language), one.values, said))
    scale = [(small_multiple.height_of(value, curves.top), text) for value, text in curves.scale]
    asked.audit("provinces", kind)
    drawing = multiples.multiples(places, curves.top, scale, shares=curves.shares)
    keys = multiples.keys(places, t, shares=curves.shares)
    return answers.picture(kind, taken, about_multiples(asked, curves), drawing, keys, asked.said)


def _keys(drawn: Sequence[trend.Period], t: Any, *, shares: bool) -> list[Any]:
    found = trend.keys(drawn, "testing", t)
    return found if shares else [*found[:2], *found[4:]]
