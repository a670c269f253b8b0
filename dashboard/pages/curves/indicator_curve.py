"""An indicator among the curves: its values over time, of all areas or of one, where it has a course."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import url_for

from dashboard.components.addresses import map_page
from dashboard.components.curves.words import PLACE_NAMES, place_name
from dashboard.components.indicators import words
from dashboard.curve_filters import CurveQuery
from dashboard.exports.about import LICENCE, About, statuses
from dashboard.figures.svg import curve as figure
from dashboard.messages import Translate
from dashboard.pages.take_away import answers
from dashboard.pages.take_away.answers import Taken
from dashboard.pages.take_away.indicator_files import course_drawing
from dashboard.permissions import Grant
from dashboard.services.indicators.course import (
    COLUMNS,
    CoursePoint,
    Step,
    area_course,
    indicator_course,
    steps_of,
)
from dashboard.web.site import database
from surveillance.errors import NotPermittedError, UsageError, UserError
from surveillance.indicators.model import Indicator
from surveillance.indicators.table import INDICATORS
from surveillance.texts import N_

_ELSEWHERE = N_("what: {name} is not counted by this kind of place; choose another one")


@dataclass(frozen=True)
class IndicatorCurve:
    """A question with its answer, for page and files. `query`: place, area and days of the address."""

    taken: Taken
    indicator: Indicator
    query: CurveQuery
    step: Step
    points: list[CoursePoint]
    problem: str = ""

    @property
    def title(self) -> str:
        """The name of the indicator."""
        return self.taken.t(self.indicator.name)

    @property
    def said(self) -> list[str]:
        """Where and when."""
        taken, query = self.taken, self.query
        where = place_name(query, taken.grant, taken.language, taken.t)
        days = f"{self.points[0].start} – {self.points[-1].end}" if self.points else ""
        return [" · ".join(filter(None, (where, days)))]

    @property
    def parameters(self) -> dict[str, str]:
        """The address."""
        return self.query.parameters() | {"what": self.indicator.id, "step": self.step}

    def records(self) -> list[dict[str, Any]]:
        """Rows of the file."""
        return [point.record() for point in self.points]

    @property
    def columns(self) -> list[Any]:
        """Columns of the file."""
        return [one for one in words.COURSE_COLUMNS if one.name in COLUMNS]

    def drawing(self) -> tuple[Any, list[Any]]:
        """The curve and its legend."""
        return course_drawing(self.indicator, self.points, self.taken.t)

    def about(self) -> About:
        """What the files are."""
        taken, t, indicator = self.taken, self.taken.t, self.indicator
        return About(
            f"chhlang-curve-{indicator.id}-{self.step}",
            self.title,
            " · ".join([self.title, *self.said]),
            answers.address("/curves"),
            taken.made_at,
            taken.data_up_to,
            taken.source,
            taken.shown_to,
            taken.threshold,
            t(LICENCE),
            t(indicator.unit),
            t(indicator.numerator),
            t(indicator.denominator) if indicator.denominator else "",
            synthetic=taken.synthetic,
            statuses=statuses(t),
            notes=[self.problem] if self.problem else [],
            columns=self.columns,
            files={kind: answers.address(f"/curves.{kind}") for kind in (*answers.TABLES, *answers.PICTURES)},
            facts={"parameters": self.parameters},
        )


def asked_for(given: Mapping[str, str]) -> Indicator | None:
    """The indicator that an address asks for; None where it asks for counts."""
    return INDICATORS.get(given.get("what", ""))


def offered(disease: str, grant: Grant, t: Translate) -> list[tuple[str, str]]:
    """Indicators of a disease that have a course."""
    return [
        (row.id, t(row.name))
        for row in INDICATORS.values()
        if (disease in row.diseases and grant.scope.covers(disease)) and steps_of(row.id)
    ]


def without(given: Mapping[str, str]) -> dict[str, str]:
    """The address as a question of a curve: what an indicator does not have is left out."""
    kept = ("disease", "place", "area", "from", "to", "step")
    found = {name: given[name] for name in kept if given.get(name)}
    indicator = asked_for(given)
    if indicator is not None and found.get("disease") not in indicator.diseases and indicator.diseases:
        found["disease"] = indicator.diseases[0]
    return found


def answer(taken: Taken, indicator: Indicator, query: CurveQuery) -> IndicatorCurve:
    """Ask the engine; a refusal is an answer in words. `query`: with its usual days."""
    steps = steps_of(indicator.id)
    step = next((one for one in steps if one == query.step), steps[0])
    try:
        points = _points(taken, indicator, query, step)
    except (UsageError, NotPermittedError) as error:
        said = error.in_words(taken.t) if isinstance(error, UserError) else taken.t(str(error))
        return IndicatorCurve(taken, indicator, query, step, [], said)
    return IndicatorCurve(taken, indicator, query, step, points)


def _points(taken: Taken, indicator: Indicator, query: CurveQuery, step: Step) -> list[CoursePoint]:
    by = "province" if query.place in ("care", "home") else query.place
    own = "home" if indicator.home else "care"
    if query.place == "infection" or (by == "province" and query.place != own):
        raise UsageError(_ELSEWHERE, "what", name=indicator.id)
    if reason := indicator.refusal(by):
        raise UsageError(reason, "place")
    if query.area and query.start is not None and query.end is not None:
        return area_course(
            database(), taken.grant, indicator.id, by, query.area, step, first=query.start, last=query.end
        )
    return indicator_course(database(), taken.grant, indicator.id, step, first=query.start, last=query.end)


def with_place_of(indicator: Indicator, query: CurveQuery) -> CurveQuery:
    """The question by the place that the indicator's provinces are counted by."""
    if query.place in ("care", "home"):
        return replace(query, place="home" if indicator.home else "care")
    return query


def shown(found: IndicatorCurve) -> dict[str, Any]:
    """What the template shows of it."""
    drawn, keys = None, list[Any]()
    if len(found.points) > 1:
        drawing, keys = found.drawing()
        label = found.taken.t("{indicator} over time; the table below says the same")
        drawn = figure.on_page(drawing, label.format(indicator=found.title), "course")
    return {
        "course": words.course_cells(found.points, found.indicator, found.taken.t),
        "course_drawn": drawn,
        "course_keys": [
            (key.kind, figure.token(key.colour), key.sign, key.label)
            for key in keys
            if figure.has_token(key.colour)
        ],
        "definition": words.definition(found.indicator, found.taken.t),
        "own_page": url_for("indicators.one", name=found.indicator.id),
        "on_map": map_page(
            {"measure": found.indicator.id}
            | ({"by": found.query.place} if found.query.place not in ("care", "home") else {})
            | ({"area": found.query.area} if found.query.area else {})
        ),
        "place": found.taken.t(PLACE_NAMES[found.query.place]),
    }
