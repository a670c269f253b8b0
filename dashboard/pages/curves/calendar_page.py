"""The page of the calendar: what is marked, and forms to change it; all without scripts."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboard.messages import translator
from dashboard.permissions import Permission
from dashboard.services.calendar import entries as service
from dashboard.services.clock import today_in_cambodia
from dashboard.web import request_context
from dashboard.web.access import needs
from dashboard.web.request_context import grant
from dashboard.web.site import database
from geodata.crossings import CROSSINGS
from surveillance.calendar.entries import CLOSED, HOLIDAY, KINDS
from surveillance.errors import UsageError

pages = Blueprint("calendar", __name__)


@pages.get("/calendar")
@needs(Permission.SEE_COVERAGE)
def listed() -> str:
    """The entries of one year and the closures, and the forms where the reader may change them."""
    return _page({})


@pages.post("/calendar")
@needs(Permission.EDIT_CALENDAR)
def change() -> Any:
    """Keep one entry; what is wrong is said above the form, which keeps what was typed."""
    given = request.form.to_dict()
    try:
        service.add(database(), grant(), given)
    except UsageError as error:
        return _page(given, error.in_words(translator(request_context.language()))), 400
    return redirect(url_for(".listed", year=given.get("first", "")[:4] or None), 303)


@pages.post("/calendar/import")
@needs(Permission.EDIT_CALENDAR)
def import_entries() -> Any:
    """Keep the entries of a file, or of the calendar that comes with Chhlang."""
    sent = request.files.get("file")
    try:
        entries = service.parse(service.text_of(sent.stream) if sent and sent.filename else service.shipped())
        service.put(database(), grant(), entries)
    except UsageError as error:
        return _page({}, error.in_words(translator(request_context.language()))), 400
    return redirect(url_for(".listed"), 303)


@pages.post("/calendar/<key>/remove")
@needs(Permission.EDIT_CALENDAR)
def remove(key: str) -> Response:
    """Remove an entry."""
    try:
        service.remove(database(), grant(), key)
    except UsageError:
        abort(404)
    return redirect(url_for(".listed"), 303)


def _page(given: dict[str, str], problem: str = "") -> str:
    language, today = request_context.language(), today_in_cambodia()
    t = translator(language)
    found = service.entries(database(), grant())
    years = sorted({one.first.year for one in found if one.kind != CLOSED}, reverse=True)
    asked = request.args.get("year", "")
    year = next((one for one in years if str(one) == asked), today.year)
    if years and year not in years:
        year = years[0]
    gates = {gate.id: gate.name(language) for gate in CROSSINGS.values()}
    edited = next((one for one in found if one.key == request.args.get("key")), None)
    if edited is not None and not given:
        given = {
            "key": edited.key, "kind": edited.kind, "first": str(edited.first),
            "last": str(edited.last or ""), "crossing": edited.crossing, "name_en": edited.name_en,
            "name_km": edited.name_km, "compare": "yes" if edited.compare else "no",
            "computed": "yes" if edited.computed else "no", "source": edited.source,
        }  # fmt: skip
    shown = [one for one in found if one.kind != CLOSED and one.first.year == year]
    sources = list(dict.fromkeys(one.source for one in shown if one.source))
    return render_template(
        "calendar.html",
        entries=shown,
        sources=sources,
        # Where all have the same source it is said once, beneath them.
        numbered=len(sources) > 1 or any(one.computed or not one.source for one in shown),
        closures=[one for one in found if one.kind == CLOSED],
        years=years,
        year=year,
        gates=gates,
        kinds=[(code, t(name)) for code, name in KINDS.items()],
        # An entry whose days are compared like any other is not left out.
        named=[("yes", t("no")), ("no", t("yes"))],
        usual_kind=HOLIDAY,
        may_edit=service.may_edit(grant()),
        given=given,
        problem=problem,
        today=today,
    )
