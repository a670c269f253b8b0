"""Indicators of programmes: the list with definitions, one of them by area, and one over time."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic.dataclasses import dataclass
from werkzeug.exceptions import NotFound

from dashboard.api.answers import Answer
from dashboard.api.asked import Asked, Nothing
from dashboard.api.resource import Resource
from dashboard.components.indicators import words
from dashboard.exports.columns import Column
from dashboard.exports.coverage import described
from dashboard.messages import translator
from dashboard.parameters import Day, OneOf
from dashboard.questions import STRICT, Question
from dashboard.services.indicators import listing
from dashboard.services.indicators.course import COLUMNS as COURSE
from dashboard.services.indicators.course import STEPS, Step, indicator_course
from dashboard.services.indicators.engine import indicator_table
from dashboard.services.releases import stamps
from surveillance.indicators.model import BY, Indicator
from surveillance.indicators.table import INDICATORS
from surveillance.texts import N_

_COURSE: tuple[Column, ...] = tuple(one for one in words.COURSE_COLUMNS if one.name in COURSE)
NONE = N_("There is no such indicator: /api/indicators names them all.")


@dataclass(frozen=True, config=STRICT)
class ByArea(Question):
    """An indicator by area."""

    by: Annotated[str, OneOf(BY, help="kind of area; province, if not given")] = "province"
    start: Annotated[date | None, Day(name="from", help="first day; widened to whole cells")] = None
    end: Annotated[date | None, Day(name="to", help="last day; widened to whole cells")] = None
    as_of: Annotated[date | None, Day(called="as-of", help="as it was shown at the end of that day")] = None


@dataclass(frozen=True, config=STRICT)
class OverTime(Question):
    """An indicator in steps of time."""

    step: Annotated[Step, OneOf(STEPS, help="length of a step; year, if not given")] = "year"
    start: Annotated[date | None, Day(name="from", help="first day")] = None
    end: Annotated[date | None, Day(name="to", help="last day")] = None


def every(asked: Asked, _: Nothing) -> Answer:
    """Every indicator with its definition."""
    km = translator("km")
    return Answer(words.LIST_COLUMNS, [listing.record(row, km) for row in listing.rows()], figures=False)


def by_area(asked: Asked, query: ByArea) -> Answer:
    """One indicator by area."""
    found = indicator_table(
        asked.database,
        asked.grant,
        _named(asked).id,
        by=query.by,
        first=query.start,
        last=query.end,
        as_of=query.as_of,
        today=asked.today,
    )
    release, period = found.release, found.period
    columns = [*words.COLUMNS, *(described(stamps.COLUMNS) if release is not None else ())]
    facts = {
        "period": {"from": period.start, "to": period.end} if period else {},
        "release": dict(release.facts()) if release is not None else {},
        "total": found.total.record(asked.language),
    }
    rows = found.records(asked.language)
    return Answer(columns, rows, query.parameters(), facts, listing.told(found, asked.t))


def over_time(asked: Asked, query: OverTime) -> Answer:
    """One indicator over time."""
    indicator = _named(asked)
    points = indicator_course(
        asked.database, asked.grant, indicator.id, query.step, first=query.start, last=query.end
    )
    return Answer(_COURSE, [point.record() for point in points], query.parameters())


def _named(asked: Asked) -> Indicator:
    found = INDICATORS.get(asked.values["name"])
    if found is None:
        raise NotFound(asked.t(NONE))
    return found


RESOURCES = (
    Resource(
        "indicators",
        "/indicators",
        "Every indicator with its definition",
        Nothing,
        words.LIST_COLUMNS,
        every,
        figures=False,
    ),
    Resource(
        "indicator",
        "/indicators/<name>",
        "One indicator by area",
        ByArea,
        (*words.COLUMNS, *described(stamps.COLUMNS)),
        by_area,
    ),
    Resource(
        "indicator/course",
        "/indicators/<name>/course",
        "One indicator over time",
        OverTime,
        _COURSE,
        over_time,
    ),
)
