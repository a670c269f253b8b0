"""The page that asks, once a session, why records are read."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request

from dashboard.messages import translator
from dashboard.permissions import Permission
from dashboard.services import line_lists
from dashboard.web import request_context, sessions, site
from dashboard.web.access import needs
from surveillance.errors import UsageError

pages = Blueprint("reason", __name__)


@pages.get("/records/reason")
@needs(Permission.SEE_LINE_LIST)
def form() -> str:
    """What is offered, and a line for something else."""
    return _page(request.args.get("next", ""))


@pages.post("/records/reason")
@needs(Permission.SEE_LINE_LIST)
def keep() -> Any:
    """Keep the reason for this session, and lead to the records."""
    chosen, text = request.form.get("chosen", ""), request.form.get("text", "")[: 4 * line_lists.LONGEST]
    back = request.form.get("next", "")
    try:
        sessions.keep_reading_reason(line_lists.reason_of(chosen, text))
    except UsageError as error:
        problem = error.in_words(translator(request_context.language()))
        return _page(back, problem, chosen, text), 400
    return redirect(request_context.own_page(back), 303)


def _page(back: str, problem: str = "", chosen: str = "", text: str = "") -> str:
    return render_template(
        "records_reason.html",
        reasons=line_lists.REASONS,
        back=request_context.own_page(back),
        held=line_lists.in_words(sessions.reading_reason() or "", translator(request_context.language())),
        most=site.settings().line_lists_an_hour,
        longest=line_lists.LONGEST,
        problem=problem,
        chosen=chosen,
        text=text,
    )
