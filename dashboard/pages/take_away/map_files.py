"""Files of the map page: its table, map, trend and groups, and what says what they are.

They take the parameters of the page. An address without dates is the fixed one of the latest complete weeks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from flask import Blueprint, request
from werkzeug.wrappers import Response

from dashboard.components import scope_words
from dashboard.components.calendar_words import closed_on
from dashboard.components.controls import AXIS_NAMES, group_name
from dashboard.components.coverage import issued_words, words
from dashboard.components.coverage.figure_titles import Figure, figure_title
from dashboard.components.coverage.widening import widened
from dashboard.exports.about import LICENCE, About, statuses
from dashboard.exports.columns import Column
from dashboard.exports.coverage import described
from dashboard.figures import theme
from dashboard.figures.svg import groups, province_map, trend
from dashboard.figures.tokens import light
from dashboard.filters import CoverageQuery
from dashboard.messages import Translate
from dashboard.pages.explorer import first_map, heading
from dashboard.pages.explorer.map_layers import layers
from dashboard.pages.explorer.question import MapQuestion, completed, moment_of
from dashboard.pages.take_away import answers, indicator_files
from dashboard.pages.take_away.answers import Taken
from dashboard.pages.take_away.indicator_files import IndicatorFile
from dashboard.permissions import Grant, Permission
from dashboard.services.calendar import entries as calendar
from dashboard.services.clock import today_in_cambodia
from dashboard.services.coverage import changes as change_service
from dashboard.services.coverage import view as view_service
from dashboard.services.coverage.as_of import status_at
from dashboard.services.coverage.changes import Changes
from dashboard.services.coverage.panel import Panel, TrendPoint
from dashboard.services.coverage.table import CoverageTable
from dashboard.services.disclosure import rules
from dashboard.services.imports.data_status import DataStatus
from dashboard.services.releases import stamps
from dashboard.web import site
from dashboard.web.access import needs
from surveillance.coverage.estimates import Estimate
from surveillance.coverage.indicators import MEASURES
from surveillance.errors import NotPermittedError, UsageError

pages = Blueprint("map_files", __name__)
#: The whole country on a picture.
_FRAME = (0.0, -16.0, 660.0, 480.0)
_VALUE = ("numerator", "denominator", "unknown", "coverage", "lower", "upper")
_PERIODS = (
    Column("period", "text", "name of the period"),
    Column("from", "date", "its first day that was counted"),
    Column("to", "date", "its last day that was counted"),
    Column("whole", "text", "`no` where days of it were cut off"),
)
_GROUPS = (
    Column("axis", "text", "by what people are grouped"),
    Column("code", "text", "code of the group"),
    Column("name", "text", "its name, in the language of the file"),
)


Days = tuple[date | None, date | None]


@dataclass(frozen=True)
class Answered:
    """One question of the map page with its answer. `latest`: whether its address names no date."""

    question: MapQuestion
    table: CoverageTable
    panel: Panel
    changes: Changes
    latest: bool
    taken: Taken

    def title(self, figure: Figure = "map") -> str:
        """The question of a figure, as the page asks it."""
        return figure_title(figure, self.question.disease, self.question.measure, self.taken.t)

    @property
    def said(self) -> list[str]:
        """Where, when, of whom, as the page says it."""
        return answers.as_lines(heading.subtitle(self.table, self.taken.t, self.question.days))

    @property
    def asked(self) -> dict[str, str]:
        """The question without its days, as each row of a table says it."""
        said = self.question.parameters(CoverageQuery)
        return {name: text for name, text in said.items() if name not in ("from", "to")}

    @property
    def place(self) -> str:
        """The area that trend and groups are of."""
        language = self.taken.language
        found = (row.area.name(language) for row in self.table.rows if row.area.code == self.panel.code)
        return next(found, words.total_name(self.table, self.taken.grant, self.taken.t))

    @property
    def closed(self) -> dict[str, str]:
        """Crossings that were closed on the last day, with since when."""
        period, taken = self.table.period, self.taken
        return closed_on(
            calendar.entries(site.database(), taken.grant), period.end if period else None, taken.t
        )

    @property
    def _measure(self) -> Any:
        return MEASURES[self.question.measure]

    def rows(self) -> tuple[list[str], Iterator[dict[str, Any]]]:
        """Columns and rows of the table's file."""
        question = self.question
        return rows(self.table, self.changes, question, question.status, self.taken, question.days)

    def about(
        self, part: Literal["", "trend", "groups"] = "", columns: tuple[Column, ...] | list[Column] = ()
    ) -> About:
        """What the file is. `part`: of the page; blank for its table and map."""
        taken, question, t = self.taken, self.question, self.taken.t
        period = self.table.period
        parameters = question.parameters(CoverageQuery)
        facts = {
            "parameters": parameters,
            "period": f"{period.start} – {period.end}" if period else "",
            **({"area": self.place} if part else {}),
            **(self.table.release.facts() if self.table.release else {}),
        }
        path, title = f"/map/{part}" if part else "/map", self.title(part or "map")
        latest = t(
            "This address names no date: it always means the last complete weeks of the data, or the last "
            "complete quarter of diseases that are shown by the quarter."
        )
        return About(
            "-".join(filter(None, ("chhlang", question.disease, question.measure, question.dimension, part))),
            title,
            " · ".join([title, *([self.place] if part else []), *self.said]),
            answers.address("/map"),
            taken.made_at,
            str(data_up_to(self.table, question.status) or ""),
            taken.source,
            taken.shown_to,
            taken.threshold,
            t(LICENCE),
            t("proportions from 0 to 1; counts of persons")
            if question.persons
            else t("proportions from 0 to 1; counts of episodes"),
            t(self._measure.numerator),
            t(self._measure.denominator),
            latest if self.latest else "",
            taken.synthetic,
            statuses(t),
            notes(self.table, self.changes, question, question.days, taken.grant, t),
            columns,
            {kind: answers.address(f"{path}.{kind}") for kind in (*answers.TABLES, *answers.PICTURES)},
            facts,
        )


