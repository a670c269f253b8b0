"""Who has reported, and who arrived at reception centres."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic.dataclasses import dataclass

from dashboard.api.answers import Answer
from dashboard.api.asked import Asked
from dashboard.api.resource import Resource
from dashboard.components.reporting.words import notes
from dashboard.exports.columns import Column
from dashboard.exports.sheets.reporting import FIGURES
from dashboard.parameters import Day, Text
from dashboard.permissions import Permission
from dashboard.questions import STRICT, Question, together
from dashboard.reporting_filters import ReportingQuery
from dashboard.services.reception import centre
from dashboard.services.reporting.read import judged
from dashboard.services.reporting.table import rows_of
from surveillance.errors import UsageError
from surveillance.texts import N_
from surveillance.windows import Window

NAME_BOTH = N_("{name}: name the first and the last day")
NO_CROSSING = N_("crossing: there is no crossing '{given}' whose arrivals this account may count")
_DAYS = (
    Column("day", "date", "the day"),
    Column("crossing", "text", "code of the crossing"),
    Column("vans", "count", "vans that came"),
    Column("counted", "count", "people counted at the doors of the vans"),
    Column("entered", "count", "people entered one by one"),
    Column("surge", "text", "`yes` where people were tallied, since too many came to enter each"),
)
_PLACES = (
    Column("part", "text", "`home`: home province; `crossing`: where they came in"),
    Column("code", "text", "code of the place; `commuter`: daily commuters"),
    Column("arrived", "count", "people entered one by one"),
    Column("tested", "count", "of these: tested"),
    Column("of", "count", "of whom it is known whether they were tested"),
    Column("share", "number", "tested over these, from 0 to 1"),
    Column("lower", "number", "lower end of its 95% interval"),
    Column("upper", "number", "upper end of its 95% interval"),
)


@dataclass(frozen=True, config=STRICT)
class Arrivals(Question):
    """Arrivals of some days, at one crossing or at all that the account may count."""

    crossing: Annotated[str, Text(help="code of one crossing; all of the account's, if not given")] = ""
    start: Annotated[
        date | None, Day(name="from", help="first day; the last complete week, if not given")
    ] = None
    end: Annotated[date | None, Day(name="to", help="last day")] = None


def reporting(asked: Asked, query: ReportingQuery) -> Answer:
    """Reports that were due, that came, and that came in time, by area."""
    first, last = _both(query.start, query.end)
    found = judged(
        asked.database,
        asked.grant,
        disease=query.disease,
        first=first,
        last=last,
        today=query.on or asked.today,
    )
    rows = [row.record() for row in rows_of(found, query.by, asked.language)]
    return Answer(FIGURES, rows, query.parameters(), notes=notes(found, query.disease, asked.t))


def arrivals(asked: Asked, query: Arrivals) -> Answer:
    """Arrivals of each day at each crossing, with what became of all of them."""
    found, facts = _centre(asked, query)
    rows = [
        {
            "day": one.day,
            "crossing": one.crossing,
            "vans": one.vans,
            "counted": one.counted,
            "entered": one.entered,
            "surge": "yes" if one.surge else "no",
        }
        for one in found.days
    ]
    facts |= {"answer": found.answer, "waiting": found.waiting, "lost": found.lost}
    return Answer(_DAYS, rows, query.parameters(), facts)


def arrivals_by_place(asked: Asked, query: Arrivals) -> Answer:
    """Arrivals by home province and by crossing, and how many of them were tested."""
    found, facts = _centre(asked, query)
    rows = [
        {
            "part": part,
            "code": one.code,
            "arrived": one.arrived,
            "tested": one.tested.numerator,
            "of": one.tested.denominator,
            "share": one.tested.value,
            "lower": one.tested.lower,
            "upper": one.tested.upper,
        }
        for part, held in (("home", found.homes), ("crossing", found.crossings))
        for one in held
    ]
    return Answer(_PLACES, rows, query.parameters(), facts)


def _centre(asked: Asked, query: Arrivals) -> tuple[centre.Centre, dict[str, Any]]:
    if query.crossing and query.crossing not in centre.crossings(asked.grant):
        raise UsageError(NO_CROSSING, "crossing", given=query.crossing[:40])
    window = None
    if query.start is not None or query.end is not None:
        window = Window(*_both(query.start, query.end))
    found = centre.page(asked.database, asked.grant, query.crossing or None, window, asked.today)
    days = {"from": found.window.first, "to": found.window.last}
    return found, {"period": days, "not_known_until": dict(found.gaps)}


def _both(first: date | None, last: date | None) -> tuple[date, date]:
    missing = [
        UsageError(NAME_BOTH, name, name=name) for name, day in (("from", first), ("to", last)) if day is None
    ]
    together(missing)
    assert first is not None and last is not None  # noqa: S101 - said just now
    return first, last


RESOURCES = (
    Resource(
        "reporting",
        "/reporting",
        "Reports that were due, that came, and that came in time",
        ReportingQuery,
        FIGURES,
        reporting,
        permissions=(Permission.SEE_REPORTING,),
        needs=("from", "to"),
        left_out=("area",),
    ),
    Resource(
        "arrivals",
        "/arrivals",
        "Arrivals at reception centres by day",
        Arrivals,
        _DAYS,
        arrivals,
        permissions=(Permission.COUNT_ARRIVALS,),
    ),
    Resource(
        "arrivals/places",
        "/arrivals/places",
        "Arrivals by home province and crossing",
        Arrivals,
        _PLACES,
        arrivals_by_place,
        permissions=(Permission.COUNT_ARRIVALS,),
    ),
)
