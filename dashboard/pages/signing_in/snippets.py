"""How a program asks for a figure of a page: its address with the days of the page, for curl, pandas, R."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Blueprint, abort, render_template, request

from dashboard.api.asked import MOST_ROWS
from dashboard.cascade_filters import CascadeQuery
from dashboard.curve_filters import CurveQuery
from dashboard.filters import CoverageQuery
from dashboard.messages import translator
from dashboard.pages.cascades.usual_days import with_days
from dashboard.pages.curves.curve_page import completed as curve_with_days
from dashboard.pages.take_away import map_files
from dashboard.pages.take_away.answers import Taken
from dashboard.permissions import Permission
from dashboard.web import request_context
from dashboard.web.access import needs
from surveillance.errors import UsageError
from surveillance.indicators.table import INDICATORS
from surveillance.texts import N_

pages = Blueprint("snippets", __name__)
Parts = Mapping[str, str]


@dataclass(frozen=True)
class Figure:
    """One figure of pages. `path`: below `/api`; `asks`: the question that its page shows, days and all."""

    name: str
    path: str
    asks: Callable[[Taken, Parts], Parts]


def _of_map(taken: Taken, given: Parts) -> Parts:
    question = map_files.asked_of(taken)
    if question.indicator is not None:
        days = {"from": question.start, "to": question.end, "as_of": question.as_of}
        return {"by": question.by} | {name: day.isoformat() for name, day in days.items() if day}
    return question.parameters(CoverageQuery)


def _of_area(taken: Taken, given: Parts) -> Parts:
    return {**_of_map(taken, given), **_some(given, "area")}


def _over_time(taken: Taken, given: Parts) -> Parts:
    return {**_of_area(taken, given), **_some(given, "step")}


def _of_curve(taken: Taken, given: Parts) -> Parts:
    return curve_with_days(CurveQuery.read(given), taken.status).parameters()


def _of_cascade(taken: Taken, given: Parts) -> Parts:
    asked = CascadeQuery.read({name: text for name, text in given.items() if name in CascadeQuery.names()})
    return with_days(asked, taken.status.last_visit)[1].parameters()


def _as_given(taken: Taken, given: Parts) -> Parts:
    return _some(given, "by", "from", "to", "on", "disease")


def _some(given: Parts, *names: str) -> dict[str, str]:
    return {name: given[name] for name in names if given.get(name)}


#: By the name in the address.
FIGURES: dict[str, Figure] = {
    "map": Figure(N_("Map and table"), "/coverage", _of_map),
    "trend": Figure(N_("Trend"), "/coverage/trend", _over_time),
    "groups": Figure(N_("Groups"), "/coverage/groups", _of_area),
    "curve": Figure(N_("Curve"), "/curves", _of_curve),
    "cascade": Figure(N_("Cascade"), "/cascades", _of_cascade),
    "times": Figure(N_("Times between steps"), "/cascades/times", _of_cascade),
    "reporting": Figure(N_("Who has reported"), "/reporting", _as_given),
    "indicator": Figure(N_("Indicator"), "/indicators/{id}", _as_given),
}


@pages.get("/for-programs/<any(map,trend,groups,curve,cascade,times,reporting):figure>")
@needs(Permission.SEE_COVERAGE)
def of_figure(figure: str) -> str:
    """How a program asks for a figure of this question."""
    return _page(FIGURES[figure], "")


@pages.get("/for-programs/indicators/<name>")
@needs(Permission.SEE_COVERAGE)
def of_indicator(name: str) -> str:
    """How a program asks for an indicator of this question."""
    return _page(FIGURES["indicator"], name if name in INDICATORS else abort(404))


def _page(figure: Figure, indicator: str) -> str:
    taken, given, problem = Taken.now(), request.args.to_dict(), ""
    t = translator(request_context.language())
    path, asked = figure.path, dict[str, str]()
    try:
        asked = dict(figure.asks(taken, given))
    except UsageError as error:
        problem = error.in_words(t)
    of_map = INDICATORS.get(given.get("measure", "")) if figure.path == "/coverage" else None
    path = f"/indicators/{of_map.id}" if of_map else path.format(id=indicator)
    question = urlencode(asked | {"size": str(MOST_ROWS)})
    address = f"{request.host_url.rstrip('/')}/api{path}?{question}"
    files = taken.grant.can(Permission.EXPORT_TABLES)
    return render_template(
        "for_programs.html", figure=t(figure.name), address=address, problem=problem,
        snippets=[("curl", curl(address)), ("pandas", pandas(address)), ("R", r(address, files=files))],
    )  # fmt: skip


def curl(address: str) -> str:
    """A command that prints the figure."""
    return f'curl -H "Authorization: Bearer $TOKEN" "{address}"'


def pandas(address: str) -> str:
    """A program that reads it into a table of pandas."""
    return (
        "import json, os, urllib.request\n"
        "import pandas as pd\n\n"
        f'asked = urllib.request.Request("{address}")\n'
        'asked.add_header("Authorization", "Bearer " + os.environ["TOKEN"])\n'
        'table = pd.DataFrame(json.load(urllib.request.urlopen(asked))["rows"])\n'
        "print(table)"
    )


def r(address: str, *, files: bool) -> str:
    """A program that reads it into a data frame of R. `files`: as CSV, which needs no package."""
    said = 'Authorization = paste("Bearer", Sys.getenv("TOKEN"))'
    if files:
        return (
            f'asked <- url("{address}",\n'
            f'  headers = c({said}, Accept = "text/csv"))\n'
            'table <- read.csv(asked, na.strings = "", encoding = "UTF-8")\n'
            "print(table)"
        )
    return (
        f'asked <- url("{address}",\n'
        f"  headers = c({said}))\n"
        "table <- jsonlite::fromJSON(readLines(asked, warn = FALSE))$rows\n"
        "print(table)"
    )
