"""The page of decisions: what is open, what was done, and a form to note one; all without scripts."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboard.components.today.decisions import area_name, reader_name, rows
from dashboard.messages import translator
from dashboard.permissions import Permission
from dashboard.services.clock import today_in_cambodia
from dashboard.services.today import decisions as service
from dashboard.web import request_context
from dashboard.web.access import needs
from dashboard.web.request_context import grant
from dashboard.web.site import database
from surveillance.errors import UsageError

pages = Blueprint("decisions", __name__)


@pages.get("/decisions")
@needs(Permission.SEE_REPORTING)
def listed() -> str:
    """Decisions of the reader's scope, and the form where she may note one."""
    return _page({})


@pages.post("/decisions")
@needs(Permission.NOTE_DECISIONS)
def note() -> Any:
    """Keep a decision; what is wrong is said above the form, which keeps what was typed."""
    given = request.form.to_dict()
    try:
        service.add(database(), grant(), given, today_in_cambodia())
    except UsageError as error:
        return _page(given, error.in_words(translator(request_context.language()))), 400
    return redirect(url_for(".listed"), 303)


@pages.post("/decisions/<int:decision>/done")
@needs(Permission.NOTE_DECISIONS)
def done(decision: int) -> Response:
    """Mark a decision as done."""
    try:
        service.mark_done(database(), grant(), decision)
    except UsageError:
        abort(404)
    return redirect(url_for(".listed"), 303)


def _page(given: dict[str, str], problem: str = "") -> str:
    language, today = request_context.language(), today_in_cambodia()
    t = translator(language)
    found = service.decisions(database(), grant(), today)
    return render_template(
        "decisions.html",
        found=found,
        rows=rows(found, language, t),
        areas=[(code, area_name(code, language, t)) for code in service.areas(grant())],
        readers=[(code, reader_name(code, t)) for code in service.readers(grant())],
        limited=grant().scope.programmes is not None,
        may_note=grant().can(Permission.NOTE_DECISIONS),
        longest=(service.LONGEST, service.LONGEST_OWNER),
        today=today,
        given=given,
        problem=problem,
    )