def answered() -> Answered:
    """The question of this request, read as strictly as for any file: a wrong part is refused, not left out.

    Raises
    ------
    NotPermittedError
        The view is not for accounts of some provinces.
    UsageError
        The question cannot be read, or has no answer.
    """
    taken, database, today = Taken.now(), site.database(), today_in_cambodia()
    question = asked_of(taken)
    if question.indicator is not None:
        raise UsageError(indicator_files.NO_GROUPS, "measure", name=question.measure)
    area = question.area or None
    table, panel, shift = view_service.view(database, taken.grant, question, area, today, question.step)
    return Answered(question, table, panel, shift, is_latest(question), taken)


def _of_indicator() -> IndicatorFile | None:
    """What the files of this request are made from, where its measure is an indicator."""
    taken = Taken.now()
    question = asked_of(taken)
    if question.indicator is None:
        return None
    return indicator_files.answered(taken, question, latest=is_latest(question))


def is_latest(question: MapQuestion) -> bool:
    """Whether an address names no date."""
    return question.days == (None, None) and not question.given.get("as_of")


def asked_of(taken: Taken) -> MapQuestion:
    """The question of this request, without an answer yet.

    Raises
    ------
    NotPermittedError
        The view is not for accounts of some provinces.
    UsageError
        The question cannot be read.
    """
    database, today = site.database(), today_in_cambodia()
    given = request.args.to_dict()
    asked = MapQuestion.read(given)
    at, day = moment_of(asked, taken.status, today, lambda day: status_at(database, taken.status, day, today))
    question = completed(asked, at, day)
    step = "year" if question.persons else question.step
    question = replace(question, step=step, given=given, days=(asked.start, asked.end), status=at)
    if question.indicator is None and (refused := rules.refusal(taken.grant, question)):
        raise NotPermittedError(refused)
    return question


