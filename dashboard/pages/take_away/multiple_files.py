"""Files of the page of every province: its curves as a picture, their points as a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, url_for
from werkzeug.wrappers import Response

from dashboard.components.coverage import issued_words
from dashboard.components.coverage.figure_titles import figure_title
from dashboard.components.coverage.widening import widened
from dashboard.exports.about import LICENCE, About, statuses
from dashboard.exports.columns import Column
from dashboard.exports.coverage import described
from dashboard.figures import small_multiple, theme
from dashboard.figures.svg import multiples as drawn
from dashboard.filters import CoverageQuery
from dashboard.pages.explorer import heading, indicator_multiples
from dashboard.pages.explorer.indicator_multiples import IndicatorCurves
from dashboard.pages.explorer.multiples import of_curves, shown_to
from dashboard.pages.explorer.question import MapQuestion
from dashboard.pages.take_away import answers, indicator_files, map_files
from dashboard.pages.take_away.answers import Taken
from dashboard.pages.take_away.indicator_files import IndicatorFile
from dashboard.permissions import Permission
from dashboard.services.clock import today_in_cambodia
from dashboard.services.coverage.panel import TrendPoint
from dashboard.services.disclosure import rules
from dashboard.services.explorer import multiples as service
from dashboard.services.explorer.multiples import Multiples, ProvinceTrend
from dashboard.services.releases import stamps
from dashboard.web import site
from dashboard.web.access import needs
from geodata.provinces import PROVINCES
from surveillance.coverage.estimates import Estimate
from surveillance.coverage.indicators import MEASURES
from surveillance.status import Status

pages = Blueprint("multiple_files", __name__)
#: Days that no shorter period has.
_QUARTER, _YEAR = 80, 300
_VALUE = ("numerator", "denominator", "unknown", "coverage", "lower", "upper")
COLUMNS = (
    Column("code", "text", "code of the province"),
    Column("name", "text", "its name, in the language of the file"),
    Column("period", "text", "name of the period; `whole` is all of them together"),
    Column("from", "date", "its first day that was counted"),
    Column("to", "date", "its last day that was counted"),
    Column("whole", "text", "`no` where days of it were cut off"),
    *described([*_VALUE, "status"]),
)
_ASKED = tuple(name for name in CoverageQuery.names() if name not in ("from", "to"))


@dataclass(frozen=True)
class _Answered:
    question: MapQuestion
    found: Multiples
    places: list[ProvinceTrend]
    taken: Taken

    @property
    def title(self) -> str:
        return figure_title("trend", self.question.disease, self.question.measure, self.taken.t)

    @property
    def said(self) -> list[str]:
        return answers.as_lines(heading.subtitle(self.found.table, self.taken.t, self.question.days))

    def about(self) -> About:
        taken, question, t = self.taken, self.question, self.taken.t
        table, own = self.found.table, url_for("multiples.page")
        measure = MEASURES[question.measure]
        latest = t("This address names no date: it always means the last complete weeks of the data.")
        reason = table.reason or rules.reason_hidden(taken.grant, question)
        notes = [t(reason) if reason else "", widened(table, question.days, t)]
        return About(
            f"chhlang-{question.disease}-{question.measure}-provinces",
            self.title,
            " · ".join([self.title, *self.said]),
            answers.address(own),
            taken.made_at,
            str(map_files.data_up_to(table, question.status) or ""),
            taken.source,
            taken.shown_to,
            taken.threshold,
            t(LICENCE),
            t("proportions from 0 to 1; counts of persons")
            if question.persons
            else t("proportions from 0 to 1; counts of episodes"),
            t(measure.numerator),
            t(measure.denominator),
            latest if map_files.is_latest(question) else "",
            taken.synthetic,
            statuses(t),
            [*filter(None, notes), *issued_words.of_table(table, t)],
            self.columns,
            {kind: answers.address(f"{own}.{kind}") for kind in (*answers.TABLES, *answers.PICTURES)},
            {"parameters": question.parameters(CoverageQuery), "step": self.found.step}
            | (dict(table.release.facts()) if table.release else {}),
        )

    @property
    def columns(self) -> tuple[Column, ...]:
        """Columns of the file; of issued figures with those by which it can be checked."""
        issued = self.found.table.release is not None
        return (*COLUMNS, *described((*stamps.COLUMNS, *self._asked))) if issued else COLUMNS

    @property
    def _asked(self) -> dict[str, str]:
        """The question without its days, as each row says it."""
        said = self.question.parameters(CoverageQuery)
        return {name: said.get(name, "") for name in _ASKED if said.get(name)}

    def _stamped(self, value: Estimate, said: str = "") -> dict[str, Any]:
        """The release of a value, and the issued periods that it is of."""
        release = self.found.table.release
        return {} if release is None else release.columns(issued=value.issued, said=said) | self._asked

    def rows(self) -> Iterator[dict[str, Any]]:
        """Every province: all of the time, then each point."""
        period = self.found.table.period
        for one in self.places:
            own = {"code": one.code, "name": PROVINCES[one.code].name(self.taken.language)}
            days = {"from": str(period.start), "to": str(period.end)} if period else {"from": "", "to": ""}
            yield own | {"period": "whole", **days, "whole": "yes"} | _value(one.now) | self._stamped(one.now)
            for point in one.points:
                days = {"from": point.start.isoformat(), "to": point.end.isoformat()}
                whole = "yes" if point.whole else "no"
                value = _value(point.value) | self._stamped(point.value, _issued_period(point))
                yield own | {"period": point.label, **days, "whole": whole} | value


@pages.get("/provinces.<any(csv,xlsx):kind>")
@needs(Permission.EXPORT_TABLES)
def table(kind: str) -> Response:
    """Every point of every curve; the use is audited."""
    if (curves := _of_indicator()) is not None:
        return indicator_files.multiples_table(kind, *curves)
    found = _answered()
    _audit(found, kind)
    return answers.table(kind, "provinces", found.columns, found.rows(), found.about())


@pages.get("/provinces.<any(png,svg):kind>")
@needs(Permission.SEE_COVERAGE)
def picture(kind: str) -> Response:
    """The curves beside each other; the use is audited."""
    if (curves := _of_indicator()) is not None:
        return indicator_files.multiples_picture(kind, *curves)
    found = _answered()
    taken, t = found.taken, found.taken.t
    values = [point.value for one in found.places for point in one.points]
    top = small_multiple.top_of(values, found.question.measure)
    places = [
        drawn.Place(
            PROVINCES[one.code].name(taken.language),
            [point.value for point in one.points],
            _whole(one, taken),
        )
        for one in found.places
    ]
    scale = [
        (small_multiple.height_of(share, top), theme.percent(share, 1 if top < 0.1 else 0))
        for share in (top, top / 2, 0)
    ]
    _audit(found, kind)
    drawing = drawn.multiples(places, top, scale)
    return answers.picture(kind, taken, found.about(), drawing, drawn.keys(places, t), found.said)


@pages.get("/provinces.json")
@needs(Permission.SEE_COVERAGE)
def sidecar() -> Response:
    """What the files are."""
    if (curves := _of_indicator()) is not None:
        return answers.sidecar(indicator_files.about_multiples(*curves))
    about = _answered().about()
    return answers.sidecar(about)


def _of_indicator() -> tuple[IndicatorFile, IndicatorCurves] | None:
    """What the files of this request are made from, where its measure is an indicator."""
    taken, database, today = Taken.now(), site.database(), today_in_cambodia()
    question = map_files.asked_of(taken)
    if question.indicator is None:
        return None
    found = indicator_multiples.ask(database, taken.grant, question, today)
    if found.answer.refused is not None:
        raise found.answer.refused
    if found.refused is not None:
        raise found.refused
    table = found.answer.found
    assert table is not None  # noqa: S101 - what is not refused has a table
    return IndicatorFile(taken, found.answer, table, map_files.is_latest(question)), found


def _answered() -> _Answered:
    taken = Taken.now()
    question = of_curves(map_files.asked_of(taken))
    found = service.multiples(site.database(), taken.grant, question, today_in_cambodia(), question.step)
    return _Answered(question, found, shown_to(taken.grant, question, found), taken)


def _whole(one: ProvinceTrend, taken: Taken) -> str:
    """The value of the whole time, with how many people it rests on."""
    t, value = taken.t, one.now
    if value.coverage is None or value.status is Status.HIDDEN:
        return t(theme.look_of(value, "testing").label)
    counts = t("{numerator:,} of {denominator:,}").format(
        numerator=value.numerator, denominator=value.denominator
    )
    return f"{theme.percent(value.coverage)} · {counts}"


def _issued_period(point: TrendPoint) -> str:
    """An issued period as a release names it: other provinces may be told in longer steps than own ones."""
    days = (point.end - point.start).days
    kind = "month" if days < _QUARTER else "quarter" if days < _YEAR else "year"
    return f"{kind}:{point.start.isoformat()}"


def _value(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in _VALUE} | {"status": value.status.value}


def _audit(found: _Answered, kind: str) -> None:
    said = found.question.parameters(CoverageQuery)
    found.taken.audit({"file": "provinces", "format": kind, **said})
