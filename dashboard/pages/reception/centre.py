"""The centre's page and the sheet of a day: what came, what became of it, and what is open."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, abort, render_template, request

from dashboard.components import reception_words as words
from dashboard.messages import Translate, translator
from dashboard.pages.reception.asked import crossings_and_chosen, window_asked
from dashboard.permissions import Permission
from dashboard.services.clock import now_in_cambodia, today_in_cambodia
from dashboard.services.reception import centre
from dashboard.web import request_context
from dashboard.web.access import needs
from dashboard.web.request_context import grant
from dashboard.web.site import database
from surveillance.errors import UsageError
from surveillance.reception.centre import COMMUTER

pages = Blueprint("reception", __name__)


@pages.get("/reception")
@needs(Permission.COUNT_ARRIVALS)
def page() -> str | tuple[str, int]:
    """What a centre did in some days; without days in the last complete week."""
    language = request_context.language()
    t = translator(language)
    crossings, chosen = crossings_and_chosen(language)
    problem, window = "", None
    try:
        window = window_asked()
        found = centre.page(database(), grant(), chosen or None, window, today_in_cambodia())
    except UsageError as error:
        problem = error.in_words(t)
        found = centre.page(database(), grant(), chosen or None, None, today_in_cambodia())
    most = max([1, *(max(day.counted, day.entered) for day in found.days)])
    text = render_template(
        "reception_centre.html",
        found=found,
        words=words,
        most=most,
        home_name=lambda code: _apart(code, t) or words.place(code, language, t),
        gate_name=lambda code: _apart(code, t) or words.crossing(code, language),
        crossings=crossings,
        chosen=chosen,
        counts_informal=centre.counts_informal(grant()),
        asked=window is not None,
        problem=problem,
    )
    return (text, 400) if problem else text


def _apart(code: str, t: Translate) -> str:
    """The name of the row of commuters; blank for a place."""
    return t("Daily commuters") if code == COMMUTER else ""


@pages.get("/reception/day")
@needs(Permission.COUNT_ARRIVALS)
def day() -> str:
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
    return render_template(
        "reception_day.html",
        found=found,
        words=words,
        crossings=crossings,
        chosen=chosen,
        today=today,
        last=last if last is not None and last < wanted else None,
        made=now_in_cambodia().strftime("%Y-%m-%d %H:%M"),
        place=words.crossing(chosen, language) if chosen else "",
    )