def notes(
    table: CoverageTable, shift: Changes, question: CoverageQuery, days: Days, grant: Grant, t: Translate
) -> list[str]:
    """What must be known before reading on. `days`: those that were asked for."""
    reason = table.reason or rules.reason_hidden(grant, question)
    compared = words.before_records(shift, t) or words.notes(shift.facts, t)
    said = (t(reason) if reason else "", widened(table, days, t), *issued_words.of_table(table, t))
    return [*filter(None, (*said, *compared))]


def data_up_to(table: CoverageTable, at: DataStatus) -> date | None:
    """Last day of the data; of issued figures alone that of the release."""
    if table.release is not None and table.release.stamp is not None and not table.mixed:
        return table.release.stamp.data_until
    return at.last_visit


def rows(
    table: CoverageTable,
    shift: Changes,
    question: CoverageQuery,
    at: DataStatus,
    taken: Taken,
    days: Days,
) -> tuple[list[str], Iterator[dict[str, Any]]]:
    """Columns and rows of the table's file; every row says the question."""
    said = question.parameters(CoverageQuery)
    extra = {
        **{name: text for name, text in said.items() if name not in ("from", "to")},
        "data_up_to": data_up_to(table, at),
        "role": taken.grant.role,
        "synthetic": "yes" if taken.status.demo else "no",
        "note": " ".join(notes(table, shift, question, days, taken.grant, taken.t)),
    }
    due = table.due_of()
    found = (
        row | due[row["code"]] | shift.columns(row["code"]) | extra for row in table.records(taken.language)
    )
    return [*table.columns, *table.due_columns, *change_service.COLUMNS, *extra], found


@pages.get("/map.<any(csv,xlsx):kind>")
@needs(Permission.EXPORT_TABLES)
def table(kind: str) -> Response:
    """The table beside the map; the use is audited."""
    if (asked := _of_indicator()) is not None:
        return indicator_files.table(kind, asked)
    found = answered()
    names, lines = found.rows()
    columns = described(names)
    _audit(found, "table", kind)
    return answers.table(kind, "coverage", columns, lines, found.about(columns=columns))


@pages.get("/map.<any(png,svg):kind>")
@needs(Permission.SEE_COVERAGE)
def picture(kind: str) -> Response:
    """The map with its title and legend; the use is audited."""
    if (asked := _of_indicator()) is not None:
        return indicator_files.picture(kind, asked)
    found = answered()
    taken, question, t = found.taken, found.question, found.taken.t
    shown = first_map.map_of(
        question,
        found.table,
        found.panel.code,
        taken.grant,
        found.title(),
        taken.language,
        t,
        closed=found.closed,
    )
    if taken.grant.scope.national:
        shown = replace(shown, frame=_FRAME)
    dots = []
    if question.by != "province":
        shown = replace(shown, gates=())
        dots = [*_dots(found)]
    outside = scope_words.outside(taken.grant.scope, taken.t)
    keys = province_map.keys(question.measure, question.by, t, outside=outside)
    drawing = province_map.provinces(shown, dots)
    _audit(found, "map", kind)
    measure = t(MEASURES[question.measure].name)
    return answers.picture(kind, taken, found.about(), drawing, keys, found.said, measure)


@pages.get("/map.json")
@needs(Permission.SEE_COVERAGE)
def sidecar() -> Response:
    """What the files of this question are."""
    if (asked := _of_indicator()) is not None:
        return answers.sidecar(asked.about())
    found = answered()
    names, _ = found.rows()
    about = found.about(columns=described(names))
    return answers.sidecar(about)


@pages.get("/map/trend.<any(csv,xlsx,json):kind>")
@needs(Permission.EXPORT_TABLES)
def trend_table(kind: str) -> Response:
    """The trend of one area as a table; the use is audited."""
    if (asked_of_indicator := _of_indicator()) is not None:
        return indicator_files.trend_table(kind, asked_of_indicator)
    found = answered()
    release, step = found.panel.release, found.panel.step
    asked = {"code": found.panel.code or "", **found.asked} if release else {}
    columns = [
        *_PERIODS,
        *described([*_VALUE, "status", *(stamps.COLUMNS if release else ()), *asked]),
    ]
    lines = (
        {
            "period": point.label,
            "from": point.start.isoformat(),
            "to": point.end.isoformat(),
            "whole": "yes" if point.whole else "no",
        }
        | _value(point.value)
        | (release.columns(issued=True, said=f"{step}:{point.start.isoformat()}") if release else {})
        | asked
        for point in found.panel.trend
    )
    _audit(found, "trend", kind)
    return answers.table(kind, "trend", columns, lines, found.about("trend", columns))


