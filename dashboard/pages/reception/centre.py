"""The centre's page and the sheet of a day: what came, what became of it, and what is open."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, abort, request

from dashboard.components.reception import reception_words as words
from dashboard.messages import Translate, translator
from dashboard.pages.reception.asked import answered, crossings_and_chosen, shown, window_asked
from dashboard.permissions import Permission
from dashboard.services.clock import now_in_cambodia, today_in_cambodia
from dashboard.services.reception import centre
from dashboard.services.reception.centre import Centre
from dashboard.web import request_context
from dashboard.web.access import needs
from dashboard.web.request_context import grant
from dashboard.web.site import database
from surveillance.reception.centre import COMMUTER
from surveillance.windows import Window

pages = Blueprint("reception", __name__)


@pages.get("/reception")
@needs(Permission.COUNT_ARRIVALS)
def page() -> str | tuple[str, int]:
    """What a centre did in some days; without days in the last complete week."""
    language = request_context.language()
    t = translator(language)
    crossings, chosen = crossings_and_chosen(language)
    asked, problem = answered(lambda: asked_for(chosen), lambda: (None, _of(chosen, None)), t)
    window, found = asked
    most = max([1, *(max(day.counted, day.entered) for day in found.days)])
    return shown(
        "reception_centre.html",
        found=found,
        most=most,
        home_name=lambda code: _apart(code, t) or words.place(code, language, t),
        gate_name=lambda code: _apart(code, t) or words.crossing(code, language),
        crossings=crossings,
        chosen=chosen,
        counts_informal=centre.counts_informal(grant()),
        asked=window is not None,
        problem=problem,
    )


def asked_for(chosen: str) -> tuple[Window | None, Centre]:
    """The days that were asked, and what a centre did in them."""
    window = window_asked()
    return window, _of(chosen, window)


def _of(chosen: str, window: Window | None) -> Centre:
    return centre.page(database(), grant(), chosen or None, window, today_in_cambodia())


def _apart(code: str, t: Translate) -> str:
    """The name of the row of commuters; blank for a place."""
    return t("Daily commuters") if code == COMMUTER else ""


@pages.get("/reception/day")
@needs(Permission.COUNT_ARRIVALS)
def day() -> str | tuple[str, int]:
    """The sheet of a day, on the screen and on one printed page."""
    language = request_context.language()
    crossings, chosen = crossings_and_chosen(language)
    today = today_in_cambodia()
    try:
        wanted = date.fromisoformat(request.args.get("day") or today.isoformat())
    except ValueError:
        abort(404)
    if wanted > today:
        abort(404)
    found = centre.day_sheet(database(), grant(), chosen or None, wanted, today)
    last = None if found.arrivals.people else centre.last_day(database(), grant(), chosen or None)
    return shown(
        "reception_day.html",
        problem="",
        found=found,
        crossings=crossings,
        chosen=chosen,
        today=today,
        last=last if last is not None and last < wanted else None,
        made=now_in_cambodia().strftime("%Y-%m-%d %H:%M"),
        place=words.crossing(chosen, language) if chosen else "",
    )
