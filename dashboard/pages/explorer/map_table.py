"""The long tables of the map page, as HTML at addresses of their own, with the parameters of the map.

The callback that answers the map has read all that the table beside it says, and its answer carries no HTML.
So it lays the numbers down here, and the request that the page then makes takes them: both are of one
reading, and the database is asked once. The trend as a table is read when a reader opens it.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from threading import Lock
from time import monotonic
from typing import TypeVar
from urllib.parse import urlencode

from flask import Blueprint, current_app, render_template, request
from markupsafe import escape

from dashboard.components.coverage import words
from dashboard.components.coverage.table import area_table
from dashboard.components.coverage.trend_table import trend_table
from dashboard.components.indicators.area_rows import area_rows, course_rows
from dashboard.messages import translator
from dashboard.pages.explorer import indicator_view
from dashboard.pages.explorer.indicator_view import IndicatorAnswer
from dashboard.pages.explorer.question import MapQuestion, read, without
from dashboard.permissions import Grant, Permission
from dashboard.services.clock import today_in_cambodia
from dashboard.services.coverage import view as view_service
from dashboard.services.coverage.as_of import status_at
from dashboard.services.coverage.changes import Changes
from dashboard.services.coverage.panel import Panel
from dashboard.services.coverage.table import CoverageTable
from dashboard.services.store import Database
from dashboard.web import request_context, site
from dashboard.web.access import needs
from surveillance.errors import UsageError

TABLE, _TREND = "/map/table", "/map/trend"
#: Name of the parameter that says which numbers the map was drawn from.
_DRAWN_FROM = "numbers"
#: How many tables wait to be fetched, and for how many seconds. One of 300 facilities holds 300 kB.
_MOST, _SECONDS = 32, 60.0
_KEY = "chhlang-tables"
pages = Blueprint("map_table", __name__)
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Shown:
    """What a table shows: values as they may be disclosed. `kept`: the address that its links begin with."""

    table: CoverageTable
    changes: Changes
    kept: Mapping[str, str]

    @property
    def numbers(self) -> str:
        """A fingerprint of all that is shown; the question is in `kept`."""
        values = [getattr(self.table, each.name) for each in fields(self.table) if each.name != "query"]
        text = repr((values, self.changes, sorted(self.kept.items())))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


class Tables:
    """Tables that the map's callback has made and the page has not fetched yet.

    This is no cache: one is given out once, to the account (with the role and the provinces) that it was made
    for, and only as the very numbers that this account's map was drawn from. With several worker processes
    the request may reach another one, which then reads the database itself.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: OrderedDict[tuple[Grant, str], tuple[float, Shown]] = OrderedDict()

    def lay_down(self, grant: Grant, shown: Shown) -> str:
        """Keep a table for a minute; the address at which the page fetches it.

        The address is another one when the question or any number is another one, and only then: a page that
        has the table does not ask for it again.
        """
        numbers = shown.numbers
        with self._lock:
            self._held.pop((grant, numbers), None)
            self._held[grant, numbers] = monotonic(), shown
            while len(self._held) > _MOST:
                self._held.popitem(last=False)
        return f"{TABLE}?{urlencode({**shown.kept, _DRAWN_FROM: numbers})}"

    def take(self, grant: Grant, numbers: str) -> Shown | None:
        """The table of this account's map, once; None where it is not here."""
        with self._lock:
            since, shown = self._held.pop((grant, numbers), (0.0, None))
        return shown if monotonic() - since < _SECONDS else None


def laid_down() -> Tables:
    """The tables that this server keeps until they are fetched."""
    held: Tables = current_app.extensions.setdefault(_KEY, Tables())
    return held


def answered(
    database: Database, search: object, ask: Callable[[MapQuestion], Answer]
) -> tuple[MapQuestion, Answer]:
    """Read an address and ask; a part that turns out to have no answer is left out."""
    status, today = request_context.data_status(database), today_in_cambodia()
    question = read(search, status, today, lambda day: status_at(database, status, day, today))
    try:
        return question, ask(question)
    except UsageError as error:
        if error.parameter not in question.given:
            raise
        question = without(question, error, status, today)
        return question, ask(question)


def whole_period() -> str:
    """The address of this request without the part of its period: curves and pairs are of the whole."""
    return urlencode([(name, text) for name, text in request.args.items() if name != "at"])


def kept(question: MapQuestion) -> dict[str, str]:
    """The part of an address that every row's link keeps."""
    return {key: text for key, text in question.given.items() if key not in ("area", "step")}


def trend_address(question: MapQuestion, area: str | None) -> str:
    """Where the trend of a question and an area is to be had as a table."""
    own = {"step": question.given.get("step"), "area": area}
    return f"{_TREND}?{urlencode(kept(question) | {name: text for name, text in own.items() if text})}"


@pages.get(TABLE)
@needs(Permission.SEE_COVERAGE)
def map_table() -> str:
    """The table beside the map."""
    grant = request_context.grant()
    shown = laid_down().take(grant, request.args.get(_DRAWN_FROM, "")) or _read(site.database(), grant)
    language = request_context.language()
    t = translator(language)
    if isinstance(shown, IndicatorAnswer):
        if shown.found is None:
            return f"<p>{escape(indicator_view.refusal(shown, t) or '')}</p>"
        everything = indicator_view.everything(shown, t)
        rows = area_rows(shown.found, shown.scale, kept(shown.question), everything, language, t)
        return render_template("area_table.html", table=rows)
    everything = words.total_name(shown.table, grant, t)
    table = area_table(shown.table, shown.changes, shown.kept, everything, language, t)
    return render_template("area_table.html", table=table)


@pages.get(_TREND)
@needs(Permission.SEE_COVERAGE)
def map_trend() -> str:
    """The trend of one area as a table."""
    grant, today, database = request_context.grant(), today_in_cambodia(), site.database()
    t = translator(request_context.language())

    def ask(question: MapQuestion) -> tuple[CoverageTable, Panel, Changes] | IndicatorAnswer:
        if question.indicator is not None:
            return indicator_view.ask(database, grant, question, today)
        return view_service.view(database, grant, question, question.area, today, question.step)

    question, found = answered(database, _search(), ask)
    if isinstance(found, IndicatorAnswer):
        points = indicator_view.course(database, found, today)
        rows = course_rows(found.indicator, points, found.scale, t)
        return render_template("trend_table.html", table=rows)
    _, panel, _ = found
    return render_template("trend_table.html", table=trend_table(panel, question.measure, t))


def _read(database: Database, grant: Grant) -> Shown | IndicatorAnswer:
    today = today_in_cambodia()

    def ask(question: MapQuestion) -> tuple[CoverageTable, Changes] | IndicatorAnswer:
        if question.indicator is not None:
            return indicator_view.ask(database, grant, question, today)
        return view_service.compared(database, grant, question, today)

    question, found = answered(database, _search(), ask)
    return found if isinstance(found, IndicatorAnswer) else Shown(*found, kept(question))


def _search() -> str:
    return request.query_string.decode("ascii", "replace")