@pages.get("/map/trend.<any(png,svg):kind>")
@needs(Permission.SEE_COVERAGE)
def trend_picture(kind: str) -> Response:
    """The trend of one area; the use is audited."""
    if (asked := _of_indicator()) is not None:
        return indicator_files.trend_picture(kind, asked)
    found = answered()
    t = found.taken.t
    points = [_period(point) for point in found.panel.trend]
    drawing = trend.trend(points, t(MEASURES[found.question.measure].name), t)
    keys = trend.keys(points, found.question.measure, t)
    _audit(found, "trend", kind)
    said = [found.place, *found.said, *words.signs(found.table, t)]
    return answers.picture(kind, found.taken, found.about("trend"), drawing, keys, said)


@pages.get("/map/groups.<any(csv,xlsx,json):kind>")
@needs(Permission.EXPORT_TABLES)
def groups_table(kind: str) -> Response:
    """The groups of one area as a table; the use is audited."""
    found = answered()
    release = found.panel.release
    asked = {"area": found.panel.code or "", **found.asked} if release else {}
    columns = [*_GROUPS, *described([*_VALUE, "status", *(stamps.COLUMNS if release else ()), *asked])]
    lines = (
        {"axis": axis, "code": code, "name": group_name(axis, code, found.taken.t)}
        | _value(value)
        | (release.columns(issued=True, said=found.panel.groups_said) if release else {})
        | asked
        for axis, values in found.panel.groups.items()
        for code, value in values
    )
    _audit(found, "groups", kind)
    return answers.table(kind, "groups", columns, lines, found.about("groups", columns))


@pages.get("/map/groups.<any(png,svg):kind>")
@needs(Permission.SEE_COVERAGE)
def groups_picture(kind: str) -> Response:
    """The groups of one area side by side; the use is audited."""
    found = answered()
    t = found.taken.t
    axes = {
        t(AXIS_NAMES[axis]): [(group_name(axis, code, t), value) for code, value in values]
        for axis, values in found.panel.groups.items()
    }
    _audit(found, "groups", kind)
    said = [found.place, *found.said, *words.signs(found.table, t)]
    drawing, keys = groups.groups(axes, t), groups.keys(axes, t)
    return answers.picture(kind, found.taken, found.about("groups"), drawing, keys, said)


def _audit(found: Answered, figure: str, kind: str) -> None:
    asked = found.question.parameters(CoverageQuery)
    where = {"area": found.panel.code} if figure in ("trend", "groups") and found.panel.code else {}
    found.taken.audit(asked | where | {"file": figure, "format": kind})


def _value(value: Estimate) -> dict[str, Any]:
    return {name: getattr(value, name) for name in _VALUE} | {"status": value.status.value}


def _period(point: TrendPoint) -> trend.Period:
    return trend.Period(point.start, point.end, point.value)


def _dots(found: Answered) -> Iterator[province_map.Dot]:
    """Crossings or facilities with a value, as the page colours them."""
    taken, question = found.taken, found.question
    drawn = layers(
        site.database(),
        taken.grant,
        found.table,
        found.changes,
        found.panel.code,
        taken.language,
        closed=found.closed,
    )
    for point in drawn.points:
        if point.closed:
            said = f"{point.name}: {point.closed}"
            yield province_map.Dot(point.lat, point.lon, light("map-paper"), "✕", said)
        elif point.value is not None:
            look = theme.drawn_look(point.value, question.measure)
            sign = look.sign if question.by == "crossing" else ""
            hollow = theme.drawn_unsure(point.value, question.measure)
            yield province_map.Dot(
                point.lat, point.lon, look.colour, sign, point.name, hollow, approximate=point.approximate
            )
